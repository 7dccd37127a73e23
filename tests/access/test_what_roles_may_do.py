"""What a role may do, and what it may not although it holds a token."""

import pytest

from tests.given.accounts import own_client
from tests.given.participants import participant

PROFILE = {"given_name": "A", "family_name": "B", "time_zone": "UTC"}


@pytest.fixture
def person(admin):
    return participant(admin, external_id="W-1", work_email="w1@example.com", job_level=2)


def test_a_participant_changes_their_own_languages_and_nothing_that_is_hrs_word(
    house, admin, person
):
    own = own_client(house, admin, person)
    place = f"/participants/{person['id']}"
    etag = own.get(place).headers["ETag"]
    changed = own.patch(place, json={"languages": ["en", "de"]}, headers={"If-Match": etag})
    assert changed.status_code == 200
    for body in ({"job_level": 9}, {"manager_id": None}, {"employment_status": "left"}):
        etag = own.get(place).headers["ETag"]
        assert own.patch(place, json=body, headers={"If-Match": etag}).status_code == 403


def test_a_participant_adds_puts_and_imports_nobody(house, admin, person):
    own = own_client(house, admin, person)
    roster = {
        "format": "csv",
        "content": "ID\nW-1\n",
        "mapping": {"external_id": {"column": "ID"}},
    }
    assert own.post("/participants", json=PROFILE).status_code == 403
    assert own.put("/participants-by-external-id/W-1", json=PROFILE).status_code == 403
    assert own.post("/participants/import", json=roster).status_code == 403
    assert admin.get(f"/participants/{person['id']}").json()["job_level"] == 2


@pytest.mark.parametrize("role", ["administrator", "auditor", "integration", "participant"])
def test_a_role_that_speaks_for_the_organization_is_not_given_for_one_program(admin, role):
    me = admin.get("/me").json()["account_id"]
    wanted = {"role": role, "program_id": "01a212db-b1c7-7078-aff1-7075797c868e"}
    refused = admin.post(f"/accounts/{me}/grants", json=wanted)
    assert refused.status_code == 422


def test_an_administrator_makes_a_key_for_an_integration_and_for_no_person(house, admin):
    accounts = [
        admin.post(
            "/accounts", json={"email": f"{role}@example.com", "name": role, "roles": [role]}
        ).json()["id"]
        for role in ("integration", "sponsor")
    ]
    made = admin.post(
        "/tokens",
        json={"name": "HRIS", "account_id": accounts[0], "scopes": ["participants:write"]},
    )
    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/tokens/{made.json()['id']}"
    robot = house.client(made.json()["token"])
    assert robot.post("/participants", json=PROFILE).status_code == 201
    assert robot.get("/accounts").status_code == 403
    refused = admin.post("/tokens", json={"name": "spy", "account_id": accounts[1]})
    assert refused.status_code == 422


def test_who_has_left_no_longer_comes_in_and_who_is_back_may_sign_in_again(house, admin, person):
    own = own_client(house, admin, person)
    place = f"/participants/{person['id']}"
    assert own.get("/me").status_code == 200

    def become(status):
        etag = admin.get(place).headers["ETag"]
        admin.patch(place, json={"employment_status": status}, headers={"If-Match": etag})
        house.work_off()

    become("left")
    assert own.get("/me").status_code == 401
    become("active")
    account = admin.get(place).json()["account_id"]
    assert admin.get(f"/accounts/{account}").json()["disabled_at"] is None
    assert own.get("/me").status_code == 401
