"""Hours that two people share after time zones: bit rows of a UTC week against each other."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.matching.availability import QUARTER_MINUTES, WEEK_QUARTERS
from app.matching.people import Person
from app.matching.problem import Block, Index, Ints, ProblemInvalid
from app.matching.terms import Classes, Floats, Lookup, Table

SPAN_MINUTES = 240
"""So many shared minutes a week beyond the minimum earn all points; more earn no more."""

PATTERN_LIMIT = 16_000_000
"""Up to so many pairs of distinct weekly patterns are computed once and looked up afterwards."""


class SharedTime:
    """Quarter-hours a week that a mentor and a mentee are both free, in their worst regime.

    Equal weekly patterns are computed once. Raises `ProblemInvalid` (`regimes-differ`) when
    people describe different numbers of offset regimes; no availability at all is allowed, and
    shares nothing.
    """

    def __init__(self, mentors: Sequence[Person], mentees: Sequence[Person]) -> None:
        known = {len(p.availability) for p in (*mentors, *mentees) if p.availability}
        if len(known) > 1:
            raise ProblemInvalid(
                "regimes-differ", "Everybody's availability must cover the same offset regimes."
            )
        self._regimes = max(known, default=0)
        self._row_class, self._row_patterns = _patterns(mentors)
        self._col_class, self._col_patterns = _patterns(mentees)

    def below(self, minutes: int) -> Lookup:
        """Return 1 where a pair shares fewer than `minutes` a week, 0 elsewhere."""
        quarters = np.arange(WEEK_QUARTERS + 1)
        broken = (quarters * QUARTER_MINUTES < minutes).astype(np.int32)
        return Lookup(self._kernel, broken, self._data)

    def beyond(self, minimum: int, points: int) -> Lookup:
        """Return points for what a pair shares beyond `minimum` minutes, all at `SPAN_MINUTES`."""
        extra = np.arange(WEEK_QUARTERS + 1, dtype=np.int64) * QUARTER_MINUTES - minimum
        shares = points * np.clip(extra, 0, SPAN_MINUTES) // SPAN_MINUTES
        return Lookup(self._kernel, shares.astype(np.int32), self._data)

    def quarters(self, rows: Index, cols: Index) -> Ints:
        """Return shared quarter-hours of a tile: (rows, cols)."""
        return _shared(self._columns, self._row_class[rows], self._col_class[cols])

    @cached_property
    def _kernel(self) -> Block | Table:
        """One object, so that the rule and the criterion share its work."""
        height, width = len(self._row_patterns), len(self._col_patterns)
        if height * width > PATTERN_LIMIT:
            return self.quarters
        table = _shared(self._columns, np.arange(height), np.arange(width))
        return Table(self._row_class, self._col_class, table)

    @property
    def _data(self) -> tuple[NDArray[np.generic], ...]:
        columns = (side for both in self._columns for side in both)
        return (self._row_class, self._col_class, *columns)

    @cached_property
    def _columns(self) -> list[tuple[Floats, Floats]]:
        return [
            _columns(_regime(self._row_patterns, k), _regime(self._col_patterns, k))
            for k in range(self._regimes)
        ]


def _patterns(people: Sequence[Person]) -> tuple[Classes, list[tuple[int, ...]]]:
    distinct = list(dict.fromkeys(person.availability for person in people))
    place = {pattern: number for number, pattern in enumerate(distinct)}
    return np.array([place[person.availability] for person in people], np.int32), distinct


def _regime(patterns: Sequence[tuple[int, ...]], regime: int) -> NDArray[np.uint8]:
    """Return the (patterns, 672) bits of one regime; nothing known is never free."""
    size = WEEK_QUARTERS // 8
    weeks = [pattern[regime] if pattern else 0 for pattern in patterns]
    raw = b"".join(week.to_bytes(size, "little") for week in weeks)
    packed = np.frombuffer(raw, np.uint8).reshape(len(weeks), size)
    return np.unpackbits(packed, axis=1, bitorder="little")


def _columns(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Merge quarter-hours in which the same people are free: most windows last whole hours."""
    useful = np.flatnonzero(left.any(axis=0) & right.any(axis=0))
    packed = np.packbits(np.vstack([left[:, useful], right[:, useful]]), axis=0)
    count: dict[bytes, int] = {}
    column: dict[bytes, int] = {}
    for quarter, bits in zip(useful.tolist(), np.ascontiguousarray(packed.T), strict=True):
        key = bits.tobytes()
        count[key] = count.get(key, 0) + 1
        column.setdefault(key, quarter)
    kept = list(column.values())
    weights = np.array([count[key] for key in column], np.float32)
    return left[:, kept].astype(np.float32) * weights, right[:, kept].astype(np.float32)


def _shared(columns: list[tuple[Floats, Floats]], rows: Ints, cols: Ints) -> Ints:
    if not columns:
        return np.zeros((len(rows), len(cols)), np.int16)
    worst = columns[0][0][rows] @ columns[0][1][cols].T
    for left, right in columns[1:]:
        np.minimum(worst, left[rows] @ right[cols].T, out=worst)
    return worst.astype(np.int16)
