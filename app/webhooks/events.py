"""What others may hear about webhooks: above all that one has stopped."""

from uuid import UUID

from app.kit.events import Event


class WebhookEndpointRegistered(Event):
    """Another system wants to hear what happens."""

    type = "webhook_endpoint.registered"
    webhook_endpoint_id: UUID


class WebhookEndpointRemoved(Event):
    """An endpoint is gone, with its deliveries."""

    type = "webhook_endpoint.removed"
    webhook_endpoint_id: UUID


class WebhookSecretRotated(Event):
    """An endpoint's messages are signed with a new secret."""

    type = "webhook_endpoint.secret_rotated"
    webhook_endpoint_id: UUID


class WebhookEndpointFailing(Event):
    """An endpoint failed several times in a row; it is tried with growing pauses."""

    type = "webhook_endpoint.failing"
    webhook_endpoint_id: UUID
    reason: str


class WebhookEndpointRecovered(Event):
    """A failing endpoint has taken a message again."""

    type = "webhook_endpoint.recovered"
    webhook_endpoint_id: UUID


class WebhookEndpointDisabled(Event):
    """Nothing is sent to an endpoint any more, until somebody enables it."""

    type = "webhook_endpoint.disabled"
    webhook_endpoint_id: UUID
    reason: str


class WebhookEndpointEnabled(Event):
    """An endpoint that was disabled is sent to again."""

    type = "webhook_endpoint.enabled"
    webhook_endpoint_id: UUID
