"""A small load generator: keep-alive connections on one thread, so that the server is the limit."""

import selectors
import socket
import time
from dataclasses import dataclass, field


@dataclass
class Figures:
    """What one round measured."""

    seconds: float
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.statuses.values())

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


@dataclass
class Wire:
    """One connection with one request under way."""

    socket: socket.socket
    sent_at: float = 0.0
    buffer: bytes = b""


def request(
    method: str, path: str, *, token: str | None = None, body: bytes = b"", host: str = "bench"
) -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def load(port: int, sends: list[bytes], seconds: float, connections: int = 16) -> Figures:
    """Keep every connection busy for so long; each sends the requests of the list in turn."""
    selector = selectors.DefaultSelector()
    turn = 0
    for _ in range(connections):
        raw = socket.create_connection(("127.0.0.1", port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(raw)
        selector.register(raw, selectors.EVENT_READ, wire)
        wire.sent_at = time.perf_counter()
        raw.sendall(sends[turn % len(sends)])
        turn += 1
    started = time.perf_counter()
    until = started + seconds
    found = Figures(seconds)
    now = started
    while now < until:
        for key, _ in selector.select(timeout=1):
            wire = key.data
            wire.buffer += wire.socket.recv(1 << 18)
            now = time.perf_counter()
            status = _complete(wire.buffer)
            if status is None:
                continue
            found.statuses[status] = found.statuses.get(status, 0) + 1
            found.latencies.append(now - wire.sent_at)
            wire.buffer = b""
            wire.sent_at = now
            wire.socket.sendall(sends[turn % len(sends)])
            turn += 1
        now = time.perf_counter()
    found.seconds = now - started
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    selector.close()
    return found


def _complete(answer: bytes) -> int | None:
    """The status of a whole answer, or None while bytes are missing."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = answer[:end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return int(answer[9:12]) if len(answer) >= end + 4 + length else None
