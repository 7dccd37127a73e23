"""Identity providers: kept by administrators, secrets sealed, addresses checked, exact returns."""

import uuid

import pytest
from sqlalchemy import select

from app.oidc.models import IdentityProvider
from tests.given.accounts import colleague
from tests.given.providers import BACK, SECRET, allow, begin, forging, identity_provider

ISSUER = "https://login.acme.example/tenant"


def change(admin, provider, **wanted):
    path = f"/identity-providers/{provider['id']}"
    return admin.patch(path, json=wanted, headers={"If-Match": admin.get(path).headers["ETag"]})


def test_the_secret_is_sealed_and_never_shown(house, admin):
    provider = identity_provider(admin, ISSUER)
    path = f"/identity-providers/{provider['id']}"
    for answer in (admin.get(path), admin.get("/identity-providers"), admin.get("/audit-entries")):
        assert SECRET not in answer.text
    with house.lanes.reading() as rows:
        found = rows.execute(
            select(IdentityProvider).where(
                IdentityProvider.organization_id == uuid.UUID(admin.organization_id)
            )
        ).one()
    assert SECRET.encode() not in found.client_secret
    assert change(admin, provider, client_secret=None).status_code == 200


def test_an_issuer_is_registered_once_and_never_changes(admin):
    provider = identity_provider(admin, ISSUER)
    again = admin.post(
        "/identity-providers",
        json={"name": "x", "issuer": ISSUER, "client_id": "x", "redirect_uris": [BACK]},
    )
    assert (again.status_code, again.json()["code"]) == (409, "issuer-taken")
    assert change(admin, provider, issuer="https://other.example").status_code == 422


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.acme.example", "https://127.0.0.1", "https://127.1", "https://0x7f000001",
        "https://2130706433", "https://[::1]", "https://[::ffff:127.0.0.1]", "https://localhost",
        "https://169.254.169.254", "https://metadata.google.internal", "https://10.0.0.1",
        "https://login.acme.example:22", "https://user@login.acme.example", "ftp://a.example",
        "https://login.acme.example/?tenant=1", "https://login.acme.example#x", "https://",
        "https://a b.example", "not a url", "https://a\x01.example", "https://ä.example",
        "https://a.example/\x01",
    ],
)  # fmt: skip
def test_an_issuer_that_leads_inside_is_not_taken(admin, issuer):
    refused = admin.post(
        "/identity-providers",
        json={"name": "x", "issuer": issuer, "client_id": "x", "redirect_uris": [BACK]},
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/issuer"


@pytest.mark.parametrize(
    "uri",
    [
        "http://front.acme.example/", "javascript:alert(1)", "https://front.acme.example/#x",
        "//front.acme.example", "https://u@front.acme.example/", "http://localhost.evil.example/",
        "https://front.acme.example\n/", "", "https://front.acme.example/\x00",
        "https://\x15.example/",
    ],
)  # fmt: skip
def test_a_return_address_that_is_none_is_not_taken(admin, uri):
    told = {"name": "x", "issuer": ISSUER, "client_id": "x", "redirect_uris": [uri]}
    assert admin.post("/identity-providers", json=told).status_code == 422


def test_only_administrators_manage_providers_and_auditors_see_them(house, admin):
    provider = identity_provider(admin, ISSUER)
    path = f"/identity-providers/{provider['id']}"
    for role in ("auditor", "program_manager", "integration", "participant"):
        other = colleague(house, admin, role)
        seen = 200 if role == "auditor" else 403
        assert other.get(path).status_code == seen
        assert other.get("/identity-links").status_code == seen
        assert other.delete(path, headers={"If-Match": '"1"'}).status_code == 403
        told = {"name": "x", "issuer": ISSUER, "client_id": "x", "redirect_uris": [BACK]}
        assert other.post("/identity-providers", json=told).status_code == 403


@pytest.mark.parametrize(
    "uri",
    [
        f"{BACK}/", f"{BACK}?x=1", BACK.upper(), BACK.replace("https", "http"),
        "https://front.acme.example.evil.example/signed-in", f"{BACK}/../evil",
    ],
)  # fmt: skip
def test_the_browser_returns_to_a_registered_address_letter_by_letter(house, admin, uri):
    identity_provider(admin, ISSUER)
    refused = begin(house, admin, redirect_uri=uri)
    assert refused.status_code in (401, 422)
    if refused.status_code == 401:
        assert refused.json()["code"] == "sign-in-not-offered"


def test_nobody_learns_which_organizations_and_providers_exist(house, admin):
    globex = house.organization("Globex", "admin@globex.example")
    theirs = identity_provider(globex, ISSUER)
    asked = [
        begin(house, admin),
        begin(house, admin, organization_id=str(uuid.uuid4())),
        begin(house, admin, identity_provider_id=theirs["id"]),
        begin(house, globex, redirect_uri="https://evil.example/"),
        begin(house, globex, identity_provider_id=str(uuid.uuid4())),
    ]
    answers = {tuple(sorted((k, str(v)) for k, v in each.json().items() if k != "request_id"))
               for each in asked}  # fmt: skip
    assert len(answers) == 1
    assert asked[0].json()["code"] == "sign-in-not-offered"


def test_with_two_providers_one_has_to_be_named(house, admin):
    with forging() as one, forging() as two:
        before = house.lanes.settings
        allow(house, one.issuer, two.issuer)
        first, second = (identity_provider(admin, each.issuer) for each in (one, two))
        assert begin(house, admin).json()["code"] == "sign-in-not-offered"
        named = begin(house, admin, identity_provider_id=second["id"]).json()
        assert named["authorization_url"].startswith(two.issuer)
        assert change(admin, first, disabled=True).json()["disabled_at"] is not None
        assert begin(house, admin).json()["authorization_url"].startswith(two.issuer)
        house.lanes.settings = before
