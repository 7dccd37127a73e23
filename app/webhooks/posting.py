"""One attempt to hand a message over: to a checked address, within bounds, no redirects."""

import asyncio
import datetime as dt
import email.utils
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpcore
import httpx

from app.kit.addresses import AddressRefused, Network, reachable, target_of
from app.kit.settings import Settings

log = logging.getLogger("rementor.webhooks")

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 15.0
DRAIN_SECONDS = 1.0  # ours: a status has been told by then, the rest only frees the connection
DRAIN_BYTES = 64 * 1024
MOST_ADDRESSES = 3  # ours: of a name that has many, within the time for connecting
SLOW_DOWN = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = dt.timedelta(hours=24)
DELIVERED = "delivered"

Resolve = Callable[[str, int], Awaitable[Iterable[str]]]


class NameNotFound(Exception):  # noqa: N818  it says what happened
    """The name has no address."""


@dataclass(frozen=True)
class Answer:
    """What came of an attempt; never what the receiver said."""

    outcome: str
    duration_ms: int
    retry_after: dt.timedelta | None = None


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Looks a name up once, and connects to an address of that answer: none that was not checked.

    TLS still asks for the name (SNI, certificate), as httpcore hands it on by itself.
    """

    def __init__(
        self,
        scheme: str,
        networks: tuple[Network, ...],
        resolve: Resolve,
        network: httpcore.AsyncNetworkBackend,
    ) -> None:
        self._scheme, self._networks = scheme, networks
        self._resolve, self._network = resolve, network
        self.connected = False
        """What fails from here on, before anything is said, fails in TLS."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected = False
        async with asyncio.timeout(CONNECT_SECONDS):
            found = reachable(await self._resolve(host, port), self._scheme, self._networks)
            failed: Exception | None = None
            for address in found[:MOST_ADDRESSES]:
                try:
                    stream = await self._network.connect_tcp(
                        str(address), port, timeout, local_address, socket_options
                    )
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as why:
                    failed = why
                else:
                    self.connected = True
                    return stream
        raise failed or NameNotFound

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class Courier:
    """Takes messages to endpoints; one for all senders of a process."""

    def __init__(
        self,
        settings: Settings,
        resolve: Resolve | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._settings = settings
        self._resolve = resolve or self._look_up
        self._network = network or httpcore.AnyIOBackend()
        # Of their own: names that nobody answers for must not hold up anything else.
        self._threads = ThreadPoolExecutor(64, "resolve")

    @asynccontextmanager
    async def way_to(self, url: str) -> AsyncIterator["Way"]:
        """A connection that is kept open over several messages to one endpoint."""
        scheme = url.partition(":")[0]
        tls = self._tls if scheme == "https" else None
        guarded = GuardedNetwork(
            scheme, self._settings.webhook_networks, self._resolve, self._network
        )
        async with httpcore.AsyncConnectionPool(
            ssl_context=tls, max_connections=1, network_backend=guarded
        ) as pool:
            yield Way(url, self._settings, guarded, pool)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """With the certificates of certifi, or those that `SSL_CERT_FILE` names."""
        return httpx.create_ssl_context()

    async def _look_up(self, host: str, port: int) -> Iterable[str]:
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except OSError as unknown:
            raise NameNotFound from unknown
        return [str(address[0]) for *_, address in found]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Way:
    """The way to one endpoint."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        guarded: GuardedNetwork,
        pool: httpcore.AsyncConnectionPool,
    ) -> None:
        self._url, self._settings, self._guarded, self._pool = url, settings, guarded, pool

    async def post(self, headers: dict[str, str], body: str, now: dt.datetime) -> Answer:
        """Hand a message over. Whatever happens is an answer; nothing is raised."""
        began = time.monotonic()
        retry_after = None
        try:
            target_of(self._url, self._settings.webhook_networks, self._settings.webhook_ports)
            async with asyncio.timeout(TOTAL_SECONDS):
                status, retry_after = await self._ask(headers, body, now)
            outcome = DELIVERED if 200 <= status < 300 else f"status {status}"
        except AddressRefused:
            outcome = "address_refused"
        except NameNotFound:
            outcome = "name_not_found"
        except (TimeoutError, httpcore.TimeoutException):
            outcome = "timeout"
        except (httpcore.ConnectError, ssl.SSLError):
            outcome = "tls_error" if self._guarded.connected else "connection_failed"
        except (httpcore.NetworkError, OSError):
            outcome = "connection_failed"
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
            outcome = "protocol_error"
        except Exception:
            log.exception("a webhook could not be sent")  # ours: it is tried again like any other
            outcome = "internal_error"
        return Answer(outcome, round((time.monotonic() - began) * 1000), retry_after)

    async def _ask(
        self, headers: dict[str, str], body: str, now: dt.datetime
    ) -> tuple[int, dt.timedelta | None]:
        timeouts = {"connect": CONNECT_SECONDS, "read": TOTAL_SECONDS, "write": TOTAL_SECONDS}
        async with self._pool.stream(
            "POST", self._url, headers=list(headers.items()), content=body.encode(),
            extensions={"timeout": {**timeouts, "pool": TOTAL_SECONDS}},
        ) as response:  # fmt: skip
            # What is left unread when this ends costs the connection, not us.
            with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    left = DRAIN_BYTES
                    async for part in response.aiter_stream():
                        left -= len(part)
                        if left < 0:
                            break
            wait = None
            if response.status in SLOW_DOWN:
                told = {name.lower(): value for name, value in response.headers}
                wait = pause_of(told.get(b"retry-after", b"").decode("latin-1"), now)
            return response.status, wait


def pause_of(retry_after: str, now: dt.datetime) -> dt.timedelta | None:
    """What a `Retry-After` asks for, seconds or a date; a day at the longest. None: nothing."""
    told = retry_after.strip()
    if told.isascii() and told.isdigit():
        return min(dt.timedelta(seconds=int(told[:9])), LONGEST_PAUSE)
    try:
        until = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return max(dt.timedelta(), min(until - now, LONGEST_PAUSE))
