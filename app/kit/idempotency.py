"""`Idempotency-Key` on POST: the same key and body give the same answer, and one effect."""

import datetime as dt
import hashlib
import re
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    String,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base
from app.kit.problems import Conflict, Problem

KEPT_FOR = dt.timedelta(hours=24)


class IdempotencyInProgress(Conflict):
    slug, title = "idempotency-in-progress", "A request with this Idempotency-Key is still running"


class IdempotencyKeyReused(Problem):
    status, slug = 422, "idempotency-key-reused"
    title = "This Idempotency-Key was used with another body"


class SecretShownOnce(Conflict):
    slug, title = "secret-shown-once", "This was done before, and its secret is not shown again"


class IdempotencyRecord(Base):
    """The answer of a POST, kept with its effect for a day; a secret is never in it."""

    __tablename__ = "idempotency_records"
    __table_args__ = (Index("ix_idempotency_records_created_at", "organization_id", "created_at"),)

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, str]]
    body: Mapped[bytes | None]
    created_at: Mapped[dt.datetime]


@dataclass(frozen=True)
class Kept:
    """An answer as it was given the first time."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Retry:
    """One use of a key: bound to organization, caller and operation, so none reads another's."""

    organization_id: uuid.UUID
    digest: str
    body_digest: str

    @classmethod
    def of(
        cls, organization_id: uuid.UUID, actor: str, path: str, key: str, body: bytes
    ) -> "Retry":
        scoped = hashlib.sha256(f"{actor}\n{path}\n{key}".encode()).hexdigest()
        return cls(organization_id, scoped, hashlib.sha256(body).hexdigest())

    def answer(self, rows: Connection, now: dt.datetime) -> Kept | None:
        """The kept answer, if there is one.

        Raises IdempotencyInProgress, IdempotencyKeyReused or SecretShownOnce.
        """
        if rows.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            lock = int.from_bytes(bytes.fromhex(self.digest[:16]), signed=True)
            if not rows.scalar(select(func.pg_try_advisory_xact_lock(lock))):
                problem = IdempotencyInProgress()
                problem.headers["Retry-After"] = "1"
                raise problem
        found = rows.execute(
            select(IdempotencyRecord).where(
                IdempotencyRecord.organization_id == self.organization_id,
                IdempotencyRecord.digest == self.digest,
            )
        ).one_or_none()
        if found is None or found.created_at <= now - KEPT_FOR:
            return None
        if found.body_digest != self.body_digest:
            raise IdempotencyKeyReused
        if found.body is None:
            raise SecretShownOnce
        return Kept(found.status, found.headers, found.body)

    def keep(self, rows: Connection, now: dt.datetime, answer: Kept, *, secret: bool) -> None:
        """Keep the answer; one that is older than a day makes room for it."""
        rows.execute(
            _KEEP[rows.dialect.name],
            {
                "organization_id": self.organization_id,
                "digest": self.digest,
                "body_digest": self.body_digest,
                "status": answer.status,
                "headers": answer.headers,
                "body": None if secret else answer.body,
                "created_at": now,
            },
        )


def _keeping(dialect: Any) -> Any:
    stmt = dialect.insert(IdempotencyRecord.__table__)
    key = [column.name for column in IdempotencyRecord.__table__.primary_key]
    rest = {column.name: column for column in stmt.excluded if column.name not in key}
    return stmt.on_conflict_do_update(index_elements=key, set_=rest)


_KEEP = {"sqlite": _keeping(sqlite), "postgresql": _keeping(postgresql)}


def forget_old_answers(rows: Connection, organization_id: uuid.UUID, now: dt.datetime) -> None:
    """Remove the answers that are kept no longer."""
    rows.execute(
        delete(IdempotencyRecord).where(
            IdempotencyRecord.organization_id == organization_id,
            IdempotencyRecord.created_at <= now - KEPT_FOR,
        )
    )


def blank_answers_with(rows: Connection, organization_id: uuid.UUID, *parts: str) -> None:
    """Take out of every kept answer that holds one of these parts, as JSON, what it told.

    For a person who is erased. A retry is then refused as one that showed a secret would be: it
    neither tells about the person again nor does again what was done.
    """
    body = IdempotencyRecord.body
    for told in (part.encode() for part in parts):
        if rows.dialect.name == "sqlite":
            holds: ColumnElement[bool] = func.instr(body, told) > 0
        else:
            pattern = re.sub(rb"([\\%_])", rb"\\\1", told)
            holds = body.op("LIKE", is_comparison=True)(literal(b"%" + pattern + b"%"))
        rows.execute(
            update(IdempotencyRecord)
            .where(IdempotencyRecord.organization_id == organization_id, holds)
            .values(body=None)
        )
