"""How people come into a cohort: enrolled, invited, by their own application, one or many."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select
from sqlalchemy.exc import IntegrityError

from app.access import service as access
from app.kit.events import Event
from app.kit.problems import Conflict, Invalid
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.participants.models import EmploymentStatus, Participant
from app.programs import service
from app.programs.enrollment_schemas import (
    EnrollMany,
    EnrollmentCreate,
    EnrollmentFacts,
    EnrollmentItem,
    EnrollVerdict,
)
from app.programs.events import (
    EnrollmentDeclined,
    EnrollmentsAdded,
    EnrollmentWithdrawn,
    ParticipantApplied,
    ParticipantEnrolled,
    ParticipantInvited,
    ParticipantWaitlisted,
)
from app.programs.models import (
    ENDED_ENROLLMENTS,
    LIVE_ENROLLMENTS,
    MOST_PLACES,
    CohortStatus,
    Enrollment,
    EnrollmentMode,
    EnrollmentRole,
    EnrollmentStatus,
    Generation,
    Place,
)

TOLD: dict[EnrollmentStatus, Callable[..., Event]] = {
    EnrollmentStatus.INVITED: ParticipantInvited,
    EnrollmentStatus.APPLIED: ParticipantApplied,
    EnrollmentStatus.ENROLLED: ParticipantEnrolled,
    EnrollmentStatus.WAITLISTED: ParticipantWaitlisted,
    EnrollmentStatus.DECLINED: EnrollmentDeclined,
    EnrollmentStatus.WITHDRAWN: EnrollmentWithdrawn,
}


class AlreadyEnrolled(Conflict):
    slug, title = "already-enrolled", "The person takes part in this cohort in this role already"
    constraints = ("uq_enrollments_organization_id_cohort_id_participant_id_role",)


class CohortByInvitation(Conflict):
    slug, title = "cohort-by-invitation", "This cohort takes people by invitation only"


class PersonLeft(Conflict):
    slug, title = "participant-left", "The person left the organization"


class GenerationSwitchedOff(Conflict):
    slug, title = "generation-switched-off", "The organization does not match by generation"


class CapacityInUse(Conflict):
    slug, title = "capacity-in-use", "More places are taken by pairings than the capacity would be"


def enroll_participant(uow: UnitOfWork, wanted: EnrollmentCreate) -> Row[Any]:
    """Enroll or invite a person; who does not run the program applies for themselves.

    A person whose enrollment ended may come back: it begins anew, with its id.
    """
    cohort = service.open_cohort(uow, wanted.cohort_id, "/cohort_id")
    person = _person(uow, wanted.participant_id)
    status = EnrollmentStatus.INVITED if wanted.invite else EnrollmentStatus.ENROLLED
    if not service.runs_program(uow, cohort.program_id):
        _may_apply(uow, cohort, person, wanted)
        status = EnrollmentStatus.APPLIED
    if person.employment_status is EmploymentStatus.LEFT:
        raise PersonLeft
    must_suit_role(wanted.role, wanted.aspirations, wanted.topics)
    own = person.account_id is not None and person.account_id == uow.principal.account_id
    may_tell_generation(uow, wanted.generation, own=own)
    facts = {**_facts(uow, wanted, cohort), "generation": wanted.generation}
    for name in service.PREFERENCES:
        facts[name] = preferences(
            uow, cohort.id, person.id, wanted.role, getattr(wanted, name), f"/{name}"
        )
    must_not_contradict(facts["wishes"], facts["vetoes"])
    before = uow.db.scalars(
        select(Enrollment)
        .where(
            Enrollment.organization_id == uow.organization_id,
            Enrollment.cohort_id == cohort.id,
            Enrollment.participant_id == person.id,
            Enrollment.role == wanted.role,
        )
        .with_for_update()
    ).one_or_none()
    if before is None:
        enrollment = uow.add(
            Enrollment(cohort_id=cohort.id, participant_id=person.id, **facts, status=status)
        )
    elif before.status in LIVE_ENROLLMENTS:
        raise AlreadyEnrolled(enrollment_id=str(before.id))
    else:
        enrollment = before
        for name, value in facts.items():
            setattr(enrollment, name, value)
        enrollment.trained_at = enrollment.waitlisted_at = None
    enter(uow, enrollment, status)
    return service.get_enrollment(uow, enrollment.id)


def _person(uow: UnitOfWork, participant_id: uuid.UUID | None) -> Row[Any]:
    """The person meant: somebody the caller may see, or the caller."""
    stmt = participants.visible(uow)
    if participant_id is None:
        stmt = stmt.where(Participant.account_id == uow.principal.account_id)
    else:
        stmt = stmt.where(Participant.id == participant_id)
    found = uow.rows.execute(stmt).one_or_none()
    if found is None:
        raise Invalid.at("/participant_id", "There is nobody with this id.", "unknown_reference")
    return found


def _may_apply(uow: UnitOfWork, cohort: Any, person: Any, wanted: EnrollmentCreate) -> None:
    """Raises NotYourProgram, CohortByInvitation, CohortNotEnrolling, Invalid."""
    if person.account_id != uow.principal.account_id:
        raise service.NotYourProgram("You may apply for yourself.")
    if cohort.enrollment_mode is not EnrollmentMode.OPEN:
        raise CohortByInvitation
    if cohort.status is not CohortStatus.ENROLLING:
        raise service.CohortNotEnrolling(f"The cohort is {cohort.status}.")
    for name in ("invite", "consent_source", "metadata"):
        if getattr(wanted, name):
            raise Invalid.at(f"/{name}", "Those who run the program say that.", "not_for_yourself")


def _facts(uow: UnitOfWork, wanted: EnrollmentFacts, cohort: Any) -> dict[str, Any]:
    """The columns that the wire's facts fill, for a new enrollment."""
    facts = wanted.model_dump(
        mode="json",
        include={"capacity", "availability", "languages", "modes", "motivation", "aspirations",
                 "topics", "interests", "work_values", "communication_preference",
                 "consent_source"},
    )  # fmt: skip
    if facts["modes"] is None:
        facts["modes"] = list(cohort.modes)
    return {
        **facts,
        "role": wanted.role,
        "labels": dict(wanted.metadata),
        "consented_at": None if wanted.consent_source is None else uow.now,
    }


