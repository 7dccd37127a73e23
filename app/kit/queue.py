"""The tables of what runs behind the requests: jobs, who has them, and how far reactions are."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Interval,
    String,
    UniqueConstraint,
    func,
    literal,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.clock import SystemClock
from app.kit.database import Base, UtcDateTime

LEASE = dt.timedelta(seconds=20)
"""Ours: a job whose worker has said nothing for so long is taken over. A worker renews in time."""


class JobStatus(StrEnum):
    """queued → running → succeeded, failed or cancelled; back to queued before another try."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)


class Job(Base):
    """Something to do later: claimed by a lease, tried again with growing pauses, then given up.

    Instants that people see are the house's (`uow.now`); those of the lease are the database's own
    and never a controlled clock's: a lease is about processes, which do not travel in time.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("organization_id", "key"),
        Index("ix_jobs_due", "organization_id", "status", "due_at"),
        Index("ix_jobs_lasting", "organization_id", "lasting", "id"),
    )

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200))
    """What is asked for, once: a second job of this key is refused."""
    name: Mapped[str] = mapped_column(String(80))
    lasting: Mapped[bool] = mapped_column(default=False)
    """Whether people may look at it, wait for it and cancel it: a `@lasting_job`."""
    payload: Mapped[dict[str, Any]]
    status: Mapped[JobStatus] = mapped_column(default=JobStatus.QUEUED)
    due_at: Mapped[dt.datetime]
    """Not to be begun before; after a failure, not to be tried again before."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a worker began it, without those times at which the worker was told to end."""
    failures: Mapped[int] = mapped_column(default=0)
    """How many attempts ended with an exception; the others without: their worker died."""
    lease_id: Mapped[uuid.UUID | None]
    """Who has it: drawn anew at each claim, so that who has lost it can store nothing."""
    lease_until: Mapped[dt.datetime | None]
    phase: Mapped[str | None] = mapped_column(String(80))
    done_count: Mapped[int | None]
    total_count: Mapped[int | None]
    figures: Mapped[dict[str, Any] | None]
    """What else it tells of its progress, by name: a round, a bound. Numbers only."""
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the steps that were committed left for those that follow."""
    result: Mapped[dict[str, Any] | None]
    """What came out: ids and figures only."""
    resource: Mapped[str | None] = mapped_column(String(200))
    """The path of the thing that this job makes, where there is one."""
    failure: Mapped[str | None] = mapped_column(String(200))
    """What the last try failed with: the name of an exception, never its text."""
    problem: Mapped[dict[str, Any] | None]
    """Why it failed for good, for those who asked: type, code, title, status, detail."""
    requested_by: Mapped[str] = mapped_column(String(80))
    """The actor who asked: `account:<id>`, `system:worker`, `operator`."""
    requested_by_account_id: Mapped[uuid.UUID | None]
    requested_by_token_id: Mapped[uuid.UUID | None]
    cancel_requested_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class Progress(Base):
    """How far a reaction has read the event log, or when a chore ran last and what it met."""

    __tablename__ = "background_progress"

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    ran_at: Mapped[dt.datetime | None]
    failure: Mapped[str | None] = mapped_column(String(200))


def real_now(rows: Connection, ahead: dt.timedelta = dt.timedelta()) -> ColumnElement[dt.datetime]:
    """The database's own moment, so much ahead: what leases are measured by, on every machine."""
    if rows.dialect.name == "postgresql":
        return func.clock_timestamp(type_=UtcDateTime()) + literal(ahead, Interval())
    return literal(SystemClock().now() + ahead, UtcDateTime())
