"""An HRIS speaks to us for months: its own key, upserts by its own ids, leave, a leaver, the feed.

And the two colleagues it cannot speak for: one whose invitation went stale, one who signs in daily.
"""

import datetime as dt

from tests.given.accounts import PASSWORD
from tests.given.company import done, every
from tests.given.pairings import enrolled, pairing
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment

SCOPES = ["participants:read", "participants:change", "participants:write", "events:read"]
PERSON = {
    "given_name": "Łukasz",
    "family_name": "O'Neil",
    "work_email": "lukasz@example.com",
    "job_level": 3,
    "department": "Finance",
    "time_zone": "Europe/Warsaw",
    "languages": ["pl", "en"],
    "manager_external_id": "W-1",
}


def put(client, external_id, **facts):
    """Insert or change; a change names the version it was decided on."""
    found = every(client, "/participants", external_id=external_id)
    headers = {}
    if found:
        headers["If-Match"] = client.get(f"/participants/{found[0]['id']}").headers["ETag"]
    path = f"/participants-by-external-id/{external_id}"
    return client.put(path, json=facts, headers=headers)


def test_an_hris_with_a_key_of_its_own_keeps_people_leave_and_managers_current(house, admin):
    made = done(
        admin.post(
            "/tokens", json={"name": "Nightly sync", "scopes": SCOPES, "expires_in_days": 90}
        )
    )
    hris = house.client(made["token"])
    assert hris.get("/accounts").status_code == 403, "a key opens what it was made for"
    done(put(hris, "W-1", given_name="Ada", family_name="Osei", time_zone="Europe/Rome"))
    added = done(put(hris, "W-2", **PERSON))
    same = done(put(hris, "W-2", **PERSON))
    assert (same["id"], same["given_name"]) == (added["id"], "Łukasz")
    moved = done(put(hris, "W-2", **{**PERSON, "department": "Sales"}))
    assert moved["department"] == "Sales"

    away = {"participant_id": added["id"], "starts_on": "2026-07-01", "ends_on": "2026-07-21"}
    leave = done(hris.post("/leaves", json=away))
    assert every(hris, "/leaves", participant_id=added["id"]) == [leave]
    assert done(hris.get(f"/leaves/{leave['id']}")) == leave
    known = done(hris.get("/events", params={"limit": 200}))
    assert [each["position"] for each in known["items"]] == list(range(1, len(known["items"]) + 1))
    gone = done(put(hris, "W-2", **{**PERSON, "employment_status": "left"}))
    assert gone["left_on"] == "2026-03-02"
    news = done(hris.get("/events", params={"after": known["next_after"]}))["items"]
    assert "participant.left" in {each["type"] for each in news}

    listed = {each["id"]: each for each in every(admin, "/tokens")}
    assert "token" not in listed[made["id"]], "the secret was shown once"
    assert set(done(admin.get(f"/tokens/{made['id']}"))["scopes"]) == set(SCOPES)
    etag = admin.get(f"/tokens/{made['id']}").headers["ETag"]
    assert admin.delete(f"/tokens/{made['id']}", headers={"If-Match": etag}).status_code == 204
    assert hris.get("/participants").status_code == 401


def test_a_leaver_in_the_nightly_roster_ends_their_pair_and_nobody_elses(house, admin):
    running = cohort(admin, status="running")["id"]
    pairs = []
    for number in range(2):
        junior = participant(admin, external_id=f"W-{number}", job_level=2)
        mentor = enrollment(admin, running, "mentor", junior)
        mentee = enrolled(admin, running, "mentee")
        pairs.append(pairing(admin, mentor=mentor, mentee=mentee))
    roster = {
        "format": "csv",
        "content": "ID,First,Last,Level,State\nW-0,Rosa,Weber,2,T\nW-1,Rosa,Weber,2,A\n",
        "mapping": {
            "external_id": {"column": "ID"},
            "given_name": {"column": "First"},
            "family_name": {"column": "Last"},
            "job_level": {"column": "Level"},
            "employment_status": {"column": "State", "values": {"A": "active", "T": "left"}},
            "time_zone": {"value": "Europe/Rome"},
            "languages": {"value": "en"},
        },
    }
    rehearsal = done(admin.post("/participants/import", json={**roster, "dry_run": True}))
    assert (rehearsal["changed_count"], rehearsal["unchanged_count"]) == (1, 1)
    done(admin.post("/participants/import", json=roster))
    house.work_off()
    told = [done(admin.get(f"/pairings/{each['id']}")) for each in pairs]
    assert [(each["status"], each["end_reason"]) for each in told] == [
        ("ended", "left_organization"), ("active", None),
    ]  # fmt: skip


def test_a_stale_invitation_is_renewed_and_a_signed_in_colleague_stays_signed_in(house, admin):
    invited = done(
        admin.post(
            "/accounts",
            json={"email": "kim@example.com", "name": "Kim", "roles": ["program_manager"]},
        )
    )
    (grant,) = every(admin, "/grants", account_id=invited["id"])
    assert (grant["role"], grant["program_id"]) == ("program_manager", None)
    house.clock.travel(days=8)
    accept = {"invitation_token": invited["invitation_token"], "password": PASSWORD}
    assert not house.client().post("/accounts/accept-invitation", json=accept).is_success
    fresh = done(admin.post(f"/accounts/{invited['id']}/invite-again"))
    accept["invitation_token"] = fresh["invitation_token"]
    done(house.client().post("/accounts/accept-invitation", json=accept))
    pair = done(
        house.client().post(
            "/tokens/sign-in",
            json={
                "organization_id": admin.organization_id,
                "email": "kim@example.com",
                "password": PASSWORD,
            },
        )
    )
    house.clock.travel_to(house.clock.now() + dt.timedelta(hours=1))
    assert house.client(pair["access_token"]).get("/me").status_code == 401
    renewed = done(
        house.client().post("/tokens/refresh", json={"refresh_token": pair["refresh_token"]})
    )
    assert done(house.client(renewed["access_token"]).get("/me"))["name"] == "Kim"
    house.clock.travel(seconds=11)
    # A refresh token used twice was stolen: nothing that came of it opens anything any more.
    replayed = house.client().post("/tokens/refresh", json={"refresh_token": pair["refresh_token"]})
    assert replayed.status_code == 401
    assert house.client(renewed["access_token"]).get("/me").status_code == 401
