"""Solve a sparse core, price every pair against it, and repeat until nothing is left to gain."""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.matching.candidates import PER_PERSON, Field, Nominations, Pool
from app.matching.flow import Graph, best_flow, prices_of, worth
from app.matching.gain import Gain
from app.matching.prices import Longs, Prices, Side, bound_of
from app.matching.problem import (
    FORBIDDEN,
    NARROW,
    Control,
    Ints,
    Limits,
    MatchingProblem,
    Progress,
)
from app.matching.terms import NamedPairs

ALL_PAIRS = 40_000
"""Up to so many pairs are all taken into the core: one solve, trivially complete."""

ROUND_PER_PERSON = 8
"""Partners that a later round adds for each person at most."""

MOSTLY = 0.6
"""From this share of a band on, pricing all of it is cheaper than picking people out."""

NOTHING = np.int64(-1) << 60
"""Stands for the worth of a person's best partner in a tile where nobody is allowed."""

NO_MORE = np.empty(0, np.int64), np.empty(0, np.int64)


class StopAsked(Exception):  # noqa: N818 (no failure)
    """Asked to stop, or out of time, in the middle of a pass."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One optimisation: what pairs are worth, and what a first partner is worth in addition."""

    name: str
    gain: Gain
    mentors: Side
    mentees: Side
    bonus: bool = False
    """Whether pairs of the previous proposal earn the stability bonus."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The best pairs found, the prices, and the proved bound: equal to the value means optimal."""

    rows: Ints
    cols: Ints
    value: int
    bound: int
    prices: Prices
    """Prices that cover every pair; they add up to the bound."""
    rounds: int

    @property
    def proved(self) -> bool:
        """Whether no other choice of pairs is worth more."""
        return self.value == self.bound


class Market:
    """The sparse core of one problem and all that was learned about its other pairs.

    `best` holds, for every mentor and tile of mentees, the best score there (or above it):
    (mentors, tiles). It outlives a stage, as scores do not change between objectives.
    """

    def __init__(self, problem: MatchingProblem, control: Control, limits: Limits) -> None:
        self.problem, self.control, self.limits = problem, control, limits
        self.field = Field(problem)
        self.pool = Pool(len(problem.mentees))
        self.complete = self.field.size <= ALL_PAIRS
        self.considered = 0
        self.rounds = 0
        self.best_of_mentee = np.full(len(problem.mentees), FORBIDDEN, np.int64)
        self._ends = None if limits.seconds is None else time.monotonic() + limits.seconds
        self._previous = self.field.previous_pairs()
        self.best = np.full(
            (len(problem.mentors), len(self.field.tiles)), FORBIDDEN, self.field.kind
        )

    def open(self) -> None:
        """Fill the core: all pairs of a small problem, else the best few of everybody.

        This one look at all pairs is taken whatever the time limit says: there is always a result.
        """
        nominations = Nominations(self.field, PER_PERSON)
        try:
            for band, rows in enumerate(self.field.bands):
                self.control.report(Progress("scan", done=band / len(self.field.bands)))
                for tile, cols in enumerate(self.field.tiles):
                    if self.control.stopped():
                        raise StopAsked
                    scores = self.field.block(rows, cols)
                    self.best[rows, tile] = scores.max(axis=1)
                    highest = np.maximum(self.best_of_mentee[cols], scores.max(axis=0))
                    self.best_of_mentee[cols] = highest
                    self.considered += int(np.count_nonzero(scores >= 0))
                    if self.complete:
                        row, col = np.nonzero(scores >= 0)
                        self.pool.add(rows[row], cols[col], scores[row, col])
                    else:
                        nominations.offer(band, np.arange(len(rows)), tile, scores)
                nominations.close_band(band)
        except StopAsked:
            self.best[self.best == FORBIDDEN] = self.problem.scores.max_score
            self.best_of_mentee[:] = self.problem.scores.max_score
            self.complete = False
        if not self.complete:
            self.add(*nominations.pairs())
        self.add(*self._previous)

    def add(self, rows: Ints, cols: Ints) -> int:
        """Take pairs into the core; return how many are new."""
        return self.pool.add(rows, cols, self.problem.pair_scores(rows, cols))

    def graph(self, stage: Stage) -> Graph:
        """Return the part of the core that a stage may choose from, with its values."""
        rows, cols, scores = self.pool.rows, self.pool.cols, self.pool.scores
        values = stage.gain.values(scores).astype(np.int64)
        if stage.bonus and len(self._previous[0]):
            values[self.pool.find(*self._previous)] += self.problem.stability_bonus
        allowed = scores >= stage.gain.threshold
        return Graph(rows[allowed], cols[allowed], values[allowed])

    def best_in_core(self, stage: Stage) -> int:
        """Return the largest worth of pairs of the core alone."""
        graph = self.graph(stage)
        chosen = best_flow(graph, stage.mentors, stage.mentees)
        return worth(graph, stage.mentors, stage.mentees, chosen)

    def optimise(self, stage: Stage, goal: int | None = None) -> Outcome:
        """Find the best pairs of a stage and prove it, or say how far from the best they may be.

        With a `goal`, it is enough to know whether the goal can be reached.
        """
        reach = _Reach(self, stage)
        covering = reach.loosest()
        bound = bound_of(stage.mentors, stage.mentees, covering)
        rounds = 0
        while True:
            rounds += 1
            graph = self.graph(stage)
            chosen = best_flow(graph, stage.mentors, stage.mentees)
            value = worth(graph, stage.mentors, stage.mentees, chosen)
            grown = 0
            if value < bound:
                prices = prices_of(graph, stage.mentors, stage.mentees, chosen)
                try:
                    found = Priced(NO_MORE, prices) if self.complete else reach.price(prices)
                    raised = bound_of(stage.mentors, stage.mentees, found.covering)
                    bound, covering = min((bound, covering), (raised, found.covering), key=_first)
                    grown = self.add(*found.pairs)
                except StopAsked:
                    pass
            self.rounds += 1
            self.control.report(Progress(stage.name, rounds, 1.0, value, bound))
            answered = goal is not None and (value >= goal or bound < goal)
            if not grown or answered or self._enough(rounds):
                pairs = graph.rows[chosen], graph.cols[chosen]
                return Outcome(*pairs, value, bound, covering, rounds)

    def check(self) -> None:
        """Raise `StopAsked` when asked to stop or out of time."""
        if self.control.stopped() or (self._ends is not None and time.monotonic() > self._ends):
            raise StopAsked

    def _enough(self, rounds: int) -> bool:
        try:
            self.check()
        except StopAsked:
            return True
        limits = self.limits
        return (limits.rounds is not None and rounds >= limits.rounds) or (
            limits.edges is not None and len(self.pool) >= limits.edges
        )


