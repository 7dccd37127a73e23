"""The event feed and the audit trail, in the order things were committed."""

from typing import Any

from sqlalchemy import select

from app.access.schemas import AuditQuery, EventQuery
from app.kit.audit import AuditEntry, broken_links
from app.kit.events import EventRow
from app.kit.work import UnitOfWork


def read_events(uow: UnitOfWork, query: EventQuery) -> dict[str, Any]:
    """Events after a position. Positions are given in commit order, so none turns up late."""
    stmt = select(EventRow).where(
        EventRow.organization_id == uow.organization_id, EventRow.position > query.after
    )
    if query.type is not None:
        stmt = stmt.where(EventRow.type == query.type)
    items = uow.rows.execute(stmt.order_by(EventRow.position).limit(query.limit)).all()
    return {"items": items, "next_after": items[-1].position if items else query.after}


def read_audit_trail(uow: UnitOfWork, query: AuditQuery) -> dict[str, Any]:
    """Audit entries after a position."""
    stmt = select(AuditEntry).where(
        AuditEntry.organization_id == uow.organization_id, AuditEntry.position > query.after
    )
    items = uow.rows.execute(stmt.order_by(AuditEntry.position).limit(query.limit)).all()
    return {"items": items, "next_after": items[-1].position if items else query.after}


def verify_audit_trail(uow: UnitOfWork) -> dict[str, Any]:
    """Recompute the whole chain."""
    entries = uow.db.scalars(
        select(AuditEntry)
        .where(AuditEntry.organization_id == uow.organization_id)
        .order_by(AuditEntry.position)
    ).all()
    broken = broken_links(list(entries))
    return {
        "whole": not broken,
        "entries_count": len(entries),
        "broken_positions": broken[:1000],
    }
