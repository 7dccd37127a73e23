"""Something of everything in one organization, and its ids: for searches through the whole API."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.given.participants import participant


@dataclass
class Known:
    """What exists, by the name a path, a query or a body gives it."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    spent: dict[str, list[str]] = field(default_factory=dict)
    """Operations that end what they are tried on: ids of things that nobody else needs."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Operations that end the token they are called with: one of their own."""

    def of(self, name: str, operation: str) -> list[str]:
        """The ids an operation is tried on. Fails when nothing was made for it."""
        assert name in self.ids, f"tests/given/seeds.py makes nothing for {name} ({operation})"
        return self.spent.get(operation) or self.ids[name]


def everything(client: httpx.Client, organization_id: str) -> Known:
    """Makes some of each thing and returns how to name them."""

    def made(path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = client.post(path, json=body)
        assert response.is_success, response.text
        return dict(response.json())

    def account(number: int) -> dict[str, Any]:
        wanted = {"email": f"{number}@example.com", "name": "Kim", "roles": ["sponsor"]}
        return made("/accounts", wanted)

    def leave(day: int) -> dict[str, Any]:
        date = f"2026-05-{day:02}"
        wanted = {"participant_id": people[0]["id"], "starts_on": date, "ends_on": date}
        return made("/leaves", wanted)

    people = [participant(client, external_id=f"W-{n}") for n in range(6)]
    accounts = [account(number) for number in range(6)]
    grants = [
        made(f"/accounts/{each['id']}/grants", {"role": role})
        for each in accounts[:3]
        for role in ("facilitator", "confidant")
    ]
    keys = [made("/tokens", {"name": "key"}) for _ in range(7)]
    leaves = [leave(day) for day in range(1, 7)]

    def framework(number: int) -> dict[str, Any]:
        wanted = {
            "code": f"own-{number}",
            "title": "AI at Acme",
            "framework_version": "1.0",
            "levels": [{"prompt": "I try it."}, {"prompt": "I do it alone."}],
            "competences": [{"code": "asking", "area": "AI", "title": "Asking well"}],
        }
        return made("/frameworks", wanted)

    frameworks = [framework(number) for number in range(4)]
    assessments = [
        made(
            "/assessments",
            {"participant_id": people[0]["id"], "competence": "digcomp:2.1", "level": 3},
        )
    ]
    return Known(
        ids={
            "organization_id": [organization_id],
            "participant_id": ids(people[:2]),
            "manager_id": ids(people[:2]),
            "external_id": [each["external_id"] for each in people[:2]],
            "manager_external_id": [each["external_id"] for each in people[:2]],
            "account_id": ids(accounts[:2]),
            "grant_id": ids(grants[:2]),
            "key_id": ids(keys[:2]),
            "leave_id": ids(leaves[:2]),
            "framework_id": ids(frameworks[:2]),
            "competence": ["digcomp:2.1", "own-0:asking"],
            "assessment_id": ids(assessments),
        },
        spent={
            "change_account": ids(accounts[2:]),
            "erase_participant": ids(people[2:]),
            "revoke_token": ids(keys[3:]),
            "withdraw_role": ids(grants[2:]),
            "remove_leave": ids(leaves[2:]),
            "retire_framework": ids(frameworks[2:]),
        },
        tokens={"sign_out": keys[2]["token"]},
    )


def ids(things: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in things]
