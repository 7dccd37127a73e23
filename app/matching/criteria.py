"""What makes a pair good: the soft criteria, each in integer points."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.matching.prices import Longs
from app.matching.sides import Sides, by_class, named_pairs
from app.matching.terms import Floats, Product, Term

WISH_RANKS = 5
"""The first wish earns all points of its criterion, the fifth one fifth, later ones nothing."""

HALF_DAY_MINUTES = 12 * 60


class Criterion(Protocol):
    """A soft criterion. Plug-ins are found among the entry points `rementor.criteria`."""

    @property
    def code(self) -> str:
        """Stable name in weights and explanations."""
        ...

    @property
    def sentence(self) -> str:
        """What it rewards, for people."""
        ...

    def terms(self, sides: Sides, points: int) -> Sequence[Term]:
        """Return terms whose sum is an integer between 0 and `points` for every pair."""
        ...


@dataclass(frozen=True)
class BuiltIn:
    """A criterion that is a function."""

    code: str
    sentence: str
    compute: Callable[[Sides, int], Sequence[Term]]

    def terms(self, sides: Sides, points: int) -> Sequence[Term]:
        """Return what the function says."""
        return self.compute(sides, points)


def level_fit(
    has: Sequence[Mapping[str, int]], needs: Sequence[Mapping[str, int]], points: int
) -> tuple[Floats, Floats]:
    """Score how far levels that some people have cover levels that others need.

    Sum over skills of min(had, needed), as a share of all levels needed, in points. Written as a
    product: min(a, b) = sum_t [a >= t][b >= t] over the levels t that occur. What n units of a
    person's need earn is n / all of the points, rounded down, so single units earn integers that
    add up; they are folded into the needing side, in order of skill. Returns (people who have, k)
    and (people who need, k).
    """
    had, needed = _flat(has), _flat(needs)
    units = np.bincount(needed.person, needed.level, minlength=len(needs)).astype(np.int64)
    before = np.cumsum(needed.level) - needed.level
    before -= np.repeat(before[needed.first], needed.count)
    left, right = [np.zeros((len(has), 0))], [np.zeros((len(needs), 0))]
    for skill in sorted(had.places.keys() & needed.places.keys()):
        here, there = had.places[skill], needed.places[skill]
        steps = np.unique(np.minimum(had.level[here], needed.level[there].max()))
        column = np.zeros((len(has), len(steps)))
        column[had.person[here]] = had.level[here][:, None] >= steps
        left.append(column)
        upto = np.minimum(steps, needed.level[there][:, None]) + before[there][:, None]
        upto = np.hstack([before[there][:, None], upto])
        earned = np.diff(points * upto // units[needed.person[there]][:, None], axis=1)
        column = np.zeros((len(needs), len(steps)))
        column[needed.person[there]] = earned
        right.append(column)
    return np.hstack(left).astype(np.float32), np.hstack(right).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Flat:
    """Levels of many people in one row: by person, then by skill."""

    person: Longs
    level: Longs
    first: Longs
    count: Longs
    places: Mapping[str, Longs]


def _flat(people: Sequence[Mapping[str, int]]) -> _Flat:
    person: list[int] = []
    level: list[int] = []
    places: dict[str, list[int]] = {}
    first, count = [], []
    for number, levels in enumerate(people):
        known = [(skill, levels[skill]) for skill in sorted(levels) if levels[skill] > 0]
        if known:
            first.append(len(person))
            count.append(len(known))
        for skill, value in known:
            places.setdefault(skill, []).append(len(person))
            person.append(number)
            level.append(value)
    return _Flat(
        np.array(person, np.int64),
        np.array(level, np.int64),
        np.array(first, np.int64),
        np.array(count, np.int64),
        {skill: np.array(at, np.int64) for skill, at in places.items()},
    )


def coverage(
    has: Sequence[frozenset[str]], needs: Sequence[frozenset[str]], points: int
) -> tuple[Floats, Floats]:
    """Score which share of one person's things the other has, in points."""
    return level_fit(
        [dict.fromkeys(things, 1) for things in has],
        [dict.fromkeys(things, 1) for things in needs],
        points,
    )


def both_ways(
    mentors: Sequence[frozenset[str]], mentees: Sequence[frozenset[str]], points: int
) -> list[Term]:
    """Score what two people share, half as a share of each one's own: neither side counts more."""
    mentor_half = points // 2
    has, needs = coverage(mentors, mentees, points - mentor_half)
    back_has, back_needs = coverage(mentees, mentors, mentor_half)
    return [Product(has, needs), Product(back_needs, back_has)]


