"""/v1/identity-providers, /v1/identity-links, and the two halves of a sign-in through one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import open_work, work
from app.access.schemas import SignedInOut
from app.access.scopes import Scope
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation, without_if_match
from app.kit.sealing import SealMissing
from app.kit.wire import Page
from app.kit.work import UnitOfWork
from app.oidc import service, signing_on
from app.oidc.providers import ProviderUnreachable
from app.oidc.schemas import (
    IdentityLinkOut,
    IdentityLinkQuery,
    IdentityProviderChange,
    IdentityProviderOut,
    IdentityProviderQuery,
    IdentityProviderRegister,
    SignInBegin,
    SignInBegunOut,
    SignInFinish,
)

router = APIRouter(prefix="/v1", route_class=Operation, tags=["oidc"])

Read = Annotated[UnitOfWork, work(Scope.IDENTITY_PROVIDERS_READ)]
Write = Annotated[UnitOfWork, work(Scope.IDENTITY_PROVIDERS_WRITE)]
AnyoneThinking = Annotated[UnitOfWork, open_work(long=True)]


@router.post(
    "/identity-providers",
    status_code=201,
    response_model=IdentityProviderOut,
    responses=problems(service.IssuerTaken, SealMissing),
)
def register_identity_provider(uow: Write, wanted: IdentityProviderRegister) -> Any:
    """Let an OpenID provider vouch for the people of your organization."""
    return service.register_provider(uow, wanted)


@router.get("/identity-providers", response_model=Page[IdentityProviderOut])
def list_identity_providers(uow: Read, query: Annotated[IdentityProviderQuery, Query()]) -> Any:
    """List identity providers, newest first; never their secrets."""
    return service.list_providers(uow, query)


@router.get(
    "/identity-providers/{identity_provider_id}",
    response_model=IdentityProviderOut,
    responses=problems(NotFound),
)
def get_identity_provider(uow: Read, identity_provider_id: UUID) -> Any:
    """Show one identity provider, without its secret."""
    return service.get_provider(uow, identity_provider_id)


@router.patch(
    "/identity-providers/{identity_provider_id}",
    response_model=IdentityProviderOut,
    responses=problems(NotFound, SealMissing),
)
def change_identity_provider(
    uow: Write, identity_provider_id: UUID, wanted: IdentityProviderChange
) -> Any:
    """Rename, limit, disable or enable an identity provider, or give it a new secret."""
    return service.change_provider(uow, identity_provider_id, wanted)


@router.delete(
    "/identity-providers/{identity_provider_id}", status_code=204, responses=problems(NotFound)
)
def remove_identity_provider(uow: Write, identity_provider_id: UUID) -> None:
    """Remove an identity provider; who signed in through it is signed out."""
    service.remove_provider(uow, identity_provider_id)


@router.get("/identity-links", response_model=Page[IdentityLinkOut])
def list_identity_links(uow: Read, query: Annotated[IdentityLinkQuery, Query()]) -> Any:
    """List which accounts belong to whom at a provider."""
    return service.list_links(uow, query)


@router.delete("/identity-links/{identity_link_id}", status_code=204, responses=problems(NotFound))
@without_if_match
def remove_identity_link(uow: Write, identity_link_id: UUID) -> None:
    """Take an account from whom a provider vouched for; its sign-ins end at once."""
    service.remove_link(uow, identity_link_id)


@router.post(
    "/tokens/oidc/start",
    status_code=201,
    response_model=SignInBegunOut,
    responses=problems(signing_on.SignInNotOffered, ProviderUnreachable, SealMissing),
)
def begin_sign_in(uow: AnyoneThinking, wanted: SignInBegin) -> Any:
    """Begin to sign in through a provider: where to send the browser."""
    return signing_on.begin_sign_in(uow, wanted)


@router.post(
    "/tokens/oidc/finish",
    status_code=201,
    response_model=SignedInOut,
    responses=problems(
        signing_on.SignInNotOffered,
        signing_on.SignInNotProven,
        signing_on.IdentityNotLinked,
        ProviderUnreachable,
        SealMissing,
    ),
)
def finish_sign_in(uow: AnyoneThinking, wanted: SignInFinish) -> Any:
    """Finish to sign in with what the browser brought back, for the same tokens as a password."""
    return signing_on.finish_sign_in(uow, wanted)
