"""The front door: finds the operation by an index; answers HEAD, OPTIONS, 404 and 405 itself."""

import asyncio
import logging
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.database import uuid7
from app.kit.idempotency import Kept
from app.kit.lanes import Lanes
from app.kit.limits import Limiter
from app.kit.origins import Origins
from app.kit.problems import PROBLEM_JSON, Internal, MethodNotAllowed, NotFound, Problem
from app.kit.routes import Call, ClientGone, Operation, told
from app.kit.watching import SHOWN, Watchers, Watching

log = logging.getLogger("rementor.request")
REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,80}$")
INNER = ("/docs", "/openapi.json", "/static-offline-docs", "/livez", "/readyz", "/clock")
"""What is not an operation of the contract: documentation, health, the controlled clock."""
UNDERSTOOD = {
    b"accept": "accept",
    b"authorization": "credentials",
    b"content-type": "content_type",
    b"idempotency-key": "idempotency_key",
    b"if-match": "if_match",
    b"if-none-match": "if_none_match",
    b"last-event-id": "last_event_id",
    b"prefer": "prefer",
    b"x-request-id": "request_id",
}
"""Headers that are kept as they are, and the part of a call that keeps them."""
ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"vary", b"Origin"),
    (b"x-content-type-options", b"nosniff"),
)
EXPOSED = (
    b"Deprecation, ETag, Idempotency-Replayed, Link, Location, Preference-Applied, RateLimit-Limit,"
    b" RateLimit-Remaining, RateLimit-Reset, Retry-After, Sunset, X-Request-Id"
)
ACCEPTED = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer,"
    b" X-Request-Id"
)


@dataclass
class Node:
    """A place in the tree of paths: fixed children, a variable child, operations by method."""

    fixed: dict[str, "Node"] = field(default_factory=dict)
    variable: "tuple[str, Node] | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Index:
    """Path to operations in a few dictionary steps: the last route costs what the first does."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = Node()
        for operation in operations:
            node = self._root
            for part in operation.path.strip("/").split("/"):
                if part.startswith("{"):
                    name = part[1:-1]
                    if node.variable is None:
                        node.variable = (name, Node())
                    if node.variable[0] != name:
                        raise ValueError(f"{operation.path}: call this value {node.variable[0]}")
                    node = node.variable[1]
                else:
                    node = node.fixed.setdefault(part, Node())
            for method in operation.methods or ():
                node.operations[method] = operation

    def find(self, parts: list[str]) -> tuple[Node | None, dict[str, str]]:
        node, values = self._root, dict[str, str]()
        for part in parts:
            found = node.fixed.get(part)
            if found is None:
                if node.variable is None or not part:
                    return None, values
                name, found = node.variable
                values[name] = part
            node = found
        return node, values


class Door(Protocol):
    """Everything under a path that speaks a protocol of its own, failures included."""

    prefix: str

    async def answer(
        self, call: Call, scope: Scope, receive: Receive, lanes: Lanes, limiter: Limiter
    ) -> Kept: ...


class Front:
    """The outermost ASGI application; what the index does not know (`/docs`, …) goes on inwards."""

    def __init__(
        self,
        inner: ASGIApp,
        operations: Iterable[Operation],
        lanes: Lanes,
        doors: Iterable[Door] = (),
    ) -> None:
        self.inner, self.lanes, self.doors = inner, lanes, tuple(doors)
        self.index = Index(operations)
        self.watchers = Watchers()
        self.limiter = Limiter(lanes.settings.requests_per_minute)
        self.origins = Origins(lanes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        started = time.perf_counter()
        path: str = scope["path"]
        node, values = self.index.find(parts_of(scope))
        method: str = scope["method"]
        if node is None and path.startswith(INNER):
            await self.inner(scope, receive, send)
            return
        call, origin = read_head(scope, path, values)
        name = "-"
        try:
            if node is None and (door := self._door_to(path)) is not None:
                name = door.prefix
                answer = await door.answer(call, scope, receive, self.lanes, self.limiter)
            elif node is None or not node.operations:
                raise NotFound(f"There is no {path}: see /docs.")
            elif (operation := node.operations.get("GET" if method == "HEAD" else method)) is None:
                answer = self._without_operation(node, method)
            else:
                name = operation.operation_id or "-"
                answer = await self._answer(operation, call, origin, receive, send)
        except Internal as wrong:
            answer = failed(wrong, call, name)
        except Problem as problem:
            answer = told(problem, call.request_id)
            # its traceback holds the parsed body until a full collection: let go of both now
            problem.__cause__ = problem.__context__ = None
            problem.with_traceback(None)
        except ClientGone:
            return
        except asyncio.CancelledError:
            raise
        except Exception as wrong:  # noqa: BLE001  whatever it is, the caller gets a problem
            answer = failed(wrong, call, name)
        await self._send(answer, call, origin, send, method)
        if log.isEnabledFor(logging.INFO):
            log.info(
                "request",
                extra={
                    "fields": {
                        "request_id": call.request_id,
                        "operation": name,
                        "method": method,
                        "status": answer.status,
                        "milliseconds": round((time.perf_counter() - started) * 1000, 2),
                    }
                },
            )

    def _door_to(self, path: str) -> Door | None:
        for door in self.doors:
            if path == door.prefix or path.startswith(f"{door.prefix}/"):
                return door
        return None

    async def _answer(
        self,
        operation: Operation,
        call: Call,
        origin: bytes | None,
        receive: Receive,
        send: Send,
    ) -> Kept:
        answer = await operation.answer(call, self.lanes, self.limiter, receive)
        if isinstance(answer, Watching):
            headers = await self._headers(call, origin, SHOWN)
            return await self.watchers.show(answer, call, headers, receive, send)
        return answer

    def _without_operation(self, node: Node, method: str) -> Kept:
        allowed = sorted(
            {*node.operations, "OPTIONS", *(["HEAD"] if "GET" in node.operations else [])}
        )
        if method == "OPTIONS":
            return Kept(204, {"Allow": ", ".join(allowed)}, b"")
        problem = MethodNotAllowed(f"Use {' or '.join(allowed)}.")
        problem.headers["Allow"] = ", ".join(allowed)
        raise problem

    async def _send(
        self, answer: Kept, call: Call, origin: bytes | None, send: Send, method: str
    ) -> None:
        if answer is SHOWN:
            return
        headers = await self._headers(call, origin, answer)
        if answer.body:
            if "Content-Type" not in answer.headers:
                kind = PROBLEM_JSON if answer.status >= 400 else "application/json"
                headers.append((b"content-type", kind.encode()))
            headers.append((b"content-length", str(len(answer.body)).encode()))
        elif answer.status not in (204, 304):
            headers.append((b"content-length", b"0"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})

    async def _headers(
        self, call: Call, origin: bytes | None, answer: Kept
    ) -> list[tuple[bytes, bytes]]:
        headers = [*ALWAYS, (b"x-request-id", call.request_id.encode())]
        for name, value in (*call.limits.items(), *answer.headers.items()):
            headers.append((name.lower().encode(), value.encode()))
        if origin is not None:
            organization_id = None if call.unit is None else call.unit.principal.organization_id
            if await self.origins.may_call(origin, organization_id):
                headers += cross_origin(origin, answer)
        return headers


def parts_of(scope: Scope) -> list[str]:
    """The path's parts; a slash inside a part, sent as %2F, does not divide it."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2F" in raw or b"%2f" in raw:
        return [unquote(part) for part in raw.partition(b"?")[0].decode("ascii").split("/")[1:]]
    path: str = scope["path"]
    return path[1:].split("/")


