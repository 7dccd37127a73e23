"""How far mentors and mentees lie apart in each competence, before and after."""

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from app.competences.assessing import SkillChange
from app.impact.estimates import Estimate, NotMeasurable
from app.impact.gap import SIDE_MINIMUM, Side, SkillGap, generation_gap
from app.impact.ordinal import Distance
from app.impact.publishing import EFFECT_DECIMALS, measure
from app.impact.taking_part import Placed
from app.programs.models import EnrollmentRole

Levels = list[tuple[uuid.UUID, int, int]]
"""Of one side in one competence: the person, the level before, the level after."""


def gaps(
    judged: Sequence[SkillChange],
    found: Sequence[Placed],
    pairs: Sequence[tuple[uuid.UUID, uuid.UUID]],
    minimum: int,
) -> dict[str, Any]:
    """The gap in every competence that enough people of both sides judged before and after.

    `pairs` are the two participants of each pairing: they are not independent, so the interval
    draws them together. Who is a mentor and a mentee at once stands on no side. Where one side
    agrees on one level, its members' levels would be told with the gap: it is not told.
    """
    roles: dict[uuid.UUID, set[EnrollmentRole]] = defaultdict(set)
    for each in found:
        roles[each.participant_id].add(each.role)
    sides: dict[str, dict[EnrollmentRole, Levels]] = defaultdict(
        lambda: {EnrollmentRole.MENTOR: [], EnrollmentRole.MENTEE: []}
    )
    for change in judged:
        held = roles[change.participant_id]
        if len(held) == 1 and change.before is not None and change.after is not None:
            (role,) = held
            level = (change.participant_id, change.before, change.after)
            sides[change.competence][role].append(level)
    least = max(minimum, SIDE_MINIMUM)
    units = _units(pairs)
    told = []
    for competence, (mentors, mentees) in sorted(
        (competence, tuple(by_role.values())) for competence, by_role in sides.items()
    ):
        if min(len(mentors), len(mentees)) < least or _agree(mentors) or _agree(mentees):
            continue
        index = generation_gap(_side(mentors, units), _side(mentees, units), [competence])
        if not isinstance(index, NotMeasurable):
            told.append(
                {
                    "competence": competence,
                    "mentors_count": len(mentors),
                    "mentees_count": len(mentees),
                    **_told(index.skills[0]),
                }
            )
    return {
        "least_on_each_side": least,
        "competences": told,
        "untold_count": len(sides) - len(told),
    }


def _units(pairs: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> dict[uuid.UUID, uuid.UUID]:
    """Everybody who is in a pairing, with one of those they are tied to by pairings."""
    tied: dict[uuid.UUID, set[uuid.UUID]] = {}
    for mentor, mentee in pairs:
        group = tied.get(mentor, {mentor}) | tied.get(mentee, {mentee})
        tied.update(dict.fromkeys(group, group))
    return {person: min(group) for person, group in tied.items()}


def _agree(levels: Levels) -> bool:
    return any(len({each[wave] for each in levels}) == 1 for wave in (1, 2))


def _side(levels: Levels, units: dict[uuid.UUID, uuid.UUID]) -> Side:
    return Side(
        before=[[before] for _, before, _ in levels],
        after=[[after] for _, _, after in levels],
        pairings=[units.get(person) for person, _, _ in levels],
    )


def _told(gap: SkillGap) -> dict[str, Any]:
    figures = {
        field.name: getattr(gap, field.name)
        for field in dataclasses.fields(gap)
        if field.name != "skill"
    }
    return {
        name: measure(
            _estimate(figure) if isinstance(figure, Distance) else figure, EFFECT_DECIMALS
        )
        for name, figure in figures.items()
    }


def _estimate(distance: Distance) -> Estimate:
    """A distance as a number without an interval; chance alone is taken off."""
    value = max(0.0, distance.excess)
    method = f"{distance.method}, what chance alone gives taken off"
    return Estimate(value, None, None, distance.n, method, groups=distance.groups)
