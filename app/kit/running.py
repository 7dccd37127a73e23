"""A lasting job while it runs: steps that are stored once, what they leave, and when to stop."""

import copy
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, update

from app.kit.lanes import Lanes
from app.kit.queue import LEASE, Job, JobStatus, real_now
from app.kit.work import Principal, UnitOfWork, bind_organization


class Stopped(Exception):  # noqa: N818  no failure: the job was asked to stop, and does
    """Raised by a job that ends half-way because it was asked to; caught by the engine."""


class LeaseLost(Stopped):
    """The job was cancelled or went to another worker; what the step did is rolled back."""


@dataclass(frozen=True)
class Claimed:
    """A job that this worker has: as it stood when the lease began."""

    organization_id: uuid.UUID
    id: uuid.UUID
    name: str
    payload: dict[str, Any]
    state: dict[str, Any]
    lease_id: uuid.UUID
    attempts: int
    """This one included."""
    failures: int
    requested_by: str
    requested_by_account_id: uuid.UUID | None

    @property
    def mine(self) -> tuple[ColumnElement[bool], ...]:
        """The job's row, as long as the lease is still this one."""
        return (
            Job.organization_id == self.organization_id,
            Job.id == self.id,
            Job.lease_id == self.lease_id,
            Job.status == JobStatus.RUNNING,
        )


class Running:
    """A lasting job while it runs: what its function is given. Used by one thread at a time.

    `state` is a JSON object that each `step` stores with its commit and that a job finds again
    when it resumes; `result` (ids and figures) is shown to people, and stored in the same way.
    """

    def __init__(self, lanes: Lanes, claimed: Claimed) -> None:
        self.job_id = claimed.id
        self.organization_id = claimed.organization_id
        self.state: dict[str, Any] = copy.deepcopy(claimed.state)
        self.result: dict[str, Any] | None = None
        self.progress: dict[str, Any] = {}
        """The last one told, as the columns it is stored in."""
        self.principal = Principal(
            actor=claimed.requested_by,
            organization_id=claimed.organization_id,
            account_id=claimed.requested_by_account_id,
            roles=frozenset({"administrator"}),
        )
        """Every right in the organization, in the name of who asked: that is what audit shows."""
        self.claimed = claimed
        self.ended = False
        self._lanes = lanes
        self._stop = threading.Event()

    @property
    def asked_to_stop(self) -> bool:
        """Whether the job was cancelled, the worker is to end, or the lease is lost."""
        return self._stop.is_set()

    def ask_to_stop(self) -> None:
        """For the engine."""
        self._stop.set()

    def stop_if_asked(self) -> None:
        """Raises Stopped when the job was asked to stop; let it pass through your function.

        A cancelled job has ended by then. One whose worker is to end goes back to the queue, to be
        resumed from `state`, and the attempt is not counted.
        """
        if self.asked_to_stop:
            raise Stopped

    def report(
        self, phase: str, done: int | None = None, total: int | None = None, **figures: float | None
    ) -> None:
        """Say how far it is: phase (at most 80 characters), done and total in things of its own.

        `figures` are further numbers for those who watch. Costs nothing and may be called as often
        as you like: the worker stores the last one told, once a second, and so does the next step.
        """
        self.progress = {
            "phase": phase[:80],
            "done_count": done,
            "total_count": total,
            "figures": figures or None,
        }

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A unit of work that only reads. Raises Stopped before it begins."""
        self.stop_if_asked()
        with self._lanes.reading() as rows:
            bind_organization(rows, self.organization_id)
            yield UnitOfWork(
                rows, self.principal, self._lanes.clock.now(), self._lanes.cursors(rows),
                self._lanes.settings, str(self.job_id), self.claimed.name,
            )  # fmt: skip

    @contextmanager
    def step(self, *, last: bool = False) -> Iterator[UnitOfWork]:
        """A writing unit of work: what it does is stored once, together with state and progress.

        Its commit proves that the lease is still this worker's; otherwise, as when the block
        raises, nothing of it is stored and `state` is what it was before. With `last` the same
        commit ends the job as succeeded. Raises Stopped before it begins, LeaseLost at its end.
        Never open a step inside another one.
        """
        self.stop_if_asked()
        before = copy.deepcopy(self.state)
        try:
            with self._lanes.unit(
                self.principal, self.claimed.name, request_id=str(self.job_id)
            ) as uow:
                yield uow
                self._store(uow, last=last)
        except BaseException:
            self.state = before
            raise
        self.ended = last

    def succeed(self) -> None:
        """End the job well, unless its last step has. For the engine. Raises LeaseLost."""
        if not self.ended:
            with self._lanes.unit(self.principal, self.claimed.name) as uow:
                self._store(uow, last=True)

    def _store(self, uow: UnitOfWork, *, last: bool) -> None:
        values: dict[str, Any] = {**self.progress, "state": self.state, "failure": None}
        if self.result is not None:
            values["result"] = self.result
        if last:
            values |= {
                "status": JobStatus.SUCCEEDED, "finished_at": uow.now,
                "lease_id": None, "lease_until": None,
            }  # fmt: skip
        else:
            values["lease_until"] = real_now(uow.rows, LEASE)
        if uow.rows.execute(update(Job).where(*self.claimed.mine).values(**values)).rowcount != 1:
            self.ask_to_stop()
            raise LeaseLost
