"""The route class: one request, one call, one transaction, committed before it is sent."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar, cast

from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from sqlalchemy import Connection
from starlette.types import Receive

from app.kit.binding import Binding
from app.kit.idempotency import (
    IdempotencyInProgress,
    IdempotencyKeyReused,
    Kept,
    Retry,
    SecretShownOnce,
)
from app.kit.lanes import Lanes
from app.kit.limits import Limiter
from app.kit.outcomes import Accepted
from app.kit.problems import (
    Forbidden,
    Internal,
    Invalid,
    PreconditionRequired,
    Problem,
    Stale,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMediaType,
    merged,
    problems,
)
from app.kit.ruptures import RUPTURES, StorageFull, problem_of, worth_another_try
from app.kit.watching import Seen, Watch, Watching
from app.kit.work import Principal, Thinking, UnitOfWork
from app.kit.writing import Written

ETAG = re.compile(r'^\s*(?:W/)?"(\d{1,9})"\s*$')
IDEMPOTENCY_KEY = re.compile(r"^[!-~]{1,255}$")
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
READING = frozenset({"GET", "HEAD"})
ATTEMPTS = 4  # ours: a deadlock or a serialization failure is tried again, whole, this often


def without_if_match(endpoint: F) -> F:
    """For things that are ended, never edited: a key is revoked whatever its version is."""
    endpoint.takes_if_match = False  # type: ignore[attr-defined]  # a mark
    return endpoint


def may_answer_later(endpoint: F) -> F:
    """For what is done at once when it is small: answers 202 where the service says `Accepted`."""
    endpoint.may_answer_later = True  # type: ignore[attr-defined]  # a mark
    return endpoint


class Admission(Protocol):
    """What `access` hangs on a route: how credentials become a principal, and what is needed."""

    long: bool

    def admit(self, rows: Connection, credentials: str | None, lanes: Lanes) -> Principal: ...


@dataclass(slots=True)
class Call:
    """One request, read from the wire and not yet understood."""

    method: str
    path: str
    path_values: dict[str, str]
    query_string: bytes
    request_id: str
    credentials: str | None = None
    content_type: str = ""
    length: int | None = None
    idempotency_key: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    accept: str = ""
    prefer: str = ""
    last_event_id: str | None = None
    body: bytes = b""
    limits: dict[str, str] = field(default_factory=dict)
    unit: UnitOfWork | None = None
    """The last one opened for it, by which the answer belongs to an organization, or to none."""


class Operation(APIRoute):
    """Authentication, validation, service, serialization, idempotency, events, audit, commit."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **kwargs: Any) -> None:
        kwargs["operation_id"] = kwargs.get("operation_id") or endpoint.__name__
        methods = set(kwargs.get("methods") or ["GET"])
        self.writes = not methods <= READING
        self.precondition = bool(methods & {"PATCH", "PUT", "DELETE"}) and getattr(
            endpoint, "takes_if_match", True
        )
        if not self.precondition:  # said to the contract, which takes it out again
            kwargs["openapi_extra"] = {"x-without-precondition": True}
        self.may_answer_later = getattr(endpoint, "may_answer_later", False)
        if self.may_answer_later:
            kwargs["openapi_extra"] = {"x-may-answer-later": True}
        takes_body = bool(methods & {"POST", "PUT", "PATCH"})
        later = {"model": kwargs.get("response_model")} if self.may_answer_later else None
        kwargs["responses"] = merged(
            problems(Unauthenticated, Forbidden, Invalid, TooMany, Internal),
            problems(IdempotencyInProgress, IdempotencyKeyReused) if "POST" in methods else {},
            problems(SecretShownOnce)
            if getattr(kwargs.get("response_model"), "carries_secret", False)
            else {},
            problems(TooLarge, UnsupportedMediaType) if takes_body else {},
            problems(Stale, PreconditionRequired) if self.precondition else {},
            problems(StorageFull) if self.writes else {},
            {} if later is None else {202: later},
            kwargs.get("responses") or {},
        )
        super().__init__(path, endpoint, **kwargs)
        self.binding = Binding.of(self.dependant)
        (door,) = self.dependant.dependencies
        self.door: Admission = cast("Admission", door.call)
        self.uow_name = door.name or "uow"
        self.needs = tuple(door.own_oauth_scopes or ())
        self.long = self.door.long
        self.answers = None if self.response_model is None else TypeAdapter(self.response_model)
        self.succeeds = self.status_code or 200
        self.resource: str | None = getattr(self.response_model, "resource", None)
        self.secret: bool = getattr(self.response_model, "carries_secret", False)
        self.body_limit = self.max_body_size

    async def answer(
        self, call: Call, lanes: Lanes, limiter: Limiter, receive: Receive
    ) -> Kept | Watching:
        """The answer to one call, or something to be watched. Raises Problem."""
        if self.writes:
            limit = self.body_limit or lanes.settings.body_limit_bytes
            call.body = await read_body(call, receive, limit)
        elif not (lanes.on_postgresql or self.long):
            return self._at_a_glance(call, lanes, limiter)
        reads = not self.writes or self.long
        pool = lanes.readers if reads else lanes.writers
        lane = lanes.reading if reads else lanes.writing
        found: Kept | Watching | Outside = await pool.run(
            patiently, lane, partial(self._in_unit, call, lanes, limiter)
        )
        if not isinstance(found, Outside):
            return found
        threads = lanes.callers if found.thinking.calls_out else lanes.thinkers
        thought = await threads.run(found.thinking.think)
        return await lanes.writers.run(
            patiently, lanes.writing, partial(self._conclude, call, lanes, found, thought)
        )

    def _at_a_glance(self, call: Call, lanes: Lanes, limiter: Limiter) -> Kept | Watching:
        """A bounded read on SQLite, on the event loop: cheaper than the hop to a thread."""
        try:
            found = self._in_unit(call, lanes, limiter, lanes.glance())
        except RUPTURES as broken:
            raise problem_of(broken) from broken
        if isinstance(found, Outside):
            raise TypeError(f"{self.operation_id} thinks, so its door is long=True.")
        return found

    def _in_unit(
        self, call: Call, lanes: Lanes, limiter: Limiter, rows: Connection
    ) -> "Kept | Watching | Outside":
        principal = self.door.admit(rows, call.credentials, lanes)
        uow = call.unit = self._unit(call, lanes, rows, principal)
        if principal.token_id is not None:
            call.limits = limiter.count(principal.token_id)
        self._must_be_allowed(principal)
        if self.precondition and uow.expected_version is None:
            raise PreconditionRequired
        arguments = self._arguments(call)
        retry = self._retry(call, principal)
        if retry is not None and (kept := retry.answer(rows, uow.now)) is not None:
            return Kept(kept.status, {**kept.headers, "Idempotency-Replayed": "true"}, kept.body)
        outcome = self.endpoint(**{self.uow_name: uow}, **arguments)
        if isinstance(outcome, Thinking):
            return Outside(outcome, retry)
        if isinstance(outcome, Watch):
            return Watching(outcome, principal, partial(self._look_again, call, lanes, outcome))
        return self._close(call, uow, outcome, retry)

    def _arguments(self, call: Call) -> dict[str, Any]:
        """What the endpoint is called with, read from path, query and body. Raises Problem."""
        media_type = call.content_type.partition(";")[0].strip().lower()
        if call.body and self.binding.body and not self.binding.takes(media_type, call.method):
            raise UnsupportedMediaType("Send application/json.")
        return self.binding.arguments(call.path_values, call.query_string, call.body, media_type)

    async def _look_again(self, call: Call, lanes: Lanes, watch: Watch) -> Seen:
        """One more look for somebody who watches: a read like any other, with all its checks."""

        def look(rows: Connection) -> Seen:
            principal = self.door.admit(rows, call.credentials, lanes)
            self._must_be_allowed(principal)
            return watch.look(self._unit(call, lanes, rows, principal))

        if lanes.on_postgresql:
            return await lanes.readers.run(patiently, lanes.reading, look)
        try:
            return look(lanes.glance())
        except RUPTURES as broken:
            raise problem_of(broken) from broken

    def _must_be_allowed(self, principal: Principal) -> None:
        missing = [scope for scope in self.needs if scope not in principal.scopes]
        if missing:
            raise Forbidden(f"The token lacks {', '.join(missing)}.", missing_scopes=missing)

    def _conclude(
        self, call: Call, lanes: Lanes, outside: "Outside", thought: Any, rows: Connection
    ) -> Kept:
        principal = self.door.admit(rows, call.credentials, lanes)  # revoked meanwhile?
        uow = call.unit = self._unit(call, lanes, rows, principal)
        self._must_be_allowed(principal)
        if outside.retry and (kept := outside.retry.answer(rows, uow.now)) is not None:
            return Kept(kept.status, {**kept.headers, "Idempotency-Replayed": "true"}, kept.body)
        return self._close(call, uow, outside.thinking.conclude(uow, thought), outside.retry)

    def _unit(self, call: Call, lanes: Lanes, rows: Connection, principal: Principal) -> UnitOfWork:
        expected = None
        if call.if_match is not None and call.if_match.strip() != "*" and self.writes:
            match = ETAG.match(call.if_match)
            expected = int(match[1]) if match else -1  # a tag we never gave is never current
        return UnitOfWork(
            rows,
            principal,
            lanes.clock.now(),
            lanes.cursors(rows),
            lanes.settings,
            call.request_id,
            self.operation_id or "",
            expected,
            call.accept,
            self.may_answer_later and "respond-async" in call.prefer.lower(),
        )

    def _retry(self, call: Call, principal: Principal) -> Retry | None:
        if call.idempotency_key is None or call.method != "POST":
            return None
        if not IDEMPOTENCY_KEY.match(call.idempotency_key):
            raise Invalid.at(
                "/header/Idempotency-Key",
                "1 to 255 visible ASCII characters.",
                "string_pattern_mismatch",
            )
        if principal.organization_id is None:
            return None
        return Retry.of(
            principal.organization_id,
            principal.actor,
            call.path,
            call.idempotency_key,
            call.query_string + b"\n" + call.body,
        )

    def _close(self, call: Call, uow: UnitOfWork, outcome: Any, retry: Retry | None) -> Kept:
        if isinstance(outcome, Problem):  # raised: nothing is kept; returned: what was done is kept
            uow.finish()
            return told(outcome, call.request_id)
        headers: dict[str, str] = {}
        status = self.succeeds
        if isinstance(outcome, Accepted):
            status, outcome = 202, outcome.thing
        version = _part(outcome, "version")
        if isinstance(version, int):
            headers["ETag"] = f'"{version}"'
            if call.if_none_match is not None and _has(headers["ETag"], call.if_none_match):
                return Kept(304, headers, b"")
        if isinstance(outcome, Written):
            body = outcome.body
            if outcome.media_type is not None:
                headers["Content-Type"] = outcome.media_type
        elif self.answers is None:
            body = b""
        else:
            if "db" in uow.__dict__:
                uow.db.flush()
            body = self.answers.dump_json(
                self.answers.validate_python(outcome, from_attributes=True)
            )
        self._say_where(status, outcome, headers, later=uow.respond_async)
        answer = Kept(status, headers, body)
        if self.writes:
            if retry is not None:
                retry.keep(uow.rows, uow.now, answer, secret=self.secret)
            uow.finish()
        return answer

    def _say_where(
        self, status: int, outcome: Any, headers: dict[str, str], *, later: bool
    ) -> None:
        """Where what was created stands; of what is not done yet also when to ask again."""
        if status in (201, 202) and self.resource is not None and (key := _part(outcome, "id")):
            headers["Location"] = f"{self.resource}/{key}"
        if status == 202:
            headers["Retry-After"] = "1"
            if later:
                headers["Preference-Applied"] = "respond-async"


