"""OAuth clients: registered by administrators, limited, rotated, ended at once."""

import uuid

import pytest

from tests.given.accounts import colleague
from tests.given.oauth import ask_token, key_pair, oauth_client


def integration(admin) -> str:
    told = {"email": "hris@example.com", "name": "HRIS", "roles": ["integration"]}
    return admin.post("/accounts", json=told).json()["id"]


def change(admin, client, **told):
    path = f"/oauth-clients/{client['id']}"
    return admin.patch(path, json=told, headers={"If-Match": admin.get(path).headers["ETag"]})


def test_the_secret_is_shown_once_and_never_again(admin):
    made = admin.post(
        "/oauth-clients",
        json={"name": "HRIS", "scopes": ["participants:write"]},
        headers={"Idempotency-Key": "once"},
    )
    client = made.json()
    assert made.headers["Location"] == f"/v1/oauth-clients/{client['id']}"
    assert client["client_secret"].startswith("rmc_")
    assert client["client_id"] == f"{admin.organization_id}.{client['id']}"
    assert client["secret_expires_at"] == "2026-05-31T09:00:00Z"
    for answer in (
        admin.get(f"/oauth-clients/{client['id']}"),
        admin.get("/oauth-clients"),
        admin.get("/audit-entries"),
        admin.get("/events"),
    ):
        assert client["client_secret"] not in answer.text
    again = admin.post(
        "/oauth-clients",
        json={"name": "HRIS", "scopes": ["participants:write"]},
        headers={"Idempotency-Key": "once"},
    )
    assert (again.status_code, again.json()["code"]) == (409, "secret-shown-once")


@pytest.mark.parametrize("scope", ["tokens:write", "accounts:write", "oauth_clients:write"])
def test_no_client_gets_a_scope_that_makes_credentials(admin, scope):
    told = {"name": "spy", "scopes": ["goals:read", scope]}
    refused = admin.post("/oauth-clients", json=told)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "scope_not_for_clients"
    client = oauth_client(admin)
    assert change(admin, client, scopes=[scope]).status_code == 422


def test_a_client_acts_for_its_registrar_or_for_an_integration_and_for_no_other_person(
    house, admin
):
    hris = integration(admin)
    assert oauth_client(admin, account_id=hris)["account_id"] == hris
    assert oauth_client(admin)["account_id"] == admin.get("/me").json()["account_id"]
    colleague(house, admin, "sponsor", name="Rosa")
    (rosa,) = [e for e in admin.get("/accounts").json()["items"] if e["name"] == "Rosa"]
    for account in (rosa["id"], str(uuid.uuid4())):
        told = {"name": "spy", "scopes": ["goals:read"], "account_id": account}
        assert admin.post("/oauth-clients", json=told).status_code == 422


def test_only_administrators_manage_clients_and_auditors_see_them(house, admin):
    client = oauth_client(admin)
    path = f"/oauth-clients/{client['id']}"
    auditor = colleague(house, admin, "auditor")
    assert auditor.get(path).json()["client_id"] == client["client_id"]
    for role in ("auditor", "program_manager", "integration", "participant"):
        other = colleague(house, admin, role)
        told = {"name": "spy", "scopes": ["goals:read"]}
        assert other.post("/oauth-clients", json=told).status_code == 403
        assert other.delete(path, headers={"If-Match": '"1"'}).status_code == 403
        assert other.get(path).status_code == (200 if role == "auditor" else 403)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_client_with_a_key_has_no_secret(admin, algorithm):
    _, public = key_pair(algorithm)
    client = oauth_client(admin, authentication="private_key_jwt", public_keys=[public])
    assert client["client_secret"] is None
    assert client["public_keys"] == [public]
    refused = admin.post(f"/oauth-clients/{client['id']}/rotate-secret", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "client-signs-with-key")


def private_part(jwk):
    return {**jwk, "d": "c2VjcmV0"}


