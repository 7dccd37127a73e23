"""What happens to sessions by itself, and what other rooms are told about meetings."""

import datetime as dt
import io
import struct
import uuid
from zoneinfo import ZoneInfo

import pytest

from app.kit.lanes import system
from app.sessions import calendar
from app.sessions.service import meetings_of
from tests.given.sessions import held, pair, session


@pytest.fixture
def two(house, admin):
    return pair(house, admin)


def statuses(client):
    items = client.get("/sessions", params={"sort": "starts_at"}).json()["items"]
    return [each["status"] for each in items]


def three(two):
    return [
        session(two.mentee, two.pairing_id, starts_at=f"2026-03-{day}T09:00:00Z")
        for day in ("05", "12", "19")
    ]


@pytest.mark.parametrize(
    ("verb", "reason"), [("end", "pairing_ended"), ("pause", "pairing_paused")]
)
def test_a_pairing_that_ends_or_rests_takes_its_coming_sessions_with_it(house, two, verb, reason):
    three(two)
    house.clock.travel(days=5)
    two.mentor.post(f"/pairings/{two.pairing_id}/{verb}", json={})
    house.work_off()
    assert statuses(two.mentee) == ["scheduled", "cancelled", "cancelled"]
    last = two.mentee.get("/sessions", params={"sort": "-starts_at"}).json()["items"][0]
    assert (last["cancelled_by"], last["cancel_reason"]) == ("system", reason)
    assert last["notice_minutes"] == 12 * 24 * 60
    house.work_off()
    assert statuses(two.mentee) == ["scheduled", "cancelled", "cancelled"]


def test_a_pause_that_was_over_before_anybody_noticed_cancels_nothing(house, two):
    three(two)
    two.mentor.post(f"/pairings/{two.pairing_id}/pause")
    two.mentee.post(f"/pairings/{two.pairing_id}/resume")
    house.work_off()
    assert statuses(two.mentee) == ["scheduled"] * 3


def test_sessions_of_another_pairing_stay(house, admin, two):
    other = pair(house, admin, mentor={"id": two.mentor_id})
    session(other.mentee, other.pairing_id)
    two.mentor.post(f"/pairings/{two.pairing_id}/end", json={})
    house.work_off()
    assert statuses(other.mentee) == ["scheduled"]


def test_what_an_erased_person_wrote_is_gone_and_what_happened_stays(house, admin, two):
    found = held(house, two.mentee, two.pairing_id, agenda="sentinel agenda")
    later = session(
        two.mentee, two.pairing_id, starts_at="2026-03-20T09:00:00Z", agenda="sentinel later"
    )
    move = {"starts_at": "2026-03-21T09:00:00Z", "reason": "other", "words": "sentinel move"}
    two.mentee.post(f"/sessions/{later['id']}/reschedule", json=move)
    cancel = {"reason": "other", "words": "sentinel words"}
    two.mentee.post(f"/sessions/{later['id']}/cancel", json=cancel)
    for client, text in ((two.mentee, "sentinel note"), (two.mentor, "kept note")):
        for visibility in ("private", "shared"):
            wanted = {"session_id": found["id"], "visibility": visibility, "text": text}
            assert client.post("/session-notes", json=wanted).status_code == 201
    for client, owner, text in (
        (two.mentee, "mentor", "sentinel action"),
        (two.mentor, "mentee", "sentinel task"),
        (two.mentor, "mentor", "kept action"),
    ):
        wanted = {"session_id": found["id"], "owner": owner, "text": text}
        assert client.post("/session-actions", json=wanted).status_code == 201

    assert admin.post(f"/participants/{two.mentee_id}/erase").status_code == 200
    house.work_off()

    told = "".join(
        two.mentor.get(path).text
        for path in ("/sessions", "/session-notes", "/session-actions",
                     f"/sessions/{later['id']}/reschedulings")
    )  # fmt: skip
    assert "sentinel" not in told
    assert told.count("kept note") == 2
    assert told.count("kept action") == 1
    kept = two.mentor.get(f"/sessions/{found['id']}").json()
    assert (kept["status"], kept["actual_minutes"], kept["agenda"]) == ("completed", 60, None)


def test_a_zone_that_gives_up_summer_time_moves_what_lies_ahead(house, two, monkeypatch):
    summer = session(two.mentee, two.pairing_id, local_time="2026-07-01T10:00")
    winter = session(two.mentee, two.pairing_id, local_time="2026-12-01T10:00")
    house.work_off()
    assert two.mentee.get(f"/sessions/{summer['id']}").json()["rescheduled_count"] == 0
    head = struct.pack(">4sc15s6l", b"TZif", b"2", b"", 0, 0, 0, 0, 1, 4)
    body = struct.pack(">lbb4s", 3600, 0, 0, b"CET\0")
    rules = ZoneInfo.from_file(io.BytesIO((head + body) * 2 + b"\nCET-1\n"), key="Europe/Rome")
    monkeypatch.setattr(calendar, "zone_named", lambda _: rules)
    house.clock.travel(hours=25)
    house.work_off()
    moved = two.mentee.get(f"/sessions/{summer['id']}").json()
    assert (moved["local_time"], moved["starts_at"]) == ("2026-07-01T10:00", "2026-07-01T09:00:00Z")
    assert moved["ends_at"] == "2026-07-01T10:00:00Z"
    (told,) = two.mentee.get(f"/sessions/{summer['id']}/reschedulings").json()["items"]
    assert (told["by"], told["reason"]) == ("system", "zone_rules_changed")
    assert two.mentee.get(f"/sessions/{winter['id']}").json() == winter


def test_impact_is_told_how_long_each_pair_was_active_and_when_it_met(house, admin, two):
    other = pair(house, admin, like=two)
    beginning = house.clock.now()
    held(house, two.mentee, two.pairing_id)
    met = house.clock.now()
    session(two.mentee, two.pairing_id, starts_at="2026-03-25T09:00:00Z")
    house.clock.travel(days=1)
    paused = house.clock.now()
    two.mentor.post(f"/pairings/{two.pairing_id}/pause")
    house.clock.travel(days=20)
    resumed = house.clock.now()
    two.mentor.post(f"/pairings/{two.pairing_id}/resume")
    house.clock.travel(days=5)
    other.mentee.post(f"/pairings/{other.pairing_id}/pause")
    house.clock.travel(days=1)
    ended = house.clock.now()
    other.mentee.post(f"/pairings/{other.pairing_id}/end", json={})
    pair(house, admin)  # of another cohort
    with house.lanes.unit(system(uuid.UUID(admin.organization_id)), "impact") as uow:
        told = {str(each.pairing_id): each for each in meetings_of(uow, uuid.UUID(two.cohort_id))}
    assert set(told) == {two.pairing_id, other.pairing_id}
    mine, theirs = told[two.pairing_id], told[other.pairing_id]
    assert (mine.activated_at, mine.ended_at) == (beginning, None)
    assert mine.pauses == ((paused, resumed),)
    assert mine.met_at == (met,)
    assert (theirs.ended_at, theirs.met_at) == (ended, ())
    assert theirs.pauses == ((ended - dt.timedelta(days=1), None),)
