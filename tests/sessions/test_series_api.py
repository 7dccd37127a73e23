"""Series of sessions over HTTP: by cadence, inside shared availability, all or none."""

import pytest

from tests.given.sessions import pair, session


@pytest.fixture
def two(house, admin):
    return pair(house, admin)


def ask(client, two, headers=None, **facts):
    wanted = {
        "pairing_id": two.pairing_id,
        "local_time": "2026-03-16T10:00",
        "time_zone": "Europe/Rome",
        **facts,
    }
    return client.post("/session-series", json=wanted, headers=headers)


def refused(response, status, code):
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    return response.json()


def starts(response):
    assert response.status_code == 201, response.text
    return [each["starts_at"] for each in response.json()["sessions"]]


def walls(response):
    assert response.status_code == 201, response.text
    return [each["local_time"] for each in response.json()["sessions"]]


def test_a_series_keeps_the_plans_cadence_and_the_time_on_the_wall(two):
    answer = ask(two.mentee, two, count=3)
    assert starts(answer) == [
        "2026-03-16T09:00:00Z",
        "2026-03-30T08:00:00Z",  # Rome has changed its clocks
        "2026-04-13T08:00:00Z",
    ]
    series = answer.json()
    assert {each["series_id"] for each in series["sessions"]} == {series["id"]}
    assert answer.headers["Location"] == f"/v1/session-series/{series['id']}"
    assert two.mentor.get(f"/session-series/{series['id']}").json()["sessions"][0]["id"]
    listed = two.mentor.get("/sessions", params={"series_id": series["id"]}).json()["items"]
    assert len(listed) == 3


def test_a_series_ends_with_a_day(two):
    answer = ask(two.mentee, two, every_days=7, until_on="2026-04-06")
    assert walls(answer) == [f"2026-{day}T10:00" for day in ("03-16", "03-23", "03-30", "04-06")]


def test_the_jumped_over_meeting_alone_is_flagged(two):
    answer = ask(two.mentee, two, local_time="2026-03-22T02:30", every_days=7, count=3)
    assert [each["adjusted"] for each in answer.json()["sessions"]] == [
        "none",
        "shifted_forward",
        "none",
    ]


def test_the_same_key_makes_one_series(two):
    answers = [ask(two.mentee, two, {"Idempotency-Key": "spring"}, count=3) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert len(two.mentee.get("/sessions").json()["items"]) == 3


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"count": 3, "until_on": "2026-05-01"},
        {"count": 61},
        {"count": 0},
        {"every_days": 1, "until_on": "2026-10-01"},
        {"until_on": "2026-03-15"},
        {"count": 2, "every_days": 0},
        {"count": 2, "agenda": "Not here"},
    ],
)
def test_a_series_has_one_end_and_at_most_sixty_meetings(two, facts):
    refused(ask(two.mentee, two, **facts), 422, "invalid")


def test_all_meetings_are_arranged_or_none(two):
    session(two.mentee, two.pairing_id, local_time="2026-04-13T10:30", time_zone="Europe/Rome")
    problem = refused(ask(two.mentee, two, count=3), 409, "session-overlap")
    assert "2026-04-13T10:00" in problem["detail"]
    refused(ask(two.mentee, two, count=30), 409, "session-outside-cohort")
    assert len(two.mentee.get("/sessions").json()["items"]) == 1


def test_each_meeting_moves_to_the_nearest_shared_free_time_of_its_period(house, admin):
    mondays = [{"weekday": "monday", "starts_at": "14:00", "ends_at": "16:00"}]
    two = pair(house, admin, mentor_availability=mondays)
    session(two.mentee, two.pairing_id, local_time="2026-03-30T14:00", time_zone="Europe/Rome")
    leave = {"participant_id": two.mentee_id, "starts_on": "2026-04-06", "ends_on": "2026-04-06"}
    assert admin.post("/leaves", json=leave).status_code == 201
    answer = ask(two.mentee, two, local_time="2026-03-18T10:00", count=2, within_availability=True)
    # from Wednesday the 18th: Monday the 23rd is free; from April 1st, the 6th is leave
    assert walls(answer) == ["2026-03-23T14:00", "2026-04-13T14:00"]


def test_a_meeting_already_at_a_free_time_stays_there(two):
    assert walls(ask(two.mentee, two, count=2, within_availability=True)) == [
        "2026-03-16T10:00",
        "2026-03-30T10:00",
    ]


def test_a_period_without_shared_time_is_named(house, admin):
    mondays = [{"weekday": "monday", "starts_at": "14:00", "ends_at": "15:00"}]
    two = pair(house, admin, mentor_availability=mondays)
    leave = {"participant_id": two.mentee_id, "starts_on": "2026-03-28", "ends_on": "2026-03-31"}
    assert admin.post("/leaves", json=leave).status_code == 201
    answer = ask(two.mentee, two, every_days=7, count=4, within_availability=True)
    problem = refused(answer, 409, "no-shared-time")
    assert (problem["from_on"], problem["until_on"]) == ("2026-03-30", "2026-04-05")
    assert two.mentee.get("/sessions").json()["items"] == []


def test_a_series_is_not_closer_together_than_it_is_long(two):
    answer = ask(two.mentee, two, every_days=1, count=2, duration_minutes=480)
    assert len(starts(answer)) == 2


def test_only_what_lies_ahead_of_a_series_is_cancelled(house, two):
    series = ask(two.mentee, two, count=3).json()
    house.clock.travel(days=14)
    first = series["sessions"][0]["id"]
    attended = {"mentor_attendance": "attended", "mentee_attendance": "attended"}
    assert two.mentee.post(f"/sessions/{first}/complete", json=attended).status_code == 200
    cancelled = two.mentor.post(f"/session-series/{series['id']}/cancel", json={"reason": "other"})
    assert [each["status"] for each in cancelled.json()["sessions"]] == [
        "completed",
        "cancelled",
        "cancelled",
    ]


def test_a_series_of_others_is_not_there(house, admin, two):
    series = ask(two.mentee, two, count=3).json()
    stranger = pair(house, admin).mentor
    path = f"/session-series/{series['id']}"
    refused(stranger.get(path), 404, "not-found")
    refused(stranger.post(f"{path}/cancel", json={"reason": "other"}), 404, "not-found")
    assert admin.get(path).json()["sessions"][0]["my_side"] is None
