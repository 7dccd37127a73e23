"""Leavers leave people without a partner: the house computes one repair of a cohort for them all.

Nothing comes of it until somebody publishes it.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from app.kit.jobs import enqueue, lasting_job
from app.kit.problems import Conflict
from app.kit.queue import UNFINISHED, Job, JobStatus
from app.kit.running import Running
from app.kit.work import UnitOfWork
from app.pairings.models import (
    LIVE,
    UNDER_WAY,
    AskedBecause,
    EndReason,
    MatchRun,
    Pairing,
    PairingSide,
)
from app.pairings.queueing import queue_run
from app.pairings.repairing import read_cohort
from app.pairings.run_schemas import PairingsRepair
from app.programs.models import OPEN_COHORTS, Cohort, Enrollment, EnrollmentStatus

QUIET = dt.timedelta(minutes=5)
"""Ours: so long nobody of a cohort has left any more; an import tells of its leavers in less."""
AT_LATEST = dt.timedelta(days=7)
"""Ours: who was left alone longer ago has been looked after by people."""
READ_BEFORE = dt.timedelta(minutes=1)
"""Ours: a run that is stored so soon after an end may have read the cohort before it."""

OF_LEAVERS = Pairing.end_reason == literal_column(f"'{EndReason.LEFT_ORGANIZATION}'")
"""Written out as in its index, which a parameter would not find."""


def ask_for_repairs(uow: UnitOfWork) -> None:
    """Ask for a repair of each open cohort in which leavers have left somebody alone.

    Not while a run of it is under way, nor where one has seen it since: whoever asked for that one,
    and whatever became of it, people have it in hand.
    """
    for cohort_id, last_end in _left_alone(uow).items():
        if not _is_in_hand(uow, cohort_id, last_end):
            enqueue(uow, queue_repair_after_leavers, {"cohort_id": str(cohort_id)})


@lasting_job
def queue_repair_after_leavers(running: Running, payload: dict[str, Any]) -> None:
    """Freeze a cohort as it is now, and queue its repair, as `Prefer: respond-async` does it."""
    wanted = PairingsRepair(cohort_id=uuid.UUID(payload["cohort_id"]))
    try:
        with running.read() as uow:
            queued = queue_run(wanted, read_cohort(uow, wanted), AskedBecause.LEAVERS)
        frozen = queued.think()
        with running.step(last=True) as uow:
            run = queued.conclude(uow, frozen).thing
            running.result = {"match_run_id": str(run.id)}
    except Conflict as meanwhile:  # it has ended, or somebody was quicker: the next round looks
        with running.step(last=True):
            running.result = {"not_asked_because": meanwhile.slug}


def _left_alone(uow: UnitOfWork) -> dict[uuid.UUID, dt.datetime]:
    """Open cohorts in which nobody leaves at this moment → when the last partner was lost."""
    own, last_end = uow.organization_id, func.max(Pairing.ended_at)
    found = uow.rows.execute(
        select(Pairing.cohort_id, last_end)
        .join(
            Cohort,
            and_(Cohort.organization_id == own, Cohort.id == Pairing.cohort_id),
        )
        .where(
            Pairing.organization_id == own,
            OF_LEAVERS,
            Pairing.ended_at > uow.now - AT_LATEST,
            Cohort.status.in_(OPEN_COHORTS),
            or_(_is_left_alone(uow, PairingSide.MENTOR), _is_left_alone(uow, PairingSide.MENTEE)),
        )
        .group_by(Pairing.cohort_id)
        .having(last_end <= uow.now - QUIET)
    )
    return {cohort_id: ended_at for cohort_id, ended_at in found if ended_at is not None}


def _is_left_alone(uow: UnitOfWork, side: PairingSide) -> ColumnElement[bool]:
    """Whether this side of a pairing takes part still, and has fewer partners than it could."""
    other = aliased(Pairing)
    person, enrollment = f"{side}_id", f"{side}_enrollment_id"
    partners = (
        select(func.count())
        .where(
            other.organization_id == uow.organization_id,
            getattr(other, person) == getattr(Pairing, person),
            getattr(other, enrollment) == getattr(Pairing, enrollment),
            other.status.in_(LIVE),
        )
        .correlate(Pairing)
        .scalar_subquery()
    )
    return (
        select(Enrollment.id)
        .where(
            Enrollment.organization_id == uow.organization_id,
            Enrollment.id == getattr(Pairing, enrollment),
            Enrollment.status == EnrollmentStatus.ENROLLED,
            Enrollment.capacity > partners,
        )
        .correlate(Pairing)
        .exists()
    )


def _is_in_hand(uow: UnitOfWork, cohort_id: uuid.UUID, last_end: dt.datetime) -> bool:
    """Whether a run is under way or has seen that end; or the house asks, or has failed to."""
    run = select(MatchRun.id).where(
        MatchRun.organization_id == uow.organization_id,
        MatchRun.cohort_id == cohort_id,
        or_(MatchRun.status.in_(UNDER_WAY), MatchRun.created_at > last_end + READ_BEFORE),
    )
    asking = select(Job.id).where(
        Job.organization_id == uow.organization_id,
        Job.name == queue_repair_after_leavers.__name__,
        Job.payload["cohort_id"].as_string() == str(cohort_id),
        or_(
            Job.status.in_(UNFINISHED),
            and_(Job.status == JobStatus.FAILED, Job.created_at > last_end),
        ),
    )
    return bool(uow.rows.scalar(select(or_(run.exists(), asking.exists()))))
