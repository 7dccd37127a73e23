"""Programs and cohorts over HTTP."""

import pytest

from tests.given.programs import cohort, program

PURPOSE = "Senior managers learn daily digital tools."


def changed(client, thing, **facts):
    """PATCH with the version just read."""
    path = f"/{'programs' if 'purpose' in thing else 'cohorts'}/{thing['id']}"
    version = client.get(path).headers["ETag"]
    return client.patch(path, json=facts, headers={"If-Match": version})


def event_types(client):
    return [each["type"] for each in client.get("/events?limit=200").json()["items"]]


def test_a_program_carries_its_first_cohort_with_defaults_from_practice(admin):
    set_up = admin.post(
        "/programs",
        json={
            "name": "Upwards",
            "purpose": PURPOSE,
            "matching_rules": {"reporting_line": 2, "same_team": True, "direction": "job_level"},
            "matching_weights": {"skill_fit": 400, "interests": 0},
            "metadata": {"hr": "77"},
            "first_cohort": {"name": "Spring", "starts_on": "2026-04-01"},
        },
    )
    assert set_up.status_code == 201
    found = admin.get(f"/programs/{set_up.json()['id']}").json()
    assert found["matching_rules"] == {
        "reporting_line": 2, "same_team": True, "direction": "job_level",
    }  # fmt: skip
    assert found["metadata"] == {"hr": "77"}
    first = admin.get(f"/cohorts/{set_up.json()['first_cohort_id']}").json()
    assert first["program_id"] == found["id"]
    assert first["ends_on"] == "2026-10-28"  # seven times thirty days
    assert (first["meeting_every_days"], first["meeting_minutes"]) == (30, 60)
    assert (first["planned_meetings_count"], first["proposals_expire_after_days"]) == (6, 14)
    assert (first["driver"], first["status"]) == ("mentee", "planned")
    assert event_types(admin)[-2:] == ["program.set_up", "cohort.planned"]


def test_a_first_cohort_that_ends_before_it_starts_leaves_no_program_behind(admin):
    refused = admin.post(
        "/programs",
        json={
            "name": "Upwards",
            "purpose": PURPOSE,
            "first_cohort": {"name": "S", "starts_on": "2026-04-01", "ends_on": "2026-03-01"},
        },
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/first_cohort/ends_on"
    assert admin.get("/programs").json()["items"] == []


def test_a_cohort_at_the_end_of_time_is_refused_not_a_crash(admin):
    wanted = {"program_id": program(admin)["id"], "name": "Last", "starts_on": "9999-12-31"}
    assert admin.post("/cohorts", json=wanted).json()["errors"][0]["code"] == "ends_before_start"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("matching_rules", {"a rule": True}),
        ("matching_rules", {"rule": 1.5}),
        ("matching_rules", {"rule": -1}),
        ("matching_rules", {"rule": ["list"]}),
        ("matching_weights", {"skill_fit": 10_001}),
        ("matching_weights", {"skill_fit": -1}),
        ("matching_weights", {"skill_fit": True}),
        ("status", "closed"),
        ("name", " "),
    ],
)
def test_a_program_that_does_not_fit_the_contract_is_refused(admin, field, value):
    wanted = {"name": "Upwards", "purpose": PURPOSE, field: value}
    assert admin.post("/programs", json=wanted).status_code == 422


def test_names_are_taken_once(admin):
    first = program(admin, name="Upwards")
    again = admin.post("/programs", json={"name": "Upwards", "purpose": PURPOSE})
    assert (again.status_code, again.json()["code"]) == (409, "program-name-taken")
    cohort(admin, first["id"], name="Spring")
    again = admin.post(
        "/cohorts", json={"program_id": first["id"], "name": "Spring", "starts_on": "2026-05-01"}
    )
    assert (again.status_code, again.json()["code"]) == (409, "cohort-name-taken")
    other = program(admin)
    refused = changed(admin, other, name="Upwards")
    assert (refused.status_code, refused.json()["code"]) == (409, "program-name-taken")


def test_a_program_changes_and_the_event_names_the_fields(admin):
    mine = program(admin)
    answer = changed(
        admin, mine, purpose="New words.", matching_weights={"skill_fit": 10}, metadata={"a": "b"}
    )
    assert answer.json()["purpose"] == "New words."
    assert answer.json()["metadata"] == {"a": "b"}
    told = admin.get("/events?type=program.changed").json()["items"]
    assert told[0]["data"]["fields"] == ["matching_weights", "metadata", "purpose"]
    assert changed(admin, mine, purpose="New words.").json()["updated_at"]
    assert len(admin.get("/events?type=program.changed").json()["items"]) == 1


def test_programs_and_cohorts_are_found_by_filter(admin):
    here, there = program(admin, name="Here"), program(admin, name="There")
    planned = cohort(admin, here["id"], "planned")
    running = cohort(admin, here["id"], "running")
    cohort(admin, there["id"])

    def ids(path):
        return [each["id"] for each in admin.get(path).json()["items"]]

    assert ids("/programs?name=Here") == [here["id"]]
    assert ids("/programs?status=closed") == []
    assert ids("/programs?sort=name") == [here["id"], there["id"]]
    assert ids(f"/cohorts?program_id={here['id']}&sort=created_at") == [
        planned["id"], running["id"],
    ]  # fmt: skip
    assert ids("/cohorts?status=running") == [running["id"]]
    assert len(ids("/cohorts?sort=-starts_on")) == 3


