"""People as HR knows them: no role here, no age, no birth date."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record


class EmploymentStatus(StrEnum):
    ACTIVE = "active"
    ON_LEAVE = "on_leave"
    LEFT = "left"


class Participant(Record):
    """A person of the organization."""

    __tablename__ = "participants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "manager_id"], ["participants.organization_id", "participants.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        UniqueConstraint("organization_id", "external_id"),
        UniqueConstraint("organization_id", "account_id"),
        *(  # what is not known needs no place in an index: a third of the cost of adding a person
            Index(
                f"ix_participants_{name}",
                "organization_id",
                name,
                "id",
                sqlite_where=text(f"{name} IS NOT NULL"),
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("manager_id", "department", "work_email", "leaves_on")
        ),
        Index("ix_participants_status", "organization_id", "employment_status", "id"),
        Index("ix_participants_sort_name", "organization_id", "sort_name", "id"),
    )

    external_id: Mapped[str | None] = mapped_column(String(200))
    given_name: Mapped[str] = mapped_column(String(200))
    family_name: Mapped[str] = mapped_column(String(200))
    preferred_name: Mapped[str | None] = mapped_column(String(200))
    sort_name: Mapped[str] = mapped_column(String(420))
    """Case-folded family and given name: the same order on both databases."""
    work_email: Mapped[str | None] = mapped_column(String(320))
    job_title: Mapped[str | None] = mapped_column(String(200))
    job_level: Mapped[int | None]
    department: Mapped[str | None] = mapped_column(String(200))
    location: Mapped[str | None] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    languages: Mapped[list[str]]
    manager_id: Mapped[uuid.UUID | None]
    hired_on: Mapped[dt.date | None]
    leaves_on: Mapped[dt.date | None]
    """The last day here, where it is known beforehand."""
    career_stage: Mapped[str | None] = mapped_column(String(64))
    employment_status: Mapped[EmploymentStatus]
    left_on: Mapped[dt.date | None]
    availability: Mapped[list[dict[str, Any]]]
    """Weekly windows in the person's own time zone: `{weekday, starts_at, ends_at}`."""
    account_id: Mapped[uuid.UUID | None]
    labels: Mapped[dict[str, str]]
    erased_at: Mapped[dt.datetime | None]


class ManagerAssignment(Record):
    """Who managed whom, from when until when: former managers matter to matching."""

    __tablename__ = "manager_assignments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "manager_id"], ["participants.organization_id", "participants.id"]
        ),
        Index("ix_manager_assignments_participant_id", "organization_id", "participant_id"),
    )

    participant_id: Mapped[uuid.UUID]
    manager_id: Mapped[uuid.UUID]
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]


class ManagerPlan(Record):
    """Who will manage whom from a day to come on; the row goes when the day is there."""

    __tablename__ = "manager_plans"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "manager_id"], ["participants.organization_id", "participants.id"]
        ),
        UniqueConstraint("organization_id", "participant_id"),
        Index("ix_manager_plans_from_on", "organization_id", "from_on", "id"),
    )

    participant_id: Mapped[uuid.UUID]
    manager_id: Mapped[uuid.UUID | None]
    from_on: Mapped[dt.date]


class Leave(Record):
    """Days on which a person is away; a meeting is not scheduled then."""

    __tablename__ = "leaves"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        Index("ix_leaves_participant_id", "organization_id", "participant_id", "starts_on"),
    )

    participant_id: Mapped[uuid.UUID]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
