"""Builders for documents, planned and applied over HTTP."""

import copy
from typing import Any

import httpx

YAML = {"Content-Type": "application/yaml"}

SMALL: dict[str, Any] = {
    "format": "rementor/v1",
    "program": {
        "key": "digital",
        "name": "Digital skills, upwards",
        "purpose": "Senior managers learn the tools of their own daily work.",
    },
    "goals": [
        {"key": "meetings", "title": "Run meetings in the chat tool", "category": "digital_skills",
         "baseline": 0, "target": 4},
        {"key": "insight", "title": "See how we decide", "category": "business_insight"},
    ],
    "statement": {"text": "We close the gap from both ends.", "goals": ["meetings", "insight"]},
    "training": [
        {"key": "why", "title": "Why we do this", "topic": "benefits", "minutes": 30,
         "summary": "What both gain."},
        {"key": "safe", "title": "What stays here", "topic": "confidentiality", "minutes": 20,
         "summary": "What is said stays."},
    ],
    "messages": [
        {"key": "invitation", "occasion": "invitation", "subject": "Join us, {{given_name}}",
         "body": "It takes two minutes: {{link}}"},
    ],
    "cohorts": [
        {
            "key": "spring",
            "name": "Spring 2026",
            "starts_on": "2026-03-30",
            "milestones": [{"name": "Half-time", "due_on": "2026-07-01"}],
            "goals": [{"key": "attendance", "title": "Pairs meet as planned",
                       "category": "custom", "due_after_days": 200}],
            "surveys": [
                {"key": "before", "title": "Before the first meetings", "moment": "baseline",
                 "questionnaires": [{"code": "RM-SAFE"}], "opens_after_days": -7,
                 "open_for_days": 7},
            ],
        },
    ],
}  # fmt: skip


def blueprint(**parts: Any) -> dict[str, Any]:
    """A small document of everything; `parts` replace its parts, and those that are None go."""
    whole = {**copy.deepcopy(SMALL), **parts}
    return {name: part for name, part in whole.items() if part is not None}


def sent(client: httpx.Client, verb: str, document: Any, **query: Any) -> httpx.Response:
    """A document, as JSON or as the text that it is, sent to be planned or applied."""
    path = f"/blueprints/{verb}"
    if isinstance(document, (str, bytes)):
        return client.post(path, content=document, headers=YAML, params=query)
    return client.post(path, json=document, params=query)


def plan(client: httpx.Client, document: Any, **query: Any) -> dict[str, Any]:
    response = sent(client, "plan", document, **query)
    assert response.status_code == 200, response.text
    return response.json()


def applied(client: httpx.Client, document: Any, **query: Any) -> dict[str, Any]:
    """A document that was planned, and applied as planned."""
    digest = plan(client, document, **query)["digest"]
    response = sent(client, "apply", document, digest=digest, **query)
    assert response.status_code == 200, response.text
    return response.json()


def exported(client: httpx.Client, program_id: str, form: str = "yaml") -> bytes:
    response = client.get(f"/programs/{program_id}/blueprint", params={"format": form})
    assert response.status_code == 200, response.text
    return response.content


def moved(told: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a plan or an answer changes: (action, what, key, field) of each."""
    return [
        (each["action"], each["what"], each["key"], each["field"])
        for each in told["changes"]
        if each["action"] != "keep"
    ]
