"""Enrolling many at once over HTTP: a verdict for each, one transaction."""

import pytest

from tests.given.participants import participant
from tests.given.programs import cohort, enrollment

NOBODY = "01920000-0000-7000-8000-000000000000"


def enroll(client, cohort_id, *items, **more):
    return client.post(f"/cohorts/{cohort_id}/enroll", json={"items": items, **more})


def listed(client, cohort_id):
    return client.get(f"/enrollments?cohort_id={cohort_id}&limit=200").json()["items"]


def test_each_item_gets_a_verdict_and_the_good_ones_are_stored(admin):
    here = cohort(admin)
    known, invited, before, leaver = (
        participant(admin, external_id=f"W-{number}") for number in range(4)
    )
    there = enrollment(admin, here["id"], "mentor", before)
    ended = enrollment(admin, here["id"], "mentee", before)
    admin.post(f"/enrollments/{ended['id']}/withdraw")
    version = admin.get(f"/participants/{leaver['id']}").headers["ETag"]
    admin.patch(
        f"/participants/{leaver['id']}",
        json={"employment_status": "left"},
        headers={"If-Match": version},
    )
    answer = enroll(
        admin,
        here["id"],
        {"external_id": "W-0", "role": "mentor", "capacity": 3, "consent_source": "Form"},
        {"participant_id": invited["id"], "role": "mentee", "invite": True, "modes": ["video"]},
        {"participant_id": before["id"], "role": "mentor", "capacity": 9},
        {"participant_id": known["id"], "role": "mentor"},
        {"participant_id": known["id"], "role": "mentee"},
        {"external_id": "W-9", "role": "mentor"},
        {"participant_id": NOBODY, "role": "mentor"},
        {"external_id": "W-3", "role": "mentor"},
        {"participant_id": before["id"], "role": "mentee"},
    )
    assert answer.status_code == 200
    told = answer.json()
    assert (told["added_count"], told["unchanged_count"], told["refused_count"]) == (3, 1, 5)
    assert [each["verdict"] for each in told["items"]] == [
        "added", "added", "unchanged", "refused", "added", *["refused"] * 4,
    ]  # fmt: skip
    assert [each["code"] for each in told["items"] if each["code"]] == [
        "repeated", "unknown_reference", "unknown_reference", "participant_left", "ended_before",
    ]  # fmt: skip
    assert told["items"][2]["enrollment_id"] == there["id"]
    stored = {each["id"]: each for each in listed(admin, here["id"])}
    assert len(stored) == 5
    first, second = (stored[told["items"][place]["enrollment_id"]] for place in (0, 1))
    assert (first["status"], first["capacity"], first["consent_source"]) == ("enrolled", 3, "Form")
    assert first["consented_at"] is not None
    assert (second["status"], second["modes"], second["consented_at"]) == (
        "invited", ["video"], None,
    )  # fmt: skip
    assert stored[there["id"]]["capacity"] == 1
    event = admin.get("/events?type=enrollments.added").json()["items"][0]["data"]
    assert (event["added_count"], event["cohort_id"]) == (3, here["id"])


def test_the_enrolled_of_many_have_their_places(admin):
    here = cohort(admin)
    participant(admin, external_id="W-1")
    made = enroll(admin, here["id"], {"external_id": "W-1", "role": "mentor", "capacity": 2}).json()
    key = made["items"][0]["enrollment_id"]
    waiting = admin.post(f"/enrollments/{key}/waitlist")
    assert waiting.json()["status"] == "waitlisted"
    assert admin.post(f"/enrollments/{key}/admit").json()["capacity"] == 2


def test_twice_is_harmless(admin):
    here = cohort(admin)
    participant(admin, external_id="W-1")
    item = {"external_id": "W-1", "role": "mentor"}
    enroll(admin, here["id"], item)
    last = admin.get("/events").json()["next_after"]
    again = enroll(admin, here["id"], item).json()
    assert (again["added_count"], again["unchanged_count"]) == (0, 1)
    assert admin.get("/events").json()["next_after"] == last


def test_a_dry_run_answers_the_same_and_stores_nothing(admin):
    here = cohort(admin)
    participant(admin, external_id="W-1")
    item = {"external_id": "W-1", "role": "mentor"}
    dry = enroll(admin, here["id"], item, dry_run=True).json()
    assert (dry["dry_run"], dry["added_count"]) == (True, 1)
    assert dry["items"][0]["enrollment_id"] is None
    assert listed(admin, here["id"]) == []


def test_five_hundred_fit_in_one_request_and_not_one_more(admin):
    here = cohort(admin)
    rows = "".join(f"W-{number},N{number},F,UTC\n" for number in range(500))
    admin.post(
        "/participants/import",
        json={
            "format": "csv",
            "content": "id,given,family,zone\n" + rows,
            "mapping": {
                "external_id": {"column": "id"},
                "given_name": {"column": "given"},
                "family_name": {"column": "family"},
                "time_zone": {"column": "zone"},
            },
        },
    )
    items = [{"external_id": f"W-{number}", "role": "mentor"} for number in range(500)]
    assert enroll(admin, here["id"], *items).json()["added_count"] == 500
    assert enroll(admin, here["id"], *items, items[0]).status_code == 422
    assert enroll(admin, here["id"]).status_code == 422


@pytest.mark.parametrize(
    "item",
    [
        {"role": "mentor"},
        {"role": "mentor", "external_id": "W-1", "participant_id": NOBODY},
        {"external_id": "W-1"},
        {"external_id": "W-1", "role": "boss"},
        {"external_id": "W-1", "role": "mentor", "status": "enrolled"},
        {"external_id": "W-1", "role": "mentor", "capacity": 0},
    ],
)
def test_one_item_that_does_not_fit_the_contract_stops_all(admin, item):
    here = cohort(admin)
    participant(admin, external_id="W-2")
    refused = enroll(admin, here["id"], {"external_id": "W-2", "role": "mentor"}, item)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith("/items/1")
    assert listed(admin, here["id"]) == []
