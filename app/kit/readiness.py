"""Whether this process may start here: a schema it knows, a role that cannot look around."""

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.kit.lanes import Lanes

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


class NotReady(Exception):  # noqa: N818  said to the operator, who can mend it
    """Why the server does not start, and what to do."""


def known_head() -> str:
    """The newest migration this code knows."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if head is None:
        raise NotReady("The migrations folder is empty: this installation is incomplete.")
    return head


def check_schema(lanes: Lanes) -> None:
    """Raises NotReady unless the database stands exactly at the migration this code knows."""
    with lanes.reading() as rows:
        stands_at = MigrationContext.configure(rows).get_current_revision()
    head = known_head()
    if stands_at is None:
        raise NotReady("The database is empty. Run `rementor migrate` first.")
    if stands_at != head:
        raise NotReady(
            f"The database stands at {stands_at}, this version needs {head}. "
            "Run `rementor migrate`, or install the version that wrote this database."
        )


def check_role(lanes: Lanes) -> None:
    """Raises NotReady where the database role could read past row-level security."""
    if not lanes.on_postgresql:
        return
    with lanes.reading() as rows:
        name, above = rows.execute(
            text(
                "SELECT current_user, bool_or(rolsuper OR rolbypassrls) FROM pg_roles"
                " WHERE pg_has_role(current_user, oid, 'MEMBER')"
            )
        ).one()
        owned, bare = rows.execute(
            text(
                "SELECT count(*) FILTER (WHERE pg_has_role(current_user, c.relowner, 'MEMBER')),"
                " count(*) FILTER (WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity))"
                " FROM pg_class c"
                " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
                " AND (c.relname = 'organizations' OR EXISTS ("
                "  SELECT FROM pg_attribute a"
                "  WHERE a.attrelid = c.oid AND a.attname = 'organization_id'))"
            )
        ).one()
    if above or owned:
        why = "is a superuser or has BYPASSRLS" if above else "owns the tables"
        raise NotReady(
            f"The role {name} {why}, so it could read past row-level security. "
            "Set REMENTOR_DATABASE_URL to a plain role that owns nothing, "
            "REMENTOR_MIGRATION_URL to the owner; `rementor migrate` grants the rest."
        )
    if bare:
        raise NotReady(f"{bare} tables lack row-level security: run `rementor migrate`.")
