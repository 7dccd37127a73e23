"""What others may hear about OAuth clients."""

from uuid import UUID

from app.kit.events import Event


class OAuthClientRegistered(Event):
    """A system was registered that fetches its own short-lived access tokens."""

    type = "oauth_client.registered"
    oauth_client_id: UUID


class OAuthClientSecretRotated(Event):
    """A client was given a new secret; the one before ends soon."""

    type = "oauth_client.secret_rotated"
    oauth_client_id: UUID


class OAuthClientEnded(Event):
    """A client was disabled or removed; all its access tokens died with it."""

    type = "oauth_client.ended"
    oauth_client_id: UUID
