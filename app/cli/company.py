"""The demo's company: its roster, how HR's columns are named, and how people answer."""

import csv
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROSTER = Path(__file__).with_name("roster.csv")
LEVELS = {
    "IC1": "1", "IC2": "2", "IC3": "3", "IC4": "4", "IC5": "5", "M1": "5", "M2": "6", "D1": "7",
    "D2": "8", "VP": "9", "CEO": "10",
}  # fmt: skip
STATUSES = {"Active": "active", "On leave": "on_leave", "Terminated": "left"}
MAPPING: dict[str, dict[str, Any]] = {
    "external_id": {"column": "Worker ID"},
    "given_name": {"column": "Given name"},
    "family_name": {"column": "Family name"},
    "preferred_name": {"column": "Preferred name"},
    "work_email": {"column": "Work email"},
    "job_title": {"column": "Job title"},
    "job_level": {"column": "Level", "values": LEVELS},
    "department": {"column": "Department"},
    "location": {"column": "Location"},
    "time_zone": {"column": "Time zone"},
    "languages": {"column": "Languages", "separator": ";"},
    "manager_external_id": {"column": "Manager ID"},
    "hired_on": {"column": "Hire date"},
    "career_stage": {"column": "Career stage"},
    "employment_status": {"column": "Status", "values": STATUSES},
}


@dataclass(frozen=True)
class Colleague:
    """One row of the roster, as far as the story needs it."""

    external_id: str
    email: str
    role: str | None
    offered: dict[str, int]
    wanted: dict[str, int]
    interests: list[str]


def colleagues() -> list[Colleague]:
    """Everybody who works here now."""
    with ROSTER.open(encoding="utf-8", newline="") as file:
        return [
            Colleague(
                row["Worker ID"],
                row["Work email"],
                row["Mentoring"] or None,
                _levels(row["Offers"]),
                _levels(row["Wants"]),
                [word.strip() for word in row["Interests"].split(";") if word.strip()],
            )
            for row in csv.DictReader(file)
            if row["Status"] == "Active"
        ]


def _levels(text: str) -> dict[str, int]:
    """`2.4:6; 3.1:7` as DigComp codes with their levels."""
    pairs = (part.split(":") for part in text.split(";") if part.strip())
    return {f"digcomp:{code.strip()}": int(level) for code, level in pairs}


class Temper:
    """How the company's people answer: drawn once, always the same."""

    def __init__(self) -> None:
        self._dice = random.Random(2026)  # noqa: S311  a story, not a secret

    def chance(self, share: float) -> bool:
        return self._dice.random() < share

    def level(self, middle: float) -> int:
        """A level of 0 to 8 about a middle."""
        return max(0, min(8, round(self._dice.gauss(middle, 0.8))))

    def answer(self, item: dict[str, Any], mood: float) -> int | str | None:
        """An answer to one item; `mood` is the share of agreement, 0 to 1."""
        if self.chance(0.03):
            return None
        if item["format"] == "choice":
            return str(self._dice.choice(sorted(item["labels"])))
        low, high = item["min"], item["max"]
        agrees = 1 - mood if item["reverse"] else mood
        drawn = low + (high - low) * self._dice.gauss(agrees, 0.22)
        return int(max(low, min(high, round(drawn))))

    def some(self, things: list[Any], count: int) -> list[Any]:
        return self._dice.sample(things, min(count, len(things)))
