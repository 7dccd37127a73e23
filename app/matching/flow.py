"""A sparse graph to its best pairs, and prices of people that prove it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.matching.prices import Longs, Prices, Side
from app.matching.problem import MatcherFailed
from app.matching.terms import Sparse

try:
    from app.matching import network_ortools as network
except ImportError:  # OR-Tools is not installed: slower, the same values
    from app.matching import network_scipy as network  # type: ignore[no-redef]  # one of the two

FAR = np.int64(1) << 60
"""Stands for an endless price while prices are searched."""


RADIX_SORTED = 1 << 16
"""Numbers below this are sorted digit by digit, in a fifth of the time."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Candidate pairs and what each is worth: pair k joins rows[k] and cols[k]; no repeats."""

    rows: NDArray[np.int32]
    cols: NDArray[np.int32]
    values: Longs


def best_flow(graph: Graph, mentors: Side, mentees: Side) -> NDArray[np.bool_]:
    """Return which pairs of the graph make the largest sum of values and bonuses.

    Nobody gets more partners than places, no pair is taken twice, and nobody is paired at a loss.
    """
    if not len(graph.rows):
        return np.zeros(0, np.bool_)
    return network.best_flow(
        graph.rows, graph.cols, graph.values,
        mentors.places, mentors.bonus, mentees.places, mentees.bonus,
    )  # fmt: skip


def worth(graph: Graph, mentors: Side, mentees: Side, chosen: NDArray[np.bool_]) -> int:
    """Return the sum of values and first-partner bonuses of the chosen pairs."""
    total = int(graph.values[chosen].sum())
    for side, at in ((mentors, graph.rows), (mentees, graph.cols)):
        placed = np.zeros(len(side.bonus), np.bool_)
        placed[at[chosen]] = True
        total += int(side.bonus[placed].sum())
    return total


def prices_of(
    graph: Graph,
    mentors: Side,
    mentees: Side,
    chosen: NDArray[np.bool_],
    near: Prices | None = None,
) -> Prices:
    """Recover integer prices from the pairs alone, whoever found them.

    They are potentials of the residual graph: x = (u, -v, 0) with x[a] >= x[b] + c for every step
    that would still be possible, found by Bellman-Ford from both ends. A smaller sum than the
    best leaves a step that pays for itself again and again, so a wrong result cannot pass.
    Many prices prove the same pairs: those in the middle of their range leave the fewest bargains
    elsewhere; with `near`, known prices are moved no further than the proof demands.
    Raises `MatcherFailed` (`flow-not-optimal`).
    """
    steps = _Steps(graph, mentors, mentees, chosen)
    high = steps.settle(np.full(steps.size, FAR), upwards=False)
    if near is None:
        x = _central(steps, high)
    else:
        known = np.concatenate([near.row, -near.col, [0]])
        x = steps.settle(np.minimum(known, high), upwards=True)
    row, col = x[: len(mentors.places)], -x[len(mentors.places) : -1]
    over = graph.values - row[graph.rows] - col[graph.cols]
    some = np.flatnonzero(over > 0)  # chosen pairs that both sides could repeat, and no others
    return Prices(row, col, Sparse(graph.rows[some], graph.cols[some], over[some]))


