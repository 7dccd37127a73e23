"""Taking part: an enrollment's way from invitation to its end, and what the person brings along."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from app.kit.problems import Conflict, Forbidden, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.participants.models import EmploymentStatus, Participant
from app.programs import enrolling, service
from app.programs.enrollment_schemas import (
    CardQuery,
    ConsentGive,
    EnrollmentChange,
    EnrollmentQuery,
)
from app.programs.events import (
    ConsentGiven,
    ConsentWithdrawn,
    EnrollmentChanged,
    TrainingRecorded,
)
from app.programs.models import (
    LIVE_COHORTS,
    LIVE_ENROLLMENTS,
    Cohort,
    Enrollment,
    EnrollmentStatus,
)

SORTS = {"created_at": Enrollment.id}
OUR_COLUMNS = {"metadata": "labels"}
TOLD_AS = {**dict.fromkeys(service.PRIVATE, "preferences"), "labels": "metadata"}


class NotInvited(Conflict):
    slug, title = "not-invited", "There is no open invitation to accept"


class NotApplied(Conflict):
    slug, title = "not-applied", "There is no open application to approve"


class NothingToDecline(Conflict):
    slug, title = "nothing-to-decline", "There is no open invitation or application"


class CannotWait(Conflict):
    slug, title = "cannot-wait", "Only who applied or is enrolled can be put on the waitlist"


class NotWaitlisted(Conflict):
    slug, title = "not-waitlisted", "The person is not on the waitlist"


class EnrollmentEnded(Conflict):
    slug, title = "enrollment-ended", "The enrollment has ended"


@dataclass(frozen=True)
class Step:
    """One way on: from which statuses, to which, what a refusal is called, who may take it."""

    before: tuple[EnrollmentStatus, ...]
    after: EnrollmentStatus
    refused: type[Conflict]
    by_person: bool = False
    """Whether the person may take it, too, and not only who runs the program."""


APPROVE = Step((EnrollmentStatus.APPLIED,), EnrollmentStatus.ENROLLED, NotApplied)
JOIN = Step((EnrollmentStatus.INVITED,), EnrollmentStatus.ENROLLED, NotInvited, by_person=True)
DECLINE = Step(
    (EnrollmentStatus.INVITED, EnrollmentStatus.APPLIED),
    EnrollmentStatus.DECLINED,
    NothingToDecline,
    by_person=True,
)
WAITLIST = Step(
    (EnrollmentStatus.APPLIED, EnrollmentStatus.ENROLLED), EnrollmentStatus.WAITLISTED, CannotWait
)
ADMIT = Step((EnrollmentStatus.WAITLISTED,), EnrollmentStatus.ENROLLED, NotWaitlisted)
WITHDRAW = Step(LIVE_ENROLLMENTS, EnrollmentStatus.WITHDRAWN, EnrollmentEnded, by_person=True)


def list_enrollments(uow: UnitOfWork, query: EnrollmentQuery) -> dict[str, Any]:
    stmt = service.shown(uow)
    stmt = narrowed(
        stmt,
        (Enrollment.cohort_id, query.cohort_id),
        (Enrollment.participant_id, query.participant_id),
        (Enrollment.role, query.role),
        (Enrollment.status, query.status),
    )
    return uow.page(stmt, Enrollment.id, query, SORTS)


def approve_enrollment(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Row[Any]:
    return _take(uow, enrollment_id, APPROVE)


def join_cohort(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Row[Any]:
    return _take(uow, enrollment_id, JOIN)


def decline_enrollment(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Row[Any]:
    return _take(uow, enrollment_id, DECLINE)


def waitlist_enrollment(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Row[Any]:
    """Put on the waitlist: the places are taken in, so nobody with a pairing can be put there."""
    return _take(uow, enrollment_id, WAITLIST)


def admit_from_waitlist(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Row[Any]:
    return _take(uow, enrollment_id, ADMIT)


def withdraw_enrollment(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Row[Any]:
    """Leave the cohort: no reason asked, and the person may come back."""
    return _take(uow, enrollment_id, WITHDRAW)


def _take(uow: UnitOfWork, enrollment_id: uuid.UUID, step: Step) -> Row[Any]:
    enrollment, cohort, runs = _theirs(uow, enrollment_id)
    if not (runs or step.by_person):
        raise service.NotYourProgram
    if enrollment.status not in step.before:
        raise step.refused(f"The enrollment is {enrollment.status}.")
    if cohort.status not in LIVE_COHORTS:
        raise service.CohortClosed(f"The cohort is {cohort.status}.")
    enrolling.enter(uow, enrollment, step.after)
    return service.get_enrollment(uow, enrollment.id)


def _theirs(uow: UnitOfWork, enrollment_id: uuid.UUID) -> tuple[Enrollment, Row[Any], bool]:
    """The locked enrollment, its cohort, and whether the caller runs the program.

    Raises NotYourProgram to whoever neither runs it nor is the person.
    """
    enrollment = uow.to_change(
        service.visible_enrollments(uow).where(Enrollment.id == enrollment_id)
    )
    cohort = service.get_cohort(uow, enrollment.cohort_id)
    runs = service.runs_program(uow, cohort.program_id)
    if not (runs or is_own(uow, enrollment)):
        raise service.NotYourProgram
    return enrollment, cohort, runs


def is_own(uow: UnitOfWork, enrollment: Enrollment) -> bool:
    """Whether the caller is the person."""
    if uow.principal.account_id is None:
        return False
    mine = uow.rows.scalar(select(participants.mine(uow)))
    return bool(mine == enrollment.participant_id)


def change_enrollment(
    uow: UnitOfWork, enrollment_id: uuid.UUID, wanted: EnrollmentChange
) -> Row[Any]:
    """Change what a person brings along: by the person, or by those who run the program."""
    enrollment, cohort, runs = _theirs(uow, enrollment_id)
    if enrollment.status not in LIVE_ENROLLMENTS:
        raise EnrollmentEnded(f"The enrollment is {enrollment.status}.")
    if cohort.status not in LIVE_COHORTS:
        raise service.CohortClosed(f"The cohort is {cohort.status}.")
    changes = wanted.model_dump(mode="json")
    if "metadata" in changes and not runs:
        raise Forbidden("Only those who run the program change metadata.")
    told = (changes.get(name, []) for name in ("aspirations", "topics"))
    enrolling.must_suit_role(enrollment.role, *told)
    if "generation" in changes:
        enrolling.may_tell_generation(uow, changes["generation"], own=is_own(uow, enrollment))
    for name in service.PREFERENCES:
        if name in changes:
            changes[name] = enrolling.preferences(
                uow, enrollment.cohort_id, enrollment.participant_id, enrollment.role,
                getattr(wanted, name), f"/{name}",
            )  # fmt: skip
    changes = {OUR_COLUMNS.get(name, name): value for name, value in changes.items()}
    changed = sorted(name for name, value in changes.items() if getattr(enrollment, name) != value)
    for name in changed:
        setattr(enrollment, name, changes[name])
    enrolling.must_not_contradict(enrollment.wishes, enrollment.vetoes)
    if changed:
        uow.touch(enrollment)
        if "capacity" in changed and enrollment.status is EnrollmentStatus.ENROLLED:
            enrolling.lay_out_places(uow, enrollment.id, enrollment.capacity)
        uow.emit(
            EnrollmentChanged(
                enrollment_id=enrollment.id,
                cohort_id=enrollment.cohort_id,
                fields=sorted({TOLD_AS.get(name, name) for name in changed}),
            )
        )
    return service.get_enrollment(uow, enrollment.id)


def give_consent(uow: UnitOfWork, enrollment_id: uuid.UUID, wanted: ConsentGive) -> Row[Any]:
    """Record the person's consent, once: their own, or with the source a manager has it from."""
    enrollment, _, _ = _theirs(uow, enrollment_id)
    if enrollment.status not in LIVE_ENROLLMENTS:
        raise EnrollmentEnded(f"The enrollment is {enrollment.status}.")
    if is_own(uow, enrollment) and wanted.source is not None:
        raise Invalid.at("/source", "The consent is your own: send null.", "not_for_yourself")
    if not is_own(uow, enrollment) and wanted.source is None:
        raise Invalid.at("/source", "Say where you have the consent from.", "source_missing")
    if enrollment.consented_at is None:
        enrollment.consented_at, enrollment.consent_source = uow.now, wanted.source
        uow.touch(enrollment)
        uow.emit(ConsentGiven(enrollment_id=enrollment.id, cohort_id=enrollment.cohort_id))
    return service.get_enrollment(uow, enrollment.id)


