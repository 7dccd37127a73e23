"""An erased person is gone from everywhere but the shape of others' history."""

from tests.given.participants import participant


def test_a_kept_answer_that_names_an_erased_person_is_not_replayed(house, admin):
    key = {"Idempotency-Key": "once"}
    body = {"given_name": "Sentinel", "family_name": "Person", "time_zone": "UTC"}
    added = admin.post("/participants", json=body, headers=key).json()
    other = participant(admin)
    assert admin.post("/participants", json=body, headers=key).json()["id"] == added["id"]
    admin.post(f"/participants/{added['id']}/erase")
    again = admin.post("/participants", json=body, headers=key)
    assert "Idempotency-Replayed" not in again.headers
    assert again.json()["id"] not in (added["id"], other["id"])
