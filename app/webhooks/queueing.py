"""From the event log to what is due: deliveries are made in batches, taken by endpoint."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.kit.database import OrganizationHead, uuid7
from app.kit.events import EventRow
from app.kit.lanes import Lanes
from app.kit.queue import Progress
from app.kit.sealing import SealMissing
from app.kit.work import UnitOfWork, bind_organization
from app.webhooks.models import DeliveryStatus, EndpointStatus, WebhookDelivery, WebhookEndpoint
from app.webhooks.outcomes import PENDING, Letter
from app.webhooks.schemas import EVERY_TYPE, WebhookTest
from app.webhooks.service import RELAY
from app.webhooks.signing import body_of, place_of

EVENTS_AT_ONCE = 200  # ours: of the log in one transaction, for up to a hundred endpoints each
LETTERS_AT_ONCE = 20  # ours: to one endpoint under one lease
LEASE = dt.timedelta(seconds=60)
"""Longer than a batch (20 s) with its last attempt (15 s) and the time to write it down."""


@dataclass(frozen=True)
class Batch:
    """What one worker is to send to one endpoint, in the order of the events."""

    organization_id: uuid.UUID
    endpoint_id: uuid.UUID
    url: str
    secrets: list[str]
    """Those in use, the newest first; none where they cannot be read."""
    lease: dt.datetime
    failing: bool
    letters: list[Letter]


def is_anything_waiting(lanes: Lanes, organization_id: uuid.UUID) -> bool:
    """Whether events are to be relayed or deliveries are due: one look, without a transaction."""
    now = lanes.clock.now()
    behind = select(Progress.position).where(
        Progress.organization_id == organization_id,
        Progress.name == RELAY,
        Progress.position
        < select(OrganizationHead.event_position)
        .where(OrganizationHead.organization_id == organization_id)
        .scalar_subquery(),
    )
    waiting = select(WebhookEndpoint.id).where(*_ready(organization_id, now))
    with lanes.reading() as rows:
        bind_organization(rows, organization_id)
        return bool(rows.scalar(select(or_(behind.exists(), waiting.exists()))))


def relay_events(uow: UnitOfWork) -> bool:
    """Make deliveries of the next events of the log. True where there may be more of them.

    The place in the log moves in the same transaction, and a delivery is one per event and
    endpoint: whatever dies or runs twice, none is missed and none is made again.
    """
    mine = (Progress.organization_id == uow.organization_id, Progress.name == RELAY)
    place = uow.rows.scalar(
        select(Progress.position).where(*mine).with_for_update(skip_locked=True)
    )
    if place is None:  # nobody has ever registered, or another worker is at it
        return False
    events = uow.rows.execute(
        select(EventRow.position, EventRow.id, EventRow.type, EventRow.at)
        .where(EventRow.organization_id == uow.organization_id, EventRow.position > place)
        .order_by(EventRow.position)
        .limit(EVENTS_AT_ONCE)
    ).all()
    if not events:
        return False
    listening = uow.rows.execute(
        select(
            WebhookEndpoint.id, WebhookEndpoint.event_types, WebhookEndpoint.from_position
        ).where(
            WebhookEndpoint.organization_id == uow.organization_id,
            WebhookEndpoint.status != EndpointStatus.DISABLED,
        )
    ).all()
    add_deliveries(
        uow,
        [
            (endpoint.id, event)
            for event in events
            for endpoint in listening
            if event.position > endpoint.from_position and is_wanted(endpoint, event.type)
        ],
    )
    uow.rows.execute(update(Progress).where(*mine).values(position=events[-1].position))
    return len(events) == EVENTS_AT_ONCE


def is_wanted(endpoint: Any, kind: str) -> bool:
    """Whether an endpoint hears events of this type."""
    return kind in endpoint.event_types or EVERY_TYPE in endpoint.event_types


def add_deliveries(uow: UnitOfWork, wanted: Sequence[tuple[uuid.UUID, Any]]) -> None:
    """Queue events for endpoints, due now; one that is there already stays as it is."""
    if not wanted:
        return
    uow.rows.execute(
        _ADD[uow.rows.dialect.name],
        [
            {
                "organization_id": uow.organization_id,
                "id": uuid7(),
                "webhook_endpoint_id": endpoint_id,
                "event_id": event.id,
                "event_type": event.type,
                "position": event.position,
                "event_at": event.at,
                "status": DeliveryStatus.PENDING,
                "due_at": uow.now,
                "tries": 0,
                "attempts": [],
                "finished_at": None,
                "created_at": uow.now,
                "updated_at": uow.now,
                "version": 1,
            }
            for endpoint_id, event in wanted
        ],
    )


_ADD = {
    name: dialect.insert(WebhookDelivery.__table__).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def take_batches(uow: UnitOfWork, most: int, most_failing: int) -> list[Batch]:
    """Lease endpoints with something due to this worker, those that waited longest first.

    One worker at a time sends to an endpoint, one message after the other: that keeps the order.
    """
    has_failed = WebhookEndpoint.failures_count > 0
    batches: list[Batch] = []
    for failing, which in ((True, has_failed), (False, ~has_failed)):
        found = uow.rows.execute(
            select(
                WebhookEndpoint.id, WebhookEndpoint.url, WebhookEndpoint.sealed_secret,
                WebhookEndpoint.sealed_previous_secret, WebhookEndpoint.previous_secret_until,
            )
            .where(*_ready(uow.organization_id, uow.now), which)
            .order_by(WebhookEndpoint.leased_until.nulls_first(), WebhookEndpoint.id)
            .limit(most_failing if failing else most - len(batches))
            .with_for_update(skip_locked=True, key_share=True)
        ).all()  # fmt: skip
        batches += [
            Batch(
                organization_id=uow.organization_id,
                endpoint_id=row.id,
                url=row.url,
                secrets=_secrets_of(uow, row),
                lease=uow.now + LEASE,
                failing=failing,
                letters=_letters(uow, row.id),
            )
            for row in found
        ]
    if batches:
        uow.rows.execute(
            update(WebhookEndpoint)
            .where(
                WebhookEndpoint.organization_id == uow.organization_id,
                WebhookEndpoint.id.in_([batch.endpoint_id for batch in batches]),
            )
            .values(leased_until=uow.now + LEASE)
        )
    return batches


def _ready(organization_id: uuid.UUID, now: dt.datetime) -> tuple[Any, ...]:
    """Endpoints that may be sent to at this moment, and have something due."""
    due = select(WebhookDelivery.id).where(
        WebhookDelivery.organization_id == WebhookEndpoint.organization_id,
        WebhookDelivery.webhook_endpoint_id == WebhookEndpoint.id,
        PENDING,
        WebhookDelivery.due_at <= now,
    )
    return (
        WebhookEndpoint.organization_id == organization_id,
        WebhookEndpoint.status != EndpointStatus.DISABLED,
        or_(WebhookEndpoint.paused_until.is_(None), WebhookEndpoint.paused_until <= now),
        or_(WebhookEndpoint.leased_until.is_(None), WebhookEndpoint.leased_until <= now),
        due.exists(),
    )


def _letters(uow: UnitOfWork, endpoint_id: uuid.UUID) -> list[Letter]:
    """What is due to an endpoint, in the order of the events; tests go first."""
    found = uow.rows.execute(
        select(
            WebhookDelivery.id, WebhookDelivery.event_id, WebhookDelivery.event_type,
            WebhookDelivery.event_at, WebhookDelivery.position, WebhookDelivery.tries,
            WebhookDelivery.attempts, EventRow.data,
        )
        .outerjoin(
            EventRow,
            and_(
                EventRow.organization_id == WebhookDelivery.organization_id,
                EventRow.position == WebhookDelivery.position,
            ),
        )
        .where(
            WebhookDelivery.organization_id == uow.organization_id,
            WebhookDelivery.webhook_endpoint_id == endpoint_id,
            PENDING,
            WebhookDelivery.due_at <= uow.now,
        )
        .order_by(WebhookDelivery.position)
        .limit(LETTERS_AT_ONCE)
    )  # fmt: skip
    test = {"webhook_endpoint_id": str(endpoint_id)}
    return [
        Letter(
            delivery_id=row.id,
            event_id=row.event_id,
            tries=row.tries,
            attempts=row.attempts,
            body=body_of(
                uow.organization_id, row.event_id, row.event_type, row.event_at, row.position,
                test if row.event_type == WebhookTest.type else row.data,
            ),
        )
        for row in found
    ]  # fmt: skip


def _secrets_of(uow: UnitOfWork, endpoint: Any) -> list[str]:
    sealed = [endpoint.sealed_secret]
    if endpoint.previous_secret_until is not None and endpoint.previous_secret_until > uow.now:
        sealed.append(endpoint.sealed_previous_secret)
    place, sealing = place_of(uow.organization_id, endpoint.id), uow.sealing
    try:
        return [sealing.unseal(each, place) for each in sealed]
    except SealMissing:
        return []
