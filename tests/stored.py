"""What is stored, as one digest per table: to show that a refused request has left nothing."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, select

from app.kit.database import Base
from app.kit.lanes import Lanes
from app.kit.work import bind_organization


def stored(lanes: Lanes, *organization_ids: str) -> dict[str, str]:
    """Table -> digest of all its rows. On PostgreSQL, of what these organizations see."""
    with lanes.reading() as rows:
        return digests(rows, organization_ids)


def digests(rows: Connection, organization_ids: Iterable[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {table.name: [] for table in Base.metadata.sorted_tables}
    on_postgresql = rows.dialect.name == "postgresql"
    for organization_id in organization_ids if on_postgresql else [None]:
        bind_organization(rows, None if organization_id is None else UUID(organization_id))
        for table in Base.metadata.sorted_tables:
            found[table.name] += [repr(tuple(row)) for row in rows.execute(select(table))]
    return {
        name: hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
        for name, lines in found.items()
    }
