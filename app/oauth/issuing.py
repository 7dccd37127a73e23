"""`POST /oauth/token`: a client's credentials become an access token for ten minutes."""

import datetime as dt
from typing import Any

from sqlalchemy import select

from app.access.models import Account, RoleGrant
from app.access.scopes import Role, scopes_of
from app.access.secrets import TokenKind
from app.access.service import issue
from app.kit.signatures import ALGORITHMS
from app.kit.work import UnitOfWork
from app.oauth.authenticating import (
    TOKEN_PATH,
    ClientName,
    InvalidClient,
    InvalidRequest,
    OAuthRefusal,
    admit_by_assertion,
    live_client,
)
from app.oauth.models import ClientAuthentication
from app.oauth.schemas import JWT_BEARER, AccessTokenRequest
from app.oauth.service import FOR_CLIENTS

ACCESS_LIFE = dt.timedelta(minutes=10)


class UnsupportedGrantType(OAuthRefusal):
    slug, title = "unsupported-grant-type", "Ask for client_credentials"


class InvalidScope(OAuthRefusal):
    slug, title = "invalid-scope", "The client may not have these scopes"


def issue_access_token(uow: UnitOfWork, wanted: AccessTokenRequest) -> dict[str, Any]:
    """Give a client an access token: never more than it asked for, than it may, than its account.

    The account's rights are looked at again at every use of the token.
    """
    name = _authenticated(uow, wanted)
    if wanted.grant_type != "client_credentials":
        raise UnsupportedGrantType
    client = live_client(uow.rows, name)
    if client is None:
        raise InvalidClient
    held = _held_by(uow, client.account_id) & set(client.scopes)
    asked = set(wanted.scope.split(" ")) - {""} if wanted.scope else set()
    if not asked <= held or not held:
        excess = sorted(asked - held)
        raise InvalidScope(f"Not for this client: {', '.join(excess)}." if excess else None)
    granted = sorted(asked or held)
    _, secret = issue(
        uow, client.account_id, TokenKind.ACCESS, client.name, ACCESS_LIFE,
        scopes=granted, oauth_client_id=client.id,
    )  # fmt: skip
    return {
        "access_token": secret,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIFE.total_seconds()),
        "scope": " ".join(granted),
    }


def _authenticated(uow: UnitOfWork, wanted: AccessTokenRequest) -> ClientName:
    """The client, by exactly one of the two ways. Raises InvalidRequest, InvalidClient."""
    if wanted.client_secret is not None:
        raise InvalidRequest("Send the secret as HTTP Basic in Authorization, not in the body.")
    by_secret = uow.principal.token_id is not None
    if by_secret and (wanted.client_assertion or wanted.client_assertion_type):
        raise InvalidRequest("Authenticate in one way, not in two.")
    if not by_secret:
        if wanted.client_assertion is None:
            raise InvalidClient("Send HTTP Basic, or a client_assertion.")
        if wanted.client_assertion_type != JWT_BEARER:
            raise InvalidRequest(f"client_assertion_type is {JWT_BEARER}.")
        name = admit_by_assertion(uow, wanted.client_assertion)
    else:
        name = ClientName(uow.organization_id, uow.principal.token_id)  # type: ignore[arg-type]  # by Basic
    if wanted.client_id not in (None, str(name)):
        raise InvalidRequest("client_id names another client.")
    return name


def _held_by(uow: UnitOfWork, account_id: Any) -> set[str]:
    """What an account may at this moment; nothing when it is disabled."""
    roles = uow.rows.scalars(
        select(RoleGrant.role)
        .join(
            Account,
            (Account.organization_id == RoleGrant.organization_id)
            & (Account.id == RoleGrant.account_id),
        )
        .where(
            RoleGrant.organization_id == uow.organization_id,
            RoleGrant.account_id == account_id,
            Account.disabled_at.is_(None),
        )
    )
    return set(scopes_of({Role(role) for role in roles})) & FOR_CLIENTS


def describe_server(uow: UnitOfWork) -> dict[str, Any]:
    """RFC 8414: what an OAuth library needs to know."""
    issuer = uow.settings.public_url
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}{TOKEN_PATH}",
        "token_endpoint_auth_methods_supported": [str(each) for each in ClientAuthentication],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": sorted(FOR_CLIENTS),
    }
