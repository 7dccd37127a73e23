"""Allowed and score, tile by tile: exact integers out of float32 matrix products."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.problem import FORBIDDEN, NARROW, Basis, Index, Ints, ProblemInvalid, at_pairs
from app.matching.terms import (
    Floats,
    Layer,
    Lookup,
    NamedPairs,
    Product,
    Sparse,
    Table,
    as_product,
)

PENALTY = 1 << 14
"""What one broken rule takes away: more than the 10 000 points of a perfect pair."""

ONE_HOT_LIMIT = 48
"""A table with so few classes on one side is cheaper as columns of the product than looked up."""

TILE = 512
"""Side of the square in which pairs are worked through: its floats fit the processor's cache."""


PAIRS_AT_ONCE = 128
"""So many pairs are scored together: their features fit the processor's cache."""


def tiles(rows: int, cols: int, side: int = TILE) -> Iterator[tuple[slice, slice]]:
    """Yield the squares that cover rows x cols, row by row."""
    for top, left in product(range(0, rows, side), range(0, cols, side)):
        yield slice(top, min(top + side, rows)), slice(left, min(left + side, cols))


def size_of(shape: tuple[int, int], rows: Index, cols: Index) -> tuple[int, int]:
    """Return how many rows and columns two indexes pick."""
    return len(np.arange(shape[0])[rows]), len(np.arange(shape[1])[cols])


class FeatureScores:
    """Scores of people: criteria add points, every broken rule takes away more than they give.

    One matrix product per tile gives points and verdict together: a negative sum is a forbidden
    pair. Layers can also be asked one by one, for explanations.
    """

    def __init__(
        self,
        mentors: int,
        mentees: int,
        criteria: Iterable[Layer],
        rules: Iterable[Layer],
        max_score: int,
        basis: Basis | None = None,
    ) -> None:
        self.shape = (mentors, mentees)
        self.max_score = max_score
        self.basis = basis
        criteria, rules = tuple(criteria), tuple(rules)
        for layer in (*criteria, *rules):
            layer.check(mentors, mentees)
        fused = _Fused((*criteria, *(rule.scaled(-PENALTY) for rule in rules)), mentors, mentees)
        self._fused = fused
        self._prepared: dict[int, NamedPairs] = {}
        self.criteria = {layer.code: layer for layer in fused.layers[: len(criteria)]}
        self.rules = {layer.code: layer for layer in fused.layers[len(criteria) :]}

    def block(self, rows: Index, cols: Index) -> NDArray[np.int32]:
        """Return points, `FORBIDDEN` (-1) where a rule is broken: int32 (rows, cols)."""
        points = self._fused.block(rows, cols).astype(np.int32)
        return np.maximum(points, FORBIDDEN, out=points)

    def pairs(self, rows: Ints, cols: Ints) -> NDArray[np.int64]:
        """Return the same for the pairs (rows[k], cols[k])."""
        points = self._fused.pairs(rows, cols).astype(np.int64)
        return np.maximum(points, FORBIDDEN, out=points)

    def points(self, code: str, rows: Index, cols: Index) -> NDArray[np.int32]:
        """Return one criterion's points, whether the pair is allowed or not."""
        return self._layer(self.criteria[code], rows, cols)

    def broken(self, code: str, rows: Index, cols: Index) -> NDArray[np.bool_]:
        """Return where one rule is broken."""
        return self._layer(self.rules[code], rows, cols) < 0

    def _layer(self, layer: Layer, rows: Index, cols: Index) -> NDArray[np.int32]:
        out = np.zeros(size_of(self.shape, rows, cols), np.int32)
        for term in layer.terms:
            match term:
                case Product(left, right):
                    out += (left[rows] @ right[cols].T).astype(np.int32)
                case Table():
                    out += term.block(rows, cols)
                case Lookup():
                    out += term.points[term.numbers(rows, cols)]
                case Sparse():
                    row, col, value = self._named(term).inside(rows, cols)
                    out[row, col] += value.astype(np.int32)
        return out

    def _named(self, term: Sparse) -> NamedPairs:
        """Return the term ready to be looked into; each is prepared once."""
        if id(term) not in self._prepared:
            self._prepared[id(term)] = NamedPairs([term], *self.shape)
        return self._prepared[id(term)]

    def fingerprint(self) -> str:
        """Return a digest of every feature column, table and named pair."""
        return self._fused.digest()


