"""A large run, or one that nobody wants to wait for: frozen, queued, computed by a worker."""

import uuid
from typing import Any

from sqlalchemy import Row, select

from app.kit.database import uuid7
from app.kit.jobs import Ending, cancel, enqueue, lasting_job, unfinished
from app.kit.outcomes import Accepted
from app.kit.problems import Conflict, Invalid
from app.kit.queue import Job, JobStatus
from app.kit.running import Running
from app.kit.watching import Seen, Watch
from app.kit.work import Thinking, UnitOfWork
from app.matching.problem import Control, Objective, Progress
from app.pairings.candidates import Gathered, LivePairing
from app.pairings.computing import compute
from app.pairings.events import MatchRunCancelled, MatchRunFailed
from app.pairings.frozen import FrozenInput, digest_of
from app.pairings.mending import mend
from app.pairings.models import UNDER_WAY, AskedBecause, MatchRun, MatchRunStatus, PairingStatus
from app.pairings.run_schemas import MatchRunProgressOut, PairingsPropose, PairingsRepair
from app.pairings.storing import ShownRun, asked_of, outcome_of, tell_computed, visible_runs
from app.programs import service as programs

LARGEST_IN_REQUEST = 90_000
"""Ours: mentors times mentees. 300 by 300 took 2.5 s on two busy cores, 500 by 500 took 5 s."""
LONGEST_IN_REQUEST = 120
"""Ours: seconds. Who allows more than that does not want to wait for it."""


class MatchRunUnderWay(Conflict):
    slug, title = (
        "match-run-under-way",
        "A run of this cohort is being computed already",
    )
    constraints = ("uq_match_runs_under_way",)


class MatchRunNotUnderWay(Conflict):
    slug, title = "match-run-not-under-way", "The run is computed, or has ended, already"


def must_fit_a_request(wanted: PairingsPropose | PairingsRepair) -> None:
    """Raises Invalid where nothing is to be stored, so that nobody could ask for it later."""
    if wanted.dry_run and wanted.time_limit_seconds > LONGEST_IN_REQUEST:
        told = f"A dry run is answered at once: at most {LONGEST_IN_REQUEST} seconds."
        raise Invalid.at("/time_limit_seconds", told, "less_than_equal")


def is_for_later(
    uow: UnitOfWork, wanted: PairingsPropose | PairingsRepair, gathered: Gathered
) -> bool:
    """Whether this is answered 202: the caller asked for it, or it would take too long."""
    pairs = len(gathered.input.mentors) * len(gathered.input.mentees)
    return not wanted.dry_run and (
        uow.respond_async
        or pairs > LARGEST_IN_REQUEST
        or wanted.time_limit_seconds > LONGEST_IN_REQUEST
    )


def queue_run(
    wanted: PairingsPropose | PairingsRepair,
    gathered: Gathered,
    because: AskedBecause | None = None,
) -> Thinking[Any]:
    """Freeze what was read, then store it as a run to be computed: one of a cohort at a time.

    The run is what the cohort was when it was asked for; publishing finds out what has changed.
    """
    repair = isinstance(wanted, PairingsRepair)
    matcher = None if isinstance(wanted, PairingsRepair) else wanted.matcher
    by_objective = "stable" if gathered.input.objective is Objective.STABLE else "optimal"

    def freeze() -> dict[str, Any]:
        plain = gathered.input.to_json()
        return {
            **asked_of(wanted.cohort_id, gathered),
            "asked_because": because,
            "matcher": matcher or by_objective,
            "input": plain,
            "input_digest": digest_of(plain),
            "asked": {
                "repair": repair,
                "matcher": matcher,
                "time_limit_seconds": wanted.time_limit_seconds,
                "on_leave": sorted(gathered.on_leave),
                "live": [
                    [str(each.id), each.mentor, each.mentee, each.status.value, each.answered]
                    for each in gathered.live
                ],
            },
        }

    def conclude(uow: UnitOfWork, frozen: dict[str, Any]) -> Accepted:
        cohort = programs.open_cohort(uow, wanted.cohort_id, "/cohort_id")
        programs.must_run_program(uow, cohort.program_id)
        before = uow.rows.execute(
            select(MatchRun.id).where(
                MatchRun.organization_id == uow.organization_id,
                MatchRun.cohort_id == wanted.cohort_id,
                MatchRun.status.in_(UNDER_WAY),
            )
        ).scalar()
        if before is not None:
            raise MatchRunUnderWay(match_run_id=str(before))
        run_id = uuid7()
        job_id = enqueue(
            uow,
            compute_match_run,
            {"match_run_id": str(run_id)},
            resource=f"/v1/match-runs/{run_id}",
        )
        run = MatchRun(id=run_id, status=MatchRunStatus.QUEUED, job_id=job_id, **frozen)
        return Accepted(ShownRun(uow.add(run)))

    return Thinking(freeze, conclude)


