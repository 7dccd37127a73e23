"""Builders for frameworks, skills and assessments, over HTTP, with sensible defaults."""

from typing import Any

import httpx


def framework(client: httpx.Client, **facts: Any) -> dict[str, Any]:
    """A small framework of one's own: three levels, two competences."""
    wanted = {
        "code": "acme-ai",
        "title": "AI at Acme",
        "framework_version": "1.0",
        "levels": [{"prompt": f"I can do this at level {level}."} for level in (1, 2, 3)],
        "competences": [
            {"code": "prompting", "area": "Working with AI", "title": "Asking well"},
            {"code": "checking", "area": "Working with AI", "title": "Checking what comes back"},
        ],
        **facts,
    }
    response = client.post("/frameworks", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()


def skills(
    client: httpx.Client,
    participant_id: str,
    offered: dict[str, int] | None = None,
    wanted: dict[str, int] | None = None,
) -> dict[str, Any]:
    """What a person offers and wants, as a whole."""
    response = client.put(
        f"/participants/{participant_id}/skills",
        json={"offered": offered or {}, "wanted": wanted or {}},
    )
    assert response.status_code == 200, response.text
    return response.json()


def assessment(client: httpx.Client, participant_id: str, **facts: Any) -> dict[str, Any]:
    """Level 3 in collaborating through digital technologies, at the baseline."""
    wanted = {
        "participant_id": participant_id,
        "competence": "digcomp:2.4",
        "level": 3,
        "moment": "baseline",
        **facts,
    }
    response = client.post("/assessments", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()
