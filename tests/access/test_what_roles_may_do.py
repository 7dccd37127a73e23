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
