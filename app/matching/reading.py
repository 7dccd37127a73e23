"""Reads a JSON document into a matching problem, and says where it cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from app.matching.availability import availability_bits, offset_regimes, utc_offset_minutes
from app.matching.blocks import GivenEdges, GivenMatrix
from app.matching.features import to_problem
from app.matching.people import Direction, Person, Role, Rules, Weights
from app.matching.plain import (
    choice,
    day,
    each,
    flag,
    invalid,
    items,
    members,
    pair,
    text,
    texts,
    whole,
)
from app.matching.problem import (
    FORBIDDEN,
    MAX_SCORE,
    Ints,
    MatchingProblem,
    Objective,
    Pin,
)
from app.matching.registry import load_criteria, load_rules

COMMON = frozenset({"objective", "seed", "pins", "previous", "stability_bonus", "floors"})
EXPLICIT = COMMON | {"mentors", "mentees", "scores", "edges"}
WITH_PEOPLE = COMMON | {"mentors", "mentees", "rules", "weights", "starts_on", "ends_on"}
NO_MORE_THAN = 1_000_000
"""Of places, seeds and the like: enough for anything real."""


def read_problem(document: Any, objective: str | None = None) -> MatchingProblem:
    """Read a document with explicit scores or with people; `objective` overrides its own.

    Raises `ProblemInvalid`: `document-invalid` names the place in the document.
    """
    explicit = isinstance(document, dict) and ("scores" in document or "edges" in document)
    found = members(document, "document", EXPLICIT if explicit else WITH_PEOPLE)
    for side in ("mentors", "mentees"):
        if side not in found:
            raise invalid(side, "is missing")
    wanted = found.get("objective", Objective.PARTICIPATION) if objective is None else objective
    bonus = found.get("stability_bonus", 300)
    common = {
        "objective": choice(wanted, "objective", Objective),
        "seed": whole(found.get("seed", 0), "seed", 0, NO_MORE_THAN),
        "pins": tuple(each(found, "pins", _pin)),
        "previous": tuple(sorted(set(each(found, "previous", pair)))),
        "stability_bonus": whole(bonus, "stability_bonus", 0, MAX_SCORE),
    }
    if "floors" in found:
        common["floors"] = tuple(each(found, "floors", _floor))
    return _explicit(found, common) if explicit else _with_people(found, common)


def _explicit(found: Mapping[str, Any], common: Mapping[str, Any]) -> MatchingProblem:
    mentors, capacities = _places(found, "mentors", "capacity")
    mentees, demands = _places(found, "mentees", "demand")
    if ("scores" in found) == ("edges" in found):
        raise invalid("document", "gives either scores or edges")
    shape = len(mentors), len(mentees)
    row_order = sorted(range(shape[0]), key=mentors.__getitem__)
    col_order = sorted(range(shape[1]), key=mentees.__getitem__)
    sorted_mentors = tuple(mentors[k] for k in row_order)
    sorted_mentees = tuple(mentees[k] for k in col_order)
    scores: GivenMatrix | GivenEdges
    if "scores" in found:
        scores = GivenMatrix(_matrix(found, shape)[np.ix_(row_order, col_order)])
    else:
        row_of = {name: row for row, name in enumerate(sorted_mentors)}
        col_of = {name: col for col, name in enumerate(sorted_mentees)}
        edges = each(found, "edges", partial(_edge, row_of=row_of, col_of=col_of))
        table = np.array(edges, np.int64).reshape(-1, 3)
        scores = GivenEdges(table[:, 0], table[:, 1], table[:, 2], shape)
    return MatchingProblem(
        mentors=sorted_mentors,
        mentees=sorted_mentees,
        capacities=np.array([capacities[k] for k in row_order], np.int64),
        demands=np.array([demands[k] for k in col_order], np.int64),
        scores=scores,
        **common,
    )


def _places(found: Mapping[str, Any], side: str, member: str) -> tuple[list[str], list[int]]:
    known = each(found, side, partial(members, known=frozenset({"id", member})))
    ids = [text(person.get("id"), f"{side}[{k}].id") for k, person in enumerate(known)]
    places = [
        whole(person.get(member, 1), f"{side}[{k}].{member}", 0, NO_MORE_THAN)
        for k, person in enumerate(known)
    ]
    _no_repeats(ids, side)
    return ids, places


def _no_repeats(ids: Sequence[str], side: str) -> None:
    if len(set(ids)) != len(ids):
        raise invalid(side, "names somebody twice")


def _matrix(found: Mapping[str, Any], shape: tuple[int, int]) -> Ints:
    lines = items(found.get("scores", []), "scores")
    if len(lines) != shape[0]:
        raise invalid("scores", f"has {len(lines)} rows for {shape[0]} mentors")
    matrix = np.full(shape, FORBIDDEN, np.int64)
    for row, line in enumerate(lines):
        if not isinstance(line, list) or len(line) != shape[1]:
            raise invalid(f"scores[{row}]", f"is no list of {shape[1]} scores")
        for col, score in enumerate(line):
            if score is not None:
                matrix[row, col] = whole(score, f"scores[{row}][{col}]", 0, MAX_SCORE)
    return matrix


def _edge(
    edge: Any, where: str, row_of: Mapping[str, int], col_of: Mapping[str, int]
) -> tuple[int, int, int]:
    if not isinstance(edge, list) or len(edge) != 3:
        raise invalid(where, "is no [mentor, mentee, score]")
    mentor, mentee = pair(edge[:2], where)
    if mentor not in row_of or mentee not in col_of:
        raise invalid(where, "names somebody who is not listed")
    return row_of[mentor], col_of[mentee], whole(edge[2], f"{where}[2]", 0, MAX_SCORE)


def _with_people(found: Mapping[str, Any], common: Mapping[str, Any]) -> MatchingProblem:
    regimes = _regimes(found)
    sides = {
        role: each(found, f"{role}s", partial(_person, role=role, regimes=regimes)) for role in Role
    }
    for role, people in sides.items():
        _no_repeats([person.id for person in people], f"{role}s")
    rules, weights = _rules(found.get("rules", {})), _weights(found.get("weights", {}))
    return to_problem(
        sides[Role.MENTOR],
        sides[Role.MENTEE],
        rules,
        weights,
        plugin_criteria=load_criteria() if weights.plugins else None,
        plugin_rules=load_rules() if rules.plugins else None,
        **common,
    )


def _regimes(found: Mapping[str, Any]) -> tuple[date, ...]:
    """Return the stretches of time in which no offset changes, for all zones of the document."""
    zones = {
        person["time_zone"]
        for side in ("mentors", "mentees")
        for person in items(found.get(side), side)
        if isinstance(person, dict) and isinstance(person.get("time_zone"), str)
    }
    starts = day(found.get("starts_on", "2026-01-01"), "starts_on")
    ends = day(found.get("ends_on", starts.isoformat()), "ends_on")
    if not 0 <= (ends - starts).days <= 3660:
        raise invalid("ends_on", "must follow starts_on within ten years")
    try:
        return offset_regimes(zones, starts, ends)
    except (KeyError, ValueError, OSError) as error:
        raise invalid("time_zone", f"names no time zone: {error}") from error


SETS = frozenset({
    "former_managers", "languages", "modes", "aspirations", "topics", "interests", "values",
    "vetoes", "refused",
})  # fmt: skip
TEXTS = frozenset({
    "participant_id", "department", "team", "location", "communication_preference", "generation",
})  # fmt: skip
ORDERED = frozenset({"managers", "wishes"})
LEVELS = frozenset({"offered", "wanted"})
FLAGS = frozenset({"consented", "trained", "waitlisted"})
OWN = frozenset({"id", "capacity", "demand", "job_level", "hired_on", "availability", "time_zone"})
PERSON = SETS | TEXTS | ORDERED | LEVELS | FLAGS | OWN


def _person(value: Any, where: str, role: Role, regimes: Sequence[date]) -> Person:
    known = members(value, where, PERSON)
    plain: dict[str, Any] = {}
    for name, given in known.items():
        at = f"{where}.{name}"
        if name in SETS:
            plain[name] = frozenset(texts(given, at))
        elif name in ORDERED:
            plain[name] = tuple(texts(given, at))
        elif name in TEXTS:
            plain[name] = text(given, at)
        elif name in LEVELS:
            plain[name] = _levels(given, at)
        elif name in FLAGS:
            plain[name] = flag(given, at)
    if "job_level" in known:
        plain["job_level"] = whole(known["job_level"], f"{where}.job_level", -1000, 1000)
    if "hired_on" in known:
        plain["hired_on"] = day(known["hired_on"], f"{where}.hired_on")
    places = known.get("capacity", known.get("demand", 1))
    plain["capacity"] = whole(places, f"{where}.capacity", 0, NO_MORE_THAN)
    zone = text(known.get("time_zone", "UTC"), f"{where}.time_zone")
    plain["utc_offset_minutes"] = utc_offset_minutes(zone, regimes[0])
    windows = known.get("availability")
    if windows is not None:
        try:
            plain["availability"] = availability_bits(_windows(windows, where), zone, regimes)
        except ValueError as error:
            raise invalid(f"{where}.availability", str(error)) from error
    name = text(known.get("id"), f"{where}.id")
    return Person(id=name, role=role, **plain)


def _windows(value: Any, where: str) -> list[tuple[int, str, str]]:
    where = f"{where}.availability"
    windows = []
    for k, window in enumerate(items(value, where)):
        if not isinstance(window, list) or len(window) != 3:
            raise invalid(f"{where}[{k}]", 'is no [weekday, "HH:MM", "HH:MM"]')
        start, end = (text(clock, f"{where}[{k}]") for clock in window[1:])
        windows.append((whole(window[0], f"{where}[{k}][0]", 0, 6), start, end))
    return windows


def _levels(value: Any, where: str) -> dict[str, int]:
    if not isinstance(value, dict):
        raise invalid(where, "is no object of levels")
    return {name: whole(level, f"{where}.{name}", 0, 100) for name, level in value.items()}


def _rules(value: Any) -> Rules:
    known = dict(members(value, "rules", frozenset(f.name for f in fields(Rules))))
    for name, given in known.items():
        where = f"rules.{name}"
        if name == "direction":
            known[name] = None if given is None else choice(given, where, Direction)
        elif name == "plugins":
            known[name] = dict(members(given, where, None))
        elif name in ("reporting_line_levels", "minimum_shared_minutes"):
            known[name] = whole(given, where, 0, 100_000)
        else:
            known[name] = flag(given, where)
    return Rules(**known)


def _weights(value: Any) -> Weights:
    known = dict(members(value, "weights", frozenset(f.name for f in fields(Weights))))
    plugins = members(known.pop("plugins", {}), "weights.plugins", None)
    own = {name: whole(w, f"weights.{name}", 0, MAX_SCORE) for name, w in known.items()}
    return Weights(
        **own,
        plugins={n: whole(w, f"weights.plugins.{n}", 0, MAX_SCORE) for n, w in plugins.items()},
    )


def _pin(value: Any, where: str) -> Pin:
    if isinstance(value, list):
        return Pin(*pair(value, where))
    known = members(value, where, frozenset({"mentor", "mentee", "override"}))
    return Pin(
        text(known.get("mentor"), f"{where}.mentor"),
        text(known.get("mentee"), f"{where}.mentee"),
        override=flag(known.get("override", False), f"{where}.override"),
    )


def _floor(value: Any, where: str) -> int:
    return whole(value, where, 1, MAX_SCORE)
