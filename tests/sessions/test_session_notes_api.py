"""Notes and actions over HTTP: private means private, whatever somebody's role."""

import pytest

from tests.given.accounts import colleague
from tests.given.sessions import pair, session


@pytest.fixture
def two(house, admin):
    return pair(house, admin)


@pytest.fixture
def met(two):
    return session(two.mentee, two.pairing_id)


def refused(response, status, code):
    assert (response.status_code, response.json()["code"]) == (status, code), response.text


def note(client, met, visibility, text="What I thought"):
    wanted = {"session_id": met["id"], "visibility": visibility, "text": text}
    response = client.post("/session-notes", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()


def texts(client, path="/session-notes", **query):
    response = client.get(path, params=query)
    assert response.status_code == 200, response.text
    return [each["text"] for each in response.json()["items"]]


def action(client, met, **facts):
    wanted = {"session_id": met["id"], "owner": "mentee", "text": "Try the tool", **facts}
    response = client.post("/session-actions", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()


def test_a_private_note_is_read_by_its_author_and_nobody_else(house, admin, two, met):
    private = note(two.mentor, met, "private")
    assert (private["author_id"], private["author_side"]) == (two.mentor_id, "mentor")
    assert texts(two.mentor) == ["What I thought"]
    path = f"/session-notes/{private['id']}"
    others = [two.mentee, admin, colleague(house, admin, "program_manager", "integration")]
    for client in others:
        assert texts(client) == texts(client, session_id=met["id"]) == []
        refused(client.get(path), 404, "not-found")
    for client in (two.mentee, admin):
        refused(client.delete(path), 404, "not-found")
        answer = client.patch(path, json={"text": "x"}, headers={"If-Match": '"1"'})
        refused(answer, 404, "not-found")


def test_a_shared_note_is_read_by_the_two_and_changed_by_its_author(admin, two, met):
    shared = note(two.mentor, met, "shared")
    path = f"/session-notes/{shared['id']}"
    assert two.mentee.get(path).json() == shared
    refused(admin.get(path), 404, "not-found")
    if_match = {"If-Match": '"1"'}
    refused(two.mentee.patch(path, json={"text": "x"}, headers=if_match), 403, "not-your-note")
    refused(two.mentee.delete(path), 403, "not-your-note")
    changed = two.mentor.patch(path, json={"text": "Better words"}, headers=if_match)
    assert changed.json()["text"] == "Better words"
    assert two.mentor.delete(path).status_code == 204
    assert texts(two.mentee) == []


def test_notes_are_found_by_session_and_visibility(two, met):
    other = session(two.mentee, two.pairing_id, starts_at="2026-03-20T09:00:00Z")
    note(two.mentor, met, "shared", "one")
    note(two.mentor, met, "private", "two")
    note(two.mentor, other, "shared", "three")
    assert texts(two.mentor, session_id=met["id"]) == ["two", "one"]
    assert texts(two.mentor, visibility="shared") == ["three", "one"]
    assert texts(two.mentee) == ["three", "one"]


def test_only_the_two_write_about_a_session(house, admin, met):
    stranger = pair(house, admin).mentor
    for client in (stranger, admin):
        wanted = {"session_id": met["id"], "visibility": "shared", "text": "x"}
        refused(client.post("/session-notes", json=wanted), 422, "invalid")
        wanted = {"session_id": met["id"], "owner": "mentor", "text": "x"}
        refused(client.post("/session-actions", json=wanted), 422, "invalid")


def test_what_is_written_leaves_no_trace_in_events_and_audit(admin, two, met):
    note(two.mentor, met, "private", "sentinel-words")
    action(two.mentor, met, text="sentinel-words")
    assert "sentinel" not in admin.get("/events").text
    assert "sentinel" not in admin.get("/audit-entries").text


def test_an_action_is_taken_on_changed_finished_and_reopened(house, two, met):
    found = action(two.mentor, met, due_on="2026-03-20")
    assert (found["owner"], found["author_id"], found["done_at"]) == ("mentee", two.mentor_id, None)
    path = f"/session-actions/{found['id']}"
    changed = two.mentee.patch(
        path, json={"owner": "mentor", "due_on": None}, headers={"If-Match": '"1"'}
    ).json()
    assert (changed["owner"], changed["due_on"], changed["text"]) == (
        "mentor",
        None,
        "Try the tool",
    )
    refused(two.mentee.post(f"{path}/reopen"), 409, "action-not-done")
    done = two.mentee.post(f"{path}/finish").json()
    assert done["done_at"] == house.clock.now().isoformat().replace("+00:00", "Z")
    refused(two.mentee.post(f"{path}/finish"), 409, "action-done")
    assert two.mentor.post(f"{path}/reopen").json()["done_at"] is None
    assert two.mentor.get(path).json()["done_at"] is None
    assert two.mentor.delete(path).status_code == 204
    refused(two.mentor.get(path), 404, "not-found")


def test_actions_are_found_by_session_pairing_owner_and_whether_they_are_done(two, met):
    first = action(two.mentor, met, text="one", owner="mentor")
    action(two.mentor, met, text="two")
    two.mentor.post(f"/session-actions/{first['id']}/finish")
    where = "/session-actions"
    assert texts(two.mentee, where, session_id=met["id"]) == ["two", "one"]
    assert texts(two.mentee, where, pairing_id=two.pairing_id, owner="mentor") == ["one"]
    assert texts(two.mentee, where, done="false") == ["two"]
    assert texts(two.mentee, where, done="true") == ["one"]


def test_actions_are_the_twos_alone(house, admin, two, met):
    found = action(two.mentor, met)
    path = f"/session-actions/{found['id']}"
    for client in (admin, colleague(house, admin, "program_manager"), pair(house, admin).mentee):
        assert texts(client, "/session-actions") == []
        refused(client.get(path), 404, "not-found")
    refused(admin.post(f"{path}/finish"), 404, "not-found")
