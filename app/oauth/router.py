"""/v1/oauth-clients, /oauth/token and the description of the server."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.access.gate import open_work, work
from app.access.scopes import Scope
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation
from app.kit.wire import Page
from app.kit.work import UnitOfWork
from app.oauth import issuing, service
from app.oauth.authenticating import ClientDoor
from app.oauth.forms import FormOperation
from app.oauth.schemas import (
    AccessTokenOut,
    AccessTokenRequest,
    AuthorizationServerOut,
    OAuthClientChange,
    OAuthClientOut,
    OAuthClientQuery,
    OAuthClientRegister,
    OAuthClientSecretOut,
    SecretRotation,
)

router = APIRouter(route_class=Operation, tags=["oauth"])
tokens = APIRouter(route_class=FormOperation, tags=["oauth"])

Read = Annotated[UnitOfWork, work(Scope.OAUTH_CLIENTS_READ)]
Write = Annotated[UnitOfWork, work(Scope.OAUTH_CLIENTS_WRITE)]
Anyone = Annotated[UnitOfWork, open_work()]
Client = Annotated[UnitOfWork, Depends(ClientDoor())]


@router.post("/v1/oauth-clients", status_code=201, response_model=OAuthClientSecretOut)
def register_oauth_client(uow: Write, wanted: OAuthClientRegister) -> Any:
    """Register a system that fetches its own short-lived access tokens."""
    return service.register_client(uow, wanted)


@router.get("/v1/oauth-clients", response_model=Page[OAuthClientOut])
def list_oauth_clients(uow: Read, query: Annotated[OAuthClientQuery, Query()]) -> Any:
    """List OAuth clients, newest first; never their secrets."""
    return service.list_clients(uow, query)


@router.get(
    "/v1/oauth-clients/{oauth_client_id}",
    response_model=OAuthClientOut,
    responses=problems(NotFound),
)
def get_oauth_client(uow: Read, oauth_client_id: UUID) -> Any:
    """Show one OAuth client, without its secret."""
    return service.get_client(uow, oauth_client_id)


@router.patch(
    "/v1/oauth-clients/{oauth_client_id}",
    response_model=OAuthClientOut,
    responses=problems(NotFound),
)
def change_oauth_client(uow: Write, oauth_client_id: UUID, wanted: OAuthClientChange) -> Any:
    """Rename, limit, disable or enable an OAuth client."""
    return service.change_client(uow, oauth_client_id, wanted)


@router.post(
    "/v1/oauth-clients/{oauth_client_id}/rotate-secret",
    status_code=201,
    response_model=OAuthClientSecretOut,
    responses=problems(NotFound, service.ClientSignsWithKey),
)
def rotate_oauth_client_secret(uow: Write, oauth_client_id: UUID, wanted: SecretRotation) -> Any:
    """Give an OAuth client a new secret; the one before works on for a while."""
    return service.rotate_client_secret(uow, oauth_client_id, wanted)


@router.delete("/v1/oauth-clients/{oauth_client_id}", status_code=204, responses=problems(NotFound))
def remove_oauth_client(uow: Write, oauth_client_id: UUID) -> None:
    """Remove an OAuth client; its access tokens end at once."""
    service.remove_client(uow, oauth_client_id)


@tokens.post("/oauth/token", response_model=AccessTokenOut)
def issue_access_token(uow: Client, wanted: AccessTokenRequest) -> Any:
    """Exchange client credentials for an access token (RFC 6749, section 4.4)."""
    return issuing.issue_access_token(uow, wanted)


@router.get("/.well-known/oauth-authorization-server", response_model=AuthorizationServerOut)
def describe_authorization_server(uow: Anyone) -> Any:
    """Tell an OAuth library how to get a token here (RFC 8414)."""
    return issuing.describe_server(uow)
