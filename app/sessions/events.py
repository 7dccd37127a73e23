"""What others may hear about mentoring sessions: ids, instants and figures; never what was said."""

import datetime as dt
from uuid import UUID

from app.kit.events import Event
from app.sessions.models import SessionActor


class SessionScheduled(Event):
    """The two will meet."""

    type = "session.scheduled"
    session_id: UUID
    pairing_id: UUID
    cohort_id: UUID
    series_id: UUID | None
    starts_at: dt.datetime
    ends_at: dt.datetime


class SessionRescheduled(Event):
    """A session was moved; who moved it, and how long before its old start."""

    type = "session.rescheduled"
    session_id: UUID
    pairing_id: UUID
    cohort_id: UUID
    from_starts_at: dt.datetime
    starts_at: dt.datetime
    ends_at: dt.datetime
    by: SessionActor
    notice_minutes: int


class SessionCancelled(Event):
    """A session will not take place; who cancelled it, and how long before its start."""

    type = "session.cancelled"
    session_id: UUID
    pairing_id: UUID
    cohort_id: UUID
    starts_at: dt.datetime
    by: SessionActor
    notice_minutes: int


class SessionCompleted(Event):
    """The two met."""

    type = "session.completed"
    session_id: UUID
    pairing_id: UUID
    cohort_id: UUID
    starts_at: dt.datetime
    actual_minutes: int


class SessionMissed(Event):
    """The time of a session came, and not both were there."""

    type = "session.missed"
    session_id: UUID
    pairing_id: UUID
    cohort_id: UUID
    starts_at: dt.datetime
