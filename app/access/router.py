"""/v1/organizations, /v1/accounts, /v1/tokens, /v1/me, /v1/events, /v1/audit-entries."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import keys, service, signing_in, trail
from app.access.gate import open_work, work
from app.access.schemas import (
    AccountChange,
    AccountInvite,
    AccountOut,
    AccountQuery,
    AuditQuery,
    AuditTrail,
    AuditVerdict,
    EventFeed,
    EventQuery,
    GrantCreate,
    GrantOut,
    GrantQuery,
    InvitationAccept,
    InvitationOut,
    MeOut,
    OrganizationChange,
    OrganizationOut,
    Refresh,
    SignedInOut,
    SignIn,
    TokenCreate,
    TokenCreated,
    TokenOut,
    TokenQuery,
)
from app.access.scopes import Scope
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation, without_if_match
from app.kit.wire import Page
from app.kit.work import UnitOfWork

router = APIRouter(prefix="/v1", route_class=Operation)

OrganizationRead = Annotated[UnitOfWork, work(Scope.ORGANIZATION_READ)]
OrganizationWrite = Annotated[UnitOfWork, work(Scope.ORGANIZATION_WRITE)]
AccountsRead = Annotated[UnitOfWork, work(Scope.ACCOUNTS_READ)]
AccountsWrite = Annotated[UnitOfWork, work(Scope.ACCOUNTS_WRITE)]
TokensWrite = Annotated[UnitOfWork, work(Scope.TOKENS_WRITE)]
EventsRead = Annotated[UnitOfWork, work(Scope.EVENTS_READ)]
AuditRead = Annotated[UnitOfWork, work(Scope.AUDIT_READ, long=True)]
Anyone = Annotated[UnitOfWork, open_work()]
AnyoneThinking = Annotated[UnitOfWork, open_work(long=True)]


@router.get(
    "/organizations/{organization_id}",
    tags=["access"],
    response_model=OrganizationOut,
    responses=problems(NotFound),
)
def get_organization(uow: OrganizationRead, organization_id: UUID) -> Any:
    """Show your organization."""
    return service.get_organization(uow, organization_id)


@router.patch(
    "/organizations/{organization_id}", tags=["access"], response_model=OrganizationOut,
    responses=problems(NotFound, service.MinimumGroupOnlyRises),
)  # fmt: skip
def change_organization(
    uow: OrganizationWrite, organization_id: UUID, wanted: OrganizationChange
) -> Any:
    """Rename your organization, raise its minimum group, or let generation count in matching."""
    return service.change_organization(uow, organization_id, wanted)


@router.post(
    "/accounts",
    tags=["access"],
    status_code=201,
    response_model=InvitationOut,
    responses=problems(service.EmailTaken),
)
def invite_account(uow: AccountsWrite, wanted: AccountInvite) -> Any:
    """Give somebody an account and a one-time invitation."""
    return service.invite_account(uow, wanted)


@router.get("/accounts", tags=["access"], response_model=Page[AccountOut])
def list_accounts(uow: AccountsRead, query: Annotated[AccountQuery, Query()]) -> Any:
    """List accounts, newest first."""
    return service.list_accounts(uow, query)


@router.post(
    "/accounts/accept-invitation", tags=["access"], response_model=AccountOut,
    responses=problems(signing_in.InvitationInvalid),
)  # fmt: skip
def accept_invitation(uow: AnyoneThinking, wanted: InvitationAccept) -> Any:
    """Choose a password with a one-time invitation."""
    return signing_in.accept_invitation(uow, wanted)


@router.get(
    "/accounts/{account_id}",
    tags=["access"],
    response_model=AccountOut,
    responses=problems(NotFound),
)
def get_account(uow: AccountsRead, account_id: UUID) -> Any:
    """Show one account."""
    return service.get_account(uow, account_id)


@router.patch(
    "/accounts/{account_id}", tags=["access"], response_model=AccountOut,
    responses=problems(NotFound, service.LastAdministrator),
)  # fmt: skip
def change_account(uow: AccountsWrite, account_id: UUID, wanted: AccountChange) -> Any:
    """Rename, disable or enable an account."""
    return service.change_account(uow, account_id, wanted)


@router.post(
    "/accounts/{account_id}/invite-again",
    tags=["access"],
    status_code=201,
    response_model=InvitationOut,
    responses=problems(NotFound),
)
def invite_again(uow: AccountsWrite, account_id: UUID) -> Any:
    """Send a new invitation for an account; earlier ones end."""
    return service.invite_again(uow, account_id)


@router.post(
    "/accounts/{account_id}/grants", tags=["access"], status_code=201, response_model=GrantOut,
    responses=problems(NotFound, service.RoleGrantedAlready),
)  # fmt: skip
def grant_role(uow: AccountsWrite, account_id: UUID, wanted: GrantCreate) -> Any:
    """Give an account a role, for the organization or for one program."""
    return service.grant_role(uow, account_id, wanted)


@router.get("/grants", tags=["access"], response_model=Page[GrantOut])
def list_grants(uow: AccountsRead, query: Annotated[GrantQuery, Query()]) -> Any:
    """List who holds which role."""
    return service.list_grants(uow, query)


@router.delete(
    "/grants/{grant_id}",
    tags=["access"],
    status_code=204,
    responses=problems(NotFound, service.LastAdministrator),
)
@without_if_match
def withdraw_role(uow: AccountsWrite, grant_id: UUID) -> None:
    """Take a role away."""
    service.withdraw_role(uow, grant_id)


@router.post(
    "/tokens", tags=["access"], status_code=201, response_model=TokenCreated,
    responses=problems(keys.TooManyKeys),
)  # fmt: skip
def create_token(uow: TokensWrite, wanted: TokenCreate) -> Any:
    """Make an API key, for yourself or for an integration."""
    return keys.create_token(uow, wanted)


@router.get("/tokens", tags=["access"], response_model=Page[TokenOut])
def list_tokens(uow: TokensWrite, query: Annotated[TokenQuery, Query()]) -> Any:
    """List API keys, newest first; never their secrets."""
    return keys.list_tokens(uow, query)


@router.post(
    "/tokens/sign-in", tags=["access"], status_code=201, response_model=SignedInOut,
    responses=problems(signing_in.SignInRefused, signing_in.TooManySignIns),
)  # fmt: skip
def sign_in(uow: AnyoneThinking, wanted: SignIn) -> Any:
    """Sign in with e-mail and password."""
    return signing_in.sign_in(uow, wanted)


@router.post(
    "/tokens/refresh",
    tags=["access"],
    status_code=201,
    response_model=SignedInOut,
    responses=problems(signing_in.RefreshRefused),
)
def refresh_tokens(uow: Anyone, wanted: Refresh) -> Any:
    """Exchange a refresh token, once, for a new pair of tokens."""
    return signing_in.refresh_tokens(uow, wanted)


@router.post("/tokens/sign-out", tags=["access"], status_code=204)
def sign_out(uow: TokensWrite) -> None:
    """End this sign-in, or this API key, at once."""
    signing_in.sign_out(uow)


@router.get(
    "/tokens/{key_id}", tags=["access"], response_model=TokenOut, responses=problems(NotFound)
)
def get_token(uow: TokensWrite, key_id: UUID) -> Any:
    """Show one API key, without its secret."""
    return keys.get_token(uow, key_id)


@router.delete("/tokens/{key_id}", tags=["access"], status_code=204, responses=problems(NotFound))
@without_if_match
def revoke_token(uow: TokensWrite, key_id: UUID) -> None:
    """End an API key at once."""
    keys.revoke_token(uow, key_id)


@router.get("/me", tags=["access"], response_model=MeOut)
def get_me(uow: OrganizationRead) -> Any:
    """Show who this token speaks for, and what it may do."""
    return service.get_me(uow)


@router.get("/events", tags=["events"], response_model=EventFeed)
def read_events(uow: EventsRead, query: Annotated[EventQuery, Query()]) -> Any:
    """Read what happened, in the order it was committed."""
    return trail.read_events(uow, query)


@router.get("/audit-entries", tags=["audit"], response_model=AuditTrail)
def read_audit_trail(uow: AuditRead, query: Annotated[AuditQuery, Query()]) -> Any:
    """Read who did what, in order."""
    return trail.read_audit_trail(uow, query)


@router.get("/audit-entries/verify", tags=["audit"], response_model=AuditVerdict)
def verify_audit_trail(uow: AuditRead) -> Any:
    """Check that the audit trail is whole."""
    return trail.verify_audit_trail(uow)
