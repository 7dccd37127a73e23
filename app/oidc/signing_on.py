"""Signing in through a provider: code, PKCE, state, nonce; the identity is (issuer, subject).

Nothing is stored while somebody is away at the provider: the handle holds what was begun, sealed,
and everything secret is derived from it. It never travels through the browser's address, so a page
that did not begin the sign-in cannot finish it (login CSRF).
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Row, insert, select

from app.access.models import Account, RoleGrant
from app.access.signing_in import token_pair
from app.kit.database import uuid7
from app.kit.problems import Problem, Unauthenticated
from app.kit.sealing import Sealing, SealMissing
from app.kit.signatures import NotVerified, key_for, verified_claims
from app.kit.work import Principal, Thinking, UnitOfWork
from app.oidc.events import IdentityLinked
from app.oidc.models import IdentityLink, IdentityProvider, SpentSignIn
from app.oidc.providers import Exchange, Providers, Published, providers_of
from app.oidc.schemas import SignInBegin, SignInFinish
from app.oidc.service import place_of

AWAY = dt.timedelta(minutes=10)
HANDLE = "sign-in through a provider"


class SignInNotOffered(Unauthenticated):
    slug, title = (
        "sign-in-not-offered",
        "The organization has no such provider, or it does not send anybody back to this address",
    )


class SignInNotProven(Unauthenticated):
    slug, title = (
        "sign-in-not-proven",
        "What came back from the provider does not prove who you are: begin again",
    )


class SignInSpent(SignInNotProven):
    title = "This sign-in came back before: begin again"
    constraints = ("pk_spent_sign_ins",)


class IdentityNotLinked(Unauthenticated):
    slug, title = (
        "identity-not-linked",
        "The provider says who you are, but no account here is yours: ask your administrator",
    )


@dataclass(frozen=True)
class Begun:
    """A sign-in on its way: where it began, where it returns, and the seed of its secrets."""

    organization_id: uuid.UUID
    provider_id: uuid.UUID
    redirect_uri: str
    expires_at: dt.datetime
    seed: bytes

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def code_verifier(self) -> str:
        return self._derived("code verifier")

    @property
    def code_challenge(self) -> str:
        """S256 (RFC 7636 §4.2)."""
        return _text(hashlib.sha256(self.code_verifier.encode()).digest())

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.seed).hexdigest()

    def _derived(self, name: str) -> str:
        return _text(hmac.digest(self.seed, name.encode(), hashlib.sha256))

    def sealed(self, sealing: Sealing) -> str:
        told = [
            str(self.organization_id), str(self.provider_id), self.redirect_uri,
            self.expires_at.isoformat(), self.seed.hex(),
        ]  # fmt: skip
        return _text(sealing.seal(json.dumps(told), HANDLE))

    @classmethod
    def opened(cls, handle: str, sealing: Sealing) -> "Begun":
        """Raises SignInNotProven."""
        try:
            raw = base64.urlsafe_b64decode(handle + "=" * (-len(handle) % 4))
            organization, provider, uri, until, seed = json.loads(sealing.unseal(raw, HANDLE))
        except (SealMissing, ValueError) as wrong:
            raise SignInNotProven("The handle is not one of ours.") from wrong
        return cls(
            uuid.UUID(organization), uuid.UUID(provider), uri,
            dt.datetime.fromisoformat(until), bytes.fromhex(seed),
        )  # fmt: skip


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def begin_sign_in(uow: UnitOfWork, wanted: SignInBegin) -> Thinking[Published]:
    """Where to send the browser, and what to keep until it is back."""
    uow.enter(Principal("sign-in", wanted.organization_id))
    found = uow.rows.execute(_enabled(wanted.organization_id)).all()
    if wanted.identity_provider_id is not None:
        found = [each for each in found if each.id == wanted.identity_provider_id]
    if len(found) != 1 or wanted.redirect_uri not in found[0].redirect_uris:
        raise SignInNotOffered
    (provider,) = found
    providers = providers_of(uow.settings)

    def conclude(later: UnitOfWork, published: Published) -> dict[str, Any]:
        begun = Begun(
            wanted.organization_id, provider.id, wanted.redirect_uri,
            later.now + AWAY, secrets.token_bytes(32),
        )  # fmt: skip
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": begun.redirect_uri,
            "scope": "openid email",
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.code_challenge,
            "code_challenge_method": "S256",
        }
        place = published.address("authorization_endpoint")
        joint = "&" if urlsplit(place).query else "?"
        return {
            "authorization_url": f"{place}{joint}{urlencode(asked)}",
            "handle": begun.sealed(later.sealing),
            "expires_at": begun.expires_at,
        }

    return Thinking(lambda: providers.published(provider.issuer), conclude, calls_out=True)


def finish_sign_in(
    uow: UnitOfWork, wanted: SignInFinish
) -> Thinking[dict[str, Any] | SignInNotProven]:
    """What came back becomes the same pair of tokens as a password does; once."""
    begun = Begun.opened(wanted.handle, uow.sealing)
    if not hmac.compare_digest(begun.state, wanted.state):
        raise SignInNotProven("The state is not that of the handle.")
    if begun.expires_at <= uow.now:
        raise SignInNotProven("It took more than ten minutes.")
    uow.enter(Principal("sign-in", begun.organization_id))
    provider = _provider(uow, begun)
    secret = provider.client_secret and uow.sealing.unseal(
        provider.client_secret, place_of(provider.organization_id, provider.id)
    )
    exchange = Exchange(
        provider.issuer, provider.client_id, secret, begun.redirect_uri,
        wanted.code, begun.code_verifier,
    )  # fmt: skip
    providers, now = providers_of(uow.settings), uow.now

    def ask() -> dict[str, Any] | SignInNotProven:
        try:
            return _proven(providers, exchange, wanted.iss, begun.nonce, now)
        except SignInNotProven as refused:
            return refused

    def conclude(
        later: UnitOfWork, found: dict[str, Any] | SignInNotProven
    ) -> dict[str, Any] | Problem:
        later.enter(Principal("sign-in", begun.organization_id))
        current = _provider(later, begun)  # disabled meanwhile?
        later.rows.execute(
            insert(SpentSignIn),
            {
                "organization_id": begun.organization_id,
                "digest": begun.digest,
                "expires_at": begun.expires_at,
            },
        )
        if isinstance(found, SignInNotProven):
            return found  # returned, not raised: the handle is spent
        account_id = _account_of(later, current, found)
        if account_id is None:
            return IdentityNotLinked()
        later.enter(Principal(f"account:{account_id}", begun.organization_id, account_id))
        return token_pair(later, account_id, uuid7())

    return Thinking(ask, conclude, calls_out=True)


def _enabled(organization_id: uuid.UUID) -> Any:
    return select(IdentityProvider).where(
        IdentityProvider.organization_id == organization_id, IdentityProvider.disabled_at.is_(None)
    )


def _provider(uow: UnitOfWork, begun: Begun) -> Row[Any]:
    """The provider a sign-in began with, if it would still begin, and has not come back yet."""
    provider: Row[Any] | None = uow.rows.execute(
        _enabled(begun.organization_id).where(IdentityProvider.id == begun.provider_id)
    ).one_or_none()
    if provider is None or begun.redirect_uri not in provider.redirect_uris:
        raise SignInNotOffered
    spent = uow.rows.scalar(
        select(SpentSignIn.digest).where(
            SpentSignIn.organization_id == begun.organization_id,
            SpentSignIn.digest == begun.digest,
        )
    )
    if spent is not None:
        raise SignInSpent
    return provider


def _proven(
    providers: Providers, exchange: Exchange, iss: str | None, nonce: str, now: dt.datetime
) -> dict[str, Any]:
    """The claims of the id token that a code buys (OpenID Connect Core §3.1.3.7).

    Raises SignInNotProven.
    """
    told = providers.published(exchange.issuer).document
    must_say = told.get("authorization_response_iss_parameter_supported") is True
    if (iss is not None or must_say) and iss != exchange.issuer:  # mix-up (RFC 9207)
        raise SignInNotProven("The answer came from another issuer.")
    answer = providers.exchange(exchange)
    token = (answer or {}).get("id_token")
    if not isinstance(token, str):
        raise SignInNotProven("The provider does not take the code.")
    try:
        keys = providers.keys(exchange.issuer, lambda known: key_for(token, known) is not None)
        key = key_for(token, keys)
        if key is None:
            raise SignInNotProven("The id token is signed with a key the provider does not list.")
        claims = verified_claims(token, key, now, required=["iss", "sub", "aud", "iat", "nonce"])
    except NotVerified as why:
        raise SignInNotProven(f"The id token does not hold. {why}") from why
    _judge(claims, exchange, nonce)
    return claims


def _judge(claims: dict[str, Any], exchange: Exchange, nonce: str) -> None:
    """Raises SignInNotProven unless it was issued by this provider, to us, for this sign-in."""
    if claims["iss"] != exchange.issuer:
        raise SignInNotProven("The id token is of another issuer.")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if exchange.client_id not in audience:
        raise SignInNotProven("The id token is for somebody else.")
    if claims.get("azp", exchange.client_id if len(audience) == 1 else None) != exchange.client_id:
        raise SignInNotProven("The id token was asked for by somebody else.")
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise SignInNotProven("The id token belongs to another sign-in.")
    if not _is_plain(claims["sub"]) or not 1 <= len(claims["sub"]) <= 255:
        raise SignInNotProven("The id token names nobody.")


def _is_plain(value: Any) -> bool:
    """Visible ASCII, which a database can store and compare as it is."""
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _account_of(uow: UnitOfWork, provider: Row[Any], claims: dict[str, Any]) -> uuid.UUID | None:
    """The account of an identity; the first time found by e-mail, if all of its rules hold."""
    linked = uow.rows.execute(
        select(IdentityLink.account_id, Account.disabled_at)
        .join(
            Account,
            (Account.organization_id == IdentityLink.organization_id)
            & (Account.id == IdentityLink.account_id),
        )
        .where(
            IdentityLink.organization_id == provider.organization_id,
            IdentityLink.identity_provider_id == provider.id,
            IdentityLink.subject == claims["sub"],
        )
    ).one_or_none()
    if linked is not None:
        return None if linked.disabled_at else linked.account_id
    account_id = _unlinked_account(uow, provider, claims)
    if account_id is not None:
        uow.add(
            IdentityLink(
                identity_provider_id=provider.id, account_id=account_id, subject=claims["sub"]
            )
        )
        uow.emit(IdentityLinked(account_id=account_id, identity_provider_id=provider.id))
    return account_id


def _unlinked_account(
    uow: UnitOfWork, provider: Row[Any], claims: dict[str, Any]
) -> uuid.UUID | None:
    """A pre-provisioned account with this verified e-mail, which nobody has at this provider."""
    email: Any = claims.get("email")
    # in lower case, some letters beyond ASCII become others
    if not _is_plain(email) or claims.get("email_verified") is not True:
        return None
    email = email.lower()
    if email.rpartition("@")[2] not in provider.allowed_domains:
        return None
    account_id: uuid.UUID | None = uow.rows.scalar(
        select(Account.id).where(
            Account.organization_id == provider.organization_id,
            Account.email == email,
            Account.disabled_at.is_(None),
        )
    )
    if account_id is None:
        return None
    roles = uow.rows.scalars(
        select(RoleGrant.role).where(
            RoleGrant.organization_id == provider.organization_id,
            RoleGrant.account_id == account_id,
        )
    )
    if not {str(role) for role in roles} <= set(provider.linkable_roles):
        return None
    taken = uow.rows.scalar(
        select(IdentityLink.id).where(
            IdentityLink.organization_id == provider.organization_id,
            IdentityLink.account_id == account_id,
            IdentityLink.identity_provider_id == provider.id,
        )
    )
    return account_id if taken is None else None
