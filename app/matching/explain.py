"""Why this pair, why not that one, and what a place or a pin is worth: read off the proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.matching.assessing import Solution
from app.matching.blocks import FeatureScores
from app.matching.certificate import Proof
from app.matching.problem import FORBIDDEN, Ints, MatchingProblem, at_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A score taken apart: the points add up to it exactly, unless rules forbid the pair."""

    mentor: str
    mentee: str
    score: int
    points: dict[str, int]
    broken_rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A worth in the order of the objective: people placed (waitlisted twice), then points."""

    people: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why two people are not a pair.

    `reason` is one of `paired`, `forbidden` (see `broken_rules`), `below-worst` (the pair would be
    worse than the proved best worst pair), `no-proof`, or `costs`: forcing the pair would lose the
    program at least `loss`, and that is proved. A loss of nothing means that the two tie.
    """

    mentor: str
    mentee: str
    reason: str
    score: int
    broken_rules: tuple[str, ...] = ()
    loss: Price | None = None


@dataclass(frozen=True, slots=True)
class WorstPair:
    """The score of the worst pair, and the people who keep it from being higher."""

    score: int
    crowd: tuple[str, ...]
    few: tuple[str, ...]
    places: int

    @property
    def sentence(self) -> str:
        """The proof in words."""
        return (
            f"If every pair had to score more than {self.score}, {len(self.crowd)} people could "
            f"only meet {len(self.few)} others, who have {self.places} places: "
            "fewer people would find a partner."
        )


def breakdowns(problem: MatchingProblem, pairs: Sequence[tuple[str, str]]) -> tuple[Breakdown, ...]:
    """Take the scores of pairs apart; explicit scores have no parts.

    Raises `ProblemInvalid` (`person-unknown`).
    """
    rows, cols = problem.positions(pairs)
    scores = problem.pair_scores(rows, cols).tolist()
    points: dict[str, list[int]] = {}
    broken: dict[str, list[int]] = {}
    source = problem.scores
    if isinstance(source, FeatureScores):
        for code in source.criteria:
            points[code] = at_pairs(partial(source.points, code), rows, cols).tolist()
        for code in source.rules:
            broken[code] = at_pairs(partial(source.broken, code), rows, cols).tolist()
    return tuple(
        Breakdown(
            mentor=mentor,
            mentee=mentee,
            score=score,
            points={code: values[k] for code, values in points.items()},
            broken_rules=tuple(code for code, values in broken.items() if values[k]),
        )
        for k, ((mentor, mentee), score) in enumerate(zip(pairs, scores, strict=True))
    )


def why_not(problem: MatchingProblem, solution: Solution, mentor: str, mentee: str) -> WhyNot:
    """Say why two people are not a pair, and what the program would lose by making them one.

    In every result, the pairs' slack (prices minus value) is what it falls short of the bound;
    so forcing this pair costs at least its own slack, less the gap of an unproved result.
    Raises `ProblemInvalid` (`person-unknown`).
    """
    (parts,) = breakdowns(problem, [(mentor, mentee)])
    known = partial(WhyNot, mentor=mentor, mentee=mentee, score=parts.score)
    if any((pair.mentor, pair.mentee) == (mentor, mentee) for pair in solution.pairs):
        return known(reason="paired")
    if parts.score == FORBIDDEN:
        return known(reason="forbidden", broken_rules=parts.broken_rules)
    proof = total_proof(solution)
    if proof is None:
        return known(reason="no-proof")
    if parts.score < proof.gain.threshold:
        return known(reason="below-worst")
    row, col = problem.mentor_at[mentor], problem.mentee_at[mentee]
    value = int(proof.gain.values(np.array([parts.score]))[0])
    value += problem.stability_bonus if (mentor, mentee) in problem.previous else 0
    slack = int(proof.prices.row[row]) + int(proof.prices.col[col]) - value
    slack -= solution.optimality.gap
    return known(reason="costs", loss=_price(max(slack, 0), proof.place))


def scarcity(problem: MatchingProblem, solution: Solution) -> dict[str, Price]:
    """Return what one more place with each mentor could be worth at most: whom to recruit.

    Mentors whose places are not scarce are left out. Empty without a proof.
    """
    proof = total_proof(solution)
    if proof is None:
        return {}
    return {
        mentor: _price(price, proof.place)
        for mentor, price in zip(problem.mentors, proof.prices.row.tolist(), strict=True)
        if price > 0
    }


def pin_prices(problem: MatchingProblem, solution: Solution) -> dict[tuple[str, str], Price]:
    """Return what the program could gain at most by giving up each pin. Empty without a proof."""
    proof = total_proof(solution)
    if proof is None:
        return {}
    prices = {}
    for pair in solution.pairs:
        if pair.pinned:
            row, col = problem.mentor_at[pair.mentor], problem.mentee_at[pair.mentee]
            both = int(proof.prices.row[row]) + int(proof.prices.col[col])
            value = int(proof.gain.values(np.array([pair.score]))[0])
            prices[pair.mentor, pair.mentee] = _price(max(both - value, 0), proof.place)
    return prices


def worst_pair(problem: MatchingProblem, solution: Solution) -> WorstPair | None:
    """Say why no result that places as many people has a better worst pair.

    At the next higher score, prices of -1 mark people who can only meet those with a price of 1:
    a crowd that competes for few places. None where the objective does not ask for it, where
    nothing is proved, or where there are no pairs.
    """
    if solution.certificate is None:
        return None
    levels = [level for level in solution.optimality.levels if level.name == "worst"]
    proofs = [proof for proof in solution.certificate.proofs if proof.name == "worst"]
    if not levels or not levels[0].proved:
        return None
    (proof,) = proofs
    sides = (
        (problem.mentors, proof.prices.row, problem.mentees, proof.prices.col, problem.demands),
        (problem.mentees, proof.prices.col, problem.mentors, proof.prices.row, problem.capacities),
    )
    found = [_crowd(levels[0].value, *side) for side in sides]
    return max(found, key=lambda crowd: len(crowd.crowd) - crowd.places)


def _crowd(
    score: int,
    names: tuple[str, ...],
    prices: Ints,
    others: tuple[str, ...],
    other_prices: Ints,
    other_places: Ints,
) -> WorstPair:
    crowd = tuple(names[k] for k in np.flatnonzero(prices < 0))
    few = np.flatnonzero(other_prices > 0)
    return WorstPair(score, crowd, tuple(others[k] for k in few), int(other_places[few].sum()))


def total_proof(solution: Solution) -> Proof | None:
    """Return the proof of the last level, the one whose prices are points."""
    return solution.certificate.proofs[-1] if solution.certificate else None


def _price(worth: int, place: int) -> Price:
    """Split a worth into people and points: a place weighs more than any two scores."""
    people = (worth + place // 2) // place if place else 0
    return Price(people=people, points=worth - people * place)
