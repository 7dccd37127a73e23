"""What became of the messages: the log of deliveries, tests, and sending again what was missed."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select, update

from app.kit.database import OrganizationHead, uuid7
from app.kit.events import EventRow
from app.kit.work import UnitOfWork
from app.webhooks.models import DeliveryStatus, EndpointStatus, WebhookDelivery, WebhookEndpoint
from app.webhooks.queueing import add_deliveries
from app.webhooks.schemas import (
    EVERY_TYPE,
    RecoverSince,
    WebhookDeliveryQuery,
    WebhookTest,
)
from app.webhooks.service import EndpointDisabled
from app.webhooks.service import visible as visible_endpoints

MOST_RECOVERED = 2_000  # ours: in one call, one transaction
SLACK = dt.timedelta(hours=1)
"""Events have the moment their unit of work began, and the place at which it committed."""
SORTS = {"created_at": WebhookDelivery.id}


def visible(uow: UnitOfWork) -> Select[WebhookDelivery]:
    """All of the organization: their scope is held by administrators and integrations only."""
    return select(WebhookDelivery).where(WebhookDelivery.organization_id == uow.organization_id)


def list_webhook_deliveries(uow: UnitOfWork, query: WebhookDeliveryQuery) -> dict[str, Any]:
    stmt = visible(uow)
    for name in ("webhook_endpoint_id", "status", "event_type", "event_id"):
        if (value := getattr(query, name)) is not None:
            stmt = stmt.where(getattr(WebhookDelivery, name) == value)
    if query.event_id is not None:  # found by the key of endpoint and event
        own = visible_endpoints(uow).with_only_columns(WebhookEndpoint.id)
        stmt = stmt.where(WebhookDelivery.webhook_endpoint_id.in_(own))
    return uow.page(stmt, WebhookDelivery.id, query, SORTS)


def get_webhook_delivery(uow: UnitOfWork, delivery_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible(uow).where(WebhookDelivery.id == delivery_id))


def send_test_event(uow: UnitOfWork, endpoint_id: uuid.UUID) -> WebhookDelivery:
    """Send a message of type `webhook.test`, before anything else that waits."""
    _open(uow, endpoint_id)
    return uow.add(
        WebhookDelivery(
            webhook_endpoint_id=endpoint_id,
            event_id=uuid7(),
            event_type=WebhookTest.type,
            position=0,
            event_at=uow.now,
            due_at=uow.now,
            attempts=[],
        )
    )


def redeliver_webhook(uow: UnitOfWork, delivery_id: uuid.UUID) -> WebhookDelivery:
    """Send a message again, whether it arrived or not; its schedule begins anew."""
    wanted = visible(uow).where(WebhookDelivery.id == delivery_id)
    _open(uow, uow.one(wanted).webhook_endpoint_id)
    delivery = uow.to_change(wanted)
    delivery.status = DeliveryStatus.PENDING
    delivery.tries, delivery.due_at, delivery.finished_at = 0, uow.now, None
    return uow.touch(delivery)


def recover_missed_events(
    uow: UnitOfWork, endpoint_id: uuid.UUID, wanted: RecoverSince
) -> dict[str, Any]:
    """Send what happened since a moment and has not arrived: given up, waiting, never sent."""
    endpoint = _open(uow, endpoint_id)
    missed = (
        select(EventRow.position, EventRow.id, EventRow.type, EventRow.at, WebhookDelivery.status)
        .outerjoin(
            WebhookDelivery,
            and_(
                WebhookDelivery.organization_id == EventRow.organization_id,
                WebhookDelivery.webhook_endpoint_id == endpoint_id,
                WebhookDelivery.event_id == EventRow.id,
            ),
        )
        .where(
            EventRow.organization_id == uow.organization_id,
            EventRow.position >= _position_of(uow, wanted.since),
            EventRow.at >= wanted.since,
            or_(
                WebhookDelivery.id.is_(None),
                WebhookDelivery.status == DeliveryStatus.FAILED,
                WebhookDelivery.due_at > uow.now,
            ),
        )
        .order_by(EventRow.position)
        .limit(MOST_RECOVERED + 1)
    )
    if EVERY_TYPE not in endpoint.event_types:
        missed = missed.where(EventRow.type.in_(endpoint.event_types))
    found = uow.rows.execute(missed).all()
    now = found[:MOST_RECOVERED]
    add_deliveries(uow, [(endpoint_id, event) for event in now if event.status is None])
    again = [event.id for event in now if event.status is not None]
    if again:
        uow.rows.execute(
            update(WebhookDelivery)
            .where(
                WebhookDelivery.organization_id == uow.organization_id,
                WebhookDelivery.webhook_endpoint_id == endpoint_id,
                WebhookDelivery.event_id.in_(again),
            )
            .values(
                status=DeliveryStatus.PENDING,
                tries=0,
                due_at=uow.now,
                finished_at=None,
                updated_at=uow.now,
                version=WebhookDelivery.version + 1,
            )
        )
    return {
        "recovered_count": len(now),
        "next_since": found[-1].at if len(found) > MOST_RECOVERED else None,
    }


def _position_of(uow: UnitOfWork, moment: dt.datetime) -> int:
    """A place in the log before which events are older, found by halving: twenty looks."""
    organization_id = uow.organization_id
    head = uow.rows.execute(
        select(OrganizationHead.event_position).where(
            OrganizationHead.organization_id == organization_id
        )
    ).scalar_one()
    low, high = 1, head + 1
    while low < high:
        middle = (low + high) // 2
        at = uow.rows.execute(
            select(EventRow.at).where(
                EventRow.organization_id == organization_id, EventRow.position == middle
            )
        ).scalar_one()
        low, high = (middle + 1, high) if at + SLACK < moment else (low, middle)
    return low


def _open(uow: UnitOfWork, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """The endpoint, locked, for something a person asks for, which ends a pause."""
    endpoint = uow.to_change(visible_endpoints(uow).where(WebhookEndpoint.id == endpoint_id))
    if endpoint.status is EndpointStatus.DISABLED:
        raise EndpointDisabled
    endpoint.paused_until = None
    return uow.touch(endpoint)
