"""Who found a partner, who kept meeting, who came to the planned end."""

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.impact.proportions import proportion
from app.impact.publishing import (
    SHARE_DECIMALS,
    UNIT_DECIMALS,
    hidden_groups,
    mean_of,
    measure,
    withheld,
)
from app.impact.schemas import MeasureReason
from app.kit.work import UnitOfWork
from app.pairings.models import EndReason, Pairing, PairingStatus
from app.programs.models import Enrollment, EnrollmentRole, EnrollmentStatus
from app.sessions.service import PairingMeetings, meetings_of

COUNTS = ("enrolled_count", "paired_count", "unmatched_count", "paused_count")


@dataclasses.dataclass(frozen=True, slots=True)
class Placed:
    """One enrollment and what became of it."""

    participant_id: uuid.UUID
    role: EnrollmentRole
    paired: bool
    paused: bool


def pairings_of(uow: UnitOfWork, cohort_id: uuid.UUID) -> list[Any]:
    """Every pairing of a cohort that both had accepted."""
    return list(
        uow.rows.execute(
            select(
                Pairing.id,
                Pairing.status,
                Pairing.mentor_enrollment_id,
                Pairing.mentee_enrollment_id,
                Pairing.mentor_id,
                Pairing.mentee_id,
                Pairing.accepted_at,
                Pairing.activated_at,
                Pairing.end_reason,
            )
            .where(
                Pairing.organization_id == uow.organization_id,
                Pairing.cohort_id == cohort_id,
                Pairing.accepted_at.is_not(None),
            )
            .order_by(Pairing.id)
        )
    )


def placed(uow: UnitOfWork, cohort_id: uuid.UUID, pairings: Sequence[Any]) -> list[Placed]:
    """Everybody who is enrolled, or was when they found a partner."""
    statuses: dict[uuid.UUID, set[PairingStatus]] = defaultdict(set)
    for each in pairings:
        statuses[each.mentor_enrollment_id].add(each.status)
        statuses[each.mentee_enrollment_id].add(each.status)
    rows = uow.rows.execute(
        select(Enrollment.id, Enrollment.participant_id, Enrollment.role, Enrollment.status)
        .where(Enrollment.organization_id == uow.organization_id, Enrollment.cohort_id == cohort_id)
        .order_by(Enrollment.id)
    )
    return [
        Placed(
            row.participant_id,
            row.role,
            paired=bool(statuses[row.id] - {PairingStatus.PAUSED}),
            paused=statuses[row.id] == {PairingStatus.PAUSED},
        )
        for row in rows
        if row.status is EnrollmentStatus.ENROLLED or statuses[row.id]
    ]


def coverage(found: Sequence[Placed], minimum: int) -> dict[str, Any]:
    """How many found a partner; by role unless a role is smaller than the minimum group."""
    roles = {role: [each for each in found if each.role is role] for role in EnrollmentRole}
    sizes = {role: len({e.participant_id for e in group}) for role, group in roles.items()}
    hidden = hidden_groups({"all": len({each.participant_id for each in found})}, minimum)
    hidden_roles = hidden_groups(sizes, minimum)
    return {
        "overall": _coverage(found, hidden.get("all")),
        "by_role": [
            {**_coverage(group, hidden_roles.get(role)), "role": role}
            for role, group in roles.items()
        ],
    }


def _coverage(group: Sequence[Placed], hidden: MeasureReason | None) -> dict[str, Any]:
    if hidden is not None:
        return {**dict.fromkeys(COUNTS), "paired": withheld(hidden)}
    counted = [each for each in group if not each.paused]
    paired = sum(each.paired for each in counted)
    return {
        "enrolled_count": len(group),
        "paired_count": paired,
        "unmatched_count": len(counted) - paired,
        "paused_count": len(group) - len(counted),
        "paired": measure(proportion(paired, len(counted)), SHARE_DECIMALS),
    }


def completion(pairings: Sequence[Any], minimum: int) -> dict[str, Any]:
    """The share of pairs that are over which came to their planned end."""
    begun = [each for each in pairings if each.activated_at is not None]
    over = [each for each in begun if each.status is PairingStatus.ENDED]
    done = sum(each.end_reason is EndReason.COMPLETED for each in over)
    enough = _people(begun) >= minimum
    return {
        "completed": measure(proportion(done, len(over)), SHARE_DECIMALS)
        if _people(over) >= minimum or not over
        else withheld(MeasureReason.GROUP_BELOW_MINIMUM),
        "running_count": sum(each.status is PairingStatus.ACTIVE for each in begun)
        if enough
        else None,
        "paused_count": sum(each.status is PairingStatus.PAUSED for each in begun)
        if enough
        else None,
    }


def _people(pairings: Sequence[Any]) -> int:
    return len({each.mentor_id for each in pairings} | {each.mentee_id for each in pairings})


def cadence(uow: UnitOfWork, cohort: Any, pairings: Sequence[Any], minimum: int) -> dict[str, Any]:
    """The share of pairs that met at least as often as agreed for the time they were active."""
    resting = {each.id for each in pairings if each.status is PairingStatus.PAUSED}
    begun = [each for each in meetings_of(uow, cohort.id) if each.pairing_id not in resting]
    owed = {each.pairing_id: meetings_owed(each, cohort, uow.now) for each in begun}
    due = [each for each in begun if owed[each.pairing_id] > 0]
    kept = sum(len(each.met_at) >= owed[each.pairing_id] for each in due)
    by_id = {each.id: each for each in pairings}
    enough = _people(pairings) >= minimum
    shown = _people([by_id[each.pairing_id] for each in due]) >= minimum or not due
    return {
        "meeting_every_days": cohort.meeting_every_days,
        "planned_meetings_count": cohort.planned_meetings_count,
        "kept": measure(proportion(kept, len(due)), SHARE_DECIMALS)
        if shown
        else withheld(MeasureReason.GROUP_BELOW_MINIMUM),
        "meetings": measure(
            mean_of([len(each.met_at) for each in due], "meetings of a pair"), UNIT_DECIMALS
        )
        if shown
        else withheld(MeasureReason.GROUP_BELOW_MINIMUM),
        "not_due_count": len(begun) - len(due) if enough else None,
        "paused_count": len(resting) if enough else None,
    }


def meetings_owed(pair: PairingMeetings, cohort: Any, now: dt.datetime) -> int:
    """How many meetings the agreed cadence asks of a pair so far, pauses left out.

    One for each full `meeting_every_days` of active time, at most the planned number. The time
    ends with the pair, with the cohort's last day, or now.
    """
    last_day = dt.datetime.combine(cohort.ends_on, dt.time.max, dt.UTC)
    end = min(pair.ended_at or now, last_day, now)
    active = max(end - pair.activated_at, dt.timedelta())
    for begun, resumed in pair.pauses:
        first, last = max(begun, pair.activated_at), min(resumed or end, end)
        active -= max(last - first, dt.timedelta())
    owed: int = active // dt.timedelta(days=cohort.meeting_every_days)
    return min(owed, int(cohort.planned_meetings_count))
