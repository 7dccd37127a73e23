"""Brings a database to the schema this code knows; gives the application's role its rights."""

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, create_engine, event, make_url

from app.kit.readiness import MIGRATIONS, NotReady
from app.kit.settings import Settings


def migrate(settings: Settings, target: str = "head") -> str:
    """Move the database to a migration; returns where it stands now. Harmless when repeated."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = owner_engine(settings)
    with engine.connect() as rows:
        config.attributes["connection"] = rows
        try:
            if target == "head" or target.startswith("+"):
                command.upgrade(config, target)
            else:
                command.downgrade(config, target)
        except CommandError as unknown:
            raise NotReady(
                f"{unknown}. Another version of Rementor wrote this database: use that version."
            ) from unknown
        rows.commit()
    with engine.begin() as rows:
        if target == "head":
            _furnish(rows)
            _grant(rows, settings)
        stands_at = rows.scalar(sa.text("SELECT max(version_num) FROM alembic_version"))
    engine.dispose()
    return str(stands_at)


def owner_engine(settings: Settings) -> sa.Engine:
    """An engine as the owner of the tables; on SQLite one that begins its transactions itself."""
    engine = create_engine(settings.owner_url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _by_ourselves(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA journal_mode = WAL")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _furnish(rows: Connection) -> None:
    """The installation's secret, made once."""
    if rows.scalar(sa.text("SELECT count(*) FROM installations")) == 0:
        secret = uuid.uuid4().bytes + uuid.uuid4().bytes
        rows.execute(
            sa.text("INSERT INTO installations (id, secret) VALUES (1, :s)"), {"s": secret}
        )


def _grant(rows: Connection, settings: Settings) -> None:
    """On PostgreSQL the application's role may read and write rows, and nothing else."""
    if not settings.on_postgresql:
        return
    role = make_url(settings.database_url).username
    owner = rows.scalar(sa.text("SELECT current_user"))
    if role is None or role == owner:
        return
    quoted = '"' + role.replace('"', '""') + '"'
    for sentence in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version, installations FROM {quoted}",
        f"REVOKE UPDATE, DELETE ON audit_entries, events FROM {quoted}",
        f"GRANT EXECUTE ON FUNCTION authenticate(bytea), list_organizations() TO {quoted}",
        f"GRANT EXECUTE ON FUNCTION list_allowed_origins() TO {quoted}",
    ):
        rows.execute(sa.text(sentence))