def must_suit_role(
    role: EnrollmentRole, aspirations: list[str], topics: list[str], pointer: str = ""
) -> None:
    """Only what the role is matched by is kept. Raises Invalid."""
    is_mentee = role is EnrollmentRole.MENTEE
    foreign = "topics" if is_mentee else "aspirations"
    if topics if is_mentee else aspirations:
        detail = f"A {role} is not matched by {foreign}, so they are not kept."
        raise Invalid.at(f"{pointer}/{foreign}", detail, "not_for_this_role")


def may_tell_generation(uow: UnitOfWork, told: Generation | None, *, own: bool) -> None:
    """A generation is said by the person, where the organization wants to know.

    Raises Invalid, GenerationSwitchedOff.
    """
    if told is None:
        return
    if not own:
        detail = "Only the person says that, about themself."
        raise Invalid.at("/generation", detail, "only_by_oneself")
    if not access.generation_matters(uow):
        raise GenerationSwitchedOff


def preferences(
    uow: UnitOfWork,
    cohort_id: uuid.UUID,
    participant_id: uuid.UUID,
    role: EnrollmentRole,
    wanted: list[uuid.UUID],
    pointer: str,
) -> list[str]:
    """Wishes or vetoes as stored: enrollments of others in the other role of the cohort, each once.

    Raises Invalid at the place that names something else.
    """
    if not wanted:
        return []
    known = set(
        uow.rows.scalars(
            select(Enrollment.id).where(
                Enrollment.organization_id == uow.organization_id,
                Enrollment.cohort_id == cohort_id,
                Enrollment.role != role,
                Enrollment.participant_id != participant_id,
                Enrollment.id.in_(wanted),
            )
        )
    )
    for place, each in enumerate(wanted):
        if each not in known:
            raise Invalid.at(
                f"{pointer}/{place}",
                "Not somebody else in the other role of this cohort, or named twice.",
                "unknown_reference",
            )
        known.discard(each)
    return [str(each) for each in wanted]


def must_not_contradict(wishes: list[str], vetoes: list[str]) -> None:
    """Raises Invalid."""
    if set(wishes) & set(vetoes):
        raise Invalid.at("/vetoes", "Nobody is both wished for and ruled out.", "contradiction")


def enter(uow: UnitOfWork, enrollment: Enrollment, status: EnrollmentStatus) -> None:
    """Let an enrollment enter a status, with its places and its event. The step was checked."""
    enrollment.status = status
    enrollment.ended_at = uow.now if status in ENDED_ENROLLMENTS else None
    if status is EnrollmentStatus.WAITLISTED:
        enrollment.waitlisted_at = uow.now
    uow.touch(enrollment)
    if status is EnrollmentStatus.ENROLLED:
        lay_out_places(uow, enrollment.id, enrollment.capacity)
    elif status is EnrollmentStatus.WAITLISTED:
        lay_out_places(uow, enrollment.id, 0)
    uow.emit(
        TOLD[status](
            enrollment_id=enrollment.id,
            cohort_id=enrollment.cohort_id,
            participant_id=enrollment.participant_id,
            role=enrollment.role,
        )
    )


def lay_out_places(uow: UnitOfWork, enrollment_id: uuid.UUID, wanted: int) -> None:
    """Make the places of an enrollment so many. Raises CapacityInUse when too many are taken."""
    here = (
        Place.organization_id == uow.organization_id,
        Place.enrollment_id == enrollment_id,
    )
    held = set(uow.rows.scalars(select(Place.slot).where(*here)))
    free = [slot for slot in range(1, MOST_PLACES + 1) if slot not in held]
    if (missing := wanted - len(held)) > 0:
        uow.rows.execute(
            insert(Place),
            [
                {
                    "organization_id": uow.organization_id,
                    "enrollment_id": enrollment_id,
                    "slot": slot,
                }
                for slot in free[:missing]
            ],
        )
    surplus = len(held) - wanted
    for slot in sorted(held, reverse=True):
        if surplus <= 0:
            return
        try:  # only the database knows which place a pairing of the room above sits on
            with uow.rows.begin_nested():
                uow.rows.execute(delete(Place).where(*here, Place.slot == slot))
            surplus -= 1
        except IntegrityError:
            continue
    if surplus > 0:
        raise CapacityInUse(f"{wanted + surplus} places are taken.")


