"""Work behind the request: reactions, clocks and jobs; the one file that knows the engine.

The engine is a lease in the same database (decision 0006): a job is a row, enqueued in the caller's
transaction, claimed by one worker for a while, and run in a unit of work of its own.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ForeignKey, Index, String, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base, Organization, uuid7
from app.kit.events import Event, EventRow
from app.kit.lanes import Lanes, system
from app.kit.work import UnitOfWork

log = logging.getLogger("rementor.jobs")

LEASE = dt.timedelta(minutes=2)
MOST_ATTEMPTS = 5
BATCH = 100

Reaction = Callable[[UnitOfWork, Any], None]
Chore = Callable[[UnitOfWork], None]
Work = Callable[[UnitOfWork, dict[str, Any]], None]


class Job(Base):
    """Something to do later: claimed by a lease, tried again with growing pauses, then given up."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_due", "organization_id", "finished_at", "due_at"),)

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[dt.datetime | None]
    failure: Mapped[str | None] = mapped_column(String(200))


class Progress(Base):
    """How far a reaction has read the event log, or when a chore ran last."""

    __tablename__ = "background_progress"

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    ran_at: Mapped[dt.datetime | None]


@dataclass
class Background:
    """What runs behind the requests: filled by the decorators, read by the worker."""

    reactions: dict[str, list[tuple[str, type[Event], Reaction]]] = field(default_factory=dict)
    chores: dict[str, tuple[dt.timedelta, Chore]] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)


background = Background()


def on(kind: type[Event]) -> Callable[[Reaction], Reaction]:
    """React to an event, at least once, in a unit of work of the event's organization."""

    def register(reaction: Reaction) -> Reaction:
        named = background.reactions.setdefault(kind.type, [])
        named.append((reaction.__name__, kind, reaction))
        return reaction

    return register


def every(**interval: float) -> Callable[[Chore], Chore]:
    """Do a chore for each organization, once per interval over all workers: `@every(hours=1)`."""

    def register(chore: Chore) -> Chore:
        background.chores[chore.__name__] = (dt.timedelta(**interval), chore)
        return chore

    return register


def job(work: Work) -> Work:
    """Make a function known to `enqueue` under its own name."""
    background.works[work.__name__] = work
    return work


def enqueue(
    uow: UnitOfWork,
    work: Work,
    payload: dict[str, Any],
    *,
    key: str | None = None,
    delay: dt.timedelta = dt.timedelta(),
) -> str:
    """Ask for a job inside the caller's transaction: rolled back means never asked."""
    key = key or str(uuid7())
    uow.rows.execute(
        insert(Job),
        {
            "organization_id": uow.organization_id,
            "key": key,
            "name": work.__name__,
            "payload": payload,
            "due_at": uow.now + delay,
            "attempts": 0,
        },
    )
    return key


def organizations(lanes: Lanes) -> list[uuid.UUID]:
    """Every organization of the installation; on PostgreSQL through a function of the owner's."""
    with lanes.reading() as rows:
        if lanes.on_postgresql:
            return list(rows.scalars(text("SELECT id FROM list_organizations() AS id")))
        return list(rows.scalars(select(Organization.id).order_by(Organization.id)))


def run_due(lanes: Lanes) -> int:
    """One round over all organizations: chores, reactions, due jobs. Returns how many ran."""
    return sum(run_due_for(lanes, organization_id) for organization_id in organizations(lanes))


def run_due_for(lanes: Lanes, organization_id: uuid.UUID) -> int:
    done = 0
    for name, (interval, chore) in background.chores.items():
        done += _run_chore(lanes, organization_id, name, interval, chore)
    while (found := _react(lanes, organization_id)) > 0:
        done += found
    while _run_job(lanes, organization_id):
        done += 1
    return done


