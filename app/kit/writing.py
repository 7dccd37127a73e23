"""Rows to JSON without objects in between: for the reads that are asked for most.

A page of fifty rows costs a third of what validating fifty models does (docs/decisions/0003). The
answer is the same to the letter, which a test compares; a schema with a rule of its own is refused.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
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

from app.kit.database import Base, UtcDateTime, compact_json
from app.kit.wire import Out

AS_IT_COMES = {"_result_disable_adapt_to_context": True}
"""Columns are taken by place, so SQLAlchemy need not name them; an unknown option is ignored."""

Encoder = Callable[[Any], str]


@dataclass(frozen=True)
class Written:
    """An answer that is written already, with the version of what it shows."""

    body: bytes
    version: int | None = None
    media_type: str | None = None
    """None: JSON."""


class RowWriter:
    """Writes rows of one table as one schema; both are known once, so is the template."""

    def __init__(self, out: type[Out], entity: type[Base], dialect: str) -> None:
        if out.__pydantic_decorators__.field_validators or out.model_computed_fields:
            raise TypeError(f"{out.__name__} has rules of its own: let pydantic serialize it.")
        columns = list(entity.__table__.columns)
        places = {column.key: place for place, column in enumerate(columns)}
        self._cells: list[tuple[int, Encoder]] = []
        parts = []
        for name, info in out.model_fields.items():
            source = info.validation_alias if isinstance(info.validation_alias, str) else name
            self._cells.append((places[source], _encoder(columns[places[source]], dialect)))
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
        return self._template % tuple([
            "null" if (value := row[place]) is None else encode(value)
            for place, encode in self._cells
        ])  # fmt: skip

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


@lru_cache(maxsize=400)
def writer_of(out: type[Out], entity: Any, dialect: str) -> RowWriter:
    """The writer of a schema, the mapped class whose rows it shows, and a database."""
    return RowWriter(out, entity, dialect)


def _encoder(column: ColumnElement[Any], dialect: str) -> Encoder:
    """How a column's value is written, as SQLite keeps it or as PostgreSQL's driver gives it."""
    on_sqlite = dialect == "sqlite"
    known: dict[type[TypeEngine[Any]], Encoder] = {
        Uuid: _digits if on_sqlite else _quoted,
        UtcDateTime: _sqlite_instant if on_sqlite else _instant,
        JSON: str if on_sqlite else _json,
        Boolean: _truth,
        Integer: repr,
        Float: repr,
        Date: _quoted,
    }
    return next(
        (found for kind, found in known.items() if isinstance(column.type, kind)), encode_basestring
    )


def _digits(value: str) -> str:
    return f'"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"'


def _quoted(value: object) -> str:
    return f'"{value}"'


def _sqlite_instant(value: str) -> str:
    """`2026-03-02 09:00:00.000000`, as pydantic writes an instant."""
    end = 19 if value.endswith(".000000") else 26
    return f'"{value[:10]}T{value[11:end]}Z"'


def _instant(value: str | dt.datetime) -> str:
    """`2026-03-02 09:00:00.12+00`, or a moment, as pydantic writes an instant."""
    text = str(value.astimezone(dt.UTC)) if isinstance(value, dt.datetime) else value
    text = text.partition("+")[0]
    fraction = text[19:].ljust(7, "0") if len(text) > 19 else ""
    return f'"{text[:10]}T{text[11:19]}{fraction}Z"'


def _json(value: Any) -> str:
    if isinstance(value, str):  # asked for as text
        return value
    return compact_json(value)


def _truth(value: bool | int) -> str:  # noqa: FBT001  a column's value
    return "true" if value else "false"