def patiently(
    lane: Callable[[], AbstractContextManager[Connection]], unit: Callable[[Connection], T]
) -> T:
    """Run a unit in a transaction of its own; one that lost a race is run again, whole."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with lane() as rows:
                return unit(rows)
        except RUPTURES as broken:
            if attempt == ATTEMPTS or not worth_another_try(broken):
                raise problem_of(broken) from broken
    raise AssertionError  # pragma: no cover  the loop always returns or raises


@dataclass(frozen=True)
class Outside:
    """A call between its two units: the first has read, the second will conclude."""

    thinking: Thinking[Any]
    retry: Retry | None


def _has(tag: str, condition: str) -> bool:
    """Whether `If-None-Match` names the version: a list of tags, weak ones too (RFC 9110)."""
    tags = {each.strip().removeprefix("W/") for each in condition.split(",")}
    return tag in tags or "*" in tags


def _part(outcome: Any, name: str) -> Any:
    """A part of an answer, which is a record, a row, or a mapping."""
    return outcome.get(name) if isinstance(outcome, dict) else getattr(outcome, name, None)


def told(problem: Problem, request_id: str) -> Kept:
    """The answer that tells a problem."""
    return Kept(problem.status, problem.headers, problem.body(request_id))


async def read_body(call: Call, receive: Receive, limit: int) -> bytes:
    """The whole body of a call. Raises TooLarge, ClientGone."""
    if call.length is not None and call.length > limit:
        raise TooLarge(f"At most {limit} bytes.")
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"At most {limit} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class ClientGone(Exception):  # noqa: N818  not a failure of ours: there is nobody to tell
    """The client closed the connection before its body had arrived."""
