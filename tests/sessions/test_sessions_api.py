"""Sessions over HTTP: who may see what of them, who came, what is cancelled and how late."""

import pytest

from tests.given.accounts import colleague
from tests.given.sessions import held, pair, person, session

BOTH = {"mentor_attendance": "attended", "mentee_attendance": "attended"}


@pytest.fixture
def two(house, admin):
    return pair(house, admin)


def refused(response, status, code):
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    return response.json()


def seen(client, **query):
    response = client.get("/sessions", params=query)
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json()["items"]]


# who sees what


def test_the_two_read_the_agenda_and_everybody_else_reads_when_and_whether(house, admin, two):
    found = session(two.mentee, two.pairing_id, agenda="How to say no to the board")
    path = f"/sessions/{found['id']}"
    assert two.mentor.get(path).json() == {**found, "my_side": "mentor"}
    hidden = {**found, "my_side": None, "agenda": None}
    for role in ("program_manager", "facilitator", "integration"):
        assert colleague(house, admin, role).get(path).json() == hidden
    assert admin.get(path).json() == hidden
    assert admin.get("/sessions").json()["items"] == [hidden]


def test_words_of_a_cancellation_are_for_the_two(admin, two):
    found = session(two.mentee, two.pairing_id)
    wanted = {"reason": "absence", "words": "My child is ill"}
    cancelled = two.mentee.post(f"/sessions/{found['id']}/cancel", json=wanted).json()
    assert cancelled["cancel_words"] == "My child is ill"
    assert two.mentor.get(f"/sessions/{found['id']}").json()["cancel_words"] == "My child is ill"
    shown = admin.get(f"/sessions/{found['id']}").json()
    assert (shown["cancel_reason"], shown["cancel_words"]) == ("absence", None)


def test_a_pair_sees_its_own_sessions_and_a_manager_those_of_granted_programs(house, admin, two):
    other = pair(house, admin)
    mine, theirs = (session(each.mentee, each.pairing_id)["id"] for each in (two, other))
    assert seen(two.mentor) == seen(two.mentee) == [mine]
    assert sorted(seen(admin)) == sorted([mine, theirs])
    refused(two.mentee.get(f"/sessions/{theirs}"), 404, "not-found")
    refused(two.mentee.get(f"/sessions/{theirs}/reschedulings"), 404, "not-found")
    granted = colleague(house, admin, "participant")
    assert seen(granted) == []
    account_id = granted.get("/me").json()["account_id"]
    grant = {"role": "program_manager", "program_id": two.program_id}
    assert admin.post(f"/accounts/{account_id}/grants", json=grant).status_code == 201
    assert seen(granted) == [mine]


def test_somebody_who_runs_the_program_and_takes_part_reads_the_agenda_of_their_own(house, admin):
    manager = person(admin)
    one, other = pair(house, admin, mentee=manager), pair(house, admin)
    account_id = one.mentee.get("/me").json()["account_id"]
    grant = {"role": "administrator"}
    assert admin.post(f"/accounts/{account_id}/grants", json=grant).status_code == 201
    for each in (one, other):
        session(each.mentor, each.pairing_id, agenda="Ours")
    shown = one.mentee.get("/sessions").json()["items"]
    assert {each["my_side"]: each["agenda"] for each in shown} == {"mentee": "Ours", None: None}


def test_another_organization_finds_nothing(house, two):
    found = session(two.mentee, two.pairing_id)
    stranger = house.organization("Globex", "admin@globex.example")
    refused(stranger.get(f"/sessions/{found['id']}"), 404, "not-found")
    assert seen(stranger) == []


def test_lists_are_filtered_and_sorted_by_time(house, admin, two):
    other = pair(house, admin, mentor={"id": two.mentor_id})
    days = {
        day: session(two.mentee, two.pairing_id, starts_at=f"2026-03-{day}T09:00:00Z")["id"]
        for day in (20, 10, 15)
    }
    their = session(other.mentee, other.pairing_id, starts_at="2026-03-12T09:00:00Z")["id"]
    assert seen(admin, pairing_id=other.pairing_id) == [their]
    assert seen(admin, cohort_id=other.cohort_id) == [their]
    assert len(seen(admin, participant_id=two.mentor_id)) == 4
    assert seen(admin, status="cancelled") == []
    assert seen(two.mentee, sort="starts_at") == [days[10], days[15], days[20]]
    between = {"starts_at_from": "2026-03-10T09:00:00Z", "starts_at_to": "2026-03-15T09:00:00Z"}
    assert seen(two.mentee, **between) == [days[10]]
    first = two.mentee.get("/sessions", params={"sort": "-starts_at", "limit": 2}).json()
    assert [each["id"] for each in first["items"]] == [days[20], days[15]]
    rest = {"sort": "-starts_at", "limit": 2, "cursor": first["next_cursor"]}
    assert seen(two.mentee, **rest) == [days[10]]
    refused(two.mentee.get("/sessions", params={"starts_at_from": "0001-01-01T00:00:00+14:00"}),
            422, "invalid")  # fmt: skip


# changing


def change(client, found, version=1, **wanted):
    return client.patch(
        f"/sessions/{found['id']}", json=wanted, headers={"If-Match": f'"{version}"'}
    )


def test_the_two_change_agenda_and_mode_and_a_stale_change_is_refused(two):
    found = session(two.mentee, two.pairing_id)
    changed = change(two.mentor, found, agenda="First steps", mode="in_person")
    assert (changed.json()["agenda"], changed.json()["mode"]) == ("First steps", "in_person")
    assert changed.headers["ETag"] == '"2"'
    refused(change(two.mentee, found, agenda="Mine"), 412, "stale")
    assert change(two.mentee, found, 2, agenda=None).json()["agenda"] is None


