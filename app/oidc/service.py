"""Identity providers and links: which provider vouches for whom, and who says so."""

import uuid
from typing import Any

from sqlalchemy import Row, Select, delete, select

from app.access.scopes import Role
from app.access.service import end_sign_ins
from app.kit.addresses import AddressRefused, target_of
from app.kit.database import uuid7
from app.kit.problems import Conflict, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.oidc.events import IdentityProviderChanged, IdentityUnlinked
from app.oidc.models import IdentityLink, IdentityProvider
from app.oidc.schemas import (
    IdentityLinkQuery,
    IdentityProviderChange,
    IdentityProviderQuery,
    IdentityProviderRegister,
)

SORTS = {"created_at": IdentityProvider.id, "name": IdentityProvider.name}
LINK_SORTS = {"created_at": IdentityLink.id}


class IssuerTaken(Conflict):
    slug, title = "issuer-taken", "This issuer is registered already"
    constraints = ("uq_identity_providers_organization_id_issuer",)


def visible(uow: UnitOfWork) -> Select[IdentityProvider]:
    """The organization's providers; the scope says who may look."""
    return select(IdentityProvider).where(IdentityProvider.organization_id == uow.organization_id)


def register_provider(uow: UnitOfWork, wanted: IdentityProviderRegister) -> IdentityProvider:
    """Let a provider vouch for people; it is asked only when somebody signs in."""
    try:
        target_of(wanted.issuer, uow.settings.provider_networks, uow.settings.provider_ports)
    except AddressRefused as why:
        raise Invalid.at("/issuer", str(why), "address_refused") from why
    provider = IdentityProvider(id=uuid7(), **wanted.model_dump(exclude={"client_secret"}))
    provider.client_secret = _sealed(uow, provider.id, wanted.client_secret)
    uow.add(provider)
    uow.emit(IdentityProviderChanged(identity_provider_id=provider.id))
    return provider


def list_providers(uow: UnitOfWork, query: IdentityProviderQuery) -> dict[str, Any]:
    return uow.page(visible(uow), IdentityProvider.id, query, SORTS)


def get_provider(uow: UnitOfWork, provider_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible(uow).where(IdentityProvider.id == provider_id))


def change_provider(
    uow: UnitOfWork, provider_id: uuid.UUID, wanted: IdentityProviderChange
) -> IdentityProvider:
    """Rename, limit, give a new secret, disable or enable."""
    provider = uow.to_change(visible(uow).where(IdentityProvider.id == provider_id))
    changes = wanted.model_dump()
    if "client_secret" in changes:
        provider.client_secret = _sealed(uow, provider.id, changes.pop("client_secret"))
    if "disabled" in changes:
        disabled = changes.pop("disabled")
        provider.disabled_at = (provider.disabled_at or uow.now) if disabled else None
    for name, value in changes.items():
        setattr(provider, name, value)
    uow.emit(IdentityProviderChanged(identity_provider_id=provider.id))
    return uow.touch(provider)


def remove_provider(uow: UnitOfWork, provider_id: uuid.UUID) -> None:
    """Remove a provider and its links; who signed in through it is signed out."""
    provider = uow.to_change(visible(uow).where(IdentityProvider.id == provider_id))
    own = (
        IdentityLink.organization_id == uow.organization_id,
        IdentityLink.identity_provider_id == provider.id,
    )
    for account_id in uow.rows.scalars(select(IdentityLink.account_id).where(*own)).all():
        end_sign_ins(uow, account_id)
    uow.rows.execute(delete(IdentityLink).where(*own))
    uow.emit(IdentityProviderChanged(identity_provider_id=provider.id))
    uow.remove(provider)


def place_of(organization_id: uuid.UUID, provider_id: uuid.UUID) -> str:
    """Where a provider's secret is sealed for."""
    return f"identity_providers:{organization_id}:{provider_id}"


def _sealed(uow: UnitOfWork, provider_id: uuid.UUID, secret: str | None) -> bytes | None:
    if secret is None:
        return None
    return uow.sealing.seal(secret, place_of(uow.organization_id, provider_id))


def visible_links(uow: UnitOfWork) -> Select[IdentityLink]:
    """All for those who manage or audit access, else one's own."""
    stmt = select(IdentityLink).where(IdentityLink.organization_id == uow.organization_id)
    if not uow.principal.has(Role.ADMINISTRATOR, Role.AUDITOR):
        stmt = stmt.where(IdentityLink.account_id == uow.principal.account_id)
    return stmt


def list_links(uow: UnitOfWork, query: IdentityLinkQuery) -> dict[str, Any]:
    stmt = visible_links(uow)
    stmt = narrowed(
        stmt,
        (IdentityLink.account_id, query.account_id),
        (IdentityLink.identity_provider_id, query.identity_provider_id),
    )
    return uow.page(stmt, IdentityLink.id, query, LINK_SORTS)


def remove_link(uow: UnitOfWork, link_id: uuid.UUID) -> None:
    """Take an account from whom the provider vouched for; its sign-ins end at once."""
    link = uow.to_change(visible_links(uow).where(IdentityLink.id == link_id))
    end_sign_ins(uow, link.account_id)
    uow.emit(
        IdentityUnlinked(account_id=link.account_id, identity_provider_id=link.identity_provider_id)
    )
    uow.remove(link)
