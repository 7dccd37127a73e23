"""Builders for pairings and cohorts ready to be matched, over HTTP, with sensible defaults."""

from itertools import count
from typing import Any

import httpx

from tests.given.accounts import own_client
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment
from tests.house import House

SIDES = ("mentor", "mentee")
OF_THE_PERSON = frozenset(
    {
        "job_level",
        "department",
        "languages",
        "time_zone",
        "manager_id",
        "work_email",
        "hired_on",
        "location",
    }
)
_number = count(1)


def enrolled(client: httpx.Client, cohort_id: str, role: str, **facts: Any) -> dict[str, Any]:
    """An enrolled person whom a hard rule of the defaults hardly forbids: a junior or a senior."""
    usual = {
        "job_level": 2 if role == "mentor" else 8,
        "work_email": f"{role}{next(_number)}@example.com",
    }
    person = {key: value for key, value in facts.items() if key in OF_THE_PERSON}
    brought = {key: value for key, value in facts.items() if key not in OF_THE_PERSON}
    return enrollment(
        client, cohort_id, role, participant(client, **{**usual, **person}), **brought
    )


def proposal(
    client: httpx.Client,
    mentor: dict[str, Any] | None = None,
    mentee: dict[str, Any] | None = None,
    cohort_status: str = "running",
) -> dict[str, Any]:
    """Two people proposed to each other by hand, in a cohort of their own unless they are given."""
    known = mentor or mentee
    cohort_id = known["cohort_id"] if known else cohort(client, status=cohort_status)["id"]
    wanted = {
        "mentor_enrollment_id": (mentor or enrolled(client, cohort_id, "mentor"))["id"],
        "mentee_enrollment_id": (mentee or enrolled(client, cohort_id, "mentee"))["id"],
    }
    response = client.post("/pairings", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()


def queued_run(client: httpx.Client, cohort_id: str, **wanted: Any) -> dict[str, Any]:
    """A match run of the cohort that a worker is to compute, not begun."""
    response = client.post(
        "/pairings/propose",
        json={"cohort_id": cohort_id, **wanted},
        headers={"Prefer": "respond-async"},
    )
    assert response.status_code == 202, response.text
    return response.json()


def step(client: httpx.Client, pairing: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
    """One step of the life cycle, which must succeed."""
    response = client.post(f"/pairings/{pairing['id']}/{verb}", json=body)
    assert response.status_code in (200, 201), response.text
    return response.json()


def accepted_by_both(client: httpx.Client, pairing: dict[str, Any]) -> dict[str, Any]:
    """Both answers, recorded by somebody who runs the program."""
    for side in SIDES:
        pairing = step(client, pairing, "accept", on_behalf_of=side)
    return pairing


def pairing(
    client: httpx.Client,
    status: str = "active",
    mentor: dict[str, Any] | None = None,
    mentee: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A pairing in this status; `accepted` is one of a cohort that does not run yet."""
    running = "enrolling" if status == "accepted" else "running"
    found = proposal(client, mentor, mentee, cohort_status=running)
    if status in ("accepted", "active", "paused", "ended"):
        found = accepted_by_both(client, found)
    if status == "paused":
        found = step(client, found, "pause")
    if status == "ended":
        found = step(client, found, "end")
    if status == "declined":
        found = step(client, found, "decline", on_behalf_of="mentee")
    if status == "withdrawn":
        found = step(client, found, "withdraw")
    assert found["status"] == status
    return found


def client_of(client: httpx.Client, house: House, found: dict[str, Any], side: str) -> httpx.Client:
    """A client that speaks for one of the two, by a key that outlives a journey in time."""
    signed_in = own_client(house, client, {"id": found[f"{side}_id"]})
    key = signed_in.post("/tokens", json={"name": "front end", "expires_in_days": 365})
    assert key.status_code == 201, key.text
    return house.client(key.json()["token"])
