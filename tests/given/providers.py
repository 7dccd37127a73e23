"""Providers to sign in through: a real one in a process of its own, and one that lies."""

import base64
import datetime as dt
import hashlib
import ipaddress
import json
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt

from tests.given.oauth import key_pair
from tests.house import House
from tests.server import PATIENCE, ROOT, free_port

BACK = "https://front.acme.example/signed-in"
SECRET = "a secret with : and ü and +"
PEOPLE = {
    "rosa": {"email": "rosa@acme.example", "verified": True},
    "unproven": {"email": "jun@acme.example", "verified": False},
    "outsider": {"email": "kim@elsewhere.example", "verified": True},
    "stranger": {"email": "nobody@acme.example", "verified": True},
    "boss": {"email": "boss@acme.example", "verified": True},
}


@contextmanager
def real_provider(folder: Path) -> Iterator[str]:
    """Django with django-oauth-toolkit; gives the issuer."""
    port = free_port()
    told = {
        "people": PEOPLE,
        "password": SECRET,
        "redirect_uris": [BACK],
        "clients": [
            {"client_id": "rementor", "client_secret": SECRET},
            {"client_id": "public", "client_secret": ""},
        ],
    }
    command = [sys.executable, str(ROOT / "tests/oidc/provider.py"), str(port), str(folder)]
    with subprocess.Popen(
        [*command, json.dumps(told)], stdout=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield f"http://127.0.0.1:{port}/o"
        finally:
            process.terminate()


def allow(house: House, *issuers: str) -> None:
    """Let the house speak to providers on this machine."""
    ports = {int(httpx.URL(issuer).port) for issuer in issuers}
    house.lanes.settings = house.lanes.settings.model_copy(
        update={
            "provider_networks": (ipaddress.ip_network("127.0.0.0/8"),),
            "provider_ports": (443, *sorted(ports)),
        }
    )


def identity_provider(admin: httpx.Client, issuer: str, **wanted: Any) -> dict[str, Any]:
    told = {
        "name": "Acme sign-on",
        "issuer": issuer,
        "client_id": "rementor",
        "client_secret": SECRET,
        "allowed_domains": ["acme.example"],
        "redirect_uris": [BACK],
        **wanted,
    }
    made = admin.post("/identity-providers", json=told)
    assert made.status_code == 201, made.text
    return made.json()


def account(admin: httpx.Client, email: str, *roles: str) -> str:
    """An account that was provisioned before anybody signs in."""
    told = {"email": email, "name": email, "roles": list(roles or ["sponsor"])}
    return admin.post("/accounts", json=told).json()["id"]


def begin(house: House, admin: httpx.Client, **wanted: Any) -> httpx.Response:
    told = {"organization_id": admin.organization_id, "redirect_uri": BACK, **wanted}
    return house.client().post("/tokens/oidc/start", json=told)


def finish(house: House, begun: dict[str, Any], came_back: dict[str, Any]) -> httpx.Response:
    told = {"handle": begun["handle"], **came_back}
    return house.client().post("/tokens/oidc/finish", json=told)


def at_the_provider(url: str, person: str) -> dict[str, str]:
    """What a browser does: signs in on the provider's own page; what it brings back."""
    with httpx.Client(timeout=PATIENCE) as browser:
        to_login = browser.get(url)
        page = httpx.URL(url).join(to_login.headers["Location"])
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', browser.get(page).text)[1]
        filled = {"username": person, "password": SECRET, "csrfmiddlewaretoken": token}
        signed_in = browser.post(page, data=filled)
        returns = browser.get(page.join(signed_in.headers["Location"])).headers["Location"]
    assert returns.startswith(BACK), returns
    return dict(httpx.URL(returns).params)


_keys_of_the_gone: list[tuple[Any, dict[str, Any]]] = []
"""A key takes long to make. No two forgers at work share one."""


@dataclass
class Forger:
    """A provider whose every word a test can bend."""

    private: Any
    public: dict[str, Any]
    port: int = field(default_factory=free_port)
    document: dict[str, Any] = field(default_factory=dict)
    """Added to the description; None takes a member away."""
    bend: dict[str, Any] = field(default_factory=dict)
    """Claims of the id token; None takes one away."""
    sign: Callable[[dict[str, Any]], str] | None = None
    answer: Callable[[], tuple[int, bytes]] | None = None
    """Of the token endpoint, instead of an id token."""
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    nonce: str = ""

    def __post_init__(self) -> None:
        self.keys: list[dict[str, Any]] = [self.public]

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/acme"

    def claims(self) -> dict[str, Any]:
        now = dt.datetime.now(dt.UTC)
        told = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": "rementor",
            "iat": now,
            "exp": now + dt.timedelta(minutes=5),
            "nonce": self.nonce,
            "email": "rosa@acme.example",
            "email_verified": True,
            **self.bend,
        }
        return {name: value for name, value in told.items() if value is not None}

    def reply(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append(path)
        if path.endswith("/openid-configuration"):
            told = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.document,
            }
            return 200, json.dumps({k: v for k, v in told.items() if v is not None}).encode()
        if path.endswith("/keys"):
            return 200, json.dumps({"keys": self.keys}).encode()
        if path.endswith("/token"):
            self.forms.append(form)
            if self.answer is not None:
                return self.answer()
            sign = self.sign or (
                lambda claims: jwt.encode(claims, self.private, "RS256", headers={"kid": "k1"})
            )
            token = {"token_type": "Bearer", "access_token": "x", "id_token": sign(self.claims())}
            return 200, json.dumps(token).encode()
        return 404, b"{}"


@contextmanager
def forging() -> Iterator[Forger]:
    """The forger, at work on this machine."""
    keys = _keys_of_the_gone.pop() if _keys_of_the_gone else key_pair("RS256")
    forger = Forger(*keys)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._send(forger.reply(self.path, {}))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            form["authorization"] = self.headers.get("Authorization", "")
            self._send(forger.reply(self.path, form))

        def _send(self, reply):
            status, body = reply
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", forger.port), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield forger
    finally:
        server.shutdown()
        server.server_close()
        _keys_of_the_gone.append(keys)


def through(forger: Forger, begun: dict[str, Any], **changed: str) -> dict[str, str]:
    """What a browser brings back from the forger, who has seen the nonce."""
    asked = httpx.URL(begun["authorization_url"]).params
    forger.nonce = asked["nonce"]
    return {"state": asked["state"], "code": uuid.uuid4().hex, **changed}


def challenge_of(verifier: str) -> str:
    raw = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
