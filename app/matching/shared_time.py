"""Hours that two people share after time zones: bit rows of a UTC week against each other."""

from collections.abc import Iterable, Sequence
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
        return _shared(
            ((left[own_rows], right[own_cols]) for left, right in self._columns),
            (len(own_rows), len(own_cols)),
        )

    @cached_property
    def _kernel(self) -> Block | Table:
        """One object, so that the rule and the criterion share its work."""
        shape = len(self._row_patterns), len(self._col_patterns)
        if shape[0] * shape[1] > PATTERN_LIMIT:
            return self.quarters
        columns = (self._columns_of(regime) for regime in range(self._regimes))
        return Table(self._row_class, self._col_class, _shared(columns, shape))

    @property
    def _data(self) -> tuple[NDArray[np.generic], ...]:
        """What the kernel works on, if it is a function: a table tells it itself."""
        if isinstance(self._kernel, Table):
            return ()
        columns = (side for both in self._columns for side in both)
        return (self._row_class, self._col_class, *columns)

    @cached_property
    def _columns(self) -> list[tuple[Floats, Floats]]:
        return [self._columns_of(regime) for regime in range(self._regimes)]

    def _columns_of(self, regime: int) -> tuple[Floats, Floats]:
        return _merged(_packed(self._row_patterns, regime), _packed(self._col_patterns, regime))


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
    return free[0][:, kept].astype(np.float32) * weights, free[1][:, kept].astype(np.float32)


def _starts(weeks: Bytes) -> NDArray[np.bool_]:
    """Return at which quarter-hours somebody's week differs from the quarter-hour before."""
    before = weeks << np.uint8(1)
    before[:, 1:] |= weeks[:, :-1] >> np.uint8(7)
    return _flags(np.bitwise_or.reduce(weeks ^ before))


def _flags(week: Bytes) -> NDArray[np.bool_]:
    """Return the 672 bits of a week."""
    return np.unpackbits(week, bitorder="little").view(np.bool_)


def _shared(columns: Iterable[tuple[Floats, Floats]], shape: tuple[int, int]) -> Ints:
    """Return the products of the columns of all regimes, the least of each pair."""
    worst: Ints = np.zeros(shape, np.int16)
    for regime, (left, right) in enumerate(columns):
        for start in range(0, shape[0], AT_ONCE):
            part = slice(start, start + AT_ONCE)
            found = (left[part] @ right.T).astype(np.int16)
            worst[part] = np.minimum(worst[part], found) if regime else found
    return worst
