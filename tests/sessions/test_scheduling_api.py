"""Arranging sessions over HTTP: times on a wall, refusals with a reason, moving, suggestions."""

import pytest

from tests.given.accounts import colleague
from tests.given.sessions import pair, person, session

ROME = {"time_zone": "Europe/Rome"}


@pytest.fixture
def two(house, admin):
    return pair(house, admin)


def ask(client, two, **facts):
    return client.post("/sessions", json={"pairing_id": two.pairing_id, **facts})


def refused(response, status, code):
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    return response.json()


def at(local_time, **facts):
    return {"local_time": local_time, **ROME, **facts}


def test_a_session_tells_what_was_meant_and_the_instant_it_is(two):
    found = session(two.mentee, two.pairing_id)
    assert found["local_time"] == "2026-03-09T10:00"
    assert found["starts_at"] == "2026-03-09T09:00:00Z"
    assert found["ends_at"] == "2026-03-09T10:00:00Z"
    assert found["adjusted"] == "none"
    assert (found["status"], found["my_side"]) == ("scheduled", "mentee")


@pytest.mark.parametrize(
    ("local", "starts_at", "adjusted"),
    [
        ("2026-03-29T02:30", "2026-03-29T01:30:00Z", "shifted_forward"),
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z", "first_of_two"),
        ("2026-10-26T02:30", "2026-10-26T01:30:00Z", "none"),
    ],
)
def test_what_the_clocks_did_to_a_time_is_visible_in_the_answer(two, local, starts_at, adjusted):
    found = session(two.mentee, two.pairing_id, **at(local))
    assert (found["local_time"], found["starts_at"], found["adjusted"]) == (
        local,
        starts_at,
        adjusted,
    )


def test_an_offset_chooses_the_second_of_two(two):
    found = session(two.mentee, two.pairing_id, **at("2026-10-25T02:30", utc_offset="+01:00"))
    assert (found["starts_at"], found["adjusted"]) == ("2026-10-25T01:30:00Z", "none")


def test_an_instant_is_shown_on_the_wall_of_whoever_asks(house, admin):
    two = pair(
        house,
        admin,
        mentor=person(admin, time_zone="Asia/Tokyo"),
        mentee=person(admin, time_zone="America/New_York"),
    )
    found = [
        session(client, two.pairing_id, starts_at=f"2026-03-1{day}T13:00:00Z")
        for day, client in enumerate((two.mentor, two.mentee, admin))
    ]
    assert [(each["time_zone"], each["local_time"][11:]) for each in found] == [
        ("Asia/Tokyo", "22:00"),
        ("America/New_York", "09:00"),
        ("America/New_York", "09:00"),  # the mentee's, for those who are neither
    ]


def test_length_and_mode_are_those_of_the_plan_unless_said_otherwise(two):
    usual = session(two.mentee, two.pairing_id)
    assert (usual["duration_minutes"], usual["mode"]) == (60, "video")
    other = session(
        two.mentee, two.pairing_id, **at("2026-03-10T10:00"), duration_minutes=45, mode="in_person"
    )
    assert (other["duration_minutes"], other["mode"]) == (45, "in_person")
    assert other["ends_at"] == "2026-03-10T09:45:00Z"


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"starts_at": "2026-03-09T09:00:00Z", "local_time": "2026-03-09T10:00"},
        {"starts_at": "2026-03-09T09:00:00"},
        {"starts_at": "2026-03-09T09:00:30Z"},
        {"starts_at": "0001-01-01T00:00:00+14:00"},
        {"starts_at": "9999-12-31T23:00:00-12:00"},
        {"starts_at": "2026-03-09T09:00:00Z", "utc_offset": "+01:00"},
        {"local_time": "2026-02-30T10:00"},
        {"local_time": "2026-03-09T25:00"},
        {"local_time": "2026-03-09T10:00Z"},
        {"local_time": "2026-03-09T10:00", "time_zone": "Europe/Atlantis"},
    ],
)
def test_a_time_is_said_in_one_of_two_ways_and_exists(two, when):
    refused(ask(two.mentee, two, **when), 422, "invalid")


@pytest.mark.parametrize("local", ["2026-06-01T10:00", "2026-03-29T02:30"])
def test_an_offset_that_the_wall_never_has_is_refused_by_name(two, local):
    problem = refused(ask(two.mentee, two, **at(local, utc_offset="+01:00")), 422, "invalid")
    assert problem["errors"][0]["code"] == "offset_unknown"


