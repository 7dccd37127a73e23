"""The people of both sides, and the few ways to say something about all their pairs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from app.matching.people import Person
from app.matching.shared_time import SharedTime
from app.matching.terms import Classes, Sparse, Table


@dataclass(frozen=True, eq=False)
class Sides:
    """The people of both sides, each sorted by id, and what criteria and rules share."""

    mentors: Sequence[Person]
    mentees: Sequence[Person]
    time: SharedTime
    minimum_shared_minutes: int = 0

    @cached_property
    def at_participant(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Where each participant stands among the mentors and among the mentees."""
        mentors, mentees = (
            places(side, lambda person: person.participant_id) for side in self.both
        )
        return mentors, mentees

    @cached_property
    def at_id(self) -> tuple[dict[str, int], dict[str, int]]:
        """Where each enrollment stands among the mentors and among the mentees."""
        mentors, mentees = (
            {person.id: place for place, person in enumerate(side)} for side in self.both
        )
        return mentors, mentees

    @property
    def both(self) -> tuple[Sequence[Person], Sequence[Person]]:
        """Mentors, then mentees."""
        return self.mentors, self.mentees


def places(people: Sequence[Person], key: Callable[[Person], str | None]) -> dict[str, list[int]]:
    """Return where the people of each key stand; who has none stands nowhere."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(map(key, people)):
        if name in found:
            found[name].append(place)
        elif name:
            found[name] = [place]
    return found


def classify(values: Iterable[Any]) -> tuple[Classes, list[Any]]:
    """Number the distinct values in sorted order, None last."""
    given = list(values)
    distinct = sorted(set(given) - {None})
    distinct += [None] if None in given else []
    place = {value: number for number, value in enumerate(distinct)}
    return np.array([place[value] for value in given], np.int32), distinct


def by_class(
    value: Callable[..., int], mentor_values: Iterable[Any], mentee_values: Iterable[Any]
) -> Table:
    """Return a table that asks `value(mentor's, mentee's)` once for every two distinct values."""
    row_class, row_values = classify(mentor_values)
    col_class, col_values = classify(mentee_values)
    table = np.array([[value(a, b) for b in col_values] for a in row_values], np.int32)
    return Table(row_class, col_class, table.reshape(len(row_values), len(col_values)))


def named_pairs(named: Iterable[tuple[int, int, int]]) -> Sparse:
    """Return a sparse term of (row, column, value) triples."""
    table = np.array(sorted(named), np.int32).reshape(-1, 3)
    return Sparse(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())
