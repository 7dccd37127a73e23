"""Server-sent events: something is looked at again and again, and each change is told."""

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import TypeAdapter
from starlette.responses import Response
from starlette.types import Receive, Send

from app.kit.idempotency import Kept
from app.kit.problems import Problem, TooMany
from app.kit.wire import Out
from app.kit.work import Principal, UnitOfWork

log = logging.getLogger("rementor.request")

LOOK_SECONDS = 1.0
LOOKS_PER_SECOND = 50
"""Ours: with more watchers than this each of them is told later, not the database asked more."""
STILL_HERE_SECONDS = 15.0
LONGEST_SECONDS = 600.0
"""Ours: then the stream ends, and the client, as its standard has it, comes again by itself."""
MOST_WATCHERS, MOST_OF_ONE_TOKEN = 200, 10
ENDED = "ended"
"""The last event and its id. A client that comes again with it is answered 204: do not."""
SHOWN = Kept(200, {}, b"")
"""What was told as a stream, and is not to be sent again."""


class EventStream(Response):
    """`text/event-stream`, for the contract."""

    media_type = "text/event-stream"


@dataclass(frozen=True)
class Seen:
    """What one look found."""

    thing: Any
    over: bool
    """Whether nothing will change any more."""


@dataclass(frozen=True)
class Watch:
    """What an operation returns to be watched: how to look once (one bounded read), and its shape.

    `look` raises NotFound, and is given a unit of the caller's each time: who may not see it any
    more is told so, and the stream ends.
    """

    look: Callable[[UnitOfWork], Seen]
    out: type[Out]


@dataclass(frozen=True)
class Watching:
    """A watch that somebody was let into."""

    watch: Watch
    principal: Principal
    again: Callable[[], Awaitable[Seen]]


class Asking(Protocol):
    """What is needed of a call."""

    method: str
    request_id: str
    last_event_id: str | None


class Watchers:
    """All who watch something in this process: bounded, and none of them holds a connection."""

    def __init__(self) -> None:
        self._by_token: Counter[uuid.UUID | None] = Counter()

    async def show(
        self,
        watching: Watching,
        call: Asking,
        headers: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
    ) -> Kept:
        """Tell until it is over, the client is gone, or ten minutes have passed."""
        if call.last_event_id == ENDED:
            return Kept(204, {}, b"")
        with self._place_for(watching.principal.token_id):
            first = await watching.again()
            kind = (b"content-type", b"text/event-stream; charset=utf-8")
            start = {"status": 200, "headers": [*headers, kind]}
            await send({"type": "http.response.start", **start})
            if call.method != "HEAD":
                gone = asyncio.ensure_future(_gone(receive))
                try:
                    await self._tell(watching, call, first, gone, send)
                except Exception:  # too late for an answer: the stream just ends
                    log.exception(
                        "stream broken", extra={"fields": {"request_id": call.request_id}}
                    )
                finally:
                    gone.cancel()
            await send({"type": "http.response.body", "body": b""})
        return SHOWN

    async def _tell(
        self,
        watching: Watching,
        call: Asking,
        seen: Seen,
        gone: "asyncio.Future[None]",
        send: Send,
    ) -> None:
        written = TypeAdapter(watching.watch.out)
        number, before, told_at = 0, b"", time.monotonic()
        ends_at = told_at + LONGEST_SECONDS
        while True:
            data = written.dump_json(written.validate_python(seen.thing, from_attributes=True))
            if data != before or seen.over:
                number, before, told_at = number + 1, data, time.monotonic()
                await _send(send, ENDED if seen.over else "progress", number, data)
            elif time.monotonic() - told_at > STILL_HERE_SECONDS:
                told_at = time.monotonic()
                await send(_part(b": still here\n\n"))
            if seen.over or time.monotonic() > ends_at:
                return
            await asyncio.wait({gone}, timeout=self._pause())
            if gone.done():
                return
            try:
                seen = await watching.again()
            except Problem as problem:
                await _send(send, "problem", number + 1, problem.body(call.request_id))
                return

    def _pause(self) -> float:
        return max(LOOK_SECONDS, self._by_token.total() / LOOKS_PER_SECOND)

    @contextmanager
    def _place_for(self, token_id: uuid.UUID | None) -> Iterator[None]:
        """Raises TooMany."""
        if self._by_token.total() >= MOST_WATCHERS:
            raise TooMany("Too many watch at the moment: ask from time to time.", retry_after=10)
        if self._by_token[token_id] >= MOST_OF_ONE_TOKEN:
            raise TooMany(f"One token watches {MOST_OF_ONE_TOKEN} things at most.", retry_after=10)
        self._by_token[token_id] += 1
        try:
            yield
        finally:
            self._by_token[token_id] -= 1
            if not self._by_token[token_id]:
                del self._by_token[token_id]


async def _send(send: Send, event: str, number: int, data: bytes) -> None:
    name = ENDED if event == ENDED else str(number)
    head = f"retry: 2000\nevent: {event}\nid: {name}\ndata: ".encode()
    await send(_part(head + data + b"\n\n"))


def _part(text: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": text, "more_body": True}


async def _gone(receive: Receive) -> None:
    """Returns when the client has closed the connection."""
    with suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass
