"""docs/signing-in.md is true: its blocks are run, in order, with a real provider."""

import re
from pathlib import Path

import httpx

from tests.given.accounts import PASSWORD
from tests.given.providers import SECRET, at_the_provider
from tests.house import House

DOCUMENT = Path(__file__).parents[2] / "docs" / "signing-in.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_block_does_what_it_says(house: House, admin: httpx.Client, issuer: str):
    told = {"email": "rosa@acme.example", "name": "Rosa", "roles": ["sponsor"]}
    invited = admin.post("/accounts", json=told).json()
    house.client().post(
        "/accounts/accept-invitation",
        json={"invitation_token": invited["invitation_token"], "password": PASSWORD},
    )
    known = {
        "api": httpx.Client(transport=house.transport, base_url="http://test"),
        "organization_id": admin.organization_id,
        "administrators_key": admin.headers["Authorization"].partition(" ")[2],
        "password": PASSWORD,
        "issuer": issuer,
        "providers_secret": SECRET,
        "send_the_browser_to": lambda url: at_the_provider(url, "rosa"),
    }
    blocks = BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len(blocks) > 5
    for block in blocks:
        exec(block, known)  # noqa: S102  our own words
    assert known["answer"].status_code == 201
    types = [each["type"] for each in admin.get("/events?limit=200").json()["items"]]
    assert "identity.linked" in types