def _progress(uow: UnitOfWork, name: str) -> Progress:
    """The locked progress row: whoever holds it is the only one to go on."""
    stmt = select(Progress).where(
        Progress.organization_id == uow.organization_id, Progress.name == name
    )
    found = uow.db.scalars(stmt.with_for_update()).one_or_none()
    if found is None:
        found = Progress(organization_id=uow.organization_id, name=name, position=0)
        uow.db.add(found)
        uow.db.flush()
    return found


def _run_chore(
    lanes: Lanes, organization_id: uuid.UUID, name: str, interval: dt.timedelta, chore: Chore
) -> int:
    try:
        with lanes.unit(system(organization_id), name) as uow:
            progress = _progress(uow, name)
            if progress.ran_at is not None and progress.ran_at + interval > uow.now:
                return 0
            progress.ran_at = uow.now
            chore(uow)
    except Exception:
        log.exception("chore failed", extra={"fields": {"chore": name}})
        return 0
    return 1


def _react(lanes: Lanes, organization_id: uuid.UUID) -> int:
    """Let every reaction read on from where it stands; a poisoned event is logged and passed by."""
    done = 0
    for type_name, reactions in background.reactions.items():
        for name, kind, reaction in reactions:
            done += _read_on(lanes, organization_id, type_name, name, kind, reaction)
    return done


def _read_on(
    lanes: Lanes,
    organization_id: uuid.UUID,
    type_name: str,
    name: str,
    kind: type[Event],
    reaction: Reaction,
) -> int:
    done = 0
    while True:
        try:
            with lanes.unit(system(organization_id), name) as uow:
                progress = _progress(uow, name)
                found = uow.rows.execute(
                    select(EventRow.position, EventRow.data)
                    .where(
                        EventRow.organization_id == organization_id,
                        EventRow.type == type_name,
                        EventRow.position > progress.position,
                    )
                    .order_by(EventRow.position)
                    .limit(1)
                ).one_or_none()
                if found is None:
                    return done
                progress.position = found.position
                reaction(uow, kind.model_validate(found.data))
            done += 1
        except Exception:
            log.exception("reaction failed", extra={"fields": {"reaction": name}})
            with lanes.unit(system(organization_id), name) as uow:
                _progress(uow, name).position = found.position if found else 0


def _run_job(lanes: Lanes, organization_id: uuid.UUID) -> bool:
    claimed = _claim(lanes, organization_id)
    if claimed is None:
        return False
    key, name, payload, attempts = claimed
    mine = (Job.organization_id == organization_id, Job.key == key, Job.attempts == attempts)
    try:
        with lanes.unit(system(organization_id), name) as uow:
            background.works[name](uow, payload)
            ended = uow.rows.execute(update(Job).where(*mine).values(finished_at=uow.now))
            if ended.rowcount != 1:
                raise RuntimeError("the lease went to another worker")
    except Exception as failed:
        log.exception("job failed", extra={"fields": {"job": name, "attempt": attempts}})
        pause = dt.timedelta(seconds=2**attempts)
        with lanes.unit(system(organization_id), name) as uow:
            given_up = attempts >= MOST_ATTEMPTS
            uow.rows.execute(
                update(Job)
                .where(*mine)
                .values(
                    due_at=uow.now + pause,
                    finished_at=uow.now if given_up else None,
                    failure=type(failed).__name__,
                )
            )
    return True


def _claim(lanes: Lanes, organization_id: uuid.UUID) -> tuple[str, str, dict[str, Any], int] | None:
    with lanes.unit(system(organization_id), "claim_job") as uow:
        found = uow.rows.execute(
            select(Job.key, Job.name, Job.payload, Job.attempts)
            .where(
                Job.organization_id == organization_id,
                Job.finished_at.is_(None),
                Job.due_at <= uow.now,
                Job.name.in_(background.works),
            )
            .order_by(Job.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if found is None:
            return None
        attempts = found.attempts + 1
        uow.rows.execute(
            update(Job)
            .where(Job.organization_id == organization_id, Job.key == found.key)
            .values(attempts=attempts, due_at=uow.now + LEASE)
        )
        return found.key, found.name, found.payload, attempts
