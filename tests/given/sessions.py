"""Builders for mentoring sessions: an active pair whose two speak for themselves."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from app.access.secrets import TokenKind
from app.access.service import issue
from app.kit.lanes import system
from tests.given.pairings import accepted_by_both
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment
from tests.house import House

# What is about matching, not about meeting.
OVERRIDDEN = ["direction", "minimum_shared_minutes"]
_number = count(1)


@dataclass
class Pair:
    """An active pairing, and the two of it, each with a client of their own."""

    pairing_id: str
    cohort_id: str
    program_id: str
    mentor_id: str
    mentee_id: str
    mentor: httpx.Client = field(repr=False)
    mentee: httpx.Client = field(repr=False)


def speaking_for(house: House, admin: httpx.Client, someone: dict[str, Any]) -> httpx.Client:
    """A client with a key of this person's own; quicker than signing in, and good for a year."""
    account_id = admin.get(f"/participants/{someone['id']}").json()["account_id"]
    if account_id is None:
        invitation = admin.post(f"/participants/{someone['id']}/invite")
        assert invitation.status_code == 201, invitation.text
        account_id = invitation.json()["id"]
    with house.lanes.unit(system(uuid.UUID(admin.organization_id)), "given") as uow:
        life = dt.timedelta(days=365)
        _, secret = issue(uow, uuid.UUID(account_id), TokenKind.API_KEY, "Own key", life)
    return house.client(secret)


def person(admin: httpx.Client, **facts: Any) -> dict[str, Any]:
    """Somebody who can be invited."""
    return participant(admin, work_email=f"person{next(_number)}@example.com", **facts)


def pair(
    house: House,
    admin: httpx.Client,
    *,
    mentor: dict[str, Any] | None = None,
    mentee: dict[str, Any] | None = None,
    like: Pair | None = None,
    mentor_availability: list[dict[str, str]] | None = None,
    **plan: Any,
) -> Pair:
    """An active pair in Rome that meets for an hour every two weeks, from March to December.

    `like` puts it into the cohort of another pair; `mentor` and `mentee` are people known before.
    """
    usual = {
        "starts_on": "2026-03-02",
        "ends_on": "2026-12-31",
        "meeting_every_days": 14,
        "modes": ["video"],
    }
    if like:
        cohort_id, program_id = like.cohort_id, like.program_id
    else:
        running = cohort(admin, status="running", **usual | plan)
        cohort_id, program_id = running["id"], running["program_id"]
    people = {
        "mentor": mentor or person(admin, job_level=2),
        "mentee": mentee or person(admin, job_level=8),
    }
    windows = {"mentor": mentor_availability, "mentee": None}
    wanted = {
        f"{role}_enrollment_id": enrollment(
            admin, cohort_id, role, each, availability=windows[role]
        )["id"]
        for role, each in people.items()
    }
    proposed = admin.post("/pairings", json={**wanted, "override_rules": OVERRIDDEN})
    assert proposed.status_code == 201, proposed.text
    found = accepted_by_both(admin, proposed.json())
    assert found["status"] == "active"
    return Pair(
        found["id"],
        cohort_id,
        program_id,
        found["mentor_id"],
        found["mentee_id"],
        *(speaking_for(house, admin, people[role]) for role in ("mentor", "mentee")),
    )


def session(client: httpx.Client, pairing_id: str, **facts: Any) -> dict[str, Any]:
    """A session on Monday a week after the test's beginning, at ten in Rome."""
    if "starts_at" not in facts:
        facts = {"local_time": "2026-03-09T10:00", "time_zone": "Europe/Rome", **facts}
    response = client.post("/sessions", json={"pairing_id": pairing_id, **facts})
    assert response.status_code == 201, response.text
    return response.json()


def held(house: House, client: httpx.Client, pairing_id: str, **facts: Any) -> dict[str, Any]:
    """A session that both attended; the clock stands at its start."""
    found = session(client, pairing_id, **facts)
    house.clock.travel_to(dt.datetime.fromisoformat(found["starts_at"]))
    response = client.post(
        f"/sessions/{found['id']}/complete",
        json={"mentor_attendance": "attended", "mentee_attendance": "attended"},
    )
    assert response.status_code == 200, response.text
    return response.json()
