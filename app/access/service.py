"""Organizations, accounts, roles and API keys: who is let in, and by whom."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from app.access.events import AccountDisabled, AccountInvited, OrganizationOpened
from app.access.models import Account, RoleGrant, Token
from app.access.schemas import (
    AccountChange,
    AccountInvite,
    AccountQuery,
    GrantCreate,
    GrantQuery,
    OrganizationChange,
)
from app.access.scopes import Role
from app.access.secrets import TokenKind, digest, new_secret
from app.kit.database import Organization, OrganizationHead, uuid7
from app.kit.problems import Conflict
from app.kit.wire import narrowed
from app.kit.work import Principal, UnitOfWork

INVITATION_LIFE = dt.timedelta(days=7)


class EmailTaken(Conflict):
    slug, title = "email-taken", "There is an account with this e-mail already"
    constraints = ("uq_accounts_organization_id_email",)


class RoleGrantedAlready(Conflict):
    slug, title = "role-granted-already", "The account has this role already"
    constraints = (
        "uq_role_grants_whole",
        "uq_role_grants_organization_id_account_id_role_program_id",
    )


class LastAdministrator(Conflict):
    slug, title = "last-administrator", "An organization keeps at least one administrator"


class MinimumGroupOnlyRises(Conflict):
    slug, title = "minimum-group-only-rises", "The minimum group can be raised, never lowered"


ACCOUNT_SORTS = {"created_at": Account.created_at, "email": Account.email}
GRANT_SORTS = {"id": RoleGrant.id}


def open_organization(uow: UnitOfWork, name: str, admin_email: str) -> tuple[Organization, str]:
    """Set up an organization; returns it and its first administrator's API key."""
    organization = Organization(
        id=uuid7(), name=name, created_at=uow.now, updated_at=uow.now, version=1, minimum_group=5,
        allowed_origins=[], generation_in_matching=False,
    )  # fmt: skip
    uow.enter(Principal(actor="operator", organization_id=organization.id))
    uow.add(organization)
    uow.rows.execute(insert(OrganizationHead), {"organization_id": organization.id})
    account = uow.add(Account(email=admin_email.lower(), name="Administrator"))
    uow.add(RoleGrant(account_id=account.id, role=Role.ADMINISTRATOR))
    _, secret = issue(
        uow, account.id, TokenKind.API_KEY, "First administrator", dt.timedelta(days=365)
    )
    uow.emit(OrganizationOpened())
    return organization, secret


def visible_organizations(uow: UnitOfWork) -> Select[Organization]:
    """The caller's own organization."""
    return select(Organization).where(Organization.id == uow.organization_id)


def generation_matters(uow: UnitOfWork) -> bool:
    """Whether the organization matches by generation: off until an administrator wants it."""
    wanted = visible_organizations(uow).with_only_columns(Organization.generation_in_matching)
    return bool(uow.rows.scalar(wanted))


def get_organization(uow: UnitOfWork, organization_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_organizations(uow).where(Organization.id == organization_id))


def change_organization(
    uow: UnitOfWork, organization_id: uuid.UUID, wanted: OrganizationChange
) -> Organization:
    organization = uow.to_change(
        visible_organizations(uow).where(Organization.id == organization_id)
    )
    for name, value in wanted.model_dump().items():
        if name == "minimum_group" and value < organization.minimum_group:
            raise MinimumGroupOnlyRises(f"It is {organization.minimum_group}.")
        setattr(organization, name, value)
    return uow.touch(organization)


def visible(uow: UnitOfWork) -> Select[Account]:
    """Accounts: all for those who manage or audit them, else only one's own."""
    stmt = select(Account).where(Account.organization_id == uow.organization_id)
    if not uow.principal.has(Role.ADMINISTRATOR, Role.AUDITOR):
        stmt = stmt.where(Account.id == uow.principal.account_id)
    return stmt


