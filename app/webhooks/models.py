"""Where other systems want to hear what happened, and what became of each message to them."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record


class EndpointStatus(StrEnum):
    """Failing: several in a row did not arrive, so we pause. Disabled: nothing is sent."""

    ACTIVE = "active"
    FAILING = "failing"
    DISABLED = "disabled"


class DeliveryStatus(StrEnum):
    """Failed: not tried any more, until somebody asks for it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookEndpoint(Record):
    """An address of another system, the events it wants, and how it has been answering."""

    __tablename__ = "webhook_endpoints"

    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str | None] = mapped_column(String(200))
    event_types: Mapped[list[str]]
    """Types of events, or `all` alone."""
    status: Mapped[EndpointStatus] = mapped_column(default=EndpointStatus.ACTIVE)
    status_reason: Mapped[str | None] = mapped_column(String(40))
    status_since: Mapped[dt.datetime]
    sealed_secret: Mapped[bytes]
    sealed_previous_secret: Mapped[bytes | None]
    previous_secret_until: Mapped[dt.datetime | None]
    from_position: Mapped[int]
    """Events up to this place of the log are none of its business: it was not listening yet."""
    failures_count: Mapped[int] = mapped_column(default=0)
    """In a row, over all deliveries."""
    paused_until: Mapped[dt.datetime | None]
    leased_until: Mapped[dt.datetime | None]
    """A worker is sending to it. One at a time does, which keeps the order."""


class WebhookDelivery(Record):
    """One event for one endpoint, and every attempt to hand it over."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "webhook_endpoint_id"],
            ["webhook_endpoints.organization_id", "webhook_endpoints.id"],
        ),
        UniqueConstraint("organization_id", "webhook_endpoint_id", "event_id"),
        Index("ix_webhook_deliveries_id", "organization_id", "webhook_endpoint_id", "id"),
        Index(
            "ix_webhook_deliveries_pending",
            "organization_id",
            "webhook_endpoint_id",
            "position",
            "due_at",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )

    webhook_endpoint_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID]
    """What receivers know the message by, on every attempt: `webhook-id`."""
    event_type: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    """Of the event in the log; 0 for a test."""
    event_at: Mapped[dt.datetime]
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.PENDING)
    due_at: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    """Since it was queued; asked for again, a delivery begins anew."""
    attempts: Mapped[list[dict[str, Any]]]
    """The latest: `{at, outcome, duration_ms}`. Never what the receiver said."""
    finished_at: Mapped[dt.datetime | None]
