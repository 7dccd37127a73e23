"""/v1/webhook-endpoints, /v1/webhook-deliveries: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation
from app.kit.sealing import SealMissing
from app.kit.wire import Page
from app.kit.work import UnitOfWork
from app.webhooks import delivering, service
from app.webhooks.schemas import (
    RecoveredOut,
    RecoverSince,
    SecretRotate,
    WebhookDeliveryOut,
    WebhookDeliveryQuery,
    WebhookEndpointChange,
    WebhookEndpointOut,
    WebhookEndpointQuery,
    WebhookEndpointRegister,
    WebhookEndpointRegistered,
)

router = APIRouter(prefix="/v1", tags=["webhooks"], route_class=Operation)

Manage = Annotated[UnitOfWork, work(Scope.WEBHOOKS_MANAGE)]
LookThrough = Annotated[UnitOfWork, work(Scope.WEBHOOKS_MANAGE, long=True)]
ENDPOINT = "/webhook-endpoints/{webhook_endpoint_id}"
DELIVERY = "/webhook-deliveries/{webhook_delivery_id}"


@router.post(
    "/webhook-endpoints", status_code=201, response_model=WebhookEndpointRegistered,
    responses=problems(service.TooManyEndpoints, SealMissing),
)  # fmt: skip
def register_webhook_endpoint(uow: Manage, wanted: WebhookEndpointRegister) -> Any:
    """Have what happens sent to an address of yours, signed.

    From now on: events of the past are fetched with `GET /v1/events`. The signing secret is shown
    in this answer only. See `docs/webhooks.md` for how to verify a message.
    """
    return service.register_webhook_endpoint(uow, wanted)


@router.get("/webhook-endpoints", response_model=Page[WebhookEndpointOut])
def list_webhook_endpoints(uow: Manage, query: Annotated[WebhookEndpointQuery, Query()]) -> Any:
    """List where events are sent to, and whether they arrive."""
    return service.list_webhook_endpoints(uow, query)


@router.get(ENDPOINT, response_model=WebhookEndpointOut, responses=problems(NotFound))
def get_webhook_endpoint(uow: Manage, webhook_endpoint_id: UUID) -> Any:
    """Show one endpoint, and whether it answers."""
    return service.get_webhook_endpoint(uow, webhook_endpoint_id)


@router.patch(ENDPOINT, response_model=WebhookEndpointOut, responses=problems(NotFound))
def change_webhook_endpoint(
    uow: Manage, webhook_endpoint_id: UUID, wanted: WebhookEndpointChange
) -> Any:
    """Change an endpoint's address, its description, or which events it hears."""
    return service.change_webhook_endpoint(uow, webhook_endpoint_id, wanted)


@router.delete(ENDPOINT, status_code=204, responses=problems(NotFound))
def remove_webhook_endpoint(uow: Manage, webhook_endpoint_id: UUID) -> None:
    """Remove an endpoint, and the record of what was sent to it."""
    service.remove_webhook_endpoint(uow, webhook_endpoint_id)


@router.post(
    f"{ENDPOINT}/rotate-secret", response_model=WebhookEndpointRegistered,
    responses=problems(NotFound, SealMissing),
)  # fmt: skip
def rotate_webhook_secret(uow: Manage, webhook_endpoint_id: UUID, wanted: SecretRotate) -> Any:
    """Sign with a new secret, and for a while with the old one, too."""
    return service.rotate_webhook_secret(uow, webhook_endpoint_id, wanted)


@router.post(
    f"{ENDPOINT}/disable", response_model=WebhookEndpointOut,
    responses=problems(NotFound, service.EndpointDisabled),
)  # fmt: skip
def disable_webhook_endpoint(uow: Manage, webhook_endpoint_id: UUID) -> Any:
    """Send nothing more to an endpoint; what is pending waits."""
    return service.disable_webhook_endpoint(uow, webhook_endpoint_id)


@router.post(
    f"{ENDPOINT}/enable", response_model=WebhookEndpointOut,
    responses=problems(NotFound, service.EndpointNotDisabled),
)  # fmt: skip
def enable_webhook_endpoint(uow: Manage, webhook_endpoint_id: UUID) -> Any:
    """Send to an endpoint again.

    What was pending goes out now. What happened while it was disabled is sent by `recover`.
    """
    return service.enable_webhook_endpoint(uow, webhook_endpoint_id)


@router.post(
    f"{ENDPOINT}/send-test-event", status_code=201, response_model=WebhookDeliveryOut,
    responses=problems(NotFound, service.EndpointDisabled),
)  # fmt: skip
def send_test_event(uow: Manage, webhook_endpoint_id: UUID) -> Any:
    """Send a message of type `webhook.test` now; the answer says where to look how it went."""
    return delivering.send_test_event(uow, webhook_endpoint_id)


@router.post(
    f"{ENDPOINT}/recover", response_model=RecoveredOut,
    responses=problems(NotFound, service.EndpointDisabled),
)  # fmt: skip
def recover_missed_events(uow: Manage, webhook_endpoint_id: UUID, wanted: RecoverSince) -> Any:
    """Send everything since a moment that has not arrived, up to 2000 events in a call.

    What was given up, what waits for its next try, and what was never sent: because it happened
    before the endpoint was registered, or while it was disabled.
    """
    return delivering.recover_missed_events(uow, webhook_endpoint_id, wanted)


@router.get("/webhook-deliveries", response_model=Page[WebhookDeliveryOut])
def list_webhook_deliveries(
    uow: LookThrough, query: Annotated[WebhookDeliveryQuery, Query()]
) -> Any:
    """List what was sent, to whom, and whether it arrived; newest first."""
    return delivering.list_webhook_deliveries(uow, query)


@router.get(DELIVERY, response_model=WebhookDeliveryOut, responses=problems(NotFound))
def get_webhook_delivery(uow: Manage, webhook_delivery_id: UUID) -> Any:
    """Show one delivery with its attempts."""
    return delivering.get_webhook_delivery(uow, webhook_delivery_id)


@router.post(
    f"{DELIVERY}/redeliver", response_model=WebhookDeliveryOut,
    responses=problems(NotFound, service.EndpointDisabled),
)  # fmt: skip
def redeliver_webhook(uow: Manage, webhook_delivery_id: UUID) -> Any:
    """Send one message again, with the same `webhook-id`."""
    return delivering.redeliver_webhook(uow, webhook_delivery_id)
