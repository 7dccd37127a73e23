"""Passwords to tokens: sign-in, rotation with reuse detection, invitations, sign-out."""

import datetime as dt
import hashlib
import uuid
from typing import Any

from sqlalchemy import delete, func, insert, select

from app.access.events import TokenReuseDetected
from app.access.gate import look_up
from app.access.models import Account, SignInAttempt, Token
from app.access.passwords import hash_password, verify_password
from app.access.schemas import InvitationAccept, Refresh, SignIn
from app.access.secrets import TokenKind, digest, well_formed
from app.access.service import end_sign_ins, issue, revoke_family
from app.kit.database import Organization, uuid7
from app.kit.problems import Problem, TooMany, Unauthenticated
from app.kit.work import Principal, Thinking, UnitOfWork

ACCESS_LIFE = dt.timedelta(minutes=30)
REFRESH_LIFE = dt.timedelta(days=14)
REUSE_GRACE = dt.timedelta(seconds=10)  # a lost answer may be asked for once more
WINDOW = dt.timedelta(minutes=15)
FREE_FAILURES = 10


class SignInRefused(Unauthenticated):
    slug, title = "sign-in-refused", "The organization, e-mail and password do not belong together"


class InvitationInvalid(Unauthenticated):
    slug, title = (
        "invitation-invalid",
        "The invitation is unknown, used, or more than seven days old",
    )


class RefreshRefused(Unauthenticated):
    slug, title = (
        "refresh-refused",
        "The refresh token is unknown, expired, revoked or was used before",
    )


class TooManySignIns(TooMany):
    slug, title = "too-many-sign-ins", "Too many failed sign-ins: wait, then try again"


def sign_in(uow: UnitOfWork, wanted: SignIn) -> Thinking[bool]:
    """Exchange e-mail and password for tokens. Guessing is slowed down, never locked out."""
    nobody_yet = Principal(actor="sign-in", organization_id=wanted.organization_id)
    uow.enter(nobody_yet)
    _slow_down(uow, wanted)
    account = uow.rows.execute(_account(wanted)).one_or_none()
    stored = None if account is None or account.disabled_at else account.password_hash

    def compare() -> bool:
        return verify_password(wanted.password, stored)

    # `Thinking` hands over what was thought, by position
    def conclude(later: UnitOfWork, matches: bool) -> dict[str, Any] | Problem:  # noqa: FBT001
        later.enter(nobody_yet)
        _slow_down(later, wanted)  # guesses sent all at once have passed the first look together
        found = later.rows.execute(_account(wanted).with_for_update()).one_or_none()
        if not matches or found is None or found.disabled_at or found.password_hash != stored:
            return _failed(later, wanted)
        later.enter(Principal(f"account:{found.id}", wanted.organization_id, found.id))
        later.rows.execute(delete(SignInAttempt).where(*_attempts(wanted)))
        return token_pair(later, found.id, uuid7())

    return Thinking(compare, conclude)


def _account(wanted: SignIn) -> Any:
    return select(Account.id, Account.password_hash, Account.disabled_at).where(
        Account.organization_id == wanted.organization_id, Account.email == wanted.email
    )


def _attempts(wanted: SignIn) -> tuple[Any, ...]:
    subject = hashlib.sha256(wanted.email.encode()).hexdigest()
    return (
        SignInAttempt.organization_id == wanted.organization_id,
        SignInAttempt.subject == subject,
    )


def _slow_down(uow: UnitOfWork, wanted: SignIn) -> None:
    failures, last = uow.rows.execute(
        select(func.count(), func.max(SignInAttempt.at)).where(
            *_attempts(wanted), SignInAttempt.at > uow.now - WINDOW
        )
    ).one()
    if failures >= FREE_FAILURES:
        pause = dt.timedelta(seconds=min(2 ** (failures - FREE_FAILURES), 60))
        if last + pause > uow.now:
            wait = int((last + pause - uow.now).total_seconds()) + 1
            raise TooManySignIns(f"Wait {wait} seconds.", retry_after=wait)


def _failed(uow: UnitOfWork, wanted: SignIn) -> Problem:
    """Keep the failure and answer alike, whether the account exists or not."""
    if uow.rows.scalar(select(Organization.id).where(Organization.id == wanted.organization_id)):
        uow.rows.execute(
            delete(SignInAttempt).where(
                SignInAttempt.organization_id == wanted.organization_id,
                SignInAttempt.at <= uow.now - WINDOW,
            )
        )
        uow.rows.execute(
            insert(SignInAttempt),
            {
                "organization_id": wanted.organization_id,
                "id": uuid7(),
                "subject": hashlib.sha256(wanted.email.encode()).hexdigest(),
                "at": uow.now,
            },
        )
    return SignInRefused()


