"""Competence frameworks, what people offer and want to learn, and how their levels are judged."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record


class Direction(StrEnum):
    """Offered: can teach it at this level. Wanted: would like to reach this level."""

    OFFERED = "offered"
    WANTED = "wanted"


class AssessmentMoment(StrEnum):
    BASELINE = "baseline"
    END = "end"
    OTHER = "other"


class AssessmentSource(StrEnum):
    """Who judged: the person, or the partner in the pairing."""

    SELF = "self"
    PARTNER = "partner"


class Framework(Record):
    """A set of competences with levels; retired, never changed: measurements keep their meaning."""

    __tablename__ = "frameworks"
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    framework_version: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(35))
    url: Mapped[str | None] = mapped_column(String(500))
    license: Mapped[str | None] = mapped_column(String(200))
    attribution: Mapped[str | None]
    built_in: Mapped[bool]
    competences_count: Mapped[int]
    retired_at: Mapped[dt.datetime | None]


class Competence(Record):
    """One thing to be more or less good at. Everything refers to its code, never to its id."""

    __tablename__ = "competences"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "framework_id"], ["frameworks.organization_id", "frameworks.id"]
        ),
        UniqueConstraint("organization_id", "code"),
        Index("ix_competences_framework_id", "organization_id", "framework_id", "id"),
    )

    framework_id: Mapped[uuid.UUID]
    code: Mapped[str] = mapped_column(String(101))
    """`<framework>:<number>`, such as `digcomp:2.1`: the stable key."""
    area: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None]
    levels: Mapped[list[dict[str, Any]]]
    """From the lowest: `{level, group, prompt}`."""
    highest_level: Mapped[int]
    retired_at: Mapped[dt.datetime | None]


class Skill(Record):
    """What a person can teach, or wants to learn."""

    __tablename__ = "skills"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        UniqueConstraint("organization_id", "participant_id", "direction", "competence"),
        Index("ix_skills_competence", "organization_id", "competence", "direction", "id"),
        CheckConstraint("level BETWEEN 1 AND 8", name="level_in_bounds"),
    )

    participant_id: Mapped[uuid.UUID]
    direction: Mapped[Direction]
    competence: Mapped[str] = mapped_column(String(101))
    level: Mapped[int]


class SkillAssessment(Record):
    """A level as judged on a day. Append only: a later one counts, none is rewritten."""

    __tablename__ = "skill_assessments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        Index(
            "ix_skill_assessments_participant_id",
            "organization_id",
            "participant_id",
            "assessed_on",
        ),
        CheckConstraint("level BETWEEN 0 AND 8", name="level_in_bounds"),
        CheckConstraint("NOT then_test OR moment = 'end'", name="then_test_at_the_end"),
    )

    participant_id: Mapped[uuid.UUID]
    competence: Mapped[str] = mapped_column(String(101))
    level: Mapped[int]
    assessed_on: Mapped[dt.date]
    moment: Mapped[AssessmentMoment]
    source: Mapped[AssessmentSource]
    then_test: Mapped[bool]
    """Asked at the end about the time before: never mixed with the baseline (response shift)."""
