"""Rows to JSON without objects in between: for the reads that are asked for most.

A page of fifty rows costs a third of what validating fifty models does (docs/decisions/0003). The
answer is the same to the letter, which a test compares; a schema with a rule of its own is refused.
"""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Date, Float, FromClause, Integer, Select, Uuid
from sqlalchemy.types import TypeEngine

from app.kit.database import UtcDateTime
from app.kit.wire import Out

Encoder = Callable[[Any], str]


@dataclass(frozen=True)
class Written:
    """An answer that is JSON already, with the version of what it shows."""

    body: bytes
    version: int | None = None


class RowWriter:
    """Writes rows of one table as one schema; both are known once, so is the template."""

    def __init__(self, out: type[Out], table: FromClause) -> None:
        if out.__pydantic_decorators__.field_validators or out.model_computed_fields:
            raise TypeError(f"{out.__name__} has rules of its own: let pydantic serialize it.")
        columns = list(table.columns)
        places = {column.key: place for place, column in enumerate(columns)}
        self._cells: list[tuple[int, Encoder]] = []
        parts = []
        for name, info in out.model_fields.items():
            source = info.validation_alias if isinstance(info.validation_alias, str) else name
            self._cells.append((places[source], _encoder(columns[places[source]].type)))
            parts.append(f'"{name}":%s')
        self._template = "{" + ",".join(parts) + "}"
        self.places = places

    def write(self, row: Sequence[Any]) -> str:
        return self._template % tuple([encode(row[place]) for place, encode in self._cells])


@lru_cache(maxsize=200)
def writer_of(out: type[Out], table: FromClause) -> RowWriter:
    return RowWriter(out, table)


def raw_rows(rows: Connection, stmt: Select[Any]) -> list[Any]:
    """What the driver gives, before SQLAlchemy makes Python values of it."""
    result = rows.execute(stmt)
    found = list(result.cursor.fetchall())
    result.close()
    return found


def _encoder(kind: TypeEngine[Any]) -> Encoder:
    if isinstance(kind, Uuid):
        return _key
    if isinstance(kind, UtcDateTime):
        return _instant
    if isinstance(kind, JSON):
        return _json
    if isinstance(kind, Boolean):
        return _truth
    if isinstance(kind, (Integer, Float)):
        return _number
    if isinstance(kind, Date):
        return _date
    return _text


def _text(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


def _key(value: str | uuid.UUID | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):  # SQLite keeps 32 digits
        return f'"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"'
    return f'"{value}"'


def _instant(value: str | dt.datetime | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, dt.datetime):
        value = value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return f'"{value[:10]}T{value[11:19]}{"" if value.endswith(".000000") else value[19:]}Z"'


def _date(value: str | dt.date | None) -> str:
    return "null" if value is None else f'"{value}"'


def _json(value: Any) -> str:
    if isinstance(value, str):  # SQLite keeps JSON as the text it is
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _truth(value: bool | int | None) -> str:  # noqa: FBT001  a column's value
    return "null" if value is None else "true" if value else "false"


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)
