"""Pairings and the match runs that proposed them."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record


class PairingStatus(StrEnum):
    """proposed → accepted → active ⇄ paused → ended; or declined, expired, withdrawn."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


LIVE = (PairingStatus.PROPOSED, PairingStatus.ACCEPTED, PairingStatus.ACTIVE, PairingStatus.PAUSED)


class PairingAnswer(StrEnum):
    """What one side says to a proposal. Asking for information keeps it proposed."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NEEDS_INFORMATION = "needs_information"


class PairingSide(StrEnum):
    """One of the two people of a pairing."""

    MENTOR = "mentor"
    MENTEE = "mentee"


class DeclineReason(StrEnum):
    """Why somebody said no: a category, never a text, and never shown to the partner."""

    NO_TIME = "no_time"
    NOT_NOW = "not_now"
    GOALS_DO_NOT_FIT = "goals_do_not_fit"
    TOO_CLOSE = "too_close"
    NO_REASON_GIVEN = "no_reason_given"


class EndReason(StrEnum):
    """Why a pairing is over, in neutral words that both sides may read."""

    COMPLETED = "completed"
    NO_FAULT_CHANGE = "no_fault_change"
    LEFT_ORGANIZATION = "left_organization"
    ENROLLMENT_WITHDRAWN = "enrollment_withdrawn"
    COHORT_CANCELLED = "cohort_cancelled"
    TAKEN_BACK = "taken_back"


class MatchRunStatus(StrEnum):
    """queued → running → computed → published; superseded when another was published after it.

    Small runs are computed when they are first seen; others may end as failed or cancelled.
    """

    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"
    CANCELLED = "cancelled"
    COMPUTED = "computed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class AskedBecause(StrEnum):
    """Why the house asked for a run by itself."""

    LEAVERS = "leavers"


UNDER_WAY = (MatchRunStatus.QUEUED, MatchRunStatus.RUNNING)


class MatchRun(Record):
    """One execution of a matcher on a frozen input; nothing comes of it until it is published."""

    __tablename__ = "match_runs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "cohort_id"], ["cohorts.organization_id", "cohorts.id"]
        ),
        Index("ix_match_runs_cohort_id", "organization_id", "cohort_id", "id"),
        Index(
            "uq_match_runs_under_way",
            "organization_id",
            "cohort_id",
            unique=True,
            sqlite_where=text("status IN ('queued', 'running')"),
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
    )

    cohort_id: Mapped[uuid.UUID]
    status: Mapped[MatchRunStatus]
    matcher: Mapped[str] = mapped_column(String(80))
    objective: Mapped[str] = mapped_column(String(40))
    matcher_version: Mapped[str | None] = mapped_column(String(80))
    rules_version: Mapped[str | None] = mapped_column(String(64))
    rules: Mapped[dict[str, Any]]
    weights: Mapped[dict[str, int]]
    seed: Mapped[int]
    input_digest: Mapped[str] = mapped_column(String(64))
    asked_because: Mapped[AskedBecause | None]
    """None where a person asked for it."""
    figures: Mapped[dict[str, Any] | None]
    """Counts, coverage, scores and what is proved: what a list shows of a run."""
    input: Mapped[dict[str, Any]]
    """The frozen features, so that the run can be replayed."""
    people_erased_at: Mapped[dt.datetime | None]
    """When a person was last taken out of `input`: since then it cannot be replayed."""
    asked: Mapped[dict[str, Any] | None]
    """What else the worker needs of a run that was queued: matcher, time limit, live pairings."""
    result: Mapped[dict[str, Any] | None]
    """Pairs with breakdowns, and the unmatched with reasons; None until it is computed."""
    certificate: Mapped[dict[str, Any] | None]
    """The proof of the result, if the matcher gave one."""
    job_id: Mapped[uuid.UUID | None]
    """The job that computes it, or did; jobs are forgotten before runs are."""
    problem: Mapped[dict[str, Any] | None]
    """Why it failed: type, code, title, status, detail."""
    finished_at: Mapped[dt.datetime | None]
    published_at: Mapped[dt.datetime | None]


class Pairing(Record):
    """One mentor's enrollment and one mentee's, from proposal to end."""

    __tablename__ = "pairings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "cohort_id"], ["cohorts.organization_id", "cohorts.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "mentor_enrollment_id"],
            ["enrollments.organization_id", "enrollments.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "mentee_enrollment_id"],
            ["enrollments.organization_id", "enrollments.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "mentor_id"], ["participants.organization_id", "participants.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "mentee_id"], ["participants.organization_id", "participants.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "match_run_id"], ["match_runs.organization_id", "match_runs.id"]
        ),
        # A seat is a place of the enrollment's capacity, taken by one pairing at a time.
        ForeignKeyConstraint(
            ["organization_id", "mentor_enrollment_id", "mentor_slot"],
            ["places.organization_id", "places.enrollment_id", "places.slot"],
            name="fk_pairings_mentor_place",
        ),
        ForeignKeyConstraint(
            ["organization_id", "mentee_enrollment_id", "mentee_slot"],
            ["places.organization_id", "places.enrollment_id", "places.slot"],
            name="fk_pairings_mentee_place",
        ),
        UniqueConstraint(
            "organization_id",
            "mentor_enrollment_id",
            "mentor_slot",
            name="uq_pairings_mentor_place",
        ),
        UniqueConstraint(
            "organization_id",
            "mentee_enrollment_id",
            "mentee_slot",
            name="uq_pairings_mentee_place",
        ),
        CheckConstraint(
            "(status IN ('accepted', 'active', 'paused'))"
            " = (mentor_slot IS NOT NULL AND mentee_slot IS NOT NULL)",
            name="seated_on_both_sides",
        ),
        CheckConstraint(
            "status IN ('accepted', 'active', 'paused')"
            " OR (mentor_slot IS NULL AND mentee_slot IS NULL)",
            name="seats_given_back",
        ),
        CheckConstraint("mentor_id <> mentee_id", name="two_people"),
        Index(
            "uq_pairings_live_pair",
            "organization_id",
            "mentor_enrollment_id",
            "mentee_enrollment_id",
            unique=True,
            sqlite_where=text("status IN ('proposed', 'accepted', 'active', 'paused')"),
            postgresql_where=text("status IN ('proposed', 'accepted', 'active', 'paused')"),
        ),
        Index("ix_pairings_cohort_id", "organization_id", "cohort_id", "id"),
        Index("ix_pairings_mentor_id", "organization_id", "mentor_id", "id"),
        Index("ix_pairings_mentee_id", "organization_id", "mentee_id", "id"),
        Index("ix_pairings_expires_at", "organization_id", "status", "expires_at"),
        Index(  # looked at every few minutes, and nearly always empty
            "ix_pairings_left",
            "organization_id",
            "ended_at",
            sqlite_where=text("end_reason = 'left_organization'"),
            postgresql_where=text("end_reason = 'left_organization'"),
        ),
    )

    cohort_id: Mapped[uuid.UUID]
    mentor_enrollment_id: Mapped[uuid.UUID]
    mentee_enrollment_id: Mapped[uuid.UUID]
    mentor_id: Mapped[uuid.UUID]
    """The mentor's participant id."""
    mentee_id: Mapped[uuid.UUID]
    """The mentee's participant id."""
    match_run_id: Mapped[uuid.UUID | None]
    status: Mapped[PairingStatus]
    score: Mapped[int]
    breakdown: Mapped[dict[str, int]]
    """Points by criterion; they add up to the score."""
    overridden_rules: Mapped[list[str]]
    """Hard rules that the manager who proposed this set aside, knowing it."""
    mentor_answer: Mapped[PairingAnswer] = mapped_column(default=PairingAnswer.PENDING)
    mentee_answer: Mapped[PairingAnswer] = mapped_column(default=PairingAnswer.PENDING)
    decline_reason: Mapped[DeclineReason | None]
    mentor_slot: Mapped[int | None]
    mentee_slot: Mapped[int | None]
    expires_at: Mapped[dt.datetime | None]
    reminded_at: Mapped[dt.datetime | None]
    accepted_at: Mapped[dt.datetime | None]
    activated_at: Mapped[dt.datetime | None]
    paused_at: Mapped[dt.datetime | None]
    """Since when it rests; null while it does not."""
    paused_minutes: Mapped[int] = mapped_column(default=0)
    """How long it has rested before; a pause leaves every measure."""
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[EndReason | None]


class PairingQuestion(Record):
    """What somebody wants to know before answering a proposal; the partner never sees it."""

    __tablename__ = "pairing_questions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "pairing_id"], ["pairings.organization_id", "pairings.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "asked_by_id"], ["participants.organization_id", "participants.id"]
        ),
        Index("ix_pairing_questions_pairing_id", "organization_id", "pairing_id", "id"),
        Index("ix_pairing_questions_asked_by_id", "organization_id", "asked_by_id", "id"),
    )

    pairing_id: Mapped[uuid.UUID]
    asked_by_id: Mapped[uuid.UUID]
    """The participant who asks."""
    side: Mapped[PairingSide]
    question: Mapped[str]
    answer: Mapped[str | None]
    answered_at: Mapped[dt.datetime | None]
