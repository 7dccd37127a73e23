"""Questionnaires over HTTP: those that come with Rementor, and an organization's own."""

import pytest

from tests.given.accounts import colleague
from tests.given.surveys import TRUST


def test_every_organization_has_the_built_in_surveys_without_doing_anything(admin):
    found = admin.get("/surveys", params={"limit": 200}).json()["items"]
    assert [each["code"] for each in found][::-1][:3] == ["RM-REL", "RM-SAFE", "RM-VOICE"]
    assert len(found) == 12
    assert all(each["built_in"] and each["origin"] == "original" for each in found)
    assert admin.get(f"/surveys/{found[0]['id']}").json() == found[0]


def test_own_and_built_in_surveys_are_one_list_that_pages_without_gaps(admin):
    for version in ("1.0", "1.1", "2.0"):
        assert admin.post("/surveys", json={**TRUST, "version": version}).status_code == 201
    for sort in ("-created_at", "created_at", "code"):
        seen, cursor = [], None
        while True:
            page = admin.get(
                "/surveys",
                params={"limit": 4, "sort": sort, **({"cursor": cursor} if cursor else {})},
            ).json()
            seen += [each["id"] for each in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 15
    own = admin.get("/surveys", params={"built_in": False}).json()["items"]
    assert [each["version"] for each in own] == ["2.0", "1.1", "1.0"]
    assert len(admin.get("/surveys", params={"code": "RM-AGE"}).json()["items"]) == 1
    assert admin.get("/surveys", params={"language": "de"}).json()["items"] == []


def test_a_survey_is_published_as_it_was_sent_and_has_no_way_to_change(admin):
    made = admin.post("/surveys", json=TRUST)
    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/surveys/{made.json()['id']}"
    shown = admin.get(f"/surveys/{made.json()['id']}").json()
    assert shown == made.json()
    assert shown["scales"][0]["items"][1]["reverse"]
    assert shown["scales"][0]["items"][1]["max"] == 5
    assert admin.patch(f"/surveys/{shown['id']}", json={"title": "Other"}).status_code == 405
    event = admin.get("/events").json()["items"][-1]
    assert (event["type"], event["data"]) == ("survey.defined", {"survey_id": shown["id"]})


def test_the_same_version_in_the_same_language_is_a_named_conflict(admin):
    assert admin.post("/surveys", json=TRUST).status_code == 201
    again = admin.post("/surveys", json=TRUST)
    assert (again.status_code, again.json()["code"]) == (409, "survey-edition-taken")


def test_the_code_of_a_built_in_survey_cannot_be_taken(admin):
    taken = admin.post("/surveys", json={**TRUST, "code": "RM-SAFE", "version": "9"})
    assert (taken.status_code, taken.json()["code"]) == (409, "survey-code-built-in")


def test_a_translation_asks_the_same_or_is_refused(admin):
    assert admin.post("/surveys", json=TRUST).status_code == 201
    assert admin.post("/surveys", json={**TRUST, "language": "de"}).status_code == 201
    other = {**TRUST, "language": "fr", "scales": TRUST["scales"][:1]}
    refused = admin.post("/surveys", json=other)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "translation_differs"


def item(**facts):
    return {"code": "X-1", "text": "A question?", **facts}


def scale(*items, code="X"):
    return {"code": code, "title": "X", "items": list(items)}


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"origin": "original"}, ""),
        ({"origin": "licensed"}, ""),
        ({"scales": []}, "/scales"),
        ({"scales": [scale()]}, "/scales/0/items"),
        ({"scales": [scale(item(), item())]}, ""),
        ({"scales": [scale(item()), scale(item(code="X-2"))]}, ""),
        ({"scales": [scale(item(min=5, max=5))]}, "/scales/0/items/0"),
        ({"scales": [scale(item(min=None))]}, "/scales/0/items/0"),
        ({"scales": [scale(item(labels={"6": "six"}))]}, "/scales/0/items/0"),
        ({"scales": [scale(item(), item(code="X-2", max=7))]}, "/scales/0"),
        ({"scales": [scale(item(format="choice"))]}, "/scales/0/items/0"),
        (
            {"scales": [scale(item(format="choice", min=None, max=None, labels={"a": "A"}))]},
            "/scales/0/items/0",
        ),
        (
            {
                "scales": [
                    scale(
                        item(format="choice", min=None, max=None, labels={"a": "A", "b": "B"}),
                        item(code="X-2"),
                    )
                ]
            },
            "/scales/0",
        ),
        (
            {
                "scales": [
                    scale(*[item(code=f"X-{s}-{i}") for i in range(50)], code=f"X{s}")
                    for s in range(5)
                ]
            },
            "",
        ),
    ],
)
def test_a_survey_that_could_not_be_asked_or_scored_is_refused(admin, facts, pointer):
    refused = admin.post("/surveys", json={**TRUST, **facts})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert admin.get("/surveys", params={"built_in": False}).json()["items"] == []


def test_licensed_items_say_what_allows_them(admin):
    made = admin.post(
        "/surveys", json={**TRUST, "origin": "licensed", "license": "Licence 12 of the publisher"}
    )
    assert made.status_code == 201
    assert made.json()["license"] == "Licence 12 of the publisher"


def test_nobody_sees_the_surveys_of_another_organization(house, admin):
    mine = admin.post("/surveys", json=TRUST).json()
    stranger = house.organization("Other", "boss@other.example")
    assert stranger.get(f"/surveys/{mine['id']}").status_code == 404
    assert stranger.get("/surveys", params={"built_in": False}).json()["items"] == []
    assert stranger.post("/surveys", json=TRUST).status_code == 201


def test_a_facilitator_reads_surveys_and_defines_none(house, admin):
    facilitator = colleague(house, admin, "facilitator")
    assert facilitator.get("/surveys").status_code == 200
    refused = facilitator.post("/surveys", json=TRUST)
    assert refused.status_code == 403
    assert refused.json()["missing_scopes"] == ["surveys:write"]
