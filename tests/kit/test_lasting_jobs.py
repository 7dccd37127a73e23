"""Lasting jobs: steps that are stored once, resumed, reported, cancelled and given up."""

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.access.events import AccountDisabled
from app.kit import hands, jobs
from app.kit.audit import AuditEntry
from app.kit.events import EventRow
from app.kit.hands import Hands
from app.kit.jobs import Ending, JobEnded, background, cancel, enqueue, lasting_job, unfinished
from app.kit.lanes import system
from app.kit.leases import MOST_ATTEMPTS, MOST_DEATHS
from app.kit.problems import Conflict, NotFound
from app.kit.queue import Job, JobStatus
from app.kit.running import Running, Stopped
from app.kit.work import Principal, UnitOfWork
from tests.given.background import Killed, leases_run_out

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def _nothing_else_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test declares itself."""
    monkeypatch.setattr(background, "reactions", {})
    monkeypatch.setattr(background, "chores", {})
    monkeypatch.setattr(background, "works", {"react_again": jobs.react_again})
    monkeypatch.setattr(background, "lasting", {})
    monkeypatch.setattr(background, "unfinished", {})


class TooManyCooks(Conflict):
    slug, title = "too-many-cooks", "They spoil the broth"


def ask(house, client, work, payload: dict[str, Any] | None = None, **options: Any) -> UUID:
    with house.lanes.unit(system(UUID(client.organization_id)), "ask") as uow:
        return enqueue(uow, work, payload or {}, **options)


def row(house, client, job_id: UUID) -> Any:
    with house.lanes.unit(system(UUID(client.organization_id)), "look") as uow:
        found = select(Job).where(Job.organization_id == uow.organization_id, Job.id == job_id)
        return uow.rows.execute(found).one()


def told(house, client) -> list[int]:
    """The numbers that were stored, in the order of their commits."""
    with house.lanes.unit(system(UUID(client.organization_id)), "look") as uow:
        found = uow.rows.scalars(
            select(EventRow.data)
            .where(
                EventRow.organization_id == uow.organization_id,
                EventRow.type == AccountDisabled.type,
            )
            .order_by(EventRow.position)
        )
        return [UUID(each["account_id"]).int for each in found]


def tell(uow: UnitOfWork, number: int) -> None:
    uow.emit(AccountDisabled(account_id=UUID(int=number)))


def counting(running: Running, until: int, in_between: Callable[[int], None]) -> None:
    """Tell every number once, a step each."""
    for number in range(running.state.get("next", 1), until + 1):
        running.report("counting", number, until)
        with running.step() as uow:
            tell(uow, number)
            running.state["next"] = number + 1
        in_between(number)
    running.result = {"counted": until}


def test_a_lasting_job_runs_its_steps_and_leaves_progress_and_a_result(house, admin):
    @lasting_job
    def count(running: Running, payload: dict[str, Any]) -> None:
        counting(running, payload["until"], lambda _: None)

    job_id = ask(house, admin, count, {"until": 3}, resource="/v1/numbers/3")
    waiting = row(house, admin, job_id)
    assert (waiting.status, waiting.lasting, waiting.attempts) == (JobStatus.QUEUED, True, 0)
    assert (waiting.resource, waiting.requested_by) == ("/v1/numbers/3", "system:worker")
    assert house.work_off() == 1
    assert house.work_off() == 0
    done = row(house, admin, job_id)
    assert (done.status, done.result) == (JobStatus.SUCCEEDED, {"counted": 3})
    assert (done.phase, done.done_count, done.total_count) == ("counting", 3, 3)
    assert (done.lease_id, done.problem, done.attempts) == (None, None, 1)
    assert done.created_at <= done.started_at <= done.finished_at == house.clock.now()
    assert told(house, admin) == [1, 2, 3]


def test_what_a_step_stores_is_audited_in_the_name_of_who_asked(house, admin):
    @lasting_job
    def rename(running: Running, _: dict[str, Any]) -> None:
        with running.read() as uow:
            assert uow.principal.account_id == UUID(int=7)
        with running.step() as uow:
            tell(uow, 1)

    asker = Principal(
        actor="account:7", organization_id=UUID(admin.organization_id), account_id=UUID(int=7)
    )
    with house.lanes.unit(asker, "ask") as uow:
        job_id = enqueue(uow, rename, {})
    house.work_off()
    with house.lanes.unit(system(asker.organization_id), "look") as uow:
        last = uow.rows.execute(
            select(AuditEntry)
            .where(AuditEntry.organization_id == asker.organization_id)
            .order_by(AuditEntry.position.desc())
            .limit(1)
        ).one()
    assert (last.actor, last.action, last.request_id) == ("account:7", "rename", str(job_id))


def test_a_killed_job_resumes_behind_its_last_step_and_repeats_none(house, admin):
    begun = []

    @lasting_job
    def count(running: Running, _: dict[str, Any]) -> None:
        begun.append(running.state.get("next", 1))

        def die_at_three(number: int) -> None:
            if number == 3 and len(begun) == 1:
                raise Killed

        counting(running, 5, die_at_three)

    job_id = ask(house, admin, count)
    with pytest.raises(Killed):
        house.work_off()
    assert row(house, admin, job_id).status is JobStatus.RUNNING
    house.clock.travel(days=210)
    assert house.work_off() == 0, "the lease holds, whatever the house's clock shows"
    leases_run_out(house, admin)
    assert house.work_off() == 1
    assert begun == [1, 4]
    assert told(house, admin) == [1, 2, 3, 4, 5]
    assert row(house, admin, job_id).attempts == 2


def test_a_step_that_fails_leaves_nothing_not_even_in_the_state(house, admin):
    tries = []

    def half_a_step(running: Running) -> None:
        with running.step() as uow:
            tell(uow, 1)
            running.state["seen"] = True
            raise ZeroDivisionError

    @lasting_job
    def stumble(running: Running, _: dict[str, Any]) -> None:
        tries.append(dict(running.state))
        with pytest.raises(ZeroDivisionError):
            half_a_step(running)
        assert running.state == tries[-1]
        with running.step():
            running.state["kept"] = True
        if len(tries) == 1:
            raise ZeroDivisionError

    job_id = ask(house, admin, stumble)
    house.work_off()
    waiting = row(house, admin, job_id)
    assert (waiting.status, waiting.failures) == (JobStatus.QUEUED, 1)
    assert (waiting.failure, waiting.state) == ("ZeroDivisionError", {"kept": True})
    house.clock.travel(seconds=2)
    house.work_off()
    assert tries == [{}, {"kept": True}]
    assert told(house, admin) == []
    done = row(house, admin, job_id)
    assert (done.status, done.failure) == (JobStatus.SUCCEEDED, None)


def test_the_last_step_ends_the_job_in_its_own_commit(house, admin):
    @lasting_job
    def at_once(running: Running, _: dict[str, Any]) -> None:
        running.result = {"n": 1}
        with running.step(last=True) as uow:
            tell(uow, 1)
        raise Killed

    job_id = ask(house, admin, at_once)
    with pytest.raises(Killed):
        house.work_off()
    done = row(house, admin, job_id)
    assert (done.status, done.result) == (JobStatus.SUCCEEDED, {"n": 1})
    leases_run_out(house, admin)
    assert house.work_off() == 0


def test_whoever_lost_the_lease_stores_nothing(house, admin):
    reached = []

    @lasting_job
    def linger(running: Running, _: dict[str, Any]) -> None:
        with running.step() as uow:
            tell(uow, 1)
        with house.lanes.unit(system(running.organization_id), "take") as uow:
            uow.rows.execute(
                update(Job)
                .where(Job.organization_id == uow.organization_id, Job.id == running.job_id)
                .values(lease_id=UUID(int=5))
            )
        with running.step() as uow:
            tell(uow, 2)
        reached.append("beyond")

    job_id = ask(house, admin, linger)
    house.work_off()
    assert told(house, admin) == [1]
    assert reached == []
    assert row(house, admin, job_id).lease_id == UUID(int=5), "the other one goes on undisturbed"


def test_a_poisoned_job_is_given_up_after_five_tries_and_told_by_a_stable_code(house, admin):
    ends: list[Ending] = []

    @lasting_job
    def choke(running: Running, _: dict[str, Any]) -> None:
        raise LookupError("a name that nobody may see")

    @unfinished(choke)
    def told_so(uow: UnitOfWork, payload: dict[str, Any], ending: Ending) -> None:
        assert payload == {"n": 1}
        ends.append(ending)

    @lasting_job
    def count(running: Running, _: dict[str, Any]) -> None:
        counting(running, 1, lambda _: None)

    poisoned, other = ask(house, admin, choke, {"n": 1}), ask(house, admin, count)
    for _ in range(60):
        house.work_off()
        house.clock.travel(seconds=1)
    dead = row(house, admin, poisoned)
    assert (dead.status, dead.failures, dead.attempts) == (JobStatus.FAILED, MOST_ATTEMPTS, 5)
    assert (dead.failure, dead.problem["code"]) == ("LookupError", "job-failed")
    assert "name" not in str(dead.problem["detail"])
    assert ends == [Ending(poisoned, JobStatus.FAILED, dead.problem)]
    assert row(house, admin, other).status is JobStatus.SUCCEEDED
    with (
        pytest.raises(JobEnded),
        house.lanes.unit(system(UUID(admin.organization_id)), "cancel") as uow,
    ):
        cancel(uow, poisoned)


def test_a_problem_with_what_was_asked_ends_the_job_at_the_first_try(house, admin):
    @lasting_job
    def cook(running: Running, _: dict[str, Any]) -> None:
        raise TooManyCooks("Seven of them.")

    job_id = ask(house, admin, cook)
    house.work_off()
    failed = row(house, admin, job_id)
    assert (failed.status, failed.attempts, failed.failures) == (JobStatus.FAILED, 1, 1)
    assert failed.problem == {
        "type": "/problems/too-many-cooks",
        "code": "too-many-cooks",
        "title": "They spoil the broth",
        "status": 409,
        "detail": "Seven of them.",
    }


def test_a_job_whose_workers_all_die_is_given_up_even_where_telling_so_fails(house, admin):
    @lasting_job
    def die(running: Running, _: dict[str, Any]) -> None:
        raise Killed

    @unfinished(die)
    def told_so(*_: Any) -> None:
        raise ArithmeticError

    job_id = ask(house, admin, die)
    for _ in range(MOST_DEATHS):
        with pytest.raises(Killed):
            house.work_off()
        leases_run_out(house, admin)
    assert house.work_off() == 0
    dead = row(house, admin, job_id)
    assert (dead.status, dead.attempts) == (JobStatus.FAILED, MOST_DEATHS + 1)
    assert dead.problem["code"] == "worker-died"


def test_a_job_that_stops_although_nobody_asked_has_failed(house, admin):
    @lasting_job
    def sulk(running: Running, _: dict[str, Any]) -> None:
        raise Stopped

    job_id = ask(house, admin, sulk)
    house.work_off()
    assert row(house, admin, job_id).failures == 1


def test_a_waiting_job_is_cancelled_once_and_never_begun(house, admin):
    ends = []

    @lasting_job
    def count(running: Running, _: dict[str, Any]) -> None:
        counting(running, 1, lambda _: None)

    @unfinished(count)
    def told_so(uow: UnitOfWork, _: dict[str, Any], ending: Ending) -> None:
        ends.append((ending.status, ending.problem))

    job_id, stranger = ask(house, admin, count), house.organization("Globex", "a@globex.example")
    with (
        pytest.raises(NotFound),
        house.lanes.unit(system(UUID(stranger.organization_id)), "cancel") as uow,
    ):
        cancel(uow, job_id)
    with house.lanes.unit(system(UUID(admin.organization_id)), "cancel") as uow:
        cancel(uow, job_id)
    with (
        pytest.raises(JobEnded),
        house.lanes.unit(system(UUID(admin.organization_id)), "cancel") as uow,
    ):
        cancel(uow, job_id)
    assert house.work_off() == 0
    assert ends == [(JobStatus.CANCELLED, None)]
    gone = row(house, admin, job_id)
    assert (gone.status, gone.cancel_requested_at) == (JobStatus.CANCELLED, house.clock.now())


def wait_for(what: Callable[[], bool], why: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up, why
        time.sleep(0.02)


@pytest.fixture(name="quick_pulse")
def _quick_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "LOOK_SECONDS", 0.05)


def test_a_cancelled_job_stores_nothing_more_and_its_thread_hears_of_it(
    real_house, quick_pulse: None
):
    admin, heard, goes_on = real_house.organization(), threading.Event(), threading.Event()

    @lasting_job
    def linger(running: Running, _: dict[str, Any]) -> None:
        running.report("waiting", 1, 2)
        with running.step() as uow:
            tell(uow, 1)
        while not running.asked_to_stop:
            time.sleep(0.01)
        heard.set()
        goes_on.wait(PATIENCE)
        running.stop_if_asked()
        raise AssertionError

    job_id = ask(real_house, admin, linger)
    with Hands(real_house.lanes):
        wait_for(lambda: told(real_house, admin) == [1], "it has not begun")
        with real_house.lanes.unit(system(UUID(admin.organization_id)), "cancel") as uow:
            cancel(uow, job_id)
        assert heard.wait(PATIENCE), "the thread never heard of it"
        goes_on.set()
    gone = row(real_house, admin, job_id)
    assert (gone.status, gone.phase, gone.done_count) == (JobStatus.CANCELLED, "waiting", 1)
    assert gone.failures == 0


def test_progress_between_steps_is_stored_and_the_lease_renewed_by_the_pulse(
    real_house, quick_pulse: None, monkeypatch: pytest.MonkeyPatch
):
    admin, goes_on = real_house.organization(), threading.Event()
    monkeypatch.setattr(hands, "RENEW_SECONDS", 0.1)

    @lasting_job
    def think(running: Running, _: dict[str, Any]) -> None:
        running.report("thinking", 1, 3)
        goes_on.wait(PATIENCE)

    job_id = ask(real_house, admin, think)
    with Hands(real_house.lanes):
        wait_for(lambda: row(real_house, admin, job_id).phase == "thinking", "nothing is told")
        before = row(real_house, admin, job_id).lease_until
        wait_for(lambda: row(real_house, admin, job_id).lease_until > before, "the lease runs out")
        goes_on.set()
        wait_for(
            lambda: row(real_house, admin, job_id).status is JobStatus.SUCCEEDED, "it never ends"
        )


def test_a_worker_that_ends_hands_its_jobs_back_uncounted_and_another_goes_on(
    real_house, quick_pulse: None
):
    admin, begun = real_house.organization(), []

    @lasting_job
    def count(running: Running, _: dict[str, Any]) -> None:
        begun.append(running.state.get("next", 1))

        def wait_at_two(number: int) -> None:
            while number == 2 and not running.asked_to_stop:
                time.sleep(0.01)

        counting(running, 4, wait_at_two if len(begun) == 1 else lambda _: None)

    job_id = ask(real_house, admin, count)
    with Hands(real_house.lanes):
        wait_for(lambda: told(real_house, admin) == [1, 2], "it has not begun")
    back = row(real_house, admin, job_id)
    assert (back.status, back.attempts, back.state) == (JobStatus.QUEUED, 0, {"next": 3})
    with Hands(real_house.lanes):
        wait_for(
            lambda: row(real_house, admin, job_id).status is JobStatus.SUCCEEDED, "it never ends"
        )
    assert begun == [1, 3]
    assert told(real_house, admin) == [1, 2, 3, 4]


def test_a_job_that_does_not_listen_is_taken_away_when_its_worker_ends(
    real_house, quick_pulse: None, monkeypatch: pytest.MonkeyPatch
):
    admin, begun, goes_on = real_house.organization(), threading.Event(), threading.Event()
    monkeypatch.setattr(hands, "DRAIN_SECONDS", 0.2)
    ended = threading.Event()

    @lasting_job
    def sleep(running: Running, _: dict[str, Any]) -> None:
        begun.set()
        goes_on.wait(PATIENCE)
        ended.set()

    job_id = ask(real_house, admin, sleep)
    with Hands(real_house.lanes):
        assert begun.wait(PATIENCE)
    assert row(real_house, admin, job_id).status is JobStatus.QUEUED
    goes_on.set()
    assert ended.wait(PATIENCE)
    wait_for(
        lambda: "job-sleep" not in {each.name for each in threading.enumerate()}, "it never ends"
    )
    assert row(real_house, admin, job_id).status is JobStatus.QUEUED, "it is nobody's now"


def test_an_organization_that_asks_for_much_leaves_a_hand_for_others(real_house, quick_pulse: None):
    flood = real_house.organization()
    other = real_house.organization("Globex", "a@globex.example")
    goes_on, running_now, most = threading.Event(), [], []

    @lasting_job
    def hold(running: Running, _: dict[str, Any]) -> None:
        running_now.append(running.organization_id)
        most.append(running_now.count(UUID(flood.organization_id)))
        goes_on.wait(PATIENCE)
        running_now.remove(running.organization_id)

    @lasting_job
    def quick(running: Running, _: dict[str, Any]) -> None: ...

    for _ in range(6):
        ask(real_house, flood, hold)
    job_id = ask(real_house, other, quick)
    with Hands(real_house.lanes):
        wait_for(
            lambda: row(real_house, other, job_id).status is JobStatus.SUCCEEDED,
            "the flood holds every hand",
        )
        goes_on.set()
    assert max(most) <= max(1, min(4, real_house.lanes.settings.lasting_jobs_at_once) // 2)


def test_two_pairs_of_hands_carry_out_each_job_once(real_house, quick_pulse: None):
    admin = real_house.organization()

    @lasting_job
    def note(running: Running, payload: dict[str, Any]) -> None:
        with running.step(last=True) as uow:
            tell(uow, payload["n"])

    ids = [ask(real_house, admin, note, {"n": number}) for number in range(12)]

    def left() -> int:
        with real_house.lanes.unit(system(UUID(admin.organization_id)), "look") as uow:
            return uow.rows.scalar(
                select(func.count())
                .select_from(Job)
                .where(Job.organization_id == uow.organization_id, Job.finished_at.is_(None))
            )

    with Hands(real_house.lanes), Hands(real_house.lanes):
        wait_for(lambda: left() == 0, "something is left")
    assert sorted(told(real_house, admin)) == list(range(12))
    assert {row(real_house, admin, each).attempts for each in ids} == {1}