def list_accounts(uow: UnitOfWork, query: AccountQuery) -> dict[str, Any]:
    stmt = visible(uow)
    if query.email is not None:
        stmt = stmt.where(Account.email == query.email.lower())
    return uow.page(stmt, Account.id, query, ACCOUNT_SORTS)


def get_account(uow: UnitOfWork, account_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible(uow).where(Account.id == account_id))


def invite_account(uow: UnitOfWork, wanted: AccountInvite) -> dict[str, Any]:
    """Give somebody an account with these roles, and a one-time invitation."""
    account = uow.add(Account(email=wanted.email, name=wanted.name))
    for role in dict.fromkeys(wanted.roles):
        uow.add(RoleGrant(account_id=account.id, role=role))
    return _invitation(uow, account)


def invite_again(uow: UnitOfWork, account_id: uuid.UUID) -> dict[str, Any]:
    """A new invitation for an account; earlier ones end."""
    account = uow.to_change(visible(uow).where(Account.id == account_id))
    revoke_tokens(uow, Token.account_id == account.id, Token.kind == TokenKind.INVITATION)
    return _invitation(uow, account)


def _invitation(uow: UnitOfWork, account: Account) -> dict[str, Any]:
    token, secret = issue(uow, account.id, TokenKind.INVITATION, "Invitation", INVITATION_LIFE)
    uow.emit(AccountInvited(account_id=account.id))
    return {
        "id": account.id,
        "email": account.email,
        "invitation_token": secret,
        "expires_at": token.expires_at,
    }


def change_account(uow: UnitOfWork, account_id: uuid.UUID, wanted: AccountChange) -> Account:
    """Rename, disable or enable an account; disabling ends its tokens at once."""
    account = uow.to_change(visible(uow).where(Account.id == account_id))
    changes = wanted.model_dump()
    if "name" in changes:
        account.name = changes["name"]
    if changes.get("disabled") is True and account.disabled_at is None:
        account.disabled_at = uow.now
        _keep_an_administrator(uow, without_account=account.id)
        revoke_tokens(uow, Token.account_id == account.id)
        uow.emit(AccountDisabled(account_id=account.id))
    elif changes.get("disabled") is False:
        account.disabled_at = None
    return uow.touch(account)


def suspend_account(uow: UnitOfWork, account_id: uuid.UUID) -> None:
    """Disable the account of somebody who left, unless nobody else could administer."""
    account = _own_account(uow, account_id)
    if account.disabled_at is None:
        _keep_an_administrator(uow, without_account=account.id)
        account.disabled_at = uow.now
        revoke_tokens(uow, Token.account_id == account.id)
        uow.touch(account)
        uow.emit(AccountDisabled(account_id=account.id))


def readmit_account(uow: UnitOfWork, account_id: uuid.UUID) -> None:
    """Enable the account of somebody who is back."""
    account = _own_account(uow, account_id)
    if account.disabled_at is not None:
        account.disabled_at = None
        uow.touch(account)


def _own_account(uow: UnitOfWork, account_id: uuid.UUID) -> Account:
    """An account of this organization, for the house's own work."""
    return uow.db.scalars(
        select(Account).where(
            Account.organization_id == uow.organization_id, Account.id == account_id
        )
    ).one()


def erase_account(uow: UnitOfWork, account_id: uuid.UUID) -> None:
    """Erase what identifies a login, and end its tokens; the id stays for the audit trail."""
    account = _own_account(uow, account_id)
    account.email, account.name = f"{account.id}@erased.invalid", "Erased person"
    account.password_hash, account.disabled_at = None, uow.now
    _keep_an_administrator(uow, without_account=account.id)
    revoke_tokens(uow, Token.account_id == account.id)
    uow.touch(account)
    uow.emit(AccountDisabled(account_id=account.id))


def visible_grants(uow: UnitOfWork) -> Select[RoleGrant]:
    stmt = select(RoleGrant).where(RoleGrant.organization_id == uow.organization_id)
    if not uow.principal.has(Role.ADMINISTRATOR, Role.AUDITOR):
        stmt = stmt.where(RoleGrant.account_id == uow.principal.account_id)
    return stmt


def list_grants(uow: UnitOfWork, query: GrantQuery) -> dict[str, Any]:
    stmt = visible_grants(uow)
    stmt = narrowed(stmt, (RoleGrant.account_id, query.account_id))
    return uow.page(stmt, RoleGrant.id, query, GRANT_SORTS)


def grant_role(uow: UnitOfWork, account_id: uuid.UUID, wanted: GrantCreate) -> RoleGrant:
    account = uow.one(visible(uow).where(Account.id == account_id))
    return uow.add(RoleGrant(account_id=account.id, **wanted.model_dump()))


def withdraw_role(uow: UnitOfWork, grant_id: uuid.UUID) -> None:
    grant = uow.to_change(visible_grants(uow).where(RoleGrant.id == grant_id))
    if grant.role is Role.ADMINISTRATOR and grant.program_id is None:
        _keep_an_administrator(uow, without_account=grant.account_id)
    uow.remove(grant)


def _keep_an_administrator(uow: UnitOfWork, without_account: uuid.UUID) -> None:
    """Raises LastAdministrator. Locks the grants, so that two cannot leave at once."""
    others = uow.db.scalars(
        select(RoleGrant)
        .join(
            Account,
            (Account.organization_id == RoleGrant.organization_id)
            & (Account.id == RoleGrant.account_id),
        )
        .where(
            RoleGrant.organization_id == uow.organization_id,
            RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.program_id.is_(None),
            Account.disabled_at.is_(None),
        )
        .with_for_update()
    ).all()
    if not any(grant.account_id != without_account for grant in others):
        raise LastAdministrator


def issue(
    uow: UnitOfWork,
    account_id: uuid.UUID,
    kind: TokenKind,
    name: str,
    life: dt.timedelta,
    *,
    scopes: list[str] | None = None,
    family_id: uuid.UUID | None = None,
    oauth_client_id: uuid.UUID | None = None,
) -> tuple[Token, str]:
    """Store a new token; returns it and its secret, which exists only here."""
    secret = new_secret(kind)
    token = uow.add(
        Token(
            account_id=account_id,
            kind=kind,
            digest=digest(secret),
            last_four=secret[-4:],
            name=name,
            scopes=scopes,
            expires_at=uow.now + life,
            family_id=family_id,
            oauth_client_id=oauth_client_id,
        )
    )
    return token, secret


def revoke_tokens(uow: UnitOfWork, *which: Any) -> None:
    """End the live tokens of the organization that fit these conditions."""
    uow.db.flush()
    uow.rows.execute(
        update(Token)
        .where(Token.organization_id == uow.organization_id, Token.revoked_at.is_(None), *which)
        .values(revoked_at=uow.now)
    )


def end_sign_ins(uow: UnitOfWork, account_id: uuid.UUID) -> None:
    """End every sign-in of an account; its API keys live on."""
    revoke_tokens(
        uow,
        Token.account_id == account_id,
        Token.kind.in_((TokenKind.ACCESS, TokenKind.REFRESH)),
    )


def revoke_family(uow: UnitOfWork, family_id: uuid.UUID) -> None:
    """End every access and refresh token of one sign-in."""
    revoke_tokens(uow, Token.family_id == family_id)


def get_me(uow: UnitOfWork) -> dict[str, Any]:
    account = uow.one(visible(uow).where(Account.id == uow.principal.account_id))
    roles = {*uow.principal.roles, *(role for role, _ in uow.principal.grants)}
    return {
        "account_id": account.id,
        "organization_id": account.organization_id,
        "email": account.email,
        "name": account.name,
        "roles": sorted(roles),
        "scopes": sorted(uow.principal.scopes),
    }
