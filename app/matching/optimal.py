"""The default matcher: every objective as a chain of proved optimisations."""

from dataclasses import replace

import numpy as np

from app.matching.certificate import Certificate, Proof, pairs_hash, placed, problem_hash
from app.matching.gain import Gain
from app.matching.pricing import Market, Outcome, Stage
from app.matching.problem import (
    Control,
    Limits,
    MatcherFailed,
    MatchingProblem,
    Objective,
    Proposal,
)
from app.matching.terms import distinct

ZEAL = 8
"""By how much a level counts more when a later one was found to pay for breaking it."""


class Optimal:
    """Finds the best pairs under the objective and proves it with integer prices."""

    name = "optimal"
    version = "1"

    def match(self, problem: MatchingProblem, control: Control, limits: Limits) -> Proposal:
        """Return the best pairs and their certificate.

        Raises `MatcherFailed` (`objective-unsupported`) for stable matching.
        """
        if problem.objective is Objective.STABLE:
            raise MatcherFailed("objective-unsupported", "A stable matching has no best total.")
        market = Market(problem, control, limits)
        market.open()
        chain = _Chain(market)
        outcome = chain.run()
        names = zip(outcome.rows.tolist(), outcome.cols.tolist(), strict=True)
        pairs = [(problem.mentors[row], problem.mentees[col]) for row, col in names]
        certificate = Certificate(
            objective=problem.objective.value,
            seed=problem.seed,
            rules_version=problem.rules_version,
            problem_hash=problem_hash(problem),
            pairs_hash=pairs_hash(pairs),
            proofs=tuple(chain.proofs),
            rounds=market.rounds,
        )
        return Proposal(pairs, certificate.seal(), market.remember())


class _Chain:
    """Levels in their order: each is made best, then kept while the next is made best.

    A level is kept by giving it a weight in the next optimisation. The weight starts small, so
    that numbers stay small, and grows until the level is as good as it was proved to be; then
    the optimum of the weighted sum is the optimum in order of precedence.
    """

    def __init__(self, market: Market) -> None:
        self.market, self.problem = market, market.problem
        self.proofs: list[Proof] = []
        self.people = 0
        self.threshold = 0
        self.below: dict[int, int] = {}
        """How many pairs at least lie below each floor that was dealt with."""

    def run(self) -> Outcome:
        objective = self.problem.objective
        if objective is Objective.QUALITY:
            return self._prove("total", Gain(), 0, bonus=True)
        self.people = self._prove("people", Gain(counts_score=False), 1).value
        if objective is Objective.PARTICIPATION:
            self._raise_worst()
        else:
            for floor in self.problem.floors:
                self._keep_above(floor)
        return self._keeping("total", Gain(self.threshold), bonus=True)

    def _prove(self, name: str, gain: Gain, place: int, *, bonus: bool = False) -> Outcome:
        outcome = self.market.optimise(self._stage(name, gain, place, bonus=bonus))
        self.proofs.append(Proof(name, gain, place, outcome.prices, bonus))
        return outcome

    def _stage(self, name: str, gain: Gain, place: int, *, bonus: bool = False) -> Stage:
        return Stage(name, gain, *self.market.field.sides(place), bonus)

    def _raise_worst(self) -> None:
        """Find the highest score that every pair can have while as many people are placed.

        The proof is the next threshold: above it, fewer people find a partner.
        """
        if not self.people:
            return
        while True:
            self.threshold = self._highest_in_core()
            gain = Gain(self.threshold + 1, counts_score=False)
            outcome = self.market.optimise(self._stage("worst", gain, 1), goal=self.people)
            if outcome.value < self.people:
                self.proofs.append(Proof("worst", gain, 1, outcome.prices))
                return
            self.threshold += 1

    def _highest_in_core(self) -> int:
        """Search the scores of the core between the threshold, which is possible, and the top."""
        scores = distinct(self.market.pool.scores)
        low, high = int(np.searchsorted(scores, self.threshold)), len(scores)
        while high - low > 1:
            middle = (low + high) // 2
            stage = self._stage("worst", Gain(int(scores[middle]), counts_score=False), 1)
            if self.market.best_in_core(stage) == self.people:
                low = middle
            else:
                high = middle
        return int(scores[low])

    def _keep_above(self, floor: int) -> None:
        outcome = self._keeping("below", Gain(floors=((floor, 1),), counts_score=False))
        self.below[floor] = self._count_below(floor, outcome)

    def _keeping(self, name: str, gain: Gain, *, bonus: bool = False) -> Outcome:
        """Make a gain as large as possible while all levels before it stay as good as they are."""
        spread = self._spread() if gain.counts_score else 1
        weights: dict[int, int] = {}
        for floor in reversed(self.below):
            weights[floor] = 2 * (spread + sum(weights.values())) + 1
        place = 2 * (spread + sum(weights.values())) + 1
        while True:
            kept = tuple((floor, weights[floor]) for floor in self.below)
            whole = replace(gain, floors=(*kept, *gain.floors))
            outcome = self.market.optimise(self._stage(name, whole, place, bonus=bonus))
            if placed(self.market.field, outcome.rows, outcome.cols) < self.people:
                place *= ZEAL
                continue
            broken = [f for f, least in self.below.items() if self._count_below(f, outcome) > least]
            if not broken:
                self.proofs.append(Proof(name, whole, place, outcome.prices, bonus))
                return outcome
            weights = {floor: w * ZEAL if floor <= broken[0] else w for floor, w in weights.items()}
            place *= ZEAL

    def _spread(self) -> int:
        problem = self.problem
        return problem.scores.max_score + (problem.stability_bonus if problem.previous else 0)

    def _count_below(self, floor: int, outcome: Outcome) -> int:
        return int((self.problem.pair_scores(outcome.rows, outcome.cols) < floor).sum())
