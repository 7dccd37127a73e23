"""Pairs worth more than their two prices: found among all pairs, looking at few of them twice."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.matching.candidates import Field, Nominations, Stretch
from app.matching.gain import Gain
from app.matching.prices import Longs, Prices, Side, bound_of
from app.matching.problem import NARROW, Ints
from app.matching.terms import NamedPairs

PER_ROUND = 8
"""Partners that one round adds to the core for each person at most."""

FEW = 8
"""Up to so many bargains per person of a tile are all taken."""

WATCHED = 64
"""Pairs per person that are remembered because they are nearest to being bargains."""

TOO_MANY = 3
"""At so many times the pairs expected, as among clones, remembering costs more than looking."""

SAMPLE = 32
"""Mentors whose pairs are looked at to learn how near that is."""

STALE = 0.3
"""From this share of all pairs on, looking at everything anew is cheaper than at parts of it."""

NOTHING = np.int64(-1) << 60
"""Stands for the worth of a person's best partner in a tile where nobody is allowed."""

Check = Callable[[], None]


class StopAsked(Exception):  # noqa: N818 (no failure)
    """Asked to stop, or out of time, in the middle of a pass."""


@dataclass(frozen=True, eq=False)
class Found:
    """What one look found: pairs worth more than their prices, and prices raised to cover all."""

    pairs: tuple[Ints, Ints]
    covering: Prices


@dataclass(frozen=True, eq=False)
class Watch:
    """The pairs that lay less than `margin` below their prices when all pairs were seen.

    `over` is what pair k was worth beyond its prices then. Any other pair can only have become a
    bargain if its two prices have fallen by more than the margin together.
    """

    prices: Prices
    margin: int
    rows: Ints
    cols: Ints
    over: Ints

    def fallen(self, prices: Prices) -> tuple[Ints, Ints]:
        """Return the mentors and mentees whose price fell by more than half the margin since."""
        half = self.margin // 2
        rows = np.flatnonzero(self.prices.row - prices.row > half)
        return rows, np.flatnonzero(self.prices.col - prices.col > half)


