"""Goals and how far they are, what was said about them, and what a pair agreed on."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record
from app.pairings.models import PairingSide


class GoalCategory(StrEnum):
    """The seven benefits a program can bring, and a place for everything else."""

    DIGITAL_SKILLS = "digital_skills"
    INCLUSIVE_CULTURE = "inclusive_culture"
    LEADERSHIP = "leadership"
    RETENTION = "retention"
    EMPLOYER_BRANDING = "employer_branding"
    OPENNESS_TO_INNOVATION = "openness_to_innovation"
    BUSINESS_INSIGHT = "business_insight"
    CUSTOM = "custom"


class GoalDirection(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    MAINTAIN = "maintain"


class GoalStatus(StrEnum):
    OPEN = "open"
    REACHED = "reached"
    DROPPED = "dropped"


SCOPES = ("program_id", "cohort_id", "pairing_id", "participant_id")


class Goal(Record):
    """What shall be reached, by a program, a cohort, a pair or one person."""

    __tablename__ = "goals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "program_id"], ["programs.organization_id", "programs.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "cohort_id"], ["cohorts.organization_id", "cohorts.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "pairing_id"], ["pairings.organization_id", "pairings.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "owner_id"], ["participants.organization_id", "participants.id"]
        ),
        *(UniqueConstraint("organization_id", scope, "title") for scope in SCOPES),
        CheckConstraint(
            " + ".join(f"CASE WHEN {scope} IS NULL THEN 0 ELSE 1 END" for scope in SCOPES) + " = 1",
            name="exactly_one_scope",
        ),
    )

    program_id: Mapped[uuid.UUID | None]
    cohort_id: Mapped[uuid.UUID | None]
    pairing_id: Mapped[uuid.UUID | None]
    participant_id: Mapped[uuid.UUID | None]
    title: Mapped[str] = mapped_column(String(200))
    category: Mapped[GoalCategory]
    competences: Mapped[list[str]]
    """Codes of the competences that the goal is about."""
    indicator: Mapped[str | None]
    unit: Mapped[str | None] = mapped_column(String(40))
    direction: Mapped[GoalDirection]
    baseline: Mapped[float | None]
    target: Mapped[float | None]
    tolerance: Mapped[float | None]
    """Half the width of the band around the target of a goal to maintain."""
    due_on: Mapped[dt.date | None]
    owner_id: Mapped[uuid.UUID | None]
    status: Mapped[GoalStatus]
    set_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    actual: Mapped[float | None]
    """The value of the latest check-in that has one."""
    actual_on: Mapped[dt.date | None]
    check_ins_count: Mapped[int]


class CheckIn(Record):
    """One look at progress; written once."""

    __tablename__ = "check_ins"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "goal_id"], ["goals.organization_id", "goals.id"]),
        ForeignKeyConstraint(
            ["organization_id", "author_id"], ["participants.organization_id", "participants.id"]
        ),
        Index("ix_check_ins_goal_id", "organization_id", "goal_id", "id"),
        Index("ix_check_ins_author_id", "organization_id", "author_id"),
    )

    goal_id: Mapped[uuid.UUID]
    checked_on: Mapped[dt.date]
    value: Mapped[float | None]
    note: Mapped[str | None]
    evidence: Mapped[str | None]
    author_id: Mapped[uuid.UUID | None]
    """Participant id of who wrote it; None: somebody who runs the program and takes no part."""


class TargetChange(Record):
    """A figure moved after the first check-in: both values and the reason are kept."""

    __tablename__ = "target_changes"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "goal_id"], ["goals.organization_id", "goals.id"]),
        Index("ix_target_changes_goal_id", "organization_id", "goal_id", "id"),
    )

    goal_id: Mapped[uuid.UUID]
    figure: Mapped[str] = mapped_column(String(40))
    """`baseline`, `target` or `tolerance`."""
    before: Mapped[float | None]
    after: Mapped[float | None]
    reason: Mapped[str]


class GoalStatement(Record):
    """The goals of a program or cohort in words that all should share; a new version asks again."""

    __tablename__ = "goal_statements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "program_id"], ["programs.organization_id", "programs.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "cohort_id"], ["cohorts.organization_id", "cohorts.id"]
        ),
        UniqueConstraint("organization_id", "program_id", "number"),
        UniqueConstraint("organization_id", "cohort_id", "number"),
        CheckConstraint("(program_id IS NULL) <> (cohort_id IS NULL)", name="exactly_one_scope"),
    )

    program_id: Mapped[uuid.UUID | None]
    cohort_id: Mapped[uuid.UUID | None]
    number: Mapped[int]
    text: Mapped[str]
    goal_ids: Mapped[list[str]]
    """The goals to be ranked, in the order of the statement."""
    superseded_at: Mapped[dt.datetime | None]


class Acknowledgement(Record):
    """One person has read and shares the goals of one version of a statement."""

    __tablename__ = "acknowledgements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "statement_id"],
            ["goal_statements.organization_id", "goal_statements.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        UniqueConstraint("organization_id", "statement_id", "participant_id"),
        Index("ix_acknowledgements_participant_id", "organization_id", "participant_id", "id"),
    )

    statement_id: Mapped[uuid.UUID]
    participant_id: Mapped[uuid.UUID]
    restatement: Mapped[str | None]
    """The goals in the person's own words: read by nobody else."""
    ranking: Mapped[list[str]]
    """Goal ids, the most important first; empty: not ranked."""


class Agreement(Record):
    """One version of what a pair agreed on; both sign, and a change asks both again."""

    __tablename__ = "agreements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "pairing_id"], ["pairings.organization_id", "pairings.id"]
        ),
        UniqueConstraint("organization_id", "pairing_id", "number"),
    )

    pairing_id: Mapped[uuid.UUID]
    number: Mapped[int]
    mentee_learns: Mapped[str]
    mentor_gains: Mapped[str]
    working_rules: Mapped[str | None]
    written_by: Mapped[PairingSide]
    mentor_signed_at: Mapped[dt.datetime | None]
    mentee_signed_at: Mapped[dt.datetime | None]
    superseded_at: Mapped[dt.datetime | None]
