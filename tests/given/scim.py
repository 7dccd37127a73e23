"""An identity provider: a key with the scope `scim`, and what it sends."""

from typing import Any

import httpx

from tests.house import House

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def provider(house: House, admin: httpx.Client, *scopes: str) -> httpx.Client:
    """A client of /scim/v2 with an API key of the administrator's organization."""
    made = admin.post("/tokens", json={"name": "IdP", "scopes": list(scopes or ("scim",))})
    assert made.status_code == 201, made.text
    return with_key(house, made.json()["token"])


def with_key(house: House, token: str | None) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(
        transport=house.unchecked._transport,
        base_url="http://test/scim/v2",
        headers={"Content-Type": "application/scim+json", **headers},
    )


def told(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The body of an answer that has this status and SCIM's content type."""
    assert response.status_code == status, response.text
    if status == 204:
        assert response.content == b""
        return {}
    assert response.headers["content-type"] == "application/scim+json"
    return response.json()


def refused(response: httpx.Response, status: int, word: str | None = None) -> dict[str, Any]:
    """The error of an answer, in SCIM's shape."""
    found = told(response, status)
    assert found["schemas"] == [ERROR]
    assert (found["status"], found.get("scimType")) == (str(status), word), found
    return found


def user(
    idp: httpx.Client, user_name: str = "rosa.weber@example.com", /, **facts: Any
) -> dict[str, Any]:
    """A user as most providers send them."""
    given, _, family = user_name.partition("@")[0].partition(".")
    wanted = {
        "schemas": [USER, ENTERPRISE],
        "userName": user_name,
        "externalId": f"ext-{user_name}",
        "name": {"givenName": given.title(), "familyName": family.title() or "Weber"},
        "displayName": f"{given} {family}".title(),
        "emails": [{"value": user_name, "type": "work", "primary": True}],
        "active": True,
        **facts,
    }
    return told(idp.post("/Users", json={k: v for k, v in wanted.items() if v is not None}), 201)


def patched(
    idp: httpx.Client, path: str, *operations: dict[str, Any], **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return idp.patch(path, json={"schemas": [PATCH], "Operations": operations}, headers=named)


def found(idp: httpx.Client, kind: str = "Users", **query: Any) -> list[dict[str, Any]]:
    return told(idp.get(f"/{kind}", params=query))["Resources"]