class Bargains:
    """The search for bargains of one stage, round after round.

    The first round looks at all pairs, but for mentors in tiles where even their best partner
    would not do, and remembers those that are nearly bargains. As long as prices move little,
    later rounds look at the remembered pairs and at people whose price fell much.
    """

    def __init__(self, field: Field, gain: Gain, sides: tuple[Side, Side], best: Ints) -> None:
        self._field, self._gain, self._sides = field, gain, sides
        self._best = np.where(best >= gain.threshold, gain.values(best.astype(np.int64)), NOTHING)
        self._watch: Watch | None = None

    @property
    def reference(self) -> Prices | None:
        """The prices of the last look at all pairs: prices near to them save looks."""
        return self._watch.prices if self._watch else None

    def loosest(self, best_of_mentee: Longs) -> Prices:
        """Return prices that cover every pair without a search: all pay for their best partner."""
        mentors, mentees = self._sides
        row = self._best.max(axis=1, initial=NOTHING)
        some = best_of_mentee >= self._gain.threshold
        return Prices(
            np.where(row > NOTHING, row, -mentors.bonus), np.where(some, 0, -mentees.bonus)
        )

    def find(self, prices: Prices, check: Check) -> Found:
        """Compare every pair that could be a bargain with its prices; `check` may raise."""
        fallen = self._watch.fallen(prices) if self._watch else None
        if self._watch is None or fallen is None or self._is_much(*fallen):
            look = self._look_at_all(prices, check)
        else:
            look = self._look_again(prices, self._watch, *fallen, check)
        return Found(look.pairs(), look.covering(*self._sides))

    def _is_much(self, rows: Ints, cols: Ints) -> bool:
        height, width = self._best.shape[0], len(self._sides[1].places)
        work = len(rows) * width + len(cols) * height
        return bool(work > STALE * height * width)

    def _look_at_all(self, prices: Prices, check: Check) -> "_Look":
        look = _Look(self._field, self._gain, prices)
        margin = self._margin(look) if self._gain.counts_score else 0
        cheapest = np.array([prices.col[cols].min() for cols in self._field.tiles], np.int64)
        for band, people in enumerate(self._field.bands):
            reach = self._best[people] - cheapest
            for stretch in self._field.stretches:
                near = reach[:, stretch.tiles]
                inside = np.flatnonzero(near.max(axis=1) > prices.row[people] - margin)
                if len(inside):
                    check()
                    look.at(band, inside, stretch, np.arange(len(stretch.cols)), margin)
            look.nominations.close_band(band)
            if look.remembered > TOO_MANY * WATCHED * len(prices.row):
                margin = look.forget()
        self._watch = look.watched(margin) if margin else None
        return look

    def _margin(self, look: "_Look") -> int:
        """Return how far below their prices the nearest `WATCHED` pairs per person reach."""
        mentors = np.concatenate(self._field.bands)
        some = mentors[:: max(len(mentors) // SAMPLE, 1)]
        over = [look.over(some, cols).ravel() for cols in self._field.tiles]
        values = np.concatenate(over)
        rank = min(WATCHED * len(some), len(values)) - 1
        return max(-int(np.partition(values, -rank - 1)[-rank - 1]), 1)

    def _look_again(
        self, prices: Prices, watch: Watch, rows: Ints, cols: Ints, check: Check
    ) -> "_Look":
        look = _Look(self._field, self._gain, prices)
        look.at_watched(watch)
        row_fell = np.zeros(len(prices.row), np.bool_)
        col_fell = np.zeros(len(prices.col), np.bool_)
        row_fell[rows] = col_fell[cols] = True
        for band, people in enumerate(self._field.bands):
            whole, others = np.flatnonzero(row_fell[people]), np.flatnonzero(~row_fell[people])
            for stretch in self._field.stretches:
                part = np.flatnonzero(col_fell[stretch.cols])
                for inside, across in ((whole, np.arange(len(stretch.cols))), (others, part)):
                    if len(inside) and len(across):
                        check()
                        look.at(band, inside, stretch, across)
            look.nominations.close_band(band)
        return look


class _Look:
    """One look at pairs with fixed prices, and what it brings to light."""

    def __init__(self, field: Field, gain: Gain, prices: Prices) -> None:
        self._field, self._gain, self._prices = field, gain, prices
        self._covered = NamedPairs([prices.extra], len(prices.row), len(prices.col))
        self._row_over = np.zeros(len(prices.row), np.int64)
        self._col_over = np.zeros(len(prices.col), np.int64)
        self._kind = _kind(field, gain, prices)
        self._row, self._col = prices.row.astype(self._kind), prices.col.astype(self._kind)
        self._few: list[tuple[Ints, Ints]] = []
        self._near: list[tuple[Ints, Ints, Ints]] = []
        self.nominations = Nominations(field, PER_ROUND)

    def over(self, rows: Ints, cols: Ints) -> Ints:
        """Return what pairs are worth beyond their prices: far below 0 where not allowed."""
        scores = self._field.block(rows, cols)
        over = self._gain.values(scores).astype(self._kind)
        over -= self._row[rows][:, None]
        over -= self._col[cols]
        np.copyto(over, np.iinfo(self._kind).min // 2, where=scores < self._gain.threshold)
        return over

    def at(self, band: int, inside: Ints, stretch: Stretch, across: Ints, margin: int = 0) -> None:
        """Look at a part of a stretch; remember pairs less than `margin` below their prices."""
        rows, cols = self._field.bands[band][inside], stretch.cols[across]
        over = self.over(rows, cols)
        if over.max() <= -margin:
            return
        if margin:
            row, col = np.divmod(np.flatnonzero(over > -margin), len(cols))
            near = rows[row].astype(np.int32), cols[col].astype(np.int32), over[row, col]
            self._near.append(near)
        row, col, extra = self._covered.inside(rows, cols)
        over[row, col] -= extra.astype(self._kind)
        worst = over.max(axis=1)
        if worst.max() <= 0:
            return
        self._row_over[rows] = np.maximum(self._row_over[rows], worst)
        self._col_over[cols] = np.maximum(self._col_over[cols], over.max(axis=0))
        if np.count_nonzero(over > 0) <= FEW * (len(rows) + len(cols)):
            row, col = np.nonzero(over > 0)
            self._few.append((rows[row], cols[col]))
        else:
            attraction = np.minimum(over, NARROW - 1) - 1  # 0 and above: a bargain
            self.nominations.offer(band, inside, stretch, across, attraction)

    def at_watched(self, watch: Watch) -> None:
        """Look at pairs that are remembered."""
        row_fall, col_fall = (
            watch.prices.row - self._prices.row,
            watch.prices.col - self._prices.col,
        )
        over = watch.over + row_fall[watch.rows] + col_fall[watch.cols]
        hits = np.flatnonzero(over > 0)
        rows, cols = watch.rows[hits], watch.cols[hits]
        over = over[hits] - self._covered.values_at(rows, cols)
        bargain = over > 0
        rows, cols, over = rows[bargain], cols[bargain], over[bargain]
        np.maximum.at(self._row_over, rows, over)
        np.maximum.at(self._col_over, cols, over)
        self._few.append((rows, cols))

    @property
    def remembered(self) -> int:
        """How many pairs this look remembers."""
        return sum(len(rows) for rows, _, _ in self._near)

    def forget(self) -> int:
        """Give up remembering; return the margin for the rest of the look, 0."""
        self._near.clear()
        return 0

    def pairs(self) -> tuple[Ints, Ints]:
        """Return the bargains to take into the core."""
        rows, cols = zip(self.nominations.pairs()[:2], *self._few, strict=True)
        return np.concatenate(rows), np.concatenate(cols)

    def watched(self, margin: int) -> Watch:
        """Return what this look remembers."""
        none = np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, self._kind)
        rows, cols, over = (np.concatenate(part) for part in zip(none, *self._near, strict=True))
        self._near.clear()
        return Watch(self._prices, margin, rows, cols, over)

    def covering(self, mentors: Side, mentees: Side) -> Prices:
        """Return the prices, raised on the cheaper side until they cover every pair."""
        prices = self._prices
        raised = (
            replace(prices, row=prices.row + self._row_over),
            replace(prices, col=prices.col + self._col_over),
        )
        return min(raised, key=lambda prices: bound_of(mentors, mentees, prices))


def _kind(field: Field, gain: Gain, prices: Prices) -> type[np.signedinteger[Any]]:
    """Return the narrowest integers that hold every difference of values and prices."""
    largest = field.problem.scores.max_score + sum(penalty for _, penalty in gain.floors)
    largest += int(np.abs(prices.row).max()) + int(np.abs(prices.col).max())
    return np.int32 if largest < 1 << 29 else np.int64
