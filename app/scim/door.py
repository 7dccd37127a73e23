"""/scim/v2: the door of identity providers, with failures in SCIM's own shape."""

import asyncio
import json
import logging
import re
from functools import partial
from typing import ClassVar
from urllib.parse import parse_qsl

from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation
from sqlalchemy import Connection
from starlette.types import Receive
from starlette.types import Scope as AsgiScope

from app.access.gate import Gate
from app.access.scopes import Scope
from app.access.secrets import TokenKind
from app.kit.idempotency import Kept
from app.kit.lanes import Lanes
from app.kit.limits import Limiter
from app.kit.problems import Forbidden
from app.kit.routes import Call, ClientGone, patiently, read_body
from app.kit.work import UnitOfWork
from app.scim.schemas import MOST_BYTES
from app.scim.service import (
    READING,
    SERVICE,
    is_our_failure,
    prepare_request,
    serve_discovery,
    serve_request,
    told_problem,
)

log = logging.getLogger("rementor.scim")
_HOST = re.compile(r"^[A-Za-z0-9.\-_:\[\]]{1,255}$")


class ApiKeyGate(Gate):
    """Only an API key opens this door, never the token of a person's sign-in."""

    kinds: ClassVar[tuple[TokenKind, ...]] = (TokenKind.API_KEY,)


class ScimDoor:
    """Takes a call, finds whose key it shows, and serves it in a unit of work."""

    prefix = "/scim/v2"

    def __init__(self) -> None:
        self.gate = ApiKeyGate()

    async def answer(
        self, call: Call, scope: AsgiScope, receive: Receive, lanes: Lanes, limiter: Limiter
    ) -> Kept:
        """The answer to one call, whatever happens to it."""
        try:
            return _kept(await self._serve(call, scope, receive, lanes, limiter))
        except (ClientGone, asyncio.CancelledError):
            raise
        except Exception as wrong:
            if is_our_failure(wrong):
                log.exception("internal", extra={"fields": {"request_id": call.request_id}})
            return _kept(told_problem(wrong))

    async def _serve(
        self, call: Call, scope: AsgiScope, receive: Receive, lanes: Lanes, limiter: Limiter
    ) -> ScimResponse:
        request = _request(call, scope, self.prefix)
        operation = SERVICE.match(request).operation
        if operation is Operation.service_provider_config:
            return serve_discovery(request)
        if call.method not in ("GET", "HEAD", "DELETE"):
            request.body = await read_body(call, receive, MOST_BYTES)
            prepare_request(request)
        reads = operation in READING
        pool, lane = (lanes.readers, lanes.reading) if reads else (lanes.writers, lanes.writing)
        unit = partial(self._in_unit, call, request, operation, lanes, limiter)
        return await pool.run(patiently, lane, unit)

    def _in_unit(
        self,
        call: Call,
        request: ScimRequest,
        operation: Operation,
        lanes: Lanes,
        limiter: Limiter,
        rows: Connection,
    ) -> ScimResponse:
        principal = self.gate.admit(rows, call.credentials, lanes)
        if principal.token_id is not None:
            call.limits = limiter.count(principal.token_id)
        if not principal.may(Scope.SCIM):
            raise Forbidden(f"The token lacks {Scope.SCIM}.")
        uow = UnitOfWork(
            rows, principal, lanes.clock.now(), lanes.cursors(rows), lanes.settings,
            call.request_id,
            f"scim_{operation.value}",
        )  # fmt: skip
        answer = serve_request(uow, request)
        if operation not in READING:
            uow.finish()
        return answer


def _request(call: Call, scope: AsgiScope, prefix: str) -> ScimRequest:
    headers = {b"content-type": call.content_type, b"if-match": call.if_match,
               b"if-none-match": call.if_none_match}  # fmt: skip
    return ScimRequest(
        method="GET" if call.method == "HEAD" else call.method,
        base_url=f"{_origin(scope)}{scope.get('root_path', '')}{prefix}",
        path=call.path.removeprefix(prefix),
        query=dict(parse_qsl(call.query_string.decode("latin-1"), keep_blank_values=True)),
        headers={name.decode(): value for name, value in headers.items() if value},
    )


def _origin(scope: AsgiScope) -> str:
    """Where the caller sees us: resources say their whole address."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode(
        "latin-1"
    )
    if not _HOST.match(host):
        host = ":".join(map(str, scope.get("server") or ("localhost",)))
    return f"{scope['scheme']}://{host}"


def _kept(answer: ScimResponse) -> Kept:
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    return Kept(int(answer.status), answer.headers, body)
