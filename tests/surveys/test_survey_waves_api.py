"""Sendings over HTTP: planned, opened, reminded of, closed; by hand and by the clock."""

import datetime as dt
import uuid

import pytest

from tests.given.accounts import own_client
from tests.given.surveys import (
    asked_cohort,
    granted,
    opened_wave,
    recorded,
    safe,
    survey_wave,
)


def codes(client):
    return [each["type"] for each in client.get("/events", params={"limit": 200}).json()["items"]]


def test_a_wave_pins_what_it_asks_and_says_its_mode(house, admin):
    cohort = asked_cohort(admin)
    wave = survey_wave(
        house, admin, cohort["id"], surveys=[{"code": "RM-SAFE"}, {"code": "RM-DIG"}]
    )
    assert wave["surveys"] == [
        {"code": "RM-SAFE", "version": "1.0", "language": "en"},
        {"code": "RM-DIG", "version": "1.0", "language": "en"},
    ]
    assert (wave["status"], wave["mode"], wave["audience"]) == ("planned", "identified", "both")
    assert admin.get(f"/survey-waves/{wave['id']}").json() == wave
    assert codes(admin)[-1] == "survey_wave.planned"
    listed = admin.get(
        "/survey-waves",
        params={"cohort_id": cohort["id"], "moment": "baseline", "status": "planned"},
    )
    assert listed.json()["items"] == [wave]


@pytest.mark.parametrize(
    ("facts", "pointer", "code"),
    [
        ({"cohort_id": str(uuid.UUID(int=1))}, "/cohort_id", "unknown_reference"),
        ({"surveys": [{"code": "NONE"}]}, "/surveys/0", "unknown_reference"),
        ({"surveys": [{"code": "RM-SAFE", "version": "9"}]}, "/surveys/0", "unknown_reference"),
        ({"surveys": [{"code": "RM-SAFE"}] * 2}, "/surveys/1", "asked_twice"),
        ({"surveys": [{"code": "RM-DIG"}], "audience": "mentor"}, "/audience", "nobody_asked"),
        ({"closes_at": "2026-03-01T00:00:00Z"}, "", "value_error"),
        (
            {"opens_at": "2026-01-01T00:00:00Z", "closes_at": "2026-02-01T00:00:00Z"},
            "/closes_at",
            "in_the_past",
        ),
        ({"mode": "anonymous"}, "/mode", "enum"),
    ],
)
def test_a_wave_that_nobody_could_answer_is_refused_with_a_place(
    house, admin, facts, pointer, code
):
    cohort = asked_cohort(admin, 1, 1)
    now = house.clock.now()
    refused = admin.post(
        "/survey-waves",
        json={
            "cohort_id": cohort["id"], "title": "T", "moment": "end",
            "surveys": [{"code": "RM-SAFE"}], "opens_at": now.isoformat(),
            "closes_at": (now + dt.timedelta(days=1)).isoformat(), **facts,
        },
    )  # fmt: skip
    assert refused.status_code == 422
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [(pointer, code)]


def test_opening_invites_each_enrollment_that_is_asked_something_and_nobody_else(house, admin):
    cohort = asked_cohort(admin, mentors=3, mentees=2)
    wave = opened_wave(house, admin, cohort["id"], surveys=[{"code": "RM-DIG"}])
    mentees = {p["enrollment_id"] for p in cohort["people"] if p["role"] == "mentee"}
    assert {each["enrollment_id"] for each in wave["invitations"]} == mentees
    assert (wave["status"], wave["opened_at"] is not None) == ("open", True)
    event = admin.get("/events", params={"limit": 200}).json()["items"][-1]
    assert event["data"] == {
        "survey_wave_id": wave["id"], "cohort_id": cohort["id"], "invited_count": 2,
    }  # fmt: skip


def test_an_audience_narrows_who_is_invited(house, admin):
    cohort = asked_cohort(admin, mentors=3, mentees=2)
    wave = opened_wave(house, admin, cohort["id"], audience="mentor")
    assert [each["role"] for each in wave["invitations"]] == ["mentor"] * 3
    found = admin.get("/survey-invitations", params={"role": "mentee"}).json()["items"]
    assert found == []


def test_a_wave_opens_once_and_never_without_people(house, admin):
    empty = asked_cohort(admin, 0, 0)
    wave = survey_wave(house, admin, empty["id"])
    refused = admin.post(f"/survey-waves/{wave['id']}/open")
    assert (refused.status_code, refused.json()["code"]) == (409, "survey-wave-without-people")
    cohort = asked_cohort(admin, 1, 1)
    wave = opened_wave(house, admin, cohort["id"])
    again = admin.post(f"/survey-waves/{wave['id']}/open")
    assert (again.status_code, again.json()["code"]) == (409, "survey-wave-not-planned")