class _Fused:
    """Layers compiled into one product, one list of named pairs and a few look-ups."""

    def __init__(self, layers: tuple[Layer, ...], rows: int, cols: int) -> None:
        tables: dict[tuple[int, int], Table] = {}
        lookups: dict[int, Lookup] = {}
        named: list[Sparse] = []
        for term in (term for layer in layers for term in layer.terms):
            if isinstance(term, Table):
                key = (id(term.row_class), id(term.col_class))
                table = term.table + tables[key].table if key in tables else term.table
                tables[key] = Table(term.row_class, term.col_class, table)
            elif isinstance(term, Lookup):
                same = lookups.get(id(term.kernel))
                points = same.points + term.points if same else term.points
                lookups[id(term.kernel)] = replace(term, points=points)
            elif isinstance(term, Sparse):
                named.append(term)
        for number, lookup in list(lookups.items()):
            if isinstance(lookup.kernel, Table):
                table = _narrowest(lookup.points)[lookup.kernel.table]
                tables[number, number] = replace(lookup.kernel, table=table)
                del lookups[number]
        used = [t for t in tables.values() if np.any(t.table)]
        small = [t for t in used if min(t.table.shape) <= ONE_HOT_LIMIT]
        large = [t for t in used if min(t.table.shape) > ONE_HOT_LIMIT]
        self._tables = [replace(t, table=_narrowest(t.table)) for t in large]
        self._band: tuple[Index | None, list[Ints]] = (None, [])
        self._lookups = list(lookups.values())
        self._named = NamedPairs(named, rows, cols)
        self.layers = self._stack(layers, [as_product(table) for table in small], rows, cols)

    def _stack(
        self, layers: tuple[Layer, ...], small: list[Product], rows: int, cols: int
    ) -> tuple[Layer, ...]:
        """Lay all products side by side; return the layers as views, so nothing is held twice."""
        products = [t for layer in layers for t in layer.terms if isinstance(t, Product)] + small
        width = sum(p.left.shape[1] for p in products)
        self._left = np.empty((rows, width), np.float32)
        self._right = np.empty((cols, width), np.float32)
        view: dict[int, Product] = {}
        at = 0
        for part in products:
            columns = slice(at, at + part.left.shape[1])
            self._left[:, columns], self._right[:, columns] = part.left, part.right
            view[id(part)] = Product(self._left[:, columns], self._right[:, columns])
            at = columns.stop
        return tuple(
            Layer(layer.code, tuple(view.get(id(term), term) for term in layer.terms))
            for layer in layers
        )

    def block(self, rows: Index, cols: Index) -> Floats:
        out: Floats = self._left[rows] @ self._right[cols].T
        for table, points in zip(self._tables, self._rows_of_tables(rows), strict=True):
            out += np.take(points, table.col_class[cols], axis=1)
        for lookup in self._lookups:
            out += lookup.points[lookup.numbers(rows, cols)]
        row, col, value = self._named.inside(rows, cols)
        out[row, col] += value
        return out

    def pairs(self, rows: Ints, cols: Ints) -> Floats:
        """Return what `block` says about pairs: the same sums of integers, exact in any order."""
        out = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            left, right = self._left[rows[part]], self._right[cols[part]]
            np.einsum("ij,ij->i", left, right, out=out[part])
        for table in self._tables:
            out += table.table[table.row_class[rows], table.col_class[cols]]
        for lookup in self._lookups:
            out += lookup.points[at_pairs(lookup.numbers, rows, cols)]
        out += self._named.values_at(rows, cols)
        return out

    def _rows_of_tables(self, rows: Index) -> list[Ints]:
        """Return the mentors' rows of the large tables; a band of tiles asks for the same ones."""
        if not isinstance(rows, slice):
            return [table.table[table.row_class[rows]] for table in self._tables]
        if self._band[0] != rows:
            self._band = rows, [table.table[table.row_class[rows]] for table in self._tables]
        return self._band[1]

    def digest(self) -> str:
        sha = hashlib.sha256()
        named = self._named
        arrays: list[NDArray[np.generic]] = [
            self._left, self._right, named.start, named.cols, named.values,
            *(part for t in self._tables for part in (t.row_class, t.col_class, t.table)),
            *(part for lookup in self._lookups for part in (lookup.points, *lookup.data)),
        ]  # fmt: skip
        for array in arrays:
            sha.update(f"{array.dtype}{array.shape}".encode())
            sha.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return sha.hexdigest()


