"""Builders for those who call: people with accounts of their own, colleagues with a role."""

import itertools
from typing import Any

import httpx

from tests.house import House

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def own_client(house: House, admin: httpx.Client, person: dict[str, Any]) -> httpx.Client:
    """A client that speaks for a person of the roster, who needs a work_email."""
    invitation = admin.post(f"/participants/{person['id']}/invite")
    assert invitation.status_code == 201, invitation.text
    return _signed_in(house, admin, invitation.json())


def colleague(house: House, admin: httpx.Client, *roles: str, name: str = "Kim") -> httpx.Client:
    """A client of an account with these roles, who is no participant."""
    invitation = admin.post(
        "/accounts",
        json={"email": f"kim{next(_numbers)}@example.com", "name": name, "roles": list(roles)},
    )
    assert invitation.status_code == 201, invitation.text
    return _signed_in(house, admin, invitation.json())


def _signed_in(house: House, admin: httpx.Client, invitation: dict[str, Any]) -> httpx.Client:
    accepted = house.client().post(
        "/accounts/accept-invitation",
        json={"invitation_token": invitation["invitation_token"], "password": PASSWORD},
    )
    assert accepted.status_code == 200, accepted.text
    signed_in = house.client().post(
        "/tokens/sign-in",
        json={
            "organization_id": admin.organization_id,
            "email": invitation["email"],
            "password": PASSWORD,
        },
    )
    assert signed_in.status_code == 201, signed_in.text
    return house.client(signed_in.json()["access_token"])