def wish_points(points: int, rank: int) -> int:
    """Return what the wish number `rank` (0 is the first) earns."""
    return points * max(WISH_RANKS - rank, 0) // WISH_RANKS


def _skill_fit(sides: Sides, points: int) -> list[Term]:
    has, needs = level_fit(
        [p.offered for p in sides.mentors], [p.wanted for p in sides.mentees], points
    )
    return [Product(has, needs)]


def _mentor_growth(sides: Sides, points: int) -> list[Term]:
    has, needs = level_fit(
        [p.offered for p in sides.mentees], [p.wanted for p in sides.mentors], points
    )
    return [Product(needs, has)]


def _aspirations(sides: Sides, points: int) -> list[Term]:
    has, needs = coverage(
        [p.topics for p in sides.mentors], [p.aspirations for p in sides.mentees], points
    )
    return [Product(has, needs)]


def _interests(sides: Sides, points: int) -> list[Term]:
    mentors, mentees = sides.mentors, sides.mentees
    return both_ways([p.interests for p in mentors], [p.interests for p in mentees], points)


def _values(sides: Sides, points: int) -> list[Term]:
    return both_ways([p.values for p in sides.mentors], [p.values for p in sides.mentees], points)


def _communication(sides: Sides, points: int) -> list[Term]:
    def same(a: str | None, b: str | None) -> int:
        return points if a == b and a is not None else 0

    preference = [[p.communication_preference for p in side] for side in sides.both]
    return [by_class(same, *preference)]


def _cross_function(sides: Sides, points: int) -> list[Term]:
    return [by_class(_differ(points), *[[p.department for p in side] for side in sides.both])]


def _generation(sides: Sides, points: int) -> list[Term]:
    return [by_class(_differ(points), *[[p.generation for p in side] for side in sides.both])]


def _time_zone(sides: Sides, points: int) -> list[Term]:
    def near(a: int | None, b: int | None) -> int:
        if a is None or b is None:
            return 0
        apart = abs(a - b) % (2 * HALF_DAY_MINUTES)
        apart = min(apart, 2 * HALF_DAY_MINUTES - apart)
        return points * (HALF_DAY_MINUTES - apart) // HALF_DAY_MINUTES

    return [by_class(near, *[[p.utc_offset_minutes for p in side] for side in sides.both])]


def _shared_time(sides: Sides, points: int) -> list[Term]:
    return [sides.time.beyond(sides.minimum_shared_minutes, points)]


def _mentor_wishes(sides: Sides, points: int) -> list[Term]:
    col_of = {person.id: col for col, person in enumerate(sides.mentees)}
    named = [
        (row, col_of[wish], wish_points(points, rank))
        for row, person in enumerate(sides.mentors)
        for rank, wish in enumerate(dict.fromkeys(person.wishes))
        if wish in col_of
    ]
    return [named_pairs(named)]


def _mentee_wishes(sides: Sides, points: int) -> list[Term]:
    row_of = {person.id: row for row, person in enumerate(sides.mentors)}
    named = [
        (row_of[wish], col, wish_points(points, rank))
        for col, person in enumerate(sides.mentees)
        for rank, wish in enumerate(dict.fromkeys(person.wishes))
        if wish in row_of
    ]
    return [named_pairs(named)]


def _differ(points: int) -> Callable[[object, object], int]:
    return lambda a, b: points if a != b and a is not None and b is not None else 0


BUILT_IN: tuple[Criterion, ...] = (
    BuiltIn("skill_fit", "The mentor offers what the mentee wants to learn.", _skill_fit),
    BuiltIn("aspirations", "The mentor can speak about what the mentee aspires to.", _aspirations),
    BuiltIn("mentor_growth", "The mentee offers what the mentor wants to learn.", _mentor_growth),
    BuiltIn("interests", "The two share interests.", _interests),
    BuiltIn("values", "The two hold the same values dear.", _values),
    BuiltIn("communication", "The two like to communicate the same way.", _communication),
    BuiltIn("shared_time", "The two have free hours in common beyond the minimum.", _shared_time),
    BuiltIn("cross_function", "The two work in different departments.", _cross_function),
    BuiltIn("mentee_wishes", "The mentee asked for this mentor.", _mentee_wishes),
    BuiltIn("mentor_wishes", "The mentor asked for this mentee.", _mentor_wishes),
    BuiltIn("time_zone", "The two live in near time zones.", _time_zone),
    BuiltIn("generation", "The two declared different generations.", _generation),
)

OWN_CODES = frozenset(criterion.code for criterion in BUILT_IN)
