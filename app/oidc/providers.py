"""What providers publish about themselves, kept for a while, and what they answer to a code."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, urlencode

from app.kit.outbound import CallFailed, Outbound
from app.kit.problems import Unavailable
from app.kit.settings import Settings
from app.kit.signatures import PublicKey, usable_keys

WELL_KNOWN = "/.well-known/openid-configuration"
KNOWN_FOR = 3600.0  # ours, seconds: how soon we hear that an endpoint has moved
DEAF_FOR = 10.0  # ours, seconds: who did not answer is not asked again by everybody at once
KEYS_AGAIN = 60.0  # ours, seconds: tokens with unknown keys make us ask no more often than this


class ProviderUnreachable(Unavailable):
    slug, title = (
        "identity-provider-unreachable",
        "The identity provider does not answer as OpenID providers do: try again later",
    )


@dataclass
class Published:
    """A provider's own description, and its keys."""

    document: dict[str, Any]
    read_at: float
    keys: list[PublicKey] = field(default_factory=list)
    keys_read_at: float = float("-inf")

    def address(self, name: str) -> str:
        """An endpoint. Raises ProviderUnreachable where the provider names none."""
        found = self.document.get(name)
        if not isinstance(found, str):
            raise ProviderUnreachable(f"Its description has no {name}.")
        return found


@dataclass(frozen=True)
class Exchange:
    """What is needed to turn a code into an id token."""

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_uri: str
    code: str
    code_verifier: str


@lru_cache(maxsize=8)
def providers_of(settings: Settings) -> "Providers":
    """What this process knows of providers; one for each installation it serves."""
    return Providers(settings)


class Providers:
    """Knows the providers of an installation; one in each process."""

    def __init__(self, settings: Settings, tick: Callable[[], float] = time.monotonic) -> None:
        self._outbound = Outbound(settings.provider_networks, settings.provider_ports)
        self._known: dict[str, Published] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._tick = tick

    def published(self, issuer: str) -> Published:
        """The description of this issuer, which must call itself so. Raises ProviderUnreachable."""
        known = self._known.get(issuer)
        if known is not None and self._tick() < known.read_at + KNOWN_FOR:
            return known
        failed = self._failed.get(issuer)
        if failed is not None and self._tick() < failed[0] + DEAF_FOR:
            raise ProviderUnreachable(failed[1])
        try:
            found = Published(self._described(issuer), self._tick())
        except ProviderUnreachable as why:
            self._failed[issuer] = (self._tick(), why.detail)
            raise
        self._known[issuer] = found
        self._failed.pop(issuer, None)
        return found

    def _described(self, issuer: str) -> dict[str, Any]:
        document = self._get(issuer.removesuffix("/") + WELL_KNOWN)
        if document.get("issuer") != issuer:
            raise ProviderUnreachable("It calls itself by another issuer.")
        return document

    def keys(self, issuer: str, fits: Callable[[list[PublicKey]], bool]) -> list[PublicKey]:
        """The provider's keys; asked for anew where none fits, but not again and again."""
        of = self.published(issuer)
        now = self._tick()
        old = now >= of.keys_read_at + KNOWN_FOR
        if old or (not fits(of.keys) and now >= of.keys_read_at + KEYS_AGAIN):
            listed = self._get(of.address("jwks_uri")).get("keys")
            of.keys = usable_keys(listed[:100]) if isinstance(listed, list) else []
            of.keys_read_at = now
        return of.keys

    def exchange(self, wanted: Exchange) -> dict[str, Any] | None:
        """The token response to a code, or None where the provider does not take it."""
        of = self.published(wanted.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": wanted.code,
            "redirect_uri": wanted.redirect_uri,
            "code_verifier": wanted.code_verifier,
        }
        headers: dict[str, str] = {}
        ways = of.document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if wanted.client_secret is None:
            form["client_id"] = wanted.client_id
        elif "client_secret_basic" in ways:
            pair = f"{quote_plus(wanted.client_id)}:{quote_plus(wanted.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": wanted.client_id, "client_secret": wanted.client_secret}
        try:
            status, answer = self._outbound.post_form(
                of.address("token_endpoint"), urlencode(form).encode(), headers
            )
        except CallFailed as why:
            raise ProviderUnreachable(f"Token endpoint: {why}.") from why
        if status >= 500:
            raise ProviderUnreachable(f"Token endpoint: status {status}.")
        return answer if status == 200 else None

    def _get(self, url: str) -> dict[str, Any]:
        try:
            return self._outbound.get_json(url)
        except CallFailed as why:
            raise ProviderUnreachable(f"{why}.".capitalize()) from why
