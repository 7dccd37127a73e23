"""What a match run was asked, as plain values: frozen with the run, and thawed to replay it."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from app.matching.features import to_problem
from app.matching.people import Person, Role, Rules, Weights
from app.matching.problem import MatchingProblem, Objective, Pin
from app.matching.registry import load_criteria, load_rules


@dataclass(frozen=True)
class FrozenInput:
    """People, rules and wishes of a cohort at one moment: everything a result depends on."""

    mentors: tuple[Person, ...]
    mentees: tuple[Person, ...]
    rules: Rules
    weights: Weights
    objective: Objective
    seed: int
    pins: tuple[Pin, ...] = ()
    previous: tuple[tuple[str, str], ...] = ()
    calm: int = 300
    """Points that keeping a pair of `previous` is worth."""

    def to_problem(self) -> MatchingProblem:
        """The problem a matcher works on. Raises the engine's ProblemInvalid, MatcherFailed."""
        return to_problem(
            self.mentors,
            self.mentees,
            self.rules,
            self.weights,
            objective=self.objective,
            seed=self.seed,
            pins=self.pins,
            previous=self.previous,
            stability_bonus=self.calm,
            # looking for plug-ins reads the metadata of every package: only where one is asked for
            plugin_criteria=load_criteria() if self.weights.plugins else {},
            plugin_rules=load_rules() if self.rules.plugins else {},
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, the same for the same input on every machine."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    @staticmethod
    def from_json(plain: dict[str, Any]) -> "FrozenInput":
        return _FROZEN.validate_python(plain)

    def digest(self) -> str:
        return digest_of(self.to_json())


def digest_of(plain: dict[str, Any]) -> str:
    """The digest of an input in plain values."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


_FROZEN = TypeAdapter(FrozenInput)
_NOBODY = Person(id="", role=Role.MENTOR)
_UNTOLD = {
    each.name: getattr(_NOBODY, each.name)
    for each in fields(Person)
    if each.name not in ("id", "role")
}
"""What a person is taken to be where nothing is known."""


def _plain(value: Any) -> Any:
    """Sets in order, dates as text, people without what is not known of them."""
    if isinstance(value, Person | Pin | Rules | Weights):
        told = {each.name: getattr(value, each.name) for each in fields(value)}
        if isinstance(value, Person):
            told = {name: each for name, each in told.items() if each != _UNTOLD.get(name)}
        return {name: _plain(each) for name, each in told.items()}
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in sorted(value)}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, dt.date) else value
