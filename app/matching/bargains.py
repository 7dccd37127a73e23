"""Pairs worth more than their two prices: found among all pairs, looking at few of them twice."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.matching.candidates import Field, Nominations
from app.matching.gain import Gain
from app.matching.prices import Longs, Prices, Side, bound_of
from app.matching.problem import NARROW, Ints
from app.matching.terms import NamedPairs

PER_ROUND = 8
"""Partners that one round adds to the core for each person at most."""

FEW = 8
"""Up to so many bargains per person of a tile are all taken."""

MOSTLY = 0.6
"""From this share of a tile on, looking at all of it is cheaper than picking people out."""

NOTHING = np.int64(-1) << 60
"""Stands for the worth of a person's best partner in a tile where nobody is allowed."""


class StopAsked(Exception):  # noqa: N818 (no failure)
    """Asked to stop, or out of time, in the middle of a pass."""


@dataclass(frozen=True, eq=False)
class Found:
    """What one look found: pairs worth more than their prices, and prices raised to cover all."""

    pairs: tuple[Ints, Ints]
    covering: Prices


class Bargains:
    """The search for bargains of one stage, round after round.

    `most[i, t]` is never below the largest value_ij - v_j in tile t, as of the last prices. So a
    mentor whose price lies above it needs no second look there, except at mentees whose price has
    fallen since; only where the own price fell must all of the tile be seen again.
    """

    def __init__(self, field: Field, gain: Gain, sides: tuple[Side, Side], best: Ints) -> None:
        self._field, self._gain, self._sides = field, gain, sides
        self._col = np.zeros(len(field.mentee_places), np.int64)
        values = gain.values(best.astype(np.int64))
        self._most = np.where(best >= gain.threshold, values, NOTHING)

    def loosest(self, best_of_mentee: Longs) -> Prices:
        """Return prices that cover every pair without a search: all pay for their best partner."""
        mentors, mentees = self._sides
        row = self._most.max(axis=1, initial=NOTHING)
        some = best_of_mentee >= self._gain.threshold
        return Prices(
            np.where(row > NOTHING, row, -mentors.bonus), np.where(some, 0, -mentees.bonus)
        )

    def find(self, prices: Prices, check: Callable[[], None]) -> Found:
        """Compare every pair that could be a bargain with its prices; `check` may raise."""
        look = _Look(self._field, self._gain, prices)
        for band in range(len(self._field.bands)):
            for tile in range(len(self._field.tiles)):
                self._visit(look, band, tile, check)
            look.nominations.close_band(band)
        self._col = prices.col
        return Found(look.pairs(), look.covering(*self._sides))

    def _visit(self, look: "_Look", band: int, tile: int, check: Callable[[], None]) -> None:
        people, cols = self._field.bands[band], self._field.tiles[tile]
        fall = (self._col - look.prices.col)[cols]
        most, own = self._most[people, tile], look.prices.row[people]
        drift = int(fall.max())
        again = most + min(drift, 0) > own
        some = most + drift > own
        whole, part, fallen = np.flatnonzero(again), np.flatnonzero(some & ~again), fall > 0
        work = len(whole) * len(cols) + len(part) * np.count_nonzero(fallen)
        if work > MOSTLY * len(people) * len(cols):
            whole, part = np.arange(len(people)), part[:0]
        if work:
            check()
        least = most + drift
        if len(whole):
            least[whole] = own[whole] + look.at(band, whole, tile, np.arange(len(cols)))
        if len(part):
            worst = own[part] + look.at(band, part, tile, np.flatnonzero(fallen))
            least[part] = np.maximum(most[part], worst)
        self._most[people, tile] = least


class _Look:
    """One look at pairs with fixed prices, and what it brings to light."""

    def __init__(self, field: Field, gain: Gain, prices: Prices) -> None:
        self._field, self._gain, self.prices = field, gain, prices
        self._covered = NamedPairs([prices.extra], len(prices.row), len(prices.col))
        self._row_over = np.zeros(len(prices.row), np.int64)
        self._col_over = np.zeros(len(prices.col), np.int64)
        self._kind = _kind(field, gain, prices)
        self._row, self._col = prices.row.astype(self._kind), prices.col.astype(self._kind)
        self._few: list[tuple[Ints, Ints]] = []
        self.nominations = Nominations(field, PER_ROUND)

    def at(self, band: int, inside: Ints, tile: int, across: Ints) -> Ints:
        """Look at some of a tile; return how far each mentor's best pair is above its prices."""
        rows, cols = self._field.bands[band][inside], self._field.tiles[tile][across]
        scores = self._field.block(rows, cols)
        over = self._gain.values(scores).astype(self._kind)
        over -= self._row[rows][:, None]
        over -= self._col[cols]
        np.copyto(over, -1, where=scores < self._gain.threshold)
        row, col, extra = self._covered.inside(rows, cols)
        over[row, col] -= extra.astype(self._kind)
        worst: Ints = over.max(axis=1)
        if worst.max() > 0:
            self._row_over[rows] = np.maximum(self._row_over[rows], worst)
            self._col_over[cols] = np.maximum(self._col_over[cols], over.max(axis=0))
            if np.count_nonzero(over > 0) <= FEW * (len(rows) + len(cols)):
                row, col = np.nonzero(over > 0)
                self._few.append((rows[row], cols[col]))
            else:
                attraction = np.minimum(over, NARROW - 1) - 1  # 0 and above: a bargain
                self.nominations.offer(band, inside, tile, across, attraction)
        return worst.astype(np.int64)

    def pairs(self) -> tuple[Ints, Ints]:
        """Return the bargains to take into the core."""
        rows, cols = zip(self.nominations.pairs(), *self._few, strict=True)
        return np.concatenate(rows), np.concatenate(cols)

    def covering(self, mentors: Side, mentees: Side) -> Prices:
        """Return the prices, raised on the cheaper side until they cover every pair."""
        prices = self.prices
        raised = (
            replace(prices, row=prices.row + self._row_over),
            replace(prices, col=prices.col + self._col_over),
        )
        return min(raised, key=lambda prices: bound_of(mentors, mentees, prices))


def _kind(field: Field, gain: Gain, prices: Prices) -> type[np.signedinteger[Any]]:
    """Return the narrowest integers that hold every difference of values and prices."""
    largest = field.problem.scores.max_score + sum(penalty for _, penalty in gain.floors)
    largest += int(np.abs(prices.row).max()) + int(np.abs(prices.col).max())
    return np.int32 if largest < 1 << 30 else np.int64
