"""Another organization's administrator: nothing of ours is there, on any path, in any body."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from app.kit.clock import SystemClock
from app.kit.migrating import owner_engine
from tests.asking import ask
from tests.given.seeds import Known, everything
from tests.given.surveys import TRUST
from tests.house import House
from tests.samples import Sample, samples
from tests.stored import stored

pytestmark = pytest.mark.contract

SAMPLES = samples()
ON_A_THING = [sample for sample in SAMPLES if "{" in sample.path]
# What comes with the house is everybody's; so is the path that means "under my own key".
BUILT_IN = {"competence": "own-0:prompting"}
OWN_KEY = {"put_participant"}
EVERYBODYS = {"get_template"}
OWN_CODES = {"external_id"}  # of the HRIS: each organization has its own


@pytest.fixture(name="ours")
def everything_of_one_organization(house: House, admin: httpx.Client) -> Known:
    house.clock.travel_to(SystemClock().now())  # what is seeded begins today
    found = everything(admin, house.client(), admin.organization_id)
    own = admin.post("/surveys", json=TRUST)
    assert own.status_code == 201, own.text
    found.ids["survey_id"] = [own.json()["id"]]
    for name, value in BUILT_IN.items():
        found.ids[name] = [value]
    return found


@pytest.fixture(name="stranger")
def administrator_of_another_organization(house: House) -> httpx.Client:
    client = house.organization("Globex", "admin@globex.example")
    account = client.get("/me").json()["account_id"]
    client.post(f"/accounts/{account}/grants", json={"role": "participant"})
    return client


def seen(client: httpx.Client, known: Known) -> list[str]:
    """The operations on a thing that do not say: there is nothing."""
    found = []
    for sample in ON_A_THING:
        answer = ask(client, sample, known)
        if answer.status_code != 404 and sample.name not in OWN_KEY | EVERYBODYS:
            found.append(f"{sample.method} {sample.path}: {answer.status_code} {answer.text[:150]}")
    return found


def test_a_stranger_finds_nothing_on_any_path(house, admin, ours, stranger):
    before = stored(house.lanes, admin.organization_id)
    assert not seen(stranger, ours)
    assert stored(house.lanes, admin.organization_id) == before


def test_what_a_stranger_does_not_find_is_there(admin, ours):
    """A denial that everybody meets would prove nothing."""
    for sample in ON_A_THING:
        if sample.method == "GET" and sample.name not in ours.personal:
            answer = ask(admin, sample, ours)
            assert answer.status_code not in (404, 500), f"{sample.path}: {answer.text}"


def test_a_stranger_cannot_name_anything_of_ours_in_a_body(house, admin, ours, stranger):
    before = stored(house.lanes, admin.organization_id)
    taken = []
    for sample in SAMPLES:
        if not sample.takes_body or sample.name == "sign_in":
            continue
        for place, name in references(sample, ours):
            body = placed(sample.body, place, ours.ids[name][0])
            answer = ask(stranger, sample, ours, body)
            if answer.is_success:
                taken.append(f"{sample.method} {sample.path} {place}: {answer.text[:200]}")
    assert not taken
    assert stored(house.lanes, admin.organization_id) == before


def references(sample: Sample, known: Known) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The members of a body, at any depth of the sample, that name a thing."""
    schema = sample.content["schema"]
    for name in sample._resolved(schema).get("properties", {}):
        kind = name.removesuffix("s") if name.endswith("_ids") else name
        if kind in known.ids and kind not in OWN_CODES:
            yield (name,), kind


def placed(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    copied = dict(body)
    copied[place[0]] = [value] if place[0].endswith("_ids") else value
    return copied


def test_no_list_shows_a_stranger_anything_of_ours(admin, ours, stranger):
    shown = [each for each in lists(stranger, ours) if each]
    assert not shown


def lists(client: httpx.Client, known: Known) -> Iterator[str]:
    """What lists and filters tell about things whose ids are known."""
    everything_known = {each for found in known.ids.values() for each in found} - {
        *known.ids["competence"], *known.ids["external_id"], *known.ids["template_name"],
    }  # fmt: skip
    for sample in SAMPLES:
        if sample.method != "GET" or "{" in sample.path:
            continue
        path = sample.path.removeprefix("/v1")
        filters = {
            each["name"]: known.ids[each["name"]][0]
            for each in sample.operation["parameters"]
            if each["in"] == "query" and each["name"] in known.ids
        }
        for query in ({}, *({name: value} for name, value in filters.items())):
            answer = client.get(path, params=query)
            told = {each for each in everything_known if each in answer.text}
            if told - set(query.values()):
                yield f"{path}?{query} shows {told}"


# `organization_id = …` in any statement; a join between two columns of that name is none of it.
CONDITION = re.compile(r"(?:\w+\.)?organization_id = %\(\w+\)s(?:::UUID)?")


def switched_off(conn, cursor, statement, parameters, context, executemany):
    """The application's own filter, made true wherever it stands in a WHERE."""
    head, where, tail = statement.partition("WHERE")
    return head + where + CONDITION.sub("TRUE", tail), parameters


def listen(lanes):
    for engine in (lanes._writes, lanes._reads):
        event.listen(engine, "before_cursor_execute", switched_off, retval=True)


@pytest.fixture(name="without_filter")
def without_the_applications_filter(house: House) -> Iterator[None]:
    if not house.lanes.on_postgresql:
        pytest.skip("SQLite has no row-level security: the filter is all there is")
    listen(house.lanes)
    yield
    for engine in (house.lanes._writes, house.lanes._reads):
        event.remove(engine, "before_cursor_execute", switched_off)


def test_row_security_alone_keeps_a_stranger_out(house, admin, ours, stranger, without_filter):
    before = stored(house.lanes, admin.organization_id)
    assert not seen(stranger, ours)
    assert not [each for each in lists(stranger, ours) if each]
    assert stored(house.lanes, admin.organization_id) == before


def test_without_filter_and_row_security_a_stranger_would_get_in(real_house, own_settings):
    """The proof that the switch of the test above is one."""
    if not own_settings.on_postgresql:
        pytest.skip("SQLite has no row-level security")
    admin = real_house.organization()
    stranger = real_house.organization("Globex", "admin@globex.example")
    told = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "UTC"}
    path = f"/participants/{admin.post('/participants', json=told).json()['id']}"
    engine = owner_engine(own_settings)
    with engine.begin() as rows:
        rows.exec_driver_sql("ALTER TABLE participants DISABLE ROW LEVEL SECURITY")
    engine.dispose()
    assert stranger.get(path).status_code == 404, "the filter alone"
    listen(real_house.lanes)
    assert stranger.get(path).status_code == 200
