"""A solution: pairs scored by the host itself, and what is proved about them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.matching.candidates import Field
from app.matching.certificate import Certificate, Level, Proof, levels_of
from app.matching.gain import Gain
from app.matching.prices import Prices
from app.matching.problem import FORBIDDEN, MatchingProblem, Memory, Objective, Pair


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know about a result: a stable code and a sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimality:
    """What is proved about a result, in points of pairs beyond the pins.

    `value` and `bound` are those of the last level of the objective: the total, stability
    bonuses included. `status` is `proved` only if every level is.
    """

    status: str
    value: int
    bound: int
    levels: tuple[Level, ...]
    pairs_considered: int
    pairs_certified: int
    rounds: int

    @property
    def gap(self) -> int:
        """Return how many points a better result could have at most."""
        return self.bound - self.value


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """Pairs in order of ids, pins included, and what is proved about them."""

    pairs: tuple[Pair, ...]
    matcher: str
    matcher_version: str
    optimality: Optimality
    certificate: Certificate | None
    memory: Memory | None = None
    unmatched_mentors: tuple[str, ...]
    unmatched_mentees: tuple[str, ...]
    notes: tuple[Note, ...] = ()

    @property
    def proposed(self) -> tuple[Pair, ...]:
        """The pairs that are new: all but the pins."""
        return tuple(pair for pair in self.pairs if not pair.pinned)


def assess(
    problem: MatchingProblem,
    pairs: Sequence[tuple[str, str]],
    certificate: Certificate | None,
    matcher: str,
    matcher_version: str,
    memory: Memory | None = None,
) -> Solution:
    """Score pairs beyond the pins again and hold them against the proofs of a certificate.

    The pairs must be sound (see `verify.pair_fault`) and the certificate must hold. Without one,
    nothing better is proved than that nobody beats having their best partner.
    """
    field = Field(problem)
    rows, cols = problem.positions(pairs)
    proofs = certificate.proofs if certificate else _loose_proofs(problem, field)
    levels = levels_of(problem, field, rows, cols, proofs)
    total = levels[-1]
    scores = problem.pair_scores(rows, cols).tolist()
    found = [Pair(a, b, score) for (a, b), score in zip(pairs, scores, strict=True)]
    pins, notes = _pinned(problem)
    everything = tuple(sorted([*found, *pins], key=lambda pair: (pair.mentor, pair.mentee)))
    mentors, mentees = {p.mentor for p in everything}, {p.mentee for p in everything}
    return Solution(
        pairs=everything,
        matcher=matcher,
        matcher_version=matcher_version,
        optimality=Optimality(
            status="proved" if all(level.proved for level in levels) else "bounded",
            value=total.value,
            bound=total.bound,
            levels=levels,
            pairs_considered=field.size,
            pairs_certified=field.size,
            rounds=certificate.rounds if certificate else 0,
        ),
        certificate=certificate,
        memory=memory,
        unmatched_mentors=tuple(name for name in problem.mentors if name not in mentors),
        unmatched_mentees=tuple(name for name in problem.mentees if name not in mentees),
        notes=tuple(notes),
    )


def _pinned(problem: MatchingProblem) -> tuple[list[Pair], list[Note]]:
    pins, notes = [], []
    for pin in problem.pins:
        row, col = problem.mentor_at[pin.mentor], problem.mentee_at[pin.mentee]
        score = problem.score(row, col)
        if score == FORBIDDEN:
            detail = f"{pin.mentor} with {pin.mentee} stands although it breaks a hard rule."
            notes.append(Note("pin-overrides-rule", detail))
        pins.append(Pair(pin.mentor, pin.mentee, max(score, 0), pinned=True))
    return pins, notes


def _loose_proofs(problem: MatchingProblem, field: Field) -> tuple[Proof, ...]:
    """Bound any result by one look at all pairs: nobody beats having their best partner."""
    row = np.full(len(problem.mentors), FORBIDDEN, np.int64)
    col = np.full(len(problem.mentees), FORBIDDEN, np.int64)
    for rows in field.bands:
        for cols in field.tiles:
            scores = field.block(rows, cols)
            row[rows] = np.maximum(row[rows], scores.max(axis=1))
            col[cols] = np.maximum(col[cols], scores.max(axis=0))
    mentors, mentees = field.sides(1)
    nobody = Prices(-mentors.bonus, -mentees.bonus)
    anybody = Prices(np.where(row >= 0, 0, nobody.row), np.where(col >= 0, 0, nobody.col))
    bonus = problem.stability_bonus if problem.previous else 0
    richest = Prices(np.maximum(row, 0) + bonus, np.zeros_like(col))
    people = Proof("people", Gain(counts_score=False), 1, anybody)
    above = Gain(problem.scores.max_score + 1, counts_score=False)
    worst = Proof("worst", above, 1, nobody)
    total = Proof("total", Gain(), 0, richest, bonus=True)
    match problem.objective:
        case Objective.QUALITY:
            return (total,)
        case Objective.FAIR:
            return (people, total)
        case _:
            return (people, worst, total)
