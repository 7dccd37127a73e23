"""API keys: one's own, or made by an administrator for an integration."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row, Select, select

from app.access.models import RoleGrant, Token
from app.access.schemas import TokenCreate, TokenOut, TokenQuery
from app.access.scopes import Role, Scope
from app.access.secrets import TokenKind
from app.access.service import issue
from app.kit.problems import Conflict, Forbidden, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork

LIVE_KEYS = 20  # ours: more live keys than this on one account means they are not rotated
SORTS = {"created_at": Token.created_at, "expires_at": Token.expires_at}


class TooManyKeys(Conflict):
    slug, title = "too-many-keys", "The account has too many live keys: revoke one first"


def visible_tokens(uow: UnitOfWork) -> Select[Token]:
    """API keys: all for administrators, else only one's own."""
    stmt = select(Token).where(
        Token.organization_id == uow.organization_id, Token.kind == TokenKind.API_KEY
    )
    if not uow.principal.has(Role.ADMINISTRATOR):
        stmt = stmt.where(Token.account_id == uow.principal.account_id)
    return stmt


def list_tokens(uow: UnitOfWork, query: TokenQuery) -> dict[str, Any]:
    stmt = visible_tokens(uow)
    stmt = narrowed(stmt, (Token.account_id, query.account_id))
    return uow.page(stmt, Token.id, query, SORTS)


def get_token(uow: UnitOfWork, token_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_tokens(uow).where(Token.id == token_id))


def create_token(uow: UnitOfWork, wanted: TokenCreate) -> dict[str, Any]:
    """Make an API key, never with more rights than one has.

    For oneself; administrators also for an account of an integration, which signs in nowhere.
    """
    account_id = uow.principal.account_id
    if wanted.account_id not in (None, account_id):
        account_id = integration_account(uow, wanted.account_id)
    if account_id is None:
        raise Forbidden("Only an account can make a key.")
    if wanted.scopes is not None:
        excess = sorted(set(map(str, wanted.scopes)) - uow.principal.scopes)
        if excess:
            raise Invalid.at("/scopes", f"You do not hold {', '.join(excess)}.", "scope_not_held")
    live = uow.db.scalars(
        select(Token).where(
            Token.organization_id == uow.organization_id,
            Token.account_id == account_id,
            Token.kind == TokenKind.API_KEY,
            Token.revoked_at.is_(None),
            Token.expires_at > uow.now,
        )
    ).all()
    if len(live) >= LIVE_KEYS:
        raise TooManyKeys(f"{len(live)} are live.")
    scopes = wanted.scopes
    if scopes is None and account_id == uow.principal.account_id:
        scopes = [Scope(scope) for scope in sorted(uow.principal.scopes)]
    token, secret = issue(
        uow,
        account_id,
        TokenKind.API_KEY,
        wanted.name,
        dt.timedelta(days=wanted.expires_in_days),
        scopes=None if scopes is None else [str(scope) for scope in scopes],
    )
    shown = {name: getattr(token, name) for name in TokenOut.model_fields}
    return {**shown, "token": secret}


def integration_account(uow: UnitOfWork, account_id: uuid.UUID | None) -> uuid.UUID:
    """An account whose only role is integration. Raises Forbidden, Invalid."""
    if not uow.principal.has(Role.ADMINISTRATOR):
        raise Forbidden("Only administrators make keys for integrations.")
    roles = uow.db.scalars(
        select(RoleGrant.role).where(
            RoleGrant.organization_id == uow.organization_id, RoleGrant.account_id == account_id
        )
    ).all()
    if account_id is None or set(roles) != {Role.INTEGRATION}:
        raise Invalid.at(
            "/account_id", "Not an account whose only role is integration.", "unknown_reference"
        )
    return account_id


def revoke_token(uow: UnitOfWork, token_id: uuid.UUID) -> None:
    """End an API key at once."""
    token = uow.to_change(visible_tokens(uow).where(Token.id == token_id))
    if token.revoked_at is None:
        token.revoked_at = uow.now
        uow.touch(token)
