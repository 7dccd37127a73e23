"""The plain input: who takes part, which rules hold, and what a good pair is worth."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from app.matching.problem import ProblemInvalid

FULL_SCORE = 10_000
"""Points of a pair that is perfect by every criterion."""

GENERATION_SHARE_LIMIT = 5
"""Generation may carry at most one fifth of all points: a bounded, soft, self-declared term."""


class Role(StrEnum):
    """What a person is in this cohort."""

    MENTOR = "mentor"
    MENTEE = "mentee"


class Direction(StrEnum):
    """What makes a pair *reverse*: by what the mentor is junior to the mentee, or ahead of them."""

    JOB_LEVEL = "job_level"
    TENURE = "tenure"
    SKILL = "skill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One enrollment as the engine sees it. What is not known stays at its default.

    `capacity` is the number of partners wanted: a mentor's places, a mentee's demand.
    `availability` holds one 672-bit number per offset regime (see `availability.py`): bit q is
    set when the person is free in the q-th quarter-hour of a UTC week that starts on Monday.
    `managers` and `former_managers` hold participant ids, the nearest manager first.
    `wishes`, `vetoes` and `refused` hold enrollment ids of the other side, the dearest first.
    """

    id: str
    role: Role
    participant_id: str = ""
    capacity: int = 1
    job_level: int | None = None
    hired_on: date | None = None
    department: str | None = None
    team: str | None = None
    managers: tuple[str, ...] = ()
    former_managers: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    location: str | None = None
    modes: frozenset[str] = frozenset()
    availability: tuple[int, ...] = ()
    utc_offset_minutes: int | None = None
    offered: Mapping[str, int] = field(default_factory=dict)
    wanted: Mapping[str, int] = field(default_factory=dict)
    aspirations: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    communication_preference: str | None = None
    generation: str | None = None
    wishes: tuple[str, ...] = ()
    vetoes: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    consented: bool = True
    trained: bool = True
    waitlisted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The hard rules of a program: what no pair may break.

    A rule that cannot be shown to hold does not hold: with `direction` by job level, a person
    without a level has no partner, and the diagnosis says so. Vetoes, earlier refusals and
    "nobody mentors themselves" always hold. `plugins` gives plug-in rules their parameters.
    """

    reporting_line_levels: int = 2
    same_team: bool = True
    former_manager: bool = True
    direction: Direction | None = Direction.JOB_LEVEL
    shared_language: bool = True
    minimum_shared_minutes: int = 60
    mode: bool = True
    location: bool = False
    consent: bool = True
    training: bool = False
    plugins: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a good pair is made of: the relative weight of every criterion, integers >= 0.

    The ten thousand points of a perfect pair are shared out in proportion, so that
    `Weights(skill_fit=3, values=1, ...)` and three hundred times that mean the same program.
    `plugins` weighs plug-in criteria by their code.
    """

    skill_fit: int = 3400
    aspirations: int = 800
    mentor_growth: int = 1000
    interests: int = 700
    values: int = 1100
    communication: int = 400
    shared_time: int = 800
    cross_function: int = 500
    mentee_wishes: int = 600
    mentor_wishes: int = 500
    time_zone: int = 200
    generation: int = 0
    plugins: Mapping[str, int] = field(default_factory=dict)

    def by_code(self) -> dict[str, int]:
        """Return the weight of every criterion, built in and plugged in."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "plugins"}
        return own | dict(self.plugins)

    def points(self) -> dict[str, int]:
        """Share out `FULL_SCORE` points by largest remainder: integers that add up exactly.

        Raises `ProblemInvalid` (`weight-negative`, `weight-generation`).
        """
        weights = self.by_code()
        for code, weight in weights.items():
            if weight < 0:
                raise ProblemInvalid(
                    "weight-negative", f"The weight of {code} is {weight!r}; it must be 0 or more."
                )
        total = sum(weights.values())
        if total == 0:
            return dict.fromkeys(weights, 0)
        if weights["generation"] * GENERATION_SHARE_LIMIT > total:
            raise ProblemInvalid(
                "weight-generation", "Generation may carry at most 20 % of the total weight."
            )
        points = {code: FULL_SCORE * weight // total for code, weight in weights.items()}
        rest = {code: FULL_SCORE * weight % total for code, weight in weights.items()}
        by_remainder = sorted(weights, key=lambda code: (-rest[code], code))
        for code in by_remainder[: FULL_SCORE - sum(points.values())]:
            points[code] += 1
        return points
