"""The worker's rounds: what is due in each organization, and how it runs, fails and ends."""

import datetime as dt
import logging
import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, false, func, select, text, update

from app.kit.database import OrganizationHead
from app.kit.events import EventRow
from app.kit.hands import Hands, carry_out
from app.kit.jobs import Reacting, background, enqueue, react_again
from app.kit.lanes import Lanes, organizations, system
from app.kit.leases import claim, try_again_or_give_up, waiting
from app.kit.queue import Job, JobStatus, Progress
from app.kit.running import LeaseLost, Running
from app.kit.work import UnitOfWork, bind_organization

log = logging.getLogger("rementor.jobs")


def run_due(lanes: Lanes, hands: Hands | None = None) -> int:
    """One round over all organizations: chores, reactions, due jobs. Returns how many ran.

    `hands` are those that carry out lasting jobs meanwhile; without them, as in tests, this round
    carries them out itself, one after the other.
    """
    return sum(run_due_for(lanes, each, hands) for each in organizations(lanes))


def run_due_for(lanes: Lanes, organization_id: uuid.UUID, hands: Hands | None = None) -> int:
    """Everything due in one organization, until nothing is: what ran may have caused more."""
    done = 0
    while True:
        due = _look(lanes, organization_id, lasting_too=hands is None)
        if due.caught_up or due.unknown:
            _settle(lanes, organization_id, due)
        ran = sum(_run_chore(lanes, organization_id, name) for name in due.chores)
        ran += sum(_read_on(lanes, organization_id, name) for name in due.reactions)
        while due.jobs and _run_job(lanes, organization_id, hands):
            ran += 1
        while due.lasting and (mine := claim(lanes, organization_id, lasting=True)):
            carry_out(lanes, Running(lanes, mine))
            ran += 1
        if not ran:
            return done
        done += ran


@dataclass(frozen=True)
class Due:
    """What an organization waits for: read in a few statements, as most rounds find nothing."""

    head: int
    chores: list[str]
    reactions: list[str]
    """Behind, with an event of theirs ahead."""
    caught_up: list[str]
    """Behind, but nothing up to the head is for them."""
    unknown: list[str]
    """Reactions and chores without a row of progress."""
    jobs: bool
    lasting: bool
    """Lasting jobs, where this round is to carry them out."""


def _look(lanes: Lanes, organization_id: uuid.UUID, *, lasting_too: bool) -> Due:
    now = lanes.clock.now()
    with lanes.reading() as rows:
        bind_organization(rows, organization_id)
        # The head first: whatever stands up to it is committed, so nothing turns up behind it.
        of_organization = Job.organization_id == organization_id
        short, lasting = (
            select(Job.id).where(of_organization, waiting(rows, now, lasting=each)).exists()
            for each in (False, True)
        )
        head, jobs, lasting_jobs = rows.execute(
            select(
                OrganizationHead.event_position, short, lasting if lasting_too else false()
            ).where(OrganizationHead.organization_id == organization_id)
        ).one()
        known = {
            row.name: row
            for row in rows.execute(
                select(Progress.name, Progress.position, Progress.ran_at).where(
                    Progress.organization_id == organization_id
                )
            )
        }
        places = {
            name: known[name].position if name in known else 0 for name in background.reactions
        }
        behind = {name: position for name, position in places.items() if position < head}
        newest: dict[str, int] = {}
        if behind:
            found = rows.execute(
                select(EventRow.type, func.max(EventRow.position).label("position"))
                .where(
                    EventRow.organization_id == organization_id,
                    EventRow.position > min(behind.values()),
                    EventRow.position <= head,
                )
                .group_by(EventRow.type)
            )
            newest = {row.type: row.position for row in found}
    reading = [
        name
        for name, position in behind.items()
        if any(newest.get(kind, 0) > position for kind in background.reactions[name].kinds)
    ]
    return Due(
        head=head,
        chores=[
            name
            for name, (interval, _) in background.chores.items()
            if name not in known or _is_due(known[name].ran_at, interval, now)
        ],
        reactions=reading,
        caught_up=[name for name in behind if name not in reading],
        unknown=[name for name in (*background.reactions, *background.chores) if name not in known],
        jobs=jobs,
        lasting=lasting_jobs,
    )


def _is_due(ran_at: dt.datetime | None, interval: dt.timedelta, now: dt.datetime) -> bool:
    return ran_at is None or ran_at + interval <= now


def _settle(lanes: Lanes, organization_id: uuid.UUID, due: Due) -> None:
    """Give everything a row of progress, and move those forward for whom nothing has come."""
    with lanes.unit(system(organization_id), "settle_progress") as uow:
        if due.unknown:
            uow.rows.execute(
                _BEGIN_PROGRESS,
                [{"organization": organization_id, "name": name} for name in due.unknown],
            )
        if due.caught_up:
            uow.rows.execute(
                update(Progress)
                .where(
                    Progress.organization_id == organization_id,
                    Progress.name.in_(due.caught_up),
                    Progress.position < due.head,
                )
                .values(position=due.head)
            )


