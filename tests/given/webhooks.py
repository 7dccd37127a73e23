"""Builders for webhook endpoints, over HTTP, with sensible defaults."""

from typing import Any

import httpx


def endpoint(client: httpx.Client, **facts: Any) -> dict[str, Any]:
    """An endpoint that hears everything; the answer holds its secret."""
    response = client.post(
        "/webhook-endpoints", json={"url": "https://hooks.example.com/rementor", **facts}
    )
    assert response.status_code == 201, response.text
    return response.json()