def test_the_program_changes_the_mode_but_not_the_agenda(admin, two):
    found = session(two.mentee, two.pairing_id, agenda="Ours")
    refused(change(admin, found, agenda="Theirs"), 403, "only-the-pair")
    changed = change(admin, found, mode="hybrid").json()
    assert (changed["mode"], changed["agenda"]) == ("hybrid", None)
    assert two.mentee.get(f"/sessions/{found['id']}").json()["agenda"] == "Ours"


def test_a_cancelled_session_does_not_change(two):
    found = session(two.mentee, two.pairing_id)
    two.mentee.post(f"/sessions/{found['id']}/cancel", json={"reason": "other"})
    refused(change(two.mentee, found, 2, agenda="Too late"), 409, "session-not-scheduled")


# who came


def complete(client, found, **facts):
    return client.post(f"/sessions/{found['id']}/complete", json={**BOTH, **facts})


def test_a_session_is_completed_only_once_it_has_begun(house, two):
    found = session(two.mentee, two.pairing_id)
    house.clock.travel(days=6, hours=23, minutes=59)
    refused(complete(two.mentee, found), 409, "session-not-begun")
    house.clock.travel(minutes=1)
    done = complete(two.mentee, found).json()
    assert (done["status"], done["actual_minutes"]) == ("completed", 60)
    assert (done["completed_at"], done["completed_by"]) == ("2026-03-09T09:00:00Z", "mentee")
    refused(complete(two.mentor, found), 409, "session-not-scheduled")


def test_how_long_they_met_can_be_told(house, admin, two):
    found = session(two.mentee, two.pairing_id)
    house.clock.travel(days=8)
    assert complete(admin, found, actual_minutes=85).json()["actual_minutes"] == 85
    (event,) = admin.get("/events", params={"type": "session.completed"}).json()["items"]
    assert event["data"]["actual_minutes"] == 85


@pytest.mark.parametrize("who", [{"mentor_attendance": "missed"}, {"mentee_attendance": "excused"}])
def test_a_session_without_one_of_the_two_was_missed(house, admin, two, who):
    found = session(two.mentee, two.pairing_id)
    house.clock.travel(days=8)
    refused(complete(two.mentor, found, actual_minutes=10, **who), 422, "invalid")
    missed = complete(two.mentor, found, **who).json()
    assert (missed["status"], missed["actual_minutes"]) == ("missed", None)
    assert {**BOTH, **who}.items() <= missed.items()
    events = admin.get("/events", params={"type": "session.missed"}).json()["items"]
    assert [each["data"]["session_id"] for each in events] == [found["id"]]


def test_what_was_held_before_a_pairing_ended_is_still_recorded(house, two):
    found = session(two.mentee, two.pairing_id)
    house.clock.travel(days=8)
    assert two.mentor.post(f"/pairings/{two.pairing_id}/end", json={}).status_code == 200
    house.work_off()
    assert complete(two.mentee, found).json()["status"] == "completed"


def test_a_past_session_no_longer_stands_in_the_way(house, two):
    held(house, two.mentee, two.pairing_id)
    again = session(two.mentee, two.pairing_id, starts_at="2026-03-09T09:30:00Z")
    assert again["status"] == "scheduled"


# cancelling


def test_a_cancellation_tells_who_why_and_how_late(house, admin, two):
    found = session(two.mentee, two.pairing_id)
    house.clock.travel(days=6, hours=21, minutes=30, seconds=30)
    cancelled = two.mentor.post(
        f"/sessions/{found['id']}/cancel", json={"reason": "workload", "words": "The audit"}
    ).json()
    assert (cancelled["status"], cancelled["cancelled_by"]) == ("cancelled", "mentor")
    assert (cancelled["cancel_reason"], cancelled["notice_minutes"]) == ("workload", 149)
    (event,) = admin.get("/events", params={"type": "session.cancelled"}).json()["items"]
    assert (event["data"]["by"], event["data"]["notice_minutes"]) == ("mentor", 149)
    assert "audit" not in str(event)
    refused(
        two.mentee.post(f"/sessions/{found['id']}/cancel", json={"reason": "other"}),
        409,
        "session-not-scheduled",
    )


def test_the_program_cancels_in_its_own_name(admin, two):
    found = session(two.mentee, two.pairing_id)
    answer = admin.post(f"/sessions/{found['id']}/cancel", json={"reason": "other", "words": "x"})
    assert (answer.json()["cancelled_by"], answer.json()["cancel_words"]) == ("program", None)


def test_a_session_that_has_begun_is_not_cancelled(house, two):
    found = session(two.mentee, two.pairing_id)
    house.clock.travel(days=7)
    refused(
        two.mentee.post(f"/sessions/{found['id']}/cancel", json={"reason": "other"}),
        409,
        "session-begun",
    )


def test_those_who_may_only_look_change_nothing(house, admin, two):
    found = session(two.mentee, two.pairing_id)
    facilitator = colleague(house, admin, "facilitator", "participant")
    path = f"/sessions/{found['id']}"
    refused(facilitator.post(f"{path}/cancel", json={"reason": "other"}), 403, "not-your-program")
    refused(change(facilitator, found, mode="hybrid"), 403, "not-your-program")
    stranger = pair(house, admin).mentee
    refused(stranger.post(f"{path}/cancel", json={"reason": "other"}), 404, "not-found")
