"""Accounts, tokens, the organization, events and audit entries on the wire."""

import datetime as dt
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field, StringConstraints, model_validator

from app.access.scopes import PROGRAM_ROLES, Role, Scope
from app.access.secrets import TokenKind
from app.kit.wire import ANYTHING, In, Line, Out, PageQuery

Email = Annotated[
    str,
    StringConstraints(
        max_length=320,
        # \s is not the same everywhere: the controls up to U+009F are named
        pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]{1,64}@[^@\s\x00-\x1f\x7f-\x9f]+\.[^@\s\x00-\x1f\x7f-\x9f]+$",
        to_lower=True,
    ),
    Field(examples=["rosa.weber@example.com"], description="Compared in lower case."),
]
Password = Annotated[
    str,
    Field(
        pattern=ANYTHING,
        min_length=12,
        max_length=256,
        description="Twelve characters or more; no composition rules.",
    ),
]
Secret = Annotated[
    str, StringConstraints(min_length=20, max_length=60, pattern=r"^rm[a-z]_[0-9A-Za-z]+$")
]


Origin = Annotated[
    str,
    StringConstraints(
        max_length=255,
        pattern=(
            r"^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://(localhost|127\.0\.0\.1))"
            r"(:[1-9][0-9]{0,4})?$"
        ),
    ),
    Field(
        examples=["https://mentoring.example.com"],
        description="As browsers send it: lower case, no path; without encryption only locally.",
    ),
]


class OrganizationOut(Out):
    """An employer: everything else belongs to one."""

    resource: ClassVar[str] = "/v1/organizations"

    id: UUID
    name: str
    minimum_group: int = Field(
        description="No figure about fewer people than this leaves the house."
    )
    allowed_origins: list[str] = Field(
        max_length=20, description="Front ends whose browsers may read your answers."
    )
    generation_in_matching: bool = Field(
        description="Whether people may say which generation they count themselves to, and programs"
        " may give that a little weight in matching."
    )
    created_at: dt.datetime


class OrganizationChange(
    In, json_schema_extra={"examples": [{"name": "Acme International", "minimum_group": 8}]}
):
    """Send only what changes. The minimum group can only be raised."""

    name: Line | MISSING = MISSING
    minimum_group: Annotated[int, Field(ge=5, le=20)] | MISSING = MISSING
    allowed_origins: Annotated[list[Origin], Field(max_length=20)] | MISSING = Field(
        default=MISSING,
        description="Exact origins of your front ends: the whole list, which replaces the old one.",
    )
    generation_in_matching: bool | MISSING = MISSING


class GrantOut(Out):
    """A role of an account, for the whole organization or for one program."""

    id: UUID
    account_id: UUID
    role: Role
    program_id: UUID | None


class GrantCreate(
    In,
    json_schema_extra={
        "examples": [
            {"role": "program_manager", "program_id": "01a212db-b1c7-7078-aff1-7075797c868e"}
        ]
    },
):
    """Give a role; with `program_id` it holds for that program only."""

    role: Role
    program_id: UUID | None = None

    @model_validator(mode="after")
    def _only_some_roles_are_for_one_program(self) -> Self:
        if self.program_id is not None and self.role not in PROGRAM_ROLES:
            known = ", ".join(sorted(PROGRAM_ROLES))
            raise ValueError(f"for one program there are the roles {known}")
        return self


class AccountInvite(
    In,
    json_schema_extra={
        "examples": [
            {"email": "rosa.weber@example.com", "name": "Rosa Weber", "roles": ["program_manager"]}
        ]
    },
):
    """Give somebody an account, and a one-time invitation with which to choose a password."""

    email: Email
    name: Line = Field(examples=["Rosa Weber"])
    roles: list[Role] = Field(min_length=1, max_length=8, description="For the whole organization.")


class AccountChange(In, json_schema_extra={"examples": [{"disabled": True}]}):
    """Send only what changes."""

    name: Line | MISSING = MISSING
    disabled: bool | MISSING = Field(
        default=MISSING, description="True ends every token of the account at once."
    )


class AccountOut(Out):
    """A login of this organization."""

    resource: ClassVar[str] = "/v1/accounts"

    id: UUID
    email: str
    name: str
    disabled_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class InvitationOut(Out):
    """A new account with its invitation, which is shown this once. Valid for seven days."""

    resource: ClassVar[str] = "/v1/accounts"
    carries_secret: ClassVar[bool] = True

    id: UUID = Field(description="The account.")
    email: str
    invitation_token: str
    expires_at: dt.datetime


