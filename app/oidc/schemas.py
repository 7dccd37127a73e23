"""Identity providers, links and the two halves of a sign-in on the wire."""

import datetime as dt
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import MISSING, Field, StringConstraints

from app.access.scopes import Role
from app.kit.wire import In, Line, Out, PageQuery

HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
Visible = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[!-~]+$")]
Issuer = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=500, pattern=rf"^https?://{HOST}(:[0-9]{{1,5}})?(/[!$->@-~]*)?$"
    ),
    Field(
        examples=["https://login.example.com/acme"],
        description="Exactly as the provider calls itself; the id tokens are held against it.",
    ),
]
Domain = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=253,
        to_lower=True,
        pattern=r"^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z]$",
    ),
    Field(examples=["example.com"], description="Exactly this domain, not those below it."),
]
RedirectUri = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=1000,
        pattern=rf"^(https://{HOST}|http://(localhost|127\.0\.0\.1))(:[0-9]{{1,5}})?(/[!$-~]*)?$",
    ),
    Field(examples=["https://mentoring.example.com/signed-in"]),
]
Domains = Annotated[
    list[Domain],
    Field(max_length=50, description="Whose verified e-mail may be linked to an account of yours."),
]
Roles = Annotated[
    list[Role],
    Field(
        max_length=8,
        description="Only accounts whose roles are all among these are linked by e-mail.",
    ),
]
RedirectUris = Annotated[
    list[RedirectUri],
    Field(
        min_length=1, max_length=20, description="Of your front ends; compared letter by letter."
    ),
]
EVERYDAY_ROLES = [Role.PARTICIPANT, Role.PROGRAM_MANAGER, Role.FACILITATOR, Role.SPONSOR]


class IdentityProviderRegister(
    In,
    json_schema_extra={
        "examples": [
            {
                "name": "Acme sign-on",
                "issuer": "https://login.example.com/acme",
                "client_id": "rementor",
                "client_secret": "what the provider gave you",
                "allowed_domains": ["example.com"],
                "redirect_uris": ["https://mentoring.example.com/signed-in"],
            }
        ]
    },
):
    """Let an OpenID provider vouch for the people of your organization."""

    name: Line = Field(examples=["Acme sign-on"])
    issuer: Issuer
    client_id: Visible = Field(description="What the provider calls this installation.")
    client_secret: Line | None = Field(
        default=None, description="Stored sealed, never shown again. None: a public client."
    )
    allowed_domains: Domains = Field(default=[])
    linkable_roles: Roles = Field(default=EVERYDAY_ROLES)
    redirect_uris: RedirectUris


class IdentityProviderChange(In, json_schema_extra={"examples": [{"disabled": True}]}):
    """Send only what changes. The issuer never does: who it vouched for would be others."""

    name: Line | MISSING = MISSING
    client_id: Visible | MISSING = MISSING
    client_secret: Line | None | MISSING = MISSING
    allowed_domains: Domains | MISSING = MISSING
    linkable_roles: Roles | MISSING = MISSING
    redirect_uris: RedirectUris | MISSING = MISSING
    disabled: bool | MISSING = Field(
        default=MISSING, description="True: nobody signs in through it; who is in stays in."
    )


class IdentityProviderOut(Out):
    """An OpenID provider of your organization, without its secret."""

    resource: ClassVar[str] = "/v1/identity-providers"

    id: UUID
    name: str
    issuer: str
    client_id: str
    allowed_domains: list[str] = Field(max_length=50)
    linkable_roles: list[str] = Field(max_length=8)
    redirect_uris: list[str] = Field(max_length=20)
    disabled_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class IdentityProviderQuery(PageQuery):
    pass


class IdentityLinkOut(Out):
    """Somebody at a provider, and the account that is theirs."""

    id: UUID
    identity_provider_id: UUID
    account_id: UUID
    subject: str = Field(description="The provider's own name for this person.")
    created_at: dt.datetime


class IdentityLinkQuery(PageQuery):
    account_id: UUID | None = None
    identity_provider_id: UUID | None = None


class SignInBegin(
    In,
    json_schema_extra={
        "examples": [
            {
                "organization_id": "01a212db-b1c7-7078-aff1-7075797c868e",
                "redirect_uri": "https://mentoring.example.com/signed-in",
            }
        ]
    },
):
    """Begin to sign in through a provider."""

    organization_id: UUID
    identity_provider_id: UUID | None = Field(
        default=None, description="None: the only one that is enabled."
    )
    redirect_uri: RedirectUri = Field(description="One of those registered with the provider.")


class SignInBegunOut(Out):
    """Send the browser to `authorization_url`, and keep `handle` where it cannot be taken along."""

    carries_secret: ClassVar[bool] = True

    authorization_url: str
    handle: str = Field(
        description="For the page that began, alone: sessionStorage, never an address."
    )
    expires_at: dt.datetime


class SignInFinish(
    In,
    json_schema_extra={
        "examples": [
            {
                "handle": "AaBb-kept-since-the-beginning",
                "state": "from-the-address",
                "code": "from-the-address",
                "iss": "https://login.example.com/acme",
            }
        ]
    },
):
    """What the browser brought back, with the handle of the page that began."""

    handle: Annotated[
        str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[A-Za-z0-9_-]+$")
    ]
    state: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    code: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[ -~]+$")]
    iss: Issuer | None = Field(
        default=None, description="If the address has one, send it along (RFC 9207)."
    )
