"""Mentoring sessions: the meetings of a pairing, what was noted in them and what is to be done."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record
from app.pairings.models import PairingSide
from app.programs.models import MeetingMode
from app.sessions.calendar import Adjusted


class SessionStatus(StrEnum):
    """scheduled → completed | missed | cancelled."""

    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    """Both were there."""
    MISSED = "missed"
    """Its time came, and not both were there."""
    CANCELLED = "cancelled"


class Attendance(StrEnum):
    ATTENDED = "attended"
    EXCUSED = "excused"
    """Said beforehand that they could not come."""
    MISSED = "missed"


class SessionActor(StrEnum):
    """Who did something to a session: a side, the program, or the house by itself."""

    MENTOR = "mentor"
    MENTEE = "mentee"
    PROGRAM = "program"
    SYSTEM = "system"


class ChangeReason(StrEnum):
    """Why a session is moved or cancelled, in a word that gives nothing private away."""

    OTHER_MEETING = "other_meeting"
    WORKLOAD = "workload"
    ABSENCE = "absence"
    TECHNOLOGY = "technology"
    NOT_PREPARED = "not_prepared"
    NO_LONGER_NEEDED = "no_longer_needed"
    OTHER = "other"
    # what the house sees by itself
    PAIRING_ENDED = "pairing_ended"
    PAIRING_PAUSED = "pairing_paused"
    ZONE_RULES_CHANGED = "zone_rules_changed"


class NoteVisibility(StrEnum):
    PRIVATE = "private"
    """Read by its author, and by nobody else, ever."""
    SHARED = "shared"
    """Read by the two of the pairing."""


class MentoringSession(Record):
    """A meeting of a pairing: what was meant on the wall, and the instant that is."""

    __tablename__ = "mentoring_sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "pairing_id"], ["pairings.organization_id", "pairings.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "cohort_id"], ["cohorts.organization_id", "cohorts.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "mentor_id"], ["participants.organization_id", "participants.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "mentee_id"], ["participants.organization_id", "participants.id"]
        ),
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_at_a_time"
        ),
        CheckConstraint(
            "(status IN ('completed', 'missed')) = (mentor_attendance IS NOT NULL"
            " AND mentee_attendance IS NOT NULL)",
            name="attendance_of_both",
        ),
        Index("ix_mentoring_sessions_pairing_id", "organization_id", "pairing_id", "starts_at"),
        Index("ix_mentoring_sessions_cohort_id", "organization_id", "cohort_id", "starts_at"),
        Index("ix_mentoring_sessions_mentor_id", "organization_id", "mentor_id", "starts_at"),
        Index("ix_mentoring_sessions_mentee_id", "organization_id", "mentee_id", "starts_at"),
        Index("ix_mentoring_sessions_series_id", "organization_id", "series_id"),
        Index("ix_mentoring_sessions_status", "organization_id", "status", "id"),
        Index("ix_mentoring_sessions_starts_at", "organization_id", "starts_at", "id"),
    )

    pairing_id: Mapped[uuid.UUID]
    cohort_id: Mapped[uuid.UUID]
    mentor_id: Mapped[uuid.UUID]
    """The mentor's participant id."""
    mentee_id: Mapped[uuid.UUID]
    """The mentee's participant id."""
    series_id: Mapped[uuid.UUID | None]
    """What was scheduled together."""
    status: Mapped[SessionStatus]
    local_time: Mapped[str] = mapped_column(String(16))
    """What the clock on the wall was meant to show: `2026-03-29T02:30`."""
    time_zone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    adjusted: Mapped[Adjusted]
    duration_minutes: Mapped[int]
    mode: Mapped[MeetingMode]
    agenda: Mapped[str | None]
    rescheduled_count: Mapped[int] = mapped_column(default=0)
    cancelled_at: Mapped[dt.datetime | None]
    cancelled_by: Mapped[SessionActor | None]
    cancel_reason: Mapped[ChangeReason | None]
    cancel_words: Mapped[str | None]
    notice_minutes: Mapped[int | None]
    """How long before its start it was cancelled."""
    mentor_attendance: Mapped[Attendance | None]
    mentee_attendance: Mapped[Attendance | None]
    actual_minutes: Mapped[int | None]
    completed_at: Mapped[dt.datetime | None]
    """When attendance was recorded."""
    completed_by: Mapped[SessionActor | None]


class Rescheduling(Record):
    """A session was moved: from when to when, by whom, why, and how late."""

    __tablename__ = "session_reschedulings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["mentoring_sessions.organization_id", "mentoring_sessions.id"],
        ),
        Index("ix_session_reschedulings_session_id", "organization_id", "session_id", "id"),
    )

    session_id: Mapped[uuid.UUID]
    from_starts_at: Mapped[dt.datetime]
    to_starts_at: Mapped[dt.datetime]
    by: Mapped[SessionActor]
    reason: Mapped[ChangeReason]
    words: Mapped[str | None]
    notice_minutes: Mapped[int]


class SessionNote(Record):
    """What one of the two wrote down; deleted when its author is erased."""

    __tablename__ = "session_notes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["mentoring_sessions.organization_id", "mentoring_sessions.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "author_id"], ["participants.organization_id", "participants.id"]
        ),
        Index("ix_session_notes_session_id", "organization_id", "session_id", "id"),
        Index("ix_session_notes_author_id", "organization_id", "author_id", "id"),
    )

    session_id: Mapped[uuid.UUID]
    author_id: Mapped[uuid.UUID]
    """The author's participant id."""
    author_side: Mapped[PairingSide]
    visibility: Mapped[NoteVisibility]
    text: Mapped[str]


class SessionAction(Record):
    """What one of the two took upon themselves in a session."""

    __tablename__ = "session_actions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["mentoring_sessions.organization_id", "mentoring_sessions.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "pairing_id"], ["pairings.organization_id", "pairings.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "author_id"], ["participants.organization_id", "participants.id"]
        ),
        Index("ix_session_actions_session_id", "organization_id", "session_id", "id"),
        Index("ix_session_actions_pairing_id", "organization_id", "pairing_id", "id"),
    )

    session_id: Mapped[uuid.UUID]
    pairing_id: Mapped[uuid.UUID]
    author_id: Mapped[uuid.UUID]
    """The participant id of who wrote it down."""
    owner: Mapped[PairingSide]
    """Whose it is to do."""
    text: Mapped[str]
    due_on: Mapped[dt.date | None]
    done_at: Mapped[dt.datetime | None]
