"""A run becomes proposals: all of them or none, by one publisher."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from app.kit.problems import Conflict
from app.kit.work import UnitOfWork
from app.pairings import lifecycle
from app.pairings.candidates import live_pairings
from app.pairings.events import MatchRunPublished, PairingProposed
from app.pairings.models import (
    LIVE,
    EndReason,
    MatchRun,
    MatchRunStatus,
    Pairing,
    PairingAnswer,
    PairingStatus,
)
from app.pairings.storing import ShownRun, visible_runs
from app.programs import service as programs
from app.programs.models import Cohort, Enrollment, EnrollmentStatus


class MatchRunNotOpen(Conflict):
    slug, title = "match-run-not-open", "The run has nothing to publish, or was published already"


class MatchRunOutdated(Conflict):
    """`pairing_ids` are live pairings in the way, `enrollment_ids` people without a free place."""

    slug, title = "match-run-outdated", "Pairs of the run contradict what has happened since"


def publish_match_run(uow: UnitOfWork, match_run_id: uuid.UUID) -> ShownRun:
    """Turn the new pairs of a run into proposed pairings, all of them or none; one caller wins."""
    run = uow.to_change(visible_runs(uow).where(MatchRun.id == match_run_id))
    if run.status is not MatchRunStatus.COMPUTED or run.result is None:
        raise MatchRunNotOpen(f"The run is {run.status}.")
    _one_publisher(uow, run.cohort_id)
    cohort = programs.open_cohort(uow, run.cohort_id)
    if run.result.get("repair"):
        _take_back(uow, run.result["repair"]["withdraws"])
    pairs = [pair for pair in run.result["pairs"] if pair["pairing_id"] is None]
    _must_fit(uow, run.cohort_id, pairs)
    expires_at = uow.now + dt.timedelta(days=cohort.proposals_expire_after_days)
    ids = uow.add_many(
        Pairing,
        [
            {
                "cohort_id": run.cohort_id,
                "match_run_id": run.id,
                **{name: uuid.UUID(pair[name]) for name in (
                    "mentor_enrollment_id", "mentee_enrollment_id", "mentor_id", "mentee_id",
                )},
                "status": PairingStatus.PROPOSED,
                "score": pair["score"],
                "breakdown": pair["breakdown"],
                "overridden_rules": pair["overridden_rules"],
                "mentor_answer": PairingAnswer.PENDING,
                "mentee_answer": PairingAnswer.PENDING,
                "expires_at": expires_at,
            }
            for pair in pairs
        ],
    )  # fmt: skip
    for pairing_id, pair in zip(ids, pairs, strict=True):
        uow.emit(
            PairingProposed(
                pairing_id=pairing_id,
                cohort_id=run.cohort_id,
                mentor_id=pair["mentor_id"],
                mentee_id=pair["mentee_id"],
                match_run_id=run.id,
                expires_at=expires_at,
            )
        )
    _supersede(uow, run)
    run.status, run.published_at = MatchRunStatus.PUBLISHED, uow.now
    uow.touch(run)
    uow.emit(
        MatchRunPublished(match_run_id=run.id, cohort_id=run.cohort_id, pairings_count=len(ids))
    )
    return ShownRun(run)


def _one_publisher(uow: UnitOfWork, cohort_id: uuid.UUID) -> None:
    """Publishers of one cohort take turns: the second sees what the first has published."""
    uow.rows.execute(
        select(Cohort.id)
        .where(Cohort.organization_id == uow.organization_id, Cohort.id == cohort_id)
        .with_for_update()
    )


def _must_fit(uow: UnitOfWork, cohort_id: uuid.UUID, pairs: list[dict[str, Any]]) -> None:
    """Raises MatchRunOutdated where a pair is live already, or a person has no place for it."""
    wanted: dict[uuid.UUID, int] = {}
    couples = set()
    for pair in pairs:
        couple = (
            uuid.UUID(pair["mentor_enrollment_id"]),
            uuid.UUID(pair["mentee_enrollment_id"]),
        )
        couples.add(couple)
        for enrollment_id in couple:
            wanted[enrollment_id] = wanted.get(enrollment_id, 0) + 1
    held: dict[uuid.UUID, list[uuid.UUID]] = {}
    in_the_way: set[uuid.UUID] = set()
    for live in live_pairings(uow, cohort_id):
        mentor, mentee = uuid.UUID(live.mentor), uuid.UUID(live.mentee)
        if (mentor, mentee) in couples:
            in_the_way.add(live.id)
        for enrollment_id in (mentor, mentee):
            held.setdefault(enrollment_id, []).append(live.id)
    capacities = {
        each.id: each.capacity
        for each in uow.rows.execute(
            select(Enrollment.id, Enrollment.capacity).where(
                Enrollment.organization_id == uow.organization_id,
                Enrollment.cohort_id == cohort_id,
                Enrollment.status == EnrollmentStatus.ENROLLED,
            )
        )
    }
    gone = sorted(each for each in wanted if each not in capacities)
    for enrollment_id, count in wanted.items():
        theirs = held.get(enrollment_id, [])
        if enrollment_id in capacities and len(theirs) + count > capacities[enrollment_id]:
            in_the_way.update(theirs)
            if not theirs:
                gone.append(enrollment_id)
    if in_the_way or gone:
        raise MatchRunOutdated(
            f"{len(in_the_way)} live pairings are in the way, {len(gone)} people have no place for"
            " their new partner. Compute a new run.",
            pairing_ids=[str(each) for each in sorted(in_the_way)],
            enrollment_ids=[str(each) for each in gone],
        )


def _supersede(uow: UnitOfWork, run: MatchRun) -> None:
    """The run that was published before this one is history; its pairings live on."""
    before = uow.db.scalars(
        select(MatchRun).where(
            MatchRun.organization_id == uow.organization_id,
            MatchRun.cohort_id == run.cohort_id,
            MatchRun.status == MatchRunStatus.PUBLISHED,
        )
    )
    for each in before:
        each.status = MatchRunStatus.SUPERSEDED
        uow.touch(each)


def _take_back(uow: UnitOfWork, pairing_ids: list[str]) -> None:
    """Withdraw the proposals that a repair gives to somebody else. Raises MatchRunOutdated."""
    found = uow.db.scalars(
        select(Pairing)
        .where(
            Pairing.organization_id == uow.organization_id,
            Pairing.id.in_([uuid.UUID(each) for each in pairing_ids]),
            Pairing.status.in_(LIVE),
        )
        .order_by(Pairing.id)
        .with_for_update()
    ).all()
    answers = {each.id: {each.mentor_answer, each.mentee_answer} for each in found}
    agreed = [each for each, given in answers.items() if PairingAnswer.ACCEPTED in given]
    if agreed:
        raise MatchRunOutdated(
            f"{len(agreed)} proposals that were to move have been accepted since.",
            pairing_ids=[str(each) for each in agreed],
            enrollment_ids=[],
        )
    for pairing in found:
        lifecycle.withdraw(uow, pairing, EndReason.TAKEN_BACK)
