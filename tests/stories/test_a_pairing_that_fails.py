"""A pair that does not work: ended without fault, told in neutral words, and mended by the next."""

import pytest

from tests.given.accounts import colleague
from tests.given.company import done, every
from tests.given.pairings import client_of, enrolled, pairing
from tests.given.programs import cohort


@pytest.fixture
def running(admin):
    return cohort(admin, status="running")["id"]


def partner_of(side):
    return "mentee" if side == "mentor" else "mentor"


@pytest.mark.parametrize("side", ["mentor", "mentee"])
def test_either_side_ends_it_and_the_next_proposal_uses_the_place(house, admin, running, side):
    mentor, mentee = (enrolled(admin, running, role) for role in ("mentor", "mentee"))
    found = pairing(admin, mentor=mentor, mentee=mentee)
    leaving, other = (client_of(admin, house, found, each) for each in (side, partner_of(side)))
    waiting = enrolled(admin, running, "mentee")
    run = done(admin.post("/pairings/propose", json={"cohort_id": running}))
    assert [(each["enrollment_id"], each["reason"]) for each in run["unmatched"]] == [
        (waiting["id"], "out_competed")
    ]
    done(admin.post(f"/match-runs/{run['id']}/publish"))
    done(
        leaving.post(
            "/sessions",
            json={
                "pairing_id": found["id"],
                "local_time": "2026-03-31T10:00",
                "time_zone": "Europe/Rome",
            },
        )
    )

    # One request, and no reason asked for.
    assert done(leaving.post(f"/pairings/{found['id']}/end", json={}))["status"] == "ended"
    house.work_off()

    told = done(other.get(f"/pairings/{found['id']}"))
    assert (told["status"], told["end_reason"]) == ("ended", "no_fault_change")
    event = admin.get("/events", params={"type": "pairing.ended"}).json()["items"][-1]
    assert not {"side", "by", "ended_by", "words"} & event["data"].keys()
    (meeting,) = every(other, "/sessions", pairing_id=found["id"])
    assert (meeting["status"], meeting["cancelled_by"], meeting["cancel_reason"]) == (
        "cancelled", "system", "pairing_ended",
    )  # fmt: skip
    assert other.get(f"/pairings/{found['id']}/partner").json().get("work_email") is None

    again = done(admin.post("/pairings/propose", json={"cohort_id": running}))
    (new,) = again["pairs"]
    assert new["pinned"] is False
    assert (new["mentor_enrollment_id"], new["mentee_enrollment_id"]) == (
        mentor["id"], waiting["id"],
    )  # fmt: skip


def test_nobody_who_reads_the_program_learns_who_ended_it(house, admin):
    found = pairing(admin)
    done(client_of(admin, house, found, "mentor").post(f"/pairings/{found['id']}/end", json={}))
    for reader in (admin, colleague(house, admin, "program_manager")):
        told = done(reader.get(f"/pairings/{found['id']}"))
        assert {name for name in told if "ended" in name} == {"ended_at"}
        assert told["end_reason"] == "no_fault_change"


def test_a_pair_that_ended_is_not_begun_again(house, admin):
    found = pairing(admin, status="ended")
    for verb in ("pause", "resume", "activate", "end", "accept"):
        body = {"on_behalf_of": "mentor"} if verb == "accept" else {}
        refused = admin.post(f"/pairings/{found['id']}/{verb}", json=body)
        assert refused.status_code == 409, verb
        assert refused.json()["detail"] == "The pairing is ended."
