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

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    Float,
    Integer,
    Select,
    Text,
    Uuid,
    cast,
)
from sqlalchemy.types import TypeEngine

from app.kit.database import Base, UtcDateTime
from app.kit.wire import Out

AS_IT_COMES = {"_result_disable_adapt_to_context": True}
"""Columns are taken by place, so SQLAlchemy need not name them; an unknown option is ignored."""

Encoder = Callable[[Any], str]


@dataclass(frozen=True)
class Written:
    """An answer that is JSON already, with the version of what it shows."""

    body: bytes
    version: int | None = None


class RowWriter:
    """Writes rows of one table as one schema; both are known once, so is the template."""

    def __init__(self, out: type[Out], entity: type[Base]) -> None:
        if out.__pydantic_decorators__.field_validators or out.model_computed_fields:
            raise TypeError(f"{out.__name__} has rules of its own: let pydantic serialize it.")
        columns = list(entity.__table__.columns)
        places = {column.key: place for place, column in enumerate(columns)}
        self._cells: list[tuple[int, Encoder]] = []
        parts = []
        for name, info in out.model_fields.items():
            source = info.validation_alias if isinstance(info.validation_alias, str) else name
            self._cells.append((places[source], _encoder(columns[places[source]].type)))
            parts.append(f'"{name}":%s')
        self._template = "{" + ",".join(parts) + "}"
        self.places = places
        self.as_text = tuple(
            cast(getattr(entity, column.key), Text)
            if isinstance(column.type, (Uuid, UtcDateTime, JSON, Date))
            else getattr(entity, column.key)
            for column in columns
        )
        """The columns for PostgreSQL: its driver would make objects of what is only written out."""

    def write(self, row: Sequence[Any]) -> str:
        return self._template % tuple([encode(row[place]) for place, encode in self._cells])

    def page(self, connection: Connection, stmt: Select[Any]) -> list[Any]:
        """The rows of a select of the whole table, as the driver gives them."""
        if connection.dialect.name == "postgresql":
            stmt = stmt.with_only_columns(*self.as_text, maintain_column_froms=True)
        return self._fetch(connection, stmt)

    def row(self, connection: Connection, stmt: Select[Any]) -> Any | None:
        """One such row; not worth asking PostgreSQL for text."""
        found = self._fetch(connection, stmt)
        return found[0] if found else None

    def _fetch(self, connection: Connection, stmt: Select[Any]) -> list[Any]:
        result = connection.execute(stmt, execution_options=AS_IT_COMES)
        found = list(result.cursor.fetchall())
        result.close()
        return found


@lru_cache(maxsize=200)
def writer_of(out: type[Out], entity: Any) -> RowWriter:
    """The writer of a schema and the mapped class whose rows it shows."""
    return RowWriter(out, entity)


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
    if isinstance(value, str) and len(value) == 32:  # SQLite keeps the digits without dashes
        return f'"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"'
    return f'"{value}"'


def _instant(value: str | dt.datetime | None) -> str:
    """`2026-03-02 09:00:00.000000` and `2026-03-02 09:00:00+00`, as pydantic writes an instant."""
    if value is None:
        return "null"
    if isinstance(value, dt.datetime):
        value = str(value.astimezone(dt.UTC))[:26].removesuffix("+00:00")
    fraction = value[19:].removesuffix("+00").ljust(7, "0") if len(value) > 22 else ""
    return f'"{value[:10]}T{value[11:19]}{"" if fraction in ("", ".000000") else fraction}Z"'


def _date(value: str | dt.date | None) -> str:
    return "null" if value is None else f'"{value}"'


def _json(value: Any) -> str:
    if isinstance(value, str):  # JSON already: SQLite's, or PostgreSQL's as text
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _truth(value: bool | int | None) -> str:  # noqa: FBT001  a column's value
    return "null" if value is None else "true" if value else "false"


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)
