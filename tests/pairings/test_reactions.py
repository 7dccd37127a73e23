"""What happens to pairings because of something else."""

import pytest

from tests.given.pairings import enrolled, pairing, proposal, step
from tests.given.participants import participant
from tests.given.programs import cohort, program


def change(client, person_id, **facts):
    etag = client.get(f"/participants/{person_id}").headers["ETag"]
    changed = client.patch(f"/participants/{person_id}", json=facts, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text


def events(client, kind):
    found = client.get("/events", params={"limit": 200}).json()["items"]
    return [each["data"] for each in found if each["type"] == kind]


def now(client, found):
    return client.get(f"/pairings/{found['id']}").json()


@pytest.mark.parametrize(
    ("status", "after"),
    [
        ("proposed", "withdrawn"),
        ("accepted", "ended"),
        ("active", "ended"),
        ("paused", "ended"),
        ("declined", "declined"),
    ],
)
def test_a_leavers_pairings_end_by_themselves(admin, house, status, after):
    found = pairing(admin, status)
    change(admin, found["mentee_id"], employment_status="left")
    house.work_off()
    assert now(admin, found)["status"] == after
    reason = "left_organization" if after != "declined" else None
    assert now(admin, found)["end_reason"] == reason


def test_the_partner_of_a_leaver_has_the_place_back(admin, house):
    mentor = enrolled(admin, cohort(admin, status="running")["id"], "mentor")
    found = pairing(admin, mentor=mentor)
    change(admin, found["mentee_id"], employment_status="left")
    house.work_off()
    assert pairing(admin, mentor=mentor)["status"] == "active"


def test_a_pair_rests_while_somebody_is_on_leave_and_resumes_by_their_own_word(admin, house):
    found, untouched = pairing(admin), proposal(admin)
    change(admin, found["mentor_id"], employment_status="on_leave")
    change(admin, untouched["mentor_id"], employment_status="on_leave")
    house.work_off()
    assert now(admin, found)["status"] == "paused"
    assert now(admin, untouched)["status"] == "proposed"
    change(admin, found["mentor_id"], employment_status="active")
    house.work_off()
    assert now(admin, found)["status"] == "paused"
    told = events(admin, "pairing.partner_returned")
    assert [(each["pairing_id"], each["participant_id"]) for each in told] == [
        (found["id"], found["mentor_id"])
    ]


def test_who_withdraws_from_a_cohort_leaves_its_pairings_and_no_others(admin, house):
    found, other = pairing(admin), pairing(admin)
    admin.post(f"/enrollments/{found['mentee_enrollment_id']}/withdraw")
    house.work_off()
    assert (now(admin, found)["status"], now(admin, found)["end_reason"]) == (
        "ended",
        "enrollment_withdrawn",
    )
    assert now(admin, other)["status"] == "active"


@pytest.mark.parametrize(
    ("step", "reason"), [("complete", "completed"), ("cancel", "cohort_cancelled")]
)
def test_the_end_of_a_cohort_is_the_end_of_its_pairings(admin, house, step, reason):
    found = pairing(admin)
    waiting = proposal(admin, mentor=enrolled(admin, found["cohort_id"], "mentor"))
    assert admin.post(f"/cohorts/{found['cohort_id']}/{step}").status_code == 200
    refused = admin.post(f"/pairings/{waiting['id']}/accept", json={"on_behalf_of": "mentor"})
    assert refused.json()["code"] == "cohort-closed"
    house.work_off()
    assert [now(admin, each)["status"] for each in (found, waiting)] == ["ended", "withdrawn"]
    assert {now(admin, each)["end_reason"] for each in (found, waiting)} == {reason}


@pytest.mark.parametrize("levels", [1, 2])
def test_a_new_manager_who_makes_a_pair_a_reporting_line_is_shown_to_a_person(admin, house, levels):
    found = pairing(admin)
    boss = found["mentee_id"]
    if levels == 2:
        between = participant(admin, manager_id=boss)
        boss = between["id"]
    change(admin, found["mentor_id"], manager_id=boss)
    house.work_off()
    (told,) = events(admin, "pairing.conflict_found")
    assert (told["pairing_id"], told["leader_id"], told["levels"]) == (
        found["id"],
        found["mentee_id"],
        levels,
    )
    assert now(admin, found)["status"] == "active"


def test_a_line_that_changes_above_the_manager_is_noticed_too(admin, house):
    between = participant(admin)
    running = cohort(admin, status="running")["id"]
    mentor = enrolled(admin, running, "mentor", manager_id=between["id"])
    found = pairing(admin, mentor=mentor)
    change(admin, between["id"], manager_id=found["mentee_id"])
    house.work_off()
    assert [each["levels"] for each in events(admin, "pairing.conflict_found")] == [2]


def test_levels_beyond_the_programs_rule_are_no_conflict(admin, house):
    shallow = program(admin, matching_rules={"reporting_line": 1})["id"]
    running = cohort(admin, shallow, status="running")["id"]
    found = pairing(admin, mentor=enrolled(admin, running, "mentor"))
    between = participant(admin, manager_id=found["mentee_id"])
    change(admin, found["mentor_id"], manager_id=between["id"])
    house.work_off()
    assert events(admin, "pairing.conflict_found") == []


def test_a_leave_that_is_over_before_anybody_looked_pauses_nothing(admin, house):
    found = pairing(admin)
    for status in ("on_leave", "active"):
        change(admin, found["mentor_id"], employment_status=status)
    house.work_off()
    assert now(admin, found) == found


def test_a_worker_that_runs_again_changes_nothing_more(admin, house):
    found = pairing(admin)
    for status in ("on_leave", "left"):
        change(admin, found["mentor_id"], employment_status=status)
        house.work_off()
    before = now(admin, found)
    assert before["status"] == "ended"
    house.clock.travel(hours=2)
    house.work_off()
    assert now(admin, found) == before
    assert [len(events(admin, f"pairing.{kind}")) for kind in ("paused", "ended")] == [1, 1]


def test_who_is_erased_leaves_no_words_behind(admin, house):
    found = proposal(admin)
    asked = step(
        admin, found, "ask-for-information", on_behalf_of="mentor", question="Is it my boss?"
    )
    admin.post(f"/pairing-questions/{asked['id']}/answer", json={"answer": "No, Rosa"})
    assert admin.post(f"/participants/{found['mentor_id']}/erase").status_code == 200
    house.work_off()
    kept = admin.get(f"/pairing-questions/{asked['id']}").json()
    assert (kept["question"], kept["answer"]) == ("(erased)", "(erased)")
    assert now(admin, found)["status"] == "withdrawn"
