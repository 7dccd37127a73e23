"""`POST /oauth/token`: nobody without proof, nothing beyond the scopes, no assertion twice."""

import base64
import datetime as dt
import json

import jwt
import pytest

from tests.given.accounts import colleague
from tests.given.oauth import (
    ISSUER,
    JWT_BEARER,
    ask_by_assertion,
    ask_token,
    assertion,
    key_pair,
    oauth_client,
    outside,
)


def error(response) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/json"
    assert set(response.json()) == {"error", "error_description"}
    return response.status_code, response.json()["error"]


@pytest.fixture(name="signing")
def client_that_signs(admin):
    private, public = key_pair()
    return oauth_client(admin, authentication="private_key_jwt", public_keys=[public]), private


def test_a_secret_becomes_an_opaque_token_for_ten_minutes(house, admin):
    client = oauth_client(admin)
    answer = ask_token(house, client)
    assert answer.status_code == 200
    token = answer.json()
    assert token == {
        "access_token": token["access_token"],
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "participants:read participants:write",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    robot = house.client(token["access_token"])
    assert robot.get("/participants").status_code == 200
    assert robot.get("/goals").status_code == 403
    house.clock.travel(minutes=10)
    assert robot.get("/participants").status_code == 401


def test_the_token_is_never_more_than_asked_than_the_client_than_the_account(house, admin):
    manager = colleague(house, admin, "administrator", "program_manager", name="Rosa")
    client = oauth_client(manager, scopes=["audit:read", "programs:read"])
    assert ask_token(house, client, scope="programs:read").json()["scope"] == "programs:read"
    assert error(ask_token(house, client, scope="goals:read")) == (400, "invalid_scope")
    assert error(ask_token(house, client, scope="programs:read nonsense")) == (400, "invalid_scope")
    both = ask_token(house, client).json()["access_token"]
    assert house.client(both).get("/audit-entries").status_code == 200
    (grant,) = [
        each
        for each in admin.get(f"/grants?account_id={client['account_id']}").json()["items"]
        if each["role"] == "administrator"
    ]
    assert admin.delete(f"/grants/{grant['id']}").status_code == 204
    assert house.client(both).get("/audit-entries").status_code == 403, "looked at at every use"
    assert house.client(both).get("/programs").status_code == 200
    assert ask_token(house, client).json()["scope"] == "programs:read"
    assert error(ask_token(house, client, scope="audit:read")) == (400, "invalid_scope")


def test_a_disabled_account_takes_its_clients_with_it(house, admin):
    manager = colleague(house, admin, "administrator", name="Rosa")
    client = oauth_client(manager)
    token = ask_token(house, client).json()["access_token"]
    path = f"/accounts/{client['account_id']}"
    tag = admin.get(path).headers["ETag"]
    admin.patch(path, json={"disabled": True}, headers={"If-Match": tag})
    assert house.client(token).get("/participants").status_code == 401
    assert error(ask_token(house, client)) == (400, "invalid_scope")


def test_a_token_of_a_client_makes_no_credentials_and_signs_nobody_out(house, admin):
    client = oauth_client(admin, scopes=["participants:read", "organization:read"])
    robot = house.client(ask_token(house, client).json()["access_token"])
    told = {"name": "key"}
    assert robot.post("/tokens", json=told).status_code == 403
    assert robot.post("/tokens/sign-out").status_code == 403
    assert robot.post("/oauth-clients", json={**told, "scopes": ["goals:read"]}).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "Basic", "Basic !", "Basic YWJj", "Basic Og==", "Bearer rmk_x", "Basic w6k6w6k=",
        "Basic " + base64.b64encode(b"a.b:c").decode(),
    ],
)  # fmt: skip
def test_what_is_no_credential_is_refused_in_oauths_words(house, admin, header):
    refused = outside(house).post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": header},
    )
    assert error(refused) == (401, "invalid_client")
    assert refused.headers["WWW-Authenticate"].startswith("Basic")


