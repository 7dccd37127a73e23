"""A roster is looked at first; then exactly that is done, or we hear that the world has changed."""

from typing import Any

import pytest

from app.imports import applying, planning
from tests.given.pairings import accepted_by_both, proposal
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment
from tests.given.rosters import COLUMNS, everybody, imported, person, table
from tests.stored import stored


def planned(client, content: str, **more: Any) -> dict[str, Any]:
    wanted = {"format": "csv", "content": content, "mapping": COLUMNS, **more}
    answer = client.post("/imports", json=wanted)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/v1/imports/{answer.json()['id']}"
    return answer.json()


def applied(client, plan: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    answer = client.post(f"/imports/{plan['id']}/apply", json=wanted)
    assert answer.status_code == 202, answer.text
    return answer.json()


def rows(client, plan: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """All rows, in the order they are written."""
    found, cursor = [], None
    while True:
        asked = {"limit": 3, "sort": "created_at", **query} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"/imports/{plan['id']}/rows", params=asked)
        assert page.status_code == 200, page.text
        found += page.json()["items"]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            return found


def test_a_plan_says_field_by_field_what_it_would_do_and_does_nothing(house, admin):
    imported(admin, table(person("1"), person("2", "1"), person("3", "1")))
    before = everybody(admin)
    plan = planned(
        admin,
        table(person("1"), person("2", "3", given="Mara"), person("4", "2"), person("5", "nobody")),
    )
    assert (plan["status"], plan["delimiter"]) == ("planned", ",")
    assert {name: count for name, count in plan["counts"].items() if count} == {
        "rows": 4, "added": 1, "changed": 1, "unchanged": 1, "refused": 1, "at_work": 3,
        "orphans": 1,
    }  # fmt: skip
    assert everybody(admin) == before
    told = {row["external_id"]: row for row in rows(admin, plan)}
    assert told["2"]["verdict"] == "changed"
    assert told["2"]["changes"] == [
        {"field": "given_name", "before": "Rosa", "after": "Mara"},
        {"field": "manager_id", "before": before["1"]["id"], "after": before["3"]["id"]},
    ]
    assert told["5"]["mistakes"][0]["code"] == "unknown_reference"
    assert [row["external_id"] for row in rows(admin, plan, verdict="added")] == ["4"]
    assert {each["field"] for each in told["4"]["changes"]} >= {"given_name", "manager_id"}


def test_what_was_planned_is_done_once_however_often_it_is_asked_for(house, admin):
    imported(admin, table(person("1"), person("2", "1")))
    plan = planned(admin, table(person("2", "", given="Mara"), person("1", "2"), person("3", "1")))
    done = applied(admin, plan)
    assert (done["status"], done["counts"]["outdated"]) == ("applied", 0)
    people = everybody(admin)
    assert people["1"]["manager_id"] == people["2"]["id"]
    assert people["2"]["manager_id"] is None
    assert people["2"]["given_name"] == "Mara"
    assert people["3"]["manager_id"] == people["1"]["id"]
    assert people["3"]["id"] == rows(admin, plan, verdict="added")[0]["participant_id"]
    before = stored(house.lanes, admin.organization_id)
    assert applied(admin, plan) == done
    assert stored(house.lanes, admin.organization_id) == before
    events = [each["type"] for each in admin.get("/events").json()["items"]]
    assert events.count("import.applied") == 1
    assert (
        imported(admin, table(person("2", "", given="Mara"), person("1", "2"), person("3", "1")))[
            "unchanged_count"
        ]
        == 3
    )


def change(admin, participant_id: str, **facts: Any) -> None:
    tag = admin.get(f"/participants/{participant_id}").headers["ETag"]
    answer = admin.patch(f"/participants/{participant_id}", json=facts, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text


def test_a_plan_that_would_do_something_else_by_now_is_refused_and_says_how_much(house, admin):
    imported(admin, table(person("1"), person("2", "1"), person("3")))
    plan = planned(admin, table(person("1", given="Mara"), person("2", "1"), person("9"),
                                person("3", given="Nora")))  # fmt: skip
    people = everybody(admin)
    change(admin, people["1"]["id"], given_name="Maria")
    participant(admin, external_id="9")
    change(admin, people["2"]["id"], department="Sales")  # what the plan does not touch
    before = stored(house.lanes, admin.organization_id)
    answer = admin.post(f"/imports/{plan['id']}/apply", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "import-outdated")
    assert (answer.json()["people_count"], answer.json()["pairings_count"]) == (2, 0)
    assert stored(house.lanes, admin.organization_id) == before


def pair_of_known(admin, number: int) -> tuple[dict[str, Any], str, str]:
    """An active pairing, and the external ids of its mentor and mentee."""
    cohort_id = cohort(admin, status="running")["id"]
    sides = {
        side: enrollment(
            admin,
            cohort_id,
            side,
            participant(
                admin, external_id=f"{side}-{number}", job_level=level,
                work_email=f"{side}{number}@example.com",
            ),
        )
        for side, level in (("mentor", 2), ("mentee", 8))
    }  # fmt: skip
    pair = accepted_by_both(admin, proposal(admin, sides["mentor"], sides["mentee"]))
    return pair, f"mentor-{number}", f"mentee-{number}"


def test_a_plan_names_the_pairings_that_would_end_pause_or_be_in_conflict(house, admin):
    pairs = [pair_of_known(admin, number) for number in range(3)]
    keys = {pair[f"{side}_id"]: key for pair, *known in pairs
            for side, key in zip(("mentor", "mentee"), known, strict=True)}  # fmt: skip
    pairs = [pair for pair, _, _ in pairs]
    a, b, c = pairs
    content = "ID,Boss,Status\n" + "\n".join(
        [
            f"{keys[a['mentor_id']]},,left",
            f"{keys[b['mentee_id']]},,on_leave",
            f"{keys[c['mentor_id']]},{keys[c['mentee_id']]},active",
        ]
    )
    mapping = {
        "external_id": {"column": "ID"},
        "manager_external_id": {"column": "Boss"},
        "employment_status": {"column": "Status"},
    }
    plan = planned(admin, content, mapping=mapping)
    told = {each["effect"]: each for each in plan["effects"]}
    assert told["ends"]["pairing_id"] == a["id"]
    assert told["ends"]["participant_id"] == a["mentor_id"]
    assert told["pauses"]["pairing_id"] == b["id"]
    assert told["in_conflict"]["pairing_id"] == c["id"]
    assert (told["in_conflict"]["participant_id"], told["in_conflict"]["levels"]) == (
        c["mentee_id"], 1,
    )  # fmt: skip
    counts = plan["counts"]
    assert [counts[f"pairings_{each}"] for each in ("ending", "pausing", "in_conflict")] == [1] * 3
    applied(admin, plan)
    house.work_off()
    after = [admin.get(f"/pairings/{each['id']}").json() for each in pairs]
    assert [each["status"] for each in after] == ["ended", "paused", "active"]
    found = admin.get("/events?type=pairing.conflict_found").json()["items"]
    assert [each["data"]["pairing_id"] for each in found] == [c["id"]]
    enrollments = admin.get("/enrollments", params={"participant_id": a["mentor_id"]}).json()
    assert {each["status"] for each in enrollments["items"]} == {"withdrawn"}


def test_a_pairing_that_ended_meanwhile_makes_the_plan_another_one(admin):
    pair, key, _ = pair_of_known(admin, 1)
    mapping = {"external_id": {"column": "ID"}, "employment_status": {"column": "Status"}}
    plan = planned(admin, f"ID,Status\n{key},left\n", mapping=mapping)
    ended = admin.post(f"/pairings/{pair['id']}/end", json={})
    assert ended.status_code == 200, ended.text
    answer = admin.post(f"/imports/{plan['id']}/apply", json={})
    assert answer.json()["code"] == "import-outdated"
    assert (answer.json()["people_count"], answer.json()["pairings_count"]) == (0, 1)


def test_in_a_full_roster_whoever_is_absent_leaves_but_never_half_a_company_unsaid(admin):
    imported(admin, table(*(person(str(number)) for number in range(30))))
    participant(admin, external_id=None)  # not from the HRIS: no business of the file
    plan = planned(admin, table(*(person(str(number)) for number in range(28))), mode="full")
    assert (plan["counts"]["leaving"], plan["counts"]["at_work"]) == (2, 30)
    gone = rows(admin, plan, verdict="leaving")
    assert sorted(row["external_id"] for row in gone) == ["28", "29"]
    assert gone[0]["changes"] == [
        {"field": "employment_status", "before": "active", "after": "left"}
    ]
    applied(admin, plan)
    people = everybody(admin)
    assert {key for key, each in people.items() if each["employment_status"] == "left"} == {
        "28", "29",
    }  # fmt: skip
    half = planned(admin, table(*(person(str(number)) for number in range(14))), mode="full")
    for wanted in ({}, {"allow_leavers_count": 13}):
        answer = admin.post(f"/imports/{half['id']}/apply", json=wanted)
        assert (answer.status_code, answer.json()["code"]) == (409, "too-many-leavers")
        assert (answer.json()["leaving_count"], answer.json()["at_work_count"]) == (14, 28)
    assert applied(admin, half, allow_leavers_count=14)["status"] == "applied"


def test_a_refused_row_of_a_full_roster_makes_nobody_leave(admin):
    imported(admin, table(person("1"), person("2")))
    plan = planned(admin, table(person("1"), person("2", zone="Rome")), mode="full")
    assert (plan["counts"]["refused"], plan["counts"]["leaving"]) == (1, 0)


def test_a_large_file_is_read_and_applied_by_jobs(house, admin, monkeypatch):
    monkeypatch.setattr(planning, "LARGEST_IN_REQUEST", 100)
    monkeypatch.setattr(applying, "MOST_IN_REQUEST", 2)
    monkeypatch.setattr(applying, "AT_ONCE", 2)
    content = table(person("4", "3"), person("3", "2"), person("2", "1"), person("1"),
                    person("5", "5"))  # fmt: skip
    plan = planned(admin, content)
    assert (plan["status"], plan["counts"]["rows"]) == ("reading", 0)
    assert plan["job_id"] is not None
    house.work_off()
    read = admin.get(f"/imports/{plan['id']}").json()
    assert (read["status"], read["counts"]["added"], read["counts"]["in_circles"]) == (
        "planned", 4, 1,
    )  # fmt: skip
    assert [row["external_id"] for row in rows(admin, plan)] == ["1", "2", "3", "4", "5"]
    assert applied(admin, plan)["status"] == "applying"
    assert applied(admin, plan)["status"] == "applying"
    house.work_off()
    done = admin.get(f"/imports/{plan['id']}").json()
    assert done["status"] == "applied"
    assert set(everybody(admin)) == {"1", "2", "3", "4"}
    told = admin.get("/events?type=participants.imported").json()["items"]
    assert [each["data"]["added_count"] for each in told] == [2, 2]
    assert admin.get("/audit-entries/verify").json()["whole"] is True


def test_who_changes_while_a_job_writes_is_left_alone_and_counted(house, admin, monkeypatch):
    imported(admin, table(person("1"), person("2")))
    plan = planned(admin, table(person("1", given="Mara"), person("2", given="Mara"),
                                person("3"), person("4", "3")))  # fmt: skip
    monkeypatch.setattr(applying, "MOST_IN_REQUEST", 1)
    applied(admin, plan)
    change(admin, everybody(admin)["1"]["id"], given_name="Maria")
    participant(admin, external_id="3")
    house.work_off()
    done = admin.get(f"/imports/{plan['id']}").json()
    assert (done["status"], done["counts"]["outdated"]) == ("applied", 3)
    people = everybody(admin)
    assert (people["1"]["given_name"], people["2"]["given_name"]) == ("Maria", "Mara")
    assert "4" not in people, "the manager it was planned with never came"
    late = {row["external_id"] for row in rows(admin, plan, verdict="outdated")}
    assert late == {"1", "3", "4"}


def test_a_file_that_a_job_cannot_read_leaves_its_problem_and_nothing_else(
    house, admin, monkeypatch
):
    monkeypatch.setattr(planning, "LARGEST_IN_REQUEST", 10)
    plan = planned(admin, 'ID,Given,Family,Zone,Boss\n1,"Rosa\n')
    house.work_off()
    failed = admin.get(f"/imports/{plan['id']}").json()
    assert failed["status"] == "failed"
    assert failed["failure"]["code"] == "invalid"
    assert "unexpected end of data" in failed["failure"]["detail"]
    answer = admin.post(f"/imports/{plan['id']}/apply", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "import-not-planned")
    assert [each["type"] for each in admin.get("/events?type=import.failed").json()["items"]] == [
        "import.failed"
    ]


def test_what_was_planned_is_forgotten_after_a_week_and_cannot_be_done_any_more(house, admin):
    imported(admin, table(person("1")))
    plan = planned(admin, table(person("1", given="Mara"), person("2")))
    assert len(rows(admin, plan)) == 2
    house.clock.travel(days=7)
    assert admin.post(f"/imports/{plan['id']}/apply", json={}).status_code == 409
    house.work_off()
    assert admin.get(f"/imports/{plan['id']}").json()["status"] == "expired"
    assert rows(admin, plan) == []
    assert set(everybody(admin)) == {"1"}


def test_a_plan_is_discarded_with_what_it_says_about_people(house, admin, monkeypatch):
    plan = planned(admin, table(person("1")))
    assert admin.delete(f"/imports/{plan['id']}").status_code == 204
    assert admin.get(f"/imports/{plan['id']}").json()["status"] == "discarded"
    assert rows(admin, plan) == []
    assert admin.post(f"/imports/{plan['id']}/apply", json={}).status_code == 409
    monkeypatch.setattr(planning, "LARGEST_IN_REQUEST", 10)
    waiting = planned(admin, table(person("1")))
    assert admin.delete(f"/imports/{waiting['id']}").status_code == 204
    house.work_off()
    assert admin.get(f"/imports/{waiting['id']}").json()["status"] == "discarded"
    done = planned(admin, table(person("1")))
    house.work_off()
    applied(admin, done)
    assert admin.delete(f"/imports/{done['id']}").json()["code"] == "import-under-way"


def test_who_is_erased_is_in_no_plan_any_more(house, admin):
    imported(admin, table(person("1"), person("2")))
    plan = planned(admin, table(person("1", given="Mara"), person("2", zone="Rome")))
    for each in everybody(admin).values():
        assert admin.post(f"/participants/{each['id']}/erase", json={}).status_code == 200
    house.work_off()
    assert rows(admin, plan) == []


def test_a_mapping_is_kept_under_a_name_and_used_by_it(admin):
    saved = admin.post("/import-mappings", json={"name": "Workday", "mapping": COLUMNS})
    assert saved.status_code == 201, saved.text
    again = admin.post("/import-mappings", json={"name": "Workday", "mapping": COLUMNS})
    assert (again.status_code, again.json()["code"]) == (409, "mapping-name-taken")
    plan = planned(admin, table(person("1")), mapping=None, mapping_name="Workday")
    assert plan["counts"]["added"] == 1
    where = f"/import-mappings/{saved.json()['id']}"
    changed = admin.patch(
        where,
        json={"mapping": {"external_id": {"column": "Key"}, "job_level": {"value": "3"}}},
        headers={"If-Match": saved.headers["ETag"]},
    )
    assert changed.json()["mapping"]["external_id"]["column"] == "Key"
    assert changed.json()["mapping"]["job_level"]["value"] == "3"
    (listed,) = admin.get("/import-mappings", params={"name": "Workday"}).json()["items"]
    assert listed == admin.get(where).json() == changed.json()
    renamed = admin.patch(
        where, json={"name": "Nightly"}, headers={"If-Match": changed.headers["ETag"]}
    )
    assert renamed.json()["name"] == "Nightly"
    assert admin.delete(where).status_code == 204
    wanted = {"format": "csv", "content": "Key\n1\n", "mapping_name": "Nightly"}
    answer = admin.post("/imports", json=wanted)
    assert answer.json()["errors"][0]["pointer"] == "/mapping_name"


def test_only_those_who_keep_the_roster_see_imports(house, admin):
    plan = planned(admin, table(person("1")))
    saved = admin.post("/import-mappings", json={"name": "Workday", "mapping": COLUMNS}).json()
    person_id = participant(admin, work_email="kim@example.com")["id"]
    assert person_id
    made = admin.post(
        "/accounts", json={"email": "boss@example.com", "name": "Bo", "roles": ["program_manager"]}
    ).json()
    token = admin.post("/accounts/accept-invitation", json={
        "invitation_token": made["invitation_token"], "password": "correct horse battery staple",
    })  # fmt: skip
    assert token.is_success
    signed = house.client().post("/tokens/sign-in", json={
        "organization_id": admin.organization_id, "email": "boss@example.com",
        "password": "correct horse battery staple",
    }).json()  # fmt: skip
    manager = house.client(signed["access_token"])
    for path in (f"/imports/{plan['id']}", f"/import-mappings/{saved['id']}"):
        assert manager.get(path).status_code == 403
    assert manager.post("/imports", json={}).status_code == 403


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_retry_with_the_same_key_makes_one_plan_and_one_effect(house, admin, monkeypatch, size):
    if size == "large":
        monkeypatch.setattr(planning, "LARGEST_IN_REQUEST", 10)
        monkeypatch.setattr(applying, "MOST_IN_REQUEST", 0)
    wanted = {"format": "csv", "content": table(person("1")), "mapping": COLUMNS}
    key = {"Idempotency-Key": "tonight"}
    first, second = (admin.post("/imports", json=wanted, headers=key) for _ in range(2))
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.content == first.content
    house.work_off()
    assert len(admin.get("/imports").json()["items"]) == 1
    for _ in range(2):
        admin.post(f"/imports/{first.json()['id']}/apply", json={}, headers=key)
    house.work_off()
    assert admin.get(f"/imports/{first.json()['id']}").json()["status"] == "applied"
    assert len(admin.get("/events?type=participants.imported").json()["items"]) == 1
