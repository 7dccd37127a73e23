"""What a forged, borrowed, bent or late answer of a provider opens: nothing (S34, S35)."""

import base64
import datetime as dt
import json

import httpx
import jwt
import pytest

from app.oidc import providers
from tests.given.oauth import key_pair
from tests.given.providers import (
    account,
    allow,
    begin,
    challenge_of,
    finish,
    forging,
    identity_provider,
    through,
)


def told(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


NOT_PROVEN = (401, "sign-in-not-proven")


@pytest.fixture(name="known")
def rosa_may_sign_in(admin, forger):
    identity_provider(admin, forger.issuer)
    return account(admin, "rosa@acme.example")


def attempt(house, admin, forger, **changed):
    begun = begin(house, admin)
    assert begun.status_code == 201, begun.text
    return finish(house, begun.json(), through(forger, begun.json(), **changed))


def test_the_forger_can_tell_the_truth(house, admin, forger, known):
    """Otherwise all that follows would prove nothing."""
    assert attempt(house, admin, forger).status_code == 201
    (form,) = forger.forms
    assert form["grant_type"] == "authorization_code"
    assert form["authorization"].startswith("Basic ")
    assert "client_secret" not in form


def test_the_code_is_bought_with_the_verifier_of_its_challenge(house, admin, forger, known):
    begun = begin(house, admin).json()
    finish(house, begun, through(forger, begun))
    asked = httpx.URL(begun["authorization_url"]).params
    assert asked["tenant"] == "1", "what the address had already stays"
    assert challenge_of(forger.forms[0]["code_verifier"]) == asked["code_challenge"]


NOW = dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(
    "bend",
    [
        {"iss": "https://accounts.example"}, {"iss": None},
        {"aud": "another client"}, {"aud": None}, {"aud": []}, {"aud": {"rementor": 1}},
        {"aud": ["rementor", "another"]}, {"aud": ["rementor", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "of another sign-in"}, {"nonce": None}, {"nonce": 7},
        {"exp": NOW - dt.timedelta(hours=1)}, {"exp": None}, {"exp": "tomorrow"},
        {"iat": None}, {"iat": NOW + dt.timedelta(hours=1)}, {"nbf": NOW + dt.timedelta(hours=1)},
        {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "s" * 256}, {"sub": "a\x00b"},
        {"sub": "ä"}, {"sub": "a\nb"}, {"sub": "\ud800"},
    ],
)  # fmt: skip
def test_claims_that_are_not_for_us_now_and_here(house, admin, forger, known, bend):
    forger.bend = bend
    assert told(attempt(house, admin, forger)) == NOT_PROVEN


def test_several_audiences_are_fine_where_we_are_the_party(house, admin, forger, known):
    forger.bend = {"aud": ["another", "rementor"], "azp": "rementor"}
    assert attempt(house, admin, forger).status_code == 201


@pytest.mark.parametrize(
    "bend",
    [
        {"email_verified": False}, {"email_verified": None}, {"email_verified": "true"},
        {"email_verified": 1}, {"email": None}, {"email": ["rosa@acme.example"]},
        {"email": "rosa@acme.example@evil.example"}, {"email": "rosa@sub.acme.example"},
        {"email": "rosa@evil-acme.example"}, {"email": "ros\u0430@acme.example"},
        {"email": "rosa@acme.example\n"},
        {"email": "ro\x00sa@acme.example"},
    ],
)  # fmt: skip
def test_an_e_mail_that_is_not_proven_or_not_ours_links_nobody(house, admin, forger, known, bend):
    forger.bend = bend
    assert told(attempt(house, admin, forger)) == (401, "identity-not-linked")


def test_a_letter_that_becomes_another_in_lower_case_links_nobody(house, admin, forger):
    identity_provider(admin, forger.issuer)
    account(admin, "kim@acme.example")
    forger.bend = {"email": "\u212aim@acme.example"}  # the Kelvin sign
    assert told(attempt(house, admin, forger)) == (401, "identity-not-linked")
    forger.bend = {"email": "KIM@Acme.Example"}
    assert attempt(house, admin, forger).status_code == 201


def test_no_trick_with_algorithms_and_keys(house, admin, forger, known):
    stranger, stranger_public = key_pair("RS256")
    elliptic, _ = key_pair("ES256")
    pem = json.dumps(forger.public).encode() + b"=" * 64

    def unsigned(claims):
        head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').rstrip(b"=").decode()
        body = jwt.encode(claims, "s" * 64, "HS256").split(".")[1]
        return f"{head}.{body}."

    tricks = {
        "alg none": unsigned,
        "hmac with the public key": lambda c: jwt.encode(c, pem, "HS256", headers={"kid": "k1"}),
        "another key": lambda c: jwt.encode(c, stranger, "RS256", headers={"kid": "k1"}),
        "another algorithm": lambda c: jwt.encode(c, forger.private, "PS256", {"kid": "k1"}),
        "another kind": lambda c: jwt.encode(c, elliptic, "ES256", headers={"kid": "k1"}),
        "its own key": lambda c: jwt.encode(
            c, stranger, "RS256", headers={"kid": "k2", "jwk": stranger_public}
        ),
        "a key elsewhere": lambda c: jwt.encode(
            c, stranger, "RS256", headers={"kid": "k2", "jku": f"{forger.issuer}/other"}
        ),
        "no JWT": lambda c: "x.y.z",
        "a bent body": lambda c: unsigned(c) + jwt.encode(c, forger.private, "RS256").split(".")[2],
    }
    for trick, sign in tricks.items():
        forger.sign = sign
        assert told(attempt(house, admin, forger)) == NOT_PROVEN, trick
    assert f"{forger.issuer}/other" not in " ".join(forger.asked)
    forger.sign = None
    assert attempt(house, admin, forger).status_code == 201


def test_a_new_key_is_fetched_when_it_is_needed_and_not_at_every_bad_token(
    house, admin, forger, known, monkeypatch
):
    moment = [1_000.0]
    monkeypatch.setattr(providers.providers_of(house.lanes.settings), "_tick", lambda: moment[0])

    def fetched() -> int:
        return sum(path.endswith("/keys") for path in forger.asked)

    assert attempt(house, admin, forger).status_code == 201
    assert fetched() == 1
    private, public = key_pair("ES256", kid="next")
    forger.keys = [public, forger.public, {"kty": "oct", "k": "eA"}, "nonsense"]
    forger.sign = lambda claims: jwt.encode(claims, private, "ES256", headers={"kid": "next"})
    for _ in range(3):
        assert told(attempt(house, admin, forger)) == NOT_PROVEN
    assert fetched() == 1, "not again within a minute"
    moment[0] += 61
    assert attempt(house, admin, forger).status_code == 201
    assert fetched() == 2


def test_an_answer_from_another_issuer_is_a_mix_up(house, admin, forger, known):
    right = attempt(house, admin, forger, iss=forger.issuer)
    assert right.status_code == 201
    wrong = attempt(house, admin, forger, iss="https://login.evil.example")
    assert told(wrong) == NOT_PROVEN
    assert len(forger.forms) == 1, "the code was not even shown"


def test_where_the_provider_promises_its_name_it_must_be_there(house, admin, forger, known):
    forger.document = {"authorization_response_iss_parameter_supported": True}
    assert told(attempt(house, admin, forger)) == NOT_PROVEN
    assert attempt(house, admin, forger, iss=forger.issuer).status_code == 201


@pytest.mark.parametrize("state", ["x", "of another"])
def test_a_state_that_is_not_the_handles_own(house, admin, forger, known, state):
    if state == "of another":
        other = begin(house, admin).json()
        state = httpx.URL(other["authorization_url"]).params["state"]
    assert told(attempt(house, admin, forger, state=state)) == NOT_PROVEN
    assert not forger.forms


def test_a_handle_that_is_not_ours_bent_or_late(house, admin, forger, known):
    begun = begin(house, admin).json()
    came_back = through(forger, begun)
    handle = begun["handle"]
    for bent in (handle[:-4] + "AAAA", "AAAA", handle[4:], handle + "AA"):
        assert told(finish(house, {"handle": bent}, came_back)) == NOT_PROVEN
    house.clock.travel(minutes=10)
    assert told(finish(house, begun, came_back)) == NOT_PROVEN
    assert not forger.forms


def test_a_failed_sign_in_is_spent_too(house, admin, forger, known):
    begun = begin(house, admin).json()
    came_back = through(forger, begun)
    forger.answer = lambda: (400, b'{"error": "invalid_grant"}')
    assert told(finish(house, begun, came_back)) == NOT_PROVEN
    forger.answer = None
    assert told(finish(house, begun, came_back)) == NOT_PROVEN
    assert len(forger.forms) == 1, "a handle shows one code to the provider, no more"
    house.clock.travel(minutes=11)
    house.work_off()
    assert told(finish(house, begun, came_back)) == NOT_PROVEN, "forgotten, and too late"


def test_a_provider_disabled_meanwhile_lets_nobody_in(house, admin, forger, known):
    begun = begin(house, admin).json()
    came_back = through(forger, begun)
    (provider,) = admin.get("/identity-providers").json()["items"]
    path = f"/identity-providers/{provider['id']}"
    tag = admin.get(path).headers["ETag"]
    admin.patch(path, json={"disabled": True}, headers={"If-Match": tag})
    assert told(finish(house, begun, came_back)) == (401, "sign-in-not-offered")
    assert not forger.forms


def test_one_subject_at_two_issuers_is_two_people(house, admin, forger):
    identity_provider(admin, forger.issuer)
    account(admin, "rosa@acme.example")
    assert attempt(house, admin, forger).status_code == 201
    with forging() as other:
        allow(house, forger.issuer, other.issuer)
        second = identity_provider(admin, other.issuer, allowed_domains=["other.example"])
        begun = begin(house, admin, identity_provider_id=second["id"]).json()
        refused = finish(house, begun, through(other, begun))
        assert told(refused) == (401, "identity-not-linked"), "same subject, same e-mail"


def test_a_provider_of_one_organization_vouches_for_no_other(house, admin, forger):
    globex = house.organization("Globex", "admin@globex.example")
    identity_provider(globex, forger.issuer)
    account(admin, "rosa@acme.example")
    begun = begin(house, globex).json()
    refused = finish(house, begun, through(forger, begun))
    assert told(refused) == (401, "identity-not-linked")


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://accounts.example"}, {"issuer": None}, {"issuer": 7},
        {"authorization_endpoint": None}, {"authorization_endpoint": 7},
    ],
)  # fmt: skip
def test_a_description_that_is_not_the_issuers_own(house, admin, forger, known, document):
    forger.document = document
    assert told(begin(house, admin)) == (503, "identity-provider-unreachable")


