"""The gate: credentials become a principal in one indexed read; `work` is the sign on a door."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from fastapi import Depends, Request, Security
from fastapi.openapi.models import HTTPBearer as BearerScheme
from fastapi.security.base import SecurityBase
from sqlalchemy import (
    Connection,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects import sqlite

from app.access.models import Account, RoleGrant, Token
from app.access.scopes import Role, Scope, scopes_of
from app.access.secrets import TokenKind, digest, well_formed
from app.kit.driver import begin_unless_begun, through_driver
from app.kit.lanes import Lanes
from app.kit.problems import Unauthenticated
from app.kit.work import NOBODY, Principal

_grants = (
    select(
        func.group_concat(
            cast(RoleGrant.role, String)
            .concat(literal_column("'@'"))
            .concat(func.coalesce(type_coerce(RoleGrant.program_id, String), literal_column("''")))
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
_FIELDS = (
    "id", "organization_id", "account_id", "kind", "scopes", "expires_at", "revoked_at",
    "disabled_at", "grants",
)  # fmt: skip
# The one statement that every request runs, so it goes to the driver as it is: through SQLAlchemy
# it would cost more than the rest of a read by id (docs/decisions/0003).
_SQLITE_TEXT = str(_ON_SQLITE.compile(dialect=sqlite.dialect()))
_POSTGRESQL_TEXT = (
    "SELECT id, organization_id, account_id, kind, scopes, expires_at, revoked_at, disabled_at,"
    " grants, set_config('app.organization', organization_id::text, true)"
    " FROM authenticate"  # its argument is a digest in hexadecimal, so it may stand in the text
)


@dataclass(frozen=True)
class Shown:
    """A token as the look-up finds it, with the life of its account."""

    id: uuid.UUID
    organization_id: uuid.UUID
    account_id: uuid.UUID
    kind: TokenKind
    scopes: list[str] | None
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    disabled_at: dt.datetime | None
    grants: str | None

    def lives_at(self, now: dt.datetime) -> bool:
        return self.revoked_at is None and self.disabled_at is None and self.expires_at > now

    @cached_property
    def principal(self) -> Principal:
        return _principal(self)


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
        if found is None or found.kind not in self.kinds or not found.lives_at(lanes.clock.now()):
            raise Unauthenticated("The token is unknown, expired or revoked.")
        return found.principal


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


def look_up(rows: Connection, secret: str) -> Shown | None:
    """The token of a secret; on PostgreSQL this also opens the organization's rows."""
    wanted = digest(secret)
    if rows.dialect.name == "postgresql":
        begin = begin_unless_begun(rows)
        found = through_driver(rows, f"{begin}{_POSTGRESQL_TEXT}('\\x{wanted.hex()}')", None)
        if begin:
            found.nextset()
        row = found.fetchone()
    else:
        row = through_driver(rows, _SQLITE_TEXT, (wanted,)).fetchone()
    return None if row is None else _shown(tuple(map(_hashable, row[: len(_FIELDS)])))


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@lru_cache(maxsize=10_000)
def _shown(row: tuple[Any, ...]) -> Shown:
    """The same row gives the same object, and so the same principal: worked out once."""
    found = dict(zip(_FIELDS, row, strict=True))
    for name in ("id", "organization_id", "account_id"):
        if isinstance(found[name], str):  # SQLite has no type of its own for these
            found[name] = uuid.UUID(found[name])
    for name in ("expires_at", "revoked_at", "disabled_at"):
        if isinstance(found[name], str):
            found[name] = dt.datetime.fromisoformat(found[name]).replace(tzinfo=dt.UTC)
    scopes = found["scopes"]
    found["scopes"] = json.loads(scopes) if isinstance(scopes, str) else scopes
    return Shown(**{**found, "kind": TokenKind(found["kind"])})


def _principal(found: Shown) -> Principal:
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
