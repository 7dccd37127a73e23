"""The headers of requests and answers, as the contract describes them."""

import copy
from typing import Any

Json = dict[str, Any]

EVERYWHERE = (
    "Access-Control-Allow-Origin",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Request-Id",
)
ETAG = {"type": "string", "pattern": '^"[0-9]{1,9}"$', "maxLength": 11}
IF_MATCH_SAYS = "The `ETag` of the version you decided on: 412 if somebody changed it since."
IDEMPOTENCY_KEY = {"type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": 255}
IDEMPOTENCY_KEY_SAYS = (
    "Makes a retry harmless: for a day, the same key and body get the same answer and one effect."
)
PREFER = {"type": "string", "pattern": "^[ -~]*$", "maxLength": 255, "examples": ["respond-async"]}
PREFER_SAYS = "`respond-async`: answer 202 at once, and let me ask how far it is (RFC 7240)."
LAST_EVENT_ID = {"type": "string", "pattern": "^[ -~]*$", "maxLength": 255}
LAST_EVENT_ID_SAYS = (
    "What a browser sends when it comes again by itself; after `ended` it is told so: 204."
)


def header(name: str, schema: Json, description: str, *, required: bool = False) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": copy.deepcopy(schema),
    }


def headers() -> Json:
    """The headers of our answers, each described once."""
    text = {"type": "string", "pattern": "^[ -~]+$"}
    count = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 2**31 - 1}
    return {
        name: {"description": description, "schema": schema}
        for name, description, schema in [
            ("Access-Control-Allow-Origin", "The caller's origin, where it may read this.",
             {**text, "maxLength": 255}),
            ("ETag", "The version of what is shown; send it back as `If-Match`.", ETAG),
            ("Idempotency-Replayed", "`true` where this is the kept answer of the first request.",
             {"type": "string", "const": "true"}),
            ("Location", "The address of what was created.", {**text, "maxLength": 255}),
            ("Preference-Applied", "`respond-async` where that was asked for, and done.",
             {"type": "string", "const": "respond-async"}),
            ("RateLimit-Limit", "Requests this token may make in a minute.", count),
            ("RateLimit-Remaining", "Requests left in this minute.", count),
            ("RateLimit-Reset", "Seconds until the minute is over.", count),
            ("Retry-After", "Seconds to wait before the next try.", count),
            ("X-Request-Id", "Names this request in our logs; yours, if you sent one.",
             {**text, "maxLength": 80}),
        ]
    }  # fmt: skip