def _narrowest(table: Ints) -> Ints:
    """Return the table in 16 bits where they hold it: it is looked into for every pair."""
    narrow = np.iinfo(np.int16)
    fits = table.size and narrow.min <= int(table.min()) and int(table.max()) <= narrow.max
    return table.astype(np.int16) if fits else table


class GivenMatrix:
    """Explicit scores as a full matrix of integers, negative where not allowed."""

    def __init__(self, scores: Ints) -> None:
        self.max_score = int(scores.max(initial=0))
        self.basis: Basis | None = None
        kind = np.int32 if self.max_score < NARROW else np.int64
        self._scores: Ints = np.maximum(scores, FORBIDDEN).astype(kind)

    def block(self, rows: Index, cols: Index) -> Ints:
        """Return the given scores."""
        scores: Ints = self._scores[rows][:, cols]
        return scores

    def pairs(self, rows: Ints, cols: Ints) -> NDArray[np.int64]:
        """Return the same for the pairs (rows[k], cols[k])."""
        return self._scores[rows, cols].astype(np.int64)

    def fingerprint(self) -> str:
        """Return a digest of the matrix."""
        return hashlib.sha256(self._scores.astype(np.int64).tobytes()).hexdigest()


class GivenEdges:
    """Explicit scores as a list of allowed pairs; every other pair is forbidden.

    Raises `ProblemInvalid` (`edge-repeated`).
    """

    def __init__(self, rows: Ints, cols: Ints, scores: Ints, shape: tuple[int, int]) -> None:
        self._shape = shape
        self.max_score = int(scores.max(initial=0))
        self.basis: Basis | None = None
        self._kind: type[np.signedinteger[Any]] = np.int32 if self.max_score < NARROW else np.int64
        named = Sparse(rows.astype(np.int32), cols.astype(np.int32), scores)
        self._named = NamedPairs([named], *shape)
        if len(self._named.values) != len(rows):
            raise ProblemInvalid("edge-repeated", "A pair has two scores.")

    def block(self, rows: Index, cols: Index) -> Ints:
        """Return the given scores, `FORBIDDEN` for every pair not given."""
        out = np.full(size_of(self._shape, rows, cols), FORBIDDEN, self._kind)
        row, col, score = self._named.inside(rows, cols)
        out[row, col] = score
        return out

    def pairs(self, rows: Ints, cols: Ints) -> NDArray[np.int64]:
        """Return the same for the pairs (rows[k], cols[k])."""
        return self._named.values_at(rows, cols, FORBIDDEN)

    def fingerprint(self) -> str:
        """Return a digest of the edges."""
        named = self._named
        parts = (named.start, named.cols, named.values)
        return hashlib.sha256(b"".join(p.astype(np.int64).tobytes() for p in parts)).hexdigest()