def test_a_time_that_has_passed_is_refused(two):
    refused(ask(two.mentee, two, starts_at="2026-03-02T08:59:00Z"), 409, "session-in-past")
    assert ask(two.mentee, two, starts_at="2026-03-02T09:00:00Z").status_code == 201


@pytest.mark.parametrize("local", ["2027-01-01T00:00", "2026-12-31T23:30"])
def test_a_day_outside_the_cohort_is_refused(two, local):
    problem = refused(ask(two.mentee, two, **at(local)), 409, "session-outside-cohort")
    assert "2026-12-31" in problem["detail"]


def test_a_pairing_that_rests_is_refused(two):
    assert two.mentor.post(f"/pairings/{two.pairing_id}/pause").status_code == 200
    refused(ask(two.mentee, two, **at("2026-03-09T10:00")), 409, "pairing-not-active")


@pytest.mark.parametrize(
    ("local", "minutes", "clashes"),
    [
        ("2026-03-09T10:00", 60, True),
        ("2026-03-09T09:30", 31, True),
        ("2026-03-09T10:59", 30, True),
        ("2026-03-09T10:15", 15, True),
        ("2026-03-09T04:00", 480, True),
        ("2026-03-09T09:30", 30, False),
        ("2026-03-09T11:00", 60, False),
    ],
)
def test_two_sessions_of_one_person_never_overlap(two, local, minutes, clashes):
    session(two.mentee, two.pairing_id)
    answer = ask(two.mentee, two, **at(local), duration_minutes=minutes)
    if clashes:
        assert refused(answer, 409, "session-overlap")["busy"] == ["mentee", "mentor"]
    else:
        assert answer.status_code == 201


def test_a_session_in_another_pairing_counts_and_says_only_who_is_busy(house, admin):
    mentor = person(admin)
    one = pair(house, admin, mentor=mentor)
    other_mentee = person(admin)
    # a person may be mentee in one pairing and mentor in another
    other = pair(house, admin, mentor=other_mentee, mentee=mentor)
    first = session(one.mentee, one.pairing_id)
    problem = refused(ask(other.mentor, other, **at("2026-03-09T10:30")), 409, "session-overlap")
    assert problem["busy"] == ["mentee"]
    assert first["id"] not in str(problem)


def test_a_cancelled_session_leaves_its_time_free(two):
    first = session(two.mentee, two.pairing_id)
    cancelled = two.mentee.post(f"/sessions/{first['id']}/cancel", json={"reason": "workload"})
    assert cancelled.status_code == 200
    assert session(two.mentee, two.pairing_id)["id"] != first["id"]


def test_leave_is_a_day_of_the_persons_own_zone_and_may_be_overruled(house, admin):
    two = pair(house, admin, mentor=person(admin, time_zone="Asia/Tokyo"))
    leave = {"participant_id": two.mentor_id, "starts_on": "2026-03-10", "ends_on": "2026-03-10"}
    assert admin.post("/leaves", json=leave).status_code == 201
    # 16:30 on the 9th in Rome is half past midnight on the 10th in Tokyo
    problem = refused(ask(two.mentee, two, **at("2026-03-09T16:30")), 409, "on-leave")
    assert "mentor" in problem["detail"]
    refused(ask(two.mentee, two, **at("2026-03-09T15:30")), 409, "on-leave")  # ends there
    assert ask(two.mentee, two, **at("2026-03-09T15:00")).status_code == 201
    assert ask(two.mentee, two, **at("2026-03-10T16:00")).status_code == 201
    assert ask(two.mentee, two, **at("2026-03-10T09:00"), despite_leave=True).status_code == 201


def test_a_time_inside_the_week_of_both_can_be_demanded(house, admin):
    windows = [{"weekday": "monday", "starts_at": "10:00", "ends_at": "12:00"}]
    two = pair(house, admin, mentor_availability=windows)
    early = at("2026-03-09T09:30", within_availability=True)
    problem = refused(ask(two.mentee, two, **early), 409, "outside-availability")
    assert "mentor" in problem["detail"]
    assert ask(two.mentee, two, **at("2026-03-09T11:00"), within_availability=True).is_success


