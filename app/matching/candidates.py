"""The few pairs worth a closer look: chosen in one pass, enlarged where prices find more."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.blocks import TILE
from app.matching.prices import Longs, Side
from app.matching.problem import FORBIDDEN, NARROW, Index, Ints, MatchingProblem
from app.matching.terms import NamedPairs, Sparse

Bools = NDArray[np.bool_]

PER_PERSON = 16
"""Partners kept for each person by the first pass."""

HELD_PAIRS = 4_000_000
"""Up to so many pairs are scored once and held: 2 bytes each, where scores are points."""

HELD_AT_ONCE = 1 << 17
"""So many of the held pairs are scored together: few enough to be no weight beside them."""

SMALLEST_TILE = 64
"""Below this side a tile costs more to call than to compute."""

HASH_BITS = 9
"""Equal scores are ordered by a hash of the pair, or clones would all name the same partner."""

HASHES = 1 << HASH_BITS

ROW_MIX, COL_MIX = 40_503, 10_007
"""Odd numbers that spread equal scores over partners."""


class Pool:
    """Candidate pairs in row order, without repeats, each with its score."""

    def __init__(self, cols: int) -> None:
        self._cols = max(cols, 1)
        self._key = np.empty(0, np.int64)
        self.rows = np.empty(0, np.int32)
        self.cols = np.empty(0, np.int32)
        self.scores = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._key)

    def add(self, rows: Ints, cols: Ints, scores: Ints) -> int:
        """Add pairs; return how many are new."""
        key = np.concatenate([self._key, rows.astype(np.int64) * self._cols + cols])
        self._key, first = np.unique(key, return_index=True)
        before = len(self.scores)
        self.rows = np.concatenate([self.rows, rows.astype(np.int32)])[first]
        self.cols = np.concatenate([self.cols, cols.astype(np.int32)])[first]
        self.scores = np.concatenate([self.scores, scores.astype(np.int64)])[first]
        return len(self._key) - before

    def find(self, rows: Ints, cols: Ints) -> Longs:
        """Return the places of pairs that are in the pool."""
        return np.searchsorted(self._key, rows.astype(np.int64) * self._cols + cols)


@dataclass(frozen=True, eq=False)
class Stretch:
    """Tiles that lie side by side and are looked at together: calls cost more than small tiles."""

    first: int
    """The number of the first tile."""
    starts: Ints
    """Where each tile begins among the columns, and where the last one ends."""
    cols: Ints
    places: Ints
    """Where each column stands in its tile."""

    @property
    def tiles(self) -> slice:
        """The numbers of all tiles."""
        return slice(self.first, self.first + len(self.starts) - 1)


class Field:
    """The pairs still to be decided: a problem without its pins, cut into tiles.

    `mentor_places` and `mentee_places` are what the pins leave; people without places stand in
    no tile, pinned pairs are forbidden. `decided` holds more (row, column) pairs that stand.
    """

    def __init__(self, problem: MatchingProblem, decided: Sequence[tuple[int, int]] = ()) -> None:
        self.problem = problem
        pins = [(problem.mentor_at[p.mentor], problem.mentee_at[p.mentee]) for p in problem.pins]
        fixed = np.array([*pins, *decided], np.int32).reshape(-1, 2)
        rows, cols = fixed[:, 0].copy(), fixed[:, 1].copy()
        pinned_mentors = np.bincount(rows, minlength=len(problem.mentors))
        pinned_mentees = np.bincount(cols, minlength=len(problem.mentees))
        self.mentor_places = np.asarray(problem.capacities, np.int64) - pinned_mentors
        self.mentee_places = np.asarray(problem.demands, np.int64) - pinned_mentees
        self.pinned_mentors, self.pinned_mentees = pinned_mentors > 0, pinned_mentees > 0
        self._fixed = NamedPairs(
            [Sparse(rows, cols, np.ones(len(rows), np.int32))],
            len(problem.mentors),
            len(problem.mentees),
        )
        self.kind: type[np.signedinteger[Any]] = (
            np.int32 if problem.scores.max_score < NARROW else np.int64
        )
        self.bands = _cut(self.mentor_places)
        self.tiles = _cut(self.mentee_places)
        self.stretches = _laid_together(self.tiles, max(map(len, self.bands), default=1))
        self._held: Ints | None = None

    def sides(self, place: int) -> tuple[Side, Side]:
        """Return both sides with what a first partner is worth: `place` for each person placed.

        Waitlisted people count twice and people with a pinned partner not at all. The people who
        can be placed at once form a matroid on either side, so the largest weight also places the
        most people, and among those the most waitlisted ones.
        """
        mentor, mentee = first_partner_worth(self.problem, place)
        return (
            Side(self.mentor_places, np.where(self.pinned_mentors, 0, mentor)),
            Side(self.mentee_places, np.where(self.pinned_mentees, 0, mentee)),
        )

    def previous_pairs(self) -> tuple[Ints, Ints]:
        """Return (rows, cols) of the last proposal's pairs that are still open to choice."""
        problem = self.problem
        pinned = {(pin.mentor, pin.mentee) for pin in problem.pins}
        kept = [pair for pair in problem.previous if pair not in pinned]
        rows, cols = problem.positions(kept)
        free = (self.mentor_places[rows] > 0) & (self.mentee_places[cols] > 0)
        free[free] = self.pair_scores(rows[free], cols[free]) >= 0
        return rows[free], cols[free]

    @property
    def size(self) -> int:
        """Return how many pairs the tiles hold."""
        return sum(map(len, self.bands)) * sum(map(len, self.tiles))

    def block(self, rows: Ints, cols: Ints) -> Ints:
        """Return the scores of a tile, pinned pairs forbidden."""
        if self._held is not None:
            return self._held[_index(rows)][:, _index(cols)].astype(self.kind)
        scores = self.problem.block(_index(rows), _index(cols)).astype(self.kind, copy=False)
        row, col, _ = self._fixed.inside(rows, cols)
        if len(row):
            scores = scores.copy()
            scores[row, col] = FORBIDDEN
        return scores

    def hold(self) -> None:
        """Keep the scores of all pairs at hand, if they are few: they are looked at again."""
        shape = len(self.mentor_places), len(self.mentee_places)
        if not 0 < shape[0] * shape[1] <= HELD_PAIRS:
            return
        narrow = self.problem.scores.max_score < np.iinfo(np.int16).max
        held = np.empty(shape, np.int16 if narrow else self.kind)
        step = max(HELD_AT_ONCE // shape[1], 1)
        for start in range(0, shape[0], step):
            rows = slice(start, min(start + step, shape[0]))
            held[rows] = self.problem.block(rows, slice(0, shape[1]))
        everybody = np.arange(shape[0]), np.arange(shape[1])
        row, col, _ = self._fixed.inside(*everybody)
        held[row, col] = FORBIDDEN
        self._held = held

    def pair_scores(self, rows: Ints, cols: Ints) -> Longs:
        """Return the scores of pairs, decided ones forbidden."""
        if self._held is not None:
            return self._held[rows, cols].astype(np.int64)
        scores = self.problem.pair_scores(rows, cols)
        scores[self._fixed.values_at(rows, cols) > 0] = FORBIDDEN
        return scores


def _cut(places: Longs) -> list[NDArray[np.intp]]:
    """Cut the people with places into stretches: enough of them to nominate the best of each."""
    people = np.flatnonzero(places > 0)
    side = min(max(-(-len(people) // PER_PERSON), SMALLEST_TILE), TILE)
    return [people[at : at + side] for at in range(0, len(people), side)]


def _laid_together(tiles: Sequence[Ints], height: int) -> list[Stretch]:
    """Lay tiles together as long as a band of them holds no more pairs than a large tile."""
    width = max(map(len, tiles), default=1)
    together = max(TILE * TILE // (height * width), 1)
    stretches = []
    for first in range(0, len(tiles), together):
        some = tiles[first : first + together]
        starts = np.cumsum([0, *map(len, some)])
        places = np.concatenate([np.arange(len(tile)) for tile in some])
        stretches.append(Stretch(first, starts, np.concatenate(some), places))
    return stretches


def first_partner_worth(problem: MatchingProblem, place: int) -> tuple[Longs, Longs]:
    """Return what a first partner is worth to each mentor and mentee, pins apart."""
    waiting = (
        np.array([name in problem.waitlisted_mentors for name in problem.mentors], np.bool_),
        np.array([name in problem.waitlisted_mentees for name in problem.mentees], np.bool_),
    )
    mentors, mentees = (np.where(side, 2 * place, place).astype(np.int64) for side in waiting)
    return mentors, mentees


def _index(people: Ints) -> Index:
    """Return a slice where the people stand next to each other: it needs no copy."""
    first, last = int(people[0]), int(people[-1])
    return slice(first, last + 1) if last - first + 1 == len(people) else people


class Nominations:
    """The most attractive partner of each person in every tile, the best of them kept.

    Attractions are compared together with a hash of the pair, in the bits below them. The hash
    r * a + c * b of places in the tile, with odd a and b, spreads clones over equal partners, and
    it can be undone: the largest key of a row or column tells which pair it belongs to.
    """

    def __init__(self, field: Field, per_person: int) -> None:
        self._field, self._keep = field, per_person
        shape = (len(field.mentee_places), len(field.bands))
        self._col_key = np.full(shape, -1, field.kind)
        self._col_row = np.zeros(shape, np.int32)
        self._found: list[tuple[Ints, Ints, Ints]] = []
        self._begin()
        dice = random.Random(field.problem.seed)  # noqa: S311 (no secret: it spreads ties)
        self._row_step, self._col_step = (dice.randrange(1, HASHES, 2) for _ in range(2))

    def _begin(self) -> None:
        self._row_key: list[Ints] = []
        self._row_col: list[Ints] = []

    def offer(
        self, band: int, inside: Ints, stretch: Stretch, across: Ints, attraction: Ints
    ) -> None:
        """Nominate from a part of a stretch: places `inside` the band x `across` the stretch.

        Everybody nominates the best of each tile. Pairs with a negative attraction are not wanted.
        """
        cols, places = stretch.cols[across], stretch.places[across]
        key = attraction << HASH_BITS
        row_hash = (inside * self._row_step & (HASHES - 1)).astype(key.dtype)
        col_hash = (places * self._col_step & (HASHES - 1)).astype(key.dtype)
        key |= row_hash[:, None] + col_hash & key.dtype.type(HASHES - 1)
        starts = np.searchsorted(across, stretch.starts)
        filled = np.flatnonzero(np.diff(starts))
        best = np.maximum.reduceat(key, starts[filled], axis=1)
        row_key = np.full((len(self._field.bands[band]), len(filled)), -1, key.dtype)
        row_key[inside] = best
        self._row_key.append(row_key)
        row_col = np.zeros(row_key.shape, np.int32)
        place = _undo(best, inside[:, None] * self._row_step, self._col_step)
        row_col[inside] = stretch.cols[
            np.minimum(stretch.starts[filled] + place, len(stretch.cols) - 1)
        ]
        self._row_col.append(row_col)
        best = key.max(axis=0)
        better = best > self._col_key[cols, band]
        best, cols = best[better], cols[better]
        row = _undo(best, places[better] * self._col_step, self._row_step)
        self._col_key[cols, band] = best
        self._col_row[cols, band] = self._field.bands[band][row]

    def close_band(self, band: int) -> None:
        """Keep the best of what the tiles of a band nominated for its mentors."""
        if self._row_key:
            key, col = np.hstack(self._row_key), np.hstack(self._row_col)
            at, place = largest(key, self._keep)
            attraction = key[at, place] >> HASH_BITS
            self._found.append((self._field.bands[band][at], col[at, place], attraction))
        self._begin()

    def pairs(self) -> tuple[Ints, Ints, Ints]:
        """Return (rows, cols, attraction) of all nominated pairs; some may be named twice."""
        at, place = largest(self._col_key, self._keep)
        attraction = self._col_key[at, place] >> HASH_BITS
        self._found.append((self._col_row[at, place], at, attraction))
        rows, cols, attraction = (np.concatenate(p) for p in zip(*self._found, strict=True))
        return rows, cols, attraction


def spread(scores: Ints, rows: Ints, cols: Ints) -> Ints:
    """Return keys in the order of scores, equal ones in that of a hash of the pair: int64."""
    mixed = (rows[:, None] * ROW_MIX) ^ (cols * COL_MIX)
    return (scores.astype(np.int64) << HASH_BITS) | (mixed & (HASHES - 1))


def _undo(key: Ints, known: Ints, step: int) -> Ints:
    """Return the place p with known + p * step equal to the hash in the key."""
    place: Ints = (key - known) * pow(step, -1, HASHES) & (HASHES - 1)
    return place


def largest(key: Ints, keep: int) -> tuple[Ints, Ints]:
    """Return (person, place) of the `keep` largest keys of each person, negative ones left out."""
    wanted = key >= 0
    if key.shape[1] > keep:
        limit = np.partition(key, key.shape[1] - keep, axis=1)[:, -keep]
        wanted &= key >= limit[:, None]
    at, place = np.nonzero(wanted)
    return at, place
