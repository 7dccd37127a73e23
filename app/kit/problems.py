"""The ways to fail, as RFC 9457 problems: a class each, which is also its documentation."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PROBLEM_JSON = "application/problem+json"
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f]")


class Problem(Exception):  # noqa: N818  the vocabulary says problem, not error
    """A way to fail. Raise it anywhere below a route; nothing of the request is stored."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"
    constraints: ClassVar[tuple[str, ...]] = ()
    """Constraints of the database whose breach is this problem: a lost race is told like a rule."""

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.members = members
        self.headers: dict[str, str] = {}

    def document(self, request_id: str) -> dict[str, Any]:
        return {
            "type": f"/problems/{self.slug}",
            "code": self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
            **self.members,
        }

    def body(self, request_id: str) -> bytes:
        return json.dumps(self.document(request_id), separators=(",", ":")).encode()


class Internal(Problem):
    """The detail is only a request id: never an exception's text."""


class Unauthenticated(Problem):
    status, slug = 401, "unauthenticated"
    title = "A valid token is needed"

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail, **members)
        self.headers["WWW-Authenticate"] = 'Bearer realm="rementor"'


class Forbidden(Problem):
    status, slug = 403, "forbidden"
    title = "This token may not do that"


class NotFound(Problem):
    status, slug = 404, "not-found"
    title = "There is nothing here that you may see"


class MethodNotAllowed(Problem):
    status, slug = 405, "method-not-allowed"
    title = "This path does not know that method"


class Conflict(Problem):
    status, slug = 409, "conflict"
    title = "The request contradicts what is already there"


class Stale(Problem):
    status, slug = 412, "stale"
    title = "Somebody changed this in the meantime: read it again, then decide"


class TooLarge(Problem):
    status, slug = 413, "too-large"
    title = "The body is larger than this operation takes"


class UnsupportedMediaType(Problem):
    status, slug = 415, "unsupported-media-type"
    title = "This operation takes another content type"


class Invalid(Problem):
    """The payload does not say what the contract asks for; `errors` names each place."""

    status, slug = 422, "invalid"
    title = "The request does not fit the contract"

    @classmethod
    def at(cls, pointer: str, detail: str, code: str = "value_error") -> "Invalid":
        """One error at one place: `Invalid.at("/capacity", "At most ten.")`."""
        return cls(detail, errors=[{"pointer": shown(pointer), "detail": detail, "code": code}])

    @classmethod
    def from_pydantic(cls, error: ValidationError, where: str = "") -> "Invalid":
        found = [
            {
                "pointer": where + "".join(f"/{_step(part)}" for part in each["loc"]),
                "detail": shown(said(each["msg"])),
                "code": each["type"],
            }
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        return cls(
            "; ".join(f"{e['pointer'] or 'body'}: {e['detail']}" for e in found[:3]),
            errors=found[:100],
        )


def _step(part: str | int) -> str:
    """One step of a JSON pointer (RFC 6901); a name the caller made up may be of any length."""
    return shown(str(part)[:100]).replace("~", "~0").replace("/", "~1")


def shown(text: str) -> str:
    """What a caller wrote, as it may stand in an answer: without control characters."""
    return CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def said(message: str) -> str:
    """What pydantic says of a value, without the words it puts before a rule of ours."""
    return message.removeprefix("Value error, ")


class PreconditionRequired(Problem):
    status, slug = 428, "precondition-required"
    title = "Send If-Match with the ETag of the version you read"


class TooMany(Problem):
    status, slug = 429, "too-many-requests"
    title = "Too many requests"

    def __init__(self, detail: str | None = None, *, retry_after: int = 1, **members: Any) -> None:
        super().__init__(detail, **members)
        self.headers["Retry-After"] = str(retry_after)


class Unavailable(Problem):
    status, slug = 503, "unavailable"
    title = "Not possible at the moment: try again"

    def __init__(self, detail: str | None = None, *, retry_after: int = 1, **members: Any) -> None:
        super().__init__(detail, **members)
        self.headers["Retry-After"] = str(retry_after)


class InvalidPlace(BaseModel):
    """One place of the payload that does not fit."""

    pointer: str = Field(description="JSON pointer into the body, or /query/name, or /path/name.")
    detail: str
    code: str = Field(description="A stable code of the kind of mistake.")
    line: int | None = Field(default=None, description="Of a document: which line, from 1.")
    column: int | None = Field(default=None, description="Of a document: which column, from 1.")


class ProblemOut(BaseModel):
    """RFC 9457 problem details. `code` is stable; show `detail` to people."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str = Field(description="A stable reference to the kind of problem.")
    code: str = Field(description="The stable code to program against.")
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[InvalidPlace] = Field(
        default_factory=list, description="Only with code `invalid`: the places that do not fit."
    )


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation, from the problems it may answer."""
    by_status: dict[int, list[type[Problem]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _documented(found) for status, found in sorted(by_status.items())}


def _documented(kinds: Iterable[type[Problem]]) -> dict[str, Any]:
    kinds = list(dict.fromkeys(kinds))
    examples: Mapping[str, Any] = {
        kind.slug: {"summary": kind.title, "value": kind().document("01JD3Q7Z8C4N")}
        for kind in kinds
    }
    return {
        "model": ProblemOut,
        "description": "; ".join(f"{kind.title} (`{kind.slug}`)" for kind in kinds),
        "content": {PROBLEM_JSON: {"examples": examples}},
    }


def merged(*responses: Mapping[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """Several `problems(…)` as one: where two share a status, it lists the problems of both."""
    found: dict[int | str, dict[str, Any]] = {}
    for response in responses:
        for status, each in response.items():
            if status not in found:
                found[status] = each
                continue
            before = found[status]
            examples = {
                **before["content"][PROBLEM_JSON]["examples"],
                **each["content"][PROBLEM_JSON]["examples"],
            }
            told = "; ".join(f"{e['summary']} (`{slug}`)" for slug, e in examples.items())
            found[status] = {
                **before,
                "description": told,
                "content": {PROBLEM_JSON: {"examples": examples}},
            }
    return found
