"""Why this pair, why not that one, and what a place or a pin is worth: read off the proof."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from app.matching.assessing import Solution
from app.matching.blocks import FeatureScores
from app.matching.candidates import Field, first_partner_worth
from app.matching.certificate import Proof
from app.matching.prices import Longs, Side, best_response
from app.matching.problem import (
    FORBIDDEN,
    UNLIMITED,
    UNWATCHED,
    Control,
    Ints,
    Limits,
    MatchingProblem,
    Objective,
    Pin,
    ProblemInvalid,
    at_pairs,
)
from app.matching.solving import solve


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
    program at least `loss`, and that is proved; when `exact`, it would lose just that. Points may
    be negative where people are lost: fewer pairs can be better ones.
    """

    mentor: str
    mentee: str
    reason: str
    score: int
    broken_rules: tuple[str, ...] = ()
    loss: Price | None = None
    exact: bool = False


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


def exact_loss(
    problem: MatchingProblem,
    solution: Solution,
    mentor: str,
    mentee: str,
    control: Control = UNWATCHED,
    limits: Limits = UNLIMITED,
) -> WhyNot:
    """Say the same as `why_not`, but pin the pair and match again to know the whole loss.

    Answers that need no price are those of `why_not`; so is the answer when the new run ends
    without a proof or a person has no place left beside pins.
    """
    answer = why_not(problem, solution, mentor, mentee)
    if answer.reason not in ("costs", "below-worst"):
        return answer
    try:
        forced = replace(problem, pins=(*problem.pins, Pin(mentor, mentee)), memory=solution.memory)
    except ProblemInvalid:
        return answer
    other = solve(forced, "optimal", control, limits)
    if not (other.optimality.status == solution.optimality.status == "proved"):
        return answer
    points = sum(p.score for p in solution.pairs) - sum(p.score for p in other.pairs)
    people = _placed(problem, solution) - _placed(problem, other)
    if problem.objective is Objective.QUALITY:
        people = 0
    return replace(answer, reason="costs", loss=Price(people=people, points=points), exact=True)


def _placed(problem: MatchingProblem, solution: Solution) -> int:
    """Return how many people have a partner, waitlisted ones counted twice."""
    mentors = {pair.mentor for pair in solution.pairs}
    mentees = {pair.mentee for pair in solution.pairs}
    twice = len(mentors & problem.waitlisted_mentors) + len(mentees & problem.waitlisted_mentees)
    return len(mentors) + len(mentees) + twice


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
    """Return what the program could gain at most by giving up each pin. Empty without a proof.

    The place a pin frees on either side is worth what its person would take for it; whoever has
    no other place is priced by the best pair they could have. Other pairs stay as good as the
    proved worst one.
    """
    proof = total_proof(solution)
    if proof is None or not problem.pins:
        return {}
    field = Field(problem)
    pins = [(pin.mentor, pin.mentee) for pin in problem.pins]
    rows, cols = problem.positions(pins)
    value = proof.gain.values(np.maximum(problem.pair_scores(rows, cols), 0))
    row_price, col_price = _pinned_prices(field, proof, rows, cols)
    row_price = np.maximum(row_price, value - col_price)  # the pair may come back by itself
    gains = -value
    free_mentors, free_mentees = first_partner_worth(problem, proof.place)
    red_mentors, red_mentees = field.sides(proof.place)
    for at, price, red, worth in (
        (rows, row_price, red_mentors, free_mentors),
        (cols, col_price, red_mentees, free_mentees),
    ):
        alone = np.bincount(at, minlength=len(red.places))[at] == 1
        bonus = np.where(alone, worth[at], 0)
        freed = best_response(Side(red.places[at] + 1, bonus), price)
        held = best_response(Side(red.places[at], red.bonus[at]), price)
        gains = gains + freed - held - bonus
    return {
        pin: _price(max(int(gain), 0), proof.place)
        for pin, gain in zip(pins, gains.tolist(), strict=True)
    }


def _pinned_prices(field: Field, proof: Proof, rows: Ints, cols: Ints) -> tuple[Longs, Longs]:
    """Return prices of pinned people, those without another place priced by their best pair."""
    mentors, mentees = field.sides(0)
    row_price, col_price = proof.prices.row[rows].copy(), proof.prices.col[cols].copy()
    for k in np.flatnonzero(mentors.places[rows] == 0).tolist():
        row_price[k] = max(
            (
                _best_over(proof, field.block(rows[k : k + 1], tile)[0], proof.prices.col[tile])
                for tile in field.tiles
            ),
            default=-proof.place,
        )
    for k in np.flatnonzero(mentees.places[cols] == 0).tolist():
        col_price[k] = max(
            (
                _best_over(proof, field.block(band, cols[k : k + 1])[:, 0], proof.prices.row[band])
                for band in field.bands
            ),
            default=-proof.place,
        )
    return row_price, col_price


def _best_over(proof: Proof, scores: Ints, prices: Longs) -> int:
    """Return the most that an allowed partner is worth beyond their price."""
    allowed = scores >= max(proof.gain.threshold, 0)
    worth = proof.gain.values(scores[allowed]) - prices[allowed]
    return int(worth.max(initial=-2 * proof.place))


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
