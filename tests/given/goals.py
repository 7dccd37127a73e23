"""Builders for goals, statements and agreements, over HTTP, with sensible defaults."""

from itertools import count
from typing import Any

import httpx

_number = count(1)


def goal(client: httpx.Client, **facts: Any) -> dict[str, Any]:
    """A goal from 0 to 4, of a title of its own; say whose: `pairing_id=…`."""
    wanted = {
        "title": f"Run meetings in the chat tool {next(_number)}",
        "category": "digital_skills",
        "baseline": 0,
        "target": 4,
        **facts,
    }
    response = client.post("/goals", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()


def check_in(client: httpx.Client, goal_id: str, **facts: Any) -> dict[str, Any]:
    """A look at progress: the value is 2, unless something else is said."""
    response = client.post(f"/goals/{goal_id}/check-in", json=facts or {"value": 2})
    assert response.status_code == 201, response.text
    return response.json()


def statement(client: httpx.Client, **facts: Any) -> dict[str, Any]:
    """The goals in words; say whose: `cohort_id=…`, and which: `goal_ids=[…]`."""
    wanted = {"text": "Seniors learn the tools, juniors see how we decide.", **facts}
    response = client.post("/goal-statements", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()


def acknowledgement(
    client: httpx.Client, statement_id: str, ranking: list[str] | None = None, **facts: Any
) -> dict[str, Any]:
    """One person shares the goals, ranked or not."""
    response = client.post(
        f"/goal-statements/{statement_id}/acknowledge", json={"ranking": ranking or [], **facts}
    )
    assert response.status_code == 201, response.text
    return response.json()


def agreement(client: httpx.Client, pairing_id: str, **facts: Any) -> dict[str, Any]:
    """What the two want from it, not signed yet."""
    wanted = {
        "pairing_id": pairing_id,
        "mentee_learns": "To run my own team meetings in the chat tool.",
        "mentor_gains": "To see how an investment is decided.",
        **facts,
    }
    response = client.post("/agreements", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()
