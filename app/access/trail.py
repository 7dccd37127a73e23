"""The event feed and the audit trail, in the order things were committed."""

from typing import Any

from sqlalchemy import Select, select

from app.access.schemas import AuditQuery, EventQuery
from app.kit.audit import AuditEntry, broken_links
from app.kit.database import OrganizationHead
from app.kit.events import EventRow
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork


def read_events(uow: UnitOfWork, query: EventQuery) -> dict[str, Any]:
    """Events after a position. Positions are given in commit order, so none turns up late."""
    stmt = select(EventRow).where(
        EventRow.organization_id == uow.organization_id, EventRow.position > query.after
    )
    stmt = narrowed(stmt, (EventRow.type, query.type))
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
    """Recompute the whole chain, and hold it against the organization's head.

    Others write meanwhile: the head read before must stand in the chain, and nothing may stand
    behind the head read after.
    """
    before = uow.rows.execute(_head(uow)).one()
    entries = uow.db.scalars(
        select(AuditEntry)
        .where(AuditEntry.organization_id == uow.organization_id)
        .order_by(AuditEntry.position)
    ).all()
    after = uow.rows.execute(_head(uow)).one()
    broken = set(broken_links(list(entries)))
    hashes = {entry.position: entry.hash for entry in entries}
    if hashes.get(before.audit_position, "") != before.audit_hash:
        broken.add(before.audit_position)
    broken |= {position for position in hashes if position > after.audit_position}
    return {
        "whole": not broken,
        "entries_count": len(entries),
        "broken_positions": sorted(broken)[:1000],
    }


def _head(uow: UnitOfWork) -> Select[int, str]:
    return select(OrganizationHead.audit_position, OrganizationHead.audit_hash).where(
        OrganizationHead.organization_id == uow.organization_id
    )
