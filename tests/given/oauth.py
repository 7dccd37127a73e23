"""Builders for systems that act by themselves: clients, keys, assertions, token requests."""

import datetime as dt
import itertools
import json
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.house import House

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ISSUER = "http://127.0.0.1:8000"
_numbers = itertools.count(1)
_KINDS = {
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
}


def oauth_client(admin: httpx.Client, **wanted: Any) -> dict[str, Any]:
    """A registered client with its secret, by default one that reads and writes participants."""
    told = {"name": "HRIS", "scopes": ["participants:read", "participants:write"], **wanted}
    made = admin.post("/oauth-clients", json=told)
    assert made.status_code == 201, made.text
    return made.json()


def key_pair(algorithm: str = "ES256", kid: str = "k1") -> tuple[Any, dict[str, Any]]:
    """A private key, and its public JSON Web Key as a client would register it."""
    make, kind = _KINDS[algorithm]
    private = make()
    public = json.loads(kind.to_jwk(private.public_key()))
    public.pop("key_ops", None)
    return private, {**public, "kid": kid}


def assertion(
    house: House,
    client_id: str,
    private: Any,
    algorithm: str = "ES256",
    headers: dict[str, Any] | None = None,
    **changed: Any,
) -> str:
    """A JWT by which a client says who it is; None takes a claim away."""
    now = house.clock.now()
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "jti": f"jti-{next(_numbers)}",
        "iat": now,
        "exp": now + dt.timedelta(minutes=1),
        **changed,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, private, algorithm, headers={"kid": "k1", **(headers or {})})


def outside(house: House) -> httpx.Client:
    """A client of the paths beside /v1, whose answers are held against the contract, too."""
    return httpx.Client(transport=house.transport, base_url="http://test")


def ask_token(
    house: House, client: dict[str, Any] | None = None, *, secret: str | None = None, **form: Any
) -> httpx.Response:
    """The answer of /oauth/token to a client that shows its secret."""
    shown = None
    if client is not None:
        shown = (client["client_id"], secret or client["client_secret"])
    told = {"grant_type": "client_credentials", **form}
    return outside(house).post("/oauth/token", data=told, auth=shown)


def ask_by_assertion(house: House, signed: str, **form: Any) -> httpx.Response:
    told = {"client_assertion_type": JWT_BEARER, "client_assertion": signed, **form}
    return ask_token(house, **told)