def cross_origin(origin: bytes, answer: Kept) -> list[tuple[bytes, bytes]]:
    """What lets a page of this origin read the answer; never with cookies, which we do not use."""
    found = [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", EXPOSED),
    ]
    if "Allow" in answer.headers:
        found += [
            (b"access-control-allow-methods", answer.headers["Allow"].encode()),
            (b"access-control-allow-headers", ACCEPTED),
            (b"access-control-max-age", b"600"),
        ]
    return found


def failed(wrong: Exception, call: Call, operation: str) -> Kept:
    """Our own failure: the log has all of it, the caller a number to quote."""
    fields = {"request_id": call.request_id, "operation": operation}
    log.error("internal", exc_info=wrong, extra={"fields": fields})
    return told(Internal(f"Quote {call.request_id} when you report this."), call.request_id)


def read_head(scope: Scope, path: str, values: dict[str, str]) -> tuple[Call, bytes | None]:
    """The call's head, and the Origin of a browser. Unknown headers are no business of ours."""
    call = Call(scope["method"], path, values, scope["query_string"], "")
    origin: bytes | None = None
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if (attribute := UNDERSTOOD.get(name)) is not None:
            setattr(call, attribute, value.decode("latin-1"))
        elif name == b"content-length":
            call.length = int(value)
        elif name == b"origin":
            origin = value
    call.request_id = known_by(call.request_id)
    return call, origin


def known_by(request_id: str) -> str:
    """The caller's own id of the request, or a new one."""
    return request_id if REQUEST_ID.match(request_id) else str(uuid7())


def operations_of(routes: Iterable[Any]) -> list[Operation]:
    return [route for route in routes if isinstance(route, Operation)]
