"""A program as a flat list of things with facts: what documents and the database both become."""

import calendar
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.blueprints.document import Blueprint
from app.blueprints.models import BlueprintPart
from app.blueprints.pieces import (
    BlueprintCohort,
    BlueprintCohortDefaults,
    BlueprintGoal,
    BlueprintStatement,
    BlueprintWave,
)
from app.blueprints.reading import Path
from app.programs.planning import usual_end
from app.programs.schemas import CohortDesign

Facts = dict[str, Any]
Place = tuple[BlueprintPart, str | None, str]
"""What, the key of the cohort it belongs to, its own key: by which two sides find each other."""

Pin = tuple[str, str, str]
"""Code, version and language of a questionnaire."""
Named = tuple[BlueprintPart, str | None, str]
"""What, the key of its cohort, its name."""

SHAPE = tuple(BlueprintCohortDefaults.model_fields)
"""The facts of a cohort that a program has defaults for."""
EVERY_DAY = dt.date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a program, as a document wants it or as it is."""

    what: BlueprintPart
    key: str
    facts: Facts
    """JSON values by name; what both sides say the same way."""
    within: str | None = None
    """Key of the cohort it belongs to."""
    name: str = ""
    """What people call it."""
    path: Path = ()
    """Where it stands in the document."""
    id: uuid.UUID | None = None
    state: str = ""
    """Its status, where it is there already."""
    keyed: bool = True
    """Whether its key is stored; else it was made up from the name."""
    over: bool = False
    """History: it is not part of what is planned from here on."""

    @property
    def place(self) -> Place:
        return self.what, self.within, self.key


@dataclass(frozen=True)
class Asked:
    """What a document names, before any date is worked out."""

    names: Mapping[Named, str]
    """The key it gives to what people call so."""
    frameworks: frozenset[str]
    questionnaires: frozenset[Pin]


NOTHING = Asked({}, frozenset(), frozenset())


def asked_of(document: Blueprint) -> Asked:
    names: dict[Named, str] = {
        (BlueprintPart.PROGRAM, None, document.program.name): document.program.key,
        **{(BlueprintPart.GOAL, None, each.title): each.key for each in document.goals},
    }
    for cohort in document.cohorts:
        names[BlueprintPart.COHORT, None, cohort.name] = cohort.key
        names |= {(BlueprintPart.GOAL, cohort.key, each.title): each.key for each in cohort.goals}
        names |= {
            (BlueprintPart.SURVEY_WAVE, cohort.key, each.title): each.key for each in cohort.surveys
        }
    return Asked(
        names,
        frozenset(each.code for each in document.frameworks),
        frozenset((each.code, each.version, each.language) for each in document.questionnaires),
    )


def usual_shape(defaults: Mapping[str, Any]) -> Facts:
    """What a cohort of a program has unless it says otherwise."""
    usual = CohortDesign(name="-", starts_on=EVERY_DAY).model_dump(mode="json", include={*SHAPE})
    return {**usual, **defaults}


def things_of(
    document: Blueprint, today: dt.date, started: Callable[[str], dt.date | None]
) -> list[Thing]:
    """What a document wants, every date worked out.

    `started` knows the start of a cohort that is planned already, by its key. Raises Invalid.
    """
    program = document.program
    defaults = _given(program.cohort_defaults.model_dump(mode="json"))
    found = [
        *(
            Thing(
                BlueprintPart.FRAMEWORK, each.code, each.model_dump(mode="json", exclude={"code"}),
                name=each.title, path=("frameworks", n),
            )
            for n, each in enumerate(document.frameworks)
        ),
        *(
            Thing(
                BlueprintPart.QUESTIONNAIRE, f"{each.code} {each.version} {each.language}",
                each.model_dump(mode="json", exclude={"code", "version", "language"}),
                name=each.title, path=("questionnaires", n),
            )
            for n, each in enumerate(document.questionnaires)
        ),
        Thing(
            BlueprintPart.PROGRAM, program.key,
            {
                "name": program.name,
                "purpose": program.purpose,
                "metadata": dict(program.metadata),
                "objective": str(program.matching.objective),
                "rules": dict(program.matching.rules),
                "weights": dict(program.matching.weights),
                "cohort_defaults": defaults,
            },
            name=program.name, path=("program",),
        ),
        *(
            _goal(each, None, each.due_on, ("goals", n))
            for n, each in enumerate(document.goals)
        ),
        *_statement(document.statement, None, ("statement",)),
        *(
            Thing(
                BlueprintPart.TRAINING_MODULE, each.key,
                {**each.model_dump(mode="json", exclude={"key"}), "position": n + 1},
                name=each.title, path=("training", n),
            )
            for n, each in enumerate(document.training)
        ),
        *(
            Thing(
                BlueprintPart.MESSAGE_TEMPLATE, each.key,
                each.model_dump(mode="json", exclude={"key"}),
                name=each.key, path=("messages", n),
            )
            for n, each in enumerate(document.messages)
        ),
    ]  # fmt: skip
    for n, cohort in enumerate(document.cohorts):
        found += _Dated(document, cohort, ("cohorts", n), today, started).things(defaults)
    return sorted(
        found, key=lambda each: list(BlueprintPart).index(each.what) if not each.within else 99
    )


def _given(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if value is not None}


def _goal(goal: BlueprintGoal, within: str | None, due_on: dt.date | None, path: Path) -> Thing:
    facts = goal.model_dump(mode="json", exclude={"key", "due_on", "due_after_days"})
    facts["due_on"] = None if due_on is None else due_on.isoformat()
    return Thing(BlueprintPart.GOAL, goal.key, facts, within, goal.title, path)


def _statement(statement: BlueprintStatement | None, within: str | None, path: Path) -> list[Thing]:
    if statement is None:
        return []
    facts = statement.model_dump(mode="json")
    return [Thing(BlueprintPart.STATEMENT, "statement", facts, within, "", path)]


@dataclass(frozen=True)
class _Dated:
    """A cohort of a document, whose dates hang on its start."""

    document: Blueprint
    cohort: BlueprintCohort
    path: Path
    today: dt.date
    started: Callable[[str], dt.date | None]

    def things(self, defaults: Facts) -> list[Thing]:
        cohort = self.cohort
        starts_on = self._start()
        shape = {
            **usual_shape(defaults),
            **_given(cohort.model_dump(mode="json", include={*SHAPE})),
        }
        facts = {
            "name": cohort.name,
            "starts_on": starts_on.isoformat(),
            "ends_on": self._end(starts_on, shape).isoformat(),
            **shape,
            "milestones": [
                {
                    "name": each.name,
                    "due_on": (
                        each.due_on
                        or self._after(starts_on, each.after_days, "milestones", n, "after_days")
                    ).isoformat(),
                }
                for n, each in enumerate(cohort.milestones)
            ],
            "metadata": dict(cohort.metadata),
        }
        key = cohort.key
        return [
            Thing(BlueprintPart.COHORT, key, facts, None, cohort.name, self.path),
            *(
                _goal(
                    each, key,
                    each.due_on
                    if each.due_after_days is None
                    else self._after(starts_on, each.due_after_days, "goals", n, "due_after_days"),
                    (*self.path, "goals", n),
                )
                for n, each in enumerate(cohort.goals)
            ),
            *_statement(cohort.statement, key, (*self.path, "statement")),
            *(self._wave(each, starts_on, n) for n, each in enumerate(cohort.surveys)),
        ]  # fmt: skip

    def _start(self) -> dt.date:
        if self.cohort.starts_on is not None:
            return self.cohort.starts_on
        stands = self.started(self.cohort.key)
        return stands or self._after(self.today, self.cohort.starts_in_days, "starts_in_days")

    def _end(self, starts_on: dt.date, shape: Facts) -> dt.date:
        ends_on = self.cohort.ends_on
        if self.cohort.lasts_months is not None:
            ends_on = self._months_on(starts_on, self.cohort.lasts_months)
        if ends_on is None:
            ends_on = usual_end(
                starts_on, shape["planned_meetings_count"], shape["meeting_every_days"]
            )
        if ends_on <= starts_on:
            raise self.document.invalid(
                (*self.path, "ends_on"), "A cohort ends after it starts.", "ends_before_start"
            )
        return ends_on

    def _wave(self, wave: BlueprintWave, starts_on: dt.date, n: int) -> Thing:
        opens_at, closes_at = wave.opens_at, wave.closes_at
        if opens_at is None:
            opens_on = self._after(
                starts_on, wave.opens_after_days, "surveys", n, "opens_after_days"
            )
            opens_at = dt.datetime.combine(opens_on, dt.time(), dt.UTC)
        if closes_at is None:
            closes_on = self._after(
                opens_at.date(), wave.open_for_days, "surveys", n, "open_for_days"
            )
            closes_at = dt.datetime.combine(closes_on, opens_at.timetz())
        if closes_at <= opens_at:
            raise self.document.invalid(
                (*self.path, "surveys", n),
                "A wave closes after it opens.",
                "closes_before_it_opens",
            )
        facts = {
            "title": wave.title,
            "moment": str(wave.moment),
            "mode": str(wave.mode),
            "audience": str(wave.audience),
            "questionnaires": [each.model_dump(mode="json") for each in wave.questionnaires],
            "opens_at": instant(opens_at),
            "closes_at": instant(closes_at),
        }
        path = (*self.path, "surveys", n)
        return Thing(BlueprintPart.SURVEY_WAVE, wave.key, facts, self.cohort.key, wave.title, path)

    def _after(self, day: dt.date, days: int | None, *where: str | int) -> dt.date:
        try:
            return day + dt.timedelta(days=days or 0)
        except OverflowError as wrong:
            told = "This day lies beyond the calendar."
            raise self.document.invalid((*self.path, *where), told, "date_overflow") from wrong

    def _months_on(self, day: dt.date, months: int) -> dt.date:
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        if year > dt.MAXYEAR:
            told = "This day lies beyond the calendar."
            raise self.document.invalid((*self.path, "lasts_months"), told, "date_overflow")
        last = calendar.monthrange(year, month + 1)[1]
        return dt.date(year, month + 1, min(day.day, last))


def instant(moment: dt.datetime) -> str:
    """A moment as documents say it: in UTC, with a Z."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def document_of(things: list[Thing]) -> Blueprint:
    """The document of these things. Raises ValidationError where no document holds them."""
    (program,) = (each for each in things if each.what is BlueprintPart.PROGRAM)
    facts = program.facts
    whole = {
        "format": "rementor/v1",
        "program": {
            "key": program.key,
            **{name: facts[name] for name in ("name", "purpose", "metadata", "cohort_defaults")},
            "matching": {name: facts[name] for name in ("objective", "rules", "weights")},
        },
        "frameworks": [
            {"code": each.key, **each.facts}
            for each in things
            if each.what is BlueprintPart.FRAMEWORK
        ],
        "questionnaires": [
            {
                **dict(zip(("code", "version", "language"), each.key.split(), strict=True)),
                **each.facts,
            }
            for each in things
            if each.what is BlueprintPart.QUESTIONNAIRE
        ],
        **_goals_in(things, None),
        "training": _listed(things, BlueprintPart.TRAINING_MODULE, None, "position"),
        "messages": _listed(things, BlueprintPart.MESSAGE_TEMPLATE, None),
        "cohorts": [
            {
                "key": each.key,
                **_unusual(each.facts, facts["cohort_defaults"]),
                **_goals_in(things, each.key),
                "surveys": _listed(things, BlueprintPart.SURVEY_WAVE, each.key),
            }
            for each in things
            if each.what is BlueprintPart.COHORT
        ],
    }
    return Blueprint.model_validate(whole, strict=False)


def _listed(
    things: list[Thing], what: BlueprintPart, within: str | None, *without: str
) -> list[Facts]:
    return [
        {"key": each.key, **{k: v for k, v in each.facts.items() if k not in without}}
        for each in things
        if each.what is what and each.within == within
    ]


def _goals_in(things: list[Thing], within: str | None) -> Facts:
    statements = [
        each.facts
        for each in things
        if each.what is BlueprintPart.STATEMENT and each.within == within
    ]
    return {
        "goals": _listed(things, BlueprintPart.GOAL, within),
        "statement": statements[0] if statements else None,
    }


def _unusual(facts: Facts, defaults: Facts) -> Facts:
    """A cohort without what it would have anyway."""
    usual = usual_shape(defaults)
    return {name: value for name, value in facts.items() if usual.get(name, ...) != value}


def plain(document: Blueprint) -> Any:
    """The values of a document as they are written: nothing that is as it would be anyway."""
    return _whole_numbers(document.model_dump(mode="json", exclude_defaults=True))


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole_numbers(each) for name, each in value.items()}
    return [_whole_numbers(each) for each in value] if isinstance(value, list) else value
