"""What can be asked of a job: how far it is, and to stop."""

import uuid
from typing import Any

from sqlalchemy import Row, Select, select

from app.access.scopes import Role
from app.jobs.schemas import JobOut, JobQuery
from app.kit import jobs
from app.kit.queue import UNFINISHED, Job
from app.kit.watching import Seen, Watch
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork

SORTS = {"created_at": Job.id}
SHOWN = (
    Job.id, Job.name, Job.status, Job.phase, Job.done_count, Job.total_count, Job.figures,
    Job.result, Job.resource.label("resource_path"), Job.problem, Job.attempts,
    Job.requested_by_account_id, Job.cancel_requested_at, Job.created_at, Job.started_at,
    Job.finished_at,
)  # fmt: skip


def visible(uow: UnitOfWork) -> Select[Job]:
    """Lasting jobs: those one asked for; an administrator sees all of the organization.

    Others who may see what a job makes ask there: a match run tells its own progress.
    """
    stmt = select(Job).where(Job.organization_id == uow.organization_id, Job.lasting.is_(True))
    if uow.principal.has(Role.ADMINISTRATOR):
        return stmt
    return stmt.where(Job.requested_by_account_id == uow.principal.account_id)


def list_jobs(uow: UnitOfWork, query: JobQuery) -> dict[str, Any]:
    stmt = visible(uow).with_only_columns(*SHOWN)
    stmt = narrowed(
        stmt,
        (Job.status, query.status),
        (Job.name, query.name),
    )
    return uow.page(stmt, Job.id, query, SORTS)


def get_job(uow: UnitOfWork, job_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible(uow).with_only_columns(*SHOWN).where(Job.id == job_id))


def cancel_job(uow: UnitOfWork, job_id: uuid.UUID) -> Row[Any]:
    """End a job now; what it has stored in finished steps stays. Raises JobEnded."""
    get_job(uow, job_id)
    jobs.cancel(uow, job_id)
    return get_job(uow, job_id)


def watch_job(uow: UnitOfWork, job_id: uuid.UUID) -> Watch:
    """Tell each change of a job until it has ended."""

    def look(uow: UnitOfWork) -> Seen:
        found = get_job(uow, job_id)
        return Seen(found, found.status not in UNFINISHED)

    look(uow)
    return Watch(look, JobOut)