def withdraw_consent(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Row[Any]:
    """Take the consent back: at any time, also after the cohort."""
    enrollment, _, _ = _theirs(uow, enrollment_id)
    if enrollment.consented_at is not None:
        enrollment.consented_at = enrollment.consent_source = None
        uow.touch(enrollment)
        uow.emit(ConsentWithdrawn(enrollment_id=enrollment.id, cohort_id=enrollment.cohort_id))
    return service.get_enrollment(uow, enrollment.id)


def record_training(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Row[Any]:
    """Note that the person is trained for the role; once noted, it stays."""
    enrollment, _, runs = _theirs(uow, enrollment_id)
    if not runs:
        raise service.NotYourProgram
    if enrollment.status not in LIVE_ENROLLMENTS:
        raise EnrollmentEnded(f"The enrollment is {enrollment.status}.")
    if enrollment.trained_at is None:
        enrollment.trained_at = uow.now
        uow.touch(enrollment)
        uow.emit(TrainingRecorded(enrollment_id=enrollment.id, cohort_id=enrollment.cohort_id))
    return service.get_enrollment(uow, enrollment.id)


def list_cards(uow: UnitOfWork, cohort_id: uuid.UUID, query: CardQuery) -> dict[str, Any]:
    """Who could be a partner: the enrolled who consented, in the other role than one's own."""
    cohort = service.get_cohort(uow, cohort_id)
    stmt = cards(uow).where(
        Enrollment.cohort_id == cohort.id,
        Enrollment.status == EnrollmentStatus.ENROLLED,
        Enrollment.consented_at.is_not(None),
        Participant.employment_status != EmploymentStatus.LEFT,
    )
    if not service.sees_people(uow, cohort.program_id):
        own = aliased(Enrollment)
        stmt = stmt.where(
            Enrollment.participant_id != participants.mine(uow),
            exists().where(
                own.organization_id == uow.organization_id,
                own.cohort_id == cohort.id,
                own.participant_id == participants.mine(uow),
                own.role != Enrollment.role,
                own.status.in_((EnrollmentStatus.ENROLLED, EnrollmentStatus.WAITLISTED)),
            ),
        )
    stmt = narrowed(stmt, (Enrollment.role, query.role))
    return uow.page(stmt, Enrollment.id, query, SORTS)


_CARD: tuple[Any, ...] = (
    Enrollment.id,
    Enrollment.cohort_id,
    Enrollment.role,
    (
        func.coalesce(Participant.preferred_name, Participant.given_name)
        + " "
        + Participant.family_name
    ).label("name"),
    Participant.department,
    func.coalesce(Enrollment.languages, Participant.languages).label("languages"),
    Enrollment.modes,
    Enrollment.motivation,
    Enrollment.topics,
    Enrollment.interests,
)


def cards(uow: UnitOfWork) -> Select[Any]:
    """Cards of all enrollments, for a room above to narrow to what the caller may see."""
    return (
        select(*_CARD)
        .join(
            Participant,
            and_(
                Participant.organization_id == Enrollment.organization_id,
                Participant.id == Enrollment.participant_id,
            ),
        )
        .where(Enrollment.organization_id == uow.organization_id)
    )


def withdraw_leaver(uow: UnitOfWork, participant_id: uuid.UUID) -> None:
    """End a person's enrollments wherever the cohort is not over."""
    for enrollment in _of_person(uow, participant_id, in_cohorts_alive=True):
        if enrollment.status in LIVE_ENROLLMENTS:
            enrolling.enter(uow, enrollment, EnrollmentStatus.WITHDRAWN)


def erase_words(uow: UnitOfWork, participant_id: uuid.UUID) -> None:
    """Erase what a person said about themselves in every cohort; roles and dates stay."""
    for enrollment in _of_person(uow, participant_id):
        for name in ("availability", "languages", "motivation", "communication_preference",
                     "generation", "consent_source"):  # fmt: skip
            setattr(enrollment, name, None)
        for name in ("aspirations", "topics", "interests", "work_values", *service.PREFERENCES):
            setattr(enrollment, name, [])
        enrollment.labels = {}
        uow.touch(enrollment)


def _of_person(
    uow: UnitOfWork, participant_id: uuid.UUID, *, in_cohorts_alive: bool = False
) -> list[Enrollment]:
    stmt = service.visible_enrollments(uow).where(Enrollment.participant_id == participant_id)
    if in_cohorts_alive:
        stmt = stmt.where(
            Enrollment.cohort_id.in_(
                select(Cohort.id).where(
                    Cohort.organization_id == uow.organization_id,
                    Cohort.status.in_(LIVE_COHORTS),
                )
            )
        )
    return list(uow.db.scalars(stmt.order_by(Enrollment.id).with_for_update()))
