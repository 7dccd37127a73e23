"""Who stays alone, why, and which single relaxation would help how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.assessing import Solution
from app.matching.blocks import FeatureScores
from app.matching.problem import Ints, MatchingProblem

RIVALS = 3
"""So many of the best partners a person missed are named."""

AT_ONCE = 64
"""So many people are looked at together; each needs one row of pairs per rule."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Missed:
    """A partner somebody could have had, who has them instead, and by how much they fit better."""

    partner: str
    score: int
    taken_by: tuple[str, ...]
    ahead_by: int | None
    """Points between the least fitting of them and this person; None when they hold a pin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """Why one person has no partner.

    `reason` is `no-capacity`, `no-eligible-partner` or `out-competed`. `forbidden_by` counts, for
    every rule, the people it forbids; `only_by` those that no other rule forbids: dropping that
    rule alone would make them eligible. `relaxation` is the rule whose dropping helps most.
    """

    person: str
    side: str
    reason: str
    eligible_count: int
    forbidden_by: dict[str, int]
    only_by: dict[str, int]
    relaxation: str | None
    missed: tuple[Missed, ...]


def diagnose(problem: MatchingProblem, solution: Solution) -> tuple[Unmatched, ...]:
    """Diagnose everybody without a partner, mentors first, in order of ids."""
    holders = _Holders(problem, solution)
    result: list[Unmatched] = []
    for side, names, at in (
        ("mentor", solution.unmatched_mentors, problem.mentor_at),
        ("mentee", solution.unmatched_mentees, problem.mentee_at),
    ):
        people = np.array([at[name] for name in names], np.intp)
        for start in range(0, len(people), AT_ONCE):
            part = people[start : start + AT_ONCE]
            result += _diagnose(problem, holders, side, part)
    return tuple(result)


def relaxations(unmatched: Sequence[Unmatched]) -> dict[str, int]:
    """Return, for every rule, how many people without eligible partner get one if it is dropped."""
    helped: dict[str, int] = {}
    for person in unmatched:
        if person.reason == "no-eligible-partner":
            for code in person.only_by:
                helped[code] = helped.get(code, 0) + 1
    return dict(sorted(helped.items()))


class _Holders:
    """Who has whom, and how well they fit."""

    def __init__(self, problem: MatchingProblem, solution: Solution) -> None:
        self.problem = problem
        self.of: dict[tuple[str, str], list[tuple[str, int | None]]] = {}
        for pair in solution.pairs:
            score = None if pair.pinned else pair.score
            self.of.setdefault(("mentor", pair.mentor), []).append((pair.mentee, score))
            self.of.setdefault(("mentee", pair.mentee), []).append((pair.mentor, score))

    def missed(self, side: str, partner: str, score: int) -> Missed:
        other = "mentee" if side == "mentor" else "mentor"
        holders = self.of.get((other, partner), [])
        scores = [held for _, held in holders if held is not None]
        ahead = min(scores) - score if scores else None
        return Missed(partner, score, tuple(name for name, _ in holders), ahead)


def _diagnose(
    problem: MatchingProblem, holders: _Holders, side: str, people: Ints
) -> list[Unmatched]:
    mentor = side == "mentor"
    everybody = np.arange(len(problem.mentees if mentor else problem.mentors))
    others, own = (
        (problem.mentees, problem.mentors) if mentor else (problem.mentors, problem.mentees)
    )
    places, other_places = (
        (problem.capacities, problem.demands) if mentor else (problem.demands, problem.capacities)
    )
    at = (people, everybody) if mentor else (everybody, people)
    scores = _turned(problem.block(*at), mentor=mentor)
    has_place = np.asarray(other_places) > 0
    broken = _broken(problem, at, mentor=mentor)
    forbidden = sum((layer.astype(np.int16) for layer in broken.values()), np.zeros(1, np.int16))
    result = []
    for k, person in enumerate(people.tolist()):
        eligible = np.flatnonzero((scores[k] >= 0) & has_place)
        best = eligible[np.argsort(-scores[k, eligible], kind="stable")][:RIVALS].tolist()
        rows = {code: layer[k] & has_place for code, layer in broken.items()}
        alone = {code: int((row & (forbidden[k] == 1)).sum()) for code, row in rows.items()}
        only_by = {code: count for code, count in alone.items() if count}
        reason = "out-competed" if len(eligible) else "no-eligible-partner"
        result.append(
            Unmatched(
                person=own[person],
                side=side,
                reason=reason if places[person] > 0 else "no-capacity",
                eligible_count=len(eligible),
                forbidden_by={code: int(row.sum()) for code, row in rows.items() if row.any()},
                only_by=only_by,
                relaxation=min(only_by, key=lambda code: (-only_by[code], code), default=None),
                missed=tuple(
                    holders.missed(side, others[other], int(scores[k, other])) for other in best
                ),
            )
        )
    return result


def _broken(problem: MatchingProblem, at: tuple[Ints, Ints], *, mentor: bool) -> dict[str, Bools]:
    source = problem.scores
    if not isinstance(source, FeatureScores):
        return {}
    return {code: _turned(source.broken(code, *at), mentor=mentor) for code in sorted(source.rules)}


def _turned(block: NDArray[Any], *, mentor: bool) -> NDArray[Any]:
    """Return a block with the people asked about as rows."""
    return block if mentor else block.T