class AccountQuery(PageQuery):
    email: Email | None = Field(default=None, description="Exact, any case.")


class GrantQuery(PageQuery):
    sort: str = Field(default="id", max_length=60, pattern=r"^-?[a-z_]+$")
    account_id: UUID | None = None


class InvitationAccept(
    In,
    json_schema_extra={
        "examples": [
            {
                "invitation_token": "rmi_0000000000000000000000000000000000000",
                "password": "a sentence you remember",
            }
        ]
    },
):
    """Choose a password with a one-time invitation."""

    invitation_token: Secret
    password: Password


class SignIn(
    In,
    json_schema_extra={
        "examples": [
            {
                "organization_id": "01a212db-b1c7-7078-aff1-7075797c868e",
                "email": "rosa.weber@example.com",
                "password": "a sentence you remember",
            }
        ]
    },
):
    """Sign in with e-mail and password, naming the organization."""

    organization_id: UUID
    email: Email
    password: Annotated[str, Field(pattern=ANYTHING, min_length=1, max_length=256)]


class Refresh(
    In,
    json_schema_extra={
        "examples": [{"refresh_token": "rmr_0000000000000000000000000000000000000"}]
    },
):
    """Exchange a refresh token, once, for a new pair."""

    refresh_token: Secret


class SignedInOut(Out):
    """A pair of tokens, shown this once: use the access token, keep the refresh token safe."""

    carries_secret: ClassVar[bool] = True

    access_token: str
    access_expires_at: dt.datetime
    refresh_token: str
    refresh_expires_at: dt.datetime


class TokenCreate(
    In,
    json_schema_extra={
        "examples": [
            {"name": "HRIS nightly sync", "scopes": ["participants:write"], "expires_in_days": 90}
        ]
    },
):
    """Make an API key."""

    account_id: UUID | None = Field(
        default=None,
        description="None: your own. Administrators may name an account of role integration.",
    )
    name: Line = Field(examples=["HRIS nightly sync"])
    scopes: list[Scope] | None = Field(
        default=None, min_length=1, max_length=40, description="None: everything your account may."
    )
    expires_in_days: int = Field(default=90, ge=1, le=365)


class TokenOut(Out):
    """An API key, without its secret."""

    resource: ClassVar[str] = "/v1/tokens"

    id: UUID
    account_id: UUID
    kind: TokenKind
    name: str
    last_four: str
    scopes: list[str] | None = Field(max_length=40)
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    created_at: dt.datetime


class TokenCreated(TokenOut):
    """A new API key with its secret, which is shown this once."""

    carries_secret: ClassVar[bool] = True

    token: str


class TokenQuery(PageQuery):
    account_id: UUID | None = None


class MeOut(Out):
    """Who the token speaks for, and what it may do."""

    account_id: UUID
    organization_id: UUID
    email: str
    name: str
    roles: list[Role] = Field(max_length=8)
    scopes: list[str] = Field(max_length=60)


class EventOut(Out):
    """A fact in the past tense: ids and figures, no names, no free text."""

    id: UUID
    position: int = Field(description="Gapless in the organization, in commit order.")
    type: str
    at: dt.datetime
    data: dict[str, Any]


class EventQuery(In):
    """Where to go on reading. Strict ordering means: nothing before `after` can still appear."""

    model_config = ConfigDict(strict=False)

    after: int = Field(default=0, ge=0, lt=2**31, description="The last position you have.")
    limit: int = Field(default=100, ge=1, le=200)
    type: str | None = Field(default=None, max_length=80, pattern=r"^[a-z_.]+$")


class EventFeed(Out):
    """Events after a position; ask again with `next_after`."""

    items: list[EventOut] = Field(max_length=200)
    next_after: int


class AuditEntryOut(Out):
    """One writing request or job: who, when, what it touched; chained by hash."""

    position: int
    at: dt.datetime
    actor: str
    action: str
    request_id: str
    changes: list[dict[str, Any]] = Field(max_length=1_000_000)
    previous_hash: str
    hash: str


class AuditQuery(In):
    model_config = ConfigDict(strict=False)

    after: int = Field(default=0, ge=0, lt=2**31, description="The last position you have.")
    limit: int = Field(default=100, ge=1, le=200)


class AuditTrail(Out):
    """Audit entries after a position; ask again with `next_after`."""

    items: list[AuditEntryOut] = Field(max_length=200)
    next_after: int


class AuditVerdict(Out):
    """Whether the chain is whole: no entry altered, removed or slipped in."""

    whole: bool
    entries_count: int
    broken_positions: list[int] = Field(max_length=1000)