# Two workers may meet an organization at the same moment: the second finds the first one's rows.
_BEGIN_PROGRESS = text(
    "INSERT INTO background_progress (organization_id, name, position)"
    " VALUES (:organization, :name, 0) ON CONFLICT DO NOTHING"
).bindparams(bindparam("organization", type_=Progress.organization_id.type))


def _hold(uow: UnitOfWork, name: str) -> Any | None:
    """The locked row of progress, or None where another worker is at it."""
    return uow.rows.execute(
        select(Progress.position, Progress.ran_at)
        .where(Progress.organization_id == uow.organization_id, Progress.name == name)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _note(uow: UnitOfWork, name: str, **values: Any) -> None:
    uow.rows.execute(
        update(Progress)
        .where(Progress.organization_id == uow.organization_id, Progress.name == name)
        .values(**values)
    )


def _run_chore(lanes: Lanes, organization_id: uuid.UUID, name: str) -> int:
    """A chore that fails is noted and waits for its next turn; one that dies has not run."""
    interval, chore = background.chores[name]
    try:
        with lanes.unit(system(organization_id), name) as uow:
            progress = _hold(uow, name)
            if progress is None or not _is_due(progress.ran_at, interval, uow.now):
                return 0
            _note(uow, name, ran_at=uow.now, failure=None)
            chore(uow)
    except Exception as failed:
        log.exception("chore failed", extra={"fields": {"chore": name}})
        with lanes.unit(system(organization_id), name) as uow:
            _note(uow, name, ran_at=uow.now, failure=type(failed).__name__)
        return 0
    return 1


def _read_on(lanes: Lanes, organization_id: uuid.UUID, name: str) -> int:
    """Let a reaction read on from where it stands, an event and a unit of work at a time."""
    reacting, done = background.reactions[name], 0
    while True:
        position: int | None = None
        try:
            with lanes.unit(system(organization_id), name) as uow:
                progress = _hold(uow, name)
                if progress is None:
                    return done
                event = _next_event(uow, progress.position, reacting)
                if event is None:
                    return done
                position = event.position
                _note(uow, name, position=position)
                reacting.reaction(uow, reacting.kinds[event.type].model_validate(event.data))
            done += 1
        except Exception as failed:
            if position is None:
                raise
            log.exception("reaction failed", extra={"fields": {"reaction": name}})
            _pass_by(lanes, organization_id, name, position, type(failed).__name__)


def _next_event(uow: UnitOfWork, after: int, reacting: Reacting) -> Any | None:
    return uow.rows.execute(
        select(EventRow.position, EventRow.type, EventRow.data)
        .where(
            EventRow.organization_id == uow.organization_id,
            EventRow.type.in_(reacting.kinds),
            EventRow.position > after,
        )
        .order_by(EventRow.position)
        .limit(1)
    ).one_or_none()


def _pass_by(
    lanes: Lanes, organization_id: uuid.UUID, name: str, position: int, failure: str
) -> None:
    """Read on behind an event whose reaction failed; a job of its own tries that one again."""
    with lanes.unit(system(organization_id), name) as uow:
        progress = _hold(uow, name)
        if progress is None or progress.position >= position:
            return  # another worker has read it in the meantime
        _note(uow, name, position=position)
        job_id = enqueue(
            uow,
            react_again,
            {"reaction": name, "position": position},
            key=f"{name}@{position}",
            delay=dt.timedelta(seconds=2),
        )
        uow.rows.execute(
            update(Job)
            .where(Job.organization_id == organization_id, Job.id == job_id)
            .values(attempts=1, failures=1, failure=failure)
        )


def _run_job(lanes: Lanes, organization_id: uuid.UUID, hands: Hands | None) -> bool:
    """A short job: one unit of work, in which it is also marked as done."""
    claimed = claim(lanes, organization_id, lasting=False)
    if claimed is None:
        return False
    with nullcontext() if hands is None else hands.kept_alive(claimed):
        try:
            with lanes.unit(system(organization_id), claimed.name) as uow:
                background.works[claimed.name](uow, claimed.payload)
                done = {"status": JobStatus.SUCCEEDED, "finished_at": uow.now, "failure": None}
                ended = uow.rows.execute(
                    update(Job).where(*claimed.mine).values(**done, lease_id=None, lease_until=None)
                )
                if ended.rowcount != 1:
                    raise LeaseLost
        except Exception as failed:  # noqa: BLE001  whatever it is, it is noted and tried again
            try_again_or_give_up(lanes, claimed, failed)
    return True
