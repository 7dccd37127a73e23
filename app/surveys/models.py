"""Surveys, their waves, who is asked, and what was answered."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base, Record
from app.programs.models import EnrollmentRole


class SurveyOrigin(StrEnum):
    """Whose items they are. Original: written for this product and built in."""

    ORIGINAL = "original"
    CUSTOMER = "customer"
    LICENSED = "licensed"


class Audience(StrEnum):
    BOTH = "both"
    MENTOR = "mentor"
    MENTEE = "mentee"

    def includes(self, role: EnrollmentRole) -> bool:
        return self is Audience.BOTH or self.value == role.value


class ItemFormat(StrEnum):
    """Rating: an integer between two ends. Choice: one of the labelled codes, never a number."""

    RATING = "rating"
    CHOICE = "choice"


class WaveMoment(StrEnum):
    BASELINE = "baseline"
    MIDDLE = "middle"
    END = "end"
    PULSE = "pulse"
    FOLLOW_UP = "follow_up"


class WaveMode(StrEnum):
    """What is kept with an answer. One mode for all of a wave, told before the first question."""

    IDENTIFIED = "identified"


class WaveStatus(StrEnum):
    """planned → open → closed; a closed wave stays closed."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class Collection(StrEnum):
    """Given by the person, or recorded by somebody who collected the answers elsewhere."""

    GIVEN = "given"
    RECORDED = "recorded"


class Survey(Record):
    """A questionnaire in one language: published when it is defined, never changed after."""

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "code", "edition", "language", name="uq_surveys_edition"
        ),
    )

    code: Mapped[str] = mapped_column(String(64))
    edition: Mapped[str] = mapped_column(String(64))
    """The version on the wire; `version` counts the row's changes, of which there are none."""
    language: Mapped[str] = mapped_column(String(35))
    title: Mapped[str] = mapped_column(String(200))
    origin: Mapped[SurveyOrigin]
    license: Mapped[str | None]
    """Under which terms the items may be used; licensed items must say it."""
    prefer_not_to_say: Mapped[bool]
    scales: Mapped[list[dict[str, Any]]]
    built_in: Mapped[bool]


class SurveyWave(Record):
    """One sending of surveys to a cohort, with the exact versions that are asked."""

    __tablename__ = "survey_waves"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "cohort_id"], ["cohorts.organization_id", "cohorts.id"]
        ),
        CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),
        Index("ix_survey_waves_cohort_id", "organization_id", "cohort_id", "id"),
        Index("ix_survey_waves_status", "organization_id", "status", "opens_at"),
    )

    cohort_id: Mapped[uuid.UUID]
    title: Mapped[str] = mapped_column(String(200))
    moment: Mapped[WaveMoment]
    mode: Mapped[WaveMode]
    audience: Mapped[Audience]
    surveys: Mapped[list[dict[str, Any]]]
    """The pinned surveys: code, version, language."""
    opens_at: Mapped[dt.datetime]
    closes_at: Mapped[dt.datetime]
    status: Mapped[WaveStatus] = mapped_column(default=WaveStatus.PLANNED)
    opened_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    reminded_at: Mapped[dt.datetime | None]


class SurveyInvitation(Record):
    """One enrollment that a wave asks, as it was when the wave opened: the frame of every rate."""

    __tablename__ = "survey_invitations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "survey_wave_id"],
            ["survey_waves.organization_id", "survey_waves.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "enrollment_id"], ["enrollments.organization_id", "enrollments.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        UniqueConstraint("organization_id", "survey_wave_id", "enrollment_id"),
        Index("ix_survey_invitations_participant_id", "organization_id", "participant_id", "id"),
    )

    survey_wave_id: Mapped[uuid.UUID]
    enrollment_id: Mapped[uuid.UUID]
    participant_id: Mapped[uuid.UUID]
    role: Mapped[EnrollmentRole]
    reminded_at: Mapped[dt.datetime | None]


class SurveyResponse(Base):
    """One filled copy. A random key and no moment: rows tell neither when nor in which order."""

    __tablename__ = "survey_responses"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "survey_wave_id"],
            ["survey_waves.organization_id", "survey_waves.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "survey_invitation_id"],
            ["survey_invitations.organization_id", "survey_invitations.id"],
        ),
        UniqueConstraint(
            "organization_id",
            "survey_wave_id",
            "survey_invitation_id",
            name="uq_survey_responses_invitation",
        ),
    )

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    survey_wave_id: Mapped[uuid.UUID]
    survey_invitation_id: Mapped[uuid.UUID]
    collection: Mapped[Collection]
    answers: Mapped[dict[str, Any]]
    """Raw answers by item code; null says "prefer not to say"."""
