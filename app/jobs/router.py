"""/v1/jobs: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.jobs import service
from app.jobs.schemas import JobOut, JobQuery
from app.kit.jobs import JobEnded
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation
from app.kit.watching import EventStream
from app.kit.wire import Page
from app.kit.work import UnitOfWork

router = APIRouter(prefix="/v1", tags=["jobs"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.JOBS_READ)]
Write = Annotated[UnitOfWork, work(Scope.JOBS_WRITE)]


@router.get("/jobs", response_model=Page[JobOut])
def list_jobs(uow: Read, query: Annotated[JobQuery, Query()]) -> Any:
    """List the jobs you asked for, newest first; an administrator sees everybody's.

    Those that ended well are forgotten after a week.
    """
    return service.list_jobs(uow, query)


@router.get("/jobs/{job_id}", response_model=JobOut, responses=problems(NotFound))
def get_job(uow: Read, job_id: UUID) -> Any:
    """Show how far a job is, or how it ended."""
    return service.get_job(uow, job_id)


@router.get(
    "/jobs/{job_id}/progress", response_class=EventStream, response_model=None,
    responses=problems(NotFound),
)  # fmt: skip
def watch_job(uow: Read, job_id: UUID) -> Any:
    """Watch a job as server-sent events: `progress` at each change, `ended` at the end.

    The data of each event is the job, as `GET /v1/jobs/{job_id}` shows it. A stream ends after ten
    minutes at the latest; a browser comes again by itself. Ten streams per token at most.
    """
    return service.watch_job(uow, job_id)


@router.post("/jobs/{job_id}/cancel", response_model=JobOut, responses=problems(NotFound, JobEnded))
def cancel_job(uow: Write, job_id: UUID) -> Any:
    """Cancel a job: from now on nothing of it is stored. What it had finished before stays."""
    return service.cancel_job(uow, job_id)
