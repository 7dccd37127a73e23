"""Jobs on the wire: how far a long piece of work is, and how it ended."""

import datetime as dt
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.queue import JobStatus
from app.kit.wire import KeptProblem, Out, PageQuery

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]


class JobOut(Out):
    """Something that takes longer than a request: an import, a match run, a report."""

    resource: ClassVar[str] = "/v1/jobs"

    id: UUID
    name: str = Field(examples=["compute_match_run"], description="What kind of work it is.")
    status: JobStatus
    phase: str | None = Field(examples=["solve"], description="What it is at; null before.")
    done_count: int | None = Field(description="How many of `total_count`; null where unknown.")
    total_count: int | None
    figures: dict[str, float | None] | None = Field(
        description="Further numbers of its progress, by name."
    )
    result: dict[str, Any] | None = Field(description="What came out: ids and figures.")
    resource_path: str | None = Field(
        examples=["/v1/match-runs/01a21395-16a8-700d-b2ac-55ee98f31aec"],
        description="The thing it makes: ask there for what came out.",
    )
    problem: KeptProblem | None = Field(description="Why it failed; null unless it has.")
    attempts: int = Field(description="How often it was begun: more than once after a failure.")
    requested_by_account_id: UUID | None = Field(description="Who asked; null: the system.")
    cancel_requested_at: dt.datetime | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class JobQuery(PageQuery):
    status: JobStatus | None = None
    name: Name | None = None
