"""Reactions, chores and jobs: at least once, never for ever, and no failure that nobody can see."""

import datetime as dt
import itertools
import threading
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, update

from app.access.events import AccountDisabled, AccountInvited
from app.kit import jobs
from app.kit.jobs import background, enqueue, every, job, on
from app.kit.lanes import system
from app.kit.leases import MOST_ATTEMPTS
from app.kit.queue import Job, Progress
from app.kit.rounds import run_due
from app.kit.work import UnitOfWork
from app.participants.events import ParticipantAdded
from tests.given.background import Killed, leases_run_out
from tests.given.participants import participant


@pytest.fixture(autouse=True)
def _nothing_else_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test declares itself."""
    monkeypatch.setattr(background, "reactions", {})
    monkeypatch.setattr(background, "chores", {})
    monkeypatch.setattr(background, "works", {"react_again": jobs.react_again})
    monkeypatch.setattr(background, "lasting", {})
    monkeypatch.setattr(background, "unfinished", {})


def background_rows(house, organization_id: str, kind: type[Any]) -> list[Any]:
    with house.lanes.unit(system(UUID(organization_id)), "look") as uow:
        return uow.rows.execute(
            select(kind).where(kind.organization_id == UUID(organization_id))
        ).all()


def ask(house, client, work, **options: Any) -> str:
    with house.lanes.unit(system(UUID(client.organization_id)), "ask") as uow:
        return enqueue(uow, work, {"n": 1}, **options)


def test_a_reaction_hears_every_event_of_its_kind_once_and_in_order(house, admin):
    heard = []

    @on(ParticipantAdded)
    def listen(uow: UnitOfWork, fact: ParticipantAdded) -> None:
        heard.append(str(fact.participant_id))

    people = [participant(admin)["id"] for _ in range(3)]
    assert house.work_off() == 3
    assert heard == people
    assert house.work_off() == 0
    people.append(participant(admin)["id"])
    house.work_off()
    assert heard == people


def test_one_reaction_to_two_kinds_hears_both_in_the_order_they_were_committed(house, admin):
    heard = []

    @on(AccountInvited)
    @on(AccountDisabled)
    def listen(uow: UnitOfWork, fact: AccountInvited | AccountDisabled) -> None:
        heard.append(type(fact).__name__)

    for name in ("a", "b"):
        invited = admin.post(
            "/accounts",
            json={"email": f"{name}@example.com", "name": name, "roles": ["participant"]},
        ).json()
        account = f"/accounts/{invited['id']}"
        tag = admin.get(account).headers["ETag"]
        admin.patch(account, json={"disabled": True}, headers={"If-Match": tag})
    house.work_off()
    assert heard == ["AccountInvited", "AccountDisabled"] * 2


def test_what_a_reaction_causes_is_reacted_to_in_the_same_round(house, admin):
    heard = []

    @on(ParticipantAdded)
    def disable_somebody(uow: UnitOfWork, fact: ParticipantAdded) -> None:
        uow.emit(AccountDisabled(account_id=fact.participant_id))

    @on(AccountDisabled)
    def listen(uow: UnitOfWork, fact: AccountDisabled) -> None:
        heard.append(str(fact.account_id))

    person = participant(admin)["id"]
    assert house.work_off() == 2
    assert heard == [person]


def test_a_poisoned_event_is_passed_by_once_tried_again_and_kept_as_a_dead_letter(house, admin):
    tried = []

    @on(ParticipantAdded)
    def choke(uow: UnitOfWork, fact: ParticipantAdded) -> None:
        tried.append(str(fact.participant_id))
        if tried[-1] == people[1]:
            raise LookupError("a name that no log may show")

    people = [participant(admin)["id"] for _ in range(3)]
    house.work_off()
    assert tried == people, "the events behind the poisoned one wait for nobody"
    (waiting,) = background_rows(house, admin.organization_id, Job)
    assert (waiting.failure, waiting.attempts, waiting.finished_at) == ("LookupError", 1, None)

    for _ in range(10):
        house.clock.travel(hours=1)
        house.work_off()
    assert tried == people + [people[1]] * (MOST_ATTEMPTS - 1)
    (dead,) = background_rows(house, admin.organization_id, Job)
    assert dead.failure == "LookupError"
    assert dead.finished_at is not None


def test_a_reaction_that_fails_once_reacts_at_the_second_try(house, admin):
    tried = []

    @on(ParticipantAdded)
    def stumble(uow: UnitOfWork, fact: ParticipantAdded) -> None:
        tried.append(fact.participant_id)
        if len(tried) == 1:
            raise RuntimeError

    participant(admin)
    house.work_off()
    house.clock.travel(seconds=10)
    house.work_off()
    assert len(tried) == 2
    (done,) = background_rows(house, admin.organization_id, Job)
    assert (done.failure, done.finished_at is not None) == (None, True)


def test_nothing_of_a_failed_reaction_is_stored(house, admin):
    @on(ParticipantAdded)
    def half(uow: UnitOfWork, fact: ParticipantAdded) -> None:
        uow.emit(AccountDisabled(account_id=fact.participant_id))
        enqueue(uow, jobs.react_again, {}, key="half")
        raise RuntimeError

    participant(admin)
    before = admin.get("/events").json()["next_after"]
    house.work_off()
    assert admin.get("/events").json()["next_after"] == before
    assert "half" not in {each.key for each in background_rows(house, admin.organization_id, Job)}


def test_a_broken_progress_table_stops_the_round_and_replays_nothing(house, admin, monkeypatch):
    heard = []

    @on(ParticipantAdded)
    def listen(uow: UnitOfWork, fact: ParticipantAdded) -> None:
        heard.append(fact.participant_id)

    participant(admin)
    house.work_off()
    participant(admin)

    def broken(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr("app.kit.rounds._hold", broken)
        with pytest.raises(ConnectionError):
            house.work_off()
    house.work_off()
    assert len(heard) == 2


def test_two_things_of_one_name_would_share_their_progress_and_are_refused():
    def same(uow: UnitOfWork) -> None: ...

    every(hours=1)(same)
    every(hours=2)(same)
    with pytest.raises(ValueError, match="called same"):

        @on(ParticipantAdded)
        def same(uow: UnitOfWork, fact: ParticipantAdded) -> None: ...


def test_a_chore_runs_once_per_interval_and_organization(house, admin):
    house.organization("Globex", "admin@globex.example")
    ran = []

    @every(hours=1)
    def sweep(uow: UnitOfWork) -> None:
        ran.append(uow.organization_id)

    assert [house.work_off() for _ in range(3)] == [2, 0, 0]
    house.clock.travel(minutes=59)
    assert house.work_off() == 0
    house.clock.travel(minutes=1)
    assert house.work_off() == 2
    assert len(set(ran)) == 2


def test_a_failing_chore_waits_for_its_next_turn_and_says_what_it_met(house, admin):
    ran = []

    @every(hours=1)
    def trip(uow: UnitOfWork) -> None:
        ran.append(uow.now)
        if len(ran) == 1:
            raise ArithmeticError

    assert [house.work_off() for _ in range(3)] == [0, 0, 0]
    assert len(ran) == 1
    (noted,) = background_rows(house, admin.organization_id, Progress)
    assert noted.failure == "ArithmeticError"
    house.clock.travel(hours=1)
    assert house.work_off() == 1
    (noted,) = background_rows(house, admin.organization_id, Progress)
    assert noted.failure is None


def test_a_job_runs_when_it_is_due_and_once(house, admin):
    ran = []

    @job
    def weigh(uow: UnitOfWork, payload: dict[str, Any]) -> None:
        ran.append(payload)

    ask(house, admin, weigh, delay=dt.timedelta(minutes=5))
    assert house.work_off() == 0
    house.clock.travel(minutes=5)
    assert house.work_off() == 1
    assert house.work_off() == 0
    assert ran == [{"n": 1}]


def test_a_job_asked_for_in_a_unit_that_fails_was_never_asked_for(house, admin):
    @job
    def weigh(uow: UnitOfWork, payload: dict[str, Any]) -> None: ...

    def fail_behind() -> None:
        with house.lanes.unit(system(UUID(admin.organization_id)), "ask") as uow:
            enqueue(uow, weigh, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_behind()
    assert background_rows(house, admin.organization_id, Job) == []


def test_a_failing_job_is_tried_again_with_growing_pauses_then_given_up_by_name(house, admin):
    tried = []

    @job
    def choke(uow: UnitOfWork, payload: dict[str, Any]) -> None:
        tried.append(uow.now)
        raise ZeroDivisionError

    @job
    def weigh(uow: UnitOfWork, payload: dict[str, Any]) -> None:
        tried.append("weighed")

    ask(house, admin, choke)
    ask(house, admin, weigh)
    for _ in range(200):
        house.work_off()
        house.clock.travel(seconds=1)
    assert tried.count("weighed") == 1
    moments = [each for each in tried if each != "weighed"]
    pauses = [(after - before).total_seconds() for before, after in itertools.pairwise(moments)]
    assert pauses == [2, 4, 8, 16]
    dead = {each.name: each for each in background_rows(house, admin.organization_id, Job)}["choke"]
    assert (dead.failure, dead.attempts) == ("ZeroDivisionError", MOST_ATTEMPTS)
    assert dead.finished_at is not None


def test_a_job_whose_worker_always_dies_is_given_up(house, admin):
    tried = []

    @job
    def die(uow: UnitOfWork, payload: dict[str, Any]) -> None:
        tried.append(uow.now)
        raise Killed

    ask(house, admin, die)
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Killed):
            house.work_off()
        assert house.work_off() == 0, "the lease holds"
        leases_run_out(house, admin)
    assert house.work_off() == 0
    assert len(tried) == MOST_ATTEMPTS
    (dead,) = background_rows(house, admin.organization_id, Job)
    assert dead.failure == "worker-died"
    assert dead.finished_at is not None


def test_a_worker_that_lost_its_lease_stores_nothing(house, admin):
    @job
    def linger(uow: UnitOfWork, payload: dict[str, Any]) -> None:
        uow.emit(AccountDisabled(account_id=UUID(int=0)))
        uow.rows.execute(  # meanwhile another worker took it
            update(Job)
            .where(Job.organization_id == uow.organization_id)
            .values(lease_id=UUID(int=2))
        )

    ask(house, admin, linger)
    before = admin.get("/events").json()["next_after"]
    house.work_off()
    assert admin.get("/events").json()["next_after"] == before


def test_a_round_in_which_nothing_is_due_costs_a_few_statements_however_much_could_be(house, admin):
    for number in range(20):
        on(ParticipantAdded)(_named(lambda uow, fact: None, f"reaction_{number}"))
        every(hours=1)(_named(lambda uow: None, f"chore_{number}"))
    participant(admin)
    house.work_off()
    house.work_off()
    statements = []
    watched = house.lanes._writes

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(watched, "before_cursor_execute", note)
    house.work_off()
    event.remove(watched, "before_cursor_execute", note)
    assert len(statements) <= 5, statements


def _named(function: Any, name: str) -> Any:
    function.__name__ = name
    return function


def test_two_workers_that_meet_an_organization_first_do_everything_once(real_house):
    admin = real_house.organization()
    heard, failures = [], []
    together = threading.Barrier(2)

    @on(ParticipantAdded)
    def listen(uow: UnitOfWork, fact: ParticipantAdded) -> None:
        heard.append(str(fact.participant_id))

    @every(hours=1)
    def sweep(uow: UnitOfWork) -> None:
        heard.append("sweep")

    @job
    def weigh(uow: UnitOfWork, payload: dict[str, Any]) -> None:
        heard.append("job")

    people = [participant(admin)["id"] for _ in range(20)]
    ask(real_house, admin, weigh)

    def work() -> None:
        together.wait()
        try:
            run_due(real_house.lanes)
        except Exception as failed:  # noqa: BLE001  shown by the assertion below
            failures.append(failed)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    run_due(real_house.lanes)
    assert not failures
    assert sorted(heard) == sorted([*people, "sweep", "job"])
