"""Questionnaires as they are asked: built in or an organization's own, item by item."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Uuid, bindparam, column, select, tuple_, union_all, values
from sqlalchemy.orm import aliased

from app.kit.work import UnitOfWork
from app.programs.models import EnrollmentRole
from app.surveys.models import Audience, ItemFormat, Survey, SurveyOrigin
from app.surveys.scoring import ScaleItem

Pin = tuple[str, str, str]
"""Code, version and language: what a wave holds fast."""

ORGANIZATION = "organization"
NOBODYS = uuid.UUID(int=0)
PUBLISHED_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # before any survey of an organization


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `minimum` and `maximum` are None for a choice."""

    code: str
    text: str
    audience: Audience
    format: ItemFormat
    reverse: bool
    minimum: int | None
    maximum: int | None
    labels: dict[str, str]

    def asks(self, role: EnrollmentRole) -> bool:
        return self.audience.includes(role)

    def mistake_in(self, answer: int | str) -> tuple[str, str] | None:
        """Why this is no answer to the item, as (detail, code), or None when it is one."""
        if self.format is ItemFormat.CHOICE:
            if isinstance(answer, str) and answer in self.labels:
                return None
            return f"One of {', '.join(sorted(self.labels))}.", "not_an_option"
        if self.minimum is None or self.maximum is None or isinstance(answer, str):
            return "An integer.", "int_type"
        if not self.minimum <= answer <= self.maximum:
            return f"Between {self.minimum} and {self.maximum}.", "out_of_range"
        return None


@dataclass(frozen=True, slots=True)
class Scale:
    """Items that are scored together, or one choice."""

    code: str
    title: str
    items: tuple[Item, ...]

    def asked(self, role: EnrollmentRole) -> list[Item]:
        return [item for item in self.items if item.asks(role)]

    def rated(self, role: EnrollmentRole) -> list[ScaleItem]:
        """What scoring needs to know of the rating items this role is asked."""
        return [
            ScaleItem(item.code, item.minimum, item.maximum, item.reverse)
            for item in self.asked(role)
            if item.minimum is not None and item.maximum is not None
        ]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version of one survey in one language."""

    code: str
    version: str
    language: str
    title: str
    prefer_not_to_say: bool
    scales: tuple[Scale, ...]

    @property
    def pin(self) -> Pin:
        return self.code, self.version, self.language

    def items(self) -> Iterator[Item]:
        for scale in self.scales:
            yield from scale.items

    def shape(self) -> list[Any]:
        """All that must be alike in every language of a version."""
        return [
            (scale.code, [(i.code, i.audience, i.format, i.reverse, i.minimum, i.maximum,
                           sorted(i.labels)) for i in scale.items])
            for scale in self.scales
        ]  # fmt: skip


def questionnaire_of(row: Any) -> Questionnaire:
    """A row of `surveys`, or a constant in its form, as it is asked."""
    return Questionnaire(
        row.code,
        row.edition,
        row.language,
        row.title,
        row.prefer_not_to_say,
        tuple(
            Scale(scale["code"], scale["title"], tuple(_item(each) for each in scale["items"]))
            for scale in row.scales
        ),
    )


def _item(told: dict[str, Any]) -> Item:
    return Item(
        told["code"],
        told["text"],
        Audience(told["audience"]),
        ItemFormat(told["format"]),
        told["reverse"],
        told["min"],
        told["max"],
        told["labels"],
    )


def fixed_id(place: int) -> uuid.UUID:
    """A version 7 id, the same in every installation, that sorts before all ids given later."""
    milliseconds = int(PUBLISHED_AT.timestamp() * 1000)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | place)


def _read(file: str) -> list[dict[str, Any]]:
    told = json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    return [
        {
            "organization_id": NOBODYS,
            "id": fixed_id(place),
            "code": each["code"],
            "edition": each["version"],
            "language": each["language"],
            "title": each["title"],
            "origin": SurveyOrigin.ORIGINAL,
            "license": each["license"],
            "prefer_not_to_say": each["prefer_not_to_say"],
            "scales": each["scales"],
            "built_in": True,
            "created_at": PUBLISHED_AT,
            "updated_at": PUBLISHED_AT,
            "version": 1,
        }
        for place, each in enumerate(told["instruments"])
    ]


INSTRUMENTS = _read("instruments.json")
BUILT_IN: dict[Pin, Questionnaire] = {
    each.pin: each for each in (questionnaire_of(Survey(**row)) for row in INSTRUMENTS)
}
BUILT_IN_CODES = frozenset(code for code, _, _ in BUILT_IN)
"""Codes no survey of an organization may take."""


def _every_survey() -> type[Survey]:
    """The organization's surveys and the built-in ones, to be read as one table."""
    table = Survey.__table__
    rows = values(*(column(each.name, each.type) for each in table.c), name="built_in").data(
        [tuple(each[column.name] for column in table.c) for each in INSTRUMENTS]
    )
    own = select(*table.c).where(table.c.organization_id == bindparam(ORGANIZATION, type_=Uuid()))
    return aliased(Survey, union_all(own, select(rows.cte())).subquery("every_survey"))


EverySurvey = _every_survey()


def questionnaires(uow: UnitOfWork, pins: Sequence[Pin]) -> dict[Pin, Questionnaire]:
    """The questionnaires that exist among these pins."""
    found = {pin: BUILT_IN[pin] for pin in pins if pin in BUILT_IN}
    own = [pin for pin in pins if pin not in found]
    if own:
        rows = uow.rows.execute(
            select(Survey).where(
                Survey.organization_id == uow.organization_id,
                tuple_(Survey.code, Survey.edition, Survey.language).in_(own),
            )
        )
        found |= {each.pin: each for each in map(questionnaire_of, rows)}
    return found


def pins_of(surveys: Sequence[dict[str, Any]]) -> list[Pin]:
    """The pins of a wave, in the order they are asked."""
    return [(each["code"], each["version"], each["language"]) for each in surveys]


def pinned(uow: UnitOfWork, surveys: Sequence[dict[str, Any]]) -> list[Questionnaire]:
    """The questionnaires of a wave, in the order they are asked."""
    pins = pins_of(surveys)
    found = questionnaires(uow, pins)
    return [found[pin] for pin in pins]


def asked(surveys: Sequence[Questionnaire], role: EnrollmentRole) -> dict[str, Item]:
    """Every item a role is asked, by code."""
    return {item.code: item for each in surveys for item in each.items() if item.asks(role)}