@dataclass(frozen=True, eq=False)
class Priced:
    """What one look at all pairs found: pairs worth more than their price, and higher prices.

    The prices are raised on one side as far as it takes to cover every pair.
    """

    pairs: tuple[Ints, Ints]
    covering: Prices


class _Reach:
    """The most that each mentor could still gain in each tile; only those tiles are priced.

    `most[i, t]` is never below the largest value_ij - v_j of the tile. Prices that fall raise it
    by as much as the steepest fall in the tile; a visit makes it exact.
    """

    def __init__(self, market: Market, stage: Stage) -> None:
        self.market, self.stage = market, stage
        self._prices = np.zeros(len(market.problem.mentees), np.int64)
        values = stage.gain.values(market.best.astype(np.int64))
        self.most = np.where(market.best >= stage.gain.threshold, values, NOTHING)

    def loosest(self) -> Prices:
        """Return prices that cover every pair without a search: all pay for their best partner."""
        stage, best = self.stage, self.market.best_of_mentee
        row = self.most.max(axis=1, initial=NOTHING)
        some = best >= stage.gain.threshold
        return Prices(
            np.where(row > NOTHING, row, -stage.mentors.bonus),
            np.where(some, 0, -stage.mentees.bonus),
        )

    def price(self, prices: Prices) -> Priced:
        """Compare every pair that could be worth more than its price with that price.

        Raises `StopAsked`.
        """
        market, stage = self.market, self.stage
        field = market.field
        self._drift(prices.col)
        covered = NamedPairs([prices.extra], len(prices.row), len(prices.col))
        nominations = Nominations(field, ROUND_PER_PERSON)
        row_over = np.zeros(len(prices.row), np.int64)
        col_over = np.zeros(len(prices.col), np.int64)
        kind = self._kind(prices)
        for band, people in enumerate(field.bands):
            for tile, cols in enumerate(field.tiles):
                inside = np.flatnonzero(self.most[people, tile] > prices.row[people])
                if not len(inside):
                    continue
                market.check()
                if len(inside) > MOSTLY * len(people):
                    inside = np.arange(len(people))
                rows = people[inside]
                scores = field.block(rows, cols)
                over = stage.gain.values(scores).astype(kind)
                over -= prices.row[rows].astype(kind)[:, None]
                over -= prices.col[cols].astype(kind)
                np.copyto(over, -1, where=scores < stage.gain.threshold)
                row, col, extra = covered.inside(rows, cols)
                over[row, col] -= extra.astype(kind)
                worst = over.max(axis=1)
                self.most[rows, tile] = worst + prices.row[rows]
                if worst.max() <= 0:
                    continue
                row_over[rows] = np.maximum(row_over[rows], worst)
                col_over[cols] = np.maximum(col_over[cols], over.max(axis=0))
                attraction = np.minimum(over, NARROW - 1) - 1  # 0 and above: worth more than paid
                nominations.offer(band, inside, tile, attraction)
            nominations.close_band(band)
        mentors, mentees = stage.mentors, stage.mentees
        covering = (
            replace(prices, row=prices.row + row_over),
            replace(prices, col=prices.col + col_over),
        )
        best = min(covering, key=lambda prices: bound_of(mentors, mentees, prices))
        return Priced(nominations.pairs(), best)

    def _drift(self, col: Longs) -> None:
        fall = self._prices - col
        for tile, cols in enumerate(self.market.field.tiles):
            known = self.most[:, tile] > NOTHING
            self.most[known, tile] += fall[cols].max()
        self._prices = col

    def _kind(self, prices: Prices) -> type[np.integer[Any]]:
        """Return the narrowest integers that hold every difference of values and prices."""
        gain = self.stage.gain
        largest = self.market.problem.scores.max_score + sum(p for _, p in gain.floors)
        largest += int(np.abs(prices.row).max()) + int(np.abs(prices.col).max())
        return np.int32 if largest < 1 << 30 else np.int64


def _first(pair: tuple[int, Prices]) -> int:
    return pair[0]
