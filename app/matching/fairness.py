"""How a result treats people: worst pairs, first wishes, blocking pairs, groups of ten or more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from app.matching.assessing import Solution
from app.matching.preferences import blocking_pairs
from app.matching.problem import MatchingProblem

SMALLEST_GROUP = 10
"""Rates of smaller groups would tell about single people."""

FOUR_FIFTHS = 0.8
"""Below this ratio to the best-served group, American guidance speaks of adverse impact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How often the people of one group found a partner, against everybody else.

    `ratio` is to the best-served group; `p` is Fisher's exact two-sided p of group against rest.
    """

    name: str
    people: int
    matched: int
    ratio: float
    four_fifths: bool
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """The fairness block of a result. Scores are those of pairs beyond the pins."""

    pairs: int
    worst: int | None
    percentile_1: int | None
    percentile_5: int | None
    median: int | None
    wishing_people: int
    first_wishes_met: int
    people_moved: int
    blocking_pair_count: int
    blocking_pairs: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]


def fairness(
    problem: MatchingProblem,
    solution: Solution,
    groups: Mapping[str, str] | None = None,
    today: Iterable[tuple[str, str]] = (),
) -> Fairness:
    """Describe a result.

    `groups` gives people a group; too small groups are left out. `today` holds the pairs that
    stand now: everybody whose partners the result changes counts as moved.
    """
    scores = np.sort([pair.score for pair in solution.proposed])
    together = {(pair.mentor, pair.mentee) for pair in solution.pairs}
    wishes = [(name, ranked[0]) for name, ranked in problem.mentor_wishes.items()]
    wishes += [(ranked[0], name) for name, ranked in problem.mentee_wishes.items()]
    count, named = blocking_pairs(
        problem, [(pair.mentor, pair.mentee) for pair in solution.proposed]
    )
    matched = {name for pair in solution.pairs for name in (pair.mentor, pair.mentee)}
    return Fairness(
        pairs=len(scores),
        worst=_percentile(scores, 0),
        percentile_1=_percentile(scores, 1),
        percentile_5=_percentile(scores, 5),
        median=_percentile(scores, 50),
        wishing_people=len(wishes),
        first_wishes_met=len(together.intersection(wishes)),
        people_moved=len({name for pair in set(today) - together for name in pair}),
        blocking_pair_count=count,
        blocking_pairs=tuple(named),
        groups=_groups(problem, matched, groups or {}),
    )


def _percentile(scores: NDArray[np.int64], percent: int) -> int | None:
    """Return the score that so many percent of the pairs do not exceed (nearest rank)."""
    if not len(scores):
        return None
    return int(scores[max(-(-len(scores) * percent // 100), 1) - 1])


def _groups(
    problem: MatchingProblem, matched: set[str], group_of: Mapping[str, str]
) -> tuple[Group, ...]:
    everybody = [name for name in (*problem.mentors, *problem.mentees) if name in group_of]
    total, placed = len(everybody), sum(name in matched for name in everybody)
    sizes: dict[str, list[str]] = {}
    for name in everybody:
        sizes.setdefault(group_of[name], []).append(name)
    counts = {
        group: (len(names), sum(name in matched for name in names))
        for group, names in sorted(sizes.items())
        if len(names) >= SMALLEST_GROUP
    }
    best = max((met / size for size, met in counts.values()), default=0.0)
    return tuple(
        Group(
            name=group,
            people=size,
            matched=met,
            ratio=met / size / best if best else 1.0,
            four_fifths=not best or met / size / best >= FOUR_FIFTHS,
            p=fisher_exact(met, size - met, placed - met, total - size - (placed - met)),
        )
        for group, (size, met) in counts.items()
    )


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Return Fisher's exact two-sided p of the table [[a, b], [c, d]].

    The sum of the hypergeometric probabilities of all tables with the same margins that are no
    more likely than this one; whole numbers, so nothing is rounded before the end.
    """
    row, column, total = a + b, a + c, a + b + c + d
    ways = [
        comb(column, k) * comb(total - column, row - k)
        for k in range(max(0, row + column - total), min(row, column) + 1)
    ]
    seen = comb(column, a) * comb(total - column, row - a)
    return sum(way for way in ways if way <= seen) / sum(ways)
