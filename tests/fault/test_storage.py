"""A disk that is full, a file that is locked, a database that hangs up: told, and got over."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest
from sqlalchemy import event, make_url

from app.kit.settings import Settings
from tests.given.participants import participant
from tests.house import House
from tests.stored import stored

pytestmark = pytest.mark.fault

PERSON = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "Europe/Rome"}
HEAVY = {**PERSON, "metadata": {f"key{n}": "x" * 500 for n in range(50)}}


def on_sqlite(settings: Settings) -> str:
    """The file; the test is skipped where there is none."""
    if settings.on_postgresql:
        pytest.skip("a file is SQLite's way")
    return str(make_url(settings.database_url).database)


@contextmanager
def pragmas(house: House, *sentences: str) -> Iterator[None]:
    """These settings on every connection that is checked out meanwhile."""

    def prepare(connection: sqlite3.Connection, *_: object) -> None:
        for sentence in sentences:
            connection.execute(f"PRAGMA {sentence}")

    event.listen(house.lanes._writes, "checkout", prepare)
    yield
    event.remove(house.lanes._writes, "checkout", prepare)


def test_a_full_disk_is_told_and_nothing_is_stored(real_house, own_settings):
    file = on_sqlite(own_settings)
    admin = real_house.organization()
    person = participant(admin)
    with closing(sqlite3.connect(file)) as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
    with pragmas(real_house, f"max_page_count = {pages + 20}"):
        for _ in range(100):
            before = stored(real_house.lanes, admin.organization_id)
            answer = admin.post("/participants", json=HEAVY)
            if answer.status_code != 201:
                break
        assert (answer.status_code, answer.json()["code"]) == (507, "storage-full")
        assert stored(real_house.lanes, admin.organization_id) == before
        assert admin.get(f"/participants/{person['id']}").status_code == 200, "reading goes on"
        assert admin.get("/participants").status_code == 200
        assert admin.post("/participants", json=HEAVY).status_code == 507
    with pragmas(real_house, "max_page_count = 1073741823"):
        assert admin.post("/participants", json=HEAVY).status_code == 201, "room was made"
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert admin.get("/audit-entries/verify").json()["whole"] is True


def test_a_file_locked_from_outside_is_told_when_to_come_back(real_house, own_settings):
    file = on_sqlite(own_settings)
    admin = real_house.organization()
    before = stored(real_house.lanes, admin.organization_id)
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as outside,
        pragmas(real_house, "busy_timeout = 100"),
    ):
        outside.execute("BEGIN IMMEDIATE")
        answer = admin.post("/participants", json=PERSON)
        assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert admin.get("/participants").status_code == 200, "reading goes on"
        assert stored(real_house.lanes, admin.organization_id) == before
        outside.execute("ROLLBACK")
        assert admin.post("/participants", json=PERSON).status_code == 201


def test_a_short_lock_from_outside_is_waited_for(real_house, own_settings):
    file = on_sqlite(own_settings)
    admin = real_house.organization()
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as outside:
        outside.execute("BEGIN IMMEDIATE")
        real_house.loop.call_later(0.3, outside.execute, "ROLLBACK")
        assert admin.post("/participants", json=PERSON).status_code == 201


def test_eight_clients_write_two_hundred_times_each(real_house):
    """One writer at a time on SQLite, a pool on PostgreSQL: nobody is turned away."""
    admin = real_house.organization()
    requests = [admin.build_request("POST", "/participants", json=PERSON) for _ in range(8 * 200)]
    answers: list[httpx.Response] = []
    for start in range(0, len(requests), 8):
        answers += real_house.at_once(requests[start : start + 8])
    assert {each.status_code for each in answers} == {201}


def test_a_database_that_hangs_up_is_found_again(real_house, own_settings, cluster):
    if not own_settings.on_postgresql:
        pytest.skip("a file does not hang up")
    admin = real_house.organization()
    participant(admin)
    for _ in range(3):
        name = make_url(own_settings.database_url).database
        with cluster._connect("postgres") as db:
            db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
        tried = [admin.post("/participants", json=PERSON) for _ in range(12)]
        codes = [each.status_code for each in tried]
        assert set(codes) <= {201, 503}
        assert codes[-1] == 201
        for each in tried:
            if each.status_code == 503:
                assert each.json()["code"] == "database-unavailable"
                assert int(each.headers["Retry-After"]) >= 1
    done = sum(each.is_success for each in tried)
    assert done > 0
    assert real_house.unchecked.get("/readyz").status_code == 200
