"""Match runs that are killed again and again, and two replicas that ask for the same one."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, update

from app.access.service import open_organization
from app.kit.lanes import Lanes, system
from app.kit.queue import LEASE, Job, JobStatus
from app.kit.settings import Settings
from app.kit.work import Principal
from app.matching.people import Person, Rules, Weights
from app.matching.problem import Objective
from app.pairings.candidates import Gathered
from app.pairings.computing import compute
from app.pairings.frozen import FrozenInput
from app.pairings.models import UNDER_WAY, MatchRun, MatchRunStatus
from app.pairings.queueing import queue_run
from app.pairings.run_schemas import PairingsPropose
from benchmarks import cohorts
from tests.given.pairings import enrolled
from tests.given.programs import cohort
from tests.house import House
from tests.server import running_server
from tests.workers import killable_worker

pytestmark = pytest.mark.fault

PATIENCE = 90.0
SIZE = 800  # half a second's work: 300 a side are done before a kill arrives
KILLS = 10
ROUNDS = 50


def wait_for(what: Callable[[], bool], why: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up, why
        time.sleep(0.02)


def named(people: list[Person]) -> tuple[Person, ...]:
    """People as a cohort has them: every id is one of ours."""
    return tuple(sorted((replace(each, participant_id=str(uuid4())) for each in people),
                        key=lambda each: each.id))  # fmt: skip


def test_a_run_killed_ten_times_gives_what_an_undisturbed_one_gives(
    real_house: House, own_settings: Settings
) -> None:
    lanes, admin = real_house.lanes, real_house.organization()
    organization_id, cohort_id = UUID(admin.organization_id), UUID(cohort(admin)["id"])
    mentors, mentees = cohorts.cohort(SIZE, SIZE, seed=3)
    gathered = Gathered(
        FrozenInput(
            named(mentors), named(mentees), Rules(), Weights(), Objective.PARTICIPATION, seed=5
        ),
        (),
        frozenset(),
    )
    undisturbed = compute(gathered, None, 3600)
    wanted = PairingsPropose(cohort_id=cohort_id, seed=5, time_limit_seconds=3600)
    queued = queue_run(wanted, gathered)
    with lanes.unit(system(organization_id), "propose_pairings") as uow:
        run_id = queued.conclude(uow, queued.think()).thing.id

    def run() -> Any:
        with lanes.unit(system(organization_id), "look") as uow:
            found = select(MatchRun).where(MatchRun.organization_id == organization_id)
            return uow.rows.execute(found.where(MatchRun.id == run_id)).one()

    def job() -> Any:
        with lanes.unit(system(organization_id), "look") as uow:
            found = select(Job).where(Job.organization_id == organization_id, Job.lasting)
            return uow.rows.execute(found).one()

    chance, kills = random.Random(11), 0
    while kills < KILLS and run().status in UNDER_WAY:
        attempts = job().attempts
        with killable_worker(own_settings) as process:
            wait_for(lambda before=attempts: job().attempts > before, "nobody takes it up")
            time.sleep(chance.random() * 0.1)
            process.kill()
            process.join(PATIENCE)
        kills += 1
        with lanes.unit(system(organization_id), "wait") as uow:  # what twenty seconds would do
            uow.rows.execute(
                update(Job)
                .where(Job.organization_id == organization_id, Job.status == JobStatus.RUNNING)
                .values(lease_until=uow.now - LEASE)
            )
    with killable_worker(own_settings):
        wait_for(lambda: run().status not in UNDER_WAY, "the run never ends")
    done, ended = run(), job()
    assert done.status is MatchRunStatus.COMPUTED
    assert (ended.status, ended.failures) == (JobStatus.SUCCEEDED, 0)
    assert (kills, ended.attempts) == (KILLS, KILLS + 1)
    assert done.result == undisturbed.result
    assert done.certificate == undisturbed.certificate
    assert done.input_digest == undisturbed.input_digest
    told = admin.get("/events", params={"type": "match_run.computed"}).json()["items"]
    assert len(told) == 1


def both(asks: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Two requests at the same moment."""
    answers: dict[int, httpx.Response] = {}
    together = threading.Barrier(len(asks))

    def ask(number: int) -> None:
        together.wait()
        answers[number] = asks[number]()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asks))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [answers[number] for number in range(len(asks))]


def test_of_two_replicas_that_match_one_cohort_at_once_one_wins(
    own_settings: Settings, tmp_path: Path
) -> None:
    lanes = Lanes(own_settings)
    with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
        _, token = open_organization(uow, "Acme", "admin@example.com")
    lanes.close()
    with (
        running_server(own_settings, log=tmp_path / "one.log") as (one, _),
        running_server(own_settings, log=tmp_path / "two.log") as (two, _),
    ):
        head = {"Authorization": f"Bearer {token}"}
        replicas = [
            httpx.Client(base_url=f"{each}/v1", headers=head, timeout=PATIENCE)
            for each in (one, two)
        ]
        running = cohort(replicas[0], status="running")["id"]
        for side in ("mentor", "mentee"):
            enrolled(replicas[0], running, side)
        later = {"Prefer": "respond-async"}
        for _ in range(ROUNDS):
            answers = both([
                lambda each=each: each.post(
                    "/pairings/propose", json={"cohort_id": running}, headers=later
                )
                for each in replicas
            ])  # fmt: skip
            assert sorted(each.status_code for each in answers) == [202, 409]
            (winner,) = [each.json() for each in answers if each.status_code == 202]
            (loser,) = [each.json() for each in answers if each.status_code == 409]
            assert loser["code"] == "match-run-under-way"
            assert replicas[1].post(f"/match-runs/{winner['id']}/cancel").status_code == 200
        for _ in range(ROUNDS):
            at_once = both([
                lambda each=each: each.post("/pairings/propose", json={"cohort_id": running})
                for each in replicas
            ])  # fmt: skip
            ids = [each.json()["id"] for each in at_once if each.status_code == 201]
            assert len(ids) == len(replicas)
            published = both([
                lambda each=each, run=run: each.post(f"/match-runs/{run}/publish")
                for each, run in zip(replicas, ids, strict=True)
            ])  # fmt: skip
            assert sorted(each.status_code for each in published) == [200, 409]
            live = replicas[0].get("/pairings", params={"status": "proposed"}).json()["items"]
            assert len(live) == 1, "one proposal per person, whoever published"
            withdrawn = replicas[1].post(f"/pairings/{live[0]['id']}/withdraw")
            assert withdrawn.status_code == 200
        for each in replicas:
            each.close()
