"""What others may hear about accounts and tokens."""

from uuid import UUID

from app.kit.events import Event


class OrganizationOpened(Event):
    """An organization was set up on this installation."""

    type = "organization.opened"


class AccountInvited(Event):
    """Somebody was given an account and a one-time invitation."""

    type = "account.invited"
    account_id: UUID


class AccountDisabled(Event):
    """An account can no longer sign in; all its tokens died with it."""

    type = "account.disabled"
    account_id: UUID


class TokenReuseDetected(Event):
    """A spent refresh token was shown again: its whole family was revoked."""

    type = "token.reuse_detected"
    account_id: UUID
    family_id: UUID
