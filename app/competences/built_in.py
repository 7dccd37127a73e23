"""The frameworks that come with the product: every organization has them, nobody copies them.

They are no rows. What refers to a competence keeps its code, so a framework needs no row of the
organization's; lists read the built-in ones as constants beside the organization's own.
"""

import datetime as dt
import json
import uuid
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Uuid,
    bindparam,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from app.competences.models import Competence, Framework
from app.kit.database import Base, Record

NOBODYS = uuid.UUID(int=0)
PUBLISHED_AT = dt.datetime(2022, 3, 17, tzinfo=dt.UTC)  # DigComp 2.2; older than any own framework
ORGANIZATION = "organization"

R = TypeVar("R", bound=Record)


def fixed_id(place: int) -> uuid.UUID:
    """A version 7 id, the same in every installation, that sorts before all given later."""
    milliseconds = int(PUBLISHED_AT.timestamp() * 1000)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | place)


def _read(file: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    told = json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    common = {
        "organization_id": NOBODYS,
        "created_at": PUBLISHED_AT,
        "updated_at": PUBLISHED_AT,
        "version": 1,
        "retired_at": None,
    }
    found = [
        {
            **common,
            "framework_id": fixed_id(0),
            "code": f"{told['code']}:{each['code']}",
            "area": area["title"],
            "title": each["title"],
            "description": None,
            "levels": told["levels"],
            "highest_level": len(told["levels"]),
        }
        for area in told["areas"]
        for each in area["competences"]
    ]
    for place, each in enumerate(found, start=1):
        each["id"] = fixed_id(place)
    framework = {
        **common,
        "id": fixed_id(0),
        "framework_version": told["version"],
        "built_in": True,
        "competences_count": len(found),
        **{
            key: told[key] for key in ("code", "title", "language", "url", "license", "attribution")
        },
    }
    return framework, found


DIGCOMP, COMPETENCES = _read("digcomp.json")
CODES = frozenset({DIGCOMP["code"]})
"""Codes no framework of an organization may take."""


def _beside_own(kind: type[R], constants: list[dict[str, Any]]) -> type[R]:
    """The rows of the organization and the constants, to be read as one table."""
    table = Base.metadata.tables[kind.__tablename__]
    own = select(*table.c).where(table.c.organization_id == bindparam(ORGANIZATION, type_=Uuid()))
    built_in = (
        select(*(_typed(each[known.name], known).label(known.name) for known in table.c))
        for each in constants
    )
    return aliased(kind, union_all(own, *built_in).subquery(f"every_{table.name}"))


def _typed(value: Any, known: Column[Any]) -> ColumnElement[Any]:
    """A constant of the column's type: PostgreSQL would take a bare NULL for text."""
    return cast(null(), known.type) if value is None else literal(value, known.type)


EveryFramework = _beside_own(Framework, [DIGCOMP])
EveryCompetence = _beside_own(Competence, COMPETENCES)
