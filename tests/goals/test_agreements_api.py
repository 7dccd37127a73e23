"""What a pair agrees on, over HTTP."""

import pytest

from tests.given import pairings as pairs
from tests.given.accounts import own_client
from tests.given.goals import agreement
from tests.given.participants import participant

WORDS = ("mentee_learns", "mentor_gains", "working_rules")


@pytest.fixture
def pairing(admin):
    return pairs.pairing(admin)


@pytest.fixture
def mentor(house, admin, pairing):
    return pairs.client_of(admin, house, pairing, "mentor")


@pytest.fixture
def mentee(house, admin, pairing):
    return pairs.client_of(admin, house, pairing, "mentee")


def kinds(client):
    page = client.get("/events", params={"limit": 200}).json()
    return [each["type"] for each in page["items"] if each["type"].startswith("agreement.")]


def test_either_writes_and_both_sign(admin, pairing, mentor, mentee):
    written = agreement(mentee, pairing["id"], working_rules="What we say stays here.")
    assert (written["number"], written["written_by"]) == (1, "mentee")
    assert (written["mentor_signed_at"], written["mentee_signed_at"]) == (None, None)
    half = mentor.post(f"/agreements/{written['id']}/sign").json()
    assert half["mentor_signed_at"] is not None
    assert half["mentee_signed_at"] is None
    again = mentor.post(f"/agreements/{written['id']}/sign")
    assert (again.status_code, again.json()["code"]) == (409, "signed-already")
    whole = mentee.post(f"/agreements/{written['id']}/sign").json()
    assert whole["mentee_signed_at"] is not None
    assert mentor.get(f"/agreements/{written['id']}").json() == whole
    assert kinds(admin) == [
        "agreement.written",
        "agreement.signed",
        "agreement.signed",
        "agreement.concluded",
    ]


def test_a_change_is_a_new_version_that_asks_for_new_signatures(pairing, mentor, mentee):
    first = agreement(mentee, pairing["id"])
    for each in (mentor, mentee):
        each.post(f"/agreements/{first['id']}/sign")
    second = agreement(
        mentor, pairing["id"], replaces_id=first["id"], mentor_gains="To sit in on a board meeting."
    )
    assert (second["number"], second["written_by"]) == (2, "mentor")
    assert second["mentee_signed_at"] is None
    found = mentee.get("/agreements", params={"pairing_id": pairing["id"]}).json()["items"]
    assert [each["number"] for each in found] == [2, 1]
    assert found[1]["mentor_gains"] == first["mentor_gains"]
    assert found[1]["mentee_signed_at"] is not None
    refused = mentee.post(f"/agreements/{first['id']}/sign")
    assert (refused.status_code, refused.json()["code"]) == (409, "agreement-superseded")


def test_who_has_not_read_the_latest_version_does_not_overwrite_it(pairing, mentor, mentee):
    first = agreement(mentee, pairing["id"])
    agreement(mentor, pairing["id"], replaces_id=first["id"])
    wanted = {"pairing_id": pairing["id"], "mentee_learns": "A", "mentor_gains": "B"}
    for replaced in (None, first["id"]):
        refused = mentee.post("/agreements", json={**wanted, "replaces_id": replaced})
        assert refused.status_code == 409
        assert refused.json()["code"] == "agreement-changed-meanwhile"


def test_those_who_run_the_program_see_who_signed_and_not_one_word(admin, pairing, mentee):
    written = agreement(mentee, pairing["id"], working_rules="Ours.")
    mentee.post(f"/agreements/{written['id']}/sign")
    shown = admin.get(f"/agreements/{written['id']}").json()
    assert [shown[name] for name in WORDS] == [None] * 3
    assert shown["mentee_signed_at"] is not None
    assert admin.get("/agreements").json()["items"] == [shown]
    refused = admin.post(f"/agreements/{written['id']}/sign")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-pairing")


def test_a_stranger_to_the_pair_sees_no_agreement(house, admin, pairing, mentee):
    written = agreement(mentee, pairing["id"])
    other = own_client(house, admin, participant(admin, work_email="kim@example.com"))
    umbrella = house.organization("Umbrella", "admin@umbrella.example")
    for each in (other, umbrella):
        assert each.get(f"/agreements/{written['id']}").status_code == 404
        assert each.post(f"/agreements/{written['id']}/sign").status_code == 404
        assert each.get("/agreements").json()["items"] == []


def test_a_pairing_that_rests_agrees_on_nothing_new(admin, pairing, mentee):
    written = agreement(mentee, pairing["id"])
    pairs.step(admin, pairing, "pause")
    refused = mentee.post(f"/agreements/{written['id']}/sign")
    assert (refused.status_code, refused.json()["code"]) == (409, "pairing-not-active")


@pytest.mark.parametrize("name", ["mentee_learns", "mentor_gains"])
def test_both_wants_are_said(pairing, mentee, name):
    wanted = {"pairing_id": pairing["id"], "mentee_learns": "A", "mentor_gains": "B", name: ""}
    assert mentee.post("/agreements", json=wanted).status_code == 422
