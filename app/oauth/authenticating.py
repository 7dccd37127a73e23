"""Who a client is: a secret in `Authorization`, or an assertion signed with its own key."""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from urllib.parse import unquote_plus

from sqlalchemy import Connection, Row, insert, select

from app.access.secrets import TokenKind, digest, well_formed
from app.kit.lanes import Lanes
from app.kit.problems import Problem
from app.kit.signatures import (
    NotVerified,
    key_for,
    unverified_claims,
    usable_keys,
    verified_claims,
)
from app.kit.work import NOBODY, Principal, UnitOfWork, bind_organization
from app.oauth.models import ClientAuthentication, OAuthClient, SpentAssertion

LONGEST_ASSERTION = dt.timedelta(minutes=5)
TOKEN_PATH = "/oauth/token"  # noqa: S105  a path


class OAuthRefusal(Problem):
    """A failure in the shape of RFC 6749 §5.2, which every OAuth library understands."""

    status = 400

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail)
        self.headers["Content-Type"] = "application/json"

    def document(self, request_id: str) -> dict[str, str]:
        return {"error": self.slug.replace("-", "_"), "error_description": self.detail}


class InvalidRequest(OAuthRefusal):
    slug, title = "invalid-request", "The token request is not well-formed"


class InvalidClient(OAuthRefusal):
    status, slug = 401, "invalid-client"
    title = "The client is unknown or disabled, or its credentials do not hold"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail)
        self.headers["WWW-Authenticate"] = 'Basic realm="rementor"'


class AssertionSpent(InvalidClient):
    title = "This assertion was shown before: sign a new one"
    constraints = ("pk_spent_assertions",)


@dataclass(frozen=True)
class ClientName:
    """A `client_id` taken apart."""

    organization_id: uuid.UUID
    id: uuid.UUID

    @classmethod
    def read(cls, client_id: object) -> "ClientName":
        """Raises InvalidClient."""
        organization, _, own = str(client_id).partition(".")
        try:
            found = cls(uuid.UUID(organization), uuid.UUID(own))
        except ValueError as wrong:
            raise InvalidClient from wrong
        if str(found) != client_id:  # one spelling only
            raise InvalidClient
        return found

    def __str__(self) -> str:
        return f"{self.organization_id}.{self.id}"

    @property
    def principal(self) -> Principal:
        return Principal(f"oauth_client:{self.id}", self.organization_id, token_id=self.id)


class ClientDoor:
    """The door of the token endpoint: a client with its secret; or nobody yet."""

    long = False

    async def __call__(self) -> None:
        """Never called: the route class admits, inside the transaction."""

    def admit(self, rows: Connection, credentials: str | None, lanes: Lanes) -> Principal:
        """The client behind a Basic header, without any right. Raises InvalidClient."""
        if credentials is None:
            return NOBODY
        name, secret = _basic(credentials)
        if not well_formed(secret, TokenKind.CLIENT_SECRET):
            raise InvalidClient
        bind_organization(rows, name.organization_id)
        client = live_client(rows, name)
        if client is None or not _fits(client, digest(secret), lanes.clock.now()):
            raise InvalidClient
        return name.principal


def _basic(credentials: str) -> tuple[ClientName, str]:
    """RFC 6749 §2.3.1: both halves are form-encoded before they are joined."""
    scheme, _, rest = credentials.partition(" ")
    try:
        told = base64.b64decode(rest.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError) as wrong:
        raise InvalidClient from wrong
    name, colon, secret = told.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise InvalidClient
    return ClientName.read(unquote_plus(name)), unquote_plus(secret)


def _fits(client: Row[OAuthClient], shown: bytes, now: dt.datetime) -> bool:
    """Whether it is one of the two live secrets."""
    return client.authentication is ClientAuthentication.CLIENT_SECRET_BASIC and any(
        kept is not None and ends is not None and ends > now and hmac.compare_digest(kept, shown)
        for kept, ends in (
            (client.secret_digest, client.secret_expires_at),
            (client.previous_secret_digest, client.previous_secret_expires_at),
        )
    )


def live_client(rows: Connection, name: ClientName) -> Row[OAuthClient] | None:
    """The client of this name, unless it is disabled."""
    return rows.execute(
        select(OAuthClient).where(
            OAuthClient.organization_id == name.organization_id,
            OAuthClient.id == name.id,
            OAuthClient.disabled_at.is_(None),
        )
    ).one_or_none()


def admit_by_assertion(uow: UnitOfWork, assertion: str) -> ClientName:
    """Enter as the client that signed this, once (RFC 7523 §3). Raises InvalidClient."""
    try:
        said = unverified_claims(assertion)
        name = ClientName.read(said.get("sub"))
        uow.enter(name.principal)
        client = live_client(uow.rows, name)
        keys = usable_keys(client.public_keys) if client is not None else []
        key = key_for(assertion, keys)
        if key is None:
            raise InvalidClient
        claims = verified_claims(assertion, key, uow.now, required=["iss", "sub", "aud", "jti"])
    except NotVerified as why:
        raise InvalidClient(str(why)) from why
    _judge(uow, claims, str(name))
    spent = hashlib.sha256(f"{name}\n{claims['jti']}".encode()).hexdigest()
    values = {
        "organization_id": name.organization_id,
        "digest": spent,
        "expires_at": uow.now + 2 * LONGEST_ASSERTION,
    }
    uow.rows.execute(insert(SpentAssertion), values)  # a second time breaks the key: AssertionSpent
    return name


def _judge(uow: UnitOfWork, claims: dict[str, object], client_id: str) -> None:
    """Raises InvalidClient unless it is by the client, for us alone, and short-lived."""
    if claims["iss"] != client_id or claims["sub"] != client_id:
        raise InvalidClient("iss and sub are the client_id.")
    issuer = uow.settings.public_url
    ours = (issuer, f"{issuer}{TOKEN_PATH}")
    if claims["aud"] not in (*ours, *([each] for each in ours)):
        raise InvalidClient(f"aud is {issuer}, and nobody else.")
    jti, exp = claims["jti"], claims["exp"]
    if not isinstance(jti, str) or not 1 <= len(jti) <= 255:
        raise InvalidClient("jti has 1 to 255 characters.")
    latest = (uow.now + LONGEST_ASSERTION).timestamp()
    if not isinstance(exp, int | float) or exp > latest:
        raise InvalidClient("exp is at most five minutes from now.")
