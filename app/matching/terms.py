"""The building stones of a score: what a criterion or a rule says about all pairs at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.problem import Block, Index, Ints, ProblemInvalid

Floats = NDArray[np.float32]
Columns = NDArray[np.float32] | NDArray[np.integer[Any]]
Classes = NDArray[np.int32]

EXACT = 1 << 24
"""float32 holds every integer up to here, so products of small integers are exact."""


@dataclass(frozen=True, eq=False)
class Product:
    """Points as a product: pair (i, j) gets sum_k left[i, k] * right[j, k].

    `left` is (mentors, k), `right` is (mentees, k): integers, in float32 or narrower.
    """

    left: Columns
    right: Columns


@dataclass(frozen=True, eq=False)
class Table:
    """Points by class: pair (i, j) gets table[row_class[i], col_class[j]].

    `row_class` is (mentors,), `col_class` is (mentees,), `table` is (row classes, col classes).
    """

    row_class: Classes
    col_class: Classes
    table: Ints

    def block(self, rows: Index, cols: Index) -> Ints:
        """Return the values of a tile."""
        return np.take(self.table[self.row_class[rows]], self.col_class[cols], axis=1)


@dataclass(frozen=True, eq=False)
class Sparse:
    """Points of the few pairs that are named: pair (rows[k], cols[k]) gets values[k] more."""

    rows: Ints
    cols: Ints
    values: Ints


NO_PAIRS = Sparse(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))


@dataclass(frozen=True, eq=False)
class Lookup:
    """Points by a small number that is computed per tile: pair (i, j) gets points[kernel(i, j)].

    `kernel` takes two indexes and returns integers from 0 to len(points) - 1; it may be a table
    by class. Terms that share a kernel object share its work.
    """

    kernel: "Block | Table"
    points: NDArray[np.int32]
    data: tuple[NDArray[Any], ...] = ()
    """What a kernel that is a function works on: part of the fingerprint."""

    def numbers(self, rows: Index, cols: Index) -> Ints:
        """Return what the kernel says."""
        if isinstance(self.kernel, Table):
            return self.kernel.block(rows, cols)
        return self.kernel(rows, cols)


Term = Product | Table | Sparse | Lookup


@dataclass(frozen=True, eq=False)
class Layer:
    """One criterion (points) or one rule (0 where kept, more where broken) as a sum of terms."""

    code: str
    terms: tuple[Term, ...]

    def scaled(self, factor: int) -> "Layer":
        """Return the layer with every value multiplied."""
        return Layer(self.code, tuple(_scaled(term, factor) for term in self.terms))

    def check(self, rows: int, cols: int) -> None:
        """Raise `ProblemInvalid` (`layer-invalid`) unless all values are integers that fit."""
        for term in self.terms:
            if not _fits(term, rows, cols):
                raise ProblemInvalid(
                    "layer-invalid", f"{self.code} gives no integers for {rows} x {cols} pairs."
                )


def _scaled(term: Term, factor: int) -> Term:
    match term:
        case Product():
            return Product(np.multiply(term.left, factor, dtype=np.float32), term.right)
        case Table():
            return replace(term, table=term.table * factor)
        case Sparse():
            return replace(term, values=term.values * factor)
        case Lookup():
            return replace(term, points=term.points * factor)


def _fits(term: Term, rows: int, cols: int) -> bool:
    match term:
        case Product(left, right):
            return (
                left.shape == (rows, right.shape[1])
                and right.shape[0] == cols
                and _are_integers(left)
                and _are_integers(right)
            )
        case Table(row_class, col_class, table):
            return (
                len(row_class) == rows
                and len(col_class) == cols
                and _are_classes(row_class, table.shape[0])
                and _are_classes(col_class, table.shape[1])
                and np.issubdtype(table.dtype, np.integer)
            )
        case Sparse(at_rows, at_cols, values):
            return (
                len(at_rows) == len(at_cols) == len(values)
                and _are_classes(at_rows, rows)
                and _are_classes(at_cols, cols)
                and np.issubdtype(values.dtype, np.integer)
            )
        case Lookup(_, points):
            return len(points) > 0 and np.issubdtype(points.dtype, np.integer)


def _are_integers(values: Columns) -> bool:
    largest = max(float(values.max(initial=0)), -float(values.min(initial=0)))
    whole = np.issubdtype(values.dtype, np.integer) or np.array_equal(values, np.rint(values))
    return largest < EXACT and whole


def _are_classes(classes: Ints, count: int) -> bool:
    return not len(classes) or (int(classes.min()) >= 0 and int(classes.max()) < count)


def one_hot(classes: Classes, width: int) -> Floats:
    """Return (n, width) with a 1 at each person's class."""
    hot = np.zeros((len(classes), width), np.float32)
    hot[np.arange(len(classes)), classes] = 1
    return hot