@pytest.mark.parametrize(
    "bend",
    [
        private_part,
        lambda jwk: {**jwk, "alg": "RS256"},
        lambda jwk: {**jwk, "x": "AAAA"},
        lambda jwk: {name: value for name, value in jwk.items() if name != "y"},
        lambda jwk: {"kty": "oct", "kid": "k1", "k": "c2VjcmV0"},
        lambda jwk: {"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB"},
        lambda jwk: {**jwk, "kid": ""},
    ],
)
def test_a_key_that_cannot_be_used_or_is_private_is_refused(admin, bend):
    _, public = key_pair()
    told = {"name": "x", "scopes": ["goals:read"], "authentication": "private_key_jwt"}
    refused = admin.post("/oauth-clients", json={**told, "public_keys": [bend(public)]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith("/public_keys/0")


def test_keys_and_secret_are_one_or_the_other(admin):
    _, public = key_pair()
    told = {"name": "x", "scopes": ["goals:read"]}
    for wrong in ({"public_keys": [public]}, {"authentication": "private_key_jwt"}):
        assert admin.post("/oauth-clients", json={**told, **wrong}).status_code == 422
    twice = {"authentication": "private_key_jwt", "public_keys": [public, public]}
    assert admin.post("/oauth-clients", json={**told, **twice}).status_code == 422
    assert change(admin, oauth_client(admin), public_keys=[public]).status_code == 422


def test_two_secrets_are_good_while_they_overlap_and_never_three(house, admin):
    client = oauth_client(admin)
    secrets = [client["client_secret"]]
    for _ in range(2):
        rotated = admin.post(
            f"/oauth-clients/{client['id']}/rotate-secret", json={"overlap_hours": 24}
        )
        assert rotated.status_code == 201
        secrets.append(rotated.json()["client_secret"])

    def works(secret):
        return ask_token(house, client, secret=secret).status_code

    assert [works(each) for each in secrets] == [401, 200, 200]
    house.clock.travel(hours=24)
    assert [works(each) for each in secrets] == [401, 401, 200]
    house.clock.travel(days=89)
    assert works(secrets[-1]) == 401, "a secret has an end"
    types = [each["type"] for each in admin.get("/events?limit=200").json()["items"]]
    assert types.count("oauth_client.secret_rotated") == 2


def test_a_rotation_may_end_the_old_secret_at_once(house, admin):
    client = oauth_client(admin)
    admin.post(f"/oauth-clients/{client['id']}/rotate-secret", json={"overlap_hours": 0})
    assert ask_token(house, client).status_code == 401


@pytest.mark.parametrize("how", ["disabled", "limited", "removed"])
def test_what_makes_a_client_less_ends_its_tokens_at_once(house, admin, how):
    client, other = oauth_client(admin), oauth_client(admin)
    token = ask_token(house, client).json()["access_token"]
    others = ask_token(house, other).json()["access_token"]
    assert house.client(token).get("/participants").status_code == 200
    if how == "disabled":
        assert change(admin, client, disabled=True).json()["disabled_at"] is not None
    elif how == "limited":
        assert change(admin, client, scopes=["goals:read"]).status_code == 200
    else:
        path = f"/oauth-clients/{client['id']}"
        assert admin.delete(path, headers={"If-Match": '"1"'}).status_code == 204
        assert admin.get(path).status_code == 404
    assert house.client(token).get("/participants").status_code == 401
    assert house.client(others).get("/participants").status_code == 200
    assert ask_token(house, client).status_code == (200 if how == "limited" else 401)
    if how == "disabled":
        assert change(admin, client, disabled=False).status_code == 200
        assert ask_token(house, client).status_code == 200
        assert house.client(token).get("/participants").status_code == 401, "it stays ended"


def test_a_new_name_ends_nothing(house, admin):
    client = oauth_client(admin)
    token = ask_token(house, client).json()["access_token"]
    assert change(admin, client, name="Payroll").json()["name"] == "Payroll"
    assert house.client(token).get("/participants").status_code == 200


def test_lists_are_pages_of_ones_own_organization(house, admin):
    hris = integration(admin)
    mine = oauth_client(admin, account_id=hris)["id"]
    oauth_client(admin)
    listed = admin.get(f"/oauth-clients?account_id={hris}").json()["items"]
    assert [each["id"] for each in listed] == [mine]
    globex = house.organization("Globex", "admin@globex.example")
    assert globex.get("/oauth-clients").json()["items"] == []
    assert globex.get(f"/oauth-clients/{mine}").status_code == 404
