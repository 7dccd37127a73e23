"""Endpoints: registered, changed, signed for anew, disabled and enabled, removed."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, select, text

from app.kit.addresses import AddressRefused, target_of
from app.kit.database import OrganizationHead, uuid7
from app.kit.events import Event
from app.kit.problems import Conflict, Invalid
from app.kit.queue import Progress
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.webhooks.events import (
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookEndpointRegistered,
    WebhookEndpointRemoved,
    WebhookSecretRotated,
)
from app.webhooks.models import EndpointStatus, WebhookDelivery, WebhookEndpoint
from app.webhooks.schemas import (
    EVERY_TYPE,
    SecretRotate,
    WebhookEndpointChange,
    WebhookEndpointOut,
    WebhookEndpointQuery,
    WebhookEndpointRegister,
)
from app.webhooks.signing import new_secret, place_of

MOST_ENDPOINTS = 100  # ours: an event is stored once for each that wants it
RELAY = "relay_events"
"""The name under which is kept how far the event log has been turned into deliveries."""
REQUESTED = "requested"
SORTS = {"created_at": WebhookEndpoint.id}


class TooManyEndpoints(Conflict):
    slug, title = "too-many-webhook-endpoints", "The organization has as many endpoints as it may"


class EndpointDisabled(Conflict):
    slug, title = "webhook-endpoint-disabled", "The endpoint is disabled: nothing is sent to it"


class EndpointNotDisabled(Conflict):
    slug, title = "webhook-endpoint-not-disabled", "The endpoint is not disabled"


def visible(uow: UnitOfWork) -> Select[WebhookEndpoint]:
    """All of the organization: their scope is held by administrators and integrations only."""
    return select(WebhookEndpoint).where(WebhookEndpoint.organization_id == uow.organization_id)


def register_webhook_endpoint(uow: UnitOfWork, wanted: WebhookEndpointRegister) -> dict[str, Any]:
    """Send to an address what happens from now on; its secret is told here and never again."""
    ids = visible(uow).with_only_columns(WebhookEndpoint.id)
    existing = uow.rows.scalar(select(func.count()).select_from(ids.subquery())) or 0
    if existing >= MOST_ENDPOINTS:
        raise TooManyEndpoints(f"There are {existing}.")
    _check_url(uow, wanted.url)
    _check_types(wanted.event_types)
    secret, endpoint_id = new_secret(), uuid7()
    endpoint = uow.add(
        WebhookEndpoint(
            **wanted.model_dump(),
            id=endpoint_id,
            status_since=uow.now,
            sealed_secret=uow.sealing.seal(secret, place_of(uow.organization_id, endpoint_id)),
            from_position=_listen(uow),
        )
    )
    uow.emit(WebhookEndpointRegistered(webhook_endpoint_id=endpoint_id))
    return _with_secret(endpoint, secret)


def list_webhook_endpoints(uow: UnitOfWork, query: WebhookEndpointQuery) -> dict[str, Any]:
    stmt = visible(uow)
    stmt = narrowed(stmt, (WebhookEndpoint.status, query.status))
    return uow.page(stmt, WebhookEndpoint.id, query, SORTS)


def get_webhook_endpoint(uow: UnitOfWork, endpoint_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible(uow).where(WebhookEndpoint.id == endpoint_id))


def change_webhook_endpoint(
    uow: UnitOfWork, endpoint_id: uuid.UUID, wanted: WebhookEndpointChange
) -> WebhookEndpoint:
    """Change where to, and what about. What is pending goes to the new address."""
    endpoint = uow.to_change(visible(uow).where(WebhookEndpoint.id == endpoint_id))
    changes = wanted.model_dump()
    if "url" in changes:
        _check_url(uow, changes["url"])
    if "event_types" in changes:
        _check_types(changes["event_types"])
    for name, value in changes.items():
        setattr(endpoint, name, value)
    return uow.touch(endpoint)


def rotate_webhook_secret(
    uow: UnitOfWork, endpoint_id: uuid.UUID, wanted: SecretRotate
) -> dict[str, Any]:
    """Sign with a new secret; for a while also with the one before, so that nobody has to hurry."""
    endpoint = uow.to_change(visible(uow).where(WebhookEndpoint.id == endpoint_id))
    secret = new_secret()
    overlap = dt.timedelta(hours=wanted.overlap_hours)
    endpoint.sealed_previous_secret = endpoint.sealed_secret if overlap else None
    endpoint.previous_secret_until = uow.now + overlap if overlap else None
    endpoint.sealed_secret = uow.sealing.seal(secret, place_of(uow.organization_id, endpoint.id))
    uow.emit(WebhookSecretRotated(webhook_endpoint_id=endpoint.id))
    return _with_secret(uow.touch(endpoint), secret)


def disable_webhook_endpoint(uow: UnitOfWork, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """Send nothing more. What is pending waits."""
    endpoint = uow.to_change(visible(uow).where(WebhookEndpoint.id == endpoint_id))
    if endpoint.status is EndpointStatus.DISABLED:
        raise EndpointDisabled
    endpoint.status, endpoint.status_reason = EndpointStatus.DISABLED, REQUESTED
    endpoint.status_since = uow.now
    endpoint.paused_until = None
    uow.emit(WebhookEndpointDisabled(webhook_endpoint_id=endpoint.id, reason=REQUESTED))
    return uow.touch(endpoint)


def enable_webhook_endpoint(uow: UnitOfWork, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """Send again: what was pending, and what happens from now on."""
    endpoint = uow.to_change(visible(uow).where(WebhookEndpoint.id == endpoint_id))
    if endpoint.status is not EndpointStatus.DISABLED:
        raise EndpointNotDisabled
    endpoint.status, endpoint.status_reason = EndpointStatus.ACTIVE, None
    endpoint.status_since = uow.now
    endpoint.failures_count = 0
    endpoint.from_position = _listen(uow)
    uow.emit(WebhookEndpointEnabled(webhook_endpoint_id=endpoint.id))
    return uow.touch(endpoint)


def remove_webhook_endpoint(uow: UnitOfWork, endpoint_id: uuid.UUID) -> None:
    """Forget an endpoint and what was sent to it."""
    endpoint = uow.to_change(visible(uow).where(WebhookEndpoint.id == endpoint_id))
    uow.rows.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.organization_id == uow.organization_id,
            WebhookDelivery.webhook_endpoint_id == endpoint_id,
        )
    )
    uow.remove(endpoint)
    uow.emit(WebhookEndpointRemoved(webhook_endpoint_id=endpoint_id))


def _listen(uow: UnitOfWork) -> int:
    """From where on an endpoint hears: behind what is committed at this moment.

    The first endpoint of an organization also begins the relay's progress, at the same place.
    """
    head = uow.rows.execute(
        select(OrganizationHead.event_position).where(
            OrganizationHead.organization_id == uow.organization_id
        )
    ).scalar_one()
    uow.rows.execute(
        _BEGIN_RELAY, {"organization": uow.organization_id, "name": RELAY, "position": head}
    )
    return head


_BEGIN_RELAY = text(
    "INSERT INTO background_progress (organization_id, name, position)"
    " VALUES (:organization, :name, :position) ON CONFLICT DO NOTHING"
).bindparams(bindparam("organization", type_=Progress.organization_id.type))


def _check_url(uow: UnitOfWork, url: str) -> None:
    try:
        target_of(url, uow.settings.webhook_networks, uow.settings.webhook_ports)
    except AddressRefused as refused:
        raise Invalid.at("/url", str(refused), "address_refused") from refused


def _check_types(wanted: list[str]) -> None:
    known = Event.kinds()
    for place, name in enumerate(wanted):
        if name != EVERY_TYPE and name not in known:
            raise Invalid.at(
                f"/event_types/{place}", f"No event is called {name}.", "unknown_event_type"
            )
    if len(set(wanted)) != len(wanted) or (EVERY_TYPE in wanted and len(wanted) > 1):
        raise Invalid.at("/event_types", "Name each once; `all` stands alone.", "repeated")


def _with_secret(endpoint: WebhookEndpoint, secret: str) -> dict[str, Any]:
    shown = {name: getattr(endpoint, name) for name in WebhookEndpointOut.model_fields}
    return {**shown, "version": endpoint.version, "secret": secret}
