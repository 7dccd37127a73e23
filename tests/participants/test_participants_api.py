"""People over HTTP."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.kit.lanes import system
from app.participants.service import mine
from tests.given.accounts import own_client
from tests.given.participants import participant
from tests.stored import stored


@pytest.mark.parametrize("name", ["O'Neil", "Łukasz", "山田太郎", "محمد", "नरेन्द्र", "𐍈𐌰"])
def test_a_name_is_any_unicode_and_comes_back_as_it_was(admin, name):
    added = participant(admin, given_name=name)
    assert admin.get(f"/participants/{added['id']}").json()["given_name"] == name


def test_the_same_external_id_twice_is_a_named_conflict_and_leaves_no_event(admin):
    participant(admin, external_id="W-1")
    before = admin.get("/events").json()["next_after"]
    again = admin.post(
        "/participants",
        json={"given_name": "A", "family_name": "B", "time_zone": "UTC", "external_id": "W-1"},
    )
    assert again.status_code == 409
    assert again.json()["code"] == "external-id-taken"
    assert admin.get("/events").json()["next_after"] == before


def shown(client, person: dict) -> dict:
    answer = client.get(f"/participants/{person['id']}")
    assert answer.status_code == 200
    return answer.json()


def change(client, person: dict, **facts):
    path = f"/participants/{person['id']}"
    tag = client.get(path).headers.get("ETag", '"1"')
    return client.patch(path, json=facts, headers={"If-Match": tag})


def test_what_is_added_is_shown_as_it_was_told(admin):
    boss = participant(admin)
    told = {
        "external_id": "W-7", "given_name": "Łukasz", "family_name": "O'Neil",
        "preferred_name": "Luke", "work_email": "Luke@Example.COM", "job_title": "Buyer",
        "job_level": 4, "department": "Sales", "location": "Kraków", "time_zone": "Europe/Warsaw",
        "languages": ["pl", "en-GB"], "hired_on": "2019-02-28", "leaves_on": "2031-01-31",
            "career_stage": "mid",
        "manager_id": boss["id"], "metadata": {"cost_center": "77"},
        "availability": [{"weekday": "monday", "starts_at": "09:00", "ends_at": "24:00"}],
    }  # fmt: skip
    added = admin.post("/participants", json=told)
    assert added.status_code == 201
    assert added.headers["Location"] == f"/v1/participants/{added.json()['id']}"
    expected = told | {
        "work_email": "luke@example.com", "id": added.json()["id"], "left_on": None,
        "employment_status": "active", "account_id": None,
        "created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:00:00Z",
    }  # fmt: skip
    assert added.json() == expected
    assert shown(admin, added.json()) == expected
    (listed,) = admin.get("/participants?external_id=W-7").json()["items"]
    assert listed == expected


def test_null_clears_absent_keeps_and_nothing_changes_nothing(house, admin):
    person = participant(admin, department="Sales", job_level=4)
    house.clock.travel(hours=1)
    changed = change(admin, person, department=None)
    assert changed.json()["department"] is None
    assert changed.json()["job_level"] == 4
    assert changed.json()["updated_at"] == "2026-03-02T10:00:00Z"
    before = admin.get("/events").json()["next_after"]
    again = change(admin, person, department=None)
    assert again.headers["ETag"] == changed.headers["ETag"]
    assert admin.get("/events").json()["next_after"] == before
    assert change(admin, person, given_name=None).status_code == 422


def test_put_by_external_id_adds_then_changes_then_leaves_alone(admin):
    told = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "UTC"}
    path = "/participants-by-external-id/HR%2F7"
    added = admin.put(path, json=told | {"department": "Sales"})
    assert added.status_code == 200
    assert added.json()["external_id"] == "HR/7"
    changed = admin.put(path, json=told)
    assert changed.json()["id"] == added.json()["id"]
    assert changed.json()["department"] is None, "the HRIS's word is final"
    admin.put(path, json=told)
    types = [each["type"] for each in admin.get("/events").json()["items"]]
    assert types == ["organization.opened", "participant.added", "participant.changed"]


def test_put_finds_the_manager_by_the_hriss_own_key(admin):
    boss = participant(admin, external_id="B")
    told = {"given_name": "R", "family_name": "W", "time_zone": "UTC"}
    put = admin.put("/participants-by-external-id/P", json=told | {"manager_external_id": "B"})
    assert put.json()["manager_id"] == boss["id"]
    nobody = admin.put("/participants-by-external-id/P", json=told | {"manager_external_id": "?"})
    assert nobody.status_code == 422
    assert nobody.json()["errors"][0]["pointer"] == "/manager_external_id"


def test_a_manager_of_nowhere_or_elsewhere_is_pointed_at(house, admin):
    globex = house.organization("Globex", "admin@globex.example")
    for stranger in (participant(globex)["id"], "018f0000-0000-7000-8000-000000000000"):
        told = {"given_name": "A", "family_name": "B", "time_zone": "UTC", "manager_id": stranger}
        refused = admin.post("/participants", json=told)
        assert refused.status_code == 422
        (place,) = refused.json()["errors"]
        assert (place["pointer"], place["code"]) == ("/manager_id", "unknown_reference")


def test_the_reporting_line_is_climbed_and_never_closed(admin):
    top = participant(admin)
    middle = participant(admin, manager_id=top["id"])
    low = participant(admin, manager_id=middle["id"])
    line = admin.get(f"/participants/{low['id']}/reporting-line").json()
    assert line == {"participant_id": low["id"], "manager_ids": [middle["id"], top["id"]]}
    for manager in (low, middle, top):
        refused = change(admin, top, manager_id=manager["id"])
        assert (refused.status_code, refused.json()["code"]) == (409, "reporting-line-circle")
    assert change(admin, low, manager_id=top["id"]).status_code == 200
    line = admin.get(f"/participants/{low['id']}/reporting-line").json()
    assert line["manager_ids"] == [top["id"]]


def test_a_long_line_is_not_closed_either(admin):
    people = [participant(admin)]
    for _ in range(120):
        people.append(participant(admin, manager_id=people[-1]["id"]))
    assert change(admin, people[0], manager_id=people[-1]["id"]).status_code == 409


def test_of_two_who_put_each_other_above_themselves_one_is_refused(real_house):
    admin = real_house.organization()
    for _ in range(5):
        one, two = participant(admin), participant(admin)
        answers = real_house.at_once(
            [
                admin.build_request(
                    "PATCH",
                    f"/participants/{below['id']}",
                    json={"manager_id": above["id"]},
                    headers={"If-Match": '"1"'},
                )
                for below, above in ((one, two), (two, one))
            ]
        )
        assert sorted(each.status_code for each in answers) == [200, 409]


def test_filters_narrow_and_search_finds_parts_of_names_in_any_case(admin):
    for name, department, level in (("Weber", "Sales", 2), ("Müller", "IT", 5), ("100%", "IT", 9)):
        participant(
            admin, family_name=name, department=department, job_level=level,
            work_email=f"{level}@example.com",
        )  # fmt: skip

    def names(path: str) -> set[str]:
        answer = admin.get(path)
        assert answer.status_code == 200, answer.text
        return {each["family_name"] for each in answer.json()["items"]}

    assert names("/participants?department=IT") == {"Müller", "100%"}
    assert names("/participants?job_level_from=3&job_level_to=7") == {"Müller"}
    assert names("/participants?work_email=9@EXAMPLE.com") == {"100%"}
    assert names("/participants?employment_status=left") == set()
    assert names("/participants/search?text=WEB") == {"Weber"}
    assert names("/participants/search?text=rosa%20M%C3%9CLL") == {"Müller"}
    assert names("/participants/search?text=%25") == {"100%"}
    assert names("/participants/search?text=_") == set()
    assert names("/participants/search?text=%5C") == set()


def test_leaving_and_coming_back_is_dated_and_told(house, admin):
    person = participant(admin)
    house.clock.travel(days=3)
    left = change(admin, person, employment_status="left").json()
    assert left["left_on"] == "2026-03-05"
    back = change(admin, person, employment_status="active").json()
    assert back["left_on"] is None
    change(admin, person, employment_status="on_leave")
    types = [each["type"] for each in admin.get("/events?after=2").json()["items"]]
    assert types == [
        "participant.left", "participant.changed", "participant.returned", "participant.changed",
        "participant.went_on_leave", "participant.changed",
    ]  # fmt: skip


def test_leave_is_noted_shown_and_taken_back(admin):
    person = participant(admin)
    days = {"participant_id": person["id"], "starts_on": "2026-05-04", "ends_on": "2026-05-08"}
    noted = admin.post("/leaves", json=days)
    assert noted.status_code == 201
    path = f"/leaves/{noted.json()['id']}"
    assert admin.get(path).json() == noted.json()
    assert admin.get(f"/leaves?participant_id={person['id']}").json()["items"] == [noted.json()]
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    assert admin.delete(path).status_code == 404
    turned = admin.post("/leaves", json=days | {"ends_on": "2026-05-03"})
    assert turned.status_code == 422


@pytest.mark.parametrize(
    "window",
    [
        {"weekday": "monday", "starts_at": "17:00", "ends_at": "09:00"},
        {"weekday": "monday", "starts_at": "09:00", "ends_at": "09:00"},
        {"weekday": "monday", "starts_at": "09:07", "ends_at": "10:00"},
        {"weekday": "Montag", "starts_at": "09:00", "ends_at": "10:00"},
        {"weekday": "monday", "starts_at": "24:00", "ends_at": "24:00"},
    ],
)
def test_an_availability_that_is_no_stretch_of_a_day_is_refused(admin, window):
    person = participant(admin)
    assert change(admin, person, availability=[window]).status_code == 422


def test_people_change_what_is_theirs_and_see_nobody_else(house, admin):
    rosa = participant(admin, work_email="rosa@example.com", external_id="R", department="Sales")
    jun = participant(admin, external_id="J")
    me = own_client(house, admin, rosa)
    assert [each["id"] for each in me.get("/participants").json()["items"]] == [rosa["id"]]
    assert me.get(f"/participants/{jun['id']}").status_code == 404
    assert change(me, jun, preferred_name="J").status_code == 404
    mine = change(
        me, rosa, preferred_name="Ro", languages=["de"], time_zone="Europe/Berlin",
        availability=[{"weekday": "friday", "starts_at": "10:00", "ends_at": "11:00"}],
    )  # fmt: skip
    assert mine.status_code == 200
    for facts in (
        {"job_level": 10}, {"manager_id": None}, {"employment_status": "left"},
        {"department": "Board"}, {"metadata": {}}, {"work_email": "x@example.com"},
        {"preferred_name": "R", "job_title": "CEO"},
    ):  # fmt: skip
        refused = change(me, rosa, **facts)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    kept = shown(admin, rosa)
    assert (kept["preferred_name"], kept["department"]) == ("Ro", "Sales")


@pytest.mark.parametrize("roles", [["participant"], ["participant", "program_manager"]])
def test_who_is_in_the_roster_is_hrs_word_alone(house, admin, roles):
    """A participant's scope to write is for their own record, whatever other role they hold."""
    rosa = participant(admin, work_email="rosa@example.com", external_id="R")
    jun = participant(admin, external_id="J")
    me = own_client(house, admin, rosa)
    account = me.get("/me").json()["account_id"]
    for role in roles[1:]:
        assert admin.post(f"/accounts/{account}/grants", json={"role": role}).is_success
    before = stored(house.lanes, admin.organization_id)
    told = {"given_name": "A", "family_name": "B", "time_zone": "UTC"}
    one = {
        "format": "json_lines", "content": '{"i": "R"}',
        "mapping": {"external_id": {"column": "i"}, "job_level": {"value": "10"}},
    }  # fmt: skip
    days = {"participant_id": jun["id"], "starts_on": "2026-05-04", "ends_on": "2026-05-08"}
    for answer in (
        me.post("/participants", json=told),
        me.put("/participants-by-external-id/R", json=told),
        me.put("/participants-by-external-id/new", json=told),
        me.post("/participants/import", json=one),
        me.post("/participants/import", json=one | {"dry_run": True}),
        me.post(f"/participants/{rosa['id']}/erase"),
        me.post(f"/participants/{jun['id']}/invite"),
    ):
        assert answer.status_code == 403, answer.text
    assert me.post("/leaves", json=days).status_code in (403, 422)
    assert change(me, jun, job_level=1).status_code in (403, 404)
    assert change(me, jun, preferred_name="J").status_code in (403, 404)
    assert stored(house.lanes, admin.organization_id) == before
    own_days = days | {"participant_id": rosa["id"]}
    assert me.post("/leaves", json=own_days).status_code == 201


def test_one_person_has_one_account(house, admin):
    rosa = participant(admin, work_email="rosa@example.com")
    nameless = participant(admin)
    assert admin.post(f"/participants/{rosa['id']}/invite").status_code == 201
    again = admin.post(f"/participants/{rosa['id']}/invite")
    assert (again.status_code, again.json()["code"]) == (409, "account-linked-already")
    without = admin.post(f"/participants/{nameless['id']}/invite")
    assert (without.status_code, without.json()["code"]) == (409, "work-email-missing")
    double = participant(admin, work_email="rosa@example.com")
    taken = admin.post(f"/participants/{double['id']}/invite")
    assert (taken.status_code, taken.json()["code"]) == (409, "email-taken")


def test_the_worker_and_operators_are_no_participant(house, admin):
    """Whoever has no account is nobody: not everybody without one."""
    participant(admin)
    with house.lanes.unit(system(UUID(admin.organization_id)), "look") as uow:
        assert uow.rows.scalar(select(mine(uow))) is None
