"""Programs, their cohorts, and who takes part as what."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base, Record


class ProgramStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


class CohortStatus(StrEnum):
    """planned → enrolling → running → completed; cancelled from any of the first three."""

    PLANNED = "planned"
    ENROLLING = "enrolling"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class EnrollmentMode(StrEnum):
    INVITED = "invited"
    OPEN = "open"


class EnrollmentRole(StrEnum):
    """Mentor: the less senior who teaches. Mentee: the senior who learns."""

    MENTOR = "mentor"
    MENTEE = "mentee"


class EnrollmentStatus(StrEnum):
    """invited or applied → enrolled ⇄ waitlisted; withdrawn or declined at the end."""

    INVITED = "invited"
    APPLIED = "applied"
    ENROLLED = "enrolled"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class MeetingMode(StrEnum):
    IN_PERSON = "in_person"
    VIDEO = "video"
    HYBRID = "hybrid"
    ASYNCHRONOUS = "asynchronous"


class Generation(StrEnum):
    """As people count themselves; never a birth date."""

    BABY_BOOMER = "baby_boomer"
    GENERATION_X = "generation_x"
    GENERATION_Y = "generation_y"
    GENERATION_Z = "generation_z"


class Driver(StrEnum):
    """Who takes the initiative for meetings."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    EITHER = "either"


class MatchingObjective(StrEnum):
    """What "best" means when pairs are computed, unless a match run is asked for another."""

    PARTICIPATION = "participation"
    QUALITY = "quality"
    FAIR = "fair"
    STABLE = "stable"


class ForWhom(StrEnum):
    """Whom training material or a message is for."""

    BOTH = "both"
    MENTOR = "mentor"
    MENTEE = "mentee"


class TrainingTopic(StrEnum):
    """What a training module is about."""

    BENEFITS = "benefits"
    RELATIONSHIP = "relationship"
    FEEDBACK = "feedback"
    CONFIDENTIALITY = "confidentiality"
    SUBJECT = "subject"


class MessageOccasion(StrEnum):
    """When a message is sent."""

    INVITATION = "invitation"
    WELCOME = "welcome"
    PROPOSAL = "proposal"
    FIRST_MEETING = "first_meeting"
    MEETING_REMINDER = "meeting_reminder"
    SURVEY_INVITATION = "survey_invitation"
    SURVEY_REMINDER = "survey_reminder"
    HALF_TIME = "half_time"
    CLOSING = "closing"


OPEN_COHORTS = (CohortStatus.ENROLLING, CohortStatus.RUNNING)
"""Cohorts that take people."""
LIVE_COHORTS = (CohortStatus.PLANNED, *OPEN_COHORTS)
LIVE_ENROLLMENTS = (
    EnrollmentStatus.INVITED,
    EnrollmentStatus.APPLIED,
    EnrollmentStatus.ENROLLED,
    EnrollmentStatus.WAITLISTED,
)
ENDED_ENROLLMENTS = (EnrollmentStatus.DECLINED, EnrollmentStatus.WITHDRAWN)
MOST_PLACES = 20


class Program(Record):
    """The standing scheme: purpose, matching rules and weights."""

    __tablename__ = "programs"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str]
    status: Mapped[ProgramStatus] = mapped_column(default=ProgramStatus.ACTIVE)
    matching_rules: Mapped[dict[str, Any]]
    matching_weights: Mapped[dict[str, int]]
    matching_objective: Mapped[MatchingObjective] = mapped_column(
        default=MatchingObjective.PARTICIPATION
    )
    labels: Mapped[dict[str, str]]


class Cohort(Record):
    """One run of a program, with dates and a plan that freezes when it starts."""

    __tablename__ = "cohorts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "program_id"], ["programs.organization_id", "programs.id"]
        ),
        UniqueConstraint("organization_id", "program_id", "name"),
        Index("ix_cohorts_program_id", "organization_id", "program_id", "id"),
        CheckConstraint("ends_on > starts_on", name="ends_after_it_starts"),
    )

    program_id: Mapped[uuid.UUID]
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[CohortStatus] = mapped_column(default=CohortStatus.PLANNED)
    enrollment_mode: Mapped[EnrollmentMode]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    meeting_every_days: Mapped[int]
    """The agreed cadence: one meeting in every so many days."""
    meeting_minutes: Mapped[int]
    planned_meetings_count: Mapped[int]
    modes: Mapped[list[str]]
    driver: Mapped[Driver]
    measures: Mapped[list[str]]
    """Codes of the instruments that measure progress."""
    milestones: Mapped[list[dict[str, Any]]]
    """What is planned for when: `{name, due_on}`."""
    proposals_expire_after_days: Mapped[int]
    training_required: Mapped[bool]
    plan_frozen_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    """When it was completed or cancelled."""
    labels: Mapped[dict[str, str]]


