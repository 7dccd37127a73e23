"""Who did what: append-only, gapless and chained per organization; ids only, no personal data."""

import datetime as dt
import hashlib
import json
import uuid
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)


class AuditEntry(Base):
    """One writing unit of work: who, when, which operation, which records, chained by hash."""

    __tablename__ = "audit_entries"

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(80))
    request_id: Mapped[str] = mapped_column(String(80))
    changes: Mapped[list[dict[str, Any]]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def chained(entry: dict[str, Any], previous_hash: str) -> dict[str, Any]:
    """The entry with its hash: SHA-256 over its canonical JSON and the hash before it."""
    canonical = _CANONICAL.encode(entry)
    digest = hashlib.sha256(f"{canonical}{previous_hash}".encode()).hexdigest()
    return {**entry, "previous_hash": previous_hash, "hash": digest}


def broken_links(entries: list[AuditEntry]) -> list[int]:
    """Positions at which a chain that starts at its first entry was altered, reordered or cut."""
    broken, previous, expected = [], "", 1
    for entry in entries:
        again = chained(
            {
                "organization_id": entry.organization_id,
                "position": entry.position,
                "at": entry.at.isoformat(),
                "actor": entry.actor,
                "action": entry.action,
                "request_id": entry.request_id,
                "changes": entry.changes,
            },
            previous,
        )
        if (
            entry.position != expected
            or entry.hash != again["hash"]
            or entry.previous_hash != previous
        ):
            broken.append(entry.position)
        previous, expected = entry.hash, entry.position + 1
    return broken
