"""Tables, keys and engines: what a stored thing is, on SQLite and on PostgreSQL."""

import datetime as dt
import enum
import json
import os
import sqlite3
import threading
import time
import uuid
from typing import Any, ClassVar
from unicodedata import normalize

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.kit.driver import quick_cursor, through_driver

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 10_000  # ours: longer than the longest import, shorter than a client's patience
STATEMENT_TIMEOUT_MS = 30_000
WAL_PAGES = 16_000  # ours: 64 MB; what many commits change is copied back once for all of them


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant, always aware and in UTC; SQLite forgets the zone, this remembers it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[dt.datetime]:
        return dt.datetime

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        moment = value.astimezone(dt.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    private_fields: ClassVar[frozenset[str]] = frozenset()
    """Columns the audit trail calls `preferences`: which of them moved is nobody's business."""

    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        dt.datetime: UtcDateTime(),
        uuid.UUID: Uuid(),
        bytes: LargeBinary(),
        str: Text(),
        dict[str, Any]: JSON(),
        dict[str, str]: JSON(),
        dict[str, int]: JSON(),
        list[str]: JSON(),
        list[dict[str, Any]]: JSON(),
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            create_constraint=False,
            length=40,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }


class Organization(Base):
    """A tenant: one employer. The root of every key."""

    __tablename__ = "organizations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)
    minimum_group: Mapped[int] = mapped_column(default=5)
    allowed_origins: Mapped[list[str]]
    """Of front ends whose browsers may read this organization's answers."""
    generation_in_matching: Mapped[bool] = mapped_column(default=False)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  as above


class OrganizationHead(Base):
    """The locked row that gives an organization's events and audit entries their gapless order."""

    __tablename__ = "organization_heads"

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    event_position: Mapped[int] = mapped_column(default=0)
    audit_position: Mapped[int] = mapped_column(default=0)
    audit_hash: Mapped[str] = mapped_column(String(64), default="")


class Record(Base):
    """A stored thing of one organization: key (organization_id, id), two timestamps, a version."""

    __abstract__ = True

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True, sort_order=-100
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, sort_order=-99)
    created_at: Mapped[dt.datetime] = mapped_column(sort_order=100)
    updated_at: Mapped[dt.datetime] = mapped_column(sort_order=101)
    version: Mapped[int] = mapped_column(default=1, sort_order=102)

    # Two changes of one version cannot both win: the ORM compares it in every UPDATE.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  as above


_last_id = (0, 0)
_id_lock = threading.Lock()


def uuid7() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): sorts by birth, also within a millisecond of a process."""
    global _last_id  # noqa: PLW0603  one counter per process is the point
    with _id_lock:
        milliseconds = time.time_ns() // 1_000_000
        last, counter = _last_id
        if milliseconds <= last:  # the same millisecond, or the system clock went back
            milliseconds, counter = last, counter + 1
            if counter >= 1 << 12:
                milliseconds, counter = milliseconds + 1, 0
        else:
            counter = int.from_bytes(os.urandom(1))
        _last_id = (milliseconds, counter)
    tail = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | tail)


def folded(text: str | None) -> str | None:
    """Text as it is compared in any case: composed, in lower case. SQLite knows it, too.

    Its own `lower` knows the letters of English only.
    """
    return None if text is None else normalize("NFC", normalize("NFC", text).lower())


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def compact_json(value: Any) -> str:
    """JSON as it is stored, and as it is written out again without being read."""
    return _COMPACT.encode(value)


def reading_engine(url: str, pool_size: int) -> Engine:
    """Where reads come from: on SQLite without transaction and without a way to write.

    On PostgreSQL the transaction begins with the first statement, in one journey (kit/driver.py).
    """
    if url.startswith("postgresql"):
        return _postgresql_engine(url, pool_size, isolation_level="AUTOCOMMIT")
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        _sqlite_pragmas(connection)
        connection.execute("PRAGMA query_only = ON")

    return engine


def _postgresql_engine(url: str, pool_size: int, **options: Any) -> Engine:
    engine = create_engine(
        url,
        json_serializer=compact_json,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=False,
        connect_args={"options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"},
        **options,
    )
    cursor = quick_cursor(engine.dialect.loaded_dbapi.Cursor)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.cursor_factory = cursor

    return engine


def writing_engine(url: str, pool_size: int, *, full_sync: bool = False) -> Engine:
    """Where writes go: `BEGIN IMMEDIATE` on SQLite, so that a unit never fails half-way as busy."""
    if url.startswith("postgresql"):
        return _postgresql_engine(url, pool_size)
    engine = create_engine(
        url,
        json_serializer=compact_json,
        pool_reset_on_return=None,  # a unit has ended its transaction, well or not
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions, not the driver
        _sqlite_pragmas(connection)
        connection.execute(f"PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        through_driver(connection, "BEGIN IMMEDIATE", ())

    return engine


def _sqlite_pragmas(connection: sqlite3.Connection) -> None:
    connection.create_function("folded", 1, folded, deterministic=True)
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "secure_delete = ON",
        "cache_size = -65536",
        "mmap_size = 268435456",
        f"wal_autocheckpoint = {WAL_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")