class TrainingModule(Record):
    """One step of a program's training path; written as part of a blueprint."""

    __tablename__ = "training_modules"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "program_id"], ["programs.organization_id", "programs.id"]
        ),
        UniqueConstraint("organization_id", "program_id", "key"),
    )

    program_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(String(64))
    """Stable name in the program's documents."""
    position: Mapped[int]
    """The place in the path, from 1."""
    title: Mapped[str] = mapped_column(String(200))
    audience: Mapped[ForWhom]
    topic: Mapped[TrainingTopic]
    minutes: Mapped[int]
    summary: Mapped[str]
    url: Mapped[str | None] = mapped_column(String(500))
    required: Mapped[bool]


class MessageTemplate(Record):
    """What a program writes to people on an occasion; written as part of a blueprint."""

    __tablename__ = "message_templates"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "program_id"], ["programs.organization_id", "programs.id"]
        ),
        UniqueConstraint("organization_id", "program_id", "key"),
    )

    program_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(String(64))
    """Stable name in the program's documents."""
    occasion: Mapped[MessageOccasion]
    audience: Mapped[ForWhom]
    language: Mapped[str] = mapped_column(String(35))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str]


class Enrollment(Record):
    """A participant in a cohort as mentor or as mentee; one person may hold both roles."""

    __tablename__ = "enrollments"
    private_fields = frozenset({"wishes", "vetoes", "generation"})
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "cohort_id"], ["cohorts.organization_id", "cohorts.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        UniqueConstraint("organization_id", "cohort_id", "participant_id", "role"),
        Index("ix_enrollments_cohort_id", "organization_id", "cohort_id", "id"),
        Index("ix_enrollments_participant_id", "organization_id", "participant_id", "id"),
        CheckConstraint(f"capacity BETWEEN 1 AND {MOST_PLACES}", name="capacity_in_bounds"),
    )

    cohort_id: Mapped[uuid.UUID]
    participant_id: Mapped[uuid.UUID]
    role: Mapped[EnrollmentRole]
    status: Mapped[EnrollmentStatus]
    capacity: Mapped[int] = mapped_column(default=1)
    """How many pairings at once; each is a row of `places`."""
    availability: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """Weekly windows in the person's time zone; None: as the participant always has it."""
    languages: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Languages to meet in; None: those of the participant."""
    modes: Mapped[list[str]]
    motivation: Mapped[str | None]
    """What the person hopes for, in their own words: for the matching card."""
    aspirations: Mapped[list[str]]
    """Of a mentee: what they hope to get to know."""
    topics: Mapped[list[str]]
    """Of a mentor: what they can open a door to."""
    interests: Mapped[list[str]]
    work_values: Mapped[list[str]]
    communication_preference: Mapped[str | None] = mapped_column(String(40))
    wishes: Mapped[list[str]]
    """Enrollment ids of wished partners, the dearest first."""
    vetoes: Mapped[list[str]]
    """Enrollment ids of partners ruled out; private to the person, no reason asked."""
    generation: Mapped[Generation | None]
    """As the person counts themself; private to them, and only where the organization wants it."""
    consented_at: Mapped[dt.datetime | None]
    consent_source: Mapped[str | None] = mapped_column(String(200))
    """Where a manager has the consent from; None: the person gave it here."""
    trained_at: Mapped[dt.datetime | None]
    waitlisted_at: Mapped[dt.datetime | None]
    """Since when the person waits, or waited: those who waited come first in the next match run."""
    ended_at: Mapped[dt.datetime | None]
    labels: Mapped[dict[str, str]]


class Place(Base):
    """One place of an enrollment's capacity; a pairing sits on one, so the database counts.

    Only who is enrolled has places: laid out on enrolling, taken in on the waitlist.
    """

    __tablename__ = "places"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "enrollment_id"], ["enrollments.organization_id", "enrollments.id"]
        ),
    )

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    enrollment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