def as_product(table: Table) -> Product:
    """Return the same points as columns of the product: as many as the shorter side has classes."""
    height, width = table.table.shape
    if width <= height:
        left = table.table[table.row_class].astype(np.float32)
        return Product(left, one_hot(table.col_class, width))
    right = table.table.T[table.col_class].astype(np.float32)
    return Product(one_hot(table.row_class, height), right)


def distinct(values: Ints) -> Ints:
    """Return the distinct values in order; `np.unique` would load masked arrays for that."""
    ordered = np.sort(values)
    kept = np.ones(len(ordered), np.bool_)
    kept[1:] = ordered[1:] != ordered[:-1]
    return ordered[kept]


def ranges(start: Ints, stop: Ints) -> NDArray[np.int64]:
    """Return the integers from start[k] up to stop[k], for one k after the other."""
    count = np.maximum(stop - start, 0)
    ends = np.cumsum(count)
    whole = np.arange(int(ends[-1]) if len(ends) else 0)
    whole += np.repeat(start - (ends - count), count)
    return whole


class NamedPairs:
    """Values of named pairs in row order, to be found again tile by tile."""

    def __init__(self, terms: Sequence[Sparse], rows: int, cols: int) -> None:
        self._rows, self._cols = rows, max(cols, 1)
        row = np.concatenate([np.empty(0, np.int64), *(term.rows for term in terms)])
        col = np.concatenate([np.empty(0, np.int64), *(term.cols for term in terms)])
        value = np.concatenate([np.empty(0, np.int64), *(term.values for term in terms)])
        key, at = np.unique(row * self._cols + col, return_inverse=True)
        self.values = np.zeros(len(key), np.int64)
        np.add.at(self.values, at, value)
        self._key = key
        self.cols = (key % self._cols).astype(np.int32)
        self.start = np.searchsorted(key // self._cols, np.arange(rows + 1))

    def inside(self, rows: Index, cols: Index) -> tuple[Ints, Ints, Ints]:
        """Return (row in tile, column in tile, value) of the named pairs of a tile."""
        if not len(self.values):
            return NO_PAIRS.rows, NO_PAIRS.cols, NO_PAIRS.values
        picked = np.arange(self._rows)[rows]
        count = self.start[picked + 1] - self.start[picked]
        local = np.repeat(np.arange(len(picked)), count)
        at = ranges(self.start[picked], self.start[picked + 1])
        place = np.full(self._cols, -1, np.int32)
        chosen = np.arange(self._cols)[cols]
        place[chosen] = np.arange(len(chosen), dtype=np.int32)
        column = place[self.cols[at]]
        kept = column >= 0
        return local[kept], column[kept], self.values[at[kept]]

    def values_at(self, rows: Ints, cols: Ints, unnamed: int = 0) -> NDArray[np.int64]:
        """Return the value of each pair (rows[k], cols[k]), `unnamed` where it is not named."""
        if not len(self._key):
            return np.full(len(rows), unnamed, np.int64)
        key = np.asarray(rows, np.int64) * self._cols + cols
        at = np.minimum(np.searchsorted(self._key, key), len(self._key) - 1)
        return np.where(self._key[at] == key, self.values[at], unnamed)
