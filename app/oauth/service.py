"""OAuth clients: who registers them, for whom they act, and how their secrets change."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row, Select, select

from app.access.keys import integration_account
from app.access.models import Token
from app.access.scopes import Role, Scope
from app.access.secrets import TokenKind, digest, new_secret
from app.access.service import revoke_tokens
from app.kit.database import uuid7
from app.kit.problems import Conflict, Invalid
from app.kit.signatures import NotVerified, public_key
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.oauth.authenticating import ClientName
from app.oauth.events import OAuthClientEnded, OAuthClientRegistered, OAuthClientSecretRotated
from app.oauth.models import ClientAuthentication, OAuthClient
from app.oauth.schemas import (
    OAuthClientChange,
    OAuthClientQuery,
    OAuthClientRegister,
    PublicKey,
    SecretRotation,
)

FOR_CLIENTS = frozenset(str(scope) for scope in Scope) - {
    str(scope)
    for scope in (
        Scope.ACCOUNTS_WRITE, Scope.IDENTITY_PROVIDERS_WRITE, Scope.OAUTH_CLIENTS_WRITE,
        Scope.TOKENS_WRITE,
    )
}  # fmt: skip
"""Nothing that makes credentials: they would outlive the client that made them."""
SORTS = {"created_at": OAuthClient.id, "name": OAuthClient.name}


class ClientSignsWithKey(Conflict):
    slug, title = "client-signs-with-key", "This client signs with a key of its own: no secret"


def visible(uow: UnitOfWork) -> Select[OAuthClient]:
    """All for those who manage or audit access, else those that act for oneself."""
    stmt = select(OAuthClient).where(OAuthClient.organization_id == uow.organization_id)
    if not uow.principal.has(Role.ADMINISTRATOR, Role.AUDITOR):
        stmt = stmt.where(OAuthClient.account_id == uow.principal.account_id)
    return stmt


def register_client(uow: UnitOfWork, wanted: OAuthClientRegister) -> dict[str, Any]:
    """Register a system; its secret exists only in this answer."""
    account_id = uow.principal.account_id
    if account_id is None or wanted.account_id not in (None, account_id):
        account_id = integration_account(uow, wanted.account_id)
    _check_scopes(wanted.scopes)
    client_id = uuid7()
    client = OAuthClient(
        id=client_id,
        client_id=str(ClientName(uow.organization_id, client_id)),
        account_id=account_id,
        name=wanted.name,
        authentication=wanted.authentication,
        scopes=_sorted(wanted.scopes),
        public_keys=_checked(wanted.public_keys or []),
    )
    secret = None
    if wanted.authentication is ClientAuthentication.CLIENT_SECRET_BASIC:
        secret = _give_secret(uow, client, wanted.secret_expires_in_days)
    uow.add(client)
    uow.emit(OAuthClientRegistered(oauth_client_id=client.id))
    return _shown(client, secret)


def list_clients(uow: UnitOfWork, query: OAuthClientQuery) -> dict[str, Any]:
    stmt = visible(uow)
    stmt = narrowed(stmt, (OAuthClient.account_id, query.account_id))
    return uow.page(stmt, OAuthClient.id, query, SORTS)


def get_client(uow: UnitOfWork, client_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible(uow).where(OAuthClient.id == client_id))


def change_client(uow: UnitOfWork, client_id: uuid.UUID, wanted: OAuthClientChange) -> OAuthClient:
    """Rename, limit, disable or enable; what makes it less ends its access tokens at once."""
    client = uow.to_change(visible(uow).where(OAuthClient.id == client_id))
    changes = wanted.model_dump()
    if "name" in changes:
        client.name = changes["name"]
    if "scopes" in changes:
        _check_scopes(changes["scopes"])
        client.scopes = _sorted(changes["scopes"])
    if "public_keys" in changes:
        if client.authentication is not ClientAuthentication.PRIVATE_KEY_JWT:
            raise Invalid.at("/public_keys", "This client has a secret.", "value_error")
        client.public_keys = _checked(wanted.public_keys)  # type: ignore[arg-type]  # not MISSING here
    if changes.get("disabled") is True and client.disabled_at is None:
        client.disabled_at = uow.now
        uow.emit(OAuthClientEnded(oauth_client_id=client.id))
    elif changes.get("disabled") is False:
        client.disabled_at = None
    if changes.keys() - {"name"}:
        revoke_tokens(uow, *_tokens_of(client))
    return uow.touch(client)


def rotate_client_secret(
    uow: UnitOfWork, client_id: uuid.UUID, wanted: SecretRotation
) -> dict[str, Any]:
    """A new secret; the one before stays good for the overlap, so that nothing stands still."""
    client = uow.to_change(visible(uow).where(OAuthClient.id == client_id))
    if client.secret_digest is None or client.secret_expires_at is None:
        raise ClientSignsWithKey
    client.previous_secret_digest = client.secret_digest
    client.previous_secret_expires_at = min(
        client.secret_expires_at, uow.now + dt.timedelta(hours=wanted.overlap_hours)
    )
    secret = _give_secret(uow, client, wanted.secret_expires_in_days)
    uow.emit(OAuthClientSecretRotated(oauth_client_id=client.id))
    return _shown(uow.touch(client), secret)


def remove_client(uow: UnitOfWork, client_id: uuid.UUID) -> None:
    """Remove a client; its access tokens end at once."""
    client = uow.to_change(visible(uow).where(OAuthClient.id == client_id))
    revoke_tokens(uow, *_tokens_of(client))
    uow.emit(OAuthClientEnded(oauth_client_id=client.id))
    uow.remove(client)


def _tokens_of(client: OAuthClient) -> tuple[Any, ...]:
    return Token.account_id == client.account_id, Token.oauth_client_id == client.id


def _give_secret(uow: UnitOfWork, client: OAuthClient, days: int) -> str:
    secret = new_secret(TokenKind.CLIENT_SECRET)
    client.secret_digest, client.secret_last_four = digest(secret), secret[-4:]
    client.secret_expires_at = uow.now + dt.timedelta(days=days)
    return secret


def _check_scopes(scopes: list[Scope]) -> None:
    if kept := sorted(set(map(str, scopes)) - FOR_CLIENTS):
        raise Invalid.at(
            "/scopes", f"{', '.join(kept)} makes credentials.", "scope_not_for_clients"
        )


def _sorted(scopes: list[Scope]) -> list[str]:
    return sorted({str(scope) for scope in scopes})


def _checked(keys: list[PublicKey]) -> list[dict[str, Any]]:
    """The keys as they are stored. Raises Invalid for one that cannot be used."""
    found = [each.model_dump() for each in keys]
    for place, each in enumerate(found):
        try:
            public_key(each)
        except NotVerified as why:
            raise Invalid.at(f"/public_keys/{place}", str(why), "key_unusable") from why
    if len({each["kid"] for each in found}) < len(found):
        raise Invalid.at("/public_keys", "Each key has a kid of its own.", "kid_repeated")
    return found


def _shown(client: OAuthClient, secret: str | None) -> dict[str, Any]:
    columns = OAuthClient.__table__.columns.keys()
    return {**{name: getattr(client, name) for name in columns}, "client_secret": secret}
