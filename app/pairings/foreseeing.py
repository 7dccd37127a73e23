"""What would become of pairings if people left, were away, came back or moved: asked beforehand."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select

from app.kit.work import UnitOfWork
from app.pairings.models import LIVE, Pairing, PairingStatus
from app.pairings.program_rules import rules_of
from app.programs.models import LIVE_COHORTS, Cohort, Program

Lines = Mapping[uuid.UUID, uuid.UUID | None]
"""Who is directly above whom."""


@dataclass
class Foreseen:
    """People to whom something is about to happen."""

    leaving: set[uuid.UUID] = field(default_factory=set)
    pausing: set[uuid.UUID] = field(default_factory=set)
    returning: set[uuid.UUID] = field(default_factory=set)
    moving: set[uuid.UUID] = field(default_factory=set)
    """Who gets another manager."""

    @property
    def anybody(self) -> bool:
        return bool(self.leaving or self.pausing or self.returning or self.moving)


def effects_on_pairings(
    uow: UnitOfWork, foreseen: Foreseen, before: Lines, after: Lines
) -> list[dict[str, Any]]:
    """What reactions will do to live pairings, in the order of their birth: nothing is done here.

    `before` and `after` hold the reporting lines of everybody.
    """
    if not foreseen.anybody:
        return []
    levels = levels_forbidden(uow) if foreseen.moving else {}
    found = []
    for pair in uow.rows.execute(
        select(Pairing.id, Pairing.cohort_id, Pairing.status, Pairing.mentor_id, Pairing.mentee_id)
        .where(Pairing.organization_id == uow.organization_id, Pairing.status.in_(LIVE))
        .order_by(Pairing.id)
    ):
        two = (pair.mentor_id, pair.mentee_id)
        common: dict[str, Any] = {
            "pairing_id": str(pair.id),
            "cohort_id": str(pair.cohort_id),
            "levels": None,
        }
        if (who := _one_of(two, foreseen.leaving)) is not None:
            found.append({**common, "effect": "ends", "participant_id": str(who)})
            continue
        active, paused = PairingStatus.ACTIVE, PairingStatus.PAUSED
        if pair.status is active and (who := _one_of(two, foreseen.pausing)) is not None:
            found.append({**common, "effect": "pauses", "participant_id": str(who)})
        if pair.status is paused and (who := _one_of(two, foreseen.returning)) is not None:
            found.append({**common, "effect": "may_resume", "participant_id": str(who)})
        forbidden = levels.get(pair.cohort_id, 0)
        leads = _who_leads(two, after, forbidden)
        if leads is not None and _who_leads(two, before, forbidden) != leads:
            leader, apart = leads
            told: dict[str, Any] = {
                "effect": "in_conflict",
                "participant_id": str(leader),
                "levels": apart,
            }
            found.append({**common, **told})
    return found


def levels_forbidden(uow: UnitOfWork) -> dict[uuid.UUID, int]:
    """For every live cohort, how many levels of the reporting line its program keeps apart."""
    found = uow.rows.execute(
        select(Cohort.id, Program.matching_rules)
        .join(
            Program,
            and_(
                Program.organization_id == Cohort.organization_id,
                Program.id == Cohort.program_id,
            ),
        )
        .where(Cohort.organization_id == uow.organization_id, Cohort.status.in_(LIVE_COHORTS))
    )
    return {cohort_id: rules_of(rules).reporting_line_levels for cohort_id, rules in found}


def _one_of(two: tuple[uuid.UUID, uuid.UUID], people: Collection[uuid.UUID]) -> uuid.UUID | None:
    return next((each for each in two if each in people), None)


def _who_leads(
    two: tuple[uuid.UUID, uuid.UUID], above: Lines, levels: int
) -> tuple[uuid.UUID, int] | None:
    """The one of the two above the other within so many levels, and by how many."""
    for person, other in (two, two[::-1]):
        place = above.get(person)
        for apart in range(1, levels + 1):
            if place is None:
                break
            if place == other:
                return other, apart
            place = above.get(place)
    return None
