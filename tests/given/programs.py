"""Builders for programs, cohorts and enrollments, over HTTP, with sensible defaults."""

from itertools import count
from typing import Any

import httpx

from tests.given.participants import participant as person

_number = count(1)
_WAY = {
    "planned": (),
    "enrolling": ("open-enrollment",),
    "running": ("open-enrollment", "launch"),
    "completed": ("open-enrollment", "launch", "complete"),
    "cancelled": ("cancel",),
}


def program(client: httpx.Client, **facts: Any) -> dict[str, Any]:
    """A program of a name of its own."""
    wanted = {
        "name": f"Digital skills {next(_number)}",
        "purpose": "Senior managers learn daily digital tools.",
        **facts,
    }
    response = client.post("/programs", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()


def cohort(
    client: httpx.Client, program_id: str | None = None, status: str = "enrolling", **facts: Any
) -> dict[str, Any]:
    """A cohort that starts four weeks after the test's beginning, led to this status."""
    wanted = {
        "program_id": program_id or program(client)["id"],
        "name": f"Spring {next(_number)}",
        "starts_on": "2026-03-30",
        **facts,
    }
    response = client.post("/cohorts", json=wanted)
    assert response.status_code == 201, response.text
    for step in _WAY[status]:
        response = client.post(f"/cohorts/{response.json()['id']}/{step}")
        assert response.status_code == 200, response.text
    return response.json()


def enrollment(
    client: httpx.Client,
    cohort_id: str,
    role: str,
    participant: dict[str, Any] | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """An enrollment with consent; of a new person in Rome, unless said otherwise."""
    wanted = {
        "cohort_id": cohort_id,
        "participant_id": (participant or person(client))["id"],
        "role": role,
        "consent_source": "Signed form",
        **facts,
    }
    response = client.post("/enrollments", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()
