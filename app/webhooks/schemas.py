"""Endpoints and deliveries on the wire."""

import datetime as dt
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import MISSING, BaseModel, Field, StringConstraints

from app.kit.wire import In, Line, Moment, Out, PageQuery
from app.webhooks.models import DeliveryStatus, EndpointStatus

EVERY_TYPE = "all"
MOST_TYPES = 200
LONGEST_OVERLAP_HOURS = 7 * 24

EventType = Annotated[
    str, StringConstraints(min_length=3, max_length=80, pattern=r"^(?:all|[a-z_]+(?:\.[a-z_]+)+)$")
]
EventTypes = Annotated[
    list[EventType],
    Field(
        min_length=1,
        max_length=MOST_TYPES,
        description="Types of `openapi/events.md`, or `all`, which those of later versions join.",
        examples=[["pairing.activated", "pairing.ended"]],
    ),
]
Url = Annotated[
    str,
    StringConstraints(min_length=10, max_length=2000, pattern=r"^https?://[!-~]+$"),
    Field(
        description="Public and https; the answer must be 2xx. Redirects are not followed.",
        examples=["https://hr.example.com/hooks/rementor"],
    ),
]


class WebhookEndpointRegister(
    In,
    json_schema_extra={
        "examples": [
            {
                "url": "https://hr.example.com/hooks/rementor",
                "event_types": ["pairing.activated", "pairing.ended"],
                "description": "Tells the HR portal who mentors whom",
            }
        ]
    },
):
    """Where you want to hear what happens, and what."""

    url: Url
    event_types: EventTypes = Field(default=[EVERY_TYPE])
    description: Line | None = None


class WebhookEndpointChange(In, json_schema_extra={"examples": [{"event_types": ["all"]}]}):
    """Send only what changes."""

    url: Url | MISSING = MISSING
    event_types: EventTypes | MISSING = MISSING
    description: Line | None | MISSING = MISSING


class SecretRotate(In, json_schema_extra={"examples": [{"overlap_hours": 24}]}):
    """How long the old secret signs beside the new one."""

    overlap_hours: int = Field(
        default=24,
        ge=0,
        le=LONGEST_OVERLAP_HOURS,
        description="0 where the old secret has leaked: it signs nothing any more.",
    )


class WebhookEndpointOut(Out):
    """An address that hears of events; never its secret."""

    resource: ClassVar[str] = "/v1/webhook-endpoints"

    id: UUID
    url: str
    description: str | None
    event_types: list[str] = Field(max_length=MOST_TYPES)
    status: EndpointStatus = Field(
        description="`failing`: several attempts in a row failed, so there are pauses between them."
        " `disabled`: nothing is sent."
    )
    status_reason: str | None = Field(
        description="Why it fails (`timeout`, `tls_error`, `status 500` …) or is disabled:"
        " `requested`, `receiver_gone` (it said 410), `too_many_failures`."
    )
    status_since: dt.datetime
    paused_until: dt.datetime | None = Field(description="Not tried before.")
    previous_secret_until: dt.datetime | None = Field(
        description="Until then messages bear a second signature, with the secret before."
    )
    created_at: dt.datetime
    updated_at: dt.datetime


class WebhookEndpointRegistered(WebhookEndpointOut):
    """A new endpoint with its secret, which is shown this once."""

    carries_secret: ClassVar[bool] = True

    secret: str = Field(description="For the library of Standard Webhooks in your language.")


class WebhookEndpointQuery(PageQuery):
    status: EndpointStatus | None = None


class RecoverSince(In, json_schema_extra={"examples": [{"since": "2026-05-04T09:00:00Z"}]}):
    """From which moment on everything must have arrived."""

    since: Moment


class RecoveredOut(Out):
    """What is sent now because it had not arrived."""

    recovered_count: int
    next_since: dt.datetime | None = Field(
        description="There is more than one call takes: ask again from here. None: that was all."
    )


class WebhookAttemptOut(Out):
    """One try to hand a message over."""

    at: dt.datetime
    outcome: str = Field(
        description="`delivered`, `status 500` and the like, `timeout`, `tls_error`,"
        " `connection_failed`, `name_not_found`, `address_refused`, `protocol_error`,"
        " `secret_unreadable`. What the receiver said is not kept."
    )
    duration_ms: int


class WebhookDeliveryOut(Out):
    """One event for one endpoint, with the latest attempts."""

    resource: ClassVar[str] = "/v1/webhook-deliveries"

    id: UUID
    webhook_endpoint_id: UUID
    event_id: UUID = Field(description="`webhook-id` of the message, the same on every attempt.")
    event_type: str
    position: int = Field(description="Of the event in `/v1/events`; 0 for a test.")
    event_at: dt.datetime
    status: DeliveryStatus
    due_at: dt.datetime | None = Field(description="Not tried before.")
    attempts: list[WebhookAttemptOut] = Field(max_length=30)
    finished_at: dt.datetime | None
    created_at: dt.datetime


class WebhookDeliveryQuery(PageQuery):
    webhook_endpoint_id: UUID | None = None
    status: DeliveryStatus | None = None
    event_type: EventType | None = None
    event_id: UUID | None = None


class WebhookTest(BaseModel):
    """Somebody asked for a test (`send-test-event`); nothing happened."""

    type: ClassVar[str] = "webhook.test"
    webhook_endpoint_id: UUID
