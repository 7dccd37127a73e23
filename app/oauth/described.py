"""What the contract says of OAuth, which FastAPI cannot: the flow, its scopes, its own errors."""

from typing import Any

from app.oauth.authenticating import TOKEN_PATH, InvalidClient, InvalidRequest
from app.oauth.forms import FORM
from app.oauth.issuing import InvalidScope, UnsupportedGrantType
from app.oauth.service import FOR_CLIENTS

Json = dict[str, Any]
SCHEME = "client_credentials"
NOT_HERE = ("403", "409", "415", "422")
"""A malformed request is 400 `invalid_request` here, whatever is malformed."""
REFUSALS = {"400": (InvalidRequest, InvalidScope, UnsupportedGrantType), "401": (InvalidClient,)}
ERROR: Json = {
    "type": "object",
    "description": "RFC 6749, section 5.2.",
    "required": ["error", "error_description"],
    "properties": {
        "error": {
            "type": "string",
            "enum": sorted(
                kind.slug.replace("-", "_") for kinds in REFUSALS.values() for kind in kinds
            ),
            "description": "The stable code to program against.",
        },
        "error_description": {
            "type": "string",
            "maxLength": 20_000,
            "pattern": "^[\\s\\S]*$",
            "description": "For people.",
        },
    },
}


def describe_oauth(contract: Json) -> None:
    """Completes the polished document in place."""
    components = contract["components"]
    components.setdefault("securitySchemes", {})[SCHEME] = {
        "type": "oauth2",
        "description": (
            "An access token for ten minutes, for systems that act by themselves. There is no"
            " refresh token: a new access token comes from the same place. Tokens are opaque;"
            " where a client signs an assertion (RFC 7523), RFC8725 is followed."
        ),
        "flows": {
            "clientCredentials": {
                "tokenUrl": TOKEN_PATH,
                "refreshUrl": TOKEN_PATH,
                "scopes": {scope: _in_words(scope) for scope in sorted(FOR_CLIENTS)},
            }
        },
    }
    for path, methods in contract["paths"].items():
        for operation in methods.values():
            needed = operation.get("x-required-scopes")
            if needed and set(needed) <= FOR_CLIENTS:
                operation["security"].append({SCHEME: needed})
            if path == TOKEN_PATH:
                _describe_token_endpoint(operation, contract)


def _describe_token_endpoint(operation: Json, contract: Json) -> None:
    operation["description"] += (
        "\n\nThe client authenticates with HTTP Basic (`client_id` and secret), or with"
        " `client_assertion`, a JWT it has signed. Failures have the shape of RFC 6749."
    )
    operation["parameters"] = []
    content = operation["requestBody"]["content"]
    content[FORM] = content.pop("application/json")
    responses = operation["responses"]
    for status in NOT_HERE:
        responses.pop(status, None)
    headers = responses["200"].get("headers", {})
    headers.pop("Idempotency-Replayed", None)
    contract["components"]["schemas"]["OAuthError"] = ERROR
    for status, kinds in REFUSALS.items():
        responses[status] = {
            "description": "; ".join(kind.title for kind in kinds),
            "headers": dict(headers),
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/OAuthError"},
                    "examples": {
                        kind.slug: {"summary": kind.title, "value": kind().document("")}
                        for kind in kinds
                    },
                }
            },
        }
    operation["responses"] = dict(sorted(responses.items()))


def _in_words(scope: str) -> str:
    things, _, verb = scope.partition(":")
    return f"{verb.capitalize()} {things.replace('_', ' ')}"
