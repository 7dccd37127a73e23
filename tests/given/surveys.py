"""Builders for cohorts that are asked, waves and answers."""

import datetime as dt
import uuid
from typing import Any

import httpx

from tests.given.accounts import colleague
from tests.given.participants import participant
from tests.given.programs import cohort
from tests.house import House

TRUST = {
    "code": "LOCAL-TRUST",
    "version": "1.0",
    "language": "en",
    "title": "Trust",
    "scales": [
        {
            "code": "LOCAL-TRUST",
            "title": "Trust",
            "items": [
                {"code": "LT-1", "text": "I trust my counterpart.", "labels": {"1": "no"}},
                {"code": "LT-2", "text": "I double-check all I hear.", "reverse": True},
            ],
        },
        {
            "code": "LOCAL-PLACE",
            "title": "Place",
            "items": [
                {
                    "code": "LP-1",
                    "text": "Where do you meet?",
                    "format": "choice",
                    "min": None,
                    "max": None,
                    "labels": {"office": "in the office", "video": "on video"},
                }
            ],
        },
    ],
}


def asked_cohort(admin: httpx.Client, mentors: int = 6, mentees: int = 6) -> dict[str, Any]:
    """A cohort with this many enrolled mentors and mentees: `{id, program_id, people}`."""
    found = cohort(admin)
    people = [
        participant(admin, family_name=f"{role}{place}", work_email=f"{uuid.uuid4()}@example.com")
        | {"role": role}
        for role, many in (("mentor", mentors), ("mentee", mentees))
        for place in range(many)
    ]
    if people:
        items = [{"participant_id": each["id"], "role": each["role"]} for each in people]
        enrolled = admin.post(f"/cohorts/{found['id']}/enroll", json={"items": items})
        assert enrolled.status_code == 200, enrolled.text
        for each, verdict in zip(people, enrolled.json()["items"], strict=True):
            each["enrollment_id"] = verdict["enrollment_id"]
    return {"id": found["id"], "program_id": found["program_id"], "people": people}


def survey_wave(house: House, client: httpx.Client, cohort_id: str, **facts: Any) -> dict[str, Any]:
    """A wave that asks RM-SAFE for the next two weeks."""
    now = house.clock.now()
    wanted = {
        "cohort_id": cohort_id,
        "title": "Before the first meetings",
        "moment": "baseline",
        "surveys": [{"code": "RM-SAFE"}],
        "opens_at": now.isoformat(),
        "closes_at": (now + dt.timedelta(days=14)).isoformat(),
        **facts,
    }
    response = client.post("/survey-waves", json=wanted)
    assert response.status_code == 201, response.text
    return response.json()


def opened_wave(house: House, client: httpx.Client, cohort_id: str, **facts: Any) -> dict[str, Any]:
    """The same, open, with its invitations in the order of birth."""
    wave = survey_wave(house, client, cohort_id, **facts)
    response = client.post(f"/survey-waves/{wave['id']}/open")
    assert response.status_code == 200, response.text
    found = client.get(
        "/survey-invitations",
        params={"survey_wave_id": wave["id"], "sort": "created_at", "limit": 200},
    )
    return {**response.json(), "invitations": found.json()["items"]}


def recorded(client: httpx.Client, wave: dict[str, Any], answers: list[dict[str, Any]]) -> None:
    """Records these answers for the wave's first invitations, one each."""
    response = client.post(
        f"/survey-waves/{wave['id']}/responses",
        json={
            "items": [
                {"survey_invitation_id": invitation["id"], "answers": given}
                for invitation, given in zip(wave["invitations"], answers, strict=False)
            ]
        },
    )
    assert response.status_code == 200, response.text
    assert response.json()["refused_count"] == 0, response.text


def closed_wave(
    house: House,
    client: httpx.Client,
    cohort_id: str,
    answers: list[dict[str, Any]],
    **facts: Any,
) -> dict[str, Any]:
    """A wave that was answered so, and closed."""
    wave = opened_wave(house, client, cohort_id, **facts)
    recorded(client, wave, answers)
    response = client.post(f"/survey-waves/{wave['id']}/close")
    assert response.status_code == 200, response.text
    return {**wave, **response.json()}


def granted(
    house: House, admin: httpx.Client, role: str, program_id: str, *others: str
) -> httpx.Client:
    """A colleague who holds a role for one program only, and these for the organization."""
    client = colleague(house, admin, *(others or ["participant"]))
    account_id = client.get("/me").json()["account_id"]
    response = admin.post(
        f"/accounts/{account_id}/grants", json={"role": role, "program_id": program_id}
    )
    assert response.status_code == 201, response.text
    return client


def safe(*answers: int | None) -> dict[str, int | None]:
    """Five answers to RM-SAFE."""
    return {f"RM-SAFE-{place}": answer for place, answer in enumerate(answers, start=1)}
