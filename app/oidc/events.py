"""What others may hear about signing in through a provider."""

from uuid import UUID

from app.kit.events import Event


class IdentityProviderChanged(Event):
    """An OpenID provider was registered, changed, disabled or removed."""

    type = "identity_provider.changed"
    identity_provider_id: UUID


class IdentityLinked(Event):
    """An account was bound to somebody a provider has vouched for."""

    type = "identity.linked"
    account_id: UUID
    identity_provider_id: UUID


class IdentityUnlinked(Event):
    """An account is bound to its provider no longer; its sign-ins have ended."""

    type = "identity.unlinked"
    account_id: UUID
    identity_provider_id: UUID
