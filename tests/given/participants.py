"""Builders for people, over HTTP, with sensible defaults."""

from typing import Any

import httpx


def participant(client: httpx.Client, **facts: Any) -> dict[str, Any]:
    """A person in Rome, unless said otherwise."""
    wanted = {
        "given_name": "Rosa",
        "family_name": "Weber",
        "time_zone": "Europe/Rome",
        "languages": ["en"],
        **facts,
    }
    response = client.post("/participants", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()
