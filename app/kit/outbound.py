"""Calls to other systems' addresses: only where they may lead, never further, never for long."""

import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from app.kit.addresses import AddressRefused, Network, reachable, target_of

CONNECT_SECONDS, TOTAL_SECONDS = 3.0, 10.0
LONGEST_ANSWER = 256 * 1024  # a key set of a large provider has some ten thousand bytes
AT_ONCE = 3  # ours, calls to one host: a slow one keeps nobody else waiting


class CallFailed(Exception):  # noqa: N818  it says what happened
    """Why there is no answer: a class of failure, never what the other side has said."""


class Outbound:
    """Asks for JSON. Redirects are not followed, compressed answers not asked for.

    A name is resolved once, and the connection goes to an address found good: a second look-up
    could say something else.
    """

    def __init__(self, networks: Iterable[Network] = (), ports: Iterable[int] = (443,)) -> None:
        self.networks, self.ports = tuple(networks), tuple(ports)
        self._busy: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._tls = httpx.create_ssl_context()

    def get_json(self, url: str) -> dict[str, Any]:
        """Raises CallFailed."""
        status, found = self._ask("GET", url, {}, None)
        if status != 200:
            raise CallFailed(f"status {status}")
        return found

    def post_form(
        self, url: str, form: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of the answer to a form. Raises CallFailed."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", url, {**headers, **kind}, form)

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, dict[str, Any]]:
        try:
            target = target_of(url, self.networks, self.ports)
        except AddressRefused as why:
            raise CallFailed("address refused") from why
        told = [(b"Accept", b"application/json"), (b"User-Agent", b"rementor")]
        told += [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        line = Line(target.scheme, self.networks, time.monotonic() + TOTAL_SECONDS)
        with (
            self._one_of_few(target.host),
            httpcore.ConnectionPool(self._tls, network_backend=line, retries=0) as pool,
        ):
            try:
                with pool.stream(method, url, headers=told, content=content) as answer:
                    return answer.status, _json(answer.iter_stream())
            except AddressRefused as why:
                raise CallFailed("address refused") from why
            except httpcore.TimeoutException as why:
                raise CallFailed("timeout") from why
            except ssl.SSLError as why:
                raise CallFailed("tls_error") from why
            except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as why:
                raise CallFailed("connection_error") from why

    @contextmanager
    def _one_of_few(self, host: str) -> Iterator[None]:
        with self._counting:
            if self._busy[host] >= AT_ONCE:
                raise CallFailed("busy")
            self._busy[host] += 1
        try:
            yield
        finally:
            with self._counting:
                self._busy[host] -= 1
                if not self._busy[host]:
                    del self._busy[host]


def _json(chunks: Iterable[bytes]) -> dict[str, Any]:
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) > LONGEST_ANSWER:
            raise CallFailed("answer too long")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise CallFailed("no JSON") from wrong
    if not isinstance(found, dict):
        raise CallFailed("no JSON object")
    return found


class Line(httpcore.NetworkBackend):
    """Connects to a good address of a name, and hangs up when the time is over."""

    def __init__(self, scheme: str, networks: tuple[Network, ...], ends: float) -> None:
        self._scheme, self._networks, self._ends = scheme, networks, ends
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as why:
            raise httpcore.ConnectError("no such name") from why
        good = reachable((str(each[4][0]) for each in found), self._scheme, self._networks)
        seconds = min(CONNECT_SECONDS, max(self._ends - time.monotonic(), 0.001))
        stream = self._inner.connect_tcp(str(good[0]), port, timeout=seconds)
        return Timed(stream, self._ends)


class Timed(httpcore.NetworkStream):
    """A stream that ends at a moment, however little at a time the other side sends."""

    def __init__(self, inner: httpcore.NetworkStream, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._left(httpcore.ConnectTimeout)
        return Timed(self._inner.start_tls(ssl_context, server_hostname, left), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()

    def _left(self, over: type[httpcore.TimeoutException]) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise over("too slow")
        return left
