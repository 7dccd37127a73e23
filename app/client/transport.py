"""Speaks HTTP with a Rementor server: retries what may be retried, raises what was refused."""

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

PATIENCE = 4
"""How often a request is sent before its failure is told."""
LONGEST_PAUSE = 10.0
WORTH_REPEATING = frozenset({429, 503})


class ProblemTold(Exception):  # noqa: N818  the vocabulary says problem, not error
    """The server refused. `code` is stable: program against it; show `detail` to people."""

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
    """What came back: the body, and the headers a next request needs."""

    status: int
    body: Any
    etag: str | None
    location: str | None


class Transport:
    """A connection to one server as one caller. Safe to use again after any exception."""

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(
            base_url=base_url.rstrip("/"), headers=headers, timeout=timeout, transport=transport
        )

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
    ) -> Answer:
        """Send one request until it is answered. Raises ProblemTold, ServerGone.

        A POST carries an Idempotency-Key, so sending it again has one effect.
        """
        headers: dict[str, str] = {}
        if method == "POST":
            headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        if if_match is not None:
            headers["If-Match"] = if_match
        given = {name: value for name, value in (query or {}).items() if value is not None}
        for attempt in range(1, PATIENCE + 1):
            try:
                response = self._http.request(
                    method, path, json=body, params=given or None, headers=headers
                )
            except httpx.TransportError as gone:
                if attempt == PATIENCE:
                    raise ServerGone(f"{self._http.base_url} does not answer: {gone}") from gone
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

    def change(self, path: str, body: Any) -> Any:
        """Read a thing, and change the version that was read."""
        return self.ask("PATCH", path, body, if_match=self.ask("GET", path).etag).body

    def every(self, path: str, **query: Any) -> Iterator[Any]:
        """All items of a list, page after page."""
        query.setdefault("limit", 200)
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]


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
            document = {"detail": response.text[:500]}
        raise ProblemTold(response.status_code, document)
    body = response.json() if response.content else None
    return Answer(
        response.status_code, body, response.headers.get("ETag"), response.headers.get("Location")
    )
