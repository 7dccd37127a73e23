"""Work behind the request: reactions, clocks and jobs, as the rooms declare them.

The engine is a lease in the same database (decision 0006): a job is a row, enqueued in the caller's
transaction, claimed by one worker for a while, and run in a unit of work of its own. What fails for
good stays in the table as a dead letter: `finished_at` and `failure` are both set.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ForeignKey, Index, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base, uuid7
from app.kit.events import Event, EventRow
from app.kit.work import UnitOfWork

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
    """What the last try failed with: the name of an exception, never its text."""


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


@dataclass(frozen=True)
class Reacting:
    """A reaction, and the kinds of event it reads, by their types."""

    reaction: Reaction
    kinds: dict[str, type[Event]] = field(default_factory=dict)


@dataclass
class Background:
    """What runs behind the requests: filled by the decorators, read by the worker."""

    reactions: dict[str, Reacting] = field(default_factory=dict)
    chores: dict[str, tuple[dt.timedelta, Chore]] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)

    def name(self, what: Callable[..., None]) -> str:
        """The name progress and jobs are kept under. Raises ValueError where it is taken."""
        name = what.__name__
        taken: list[Callable[..., None]] = [
            *(each for key, each in self.works.items() if key == name),
            *(each.reaction for key, each in self.reactions.items() if key == name),
            *(each for key, (_, each) in self.chores.items() if key == name),
        ]
        if any(each is not what for each in taken):
            raise ValueError(f"Two things behind the requests are called {name}.")
        return name


background = Background()


def on(kind: type[Event]) -> Callable[[Reaction], Reaction]:
    """React to an event, at least once, in a unit of work of the event's organization.

    Several `@on` on one function make it read those kinds in the order they were committed.
    A reaction that fails is tried again as a job, and does not hold up the events behind it.
    """

    def register(reaction: Reaction) -> Reaction:
        name = background.name(reaction)
        background.reactions.setdefault(name, Reacting(reaction)).kinds[kind.type] = kind
        return reaction

    return register


def every(**interval: float) -> Callable[[Chore], Chore]:
    """Do a chore for each organization, once per interval over all workers: `@every(hours=1)`."""

    def register(chore: Chore) -> Chore:
        background.chores[background.name(chore)] = (dt.timedelta(**interval), chore)
        return chore

    return register


def job(work: Work) -> Work:
    """Make a function known to `enqueue` under its own name."""
    background.works[background.name(work)] = work
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


@job
def react_again(uow: UnitOfWork, payload: dict[str, Any]) -> None:
    """React to one event that the reaction has failed at before."""
    reacting = background.reactions[payload["reaction"]]
    event = uow.rows.execute(
        select(EventRow.type, EventRow.data).where(
            EventRow.organization_id == uow.organization_id,
            EventRow.position == payload["position"],
        )
    ).one()
    reacting.reaction(uow, reacting.kinds[event.type].model_validate(event.data))