def test_a_closed_wave_stays_closed(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    wave = opened_wave(house, admin, cohort["id"])
    closed = admin.post(f"/survey-waves/{wave['id']}/close")
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    url = f"/survey-waves/{wave['id']}"
    for response in (
        admin.post(f"{url}/open"),
        admin.post(f"{url}/close"),
        admin.patch(url, json={"title": "Again"}, headers={"If-Match": closed.headers["ETag"]}),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "survey-wave-closed")
    assert admin.post(f"{url}/remind").json()["code"] == "survey-wave-not-open"
    row = {"survey_invitation_id": wave["invitations"][0]["id"], "answers": {"RM-SAFE-1": 3}}
    late = admin.post(f"{url}/responses", json={"items": [row]})
    assert (late.status_code, late.json()["code"]) == (409, "survey-wave-not-open")
    assert codes(admin)[-1] == "survey_wave.closed"


def test_a_planned_wave_neither_closes_nor_reminds_nor_takes_answers(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    url = f"/survey-waves/{survey_wave(house, admin, cohort['id'])['id']}"
    row = {"survey_invitation_id": str(uuid.UUID(int=1)), "answers": {"RM-SAFE-1": 3}}
    for response in (
        admin.post(f"{url}/close"),
        admin.post(f"{url}/remind"),
        admin.post(f"{url}/responses", json={"items": [row]}),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "survey-wave-not-open")


def test_a_planned_wave_moves_freely_and_an_open_one_only_at_its_end(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    wave = survey_wave(house, admin, cohort["id"])
    url, later = f"/survey-waves/{wave['id']}", house.clock.now() + dt.timedelta(days=30)

    def change(**facts):
        etag = admin.get(url).headers["ETag"]
        return admin.patch(url, json=facts, headers={"If-Match": etag})

    moved = change(title="Start", opens_at=(later - dt.timedelta(days=1)).isoformat())
    assert moved.status_code == 422
    moved = change(title="Start", closes_at=later.isoformat())
    assert (moved.status_code, moved.json()["title"]) == (200, "Start")
    admin.post(f"{url}/open")
    assert change(title="Late").json()["code"] == "survey-wave-not-planned"
    assert change(closes_at="2020-01-01T00:00:00Z").status_code == 422
    assert change(closes_at=(later + dt.timedelta(days=1)).isoformat()).status_code == 200


def test_reminding_touches_only_those_who_are_silent_and_names_nobody(house, admin):
    cohort = asked_cohort(admin, 2, 2)
    wave = opened_wave(house, admin, cohort["id"])
    silent = next(
        p for p in cohort["people"]
        if p["enrollment_id"] == wave["invitations"][3]["enrollment_id"]
    )  # fmt: skip
    recorded(admin, wave, [safe(1, 2, 3, 4, 5)] * 3)
    reminded = admin.post(f"/survey-waves/{wave['id']}/remind")
    assert reminded.status_code == 200
    event = admin.get("/events", params={"limit": 200}).json()["items"][-1]
    assert event["data"] == {"survey_wave_id": wave["id"], "reminded_count": 1}
    shown = admin.get("/survey-invitations", params={"survey_wave_id": wave["id"]}).json()["items"]
    assert {(each["answered"], each["reminded_at"]) for each in shown} == {(None, None)}
    own = own_client(house, admin, silent).get("/survey-invitations").json()["items"]
    assert [each["answered"] for each in own] == [False]
    assert own[0]["reminded_at"] is not None


def test_a_wave_reminds_at_most_once_a_day(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    url = f"/survey-waves/{opened_wave(house, admin, cohort['id'])['id']}/remind"
    assert admin.post(url).status_code == 200
    house.clock.travel(hours=23)
    assert admin.post(url).json()["code"] == "survey-wave-reminded-recently"
    house.clock.travel(hours=1)
    assert admin.post(url).status_code == 200


def test_the_clock_opens_reminds_and_closes_by_itself(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    opens = house.clock.now() + dt.timedelta(days=2)
    wave = survey_wave(
        house, admin, cohort["id"], opens_at=opens.isoformat(),
        closes_at=(opens + dt.timedelta(days=10)).isoformat(),
    )  # fmt: skip
    url = f"/survey-waves/{wave['id']}"

    def after(**how_far):
        house.clock.travel(**how_far)
        house.work_off()
        return admin.get(url).json()

    assert after(days=1)["status"] == "planned"
    assert after(days=1, minutes=1)["status"] == "open"
    assert after(days=6)["reminded_at"] is None
    reminded = after(days=1, hours=2)["reminded_at"]
    assert reminded is not None
    found = after(days=1)
    assert (found["reminded_at"], found["status"]) == (reminded, "open")
    assert after(days=2)["status"] == "closed"
    assert codes(admin)[-3:] == [
        "survey_wave.opened", "survey_wave.reminded", "survey_wave.closed",
    ]  # fmt: skip


def test_the_clock_does_not_open_a_wave_for_nobody(house, admin):
    cohort = asked_cohort(admin, 0, 0)
    wave = survey_wave(house, admin, cohort["id"])
    house.work_off()
    assert admin.get(f"/survey-waves/{wave['id']}").json()["status"] == "planned"


def test_a_wave_whose_time_is_over_takes_nothing_even_before_the_clock_closes_it(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    wave = opened_wave(house, admin, cohort["id"])
    house.clock.travel(days=14)
    row = {"survey_invitation_id": wave["invitations"][0]["id"], "answers": {"RM-SAFE-1": 3}}
    late = admin.post(f"/survey-waves/{wave['id']}/responses", json={"items": [row]})
    assert late.json()["code"] == "survey-wave-not-open"
    assert admin.post(f"/survey-waves/{wave['id']}/remind").json()["code"] == "survey-wave-not-open"


def test_progress_counts_and_withholds_the_roles_when_one_is_small(house, admin):
    cohort = asked_cohort(admin, 6, 5)
    wave = opened_wave(house, admin, cohort["id"])
    recorded(admin, wave, [safe(1, 2, 3, 4, 5)] * 4)
    shown = admin.get(f"/survey-waves/{wave['id']}/progress").json()
    assert shown["overall"] == {
        "suppressed": False, "reason": None, "invited_count": 11, "answered_count": 4,
        "answered_percent": 36,
    }  # fmt: skip
    by_role = {each["role"]: each for each in shown["by_role"]}
    assert (by_role["mentor"]["invited_count"], by_role["mentee"]["invited_count"]) == (6, 5)

    small = opened_wave(house, admin, asked_cohort(admin, 6, 4)["id"])
    shown = admin.get(f"/survey-waves/{small['id']}/progress").json()
    assert shown["overall"]["invited_count"] == 10
    assert [(e["suppressed"], e["invited_count"]) for e in shown["by_role"]] == [(True, None)] * 2

    tiny = opened_wave(house, admin, asked_cohort(admin, 2, 2)["id"])
    shown = admin.get(f"/survey-waves/{tiny['id']}/progress").json()
    assert shown["overall"]["reason"] == "group_below_minimum"


def test_a_program_manager_runs_only_the_programs_granted(house, admin):
    cohort, other = asked_cohort(admin, 1, 1), asked_cohort(admin, 1, 1)
    theirs, foreign = (survey_wave(house, admin, each["id"]) for each in (cohort, other))
    manager = granted(house, admin, "program_manager", cohort["program_id"])
    assert [e["id"] for e in manager.get("/survey-waves").json()["items"]] == [theirs["id"]]
    assert manager.get(f"/survey-waves/{foreign['id']}").status_code == 404
    for verb in ("open", "close", "remind"):
        assert manager.post(f"/survey-waves/{foreign['id']}/{verb}").status_code == 404
    assert manager.post(f"/survey-waves/{theirs['id']}/open").status_code == 200
    assert survey_wave(house, manager, cohort["id"])["status"] == "planned"
    refused = manager.post(
        "/survey-waves",
        json={
            "cohort_id": other["id"], "title": "T", "moment": "end",
            "surveys": [{"code": "RM-SAFE"}], "opens_at": "2026-04-01T00:00:00Z",
            "closes_at": "2026-05-01T00:00:00Z",
        },
    )  # fmt: skip
    assert refused.json()["errors"][0]["pointer"] == "/cohort_id"


def test_who_sees_a_cohort_without_running_it_plans_and_moves_nothing(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    wave = survey_wave(house, admin, cohort["id"])
    other = asked_cohort(admin, 0, 0)
    both = granted(
        house, admin, "program_manager", other["program_id"], "facilitator", "participant"
    )
    assert both.get(f"/survey-waves/{wave['id']}").status_code == 200
    for verb in ("open", "close", "remind"):
        refused = both.post(f"/survey-waves/{wave['id']}/{verb}")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-your-program")


def test_a_cancelled_cohort_is_not_asked(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    assert admin.post(f"/cohorts/{cohort['id']}/cancel").status_code == 200
    now = house.clock.now()
    refused = admin.post(
        "/survey-waves",
        json={
            "cohort_id": cohort["id"], "title": "T", "moment": "end",
            "surveys": [{"code": "RM-SAFE"}], "opens_at": now.isoformat(),
            "closes_at": (now + dt.timedelta(days=1)).isoformat(),
        },
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (409, "cohort-closed")


def test_nobody_of_another_organization_sees_or_moves_a_wave(house, admin):
    wave = opened_wave(house, admin, asked_cohort(admin, 1, 1)["id"])
    stranger = house.organization("Other", "boss@other.example")
    url = f"/survey-waves/{wave['id']}"
    row = {"survey_invitation_id": wave["invitations"][0]["id"], "answers": {"RM-SAFE-1": 3}}
    answers = [
        stranger.get(url),
        stranger.get(f"{url}/progress"),
        stranger.post(f"{url}/open"),
        stranger.post(f"{url}/close"),
        stranger.post(f"{url}/remind"),
        stranger.post(f"{url}/responses", json={"items": [row]}),
        stranger.patch(url, json={"title": "Mine"}, headers={"If-Match": '"1"'}),
        stranger.get(f"/survey-invitations/{wave['invitations'][0]['id']}"),
    ]
    assert [each.status_code for each in answers] == [404] * len(answers)
    assert stranger.get("/survey-waves").json()["items"] == []
