"""What happens to pairings because of something else: leavers, leave, new managers, time."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, literal, or_, select

from app.kit.jobs import every, on
from app.kit.work import UnitOfWork
from app.pairings import after_leavers, answering, lifecycle
from app.pairings.events import (
    PairingConflictFound,
    PairingExpiresSoon,
    PairingPartnerReturned,
)
from app.pairings.foreseeing import levels_forbidden
from app.pairings.forgetting import forget_features
from app.pairings.models import (
    LIVE,
    EndReason,
    Pairing,
    PairingAnswer,
    PairingSide,
    PairingStatus,
)
from app.participants.events import (
    ParticipantErased,
    ParticipantLeft,
    ParticipantReturned,
    ParticipantWentOnLeave,
    ReportingLineChanged,
)
from app.participants.models import EmploymentStatus, Participant
from app.participants.service import reporting_line
from app.programs.events import (
    CohortCancelled,
    CohortCompleted,
    CohortLaunched,
    EnrollmentWithdrawn,
)

AT_ONCE = 500
"""Proposals looked at in one round of a chore; the next round takes the next ones."""
REMIND_BEFORE = dt.timedelta(days=3)


@on(ParticipantLeft)
def end_pairings_of_leaver(uow: UnitOfWork, event: ParticipantLeft) -> None:
    _close_all(uow, _with(event.participant_id), EndReason.LEFT_ORGANIZATION)


@every(minutes=5)
def repair_after_leavers(uow: UnitOfWork) -> None:
    """Fifty leavers of one import make one repair of a cohort; people decide about it."""
    after_leavers.ask_for_repairs(uow)


@on(ParticipantErased)
def forget_person(uow: UnitOfWork, event: ParticipantErased) -> None:
    answering.erase_questions(uow, event.participant_id)
    forget_features(uow, event.participant_id)


@on(EnrollmentWithdrawn)
def end_pairings_of_withdrawn(uow: UnitOfWork, event: EnrollmentWithdrawn) -> None:
    enrolled = or_(
        Pairing.mentor_enrollment_id == event.enrollment_id,
        Pairing.mentee_enrollment_id == event.enrollment_id,
    )
    # a leaver is withdrawn from cohorts, too: whoever of two workers is quicker, the reason is one
    left = _employment(uow, event.participant_id) is EmploymentStatus.LEFT
    reason = EndReason.LEFT_ORGANIZATION if left else EndReason.ENROLLMENT_WITHDRAWN
    _close_all(uow, enrolled, reason)


@on(CohortCancelled)
def end_pairings_of_cancelled_cohort(uow: UnitOfWork, event: CohortCancelled) -> None:
    _close_all(uow, Pairing.cohort_id == event.cohort_id, EndReason.COHORT_CANCELLED)


@on(CohortCompleted)
def complete_pairings_of_cohort(uow: UnitOfWork, event: CohortCompleted) -> None:
    _close_all(uow, Pairing.cohort_id == event.cohort_id, EndReason.COMPLETED)


@on(CohortLaunched)
def begin_pairings_of_cohort(uow: UnitOfWork, event: CohortLaunched) -> None:
    """Those who agreed before the cohort began begin with it."""
    for pairing in _locked(uow, Pairing.cohort_id == event.cohort_id, [PairingStatus.ACCEPTED]):
        lifecycle.activate(uow, pairing)


@on(ParticipantWentOnLeave)
def pause_pairings_of_absent(uow: UnitOfWork, event: ParticipantWentOnLeave) -> None:
    if _employment(uow, event.participant_id) is not EmploymentStatus.ON_LEAVE:
        return
    for pairing in _locked(uow, _with(event.participant_id), [PairingStatus.ACTIVE]):
        lifecycle.pause(uow, pairing)


@on(ParticipantReturned)
def tell_who_is_back(uow: UnitOfWork, event: ParticipantReturned) -> None:
    """Nothing resumes by itself: the two decide when they go on."""
    for pairing in _locked(uow, _with(event.participant_id), [PairingStatus.PAUSED]):
        uow.emit(
            PairingPartnerReturned(
                pairing_id=pairing.id,
                cohort_id=pairing.cohort_id,
                participant_id=event.participant_id,
            )
        )


@on(ReportingLineChanged)
def find_conflicts_of_interest(uow: UnitOfWork, event: ReportingLineChanged) -> None:
    """A pair that now stands in one reporting line is shown to a person, who decides."""
    forbidden = levels_forbidden(uow)
    deepest = max(forbidden.values(), default=0)
    if deepest == 0:
        return
    moved = _at_and_below(uow, event.participant_id, deepest - 1)
    touched = or_(Pairing.mentor_id.in_(moved), Pairing.mentee_id.in_(moved))
    for pairing in _locked(uow, touched, LIVE):
        found = _who_leads(uow, pairing)
        if found is not None and found[1] <= forbidden.get(pairing.cohort_id, 0):
            leader, levels = found
            uow.emit(
                PairingConflictFound(
                    pairing_id=pairing.id,
                    cohort_id=pairing.cohort_id,
                    leader_id=leader,
                    levels=levels,
                )
            )


@every(hours=1)
def expire_silent_proposals(uow: UnitOfWork) -> None:
    """Silence ends a proposal. While somebody waits for information, its time stands still."""
    for pairing in _waiting(uow, Pairing.expires_at <= uow.now):
        lifecycle.expire(uow, pairing)


@every(hours=1)
def remind_of_silent_proposals(uow: UnitOfWork) -> None:
    soon = Pairing.expires_at <= uow.now + REMIND_BEFORE
    later = Pairing.expires_at > uow.now
    for pairing in _waiting(uow, soon, later, Pairing.reminded_at.is_(None)):
        pairing.reminded_at = uow.now
        uow.touch(pairing)
        silent = [
            getattr(pairing, f"{side}_id")
            for side in PairingSide
            if getattr(pairing, f"{side}_answer") is PairingAnswer.PENDING
        ]
        if pairing.expires_at is not None:
            uow.emit(
                PairingExpiresSoon(
                    pairing_id=pairing.id, silent_ids=silent, expires_at=pairing.expires_at
                )
            )


def _employment(uow: UnitOfWork, participant_id: uuid.UUID) -> EmploymentStatus | None:
    """As it is now: who is back before we looked is not paused any more."""
    status: EmploymentStatus | None = uow.rows.scalar(
        select(Participant.employment_status).where(
            Participant.organization_id == uow.organization_id, Participant.id == participant_id
        )
    )
    return status


def _with(participant_id: uuid.UUID) -> ColumnElement[bool]:
    return or_(Pairing.mentor_id == participant_id, Pairing.mentee_id == participant_id)


def _locked(
    uow: UnitOfWork, which: ColumnElement[bool], statuses: Iterable[PairingStatus]
) -> Sequence[Pairing]:
    """Pairings that something is about to happen to, in one order for everybody."""
    return uow.db.scalars(
        select(Pairing)
        .where(Pairing.organization_id == uow.organization_id, Pairing.status.in_(statuses), which)
        .order_by(Pairing.id)
        .with_for_update()
    ).all()


def _close_all(uow: UnitOfWork, which: ColumnElement[bool], reason: EndReason) -> None:
    for pairing in _locked(uow, which, LIVE):
        lifecycle.close(uow, pairing, reason)


def _waiting(uow: UnitOfWork, *when: ColumnElement[bool]) -> Sequence[Pairing]:
    """Proposals on which nobody waits for information; one that is being answered is left alone."""
    asking = PairingAnswer.NEEDS_INFORMATION
    return uow.db.scalars(
        select(Pairing)
        .where(
            Pairing.organization_id == uow.organization_id,
            Pairing.status == PairingStatus.PROPOSED,
            Pairing.mentor_answer != asking,
            Pairing.mentee_answer != asking,
            *when,
        )
        .order_by(Pairing.expires_at, Pairing.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()


def _at_and_below(uow: UnitOfWork, participant_id: uuid.UUID, levels: int) -> Select[uuid.UUID]:
    """A person and those so many levels below."""
    tree = (
        select(literal(participant_id, Participant.id.type).label("id"), literal(0).label("depth"))
    ).cte("tree", recursive=True)
    tree = tree.union_all(
        select(Participant.id, tree.c.depth + 1)
        .join(tree, Participant.manager_id == tree.c.id)
        .where(Participant.organization_id == uow.organization_id, tree.c.depth < levels)
    )
    return select(tree.c.id)


def _who_leads(uow: UnitOfWork, pairing: Pairing) -> tuple[uuid.UUID, int] | None:
    """The one above the other, and by how many levels; None when neither is."""
    for person, other in (
        (pairing.mentor_id, pairing.mentee_id),
        (pairing.mentee_id, pairing.mentor_id),
    ):
        line = reporting_line(uow, person)
        if other in line:
            return other, line.index(other) + 1
    return None
