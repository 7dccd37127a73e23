"""What follows from an attempt: schedule of the delivery, pauses and end of the endpoint."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table, bindparam, literal_column, select, update

from app.kit.events import Event
from app.kit.work import UnitOfWork
from app.webhooks.events import (
    WebhookEndpointDisabled,
    WebhookEndpointFailing,
    WebhookEndpointRecovered,
)
from app.webhooks.models import DeliveryStatus, EndpointStatus, WebhookDelivery, WebhookEndpoint
from app.webhooks.posting import DELIVERED, Answer

# The pauses before each attempt, as the specification of Standard Webhooks suggests: 75.6 hours.
SCHEDULE = (
    dt.timedelta(),
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=24),
)
JITTER = 0.2
FAILURES_UNTIL_PAUSE, FAILURES_UNTIL_DISABLED = 4, 40
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(minutes=1), dt.timedelta(hours=24)
ATTEMPTS_KEPT = 30
GONE, RECEIVER_GONE, TOO_MANY_FAILURES = "status 410", "receiver_gone", "too_many_failures"


@dataclass(frozen=True)
class Letter:
    """A delivery on its way."""

    delivery_id: uuid.UUID
    event_id: uuid.UUID
    tries: int
    attempts: list[dict[str, Any]]
    body: str


@dataclass(frozen=True)
class Attempt:
    """One try, and what came of it."""

    endpoint_id: uuid.UUID
    letter: Letter
    at: dt.datetime
    answer: Answer

    @property
    def delivered(self) -> bool:
        return self.answer.outcome == DELIVERED


@dataclass(frozen=True)
class Health:
    """How an endpoint has been answering."""

    status: EndpointStatus
    reason: str | None
    since: dt.datetime
    failures: int
    paused_until: dt.datetime | None


def pause_before(delivery_id: uuid.UUID, tries: int) -> dt.timedelta:
    """The pause after so many tries, up to a fifth longer or shorter: always the same for both.

    So that deliveries which failed together do not all come back together.
    """
    digest = hashlib.sha256(f"{delivery_id}/{tries}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    return SCHEDULE[tries] * (1 - JITTER + 2 * JITTER * share)


def after(attempt: Attempt) -> dict[str, Any]:
    """The columns of a delivery after an attempt."""
    letter, tries = attempt.letter, attempt.letter.tries + 1
    noted = {
        "at": attempt.at.isoformat(timespec="milliseconds"),
        "outcome": attempt.answer.outcome,
        "duration_ms": attempt.answer.duration_ms,
    }
    due, status = None, DeliveryStatus.DELIVERED
    if not attempt.delivered:
        status = DeliveryStatus.FAILED
        if tries < len(SCHEDULE) and attempt.answer.outcome != GONE:
            status = DeliveryStatus.PENDING
            wait = attempt.answer.retry_after or dt.timedelta()
            due = attempt.at + max(pause_before(letter.delivery_id, tries), wait)
    return {
        "status": status,
        "tries": tries,
        "attempts": [*letter.attempts, noted][-ATTEMPTS_KEPT:],
        "due_at": due,
        "finished_at": None if due else attempt.at,
    }


def health_after(health: Health, attempt: Attempt) -> Health:
    """How an endpoint stands after one more attempt; a disabled one stays so."""
    if attempt.delivered:
        if health.status is EndpointStatus.FAILING:
            health = replace(health, status=EndpointStatus.ACTIVE, reason=None, since=attempt.at)
        return replace(health, failures=0, paused_until=None)
    health = replace(health, failures=health.failures + 1)
    if health.status is EndpointStatus.DISABLED:
        return health
    outcome, failures = attempt.answer.outcome, health.failures
    if outcome == GONE or failures >= FAILURES_UNTIL_DISABLED:
        reason = RECEIVER_GONE if outcome == GONE else TOO_MANY_FAILURES
        return replace(
            health, status=EndpointStatus.DISABLED, reason=reason, since=attempt.at,
            paused_until=None,
        )  # fmt: skip
    waits = [attempt.answer.retry_after] if attempt.answer.retry_after else []
    if failures >= FAILURES_UNTIL_PAUSE:
        waits.append(min(FIRST_PAUSE * 2 ** (failures - FAILURES_UNTIL_PAUSE), LONGEST_PAUSE))
        if health.status is EndpointStatus.ACTIVE:
            health = replace(health, status=EndpointStatus.FAILING, since=attempt.at)
        health = replace(health, reason=outcome)
    until = attempt.at + max(waits) if waits else None
    return replace(health, paused_until=until)


def news_of(endpoint_id: uuid.UUID, before: Health, now: Health) -> Iterable[Event]:
    """What is told when an endpoint stands differently than before."""
    if now.status is before.status:
        return
    if now.status is EndpointStatus.FAILING:
        yield WebhookEndpointFailing(webhook_endpoint_id=endpoint_id, reason=now.reason or "")
    elif now.status is EndpointStatus.DISABLED:
        yield WebhookEndpointDisabled(webhook_endpoint_id=endpoint_id, reason=now.reason or "")
    elif before.status is EndpointStatus.FAILING:
        yield WebhookEndpointRecovered(webhook_endpoint_id=endpoint_id)


def write_down(
    uow: UnitOfWork, attempts: list[Attempt], released: dict[uuid.UUID, dt.datetime]
) -> None:
    """Store what came of some attempts, and end the leases of endpoints that are done with.

    A lease that another worker has taken meanwhile is left to it.
    """
    concerned = sorted({each.endpoint_id for each in attempts} | released.keys())
    standing = {
        row.id: row
        for row in uow.rows.execute(
            select(
                WebhookEndpoint.id, WebhookEndpoint.status, WebhookEndpoint.status_reason,
                WebhookEndpoint.status_since, WebhookEndpoint.failures_count,
                WebhookEndpoint.paused_until,
            )
            .where(
                WebhookEndpoint.organization_id == uow.organization_id,
                WebhookEndpoint.id.in_(concerned),
            )
            .order_by(WebhookEndpoint.id)
            .with_for_update(key_share=True)
        )
    }  # fmt: skip
    kept = [each for each in attempts if each.endpoint_id in standing]
    if kept:
        uow.rows.execute(
            _AFTER,
            [
                {
                    "of_organization": uow.organization_id,
                    "of_id": each.letter.delivery_id,
                    "of_tries": each.letter.tries,
                    "updated_at": uow.now,
                    **after(each),
                }
                for each in kept
            ],
        )
    for endpoint_id, row in standing.items():
        _note_health(uow, endpoint_id, row, [one for one in kept if one.endpoint_id == endpoint_id])
    ended = [
        {"of_organization": uow.organization_id, "of_id": key, "of_lease": lease, "ended": uow.now}
        for key, lease in sorted(released.items())
        if key in standing
    ]
    if ended:
        uow.rows.execute(_RELEASE, ended)


def _note_health(
    uow: UnitOfWork, endpoint_id: uuid.UUID, row: Any, attempts: list[Attempt]
) -> None:
    before = Health(
        row.status, row.status_reason, row.status_since, row.failures_count, row.paused_until
    )
    now = before
    for attempt in attempts:
        following = health_after(now, attempt)
        for news in news_of(endpoint_id, now, following):
            uow.emit(news)
        now = following
    if now == before:
        return
    seen = replace(now, failures=before.failures) != before  # the count alone shows nowhere
    uow.rows.execute(
        update(WebhookEndpoint)
        .where(
            WebhookEndpoint.organization_id == uow.organization_id,
            WebhookEndpoint.id == endpoint_id,
        )
        .values(
            status=now.status,
            status_reason=now.reason,
            status_since=now.since,
            failures_count=now.failures,
            paused_until=now.paused_until,
            **({"version": WebhookEndpoint.version + 1} if seen else {}),
        )
    )


_DELIVERIES: Table = WebhookDelivery.__table__  # type: ignore[assignment]
_ENDPOINTS: Table = WebhookEndpoint.__table__  # type: ignore[assignment]
PENDING = WebhookDelivery.status == literal_column("'pending'")
"""As the index of what is pending says it: a parameter would not be recognized."""
_AFTER = (
    update(_DELIVERIES)
    .where(
        _DELIVERIES.c.organization_id == bindparam("of_organization"),
        _DELIVERIES.c.id == bindparam("of_id"),
        PENDING,
        _DELIVERIES.c.tries == bindparam("of_tries"),  # asked for again meanwhile: it stays asked
    )
    .values(
        {
            **{
                name: bindparam(name)
                for name in ("status", "tries", "attempts", "due_at", "finished_at", "updated_at")
            },
            "version": _DELIVERIES.c.version + 1,
        }
    )
)
_RELEASE = (
    update(_ENDPOINTS)
    .where(
        _ENDPOINTS.c.organization_id == bindparam("of_organization"),
        _ENDPOINTS.c.id == bindparam("of_id"),
        _ENDPOINTS.c.leased_until == bindparam("of_lease"),
    )
    .values(leased_until=bindparam("ended"))
)
