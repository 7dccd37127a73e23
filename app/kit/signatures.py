"""JWTs that others sign: three algorithms, each with keys of its own kind, and our own clock.

RFC 8725 is the rule book: the key decides the algorithm, never the token; what a header points to
(`jku`, `x5u`, `jwk`) is not looked at.
"""

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

ALGORITHMS = ("ES256", "EdDSA", "RS256")
LEAST_RSA_BITS = 2048
LEEWAY = dt.timedelta(seconds=30)  # ours: how far another system's clock may be off
_BY_KIND = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
_PUBLIC = ("kty", "crv", "n", "e", "x", "y")
_OURS: Options = {
    "verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_iss": False,
    "verify_jti": False, "verify_nbf": False, "verify_sub": False,
}  # fmt: skip
"""All of them are judged here, by our clock."""


class NotVerified(Exception):  # noqa: N818  it says what happened
    """A key that is not used, or a token that does not hold. The text may be shown."""


@dataclass(frozen=True)
class PublicKey:
    """A key others sign with, and the one algorithm it is good for."""

    kid: str | None
    algorithm: str
    key: Any


def public_key(jwk: Mapping[str, Any]) -> PublicKey:
    """From a JSON Web Key (RFC 7517). Raises NotVerified for every other kind of key."""
    kind = (str(jwk.get("kty")), str(jwk["crv"]) if jwk.get("crv") else None)
    algorithm = _BY_KIND.get(kind)
    if algorithm is None:
        raise NotVerified("Keys are RSA, P-256 or Ed25519.")
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        raise NotVerified(f"This kind of key signs with {algorithm}, and is used for signatures.")
    try:
        found = jwt.PyJWK({name: jwk[name] for name in _PUBLIC if name in jwk}, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as wrong:
        raise NotVerified("The key is not well-formed.") from wrong
    if isinstance(found, RSAPublicKey) and found.key_size < LEAST_RSA_BITS:
        raise NotVerified(f"RSA keys have {LEAST_RSA_BITS} bits or more.")
    kid = jwk.get("kid")
    return PublicKey(kid if isinstance(kid, str) else None, algorithm, found)


def usable_keys(jwks: Iterable[Any]) -> list[PublicKey]:
    """Of a key set, the keys that we use; the others may be for somebody else."""
    found = []
    for each in jwks:
        try:
            if isinstance(each, Mapping):
                found.append(public_key(each))
        except NotVerified:
            continue
    return found


def unverified_claims(token: str) -> dict[str, Any]:
    """What a token says of itself: good for finding out whose key to take, and for nothing else."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False, **_OURS})
    except (jwt.PyJWTError, ValueError, RecursionError) as wrong:
        raise NotVerified("Not a JWT.") from wrong
    return claims


def key_for(token: str, keys: Iterable[PublicKey]) -> PublicKey | None:
    """The one key of these that a token can be signed with. Raises NotVerified for a bad header."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as wrong:
        raise NotVerified("Not a JWT.") from wrong
    if header.get("alg") not in ALGORITHMS:
        raise NotVerified(f"Sign with one of {', '.join(ALGORITHMS)}.")
    if "crit" in header or "enc" in header:
        raise NotVerified("The header asks for something that is not known here.")
    kid = header.get("kid")
    fitting = [
        each
        for each in keys
        if each.algorithm == header["alg"] and (kid is None or each.kid == kid)
    ]
    return fitting[0] if len(fitting) == 1 else None


def verified_claims(
    token: str, key: PublicKey, now: dt.datetime, *, required: Iterable[str]
) -> dict[str, Any]:
    """The claims of a token signed with this key that is valid now. Raises NotVerified.

    `exp` is always required. Who issued it, and for whom, is for the caller to judge.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm],
            options={**_OURS, "require": ["exp", *required]},
        )
    except jwt.MissingRequiredClaimError as wrong:
        raise NotVerified(f"The claim {wrong.claim} is missing.") from wrong
    except (jwt.PyJWTError, ValueError, RecursionError) as wrong:
        raise NotVerified("The signature does not hold.") from wrong
    moments = {name: _moment(claims, name) for name in ("exp", "iat", "nbf")}
    if moments["exp"] is None or moments["exp"] <= now - LEEWAY:
        raise NotVerified("It has expired.")
    for name in ("iat", "nbf"):
        if (begins := moments[name]) is not None and begins > now + LEEWAY:
            raise NotVerified("It is not valid yet.")
    return claims


def _moment(claims: Mapping[str, Any], name: str) -> dt.datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotVerified(f"The claim {name} is no moment.")
    try:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    except (OverflowError, ValueError, OSError) as wrong:
        raise NotVerified(f"The claim {name} is no moment.") from wrong
