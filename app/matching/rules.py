"""What no pair may break: the hard rules, each with a code and a reason for people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np

from app.matching.people import Direction, Person, Rules
from app.matching.problem import Index, Ints
from app.matching.sides import Sides, by_class, classify, places
from app.matching.terms import Floats, Lookup, Sparse, Table, Term, distinct, ranges

IN_PERSON = "in_person"
"""The one mode that needs both people in one place."""

SAME_KEY_LIMIT = 32
"""Up to so many forbidden pairs per person are listed; more are compared tile by tile."""

CLASS_PAIR_LIMIT = 4_000_000
"""Up to so many pairs of distinct sets are compared once and looked up afterwards."""


class Rule(Protocol):
    """A hard rule. Plug-ins are found among the entry points `rementor.rules`."""

    @property
    def code(self) -> str:
        """Stable name in explanations."""
        ...

    @property
    def sentence(self) -> str:
        """Why it forbids a pair, for people."""
        ...

    def terms(self, sides: Sides, parameters: Any) -> Sequence[Term]:
        """Return terms whose sum is 0 where the rule is kept, and more where it is broken.

        `parameters` are the program's `Rules`, for a plug-in its entry in `Rules.plugins`.
        No terms: the program does not use the rule.
        """
        ...


@dataclass(frozen=True)
class BuiltIn:
    """A rule that is a function."""

    code: str
    sentence: str
    compute: Callable[[Sides, Rules], Sequence[Term]]

    def terms(self, sides: Sides, parameters: Any) -> Sequence[Term]:
        """Return what the function says."""
        return self.compute(sides, parameters)


def _same_person(sides: Sides, rules: Rules) -> list[Term]:
    del rules
    return [_same(sides, lambda person: person.participant_id, sides.at_participant)]


def _reporting_line(sides: Sides, rules: Rules) -> list[Term]:
    levels = rules.reporting_line_levels
    return [_leads(sides, lambda person: person.managers[:levels])] if levels else []


def _former_manager(sides: Sides, rules: Rules) -> list[Term]:
    if not rules.former_manager:
        return []
    return [_leads(sides, lambda person: person.former_managers)]


def _same_team(sides: Sides, rules: Rules) -> list[Term]:
    if not rules.same_team:
        return []
    return [_same(sides, _team, (places(sides.mentors, _team), places(sides.mentees, _team)))]


def _team(person: Person) -> str | None:
    """Two people are on one team when it has one name, or else when they have one manager."""
    return person.team or (f"of {person.managers[0]}" if person.managers else None)


def _veto(sides: Sides, rules: Rules) -> list[Term]:
    del rules
    return [_named(sides, lambda person: person.vetoes)]


def _refused(sides: Sides, rules: Rules) -> list[Term]:
    del rules
    return [_named(sides, lambda person: person.refused)]


def _direction(sides: Sides, rules: Rules) -> list[Term]:
    match rules.direction:
        case None:
            return []
        case Direction.JOB_LEVEL:
            levels = [[person.job_level for person in side] for side in sides.both]
            return [by_class(lambda a, b: int(a is None or b is None or a >= b), *levels)]
        case Direction.TENURE:
            return [_not_hired_later(sides)]
        case Direction.SKILL:
            return [
                share_nothing(
                    [_skills(person.offered) for person in sides.mentors],
                    [_skills(person.wanted) for person in sides.mentees],
                )
            ]


def _skills(levels: Mapping[str, int]) -> frozenset[str]:
    return frozenset(skill for skill, level in levels.items() if level > 0)


def _not_hired_later(sides: Sides) -> Term:
    """A mentor with longer or equal tenure is no reverse mentor; an unknown date shows nothing."""
    first, last = date.min.toordinal(), date.max.toordinal()
    mentor = np.array([p.hired_on.toordinal() if p.hired_on else first for p in sides.mentors])
    mentee = np.array([p.hired_on.toordinal() if p.hired_on else last for p in sides.mentees])

    def not_later(rows: Index, cols: Index) -> Ints:
        return np.asarray(mentor[rows][:, None] <= mentee[cols]).view(np.int8)

    return Lookup(not_later, np.array([0, 1], np.int32), (mentor, mentee))


def _shared_language(sides: Sides, rules: Rules) -> list[Term]:
    if not rules.shared_language:
        return []
    mentors, mentees = sides.mentors, sides.mentees
    return [share_nothing([p.languages for p in mentors], [p.languages for p in mentees])]


def _minimum_shared_minutes(sides: Sides, rules: Rules) -> list[Term]:
    return [sides.time.below(rules.minimum_shared_minutes)] if rules.minimum_shared_minutes else []


def _mode(sides: Sides, rules: Rules) -> list[Term]:
    if not rules.mode:
        return []

    def cannot_meet(a: tuple[tuple[str, ...], str], b: tuple[tuple[str, ...], str]) -> int:
        (modes, place), (other_modes, other_place) = a, b
        if not modes and not other_modes:
            return 0
        shared = set(modes or other_modes) & set(other_modes or modes)
        together = bool(place) and place == other_place
        return int(not (shared - {IN_PERSON} or (shared and together)))

    ordered = {p.modes: tuple(sorted(p.modes)) for side in sides.both for p in side}
    ways = [[(ordered[p.modes], p.location or "") for p in side] for side in sides.both]
    return [by_class(cannot_meet, *ways)]


def _location(sides: Sides, rules: Rules) -> list[Term]:
    if not rules.location:
        return []
    places = [[person.location for person in side] for side in sides.both]
    return [by_class(lambda a, b: int(a is None or a != b), *places)]


def _consent(sides: Sides, rules: Rules) -> list[Term]:
    if not rules.consent:
        return []
    given = [[person.consented for person in side] for side in sides.both]
    return [by_class(lambda a, b: int(not (a and b)), *given)]


def _training(sides: Sides, rules: Rules) -> list[Term]:
    if not rules.training:
        return []
    done = [[person.trained for person in side] for side in sides.both]
    return [by_class(lambda a, b: int(not (a and b)), *done)]


def _leads(sides: Sides, managers: Callable[[Person], Iterable[str]]) -> Sparse:
    """Break the pairs in which one of the two is among the managers of the other."""
    mentors_of, mentees_of = sides.at_participant
    width = len(sides.mentees)
    pairs = [
        row * width + col
        for col, person in enumerate(sides.mentees)
        for manager in managers(person)
        for row in mentors_of.get(manager, ())
    ]
    pairs += [
        row * width + col
        for row, person in enumerate(sides.mentors)
        for manager in managers(person)
        for col in mentees_of.get(manager, ())
    ]
    return _broken(pairs, width)


def _named(sides: Sides, names: Callable[[Person], Iterable[str]]) -> Sparse:
    """Break the pairs in which one of the two named the other."""
    row_of, col_of = sides.at_id
    width = len(sides.mentees)
    pairs = [
        row * width + col_of[name]
        for row, person in enumerate(sides.mentors)
        for name in names(person)
        if name in col_of
    ]
    pairs += [
        row_of[name] * width + col
        for col, person in enumerate(sides.mentees)
        for name in names(person)
        if name in row_of
    ]
    return _broken(pairs, width)


def _same(
    sides: Sides,
    key: Callable[[Person], str | None],
    standing: tuple[Mapping[str, Sequence[int]], Mapping[str, Sequence[int]]],
) -> Term:
    """Break the pairs that have the same key; if they are many they are compared per tile.

    `standing` says where the people of each key stand (see `sides.places`).
    """
    at_rows, at_cols = standing
    shared = sorted(at_rows.keys() & at_cols.keys())
    few = SAME_KEY_LIMIT * (len(sides.mentors) + len(sides.mentees))
    if sum(len(at_rows[name]) * len(at_cols[name]) for name in shared) > few:
        number = {name: place for place, name in enumerate(shared)}
        mentor = np.array([number.get(key(person) or "", -1) for person in sides.mentors])
        mentee = np.array([number.get(key(person) or "", -2) for person in sides.mentees])

        def equal(rows: Index, cols: Index) -> Ints:
            return np.asarray(mentor[rows][:, None] == mentee[cols]).view(np.int8)

        return Lookup(equal, np.array([0, 1], np.int32), (mentor, mentee))
    standing_rows = np.array([row for name in shared for row in at_rows[name]], np.int32)
    standing_cols = np.array([col for name in shared for col in at_cols[name]], np.int32)
    height = np.array([len(at_rows[name]) for name in shared], np.int64)
    width = np.array([len(at_cols[name]) for name in shared], np.int64)
    stop = np.repeat(np.cumsum(width), height)
    wide = np.repeat(width, height)
    cols = standing_cols[ranges(stop - wide, stop)]
    return Sparse(np.repeat(standing_rows, wide), cols, np.ones(len(cols), np.int32))


def _broken(pairs: Sequence[int], width: int) -> Sparse:
    """Break pairs that are given as row * width + column; some may be given twice."""
    row, col = np.divmod(distinct(np.array(pairs, np.int64)), max(width, 1))
    return Sparse(row.astype(np.int32), col.astype(np.int32), np.ones(len(row), np.int32))


def share_nothing(
    mentors: Sequence[frozenset[str]], mentees: Sequence[frozenset[str]]
) -> Table | Lookup:
    """Return 1 where two people have nothing in common, 0 elsewhere."""
    ordered = {things: tuple(sorted(things)) for side in (mentors, mentees) for things in set(side)}
    row_class, row_sets = classify(ordered[things] for things in mentors)
    col_class, col_sets = classify(ordered[things] for things in mentees)
    shared = sorted(set().union(*row_sets) & set().union(*col_sets))
    left, right = _membership(row_sets, shared), _membership(col_sets, shared)
    if len(row_sets) * len(col_sets) <= CLASS_PAIR_LIMIT:
        return Table(row_class, col_class, (left @ right.T == 0).astype(np.int32))

    def nothing(rows: Index, cols: Index) -> Ints:
        return np.asarray(left[row_class[rows]] @ right[col_class[cols]].T == 0).view(np.int8)

    return Lookup(nothing, np.array([0, 1], np.int32), (row_class, col_class, left, right))


def _membership(sets: Sequence[tuple[str, ...]], things: Sequence[str]) -> Floats:
    place = {thing: number for number, thing in enumerate(things)}
    member = np.zeros((len(sets), len(things)), np.float32)
    for row, own in enumerate(sets):
        for thing in own:
            if thing in place:
                member[row, place[thing]] = 1
    return member


BUILT_IN: tuple[Rule, ...] = (
    BuiltIn("same_person", "Nobody mentors themselves.", _same_person),
    BuiltIn("reporting_line", "One of the two leads the other.", _reporting_line),
    BuiltIn("former_manager", "One of the two has led the other before.", _former_manager),
    BuiltIn("same_team", "The two work in one team.", _same_team),
    BuiltIn("veto", "One of the two asked not to be paired with the other.", _veto),
    BuiltIn("refused", "One of the two has declined the other before.", _refused),
    BuiltIn(
        "direction",
        "The mentor is not known to be junior to the mentee, or offers no skill they want.",
        _direction,
    ),
    BuiltIn("shared_language", "The two have no language in common.", _shared_language),
    BuiltIn(
        "minimum_shared_minutes",
        "The two share too few free hours a week after time zones.",
        _minimum_shared_minutes,
    ),
    BuiltIn("mode", "The two accept no common way to meet.", _mode),
    BuiltIn("location", "The two work in different places.", _location),
    BuiltIn("consent", "One of the two has not consented.", _consent),
    BuiltIn("training", "One of the two has not finished the training.", _training),
)
