"""What Schemathesis must know about the house: loaded by it, not by pytest."""

import json
import os
import uuid
from typing import get_args

import httpx
import schemathesis
from pydantic_core.core_schema import ErrorType

# What pydantic says about form. A rule between fields (`value_error`), or one that only the
# database can judge (`unknown_reference`), is no promise of a schema.
FORM = set(get_args(ErrorType)) - {"assertion_error", "value_error"}
WISHES = ("If-None-Match", "Last-Event-ID", "Prefer")


@schemathesis.hook
def before_call(context, case, kwargs):
    """What a careful client does, where nothing else is being tried.

    A key that returns with another body is refused, rightly, and so is a version that was never
    seen: well-formed keys are made new, well-formed versions are read first.
    """
    if case.headers is None or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if "If-Match" in case.headers:
        bearer = {"Authorization": f"Bearer {os.environ['SEARCH_TOKEN']}"}
        read = httpx.get(
            os.environ["SEARCH_ADDRESS"] + case.formatted_path, headers=bearer, timeout=60
        )
        case.headers["If-Match"] = read.headers.get("ETag", case.headers["If-Match"])


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A request that fits the schema may break a rule of the domain; never one of form.

    And a condition in `If-None-Match` that we never gave is one that does not hold (RFC 9110), as
    an id in `Last-Event-ID` is one to begin anew behind, and a `Prefer` that nobody knows is left
    alone (RFC 7240).
    A stream is told in the contract as the text it is, as OpenAPI 3.1 has no word for its events:
    Schemathesis holds each of them against the text.
    """
    if failure.title == "SSE event violates schema":
        return False
    kind = type(failure).__name__
    if kind == "AcceptedNegativeData":
        return not any(f"`{each}`" in failure.message for each in WISHES)
    if kind != "RejectedPositiveData" or response.status_code != 422:
        return True
    told = json.loads(response.content)
    if any(unlike_json_schema(value) for value in values_in(case.body)):
        return False
    of_form = {each["code"] for each in told.get("errors", [])} & FORM
    return bool(of_form) or told["code"] != "invalid"


def values_in(body):
    """Every number and text in a body."""
    if isinstance(body, dict):
        body = list(body.values())
    if not isinstance(body, list):
        return [body]
    return [found for each in body for found in values_in(each)]


def unlike_json_schema(value):
    """JSON Schema calls 9.0 an integer, and counts the blanks around a text; we do neither."""
    if isinstance(value, str):
        return value != value.strip()
    return isinstance(value, float) and value.is_integer()
