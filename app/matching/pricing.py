"""Solve a sparse core, price every pair against it, and repeat until nothing is left to gain."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.matching.bargains import Bargains, Found, Seen, StopAsked
from app.matching.candidates import PER_PERSON, Bools, Field, Nominations, Pool, Stretch
from app.matching.flow import Graph, best_flow, prices_of, worth
from app.matching.gain import Gain
from app.matching.prices import Prices, Side, bound_of
from app.matching.problem import (
    FORBIDDEN,
    Control,
    Ints,
    Limits,
    MatchingProblem,
    Memory,
    Progress,
)

ALL_PAIRS = 40_000
"""Up to so many pairs are all taken into the core: one solve, trivially complete."""

NO_MORE = np.empty(0, np.int64), np.empty(0, np.int64)


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
        self.field.hold()
        self.pool = Pool(len(problem.mentees))
        self.complete = self.field.size <= ALL_PAIRS
        self.rounds = 0
        self.best_of_mentee = np.full(len(problem.mentees), FORBIDDEN, np.int64)
        self._ends = None if limits.seconds is None else time.monotonic() + limits.seconds
        self._previous = self.field.previous_pairs()
        self._recalled: tuple[Seen, tuple[Ints, Ints]] | None = None
        self._seen: Seen | None = None
        self.best = np.full(
            (len(problem.mentors), len(self.field.tiles)), FORBIDDEN, self.field.kind
        )

    def open(self) -> None:
        """Fill the core: all pairs of a small problem, else the best few of everybody.

        This one look at all pairs is taken whatever the time limit says: there is always a result.
        """
        if self.problem.memory is not None and not self.complete:
            self._recall(self.problem.memory)
            self.add(*self._previous)
            return
        nominations = Nominations(self.field, PER_PERSON)
        try:
            for band, rows in enumerate(self.field.bands):
                self.control.report(Progress("scan", done=band / len(self.field.bands)))
                for stretch in self.field.stretches:
                    if self.control.stopped():
                        raise StopAsked
                    self._open_stretch(band, rows, stretch, nominations)
                nominations.close_band(band)
        except StopAsked:
            self.best[self.best == FORBIDDEN] = self.problem.scores.max_score
            self.best_of_mentee[:] = self.problem.scores.max_score
            self.complete = False
        if not self.complete:
            self.pool.add(*nominations.pairs())
        self.add(*self._previous)

    def _open_stretch(
        self, band: int, rows: Ints, stretch: Stretch, nominations: Nominations
    ) -> None:
        scores = self.field.block(rows, stretch.cols)
        most = np.maximum.reduceat(scores, stretch.starts[:-1], axis=1)
        self.best[rows, stretch.tiles] = most
        highest = np.maximum(self.best_of_mentee[stretch.cols], scores.max(axis=0))
        self.best_of_mentee[stretch.cols] = highest
        if self.complete:
            row, col = np.nonzero(scores >= 0)
            self.pool.add(rows[row], stretch.cols[col], scores[row, col])
            return
        everybody = np.arange(len(rows)), np.arange(len(stretch.cols))
        nominations.offer(band, everybody[0], stretch, everybody[1], scores)

    def add(self, rows: Ints, cols: Ints) -> int:
        """Take pairs into the core; return how many are new."""
        return self.pool.add(rows, cols, self.field.pair_scores(rows, cols))

    def remember(self) -> Memory:
        """Return what makes the next run of almost the same problem faster."""
        problem, pool = self.problem, self.pool
        return Memory(
            mentors=problem.mentors,
            mentees=problem.mentees,
            rows=pool.rows,
            cols=pool.cols,
            seen=self._seen,
        )

    def _recall(self, memory: Memory) -> None:
        """Take over the core of an earlier run, and look only at people who are new since."""
        problem, field = self.problem, self.field
        row_at = _places(memory.mentors, problem.mentor_at)
        col_at = _places(memory.mentees, problem.mentee_at)
        rows, cols = row_at[memory.rows], col_at[memory.cols]
        known = (rows >= 0) & (cols >= 0)
        rows, cols = rows[known], cols[known]
        free = (field.mentor_places[rows] > 0) & (field.mentee_places[cols] > 0)
        self.add(rows[free], cols[free])
        new_row, new_col = (
            np.ones(len(ids), np.bool_) for ids in (problem.mentors, problem.mentees)
        )
        new_row[row_at[row_at >= 0]] = new_col[col_at[col_at >= 0]] = False
        self.pool.add(*self._newcomers(new_row, new_col))
        self.best[:] = self.best_of_mentee[:] = problem.scores.max_score
        if isinstance(memory.seen, Seen):
            self._recalled = memory.seen, (row_at, col_at)

    def _newcomers(self, new_row: Bools, new_col: Bools) -> tuple[Ints, Ints, Ints]:
        """Return the best few partners of people who are new, and their scores."""
        field = self.field
        nominations = Nominations(field, PER_PERSON)
        for band, people in enumerate(field.bands):
            fresh, old = np.flatnonzero(new_row[people]), np.flatnonzero(~new_row[people])
            for stretch in field.stretches:
                others = stretch.cols
                everybody, new = np.arange(len(others)), np.flatnonzero(new_col[others])
                for inside, across in ((fresh, everybody), (old, new)):
                    if len(inside) and len(across):
                        scores = field.block(people[inside], others[across])
                        nominations.offer(band, inside, stretch, across, scores)
            nominations.close_band(band)
        return nominations.pairs()

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
        sides = stage.mentors, stage.mentees
        bargains = Bargains(self.field, stage.gain, sides, self.best)
        if self._recalled is not None:
            bargains.recall(*self._recalled)
        covering = bargains.loosest(self.best_of_mentee)
        if stage.bonus:  # a pair of the previous proposal may be worth more than a best partner
            covering.row[self._previous[0]] += self.problem.stability_bonus
        bound = bound_of(*sides, covering)
        rounds = 0
        while True:
            rounds += 1
            graph = self.graph(stage)
            chosen = best_flow(graph, *sides)
            value = worth(graph, *sides, chosen)
            grown = 0
            if value < bound:
                prices = prices_of(graph, *sides, chosen, bargains.reference)
                try:
                    whole = Found(NO_MORE, prices)
                    found = whole if self.complete else bargains.find(prices, self.check)
                    raised = bound_of(*sides, found.covering)
                    bound, covering = min((bound, covering), (raised, found.covering), key=_first)
                    grown = self.add(*found.pairs)
                except StopAsked:
                    pass
            self.rounds += 1
            self.control.report(Progress(stage.name, rounds, 1.0, value, bound))
            answered = goal is not None and (value >= goal or bound < goal)
            if not grown or answered or self._enough(rounds):
                self._seen = bargains.seen()
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


def _places(names: Sequence[str], at: Mapping[str, int]) -> Ints:
    """Return where people stand now, -1 for those who left."""
    return np.array([at.get(name, -1) for name in names], np.int64)


def _first(pair: tuple[int, Prices]) -> int:
    return pair[0]
