"""Work behind the request: reactions, clocks and jobs, as the rooms declare them.

The engine is a lease in the same database (decision 0006): a job is a row, enqueued in the caller's
transaction, claimed by one worker for a while, and run. A `@job` is one unit of work; a
`@lasting_job` is as many as it likes, with anything between them, and resumes behind the last one
that was committed. What fails for good stays in the table, as a dead letter.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import ColumnElement, insert, select, update

from app.kit.database import uuid7
from app.kit.events import Event, EventRow
from app.kit.problems import Conflict, Internal, NotFound, Problem
from app.kit.queue import UNFINISHED, Job, JobStatus
from app.kit.running import Running
from app.kit.work import UnitOfWork

Reaction = Callable[[UnitOfWork, Any], None]
Chore = Callable[[UnitOfWork], None]
Work = Callable[[UnitOfWork, dict[str, Any]], None]
LastingWork = Callable[[Running, dict[str, Any]], None]


@dataclass(frozen=True)
class Reacting:
    """A reaction, and the kinds of event it reads, by their types."""

    reaction: Reaction
    kinds: dict[str, type[Event]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ending:
    """How a lasting job ended that did not succeed."""

    job_id: uuid.UUID
    status: JobStatus
    """`failed` or `cancelled`."""
    problem: dict[str, Any] | None
    """Why it failed: type, code, title, status, detail; None where it was cancelled."""


Unfinished = Callable[[UnitOfWork, dict[str, Any], Ending], None]


@dataclass
class Background:
    """What runs behind the requests: filled by the decorators, read by the worker."""

    reactions: dict[str, Reacting] = field(default_factory=dict)
    chores: dict[str, tuple[dt.timedelta, Chore]] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)
    lasting: dict[str, LastingWork] = field(default_factory=dict)
    unfinished: dict[str, Unfinished] = field(default_factory=dict)

    def name(self, what: Callable[..., None]) -> str:
        """The name progress and jobs are kept under. Raises ValueError where it is taken."""
        name = what.__name__
        taken: list[Callable[..., None]] = [
            *(each for key, each in self.works.items() if key == name),
            *(each for key, each in self.lasting.items() if key == name),
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


def lasting_job(work: LastingWork) -> LastingWork:
    """Make a function known to `enqueue` that takes its time: an import, a match run, a report.

    It is called with a `Running` and the payload, in a thread of the worker and outside of any
    transaction; what it stores, it stores in steps (`running.step()`). Returning means done;
    raising a Problem below 500 means failed for good, with that problem; raising anything else
    means another try, five in all. After a kill another worker calls it again, within half a
    minute, with the `state` of the last step that was committed. It must be importable by whoever
    enqueues or cancels it, so it lives on a room's service floor, not in its `jobs.py`.
    """
    background.lasting[background.name(work)] = work
    return work


def unfinished(work: LastingWork) -> Callable[[Unfinished], Unfinished]:
    """Tell what a lasting job makes that it fails or is cancelled: in the unit that ends the job.

    The function gets the unit, the job's payload and the `Ending`; it is never called twice.
    """

    def register(tell: Unfinished) -> Unfinished:
        background.unfinished[work.__name__] = tell
        return tell

    return register


def enqueue(
    uow: UnitOfWork,
    work: Callable[..., None],
    payload: dict[str, Any],
    *,
    key: str | None = None,
    delay: dt.timedelta = dt.timedelta(),
    resource: str | None = None,
) -> uuid.UUID:
    """Ask for a job inside the caller's transaction: rolled back means never asked.

    `work` is a `@job` or a `@lasting_job`; `payload` is plain JSON without names or texts of
    people. A second job of the same `key` is refused by the database (409 already-there), until
    the first is forgotten, a week after it ended. `resource` is the path of what a lasting job
    makes, shown to those who wait for it. Returns the job's id.
    """
    asked_by, job_id = uow.principal, uuid7()
    uow.rows.execute(
        insert(Job),
        {
            "organization_id": uow.organization_id,
            "id": job_id,
            "key": key or str(job_id),
            "name": work.__name__,
            "lasting": work.__name__ in background.lasting,
            "payload": payload,
            "due_at": uow.now + delay,
            "resource": resource,
            "requested_by": asked_by.actor,
            "requested_by_account_id": asked_by.account_id,
            "requested_by_token_id": asked_by.token_id,
            "created_at": uow.now,
        },
    )
    return job_id


class JobEnded(Conflict):
    slug, title = "job-ended", "The job has ended already"


def cancel(uow: UnitOfWork, job_id: uuid.UUID) -> None:
    """End a lasting job now: from this unit's commit on, nothing of it will be stored any more.

    Steps that were committed stay; the thread that works at it hears of it within two seconds.
    Who may do that is the caller's business. Raises NotFound, JobEnded.
    """
    own = Job.organization_id == uow.organization_id
    mine = (own, Job.id == job_id, Job.lasting.is_(True))
    found = uow.rows.execute(select(Job.status, Job.name, Job.payload).where(*mine)).one_or_none()
    if found is None:
        raise NotFound
    still = (*mine, Job.status.in_(UNFINISHED))
    if found.status not in UNFINISHED or not end(
        uow, found, Ending(job_id, JobStatus.CANCELLED, None), still, cancel_requested_at=uow.now
    ):
        raise JobEnded


class Known(Protocol):
    """What the end of a job needs to know of it."""

    @property
    def name(self) -> str: ...
    @property
    def payload(self) -> dict[str, Any]: ...


def end(
    uow: UnitOfWork,
    job: Known,
    ending: Ending,
    still: tuple[ColumnElement[bool], ...],
    *,
    tell: bool = True,
    **values: Any,
) -> bool:
    """End a job that has not succeeded, and tell what it would have made. For the engine.

    The thing is told before the job's row is locked, as a step does it, so that the two cannot wait
    for each other. False where the job is not `still` what it was: then raise, and store nothing.
    """
    if tell and job.name in background.unfinished:
        background.unfinished[job.name](uow, job.payload, ending)
    if ending.problem is not None:
        values["problem"] = ending.problem
    ended = update(Job).where(*still).values(
        status=ending.status, finished_at=uow.now, lease_id=None, lease_until=None, **values
    )  # fmt: skip
    return uow.rows.execute(ended).rowcount == 1


def told(problem: Problem) -> dict[str, Any]:
    """A problem without the number of a request: there is none."""
    document = problem.document("-")
    return {name: document[name] for name in ("type", "code", "title", "status", "detail")}


class WorkerDied(Internal):
    slug, title = "worker-died", "Every worker that took the job up has died of it"


class JobFailed(Internal):
    slug, title = (
        "job-failed",
        "The job failed again and again; operators find the cause in the log",
    )


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
