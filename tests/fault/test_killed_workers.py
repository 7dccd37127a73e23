"""Workers that are killed while they carry out lasting jobs: another goes on, nothing twice."""

import random
import signal
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.access.events import AccountDisabled
from app.access.service import open_organization
from app.kit.events import EventRow
from app.kit.jobs import cancel, enqueue
from app.kit.lanes import Lanes, system
from app.kit.queue import LEASE, Job, JobStatus
from app.kit.settings import Settings
from app.kit.work import Principal
from tests.given.counting_jobs import count_slowly, kill_the_worker, think_long
from tests.workers import killable_worker

pytestmark = pytest.mark.fault

PATIENCE = 60.0
TAKEOVER_SECONDS = 30.0
"""What is promised: half a minute after a kill somebody else is at the job."""


@pytest.fixture(name="lanes")
def lanes_beside_the_processes(own_settings: Settings) -> Iterator[Lanes]:
    lanes = Lanes(own_settings)
    yield lanes
    lanes.close()


@pytest.fixture(name="acme")
def _acme(lanes: Lanes) -> UUID:
    with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
        return open_organization(uow, "Acme", "admin@example.com")[0].id


def ask(lanes: Lanes, organization_id: UUID, work: Any, **payload: Any) -> UUID:
    with lanes.unit(system(organization_id), "ask") as uow:
        return enqueue(uow, work, payload)


def row(lanes: Lanes, organization_id: UUID, job_id: UUID) -> Any:
    with lanes.unit(system(organization_id), "look") as uow:
        found = select(Job).where(Job.organization_id == organization_id, Job.id == job_id)
        return uow.rows.execute(found).one()


def told(lanes: Lanes, organization_id: UUID) -> list[int]:
    with lanes.unit(system(organization_id), "look") as uow:
        found = uow.rows.scalars(
            select(EventRow.data)
            .where(
                EventRow.organization_id == organization_id, EventRow.type == AccountDisabled.type
            )
            .order_by(EventRow.position)
        )
        return [UUID(each["account_id"]).int for each in found]


def wait_for(what, why: str, patience: float = PATIENCE) -> None:
    give_up = time.monotonic() + patience
    while not what():
        assert time.monotonic() < give_up, why
        time.sleep(0.05)


def test_another_worker_takes_over_within_half_a_minute_and_repeats_no_step(
    lanes: Lanes, own_settings: Settings, acme: UUID
) -> None:
    job_id = ask(lanes, acme, count_slowly, until=40, pause=0.1)
    with killable_worker(own_settings) as first:
        wait_for(lambda: len(told(lanes, acme)) >= 10, "the first has not begun")
        with killable_worker(own_settings):
            first.kill()
            first.join(PATIENCE)
            done = len(told(lanes, acme))
            wait_for(lambda: len(told(lanes, acme)) > done, "nobody takes over", TAKEOVER_SECONDS)
            wait_for(
                lambda: row(lanes, acme, job_id).status is JobStatus.SUCCEEDED, "it never ends"
            )
    assert told(lanes, acme) == list(range(1, 41))
    ended = row(lanes, acme, job_id)
    assert (ended.attempts, ended.failures, ended.result) == (2, 0, {"counted": 40})


def test_killed_at_random_moments_every_step_is_done_once_all_the_same(
    lanes: Lanes, own_settings: Settings, acme: UUID
) -> None:
    """The lease is ended by hand here: that it ends by itself is shown above."""
    chance = random.Random(7)
    job_id = ask(lanes, acme, count_slowly, until=60, pause=0.02)
    for _ in range(6):
        with killable_worker(own_settings) as process:
            before = len(told(lanes, acme))
            wait_for(lambda before=before: len(told(lanes, acme)) > before, "nothing goes on")
            time.sleep(chance.random() * 0.2)
            process.kill()
            process.join(PATIENCE)
        if row(lanes, acme, job_id).status is not JobStatus.RUNNING:
            break
        with lanes.unit(system(acme), "wait") as uow:
            uow.rows.execute(
                Job.__table__.update()
                .where(Job.organization_id == acme)
                .values(lease_until=uow.now - 2 * LEASE)
            )
    with killable_worker(own_settings):
        wait_for(lambda: row(lanes, acme, job_id).status is JobStatus.SUCCEEDED, "it never ends")
    assert told(lanes, acme) == list(range(1, 61))


def test_two_workers_share_jobs_and_none_is_done_twice(
    lanes: Lanes, own_settings: Settings, acme: UUID
) -> None:
    with killable_worker(own_settings), killable_worker(own_settings):
        for _ in range(6):
            ask(lanes, acme, count_slowly, until=10, pause=0.01)
        wait_for(lambda: len(told(lanes, acme)) >= 60, "they do not get on")
        time.sleep(1.0)
    assert sorted(told(lanes, acme)) == sorted(list(range(1, 11)) * 6)


def test_a_cancelled_job_leaves_its_hand_to_the_next_within_two_seconds(
    lanes: Lanes, own_settings: Settings, acme: UUID
) -> None:
    settings = own_settings.model_copy(update={"lasting_jobs_at_once": 1})
    long = ask(lanes, acme, think_long, seconds=PATIENCE)
    with killable_worker(settings):
        wait_for(lambda: row(lanes, acme, long).status is JobStatus.RUNNING, "it has not begun")
        next_one = ask(lanes, acme, count_slowly, until=1, pause=0)
        with lanes.unit(system(acme), "cancel") as uow:
            cancel(uow, long)
        assert row(lanes, acme, long).status is JobStatus.CANCELLED
        wait_for(
            lambda: row(lanes, acme, next_one).status is JobStatus.SUCCEEDED,
            "the hand is not free",
            patience=PATIENCE,
        )
    assert row(lanes, acme, long).status is JobStatus.CANCELLED


def test_a_job_that_kills_its_workers_is_survived_by_others(
    lanes: Lanes, own_settings: Settings, acme: UUID
) -> None:
    deadly = ask(lanes, acme, kill_the_worker, times=1)
    with killable_worker(own_settings) as first:
        first.join(PATIENCE)
        assert first.exitcode == -signal.SIGKILL
    other = ask(lanes, acme, count_slowly, until=3, pause=0)
    with killable_worker(own_settings):
        wait_for(lambda: row(lanes, acme, other).status is JobStatus.SUCCEEDED, "it is held up")
        wait_for(lambda: row(lanes, acme, deadly).status is JobStatus.SUCCEEDED, "given up early")
    assert row(lanes, acme, deadly).attempts == 2
