"""Webhook endpoints over HTTP: who registers them, what is refused, and where the secret is not."""

import base64
import json
from uuid import UUID

import pytest
from sqlalchemy import inspect, select

from app.kit.audit import AuditEntry
from app.kit.database import Base
from app.kit.lanes import system
from app.kit.sealing import SealMissing
from app.webhooks.models import WebhookEndpoint
from app.webhooks.signing import place_of
from tests.given.webhooks import endpoint

PAST_THE_GUARD = "https://hooks.example.com/rementor"


def changed(client, made, **what):
    version = client.get(f"/webhook-endpoints/{made['id']}").headers["ETag"]
    return client.patch(
        f"/webhook-endpoints/{made['id']}", json=what, headers={"If-Match": version}
    )


def events_of(admin):
    return [each["type"] for each in admin.get("/events", params={"limit": 200}).json()["items"]]


def test_an_endpoint_is_registered_and_its_secret_is_shown_once(admin):
    response = admin.post(
        "/webhook-endpoints",
        json={"url": PAST_THE_GUARD, "event_types": ["pairing.activated"], "description": "HR"},
    )
    made = response.json()
    kind, _, secret = made.pop("secret").partition("_")
    assert kind == "whsec"
    assert 24 <= len(base64.b64decode(secret, validate=True)) <= 64
    shown = admin.get(response.headers["Location"].removeprefix("/v1"))
    assert shown.json() == made
    assert shown.headers["ETag"] == response.headers["ETag"]
    assert made["status"] == "active"
    assert made["event_types"] == ["pairing.activated"]
    assert "webhook_endpoint.registered" in events_of(admin)


def test_no_two_endpoints_have_the_same_secret(admin):
    assert endpoint(admin)["secret"] != endpoint(admin)["secret"]


def test_without_saying_so_an_endpoint_hears_everything(admin):
    assert endpoint(admin)["event_types"] == ["all"]


@pytest.mark.parametrize(
    ("types", "pointer"),
    [
        (["pairing.activated", "pairing.exploded"], "/event_types/1"),
        (["all", "pairing.activated"], "/event_types"),
        (["pairing.activated", "pairing.activated"], "/event_types"),
        ([], "/event_types"),
        (["Pairing"], "/event_types/0"),
    ],
)
def test_only_types_that_exist_can_be_wished_for(admin, types, pointer):
    response = admin.post("/webhook-endpoints", json={"url": PAST_THE_GUARD, "event_types": types})
    assert response.status_code == 422
    assert [each["pointer"] for each in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://metadata.google.internal/",
        "https://hooks.example.com:22/",
        "https://me:secret@hooks.example.com/",
    ],
)
def test_an_address_that_leads_inside_is_refused_at_once(admin, url):
    made = endpoint(admin)
    for response in (
        admin.post("/webhook-endpoints", json={"url": url}),
        changed(admin, made, url=url),
    ):
        assert response.status_code == 422
        (error,) = response.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/url", "address_refused")


def test_what_is_changed_is_changed_and_the_rest_stays(admin):
    made = endpoint(admin, description="HR")
    first = changed(admin, made, event_types=["goal.reached"]).json()
    assert first["event_types"] == ["goal.reached"]
    assert first["description"] == "HR"
    second = changed(admin, made, description=None, url="https://other.example.com/").json()
    assert (second["description"], second["url"]) == (None, "https://other.example.com/")
    assert second["event_types"] == ["goal.reached"]


def test_a_change_of_an_older_version_is_refused(admin):
    made = endpoint(admin)
    assert changed(admin, made, description="first").status_code == 200
    late = admin.patch(
        f"/webhook-endpoints/{made['id']}", json={"description": "x"}, headers={"If-Match": '"1"'}
    )
    assert late.status_code == 412
    assert admin.patch(f"/webhook-endpoints/{made['id']}", json={}).status_code == 428


def test_endpoints_are_listed_by_how_they_are_doing(admin):
    one, two = endpoint(admin), endpoint(admin)
    admin.post(f"/webhook-endpoints/{two['id']}/disable")
    for status, expected in (("active", [one["id"]]), ("disabled", [two["id"]]), ("failing", [])):
        found = admin.get("/webhook-endpoints", params={"status": status}).json()["items"]
        assert [each["id"] for each in found] == expected


def test_an_endpoint_is_disabled_and_enabled_once_each(admin, house):
    path = f"/webhook-endpoints/{endpoint(admin)['id']}"
    house.clock.travel(hours=1)
    off = admin.post(f"{path}/disable").json()
    assert (off["status"], off["status_reason"]) == ("disabled", "requested")
    assert off["status_since"] == "2026-03-02T10:00:00Z"
    again = admin.post(f"{path}/disable")
    assert again.json()["code"] == "webhook-endpoint-disabled"
    on = admin.post(f"{path}/enable").json()
    assert (on["status"], on["status_reason"]) == ("active", None)
    assert admin.post(f"{path}/enable").json()["code"] == "webhook-endpoint-not-disabled"
    told = events_of(admin)
    assert told[-2:] == ["webhook_endpoint.disabled", "webhook_endpoint.enabled"]


