"""Imports: what a roster would do, row by row, until it is done or forgotten; saved mappings."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record
from app.participants.schemas import RowVerdict


class ImportStatus(StrEnum):
    """reading → planned → applying → applied; or failed, discarded, expired."""

    READING = "reading"
    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    DISCARDED = "discarded"
    EXPIRED = "expired"


class ImportMode(StrEnum):
    """Whether who is not in the file stays (`partial`) or has left (`full`)."""

    PARTIAL = "partial"
    FULL = "full"


class ImportMapping(Record):
    """Which column is which field, under a name: for a file that comes every night."""

    __tablename__ = "import_mappings"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str] = mapped_column(String(200))
    mapping: Mapped[dict[str, Any]]


class Import(Record):
    """One file, what it would do, and whether it was done. No personal data in here."""

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_expires_at", "organization_id", "expires_at"),)

    status: Mapped[ImportStatus]
    mode: Mapped[ImportMode]
    format: Mapped[str] = mapped_column(String(20))
    encoding: Mapped[str | None] = mapped_column(String(20))
    delimiter: Mapped[str | None] = mapped_column(String(1))
    sheet: Mapped[str | None] = mapped_column(String(200))
    columns: Mapped[list[str]]
    unread_columns: Mapped[list[str]]
    mapping: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file."""
    counts: Mapped[dict[str, int]]
    effects: Mapped[list[dict[str, Any]]]
    """What it would do to pairings: at most MOST_EFFECTS of them; their number is in `counts`."""
    effects_digest: Mapped[str] = mapped_column(String(64))
    failure: Mapped[dict[str, Any] | None]
    """The problem that ended it."""
    job_id: Mapped[uuid.UUID | None]
    planned_at: Mapped[dt.datetime | None]
    applied_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]
    """When its rows are deleted, applied or not."""


class ImportFile(Record):
    """A file that waits to be read, compressed; gone as soon as it was."""

    __tablename__ = "import_files"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "import_id"], ["imports.organization_id", "imports.id"]
        ),
        UniqueConstraint("organization_id", "import_id"),
    )

    import_id: Mapped[uuid.UUID]
    content: Mapped[bytes]


class ImportRow(Record):
    """One person of a file: what it would change, with old and new values."""

    __tablename__ = "import_rows"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "import_id"], ["imports.organization_id", "imports.id"]
        ),
        Index("ix_import_rows_import_id", "organization_id", "import_id", "id"),
        Index("ix_import_rows_verdict", "organization_id", "import_id", "verdict", "id"),
    )

    import_id: Mapped[uuid.UUID]
    line: Mapped[int | None]
    external_id: Mapped[str | None] = mapped_column(String(200))
    verdict: Mapped[RowVerdict]
    participant_id: Mapped[uuid.UUID | None]
    """Of who is known already, also where the row is refused: so that it is erased with them."""
    changes: Mapped[dict[str, Any]]
    """Field → before and after."""
    manager_since: Mapped[dt.date | None]
    mistakes: Mapped[list[dict[str, Any]]]
