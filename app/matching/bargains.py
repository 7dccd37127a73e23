"""Pairs worth more than their two prices: found among all pairs, looking at few of them twice."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.matching.blocks import TILE
from app.matching.candidates import Bools, Field, Nominations, Stretch, largest, spread
from app.matching.gain import Gain
from app.matching.prices import Longs, Prices, Side, bound_of
from app.matching.problem import NARROW, Basis, Ints
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

GRID = 64
"""In so many steps the margin is shared out between the falls of both sides."""

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

    def fallen(self, prices: Prices, strangers: tuple[Bools, Bools]) -> tuple[Bools, Bools]:
        """Return whose pairs must be looked at again: strangers, and those whose price fell much.

        A fall of up to t for mentors and of up to the margin less t for mentees hides nothing,
        whatever t is: the one that leaves the fewest pairs to look at is taken.
        """
        rows = np.where(strangers[0], NOTHING, self.prices.row - prices.row)
        cols = np.where(strangers[1], NOTHING, self.prices.col - prices.col)
        ordered = np.sort(rows), np.sort(cols)
        few = np.arange(GRID + 1) * (max(len(rows), 1) - 1) // GRID
        splits = np.concatenate([[self.margin // 2], ordered[0][few]])
        above = len(rows) - np.searchsorted(ordered[0], splits, side="right")
        beyond = len(cols) - np.searchsorted(ordered[1], self.margin - splits, side="right")
        split = splits[np.argmin(above * len(cols) + beyond * len(rows))]
        return strangers[0] | (rows > split), strangers[1] | (cols > self.margin - split)


@dataclass(frozen=True, eq=False)
class Seen:
    """The last look at all pairs of a run: how it was asked, and who stood in it."""

    watch: Watch
    gain: Gain
    basis: Basis
    stood: tuple[Bools, Bools]
    """Which mentors and mentees had free places and no pin, so that all their pairs were seen."""


def seen_again(
    seen: Seen, ids: tuple[Ints, Ints], field: Field
) -> tuple[Watch, tuple[Bools, Bools]] | None:
    """Return what is still known of an earlier look, and which people must be looked at anew.

    `ids` say where the people of then stand now, -1 for those who left. None: other rules or
    weights hold now, or they cannot be compared.
    """
    basis = field.problem.scores.basis
    if basis is None or basis.law != seen.basis.law:
        return None
    sizes = len(field.mentor_places), len(field.mentee_places)
    free = field.mentor_places > 0, field.mentee_places > 0
    pinned = field.pinned_mentors, field.pinned_mentees
    then, now = (seen.basis.mentors, seen.basis.mentees), (basis.mentors, basis.mentees)
    known: list[Bools] = []
    prices: list[Longs] = []
    for side, old in enumerate((seen.watch.prices.row, seen.watch.prices.col)):
        at, stood = ids[side], seen.stood[side]
        same = np.zeros(sizes[side], np.bool_)
        for before in np.flatnonzero((at >= 0) & stood).tolist():
            same[at[before]] = then[side][before] == now[side][at[before]]
        same &= free[side] & ~pinned[side]
        # nobody moves a price for the sake of somebody new: a mentor begins below, a mentee above
        top = field.problem.scores.max_score
        price = np.full(sizes[side], top if side else -top, np.int64)
        price[at[at >= 0]] = old[at >= 0]
        known.append(same)
        prices.append(price)
    watch = seen.watch
    rows, cols = ids[0][watch.rows], ids[1][watch.cols]
    kept = (rows >= 0) & (cols >= 0)
    kept[kept] = known[0][rows[kept]] & known[1][cols[kept]]
    found = Watch(
        Prices(prices[0], prices[1]), watch.margin, rows[kept], cols[kept], watch.over[kept]
    )
    return found, (~known[0] & free[0], ~known[1] & free[1])


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
        self._strangers = (np.zeros(len(best), np.bool_), np.zeros(len(sides[1].places), np.bool_))

    def recall(self, seen: Seen, ids: tuple[Ints, Ints]) -> None:
        """Begin with what an earlier run saw, if it asked for the same gain."""
        again = seen_again(seen, ids, self._field) if seen.gain == self._gain else None
        if again is not None:
            self._watch, self._strangers = again

    def seen(self) -> Seen | None:
        """Return what a later run may begin with."""
        basis, field = self._field.problem.scores.basis, self._field
        if self._watch is None or basis is None:
            return None
        places = field.mentor_places, field.mentee_places
        pinned = field.pinned_mentors, field.pinned_mentees
        rows, cols = (
            (places[side] > 0) & ~pinned[side] & ~self._strangers[side] for side in (0, 1)
        )
        return Seen(self._watch, self._gain, basis, (rows, cols))

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
        fallen = self._watch.fallen(prices, self._strangers) if self._watch else None
        if self._watch is None or fallen is None or self._is_much(*fallen):
            look = self._look_at_all(prices, check)
        else:
            look = self._look_again(prices, self._watch, *fallen, check)
        return Found(look.pairs(), look.covering(*self._sides))

    def _is_much(self, rows: Bools, cols: Bools) -> bool:
        height, width = len(rows), len(cols)
        work = np.count_nonzero(rows) * width + np.count_nonzero(cols) * height
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
        for side in self._strangers:
            side[:] = False
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
        self, prices: Prices, watch: Watch, row_fell: Bools, col_fell: Bools, check: Check
    ) -> "_Look":
        look = _Look(self._field, self._gain, prices)
        look.at_watched(watch)
        rows = np.flatnonzero(row_fell & (self._field.mentor_places > 0))
        cols = np.flatnonzero(col_fell & (self._field.mentee_places > 0))
        parts = [
            (rows[at : at + TILE], stretch.cols)
            for at in range(0, len(rows), TILE)
            for stretch in self._field.stretches
        ]
        parts += [
            (people[~row_fell[people]], cols[at : at + TILE])
            for people in self._field.bands
            for at in range(0, len(cols), TILE)
        ]
        for some, others in parts:
            if len(some) and len(others):
                check()
                look.between(some, others)
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
        prices = self._row[rows][:, None]
        over: Ints = np.subtract(self._gain.values(scores), prices, dtype=self._kind)
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
        if self._are_many(rows, cols, over):
            attraction = np.minimum(over, NARROW - 1) - 1  # 0 and above: a bargain
            self.nominations.offer(band, inside, stretch, across, attraction)

    def between(self, rows: Ints, cols: Ints) -> None:
        """Look at pairs of any mentors and mentees; of many bargains, everybody takes the best."""
        over = self.over(rows, cols)
        if self._are_many(rows, cols, over):
            key = spread(over - 1, rows, cols)
            at, place = largest(key, PER_ROUND)
            self._few.append((rows[at], cols[place]))
            at, place = largest(key.T, PER_ROUND)
            self._few.append((rows[place], cols[at]))

    def _are_many(self, rows: Ints, cols: Ints, over: Ints) -> bool:
        """Note how much prices must rise for these pairs; take the bargains if they are few."""
        row, col, extra = self._covered.inside(rows, cols)
        over[row, col] -= extra.astype(self._kind)
        worst = over.max(axis=1)
        if worst.max() <= 0:
            return False
        self._row_over[rows] = np.maximum(self._row_over[rows], worst)
        self._col_over[cols] = np.maximum(self._col_over[cols], over.max(axis=0))
        if np.count_nonzero(over > 0) > FEW * (len(rows) + len(cols)):
            return True
        row, col = np.nonzero(over > 0)
        self._few.append((rows[row], cols[col]))
        return False

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