def test_a_secret_opens_its_own_client_only(house, admin):
    globex = house.organization("Globex", "admin@globex.example")
    ours, other, theirs = oauth_client(admin), oauth_client(admin), oauth_client(globex)
    for client in (other, theirs):
        assert error(ask_token(house, client, secret=ours["client_secret"]))[0] == 401
    upper = {**ours, "client_id": ours["client_id"].upper()}
    assert error(ask_token(house, upper))[0] == 401, "one spelling of a client_id"
    mixed = f"{globex.organization_id}.{ours['id']}"
    assert error(ask_token(house, {**ours, "client_id": mixed}))[0] == 401
    assert error(ask_token(house, ours, secret="rmc_" + "0" * 36))[0] == 401
    key = admin.headers["Authorization"].partition(" ")[2]
    assert error(ask_token(house, ours, secret=key))[0] == 401
    assert house.client(ours["client_secret"]).get("/me").status_code == 401


def test_a_form_and_nothing_else_is_taken(house, admin):
    client = oauth_client(admin)
    shown = (client["client_id"], client["client_secret"])
    ask = outside(house).post

    def refused(**request):
        return error(ask("/oauth/token", auth=shown, **request))

    assert refused(json={"grant_type": "client_credentials"}) == (400, "invalid_request")
    assert refused() == (400, "invalid_request")
    assert refused(data={"scope": "goals:read"}) == (400, "invalid_request")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for content in (
        "grant_type=client_credentials&grant_type=client_credentials",
        "grant_type=client_credentials&scope=a&scope=b",
        "grant_type=%ff",
        "&".join(f"a{n}=1" for n in range(60)),
    ):
        assert refused(content=content, headers=form) == (400, "invalid_request"), content
    query = ask("/oauth/token?grant_type=client_credentials", auth=shown, headers=form)
    assert error(query) == (400, "invalid_request")
    huge = ask("/oauth/token", content=b"a=" + b"b" * 2_000_000, headers=form)
    assert huge.status_code == 413
    unknown = ask_token(house, client, resource="x", scope="")
    assert unknown.status_code == 200, "what is unknown is ignored; what is empty is absent"


@pytest.mark.parametrize(
    "grant", ["password", "authorization_code", "refresh_token", "implicit", "CLIENT_CREDENTIALS"]
)
def test_no_other_grant_is_given(house, admin, grant):
    refused = ask_token(house, oauth_client(admin), grant_type=grant)
    assert error(refused) == (400, "unsupported_grant_type")


def test_a_secret_in_the_body_is_not_taken(house, admin):
    client = oauth_client(admin)
    told = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    assert error(ask_token(house, **told)) == (400, "invalid_request")
    assert error(ask_token(house, client, **told)) == (400, "invalid_request")
    assert error(ask_token(house)) == (401, "invalid_client")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_signed_assertion_is_good_once(house, admin, algorithm):
    private, public = key_pair(algorithm)
    client = oauth_client(admin, authentication="private_key_jwt", public_keys=[public])
    signed = assertion(house, client["client_id"], private, algorithm)
    token = ask_by_assertion(house, signed, client_id=client["client_id"])
    assert token.status_code == 200
    robot = house.client(token.json()["access_token"])
    assert robot.get("/participants").status_code == 200
    assert error(ask_by_assertion(house, signed)) == (401, "invalid_client"), "replay"
    house.clock.travel(seconds=59)
    house.work_off()
    assert error(ask_by_assertion(house, signed)) == (401, "invalid_client")


def test_one_of_many_replays_at_once_gets_in(real_house):
    admin = real_house.organization()
    private, public = key_pair()
    client = oauth_client(admin, authentication="private_key_jwt", public_keys=[public])
    signed = assertion(real_house, client["client_id"], private)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": signed,
    }
    answers = real_house.at_once(
        [outside(real_house).build_request("POST", "/oauth/token", data=form) for _ in range(6)]
    )
    assert sorted(each.status_code for each in answers) == [200, 401, 401, 401, 401, 401]


def minutes(house, count: float):
    return house.clock.now() + dt.timedelta(minutes=count)


@pytest.mark.parametrize(
    "bend",
    [
        lambda house: {"aud": "https://elsewhere.example"},
        lambda house: {"aud": f"{ISSUER}/"},
        lambda house: {"aud": [ISSUER, "https://elsewhere.example"]},
        lambda house: {"aud": None},
        lambda house: {"iss": "somebody else"},
        lambda house: {"sub": "nobody.nothing"},
        lambda house: {"jti": None},
        lambda house: {"jti": ""},
        lambda house: {"jti": 7},
        lambda house: {"exp": None},
        lambda house: {"exp": minutes(house, -1)},
        lambda house: {"exp": minutes(house, 6)},
        lambda house: {"exp": 1e400},
        lambda house: {"exp": True},
        lambda house: {"nbf": minutes(house, 2)},
        lambda house: {"iat": minutes(house, 2)},
    ],
)
def test_an_assertion_that_says_anything_else_is_refused(house, signing, bend):
    client, private = signing
    signed = assertion(house, client["client_id"], private, **bend(house))
    assert error(ask_by_assertion(house, signed)) == (401, "invalid_client")


