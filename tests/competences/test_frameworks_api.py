"""Competence frameworks over HTTP."""

import pytest

from tests.given import competences as given
from tests.given.accounts import colleague

TWO_LEVELS = [{"prompt": "I start."}, {"group": "able", "prompt": "I can."}]


def followed(client, path, **query):
    """Every item of a list, page after page."""
    items, cursor = [], None
    while True:
        page = client.get(path, params={**query, **({"cursor": cursor} if cursor else {})}).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def test_a_new_organization_has_digcomp_without_doing_anything(admin):
    (digcomp,) = admin.get("/frameworks").json()["items"]
    assert (digcomp["code"], digcomp["framework_version"]) == ("digcomp", "2.2")
    assert digcomp["built_in"] is True
    assert digcomp["competences_count"] == 21
    assert "© European Union" in digcomp["attribution"]
    assert admin.get(f"/frameworks/{digcomp['id']}").json() == digcomp
    found = admin.get("/competences", params={"framework_id": digcomp["id"]}).json()["items"]
    assert len(found) == 21


def test_a_competence_is_found_by_its_code_with_its_eight_levels(admin):
    found = admin.get("/competences/digcomp:2.1").json()
    assert found["title"] == "Interacting through digital technologies"
    assert found["area"] == "Communication and collaboration"
    assert [each["level"] for each in found["levels"]] == list(range(1, 9))
    assert found["levels"][0]["group"] == "foundation"


@pytest.mark.parametrize("code", ["digcomp:9.9", "acme-ai:prompting"])
def test_a_competence_that_no_framework_has_is_not_found(admin, code):
    assert admin.get(f"/competences/{code}").status_code == 404


def test_a_framework_of_ones_own_stands_beside_the_built_in_one(admin):
    added = given.framework(admin, levels=TWO_LEVELS)
    assert added["built_in"] is False
    assert admin.get(f"/frameworks/{added['id']}").json() == added
    competence = admin.get("/competences/acme-ai:prompting").json()
    assert competence["levels"] == [
        {"level": 1, "group": None, "prompt": "I start."},
        {"level": 2, "group": "able", "prompt": "I can."},
    ]
    assert [each["code"] for each in admin.get("/frameworks").json()["items"]] == [
        "acme-ai",
        "digcomp",
    ]
    own = admin.get("/frameworks", params={"built_in": False}).json()["items"]
    assert [each["code"] for each in own] == ["acme-ai"]
    assert admin.get("/frameworks", params={"code": "digcomp"}).json()["items"][0]["built_in"]


@pytest.mark.parametrize("sort", ["code", "-code", "created_at", "-created_at"])
def test_pages_run_through_built_in_and_own_competences_without_gaps(admin, sort):
    given.framework(admin)
    given.framework(admin, code="z-craft")
    items = followed(admin, "/competences", sort=sort, limit=4)
    codes = [each["code"] for each in items]
    assert len(codes) == len(set(codes)) == 25
    if sort.endswith("code"):
        assert codes == sorted(codes, reverse=sort.startswith("-"))


def test_competences_are_filtered_by_area(admin):
    given.framework(admin)
    found = admin.get("/competences", params={"area": "Working with AI"}).json()["items"]
    assert {each["code"] for each in found} == {"acme-ai:prompting", "acme-ai:checking"}


@pytest.mark.parametrize("code", ["digcomp", "acme-ai"])
def test_a_code_that_is_taken_is_a_named_conflict(admin, code):
    given.framework(admin)
    again = admin.post(
        "/frameworks",
        json={
            "code": code,
            "title": "Again",
            "framework_version": "2",
            "levels": TWO_LEVELS,
            "competences": [{"code": "a", "area": "A", "title": "A"}],
        },
    )
    assert again.status_code == 409
    assert again.json()["code"] == "framework-code-taken"


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"code": "Has Space"}, "/code"),
        ({"levels": []}, "/levels"),
        ({"levels": [{"prompt": "x"}] * 9}, "/levels"),
        ({"competences": []}, "/competences"),
        ({"competences": [{"code": "a", "area": "A", "title": "A"}] * 2}, ""),
        ({"competences": [{"code": "a:b", "area": "A", "title": "A"}]}, "/competences/0/code"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"built_in": True}, "/built_in"),
    ],
)
def test_a_framework_that_makes_no_sense_is_refused_at_its_place(admin, facts, pointer):
    wanted = {
        "code": "odd",
        "title": "Odd",
        "framework_version": "1",
        "levels": TWO_LEVELS,
        "competences": [{"code": "a", "area": "A", "title": "A"}],
        **facts,
    }
    refused = admin.post("/frameworks", json=wanted)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


def test_a_retired_framework_takes_nothing_new_and_stays_readable(admin):
    added = given.framework(admin)
    retired = admin.post(f"/frameworks/{added['id']}/retire")
    assert retired.status_code == 200
    assert retired.json()["retired_at"] is not None
    assert admin.get("/competences/acme-ai:prompting").json()["retired_at"] is not None
    again = admin.post(f"/frameworks/{added['id']}/retire")
    assert (again.status_code, again.json()["code"]) == (409, "framework-retired")


def test_the_built_in_framework_cannot_be_retired(admin):
    (digcomp,) = admin.get("/frameworks").json()["items"]
    refused = admin.post(f"/frameworks/{digcomp['id']}/retire")
    assert (refused.status_code, refused.json()["code"]) == (409, "framework-built-in")


def test_another_organization_sees_no_framework_but_the_built_in(house, admin):
    added = given.framework(admin)
    other = house.organization("Umbrella", "admin@umbrella.example")
    assert [each["code"] for each in other.get("/frameworks").json()["items"]] == ["digcomp"]
    assert other.get(f"/frameworks/{added['id']}").status_code == 404
    assert other.get("/competences/acme-ai:prompting").status_code == 404
    assert other.post(f"/frameworks/{added['id']}/retire").status_code == 404
    given.framework(other)  # the same code is free there


def test_a_facilitator_reads_frameworks_and_adds_none(house, admin):
    facilitator = colleague(house, admin, "facilitator")
    assert facilitator.get("/frameworks").status_code == 200
    refused = facilitator.post("/frameworks", json={})
    assert refused.status_code == 403


def test_adding_a_framework_is_told_as_an_event(admin):
    added = given.framework(admin)
    last = admin.get("/events").json()["items"][-1]
    assert last["type"] == "framework.added"
    assert last["data"] == {"framework_id": added["id"], "competences_count": 2}