def test_only_the_two_and_those_who_run_the_program_arrange_sessions(house, admin, two):
    manager = colleague(house, admin, "program_manager")
    refused(ask(manager, two, **at("2026-03-09T10:00")), 403, "forbidden")  # may only look
    stranger = pair(house, admin).mentor
    refused(ask(stranger, two, **at("2026-03-09T10:00")), 422, "invalid")
    elsewhere = house.organization("Globex", "admin@globex.example")
    refused(ask(elsewhere, two, **at("2026-03-09T10:00")), 422, "invalid")
    sponsor = colleague(house, admin, "sponsor", "participant")
    refused(ask(sponsor, two, **at("2026-03-09T10:00")), 422, "invalid")
    facilitator = colleague(house, admin, "facilitator", "participant")
    refused(ask(facilitator, two, **at("2026-03-09T10:00")), 403, "not-your-program")
    assert ask(admin, two, **at("2026-03-09T10:00")).json()["my_side"] is None


def test_the_program_arranges_times_but_writes_no_agenda(admin, two):
    refused(ask(admin, two, **at("2026-03-09T10:00"), agenda="Talk"), 403, "only-the-pair")


def test_the_same_idempotency_key_arranges_one_session(two):
    body = {"pairing_id": two.pairing_id, **at("2026-03-09T10:00")}
    answers = [
        two.mentee.post("/sessions", json=body, headers={"Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(two.mentee.get("/sessions").json()["items"]) == 1


def test_what_others_hear_is_ids_and_instants(admin, two):
    found = session(two.mentee, two.pairing_id, agenda="A secret")
    (event,) = admin.get("/events", params={"type": "session.scheduled"}).json()["items"]
    assert event["data"] == {
        "session_id": found["id"],
        "pairing_id": two.pairing_id,
        "cohort_id": two.cohort_id,
        "series_id": None,
        "starts_at": "2026-03-09T09:00:00Z",
        "ends_at": "2026-03-09T10:00:00Z",
    }


# moving


def move(client, found, **facts):
    wanted = {"reason": "other_meeting", **facts}
    return client.post(f"/sessions/{found['id']}/reschedule", json=wanted)


def test_a_moved_session_stays_the_same_and_remembers_who_moved_it_and_why(admin, two):
    found = session(two.mentee, two.pairing_id)
    moved = move(two.mentor, found, local_time="2026-03-30T10:00", words="A fair in Milan").json()
    assert moved["id"] == found["id"]
    assert (moved["starts_at"], moved["duration_minutes"]) == ("2026-03-30T08:00:00Z", 60)
    assert (moved["rescheduled_count"], moved["status"]) == (1, "scheduled")
    (told,) = two.mentee.get(f"/sessions/{found['id']}/reschedulings").json()["items"]
    assert (told["by"], told["reason"], told["words"]) == (
        "mentor",
        "other_meeting",
        "A fair in Milan",
    )
    assert told["notice_minutes"] == 7 * 24 * 60
    assert (told["from_starts_at"], told["to_starts_at"]) == (
        "2026-03-09T09:00:00Z",
        "2026-03-30T08:00:00Z",
    )
    (seen,) = admin.get(f"/sessions/{found['id']}/reschedulings").json()["items"]
    assert seen == {**told, "words": None}
    (event,) = admin.get("/events", params={"type": "session.rescheduled"}).json()["items"]
    assert (event["data"]["by"], event["data"]["notice_minutes"]) == ("mentor", 7 * 24 * 60)
    assert "Milan" not in str(event)


def test_a_session_may_move_over_its_own_old_time_and_change_its_length(two):
    found = session(two.mentee, two.pairing_id)
    moved = move(two.mentee, found, local_time="2026-03-09T10:30", duration_minutes=90).json()
    assert moved["ends_at"] == "2026-03-09T11:00:00Z"
    assert moved["time_zone"] == found["time_zone"]


def test_a_move_is_refused_for_the_reasons_a_new_session_is(house, two):
    session(two.mentee, two.pairing_id, **at("2026-03-10T10:00"))
    found = session(two.mentee, two.pairing_id)
    refused(move(two.mentee, found, **at("2026-03-10T10:30")), 409, "session-overlap")
    refused(move(two.mentee, found, **at("2027-03-10T10:30")), 409, "session-outside-cohort")
    refused(move(two.mentee, found, **at("2026-03-01T10:30")), 409, "session-in-past")
    night = at("2026-03-11T03:00", within_availability=True)
    refused(move(two.mentee, found, **night), 409, "outside-availability")
    house.clock.travel(days=7)
    refused(move(two.mentee, found, **at("2026-03-20T10:30")), 409, "session-begun")


def test_the_house_itself_is_no_reason_a_person_may_give(two):
    found = session(two.mentee, two.pairing_id)
    answer = move(two.mentee, found, **at("2026-03-10T10:30"), reason="pairing_ended")
    refused(answer, 422, "invalid")


def test_a_session_whose_pairing_rests_is_not_moved(two):
    found = session(two.mentee, two.pairing_id)
    two.mentor.post(f"/pairings/{two.pairing_id}/pause")
    refused(move(two.mentee, found, **at("2026-03-10T10:30")), 409, "pairing-not-active")


# suggestions


def suggested(client, two, **query):
    return client.get("/sessions/suggested-times", params={"pairing_id": two.pairing_id, **query})


def test_times_are_suggested_when_both_are_free_on_both_walls(house, admin):
    two = pair(house, admin, mentor=person(admin, time_zone="America/New_York"))
    found = suggested(two.mentee, two, from_on="2026-03-09", until_on="2026-03-09").json()
    # nine in New York, which changed its clocks the day before, is 14:00 in Rome
    assert [
        (each["starts_at"], each["mentor_local_time"][11:], each["mentee_local_time"][11:])
        for each in found["times"]
    ] == [
        ("2026-03-09T13:00:00Z", "09:00", "14:00"),
        ("2026-03-09T14:00:00Z", "10:00", "15:00"),
        ("2026-03-09T15:00:00Z", "11:00", "16:00"),
    ]
    assert (found["mentor_time_zone"], found["duration_minutes"]) == ("America/New_York", 60)


def test_what_is_taken_or_away_is_not_suggested_and_what_is_suggested_can_be_booked(admin, two):
    session(two.mentee, two.pairing_id, **at("2026-03-09T10:00"))
    leave = {"participant_id": two.mentor_id, "starts_on": "2026-03-10", "ends_on": "2026-03-12"}
    assert admin.post("/leaves", json=leave).status_code == 201
    found = suggested(
        two.mentee, two, from_on="2026-03-09", until_on="2026-03-13", duration_minutes=120
    ).json()
    starts = [each["mentee_local_time"] for each in found["times"]]
    assert starts == [
        "2026-03-09T11:00", "2026-03-09T13:00", "2026-03-09T15:00",
        "2026-03-13T09:00", "2026-03-13T11:00", "2026-03-13T13:00", "2026-03-13T15:00",
    ]  # fmt: skip
    for each in found["times"]:
        session(two.mentee, two.pairing_id, starts_at=each["starts_at"], duration_minutes=120)


def test_suggestions_begin_now_and_end_with_the_cohort(two):
    found = suggested(two.mentee, two, limit=1).json()
    assert found["times"][0]["starts_at"] == "2026-03-02T09:00:00Z"
    after = suggested(two.mentee, two, from_on="2026-12-31", until_on="2027-01-15").json()
    assert {each["mentor_local_time"][:10] for each in after["times"]} == {"2026-12-31"}
    assert suggested(two.mentee, two, from_on="2027-06-01").json()["times"] == []


@pytest.mark.parametrize(
    ("query", "last"),
    [
        ({"from_on": "2026-03-09", "until_on": "2026-03-08"}, None),
        ({"from_on": "0001-01-01", "until_on": "0001-01-02"}, None),
        ({"from_on": "9999-12-31"}, None),
        ({"from_on": "2026-03-09"}, "2026-03-20T16:00"),
        ({"from_on": "2026-03-09", "until_on": "9999-12-31"}, "2026-05-08T16:00"),
    ],
)
def test_suggestions_look_two_weeks_ahead_or_sixty_two_days_at_most(admin, two, query, last):
    windows = [{"weekday": "friday", "starts_at": "16:00", "ends_at": "17:00"}]
    path = f"/participants/{two.mentor_id}"
    if_match = {"If-Match": admin.get(path).headers["ETag"]}
    assert admin.patch(path, json={"availability": windows}, headers=if_match).is_success
    times = suggested(two.mentee, two, limit=100, **query).json()["times"]
    assert (times[-1]["mentee_local_time"] if times else None) == last


def test_suggestions_are_for_those_who_see_the_pairing(house, admin, two):
    assert suggested(colleague(house, admin, "program_manager"), two).status_code == 200
    refused(suggested(pair(house, admin).mentor, two), 404, "not-found")
