"""Speaks HTTP with a Rementor server: retries what may be retried, raises what was refused."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from app.client import profiles

PATIENCE = 4
"""How often a request is sent before its failure is told."""
LONGEST_PAUSE = 10.0
LARGEST_PAGE = 200
UNDER_WAY = frozenset({"queued", "running", "reading", "applying"})
"""The states of an import, a match run or a job that is not at its end."""
WORTH_REPEATING = frozenset({429, 502, 503, 504})
"""A gateway's failures among them: every request may be sent twice, by key or by version."""


class ProblemTold(Exception):  # noqa: N818  the vocabulary says problem, not error
    """The server refused. `code` is stable: program against it; show `detail` to people.

    `errors` names the places of the payload that do not fit: `pointer`, `detail`, `code` of each.
    """

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", "unknown"))
        self.detail = str(document.get("detail", "The server gave no reason."))
        self.errors: list[dict[str, str]] = list(document.get("errors", []))
        self.request_id = str(document.get("request_id", "-"))
        self.document = dict(document)
        super().__init__(f"{self.code} ({status}): {self.detail} [request {self.request_id}]")


class ServerGone(Exception):  # noqa: N818  told after several tries
    """Nobody answers at this address."""


@dataclass(frozen=True)
class Answer:
    """What came back: the body, and the headers a next request needs.

    The body is read JSON, text or bytes where the answer is no JSON, or None.
    """

    status: int
    body: Any
    content: bytes
    """The body byte for byte."""
    etag: str | None
    location: str | None
    replayed: bool
    """The answer of an earlier request with the same Idempotency-Key."""


class Transport:
    """A connection to one server as one caller. Safe to use again after any exception.

    `base_url` is the server's address, with or without `/v1`.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"User-Agent": "rementor-client"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self.address = base_url.rstrip("/").removesuffix("/v1")
        self._http = httpx.Client(
            base_url=f"{self.address}/v1", headers=headers, timeout=timeout, transport=transport
        )

    @classmethod
    def configured(
        cls, profile: str | None = None, *, url: str | None = None, timeout: float = 60.0
    ) -> Self:
        """Connects as the environment or a profile says. Raises profiles.NotConfigured."""
        found = profiles.find(profile, url=url)
        return cls(found.url, found.token, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
        content: bytes | str | None = None,
        content_type: str | None = None,
    ) -> Answer:
        """Send one request until it is answered. Raises ProblemTold, ServerGone.

        A POST carries an Idempotency-Key, the same one at every try, so sending it again has one
        effect. Give a key of your own to go on after a crash of yours. A change that is sent again
        with `if_match` has one effect, too; where its first answer was lost, the second is 412.
        `content` with its `content_type` is sent as it is, in place of a JSON `body`.
        """
        headers: dict[str, str] = {} if content_type is None else {"Content-Type": content_type}
        if method == "POST":
            headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        if if_match is not None:
            headers["If-Match"] = if_match
        given = {name: value for name, value in (query or {}).items() if value is not None}
        for attempt in range(1, PATIENCE + 1):
            try:
                response = self._http.request(
                    method, path, json=body, content=content, params=given or None, headers=headers
                )
            except httpx.TransportError as gone:
                if attempt == PATIENCE:
                    raise ServerGone(f"{self.address} does not answer: {gone}") from gone
                time.sleep(0.2 * 2**attempt)
                continue
            if attempt < PATIENCE and _worth_repeating(response):
                time.sleep(_pause(response, attempt))
                continue
            return _understood(response)
        raise AssertionError  # pragma: no cover  the last attempt returns or raises

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, query=query).body

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.ask("POST", path, body, query=query).body

    def version(self, path: str) -> str | None:
        """The version of now."""
        return self.ask("GET", path).etag

    def version_if_any(self, path: str) -> str | None:
        """The same; none where there is nothing yet, or nothing that can be read."""
        try:
            return self.version(path)
        except ProblemTold as told:
            if told.status in (404, 405):
                return None
            raise

    def change(self, path: str, body: Any) -> Any:
        """Read a thing, and change the version that was read."""
        return self.ask("PATCH", path, body, if_match=self.version(path)).body

    def every(self, path: str, **query: Any) -> Iterator[Any]:
        """All items of a list, page after page; `limit` is the size of a page."""
        if query.get("limit") is None:
            query["limit"] = LARGEST_PAGE
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def wait(
        self, path: str, *, told: Callable[[Any], None] | None = None, pause: float = 1.0
    ) -> Any:
        """Look again until a thing that was accepted is at its end; `told` hears how far it is.

        Raises ProblemTold where it failed.
        """
        while (thing := self.get(path))["status"] in UNDER_WAY:
            if told is not None:
                told(thing)
            time.sleep(pause)
        problem = thing.get("problem") or thing.get("failure")
        if thing["status"] == "failed" and problem:
            raise ProblemTold(int(problem.get("status", 422)), problem)
        return thing

    def feed(
        self, after: int = 0, *, kind: str | None = None, follow: bool = False, pause: float = 2.0
    ) -> Iterator[Any]:
        """The events after a position, in the order of commit; none is skipped.

        Keep `position` of the last one you dealt with, and go on from there. With `follow` it
        looks again every `pause` seconds and never ends.
        """
        while True:
            told = self.get("/events", after=after, type=kind, limit=LARGEST_PAGE)
            yield from told["items"]
            if told["next_after"] == after:
                if not follow:
                    return
                time.sleep(pause)
            after = told["next_after"]


def is_text(kind: str) -> bool:
    """Whether an answer of this media type is read as text."""
    return kind.startswith("text/") or "yaml" in kind


def _worth_repeating(response: httpx.Response) -> bool:
    if response.status_code in WORTH_REPEATING:
        return True
    return response.status_code == 409 and b'"idempotency-in-progress"' in response.content


def _pause(response: httpx.Response, attempt: int) -> float:
    asked = response.headers.get("Retry-After", "")
    return min(float(asked) if asked.isdigit() else 0.2 * 2**attempt, LONGEST_PAUSE)


def _understood(response: httpx.Response) -> Answer:
    if response.is_error:
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):  # not ours: a gateway's, or no Rementor at all
            document = {"detail": response.text[:500]}
        raise ProblemTold(response.status_code, document)
    body: Any = None
    if response.content:
        kind = response.headers.get("Content-Type", "")
        body = (
            response.json()
            if "json" in kind
            else response.text
            if is_text(kind)
            else response.content
        )
    return Answer(
        response.status_code,
        body,
        response.content,
        response.headers.get("ETag"),
        response.headers.get("Location"),
        response.headers.get("Idempotency-Replayed") == "true",
    )