def _central(steps: "_Steps", high: Longs) -> Longs:
    """Return prices in the middle of their range, below the highest ones.

    All prices of one side can often rise together while those of the other fall; that hides how
    far they can move against each other. So one person is held in the middle, and the ends of
    what is left to the others are averaged. Differences are integers: an average that is rounded
    down keeps every inequality.
    """
    low = steps.settle(np.full(steps.size, -FAR), upwards=True)
    endless, no_end = low < -FAR // 2, high > FAR // 2
    free = endless & no_end
    if endless.any():
        low = steps.settle(np.where(free, 0, np.where(endless, high, low)), upwards=True)
    if no_end.any():
        high = steps.settle(np.where(free, 0, np.where(no_end, low, high)), upwards=False)
    middle = (low + high) // 2
    held = steps.rows // 2
    total = np.zeros_like(middle)
    for away, upwards in ((-FAR, True), (FAR, False)):
        start = np.full(steps.size, away)
        start[held] = middle[held]
        end = steps.settle(start, upwards=upwards)
        total += np.where(np.abs(end) > FAR // 2, middle, end)
    return steps.settle(total // 2, upwards=True)


class _Steps:
    """The steps of the residual graph as inequalities x[a] >= x[b] + c; the last x is 0."""

    def __init__(
        self, graph: Graph, mentors: Side, mentees: Side, chosen: NDArray[np.bool_]
    ) -> None:
        rows, cols = len(mentors.places), len(mentees.places)
        self.rows, self.size = rows, rows + cols + 1
        row, col = graph.rows.astype(np.int64), graph.cols.astype(np.int64) + rows
        once = (mentors.places[graph.rows] > 1) & (mentees.places[graph.cols] > 1)
        take, drop = ~(chosen & once), chosen
        parts = [
            (row[take], col[take], graph.values[take]),
            (col[drop], row[drop], -graph.values[drop]),
            *_own_steps(mentors, np.bincount(graph.rows[chosen], minlength=rows), 0, self.size - 1),
        ]
        # a mentee's x is minus their price, so their steps run the other way
        for a, b, c in _own_steps(
            mentees, np.bincount(graph.cols[chosen], minlength=cols), rows, self.size - 1
        ):
            parts.append((b, a, c))
        self._a, self._b, self._c = (np.concatenate(column) for column in zip(*parts, strict=True))

    @cached_property
    def _raising(self) -> tuple[Longs, Longs, Longs]:
        """Where the steps out of each x begin, what each raises, and by how much it is above."""
        return self._sorted(self._b, self._a, self._c)

    @cached_property
    def _lowering(self) -> tuple[Longs, Longs, Longs]:
        """The same the other way round: x[b] <= x[a] - c."""
        return self._sorted(self._a, self._b, -self._c)

    def _sorted(self, source: Longs, target: Longs, cost: Longs) -> tuple[Longs, Longs, Longs]:
        keys = source.astype(np.uint16) if self.size < RADIX_SORTED else source
        order = np.argsort(keys, kind="stable")
        start: Longs = np.searchsorted(source[order], np.arange(self.size + 1))
        return start, target[order], cost[order]

    def settle(self, x: Longs, *, upwards: bool) -> Longs:
        """Raise (or lower) x as little as possible until every inequality holds.

        Endless ends (`FAR`) stay where no inequality reaches. Raises `MatcherFailed` where none
        can hold.
        """
        x = x.copy()
        x[-1] = 0
        start, target, cost = self._raising if upwards else self._lowering
        improve = np.maximum if upwards else np.minimum
        changed = (np.abs(x) < FAR).nonzero()[0]
        for _ in range(self.size + 1):
            first = start[changed]
            count = start[changed + 1] - first
            ends = count.cumsum()
            at = (first - ends + count).repeat(count)
            at += np.arange(len(at))
            before = x.copy()
            improve.at(x, target[at], x[changed].repeat(count) + cost[at])
            changed = (x != before).nonzero()[0]
            if not len(changed):
                return x
            if x[-1] != 0:
                break
        raise MatcherFailed("flow-not-optimal", "The pairs of the flow can still be improved.")


def _own_steps(side: Side, used: Longs, offset: int, zero: int) -> list[tuple[Longs, Longs, Longs]]:
    """Say what a person's price may be, given how many partners they have.

    None: at most -bonus. All places taken: at least 0, one place of one: at least -bonus. First
    of many: between -bonus and 0. Some of many: exactly 0.
    """
    at = np.arange(len(used), dtype=np.int64) + offset
    root = np.full(len(used), zero, np.int64)
    open_place = side.places > 0
    none = open_place & (used == 0)
    spare = (used > 0) & (used < side.places)
    lower = np.where(used == 1, -side.bonus, 0)
    return [
        (root[none], at[none], side.bonus[none]),
        (root[spare], at[spare], np.zeros(int(spare.sum()), np.int64)),
        (at[used > 0], root[used > 0], lower[used > 0]),
    ]