@pytest.mark.parametrize("aud", [ISSUER, f"{ISSUER}/oauth/token", [ISSUER]])
def test_an_assertion_names_us_alone(house, signing, aud):
    client, private = signing
    signed = assertion(house, client["client_id"], private, aud=aud)
    assert ask_by_assertion(house, signed).status_code == 200


def test_no_trick_with_algorithms_and_keys_opens(house, admin, signing):
    client, private = signing
    name, good = client["client_id"], assertion(house, client["client_id"], private)
    head, body, signature = good.split(".")
    stranger, stranger_public = key_pair()

    def header(**changed):
        told = json.dumps({"alg": "ES256", "typ": "JWT", "kid": "k1", **changed}).encode()
        return base64.urlsafe_b64encode(told).rstrip(b"=").decode()

    public_pem = json.dumps(client["public_keys"][0]).encode()
    rsa_key, _ = key_pair("RS256")
    tricks = {
        "alg none": f"{header(alg='none')}.{body}.",
        "alg None": f"{header(alg='None')}.{body}.{signature}",
        "no signature": f"{head}.{body}.",
        "hmac with the public key": jwt.encode(
            jwt.decode(good, options={"verify_signature": False}),
            public_pem + b"=" * 64,
            "HS256",
            headers={"kid": "k1"},
        ),
        "another algorithm": assertion(house, name, rsa_key, "RS256"),
        "another key": assertion(house, name, stranger),
        "its own key in the header": assertion(
            house, name, stranger, headers={"jwk": stranger_public}
        ),
        "a key elsewhere": assertion(
            house, name, stranger, headers={"jku": "https://evil.example/jwks"}
        ),
        "an unknown kid": assertion(house, name, private, headers={"kid": "k2"}),
        "critical": assertion(house, name, private, headers={"crit": ["exp"], "exp": 1}),
        "a bent body": f"{head}.{body[:-2]}AA.{signature}",
        "nonsense": "x",
        "dots": "..",
        "nested": f"{header()}.{'W' * 4000}.{signature}",
    }
    for trick, signed in tricks.items():
        assert error(ask_by_assertion(house, signed)) == (401, "invalid_client"), trick
    assert ask_by_assertion(house, good).status_code == 200, "the good one is still good"


def test_one_way_to_authenticate_not_two_and_not_in_anothers_name(house, admin, signing):
    signs, private = signing
    with_secret = oauth_client(admin)
    signed = assertion(house, signs["client_id"], private)
    form = {"client_assertion_type": JWT_BEARER, "client_assertion": signed}
    assert error(ask_token(house, with_secret, **form)) == (400, "invalid_request")
    form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    assert error(ask_token(house, **form)) == (400, "invalid_request")
    other = with_secret["client_id"]
    assert error(ask_by_assertion(house, signed, client_id=other)) == (400, "invalid_request")
    impostor = assertion(house, other, private)
    assert error(ask_by_assertion(house, impostor)) == (401, "invalid_client")
    assert ask_by_assertion(house, signed).status_code == 200


def test_spent_assertions_and_dead_tokens_are_forgotten_in_time(house, signing):
    client, private = signing
    old = assertion(house, client["client_id"], private, exp=minutes(house, 5))
    token = ask_by_assertion(house, old).json()["access_token"]
    house.clock.travel(days=8)
    house.work_off()
    assert house.client(token).get("/me").status_code == 401
    assert error(ask_by_assertion(house, old)) == (401, "invalid_client"), "expired meanwhile"


def test_a_library_finds_its_way(house, admin):
    told = outside(house).get("/.well-known/oauth-authorization-server").json()
    assert told["issuer"] == ISSUER
    assert told["token_endpoint"] == f"{ISSUER}/oauth/token"
    assert told["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic", "private_key_jwt",
    ]  # fmt: skip
    assert "tokens:write" not in told["scopes_supported"]
    assert outside(house).get("/oauth/token").status_code == 405
