"""Transactions on real lanes: pools that are full, organizations that share their connections."""

from contextlib import ExitStack
from itertools import cycle

import pytest
from sqlalchemy import select, text

from app.kit.database import uuid7
from app.participants.models import Participant
from tests.given.participants import participant


def test_a_request_takes_one_connection_also_when_nothing_is_cached_yet(real_house):
    """Two would be a deadlock: units that hold the whole pool would wait for each other."""
    admin = real_house.organization()
    real_house.lanes._cursors = None
    with ExitStack() as others:
        # SQLite's reads are not pooled by this setting; there, nothing is held
        held = real_house.lanes.settings.pool_size - 1 if real_house.lanes.on_postgresql else 0
        for _ in range(held):
            others.enter_context(real_house.lanes.reading())
        assert admin.get("/participants").status_code == 200
        participant(admin)


@pytest.mark.parametrize("count", [120, pytest.param(3_000, marks=pytest.mark.fault)])
def test_two_organizations_over_the_same_connections_see_no_foreign_row(real_house, count):
    """Reads and writes of both in turn, more at once than the pool has connections."""
    clients = [
        real_house.organization(name, f"admin@{name}.example") for name in ("acme", "globex")
    ]
    own = {}
    for client, department in zip(clients, ("Acme", "Globex"), strict=True):
        for _ in range(3):
            participant(client, department=department)
        own[client] = department
    turns = cycle(clients)
    asked = []
    for number in range(count):
        client = next(turns)
        if number % 5 == 0:
            told = {
                "given_name": "A", "family_name": "B", "time_zone": "UTC",
                "department": own[client],
            }  # fmt: skip
            asked.append((client, client.build_request("POST", "/participants", json=told)))
        else:
            asked.append((client, client.build_request("GET", "/participants?limit=50")))
    for start in range(0, count, 30):
        some = asked[start : start + 30]
        answers = real_house.at_once([request for _, request in some])
        for (client, _), answer in zip(some, answers, strict=True):
            assert answer.is_success
            told = answer.json()
            seen = {each["department"] for each in told.get("items", [told])}
            assert seen == {own[client]}


def test_without_an_organization_row_security_shows_nothing(real_house, own_settings):
    if not own_settings.on_postgresql:
        pytest.skip("SQLite has no row-level security")
    participant(real_house.organization())
    with real_house.lanes.reading() as rows:
        assert rows.execute(select(Participant)).all() == []
        rows.execute(text("SELECT set_config('app.organization', '', true)"))
        assert rows.execute(select(Participant)).all() == [], "empty is as good as unset"


def test_a_unit_that_read_what_another_changed_is_run_again_whole(real_house):
    """The second to end the same key finds it ended, or ends it again: no failure of ours."""
    admin = real_house.organization()
    for _ in range(5):
        key = admin.post("/tokens", json={"name": "key"}).json()["token"]
        client = real_house.client(key)
        answers = real_house.at_once(
            [client.build_request("POST", "/tokens/sign-out") for _ in range(4)]
        )
        codes = {each.status_code for each in answers}
        assert 204 in codes
        assert codes <= {204, 401}
        assert client.get("/me").status_code == 401


def test_postgresql_plans_a_read_once_not_with_each_request(real_house):
    """A ROLLBACK behind each read would make the driver forget what it has prepared."""
    lanes = real_house.lanes
    if not lanes.on_postgresql:
        pytest.skip("SQLite's driver keeps what it has compiled")
    admin = real_house.organization()
    for _ in range(8 * lanes.settings.pool_size):
        assert admin.get("/participants").status_code == 200
        assert admin.get(f"/participants/{uuid7()}").status_code == 404
    with lanes.reading() as rows:
        prepared = rows.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
        open_ones = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        )
        assert rows.scalar(text(open_ones)) == 0, "a read leaves no transaction open"
    assert [each for each in prepared if "FROM participants" in each]