def test_a_removed_endpoint_is_gone(admin):
    made = endpoint(admin)
    path = f"/webhook-endpoints/{made['id']}"
    assert admin.delete(path, headers={"If-Match": '"1"'}).status_code == 204
    assert admin.get(path).status_code == 404
    assert events_of(admin)[-1] == "webhook_endpoint.removed"


def test_rotating_gives_a_new_secret_and_says_how_long_the_old_one_signs(admin, house):
    made = endpoint(admin)
    path = f"/webhook-endpoints/{made['id']}/rotate-secret"
    rotated = admin.post(path, json={"overlap_hours": 3}).json()
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_secret_until"] == "2026-03-02T12:00:00Z"
    leaked = admin.post(path, json={"overlap_hours": 0}).json()
    assert leaked["previous_secret_until"] is None
    assert leaked["secret"] not in (made["secret"], rotated["secret"])


def test_a_retry_of_what_showed_a_secret_does_not_show_it_again(admin):
    key = {"Idempotency-Key": "once"}
    body = {"url": PAST_THE_GUARD}
    assert admin.post("/webhook-endpoints", json=body, headers=key).status_code == 201
    again = admin.post("/webhook-endpoints", json=body, headers=key)
    assert again.json()["code"] == "secret-shown-once"
    assert len(admin.get("/webhook-endpoints").json()["items"]) == 1


def test_the_secret_stands_nowhere_in_the_database(admin, house):
    made = endpoint(admin)
    rotated = admin.post(
        f"/webhook-endpoints/{made['id']}/rotate-secret",
        json={"overlap_hours": 5},
        headers={"Idempotency-Key": "rotate"},
    ).json()
    kept = []
    with house.lanes.reading() as rows:
        for table in Base.metadata.sorted_tables:
            kept += [str(tuple(row)) for row in rows.execute(select(table))]
    assert any(made["id"].replace("-", "") in row.replace("-", "") for row in kept)
    for secret in (made["secret"], rotated["secret"]):
        bare = base64.b64decode(secret.removeprefix("whsec_"))
        for row in kept:
            assert secret.removeprefix("whsec_") not in row
            assert repr(bare)[2:-1] not in row


def test_the_secret_is_sealed_for_its_own_endpoint_only(admin, house):
    one, two = endpoint(admin), endpoint(admin)
    organization_id = UUID(admin.organization_id)
    with house.lanes.unit(system(organization_id), "look") as uow:
        sealed = {
            str(row.id): row.sealed_secret
            for row in uow.rows.execute(select(WebhookEndpoint.id, WebhookEndpoint.sealed_secret))
        }
        own, other = (place_of(organization_id, each["id"]) for each in (one, two))
        assert uow.sealing.unseal(sealed[one["id"]], own) == one["secret"]
        with pytest.raises(SealMissing):
            uow.sealing.unseal(sealed[one["id"]], other)


def test_the_audit_trail_names_the_fields_and_no_secret(admin, house):
    made = endpoint(admin)
    admin.post(f"/webhook-endpoints/{made['id']}/rotate-secret", json={})
    with house.lanes.reading() as rows:
        changes = json.dumps(list(rows.scalars(select(AuditEntry.changes))))
    assert "sealed_secret" in changes
    assert "whsec_" not in changes


def test_there_is_an_end_to_the_number_of_endpoints(admin, monkeypatch):
    monkeypatch.setattr("app.webhooks.service.MOST_ENDPOINTS", 2)
    endpoint(admin)
    endpoint(admin)
    one_more = admin.post("/webhook-endpoints", json={"url": PAST_THE_GUARD})
    assert one_more.json()["code"] == "too-many-webhook-endpoints"


@pytest.mark.parametrize("role", ["program_manager", "facilitator", "sponsor", "auditor"])
def test_only_administrators_and_integrations_manage_webhooks(admin, house, role):
    invited = admin.post(
        "/accounts", json={"email": f"{role}@example.com", "name": "Kim", "roles": [role]}
    ).json()
    anyone = house.client()
    anyone.post(
        "/accounts/accept-invitation",
        json={"invitation_token": invited["invitation_token"], "password": "a long sentence here"},
    )
    signed_in = anyone.post(
        "/tokens/sign-in",
        json={
            "organization_id": admin.organization_id,
            "email": f"{role}@example.com",
            "password": "a long sentence here",
        },
    ).json()
    response = house.client(signed_in["access_token"]).get("/webhook-endpoints")
    assert response.status_code == 403
    assert response.json()["missing_scopes"] == ["webhooks:manage"]


def test_an_integration_registers_its_own_endpoint(admin, house):
    account = admin.post(
        "/accounts", json={"email": "hr@example.com", "name": "HR", "roles": ["integration"]}
    ).json()
    key = admin.post(
        "/tokens",
        json={"account_id": account["id"], "name": "hooks", "scopes": ["webhooks:manage"]},
    ).json()["token"]
    made = endpoint(house.client(key))
    assert admin.get(f"/webhook-endpoints/{made['id']}").status_code == 200


def test_columns_that_hold_secrets_are_not_shown(admin):
    shown = endpoint(admin).keys()
    sealed = {column.key for column in inspect(WebhookEndpoint).columns if "sealed" in column.key}
    assert sealed
    assert not sealed & shown