def refresh_tokens(uow: UnitOfWork, wanted: Refresh) -> dict[str, Any] | Problem:
    """Exchange a refresh token for a new pair; showing a spent one ends the whole family."""
    token = _spendable(uow, wanted.refresh_token, TokenKind.REFRESH)
    if token is None or token.family_id is None:
        raise RefreshRefused
    if token.used_at is not None and not _may_repeat(uow, token):
        revoke_family(uow, token.family_id)
        uow.emit(TokenReuseDetected(account_id=token.account_id, family_id=token.family_id))
        return RefreshRefused("This refresh token was used before: sign in again.")
    if token.used_at is None:
        token.used_at = uow.now
        uow.touch(token)
    return token_pair(uow, token.account_id, token.family_id)


def _may_repeat(uow: UnitOfWork, token: Token) -> bool:
    """Within the grace, and only once: the answer to the first exchange may have been lost."""
    if token.used_at is None or uow.now > token.used_at + REUSE_GRACE:
        return False
    children = uow.rows.scalar(
        select(func.count()).where(
            Token.organization_id == token.organization_id,
            Token.family_id == token.family_id,
            Token.kind == TokenKind.REFRESH,
            Token.created_at >= token.used_at,
            Token.id != token.id,
        )
    )
    return (children or 0) < 2


def accept_invitation(uow: UnitOfWork, wanted: InvitationAccept) -> Thinking[str]:
    """Choose a password with a one-time invitation; older sign-ins of the account end."""
    if _spendable(uow, wanted.invitation_token, TokenKind.INVITATION) is None:
        raise InvitationInvalid

    def conclude(later: UnitOfWork, hashed: str) -> Account:
        token = _spendable(later, wanted.invitation_token, TokenKind.INVITATION)
        if token is None or token.used_at is not None:
            raise InvitationInvalid
        token.used_at = later.now
        later.touch(token)
        account = later.to_change(
            select(Account).where(
                Account.organization_id == token.organization_id, Account.id == token.account_id
            )
        )
        account.password_hash = hashed
        end_sign_ins(later, account.id)
        return later.touch(account)

    return Thinking(lambda: hash_password(wanted.password), conclude)


def sign_out(uow: UnitOfWork) -> None:
    """End this sign-in: its access and refresh tokens; an API key ends itself."""
    token = uow.db.scalars(
        select(Token).where(
            Token.organization_id == uow.organization_id, Token.id == uow.principal.token_id
        )
    ).one()
    if token.family_id is not None:
        revoke_family(uow, token.family_id)
    else:
        token.revoked_at = uow.now
        uow.touch(token)


def token_pair(uow: UnitOfWork, account_id: uuid.UUID, family_id: uuid.UUID) -> dict[str, Any]:
    """An access and a refresh token of one sign-in; their secrets exist only here."""
    access, access_secret = issue(
        uow, account_id, TokenKind.ACCESS, "Sign-in", ACCESS_LIFE, family_id=family_id
    )
    refresh, refresh_secret = issue(
        uow, account_id, TokenKind.REFRESH, "Sign-in", REFRESH_LIFE, family_id=family_id
    )
    return {
        "access_token": access_secret,
        "access_expires_at": access.expires_at,
        "refresh_token": refresh_secret,
        "refresh_expires_at": refresh.expires_at,
    }


def _spendable(uow: UnitOfWork, secret: str, kind: TokenKind) -> Token | None:
    """The live token behind a one-time secret, in a unit that then speaks for its account."""
    found = look_up(uow.rows, secret) if well_formed(secret, kind) else None
    if found is None or found.kind != kind or not found.lives_at(uow.now):
        return None
    uow.enter(Principal(f"account:{found.account_id}", found.organization_id, found.account_id))
    # One at a time for an account: whoever ends a family sees every token minted in it.
    live = uow.rows.scalar(
        select(Account.id)
        .where(
            Account.organization_id == found.organization_id,
            Account.id == found.account_id,
            Account.disabled_at.is_(None),
        )
        .with_for_update()
    )
    token = uow.to_change(
        select(Token).where(
            Token.organization_id == found.organization_id, Token.digest == digest(secret)
        )
    )
    return token if live is not None and token.revoked_at is None else None
