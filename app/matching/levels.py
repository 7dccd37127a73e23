"""How far what some people have covers what others need: shares of levels, as exact products."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from app.matching.prices import Longs
from app.matching.problem import Ints
from app.matching.terms import distinct, ranges


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels above 0 of many people in one row, by person and then by name.

    Entry k says that person[k] has level[k] of the name number code[k] in `names`, sorted.
    """

    people: int
    names: tuple[str, ...]
    person: Longs
    code: Longs
    level: Longs


def levels_of(people: Sequence[Mapping[str, int]]) -> Levels:
    """Lay out levels by name."""
    every = list(chain.from_iterable(levels.values() for levels in people))
    return _laid_out(people, np.array(every, np.int64))


def things_of(people: Sequence[frozenset[str]]) -> Levels:
    """Lay out things that one has or has not: each is had at level 1."""
    return _laid_out(people, np.ones(sum(map(len, people)), np.int64))


def _laid_out(people: Sequence[Collection[str]], level: Longs) -> Levels:
    named = list(chain.from_iterable(people))
    names = tuple(sorted(set(named)))
    place = {name: number for number, name in enumerate(names)}
    code = np.fromiter(map(place.__getitem__, named), np.int64, len(named))
    counts = np.fromiter(map(len, people), np.int64, len(people))
    person = np.repeat(np.arange(len(people)), counts)
    order = np.argsort(person * len(names) + code)
    order = order[level[order] > 0]
    return Levels(len(people), names, person[order], code[order], level[order])


def fit(had: Levels, needed: Levels, points: int) -> tuple[NDArray[np.uint8], Ints]:
    """Score how far levels that some people have cover levels that others need.

    Sum over names of min(had, needed), as a share of all levels needed, in points. Written as a
    product: min(a, b) = sum_t [a >= t][b >= t] over the levels t that occur, one column each. What
    n units of a person's need earn is n / all of the points, rounded down, so single units earn
    integers that add up; they are folded into the needing side, in order of name. Returns
    (people who have, k) and (people who need, k).
    """
    units = np.bincount(needed.person, needed.level, minlength=needed.people).astype(np.int64)
    before = np.cumsum(needed.level) - needed.level
    first = np.searchsorted(needed.person, needed.person)
    before -= before[first]
    shared = sorted(set(had.names).intersection(needed.names))
    here, there = _numbered(had, shared), _numbered(needed, shared)
    most = np.zeros(len(shared), np.int64)
    np.maximum.at(most, there.code, there.level)
    base = int(most.max(initial=0)) + 1
    reached = here.code * base + np.minimum(here.level, most[here.code])
    columns = distinct(reached[most[here.code] > 0])
    start = np.searchsorted(columns, np.arange(len(shared) + 1) * base)
    left = np.zeros((had.people, len(columns)), np.uint8)
    stop = np.searchsorted(columns, reached, side="right")
    opened = start[here.code]
    left[np.repeat(here.person, np.maximum(stop - opened, 0)), ranges(opened, stop)] = 1
    narrow = points <= np.iinfo(np.int16).max
    right: Ints = np.zeros((needed.people, len(columns)), np.int16 if narrow else np.int32)
    opened, stop = start[there.code], start[there.code + 1]
    count = stop - opened
    at, entry = ranges(opened, stop), np.repeat(np.arange(len(count)), count)
    done = before[there.place][entry]
    upto = done + np.minimum(columns[at] % base, there.level[entry])
    first_step = at == opened[entry]
    below = np.where(first_step, 0, columns[at - 1] % base)
    earlier = done + np.minimum(below, there.level[entry])
    own = units[there.person[entry]]
    right[there.person[entry], at] = points * upto // own - points * earlier // own
    return left, right


@dataclass(frozen=True, eq=False)
class _Numbered:
    """The entries of names that both sides know: `place` is where each stands among all."""

    place: Longs
    person: Longs
    code: Longs
    level: Longs


def _numbered(levels: Levels, shared: Sequence[str]) -> _Numbered:
    number = {name: at for at, name in enumerate(shared)}
    code = np.array([number.get(name, -1) for name in levels.names], np.int64)[levels.code]
    place = np.flatnonzero(code >= 0)
    return _Numbered(place, levels.person[place], code[place], levels.level[place])