def _thawed(run: MatchRun) -> Gathered:
    asked = run.asked or {}
    return Gathered(
        FrozenInput.from_json(run.input),
        tuple(
            LivePairing(uuid.UUID(key), mentor, mentee, PairingStatus(status), answered)
            for key, mentor, mentee, status, answered in asked["live"]
        ),
        frozenset(asked["on_leave"]),
    )


def _to_compute(uow: UnitOfWork, payload: dict[str, Any]) -> MatchRun:
    return uow.to_change(
        select(MatchRun).where(
            MatchRun.organization_id == uow.organization_id,
            MatchRun.id == uuid.UUID(payload["match_run_id"]),
            MatchRun.status.in_(UNDER_WAY),
        )
    )


@lasting_job
def compute_match_run(running: Running, payload: dict[str, Any]) -> None:
    """Compute a queued run from its frozen input: the same result whoever does it, and when."""
    running.report("read")
    with running.step() as uow:
        run = _to_compute(uow, payload)
        run.status = MatchRunStatus.RUNNING
        uow.touch(run)
        gathered, asked = _thawed(run), run.asked or {}

    def report(progress: Progress) -> None:
        known = progress.value is not None and progress.bound is not None
        gap = progress.bound - progress.value if known else None  # type: ignore[operator]
        running.report(
            progress.phase, round(100 * progress.done), 100,
            round=progress.round, value=progress.value, bound=progress.bound, gap=gap,
        )  # fmt: skip

    control = Control(report, lambda: running.asked_to_stop)
    seconds = float(asked["time_limit_seconds"])
    if asked["repair"]:
        computed = mend(gathered, seconds, control)
    else:
        computed = compute(gathered, asked["matcher"], seconds, control)
    with running.step(last=True) as uow:  # not one that was asked to stop: it knows only a part
        run = _to_compute(uow, payload)
        for name, value in outcome_of(computed).items():
            setattr(run, name, value)
        run.finished_at = uow.now
        uow.touch(run)
        tell_computed(uow, run)
        running.result = {
            "match_run_id": str(run.id), "pairs_count": len(computed.result["pairs"]),
        }  # fmt: skip


@unfinished(compute_match_run)
def tell_run_unfinished(uow: UnitOfWork, payload: dict[str, Any], ending: Ending) -> None:
    """A run ends with its job: none says `running` for ever."""
    run = _to_compute(uow, payload)
    cancelled = ending.status is JobStatus.CANCELLED
    run.status = MatchRunStatus.CANCELLED if cancelled else MatchRunStatus.FAILED
    run.problem, run.finished_at = ending.problem, uow.now
    uow.touch(run)
    if ending.problem is None:
        uow.emit(MatchRunCancelled(match_run_id=run.id, cohort_id=run.cohort_id))
    else:
        code = ending.problem["code"]
        uow.emit(MatchRunFailed(match_run_id=run.id, cohort_id=run.cohort_id, code=code))


def cancel_match_run(uow: UnitOfWork, match_run_id: uuid.UUID) -> ShownRun:
    """Stop computing a run; nothing of it is kept but that it was asked for."""
    run = uow.to_change(visible_runs(uow).where(MatchRun.id == match_run_id))
    if run.status not in UNDER_WAY or run.job_id is None:
        raise MatchRunNotUnderWay(f"The run is {run.status}.")
    cancel(uow, run.job_id)
    return ShownRun(run)


def progress_of(uow: UnitOfWork, run: MatchRun | Row[Any]) -> dict[str, Any] | None:
    """How far a run under way is; None where it is not, or has not begun."""
    if run.status not in UNDER_WAY:
        return None
    job = uow.rows.execute(
        select(Job.phase, Job.done_count, Job.figures).where(
            Job.organization_id == uow.organization_id, Job.id == run.job_id
        )
    ).one_or_none()
    if job is None or job.phase is None:
        return None
    figures = job.figures or {}
    return {
        "phase": job.phase,
        "round": int(figures.get("round") or 0),
        "share": (job.done_count or 0) / 100,
        **{name: figures.get(name) for name in ("value", "bound", "gap")},
    }


def watch_match_run(uow: UnitOfWork, match_run_id: uuid.UUID) -> Watch:
    """Tell how far a run is, until it is computed, failed or cancelled."""

    def look(uow: UnitOfWork) -> Seen:
        run = uow.one(
            visible_runs(uow)
            .with_only_columns(MatchRun.id, MatchRun.status, MatchRun.job_id, MatchRun.problem)
            .where(MatchRun.id == match_run_id)
        )
        told = {
            "id": run.id, "status": run.status, "problem": run.problem,
            "progress": progress_of(uow, run),
        }  # fmt: skip
        return Seen(told, run.status not in UNDER_WAY)

    look(uow)
    return Watch(look, MatchRunProgressOut)
