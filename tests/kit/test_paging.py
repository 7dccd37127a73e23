"""Lists by cursor: each thing once, in every order, while others write; no cursor is made up."""

import base64
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kit.problems import Invalid
from app.kit.wire import Cursors
from tests.given.participants import participant
from tests.samples import samples

LISTS = [
    sample
    for sample in samples()
    if sample.method == "GET"
    and {"cursor", "sort"} <= {each["name"] for each in sample.operation["parameters"]}
]


def walk(client: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every item of a list, page after page."""
    found, cursor = [], None
    while True:
        answer = client.get(path, params=query | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= query.get("limit", 50)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def sorts_of(client: httpx.Client, path: str) -> list[str]:
    """The orders a list knows: it names them when asked for one it does not know."""
    told = client.get(path, params={"sort": "nothing"}).json()["errors"][0]
    assert told["code"] == "sort_unknown"
    return told["detail"].removeprefix("Sort by one of ").rstrip(".").split(", ")


@pytest.fixture(name="roster")
def people_of_whom_many_are_called_alike(house, admin) -> list[str]:
    ids = []
    for number in range(23):
        house.clock.travel(seconds=number % 3)
        name = ["Weber", "Ångström", "O'Neil", "王", "weber"][number % 5]
        ids.append(participant(admin, family_name=name, given_name="Rosa")["id"])
    return ids


@pytest.mark.parametrize("limit", [1, 2, 7, 22, 23, 200])
@pytest.mark.parametrize("sort", ["created_at", "-created_at", "name", "-name"])
def test_each_thing_is_on_one_page_in_every_order(admin, roster, sort, limit):
    seen = [each["id"] for each in walk(admin, "/participants", sort=sort, limit=limit)]
    assert sorted(seen) == sorted(roster)
    whole = [each["id"] for each in walk(admin, "/participants", sort=sort, limit=200)]
    assert seen == whole
    if sort.endswith("created_at"):
        assert seen == (roster if sort == "created_at" else roster[::-1])


def test_downwards_is_upwards_turned_round(admin, roster):
    for sort in sorts_of(admin, "/participants"):
        up = [each["id"] for each in walk(admin, "/participants", sort=sort, limit=5)]
        down = [each["id"] for each in walk(admin, "/participants", sort=f"-{sort}", limit=5)]
        assert up == down[::-1]


def test_every_list_of_the_contract_can_be_walked_in_every_order_it_names(admin):
    """Where there is nothing to see, too: the orders a list names are orders it knows."""
    walked = 0
    for sample in LISTS:
        path = sample.path_with().removeprefix("/v1")
        needed = {
            each["name"]: each["schema"].get("examples", ["a"])[0]
            for each in sample.operation["parameters"]
            if each["in"] == "query" and each.get("required")
        }
        asked = admin.get(path, params={**needed, "sort": "nothing"})
        if "{" in sample.path or asked.status_code == 403:
            continue
        assert asked.status_code == 422, f"{path}: {asked.text}"
        names = asked.json()["errors"][0]["detail"].removeprefix("Sort by one of ")
        for sort in names.rstrip(".").split(", "):
            for order in (sort, f"-{sort}"):
                walk(admin, path, sort=order, limit=1, **needed)
                walked += 1
    assert walked > 10


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "name", "-name"])
def test_what_is_there_all_along_is_seen_once_while_others_come_and_go(admin, roster, sort):
    """Between any two pages two are added, before and behind the cursor, and one is renamed."""
    seen: list[str] = []
    cursor, renamed = None, []
    while True:
        query = {"sort": sort, "limit": 6} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/participants", params=query).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        for family_name in ("Aaa", "Zzz"):
            participant(admin, family_name=family_name)
        renamed.append(roster[len(renamed)])
        path = f"/participants/{renamed[-1]}"
        tag = admin.get(path).headers["ETag"]
        admin.patch(path, json={"family_name": "Mmm"}, headers={"If-Match": tag})
    assert len(renamed) >= 3
    untouched = [each for each in roster if each not in renamed or "created_at" in sort]
    assert [seen.count(each) for each in untouched] == [1] * len(untouched)


def test_names_stand_in_the_same_order_on_every_database(admin, roster):
    """By code point of the case-folded name: no operating system's collation has a say."""
    shown = [
        f"{each['family_name']} {each['given_name']}".casefold()
        for each in walk(admin, "/participants", sort="name")
    ]
    assert shown == sorted(shown)


def test_the_last_page_says_that_it_is_the_last(admin):
    for _ in range(4):
        participant(admin)
    first = admin.get("/participants?limit=2").json()
    last = admin.get("/participants", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert len(last["items"]) == 2
    assert last["next_cursor"] is None
    assert admin.get("/participants?limit=4").json()["next_cursor"] is None


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert (told["pointer"], told["code"]) == ("/query/cursor", "cursor_invalid")


@pytest.fixture(name="cursor")
def cursor_of_a_page(admin, roster) -> str:
    return admin.get("/participants?sort=name&limit=3").json()["next_cursor"]


def test_a_cursor_that_was_tampered_with_is_refused_at_every_character(admin, cursor):
    good = admin.get("/participants", params={"sort": "name", "cursor": cursor})
    assert good.status_code == 200
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for place in range(len(raw)):
        bent = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        told = base64.urlsafe_b64encode(bent).rstrip(b"=").decode()
        refused(admin.get("/participants", params={"sort": "name", "cursor": told}))
    for cut in (cursor[:-4], cursor[4:], cursor * 2, "AAAA", "x", "-", "."):
        refused(admin.get("/participants", params={"sort": "name", "cursor": cut}))


def test_a_cursor_of_another_order_is_refused(admin, cursor):
    for sort in ("-name", "created_at", "-created_at"):
        refused(admin.get("/participants", params={"sort": sort, "cursor": cursor}))


def test_a_cursor_of_another_list_is_refused(admin, roster):
    of_people = admin.get("/participants?limit=3").json()["next_cursor"]
    for path in ("/leaves", "/accounts", "/tokens"):
        refused(admin.get(path, params={"cursor": of_people}))


def test_a_cursor_of_another_organization_is_refused(house, admin, cursor):
    globex = house.organization("Globex", "admin@globex.example")
    for _ in range(5):
        participant(globex)
    refused(globex.get("/participants", params={"sort": "name", "cursor": cursor}))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(st.text(), st.integers(), st.uuids().map(str), st.none()), max_size=3),
    st.text(max_size=40).filter(lambda text: text.isprintable()),
    st.binary(min_size=16, max_size=16),
)
def test_a_cursor_gives_back_what_was_written_and_only_where_it_was(place, bound_to, secret):
    cursors = Cursors(secret)
    told = cursors.write(place, bound_to)
    assert cursors.read(told, bound_to) == place
    for other in (Cursors(secret[::-1] + b"!"), cursors):
        with pytest.raises(Invalid):
            other.read(told, bound_to + "x")


@given(st.text(alphabet="ABCxyz019_-.", max_size=60))
def test_no_text_is_a_cursor_by_chance(text):
    with pytest.raises(Invalid):
        Cursors(b"secret").read(text, "somewhere")
