"""The secrets of endpoints, and messages as Standard Webhooks and CloudEvents want them."""

import base64
import datetime as dt
import json
import os
import uuid
from typing import Any

from standardwebhooks import Webhook

SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """A secret nobody else has: `whsec_` and random bytes in Base64."""
    return f"whsec_{base64.b64encode(os.urandom(SECRET_BYTES)).decode()}"


def place_of(organization_id: uuid.UUID, endpoint_id: uuid.UUID) -> str:
    """Where an endpoint's secret is sealed to: moved to another row, it does not open."""
    return f"webhook_endpoints/{organization_id}/{endpoint_id}"


def body_of(
    organization_id: uuid.UUID,
    event_id: uuid.UUID,
    kind: str,
    at: dt.datetime,
    position: int,
    data: dict[str, Any],
) -> str:
    """The message about an event: the same bytes on every attempt."""
    moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(event_id),
            "source": f"/v1/organizations/{organization_id}",
            "type": kind,
            "time": moment,
            "datacontenttype": "application/json",
            "timestamp": moment,
            "position": position,
            "data": data,
        },
        separators=(",", ":"),
    )


def headers_of(
    event_id: uuid.UUID, at: dt.datetime, body: str, secrets: list[str]
) -> dict[str, str]:
    """The headers of one attempt, signed with every secret that is in use at this moment."""
    name = str(event_id)
    signatures = (Webhook(secret).sign(name, at, body) for secret in secrets)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Rementor-Webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
