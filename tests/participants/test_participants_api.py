"""People over HTTP."""

import pytest

from tests.given.participants import participant


@pytest.mark.parametrize("name", ["O'Neil", "Łukasz", "山田太郎", "محمد", "नरेन्द्र", "𐍈𐌰"])
def test_a_name_is_any_unicode_and_comes_back_as_it_was(admin, name):
    added = participant(admin, given_name=name)
    assert admin.get(f"/participants/{added['id']}").json()["given_name"] == name


def test_the_same_external_id_twice_is_a_named_conflict_and_leaves_no_event(admin):
    participant(admin, external_id="W-1")
    before = admin.get("/events").json()["next_after"]
    again = admin.post(
        "/participants",
        json={"given_name": "A", "family_name": "B", "time_zone": "UTC", "external_id": "W-1"},
    )
    assert again.status_code == 409
    assert again.json()["code"] == "external-id-taken"
    assert admin.get("/events").json()["next_after"] == before
