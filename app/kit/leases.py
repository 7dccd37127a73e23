"""Who has which job: claimed, renewed, handed back, tried again, given up."""

import datetime as dt
import logging
import uuid
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from app.kit.jobs import Ending, JobFailed, WorkerDied, background, end, told
from app.kit.lanes import Lanes, system
from app.kit.problems import Problem
from app.kit.queue import LEASE, Job, JobStatus, real_now
from app.kit.running import Claimed, LeaseLost
from app.kit.work import UnitOfWork, bind_organization

log = logging.getLogger("rementor.jobs")

MOST_ATTEMPTS = 5
"""Ours: so often a job may fail; so often a short one may be begun at all."""
MOST_DEATHS = 12
"""Ours: so often the worker of a lasting job may die, of something else most likely."""


def waiting(rows: Connection, now: dt.datetime, *, lasting: bool) -> ColumnElement[bool]:
    """Jobs to be begun at `now`: due in the queue, or left behind by a worker that is gone."""
    known = background.lasting if lasting else background.works
    return and_(
        Job.name.in_(known),
        or_(
            and_(Job.status == JobStatus.QUEUED, Job.due_at <= now),
            and_(Job.status == JobStatus.RUNNING, Job.lease_until <= real_now(rows)),
        ),
    )


def claim(lanes: Lanes, organization_id: uuid.UUID, *, lasting: bool) -> Claimed | None:
    """The job that waits longest, leased to this worker; those that outlived too many end here."""
    while True:
        with lanes.unit(system(organization_id), "claim_job") as uow:
            found = uow.rows.execute(
                select(Job)
                .where(
                    Job.organization_id == organization_id,
                    waiting(uow.rows, uow.now, lasting=lasting),
                )
                .order_by(Job.due_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if found is None:
                return None
            lease_id = uuid.uuid4()
            uow.rows.execute(
                update(Job)
                .where(Job.organization_id == organization_id, Job.id == found.id)
                .values(
                    status=JobStatus.RUNNING,
                    attempts=found.attempts + 1,
                    lease_id=lease_id,
                    lease_until=real_now(uow.rows, LEASE),
                    started_at=found.started_at or uow.now,
                )
            )
        claimed = Claimed(
            organization_id, found.id, found.name, found.payload, found.state, lease_id,
            found.attempts + 1, found.failures, found.requested_by, found.requested_by_account_id,
        )  # fmt: skip
        outlived = found.attempts - found.failures if lasting else found.attempts
        if outlived < (MOST_DEATHS if lasting else MOST_ATTEMPTS):
            return claimed
        # Nobody is left to say why these failed: every worker that took them is gone.
        give_up(lanes, claimed, WorkerDied(), WorkerDied.slug)


def hand_back(lanes: Lanes, claimed: Claimed) -> None:
    """Put a job back into the queue: its worker was told to end, so the attempt does not count."""
    with lanes.unit(system(claimed.organization_id), claimed.name) as uow:
        uow.rows.execute(
            update(Job)
            .where(*claimed.mine)
            .values(
                status=JobStatus.QUEUED,
                attempts=Job.attempts - 1,
                lease_id=None,
                lease_until=None,
            )
        )


def try_again_or_give_up(lanes: Lanes, claimed: Claimed, failed: Exception) -> None:
    """Note a failure: another try after 2, 4, 8… seconds, or the end.

    A lasting job ends at once with a Problem that says what is wrong with what was asked.
    """
    fields = {"job": claimed.name, "job_id": str(claimed.id), "attempt": claimed.attempts}
    lasting = claimed.name in background.lasting
    failures, name = claimed.failures + 1, type(failed).__name__
    if lasting and isinstance(failed, Problem) and failed.status < 500:
        log.info("job failed for good", extra={"fields": {**fields, "code": failed.slug}})
        give_up(lanes, claimed, failed, name)
        return
    log.error("job failed", exc_info=failed, extra={"fields": fields})
    if (failures if lasting else claimed.attempts) >= MOST_ATTEMPTS:
        give_up(lanes, claimed, failed if isinstance(failed, Problem) else JobFailed(), name)
        return
    with lanes.unit(system(claimed.organization_id), claimed.name) as uow:
        uow.rows.execute(
            update(Job)
            .where(*claimed.mine)
            .values(
                status=JobStatus.QUEUED,
                due_at=uow.now + dt.timedelta(seconds=2**failures),
                failures=failures,
                failure=name,
                lease_id=None,
                lease_until=None,
            )
        )


def give_up(lanes: Lanes, claimed: Claimed, problem: Problem, failure: str) -> None:
    """End a job as failed, once, if it is still ours; also where telling so fails itself."""
    ending = Ending(claimed.id, JobStatus.FAILED, told(problem))
    failures = claimed.failures + int(failure != WorkerDied.slug)

    def give_up_in(uow: UnitOfWork, *, tell: bool) -> None:
        values = {"failure": failure, "failures": failures}
        if not end(uow, claimed, ending, claimed.mine, tell=tell, **values):
            raise LeaseLost

    try:
        with lanes.unit(system(claimed.organization_id), claimed.name) as uow:
            give_up_in(uow, tell=True)
    except LeaseLost:
        log.info("job went to somebody else", extra={"fields": {"job_id": str(claimed.id)}})
    except Exception:
        log.exception("nobody was told of a failed job", extra={"fields": {"job": claimed.name}})
        with suppress(LeaseLost), lanes.unit(system(claimed.organization_id), claimed.name) as uow:
            give_up_in(uow, tell=False)


def renew(lanes: Lanes, claimed: Claimed, progress: dict[str, Any]) -> bool:
    """Renew a lease and store how far the job is; False where the lease is not ours any more."""
    with lanes.writing() as rows:
        bind_organization(rows, claimed.organization_id)
        values = {**progress, "lease_until": real_now(rows, LEASE)}
        return rows.execute(update(Job).where(*claimed.mine).values(**values)).rowcount == 1


def holds(lanes: Lanes, claimed: Claimed) -> bool:
    """Whether the lease is still ours: a look that costs no write."""
    with lanes.reading() as rows:
        bind_organization(rows, claimed.organization_id)
        return rows.execute(select(Job.id).where(*claimed.mine)).one_or_none() is not None
