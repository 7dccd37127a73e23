"""`Idempotency-Key`: the same key and body, one effect and the same answer, for a day."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from app.kit.idempotency import IdempotencyRecord
from app.kit.lanes import system
from app.kit.work import Thinking
from tests.given.accounts import colleague

PERSON = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "Europe/Rome"}
KEY = {"Idempotency-Key": "the-first-of-many"}


def people(client: httpx.Client) -> int:
    return len(client.get("/participants?limit=200").json()["items"])


def kept(house, client: httpx.Client) -> list[Any]:
    with house.lanes.unit(system(UUID(client.organization_id)), "look") as uow:
        return uow.rows.execute(select(IdempotencyRecord)).all()


def test_the_same_key_and_body_have_one_effect_and_the_same_answer(admin):
    first = admin.post("/participants", json=PERSON, headers=KEY)
    again = admin.post("/participants", json=PERSON, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    for name in ("Location", "ETag"):
        assert again.headers.get(name) == first.headers.get(name)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert people(admin) == 1
    events = admin.get("/events?type=participant.added").json()["items"]
    assert len(events) == 1


def test_the_same_key_with_another_body_is_refused(admin):
    admin.post("/participants", json=PERSON, headers=KEY)
    other = admin.post("/participants", json={**PERSON, "given_name": "Mara"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert people(admin) == 1


def test_without_a_key_each_request_has_its_effect(admin):
    for _ in range(2):
        assert admin.post("/participants", json=PERSON).status_code == 201
    assert people(admin) == 2


def test_a_key_belongs_to_one_path(admin):
    body = {"name": "HRIS"}
    grant = {"role": "sponsor"}
    me = admin.get("/me").json()["account_id"]
    assert admin.post("/participants", json=PERSON, headers=KEY).status_code == 201
    assert admin.post("/tokens", json=body, headers=KEY).status_code == 201
    assert admin.post(f"/accounts/{me}/grants", json=grant, headers=KEY).status_code == 201


def test_a_key_belongs_to_one_organization(house, admin):
    globex = house.organization("Globex", "admin@globex.example")
    first = admin.post("/participants", json=PERSON, headers=KEY)
    other = globex.post("/participants", json=PERSON, headers=KEY)
    assert "Idempotency-Replayed" not in other.headers
    assert first.json()["id"] != other.json()["id"]
    assert (people(admin), people(globex)) == (1, 1)


def test_a_key_belongs_to_one_caller(house, admin):
    hris = colleague(house, admin, "integration")
    first = admin.post("/participants", json=PERSON, headers=KEY)
    other = hris.post("/participants", json={**PERSON, "given_name": "Mara"}, headers=KEY)
    assert "Idempotency-Replayed" not in other.headers
    assert first.json()["id"] != other.json()["id"]


def test_a_refused_request_leaves_its_key_free(admin):
    assert admin.post("/participants", json={}, headers=KEY).status_code == 422
    taken = {**PERSON, "external_id": "W-1"}
    admin.post("/participants", json=taken)
    assert admin.post("/participants", json=taken, headers=KEY).status_code == 409
    right = admin.post("/participants", json=PERSON, headers=KEY)
    assert right.status_code == 201
    assert "Idempotency-Replayed" not in right.headers


def test_a_secret_is_never_replayed_nor_kept(house, admin):
    first = admin.post("/tokens", json={"name": "HRIS"}, headers=KEY)
    again = admin.post("/tokens", json={"name": "HRIS"}, headers=KEY)
    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "secret-shown-once")
    assert first.json()["token"] not in str(kept(house, admin))
    assert [each.body for each in kept(house, admin)] == [None]


def test_after_a_day_a_key_is_new_again(house, admin):
    first = admin.post("/participants", json=PERSON, headers=KEY)
    house.clock.travel(hours=23, minutes=59)
    replayed = admin.post("/participants", json=PERSON, headers=KEY)
    assert replayed.json()["id"] == first.json()["id"]
    house.clock.travel(minutes=1)
    new = admin.post("/participants", json=PERSON, headers=KEY)
    assert new.status_code == 201
    assert new.json()["id"] != first.json()["id"]
    again = admin.post("/participants", json=PERSON, headers=KEY)
    assert again.json()["id"] == new.json()["id"]
    house.clock.travel(hours=23)
    assert admin.post("/participants", json=PERSON, headers=KEY).json()["id"] == new.json()["id"]


def test_answers_older_than_a_day_are_forgotten_by_themselves(house, admin):
    admin.post("/participants", json=PERSON, headers=KEY)
    house.clock.travel(hours=12)
    admin.post("/participants", json=PERSON, headers={"Idempotency-Key": "younger"})
    house.clock.travel(hours=13)
    house.work_off()
    assert len(kept(house, admin)) == 1


@pytest.mark.parametrize("key", ["x" * 256, "with space", "", "snow☃".encode()])
def test_a_key_is_visible_ascii_of_at_most_255_characters(house, admin, key):
    refused = house.unchecked.post(
        "/v1/participants", json=PERSON, headers={**admin.headers, "Idempotency-Key": key}
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/header/Idempotency-Key"
    longest = admin.post("/participants", json=PERSON, headers={"Idempotency-Key": "x" * 255})
    assert longest.status_code == 201


def test_twenty_at_once_with_one_key_have_one_effect(real_house):
    admin = real_house.organization()
    requests = [
        admin.build_request("POST", "/participants", json=PERSON, headers=KEY) for _ in range(20)
    ]
    answers = real_house.at_once(requests)
    done = [each for each in answers if each.status_code == 201]
    waiting = [each for each in answers if each.status_code == 409]
    assert len(done) + len(waiting) == 20
    assert len({each.content for each in done}) == 1
    assert sum("Idempotency-Replayed" not in each.headers for each in done) == 1
    for each in waiting:
        assert each.json()["code"] == "idempotency-in-progress"
        assert each.headers["Retry-After"] == "1"
    assert people(admin) == 1
    assert admin.post("/participants", json=PERSON, headers=KEY).content == done[0].content


def test_twenty_at_once_with_twenty_keys_have_twenty_effects(real_house):
    admin = real_house.organization()
    requests = [
        admin.build_request(
            "POST", "/participants", json=PERSON, headers={"Idempotency-Key": f"key-{number}"}
        )
        for number in range(20)
    ]
    assert {each.status_code for each in real_house.at_once(requests)} == {201}
    assert people(admin) == 20


def test_work_that_thinks_outside_its_transaction_keeps_the_promise_too(real_house, monkeypatch):
    """The first unit only reads, also when the key is a day old; the second keeps the answer."""
    admin = real_house.organization()
    operation = real_house.app.index.find(["v1", "participants"])[0].operations["POST"]
    plain = operation.endpoint

    def thinking(uow, wanted):
        uow.rows.execute(text("SELECT 1"))
        return Thinking(lambda: wanted, plain)

    monkeypatch.setattr(operation, "endpoint", thinking)
    monkeypatch.setattr(operation, "long", True)
    first = admin.post("/participants", json=PERSON, headers=KEY)
    again = admin.post("/participants", json=PERSON, headers=KEY)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    real_house.clock.travel(hours=25)
    new = admin.post("/participants", json=PERSON, headers=KEY)
    assert (new.status_code, people(admin)) == (201, 2)
    racing = [
        admin.build_request("POST", "/participants", json=PERSON, headers={"Idempotency-Key": "b"})
        for _ in range(8)
    ]
    answers = real_house.at_once(racing)
    assert {each.status_code for each in answers} <= {201, 409}
    assert people(admin) == 3
