"""What makes a pair good: the soft criteria, each in integer points."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.matching.levels import fit, levels_of, things_of
from app.matching.sides import Sides, by_class, named_pairs
from app.matching.terms import Product, Term

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
) -> list[Term]:
    """Score which share of the levels one person needs the other has (see `levels.fit`)."""
    return [Product(*fit(levels_of(has), levels_of(needs), points))]


def coverage(
    has: Sequence[frozenset[str]], needs: Sequence[frozenset[str]], points: int
) -> list[Term]:
    """Score which share of one person's things the other has, in points."""
    return [Product(*fit(things_of(has), things_of(needs), points))]


def both_ways(
    mentors: Sequence[frozenset[str]], mentees: Sequence[frozenset[str]], points: int
) -> list[Term]:
    """Score what two people share, half as a share of each one's own: neither side counts more."""
    mentor_half = points // 2
    theirs, others = things_of(mentors), things_of(mentees)
    has, needs = fit(theirs, others, points - mentor_half)
    back_has, back_needs = fit(others, theirs, mentor_half)
    return [Product(has, needs), Product(back_needs, back_has)]


def wish_points(points: int, rank: int) -> int:
    """Return what the wish number `rank` (0 is the first) earns."""
    return points * max(WISH_RANKS - rank, 0) // WISH_RANKS


def _skill_fit(sides: Sides, points: int) -> list[Term]:
    mentors, mentees = sides.mentors, sides.mentees
    return level_fit([p.offered for p in mentors], [p.wanted for p in mentees], points)


def _mentor_growth(sides: Sides, points: int) -> list[Term]:
    offered, wanted = [p.offered for p in sides.mentees], [p.wanted for p in sides.mentors]
    has, needs = fit(levels_of(offered), levels_of(wanted), points)
    return [Product(needs, has)]


def _aspirations(sides: Sides, points: int) -> list[Term]:
    mentors, mentees = sides.mentors, sides.mentees
    return coverage([p.topics for p in mentors], [p.aspirations for p in mentees], points)


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
    _, col_of = sides.at_id
    named = [
        (row, col_of[wish], wish_points(points, rank))
        for row, person in enumerate(sides.mentors)
        for rank, wish in enumerate(dict.fromkeys(person.wishes))
        if wish in col_of
    ]
    return [named_pairs(named)]


def _mentee_wishes(sides: Sides, points: int) -> list[Term]:
    row_of, _ = sides.at_id
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
