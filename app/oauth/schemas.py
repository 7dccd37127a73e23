"""OAuth clients, the token request and its answers on the wire."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import MISSING, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.access.scopes import Scope
from app.kit.wire import Code, In, Line, Out, PageQuery
from app.oauth.models import ClientAuthentication

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Parameter = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[ -~]+$")]
Base64Url = Annotated[
    str, StringConstraints(min_length=1, max_length=1500, pattern=r"^[A-Za-z0-9_-]+$")
]


class PublicKey(
    In,
    json_schema_extra={
        "examples": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "kid": "2026-11",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }
        ]
    },
):
    """A public JSON Web Key (RFC 7517); members of a private key are refused."""

    kty: Literal["EC", "OKP", "RSA"]
    kid: Code
    use: Literal["sig"] | MISSING = MISSING
    alg: Literal["ES256", "EdDSA", "RS256"] | MISSING = MISSING
    crv: Literal["Ed25519", "P-256"] | MISSING = MISSING
    n: Base64Url | MISSING = MISSING
    e: Base64Url | MISSING = MISSING
    x: Base64Url | MISSING = MISSING
    y: Base64Url | MISSING = MISSING


PublicKeys = Annotated[
    list[PublicKey],
    Field(
        min_length=1,
        max_length=4,
        description="For `private_key_jwt`: RSA of 2048 bits or more, P-256, or Ed25519.",
    ),
]
ClientScopes = Annotated[
    list[Scope],
    Field(
        min_length=1,
        max_length=40,
        description="The most it may ever ask for; nothing that makes credentials.",
    ),
]


class OAuthClientRegister(
    In,
    json_schema_extra={
        "examples": [
            {
                "name": "HRIS nightly sync",
                "scopes": ["participants:read", "participants:write"],
                "secret_expires_in_days": 90,
            }
        ]
    },
):
    """Register a system that fetches its own access tokens."""

    name: Line = Field(examples=["HRIS nightly sync"])
    account_id: UUID | None = Field(
        default=None,
        description="For whom it acts. None: you; else an account whose only role is integration.",
    )
    authentication: ClientAuthentication = ClientAuthentication.CLIENT_SECRET_BASIC
    scopes: ClientScopes
    public_keys: PublicKeys | None = None
    secret_expires_in_days: int = Field(default=90, ge=1, le=365)

    @model_validator(mode="after")
    def _keys_where_there_is_no_secret(self) -> Self:
        by_key = self.authentication is ClientAuthentication.PRIVATE_KEY_JWT
        if by_key is not (self.public_keys is not None):
            raise ValueError("public_keys belong to private_key_jwt, and it to them")
        return self


class OAuthClientChange(In, json_schema_extra={"examples": [{"disabled": True}]}):
    """Send only what changes. Fewer scopes, other keys or `disabled` end its tokens at once."""

    name: Line | MISSING = MISSING
    scopes: ClientScopes | MISSING = MISSING
    public_keys: PublicKeys | MISSING = MISSING
    disabled: bool | MISSING = MISSING


class SecretRotation(In, json_schema_extra={"examples": [{"overlap_hours": 24}]}):
    """Make a new secret; the one before works on for a while, any older one ends at once."""

    overlap_hours: int = Field(default=24, ge=0, le=720, description="How long both are good.")
    secret_expires_in_days: int = Field(default=90, ge=1, le=365)


class OAuthClientOut(Out):
    """A system that fetches its own access tokens, without its secret."""

    resource: ClassVar[str] = "/v1/oauth-clients"

    id: UUID
    client_id: str = Field(description="What it shows at `/oauth/token`.")
    account_id: UUID = Field(description="For whom it acts: it never may more than this account.")
    name: str
    authentication: ClientAuthentication
    scopes: list[str] = Field(max_length=40)
    public_keys: list[PublicKey] = Field(max_length=4)
    secret_last_four: str | None
    secret_expires_at: dt.datetime | None
    previous_secret_expires_at: dt.datetime | None = Field(
        description="Until then the secret before the last one works, too."
    )
    disabled_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class OAuthClientSecretOut(OAuthClientOut):
    """A client with its new secret, which is shown this once; none where it signs with a key."""

    carries_secret: ClassVar[bool] = True

    client_secret: str | None


class OAuthClientQuery(PageQuery):
    account_id: UUID | None = None


class AccessTokenRequest(
    BaseModel,
    json_schema_extra={
        "examples": [{"grant_type": "client_credentials", "scope": "participants:write"}]
    },
):
    """RFC 6749 §4.4.2; what is not known here is ignored, as the standard asks."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    grant_type: Parameter = Field(description="`client_credentials`.")
    scope: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[ -~]*$")] | None = Field(
        default=None,
        description="Names with a blank between them. Absent: everything the client may.",
    )
    client_id: Annotated[str, StringConstraints(max_length=80, pattern=r"^[ -~]+$")] | None = None
    client_secret: Parameter | None = Field(
        default=None, description="Not taken here: send it in `Authorization`."
    )
    client_assertion_type: Parameter | None = Field(default=None, examples=[JWT_BEARER])
    client_assertion: (
        Annotated[str, StringConstraints(max_length=8000, pattern=r"^[ -~]+$")] | None
    ) = Field(default=None, description="A JWT signed by the client (RFC 7523).")


class AccessTokenOut(Out):
    """A bearer token for ten minutes; there is no refresh token: ask again."""

    carries_secret: ClassVar[bool] = True

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")
    scope: str = Field(description="What it may: names with a blank between them.")


class AuthorizationServerOut(Out):
    """RFC 8414: how to get a token here."""

    issuer: str
    token_endpoint: str
    token_endpoint_auth_methods_supported: list[str] = Field(max_length=10)
    token_endpoint_auth_signing_alg_values_supported: list[str] = Field(max_length=10)
    grant_types_supported: list[str] = Field(max_length=10)
    response_types_supported: list[str] = Field(
        max_length=10, description="None: there is no authorization endpoint."
    )
    scopes_supported: list[str] = Field(max_length=100)
