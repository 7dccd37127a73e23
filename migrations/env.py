"""Alembic's door: imports the API, so that every table is known; one history for both databases."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy import Connection, create_engine, event

from app import main, worker
from app.kit.database import Base, UtcDateTime
from app.kit.settings import Settings

METADATA = (
    Base.metadata if main.ROUTERS and worker.JOBS is not None else None
)  # both imported for their tables


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Our own column types, said in plain SQLAlchemy, so that a migration never imports the app."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    return False


def compare_type(
    _context: Any, _inspected: Any, _metadata: Any, inspected_type: Any, metadata_type: Any
) -> bool | None:
    """An enum is stored as text of its length; the rest is compared as usual."""
    if isinstance(metadata_type, sa.Enum):
        return not (
            isinstance(inspected_type, sa.String) and inspected_type.length == metadata_type.length
        )
    return None


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        render_item=render_item,
        compare_type=compare_type,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    engine = create_engine(Settings().owner_url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _by_ourselves(connection: Any, _record: Any) -> None:
            connection.isolation_level = None

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        run(connection)
    engine.dispose()
