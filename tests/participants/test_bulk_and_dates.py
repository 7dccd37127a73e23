"""People by the thousand under the HRIS's keys, and what a day brings that was known before."""

import pytest

from tests.given.participants import participant
from tests.given.rosters import COLUMNS, everybody, imported, table


def put(admin, *people):
    answer = admin.put("/participants/bulk", json={"participants": list(people)})
    assert answer.status_code == 200, answer.text
    return answer.json()


NEW = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "Europe/Rome"}


def test_people_are_added_and_changed_by_their_external_ids_with_a_verdict_each(admin):
    answer = put(
        admin,
        {"external_id": "2", "manager_external_id": "1", **NEW},
        {"external_id": "1", **NEW, "department": "Sales"},
        {"external_id": "3", "given_name": "Jun"},
        {"external_id": "1", **NEW},
    )
    assert [row["verdict"] for row in answer["rows"]] == ["added", "added", "refused", "refused"]
    assert [each["field"] for each in answer["rows"][2]["mistakes"]] == ["family_name", "time_zone"]
    people = everybody(admin)
    assert people["2"]["manager_id"] == people["1"]["id"]
    again = put(
        admin,
        {"external_id": "1", "given_name": "Mara"},
        {"external_id": "2", "manager_external_id": None},
        {"external_id": "2"},
    )
    assert [row["changed_fields"] for row in again["rows"]] == [["given_name"], ["manager_id"], []]
    after = everybody(admin)
    assert (after["1"]["department"], after["1"]["given_name"]) == ("Sales", "Mara")
    assert after["2"]["manager_id"] is None
    unchanged = put(admin, {"external_id": "1", "given_name": "Mara"})
    assert unchanged["unchanged_count"] == 1


def test_bulk_is_for_those_who_keep_the_roster(house, admin):
    assert admin.put("/participants/bulk", json={"participants": []}).status_code == 422
    answer = put(admin, {"external_id": "1", **NEW, "manager_external_id": "1"})
    assert answer["rows"][0]["mistakes"][0]["code"] == "circle"


def dated(admin, since: str, boss: str) -> dict:
    mapping = {**COLUMNS, "manager_since": {"column": "Since"}}
    content = f"ID,Given,Family,Zone,Boss,Since\n3,Rosa,Weber,Europe/Rome,{boss},{since}\n"
    return imported(admin, content, mapping=mapping)


def test_a_manager_of_a_day_to_come_begins_on_that_day(house, admin):
    imported(admin, table(("1", "A", "B", "UTC", ""), ("2", "A", "B", "UTC", ""),
                          ("3", "Rosa", "Weber", "Europe/Rome", "1")))  # fmt: skip
    people = everybody(admin)
    assert dated(admin, "2026-03-05", "2")["rows"][0]["changed_fields"] == ["manager_id"]
    assert dated(admin, "2026-03-05", "2")["unchanged_count"] == 1, "the same plan again"
    house.work_off()
    assert everybody(admin)["3"]["manager_id"] == people["1"]["id"]
    assert admin.get("/events?type=participant.reporting_line_changed").json()["items"] == []
    house.clock.travel(days=3)
    house.work_off()
    assert everybody(admin)["3"]["manager_id"] == people["2"]["id"]
    (told,) = admin.get("/events?type=participant.reporting_line_changed").json()["items"]
    assert told["data"] == {
        "participant_id": people["3"]["id"], "manager_id": people["2"]["id"],
    }  # fmt: skip
    assert dated(admin, "2026-03-05", "2")["unchanged_count"] == 1


def test_a_manager_since_a_day_that_is_over_manages_at_once(admin):
    imported(admin, table(("1", "A", "B", "UTC", "")))
    dated(admin, "2025-11-01", "1")
    people = everybody(admin)
    assert people["3"]["manager_id"] == people["1"]["id"]


def test_a_planned_manager_who_would_close_a_circle_never_begins(house, admin):
    imported(admin, table(("1", "A", "B", "UTC", "3"), ("2", "A", "B", "UTC", ""),
                          ("3", "Rosa", "Weber", "Europe/Rome", "2")))  # fmt: skip
    answer = dated(admin, "2026-03-05", "1")
    assert answer["rows"][0]["mistakes"][0]["code"] == "circle"


@pytest.mark.parametrize("how", ["import", "patch"])
def test_whose_last_day_is_over_has_left(house, admin, how):
    who = participant(admin, external_id="1", work_email="rosa@example.com")
    if how == "patch":
        tag = admin.get(f"/participants/{who['id']}").headers["ETag"]
        admin.patch(
            f"/participants/{who['id']}",
            json={"leaves_on": "2026-03-04"},
            headers={"If-Match": tag},
        )
    else:
        mapping = {"external_id": {"column": "ID"}, "leaves_on": {"column": "Last day"}}
        imported(admin, "ID,Last day\n1,2026-03-04\n", mapping=mapping)
    house.clock.travel(days=2)
    house.work_off()
    assert everybody(admin)["1"]["employment_status"] == "active", "the last day is a day"
    house.clock.travel(days=1)
    house.work_off()
    left = everybody(admin)["1"]
    assert (left["employment_status"], left["left_on"]) == ("left", "2026-03-05")
    assert len(admin.get("/events?type=participant.left").json()["items"]) == 1
    mapping = {"external_id": {"column": "ID"}, "employment_status": {"column": "S"}}
    late = imported(admin, "ID,S\n1,active\n", mapping=mapping)
    assert late["unchanged_count"] == 1, "a file that has not heard of it brings nobody back"
