"""The gate: credentials become a principal in one indexed read; `work` is the sign on a door."""

import json
import uuid
from typing import Any, ClassVar

from fastapi import Depends, Request, Security
from fastapi.openapi.models import HTTPBearer as BearerScheme
from fastapi.security.base import SecurityBase
from sqlalchemy import Connection, String, and_, bindparam, cast, func, select, text, type_coerce

from app.access.models import Account, RoleGrant, Token
from app.access.scopes import Role, Scope, scopes_of
from app.access.secrets import TokenKind, digest, well_formed
from app.kit.lanes import Lanes
from app.kit.problems import Unauthenticated
from app.kit.work import NOBODY, Principal

_grants = (
    select(
        func.group_concat(
            cast(RoleGrant.role, String)
            + "@"
            + func.coalesce(type_coerce(RoleGrant.program_id, String), "")
        )
    )
    .where(
        RoleGrant.organization_id == Token.organization_id,
        RoleGrant.account_id == Token.account_id,
    )
    .scalar_subquery()
)
_ON_SQLITE = (
    select(
        Token.id, Token.organization_id, Token.account_id, Token.kind, Token.scopes,
        Token.expires_at, Token.revoked_at, Account.disabled_at, _grants.label("grants"),
    )
    .join(
        Account,
        and_(Account.organization_id == Token.organization_id, Account.id == Token.account_id),
    )
    .where(Token.digest == bindparam("digest"))
)  # fmt: skip
_ON_POSTGRESQL = text(
    "SELECT a.*, set_config('app.organization', a.organization_id::text, true)"
    " FROM authenticate(:digest) AS a"
)


class Gate(SecurityBase):
    """A security scheme that does no I/O of its own: the route asks it inside its unit of work."""

    scheme_name = "token"
    model = BearerScheme(
        bearerFormat="rmk_… or rms_…",
        description="An API key (`rmk_…`) or the access token of a sign-in (`rms_…`).",
    )
    kinds: ClassVar[tuple[TokenKind, ...]] = (TokenKind.API_KEY, TokenKind.ACCESS)

    def __init__(self, *, long: bool = False) -> None:
        self.long = long

    async def __call__(self, request: Request) -> None:
        """Never called: the route class admits, so that the look-up shares the transaction."""

    def admit(self, rows: Connection, credentials: str | None, lanes: Lanes) -> Principal:
        """The principal behind an `Authorization` header. Raises Unauthenticated."""
        scheme, _, secret = (credentials or "").partition(" ")
        if scheme.lower() != "bearer" or not well_formed(secret.strip(), *self.kinds):
            raise Unauthenticated("Send `Authorization: Bearer rmk_…`.")
        found = look_up(rows, secret.strip())
        now = lanes.clock.now()
        if (
            found is None
            or found.kind not in self.kinds
            or found.revoked_at is not None
            or found.disabled_at is not None
            or found.expires_at <= now
        ):
            raise Unauthenticated("The token is unknown, expired or revoked.")
        return principal_of(found)


class OpenDoor:
    """The door of operations that need no token: sign-in, refresh, accepting an invitation."""

    def __init__(self, *, long: bool = False) -> None:
        self.long = long

    async def __call__(self) -> None:
        """Never called, like the gate."""

    def admit(self, rows: Connection, credentials: str | None, lanes: Lanes) -> Principal:
        return NOBODY


_gate, _long_gate = Gate(), Gate(long=True)


def work(*scopes: Scope, long: bool = False) -> Any:
    """A unit of work for callers with these scopes; `long` where it is not one bounded read."""
    return Security(_long_gate if long else _gate, scopes=[str(scope) for scope in scopes])


def open_work(*, long: bool = False) -> Any:
    """A unit of work for anyone: the operation checks a secret of its own."""
    return Depends(OpenDoor(long=long))


def look_up(rows: Connection, secret: str) -> Any | None:
    """The token row of a secret; on PostgreSQL this also opens the organization's rows."""
    stmt = _ON_POSTGRESQL if rows.dialect.name == "postgresql" else _ON_SQLITE
    return rows.execute(stmt, {"digest": digest(secret)}).one_or_none()


_known: dict[tuple[Any, ...], Principal] = {}


def principal_of(found: Any) -> Principal:
    """The caller of a token row; equal rows give the same object."""
    scopes = found.scopes
    key = (found.id, found.grants, json.dumps(scopes))
    known = _known.get(key)
    if known is None:
        if len(_known) > 10_000:
            _known.clear()
        known = _known[key] = _principal(found)
    return known


def _principal(found: Any) -> Principal:
    whole: set[Role] = set()
    granted: set[tuple[str, uuid.UUID]] = set()
    for each in (found.grants or "").split(","):
        name, _, program = each.partition("@")
        if name and program:
            granted.add((name, uuid.UUID(program)))
        elif name:
            whole.add(Role(name))
    allowed = scopes_of(whole | {Role(name) for name, _ in granted})
    if found.scopes is not None:  # never more than the account may at this moment
        allowed &= frozenset(found.scopes)
    return Principal(
        actor=f"account:{found.account_id}",
        organization_id=found.organization_id,
        account_id=found.account_id,
        token_id=found.id,
        scopes=allowed,
        roles=frozenset(str(role) for role in whole),
        grants=frozenset(granted),
    )
