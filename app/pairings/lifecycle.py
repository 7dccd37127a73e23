"""The life cycle of a pairing as a table, and what the two and those in charge may do with it."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.kit.problems import Conflict
from app.kit.work import UnitOfWork
from app.pairings.events import (
    PairingActivated,
    PairingEnded,
    PairingExpired,
    PairingPaused,
    PairingResumed,
    PairingWithdrawn,
)
from app.pairings.models import EndReason, Pairing, PairingStatus
from app.pairings.schemas import PairingEnd
from app.pairings.service import PairingNotActive, Shown, Viewer, visible
from app.programs.models import LIVE_COHORTS, Cohort, CohortStatus
from app.programs.service import CohortClosed


class PairingNotProposed(Conflict):
    slug, title = "pairing-not-proposed", "The pairing is not waiting for answers any more"


class PairingNotAccepted(Conflict):
    slug, title = "pairing-not-accepted", "The pairing is not waiting to begin"


class PairingNotPaused(Conflict):
    slug, title = "pairing-not-paused", "The pairing is not paused"


class PairingNotUnderWay(Conflict):
    slug, title = "pairing-not-under-way", "The two never agreed to work together, or it is over"


@dataclass(frozen=True)
class Step:
    """One move of the life cycle: from where, to where, and how it is refused anywhere else."""

    start: frozenset[PairingStatus]
    goal: PairingStatus
    refusal: type[Conflict]


_PROPOSED = frozenset({PairingStatus.PROPOSED})
STEPS = {
    "accept": Step(_PROPOSED, PairingStatus.ACCEPTED, PairingNotProposed),
    "decline": Step(_PROPOSED, PairingStatus.DECLINED, PairingNotProposed),
    "ask": Step(_PROPOSED, PairingStatus.PROPOSED, PairingNotProposed),
    "expire": Step(_PROPOSED, PairingStatus.EXPIRED, PairingNotProposed),
    "withdraw": Step(_PROPOSED, PairingStatus.WITHDRAWN, PairingNotProposed),
    "activate": Step(frozenset({PairingStatus.ACCEPTED}), PairingStatus.ACTIVE, PairingNotAccepted),
    "pause": Step(frozenset({PairingStatus.ACTIVE}), PairingStatus.PAUSED, PairingNotActive),
    "resume": Step(frozenset({PairingStatus.PAUSED}), PairingStatus.ACTIVE, PairingNotPaused),
    "end": Step(
        frozenset({PairingStatus.ACCEPTED, PairingStatus.ACTIVE, PairingStatus.PAUSED}),
        PairingStatus.ENDED,
        PairingNotUnderWay,
    ),
}


def check(pairing: Pairing, verb: str) -> Step:
    """The step of this verb. Raises its refusal where it does not start here."""
    step = STEPS[verb]
    if pairing.status not in step.start:
        raise step.refusal(f"The pairing is {pairing.status}.")
    return step


def to_move(uow: UnitOfWork, pairing_id: uuid.UUID) -> tuple[Pairing, Viewer]:
    """The pairing, locked, and who looks at it. Raises NotFound."""
    return uow.to_change(visible(uow).where(Pairing.id == pairing_id)), Viewer.of(uow)


def withdraw_proposal(uow: UnitOfWork, pairing_id: uuid.UUID) -> Shown:
    """Take a proposal back before both have said yes."""
    pairing, viewer = to_move(uow, pairing_id)
    viewer.must_run(pairing.cohort_id)
    check(pairing, "withdraw")
    withdraw(uow, pairing, EndReason.TAKEN_BACK)
    return Shown(pairing, viewer)


def withdraw(uow: UnitOfWork, pairing: Pairing, reason: EndReason) -> None:
    pairing.status, pairing.ended_at = STEPS["withdraw"].goal, uow.now
    pairing.end_reason = reason
    uow.touch(pairing)
    uow.emit(PairingWithdrawn(pairing_id=pairing.id, cohort_id=pairing.cohort_id, reason=reason))


def expire(uow: UnitOfWork, pairing: Pairing) -> None:
    """Silence ends a proposal; nothing else moves by itself."""
    pairing.status, pairing.ended_at = check(pairing, "expire").goal, uow.now
    uow.touch(pairing)
    uow.emit(PairingExpired(pairing_id=pairing.id, cohort_id=pairing.cohort_id))


def activate_pairing(uow: UnitOfWork, pairing_id: uuid.UUID) -> Shown:
    """Let a pair begin before its cohort; in a running one, pairs begin with the second yes."""
    pairing, viewer = to_move(uow, pairing_id)
    viewer.must_run(pairing.cohort_id)
    check(pairing, "activate")
    live_cohort(uow, pairing)
    activate(uow, pairing)
    return Shown(pairing, viewer)


def activate(uow: UnitOfWork, pairing: Pairing) -> None:
    begin(uow, pairing)
    uow.touch(pairing)


def begin(uow: UnitOfWork, pairing: Pairing) -> None:
    pairing.status, pairing.activated_at = STEPS["activate"].goal, uow.now
    uow.emit(
        PairingActivated(
            pairing_id=pairing.id,
            cohort_id=pairing.cohort_id,
            mentor_id=pairing.mentor_id,
            mentee_id=pairing.mentee_id,
        )
    )


def pause_pairing(uow: UnitOfWork, pairing_id: uuid.UUID) -> Shown:
    """Let a pair rest: either side may, and so may those who run the program."""
    pairing, viewer = to_move(uow, pairing_id)
    viewer.must_belong(pairing)
    check(pairing, "pause")
    pause(uow, pairing)
    return Shown(pairing, viewer)


def pause(uow: UnitOfWork, pairing: Pairing) -> None:
    pairing.status, pairing.paused_at = STEPS["pause"].goal, uow.now
    uow.touch(pairing)
    uow.emit(PairingPaused(pairing_id=pairing.id, cohort_id=pairing.cohort_id))


def resume_pairing(uow: UnitOfWork, pairing_id: uuid.UUID) -> Shown:
    """Go on after a pause."""
    pairing, viewer = to_move(uow, pairing_id)
    viewer.must_belong(pairing)
    pairing.status = check(pairing, "resume").goal
    _count_pause(uow, pairing)
    uow.touch(pairing)
    uow.emit(PairingResumed(pairing_id=pairing.id, cohort_id=pairing.cohort_id))
    return Shown(pairing, viewer)


def _count_pause(uow: UnitOfWork, pairing: Pairing) -> None:
    if pairing.paused_at is not None:
        pairing.paused_minutes += int((uow.now - pairing.paused_at).total_seconds()) // 60
        pairing.paused_at = None


def end_pairing(uow: UnitOfWork, pairing_id: uuid.UUID, wanted: PairingEnd) -> Shown:
    """End a pair: as easy for the junior as for the boss, without a reason, in neutral words."""
    pairing, viewer = to_move(uow, pairing_id)
    viewer.must_belong(pairing)
    check(pairing, "end")
    end(uow, pairing, wanted.reason)
    return Shown(pairing, viewer)


def end(uow: UnitOfWork, pairing: Pairing, reason: EndReason) -> None:
    """End it and give both places back."""
    _count_pause(uow, pairing)
    pairing.status, pairing.ended_at = STEPS["end"].goal, uow.now
    pairing.mentor_slot = pairing.mentee_slot = None
    pairing.end_reason = reason
    uow.touch(pairing)
    uow.emit(
        PairingEnded(
            pairing_id=pairing.id,
            cohort_id=pairing.cohort_id,
            mentor_id=pairing.mentor_id,
            mentee_id=pairing.mentee_id,
            reason=reason,
        )
    )


def close(uow: UnitOfWork, pairing: Pairing, reason: EndReason) -> None:
    """A live pairing is over, whatever its stage: a proposal is withdrawn, a pair ends."""
    if pairing.status is PairingStatus.PROPOSED:
        withdraw(uow, pairing, reason)
    else:
        end(uow, pairing, reason)


def live_cohort(uow: UnitOfWork, pairing: Pairing) -> CohortStatus:
    """How far the cohort of a pairing is; that stands until this unit ends. Raises CohortClosed."""
    status: CohortStatus = uow.rows.execute(
        select(Cohort.status)
        .where(Cohort.organization_id == uow.organization_id, Cohort.id == pairing.cohort_id)
        .with_for_update(read=True)
    ).scalar_one()
    if status not in LIVE_COHORTS:
        raise CohortClosed(f"The cohort is {status}.")
    return status
