"""Hours that two people share after time zones: bit rows of a UTC week against each other."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.matching.availability import QUARTER_MINUTES, WEEK_QUARTERS
from app.matching.people import Person
from app.matching.problem import Block, Index, Ints, ProblemInvalid
from app.matching.terms import Classes, Floats, Lookup, Table

Bytes = NDArray[np.uint8]

WEEK_BYTES = WEEK_QUARTERS // 8

SPAN_MINUTES = 240
"""So many shared minutes a week beyond the minimum earn all points; more earn no more."""

PATTERN_LIMIT = 16_000_000
"""Up to so many pairs of distinct weekly patterns are computed once and looked up afterwards."""

AT_ONCE = 128
"""So many people are compared with all others together: their floats fit the processor's cache."""


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
        own_rows, own_cols = self._row_class[rows], self._col_class[cols]
        if not self._columns:
            return np.zeros((len(own_rows), len(own_cols)), np.int16)
        parts = [(left[own_rows], right[own_cols]) for left, right in self._columns]
        worst = parts[0][0] @ parts[0][1].T
        for left, right in parts[1:]:
            np.minimum(worst, left @ right.T, out=worst)
        return worst.astype(np.int16)

    @cached_property
    def _kernel(self) -> Block | Table:
        """One object, so that the rule and the criterion share its work."""
        height, width = len(self._row_patterns), len(self._col_patterns)
        if height * width > PATTERN_LIMIT:
            return self.quarters
        return Table(self._row_class, self._col_class, self._worst(height, width))

    def _worst(self, height: int, width: int) -> Ints:
        """Compare all patterns: what two shared stays as it was when neither week has moved."""
        worst = np.full((height, width), WEEK_QUARTERS if self._regimes else 0, np.int16)
        before: list[Bytes] = []
        for regime in range(self._regimes):
            now = [_packed(side, regime) for side in (self._row_patterns, self._col_patterns)]
            known = before or [~weeks for weeks in now]  # nothing is known of the first
            rows, cols = ((weeks != old).any(axis=1) for weeks, old in zip(now, known, strict=True))
            before = now
            for some, others in ((rows, slice(None)), (~rows, cols)):
                columns = _merged(now[0][some], now[1][others])
                _lower(worst, np.flatnonzero(some), others, columns)
        return worst.astype(np.uint8) if worst.max(initial=0) < 256 else worst

    @property
    def _data(self) -> tuple[NDArray[np.generic], ...]:
        """What the kernel works on, if it is a function: a table tells it itself."""
        if isinstance(self._kernel, Table):
            return ()
        columns = (side for both in self._columns for side in both)
        return (self._row_class, self._col_class, *columns)

    @cached_property
    def _columns(self) -> list[tuple[Floats, Floats]]:
        return [
            _merged(_packed(self._row_patterns, k), _packed(self._col_patterns, k))
            for k in range(self._regimes)
        ]


def _patterns(people: Sequence[Person]) -> tuple[Classes, list[tuple[int, ...]]]:
    distinct = list(dict.fromkeys(person.availability for person in people))
    place = {pattern: number for number, pattern in enumerate(distinct)}
    return np.array([place[person.availability] for person in people], np.int32), distinct


def _packed(patterns: Sequence[tuple[int, ...]], regime: int) -> Bytes:
    """Return (patterns, 84) bytes: the 672 bits of one regime; nothing known is never free."""
    weeks = [pattern[regime] if pattern else 0 for pattern in patterns]
    raw = b"".join([week.to_bytes(WEEK_BYTES, "little") for week in weeks])
    return np.frombuffer(raw, np.uint8).reshape(len(weeks), WEEK_BYTES)


def _merged(left: Bytes, right: Bytes) -> tuple[Floats, Floats]:
    """Merge quarter-hours in which the same people are free: most windows last whole hours."""
    starts = _starts(left) | _starts(right)
    starts[0] = True
    useful = _flags(np.bitwise_or.reduce(left) & np.bitwise_or.reduce(right))
    first = np.flatnonzero(starts)
    lasting = np.diff(first, append=WEEK_QUARTERS)[useful[first]]
    first = first[useful[first]]
    free = [(side[:, first >> 3] >> (first & 7).astype(np.uint8)) & 1 for side in (left, right)]
    count: dict[bytes, int] = {}
    column: dict[bytes, int] = {}
    bits = np.ascontiguousarray(np.packbits(np.vstack(free), axis=0).T)
    for place, quarters in enumerate(lasting.tolist()):
        key = bits[place].tobytes()
        count[key] = count.get(key, 0) + quarters
        column.setdefault(key, place)
    kept = list(column.values())
    weights = np.array([count[key] for key in column], np.float32)
    return free[0][:, kept] * weights, free[1][:, kept].astype(np.float32)


def _starts(weeks: Bytes) -> NDArray[np.bool_]:
    """Return at which quarter-hours somebody's week differs from the quarter-hour before."""
    before = weeks << np.uint8(1)
    before[:, 1:] |= weeks[:, :-1] >> np.uint8(7)
    return _flags(np.bitwise_or.reduce(weeks ^ before))


def _flags(week: Bytes) -> NDArray[np.bool_]:
    """Return the 672 bits of a week."""
    return np.unpackbits(week, bitorder="little").view(np.bool_)


def _lower(
    worst: Ints, rows: Ints, cols: slice | NDArray[np.bool_], columns: tuple[Floats, Floats]
) -> None:
    """Take the product of the columns where it is less than what some rows and columns hold."""
    left, right = columns
    for start in range(0, len(rows), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        band = worst[rows[some]]
        band[:, cols] = np.minimum(band[:, cols], (left[some] @ right.T).astype(band.dtype))
        worst[rows[some]] = band
