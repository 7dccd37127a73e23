"""Row-level security on PostgreSQL: an organization sees its own rows, whatever the query."""

from collections.abc import Iterable

from alembic import op

CURRENT = "nullif(current_setting('app.organization', true), '')::uuid"

AUTHENTICATE = """
CREATE FUNCTION authenticate(wanted bytea)
RETURNS TABLE (
    id uuid, organization_id uuid, account_id uuid, kind varchar, scopes json,
    expires_at timestamptz, revoked_at timestamptz, disabled_at timestamptz, grants text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT t.id, t.organization_id, t.account_id, t.kind, t.scopes,
           t.expires_at, t.revoked_at, a.disabled_at,
           (SELECT string_agg(g.role || '@' || coalesce(g.program_id::text, ''), ',')
              FROM role_grants g
             WHERE g.organization_id = t.organization_id AND g.account_id = t.account_id)
      FROM tokens t
      JOIN accounts a ON a.organization_id = t.organization_id AND a.id = t.account_id
     WHERE t.digest = wanted
$$
"""
LIST_ORGANIZATIONS = """
CREATE FUNCTION list_organizations() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT id FROM organizations ORDER BY id $$
"""
LIST_ALLOWED_ORIGINS = """
CREATE FUNCTION list_allowed_origins() RETURNS TABLE (organization_id uuid, allowed_origins json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT id, allowed_origins FROM organizations WHERE allowed_origins::text <> '[]' $$
"""


def on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def protect(tables: Iterable[str], column: str = "organization_id") -> None:
    """Show and take only rows of the transaction's organization; FORCE binds the owner too."""
    if not on_postgresql():
        return
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_organization ON {table}"
            f" USING ({column} = {CURRENT}) WITH CHECK ({column} = {CURRENT})"
        )


def open_doors() -> None:
    """The only ways past the policies: finding a credential, listing organizations and origins.

    The functions run as the tables' owner, whom FORCE binds too; so the owner gets a policy of
    its own on the four tables they read.
    """
    if not on_postgresql():
        return
    for table in ("tokens", "accounts", "role_grants", "organizations"):
        op.execute(f"CREATE POLICY owner_reads ON {table} FOR SELECT TO CURRENT_USER USING (true)")
    for function in (AUTHENTICATE, LIST_ORGANIZATIONS, LIST_ALLOWED_ORIGINS):
        op.execute(function)
    op.execute(
        "REVOKE ALL ON FUNCTION authenticate(bytea), list_allowed_origins(), list_organizations()"
        " FROM PUBLIC"
    )


def close_doors() -> None:
    if on_postgresql():
        op.execute("DROP FUNCTION authenticate(bytea)")
        op.execute("DROP FUNCTION list_allowed_origins()")
        op.execute("DROP FUNCTION list_organizations()")


def only_ever_append(table: str) -> None:
    """Nobody changes or removes a row, whatever the code does: the database refuses."""
    if on_postgresql():
        op.execute(
            f"CREATE FUNCTION {table}_are_kept() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'append only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_are_kept BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_are_kept()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_are_kept_{deed.lower()} BEFORE {deed} ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'append only'); END"
        )


def allow_change(table: str) -> None:
    if on_postgresql():
        op.execute(f"DROP TRIGGER {table}_are_kept ON {table}")
        op.execute(f"DROP FUNCTION {table}_are_kept()")
        return
    for deed in ("update", "delete"):
        op.execute(f"DROP TRIGGER {table}_are_kept_{deed}")