def test_a_plan_changes_until_the_launch_and_then_stands(admin):
    mine = cohort(admin, status="enrolling")
    answer = changed(
        admin,
        mine,
        meeting_every_days=14,
        milestones=[{"name": "Half-time", "due_on": "2026-06-01"}],
        modes=["video"],
    )
    assert answer.json()["milestones"] == [{"name": "Half-time", "due_on": "2026-06-01"}]
    admin.post(f"/cohorts/{mine['id']}/launch")
    frozen = changed(admin, mine, meeting_every_days=7, driver="either", name="Better")
    assert (frozen.status_code, frozen.json()["code"]) == (409, "plan-frozen")
    assert frozen.json()["fields"] == ["driver", "meeting_every_days"]
    same = changed(
        admin,
        mine,
        meeting_every_days=14,
        milestones=[{"name": "Half-time", "due_on": "2026-06-01"}],
        modes=["video"],
        name="Better",
        metadata={"a": "b"},
        proposals_expire_after_days=7,
    )
    assert same.status_code == 200
    assert (same.json()["name"], same.json()["meeting_every_days"]) == ("Better", 14)


def test_a_cohort_cannot_be_changed_to_end_before_it_starts(admin):
    mine = cohort(admin)
    refused = changed(admin, mine, starts_on="2027-12-01")
    assert refused.json()["errors"][0]["pointer"] == "/ends_on"


STEPS = {
    "open-enrollment": ({"planned": "enrolling"}, "cohort-not-planned"),
    "launch": ({"enrolling": "running"}, "cohort-not-enrolling"),
    "complete": ({"running": "completed"}, "cohort-not-running"),
    "cancel": (dict.fromkeys(("planned", "enrolling", "running"), "cancelled"), "cohort-closed"),
}


@pytest.mark.parametrize("status", ["planned", "enrolling", "running", "completed", "cancelled"])
@pytest.mark.parametrize("step", STEPS)
def test_a_cohort_takes_no_step_out_of_turn(admin, status, step):
    allowed, refused = STEPS[step]
    mine = cohort(admin, status=status)
    answer = admin.post(f"/cohorts/{mine['id']}/{step}")
    if status in allowed:
        assert answer.json()["status"] == allowed[status]
        assert (answer.json()["ended_at"] is None) == (step in ("open-enrollment", "launch"))
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, refused)
        assert admin.get(f"/cohorts/{mine['id']}").json()["status"] == status


def test_the_launch_is_when_the_plan_freezes(admin):
    mine = cohort(admin, status="running")
    assert mine["plan_frozen_at"] == "2026-03-02T09:00:00Z"
    assert cohort(admin)["plan_frozen_at"] is None


def test_a_cohort_that_is_over_does_not_change(admin):
    refused = changed(admin, cohort(admin, status="completed"), name="Other")
    assert (refused.status_code, refused.json()["code"]) == (409, "cohort-closed")


def test_a_program_closes_when_its_cohorts_are_over_and_takes_no_more(admin):
    mine = program(admin)
    running = cohort(admin, mine["id"], "running")
    refused = admin.post(f"/programs/{mine['id']}/close")
    assert (refused.status_code, refused.json()["code"]) == (409, "program-has-live-cohorts")
    admin.post(f"/cohorts/{running['id']}/complete")
    assert admin.post(f"/programs/{mine['id']}/close").json()["status"] == "closed"
    assert admin.post(f"/programs/{mine['id']}/close").json()["status"] == "closed"
    assert event_types(admin).count("program.closed") == 1
    wanted = {"program_id": mine["id"], "name": "More", "starts_on": "2027-01-01"}
    for refused in (admin.post("/cohorts", json=wanted), changed(admin, mine, name="Other")):
        assert (refused.status_code, refused.json()["code"]) == (409, "program-closed")


def test_a_cohort_of_an_unknown_program_is_refused_at_its_place(admin):
    wanted = {
        "program_id": "01920000-0000-7000-8000-000000000000",
        "name": "More",
        "starts_on": "2027-01-01",
    }
    refused = admin.post("/cohorts", json=wanted)
    assert refused.json()["errors"][0] == {
        "pointer": "/program_id",
        "detail": "There is no program with this id.",
        "code": "unknown_reference",
    }


def test_another_organization_sees_nothing_of_it(admin, house):
    mine = cohort(admin)
    stranger = house.organization("Other", "other@example.com")
    assert stranger.get("/programs").json()["items"] == []
    assert stranger.get("/cohorts").json()["items"] == []
    for path in (f"/programs/{mine['program_id']}", f"/cohorts/{mine['id']}"):
        assert stranger.get(path).status_code == 404
    for step in ("open-enrollment", "launch", "complete", "cancel"):
        assert stranger.post(f"/cohorts/{mine['id']}/{step}").status_code == 404
    wanted = {"program_id": mine["program_id"], "name": "Mine", "starts_on": "2027-01-01"}
    assert stranger.post("/cohorts", json=wanted).status_code == 422
