"""Signing in through a real provider, run as a process: code, PKCE, state, nonce, links."""

import httpx
import pytest

from tests.given.accounts import PASSWORD
from tests.given.participants import participant
from tests.given.providers import (
    BACK,
    account,
    at_the_provider,
    begin,
    finish,
    identity_provider,
)


def told(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def signed_in(house, admin, person: str) -> httpx.Response:
    begun = begin(house, admin)
    assert begun.status_code == 201, begun.text
    came_back = at_the_provider(begun.json()["authorization_url"], person)
    return finish(house, begun.json(), came_back)


def test_somebody_known_signs_in_and_gets_what_a_password_gets(house, admin, issuer):
    identity_provider(admin, issuer)
    rosa = account(admin, "rosa@acme.example")
    pair = signed_in(house, admin, "rosa")
    assert pair.status_code == 201, pair.text
    client = house.client(pair.json()["access_token"])
    assert client.get("/me").json()["account_id"] == rosa
    refreshed = house.client().post(
        "/tokens/refresh", json={"refresh_token": pair.json()["refresh_token"]}
    )
    assert refreshed.status_code == 201
    assert client.post("/tokens/sign-out").status_code == 204
    assert client.get("/me").status_code == 401
    (link,) = admin.get(f"/identity-links?account_id={rosa}").json()["items"]
    assert link["subject"] == "1"
    assert signed_in(house, admin, "rosa").status_code == 201
    events = [each["type"] for each in admin.get("/events?limit=200").json()["items"]]
    assert events.count("identity.linked") == 1, "linked once, then known"


def test_a_public_client_proves_itself_by_pkce_alone(house, admin, issuer):
    identity_provider(admin, issuer, client_id="public", client_secret=None)
    account(admin, "rosa@acme.example")
    assert signed_in(house, admin, "rosa").status_code == 201


def test_who_is_linked_is_known_by_subject_whatever_their_e_mail_becomes(house, admin, issuer):
    provider = identity_provider(admin, issuer)
    account(admin, "rosa@acme.example")
    assert signed_in(house, admin, "rosa").status_code == 201
    path = f"/identity-providers/{provider['id']}"
    tag = admin.get(path).headers["ETag"]
    admin.patch(path, json={"allowed_domains": []}, headers={"If-Match": tag})
    assert signed_in(house, admin, "rosa").status_code == 201


@pytest.mark.parametrize("person", ["unproven", "outsider", "stranger", "boss"])
def test_nobody_is_linked_without_account_proof_domain_and_role(house, admin, issuer, person):
    identity_provider(admin, issuer)
    account(admin, "jun@acme.example")
    account(admin, "kim@elsewhere.example")
    account(admin, "boss@acme.example", "sponsor", "administrator")
    assert told(signed_in(house, admin, person)) == (401, "identity-not-linked")
    assert admin.get("/identity-links").json()["items"] == []


def test_an_administrator_is_linked_only_where_administrators_said_so(house, admin, issuer):
    identity_provider(admin, issuer, linkable_roles=["administrator"])
    account(admin, "boss@acme.example", "administrator")
    account(admin, "rosa@acme.example", "sponsor")
    assert signed_in(house, admin, "boss").status_code == 201
    assert told(signed_in(house, admin, "rosa")) == (401, "identity-not-linked")


def test_an_e_mail_that_moved_to_another_person_opens_nothing(house, admin, issuer):
    """Two subjects with one address: the account belongs to the first."""
    identity_provider(admin, issuer)
    rosa = account(admin, "kim@elsewhere.example")
    provider = admin.get("/identity-providers").json()["items"][0]
    path = f"/identity-providers/{provider['id']}"
    tag = admin.get(path).headers["ETag"]
    both = {"allowed_domains": ["acme.example", "elsewhere.example"]}
    admin.patch(path, json=both, headers={"If-Match": tag})
    assert signed_in(house, admin, "outsider").status_code == 201
    (link,) = admin.get(f"/identity-links?account_id={rosa}").json()["items"]
    assert link["subject"] == "3"
    assert told(signed_in(house, admin, "stranger")) == (401, "identity-not-linked")


def test_a_disabled_account_stays_out_and_an_unlinked_one_is_signed_out(house, admin, issuer):
    identity_provider(admin, issuer)
    rosa = account(admin, "rosa@acme.example")
    client = house.client(signed_in(house, admin, "rosa").json()["access_token"])
    (link,) = admin.get("/identity-links").json()["items"]
    assert admin.delete(f"/identity-links/{link['id']}").status_code == 204
    assert client.get("/me").status_code == 401
    assert signed_in(house, admin, "rosa").status_code == 201, "linked anew by e-mail"
    tag = admin.get(f"/accounts/{rosa}").headers["ETag"]
    admin.patch(f"/accounts/{rosa}", json={"disabled": True}, headers={"If-Match": tag})
    assert told(signed_in(house, admin, "rosa")) == (401, "identity-not-linked")


def test_a_sign_in_comes_back_once(house, admin, issuer):
    identity_provider(admin, issuer)
    account(admin, "rosa@acme.example")
    begun = begin(house, admin).json()
    came_back = at_the_provider(begun["authorization_url"], "rosa")
    assert finish(house, begun, came_back).status_code == 201
    assert told(finish(house, begun, came_back)) == (401, "sign-in-not-proven")
    other = begin(house, admin).json()
    replayed = {**at_the_provider(other["authorization_url"], "rosa"), "code": came_back["code"]}
    assert told(finish(house, other, replayed)) == (401, "sign-in-not-proven")


def test_the_page_that_did_not_begin_cannot_finish(house, admin, issuer):
    """Login CSRF: an attacker's answer in the browser of somebody else."""
    identity_provider(admin, issuer)
    account(admin, "rosa@acme.example")
    attackers, victims = begin(house, admin).json(), begin(house, admin).json()
    came_back = at_the_provider(attackers["authorization_url"], "rosa")
    assert told(finish(house, victims, came_back)) == (401, "sign-in-not-proven")
    state = httpx.URL(victims["authorization_url"]).params["state"]
    mixed = {**came_back, "state": state}
    assert told(finish(house, victims, mixed)) == (401, "sign-in-not-proven"), "PKCE and nonce"
    assert finish(house, attackers, came_back).status_code == 201


def test_an_erased_person_leaves_no_link_behind(house, admin, issuer):
    identity_provider(admin, issuer)
    person = participant(admin, work_email="rosa@acme.example")
    admin.post(f"/participants/{person['id']}/invite")
    client = house.client(signed_in(house, admin, "rosa").json()["access_token"])
    assert admin.post(f"/participants/{person['id']}/erase").is_success
    house.work_off()
    assert client.get("/me").status_code == 401
    assert admin.get("/identity-links").json()["items"] == []


def test_password_and_provider_live_side_by_side(house, admin, issuer):
    identity_provider(admin, issuer)
    told_of = {"email": "rosa@acme.example", "name": "Rosa", "roles": ["sponsor"]}
    invited = admin.post("/accounts", json=told_of).json()
    house.client().post(
        "/accounts/accept-invitation",
        json={"invitation_token": invited["invitation_token"], "password": PASSWORD},
    )
    assert signed_in(house, admin, "rosa").status_code == 201
    by_password = house.client().post(
        "/tokens/sign-in",
        json={
            "organization_id": admin.organization_id,
            "email": "rosa@acme.example",
            "password": PASSWORD,
        },
    )
    assert by_password.status_code == 201


def test_what_is_asked_of_the_provider_is_all_that_the_standard_wants(house, admin, issuer):
    identity_provider(admin, issuer)
    begun = begin(house, admin).json()
    asked = dict(httpx.URL(begun["authorization_url"]).params)
    assert asked.pop("state") != asked.pop("nonce")
    assert len(asked.pop("code_challenge")) == 43
    assert asked == {
        "response_type": "code", "client_id": "rementor", "redirect_uri": BACK,
        "scope": "openid email", "code_challenge_method": "S256",
    }  # fmt: skip
    for name in ("state", "nonce"):
        secret = httpx.URL(begun["authorization_url"]).params[name]
        assert secret not in begun["handle"]