@dataclass
class Verdict:
    """What becomes of one item of many."""

    position: int
    verdict: EnrollVerdict = EnrollVerdict.ADDED
    participant_id: uuid.UUID | None = None
    enrollment_id: uuid.UUID | None = None
    code: str | None = None
    detail: str | None = None

    def refuse(self, code: str, detail: str) -> None:
        self.verdict, self.code, self.detail = EnrollVerdict.REFUSED, code, detail


def enroll_many(uow: UnitOfWork, cohort_id: uuid.UUID, wanted: EnrollMany) -> dict[str, Any]:
    """Enroll or invite many people: the refused are reported, the rest commits as one."""
    cohort = service.open_cohort(uow, cohort_id)
    service.must_run_program(uow, cohort.program_id)
    for place, item in enumerate(wanted.items):
        must_suit_role(item.role, item.aspirations, item.topics, f"/items/{place}")
    verdicts = _judge(uow, cohort_id, wanted.items)
    added = [each for each in verdicts if each.verdict is EnrollVerdict.ADDED]
    counts = {
        f"{kind}_count": sum(each.verdict is kind for each in verdicts) for kind in EnrollVerdict
    }
    if added and not wanted.dry_run:
        _store(uow, cohort, [(each, wanted.items[each.position]) for each in added])
        digest = hashlib.sha256(wanted.model_dump_json().encode()).hexdigest()
        uow.emit(EnrollmentsAdded(cohort_id=cohort_id, digest=digest, **counts))
    return {"dry_run": wanted.dry_run, **counts, "items": verdicts}


def _judge(uow: UnitOfWork, cohort_id: uuid.UUID, items: list[EnrollmentItem]) -> list[Verdict]:
    """A verdict for each item, before anything is stored."""
    people = uow.rows.execute(
        participants.visible(uow)
        .where(
            or_(
                Participant.id.in_([each.participant_id for each in items if each.participant_id]),
                Participant.external_id.in_([e.external_id for e in items if e.external_id]),
            )
        )
        .with_only_columns(Participant.id, Participant.external_id, Participant.employment_status)
    ).all()
    by_key: dict[Any, Any] = {each.id: each for each in people}
    by_key.update({each.external_id: each for each in people if each.external_id is not None})
    enrolled = {
        (each.participant_id, each.role): each
        for each in uow.rows.execute(
            service.visible_enrollments(uow)
            .where(
                Enrollment.cohort_id == cohort_id,
                Enrollment.participant_id.in_([each.id for each in people]),
            )
            .with_only_columns(
                Enrollment.id, Enrollment.participant_id, Enrollment.role, Enrollment.status
            )
        )
    }
    seen: set[tuple[uuid.UUID, EnrollmentRole]] = set()
    verdicts = []
    for position, item in enumerate(items):
        verdicts.append(verdict := Verdict(position))
        person = by_key.get(item.participant_id or item.external_id)
        if person is None:
            verdict.refuse("unknown_reference", "There is nobody with this key.")
            continue
        verdict.participant_id = person.id
        before = enrolled.get((person.id, item.role))
        if (person.id, item.role) in seen:
            verdict.refuse("repeated", "The request names the person in this role before.")
        elif person.employment_status is EmploymentStatus.LEFT:
            verdict.refuse("participant_left", "The person left the organization.")
        elif before is not None and before.status in LIVE_ENROLLMENTS:
            verdict.verdict, verdict.enrollment_id = EnrollVerdict.UNCHANGED, before.id
        elif before is not None:
            verdict.refuse("ended_before", "The person's enrollment ended: enroll them singly.")
        seen.add((person.id, item.role))
    return verdicts


def _store(uow: UnitOfWork, cohort: Any, added: list[tuple[Verdict, EnrollmentItem]]) -> None:
    ids = uow.add_many(
        Enrollment,
        [
            {
                **_facts(uow, item, cohort),
                "cohort_id": cohort.id,
                "participant_id": verdict.participant_id,
                "status": EnrollmentStatus.INVITED if item.invite else EnrollmentStatus.ENROLLED,
                "wishes": [],
                "vetoes": [],
                "generation": None,
            }
            for verdict, item in added
        ],
    )
    places = []
    for key, (verdict, item) in zip(ids, added, strict=True):
        verdict.enrollment_id = key
        if not item.invite:
            places += [
                {"organization_id": uow.organization_id, "enrollment_id": key, "slot": slot}
                for slot in range(1, item.capacity + 1)
            ]
    if places:
        uow.rows.execute(insert(Place), places)