def test_who_did_not_answer_is_left_in_peace_for_a_while(house, admin, forger, known, monkeypatch):
    moment = [1_000.0]
    monkeypatch.setattr(providers.providers_of(house.lanes.settings), "_tick", lambda: moment[0])
    forger.document = {"issuer": None}
    for _ in range(5):
        assert told(begin(house, admin)) == (503, "identity-provider-unreachable")
    assert len(forger.asked) == 1
    forger.document = {}
    moment[0] += 11
    assert begin(house, admin).status_code == 201


@pytest.mark.parametrize(
    "endpoint",
    ["http://169.254.169.254/token", "http://10.0.0.1/token", "https://localhost/token",
     "http://127.0.0.1:22/token", "file:///etc/passwd", "gopher://127.0.0.1/"],
)  # fmt: skip
def test_a_description_that_leads_inside(house, admin, forger, known, endpoint):
    forger.document = {"token_endpoint": endpoint}
    assert told(attempt(house, admin, forger)) == (503, "identity-provider-unreachable")


@pytest.mark.parametrize(
    "answer",
    [
        (302, b""), (500, b"{}"), (200, b"no json"), (200, b"[]"),
        (200, b'{"a": "' + b"x" * 300_000 + b'"}'), (200, b"[" * 100_000),
    ],
)  # fmt: skip
def test_a_token_endpoint_that_answers_strangely(house, admin, forger, known, answer):
    forger.answer = lambda: answer
    assert attempt(house, admin, forger).status_code in (401, 503)


def test_a_provider_that_is_gone_is_told_as_such(house, admin, forger, known):
    begun = begin(house, admin).json()
    came_back = through(forger, begun)
    (provider,) = admin.get("/identity-providers").json()["items"]
    assert provider["issuer"] == forger.issuer
    forger.answer = lambda: (_ for _ in ()).throw(ConnectionAbortedError)
    refused = finish(house, begun, came_back)
    assert told(refused) == (503, "identity-provider-unreachable")
    forger.answer = None
    assert finish(house, begun, came_back).status_code == 201, "nothing was spent"
