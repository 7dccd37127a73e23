"""A receiver of webhooks on this machine, as well or as badly behaved as a test wants it."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from app.kit.lanes import Lanes
from app.webhooks.posting import Courier
from app.webhooks.sending import Sender

LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True)
class Message:
    """What arrived."""

    headers: dict[str, str]
    body: str

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Notes what arrives; answers 204 unless told otherwise."""

    port: int
    seen: list[Message] = field(default_factory=list)
    answer: Callable[[Message], tuple[int, dict[str, str]]] = lambda _: (204, {})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def types(self) -> list[str]:
        return [message.event["type"] for message in self.seen]

    def say(self, status: int, **headers: str) -> None:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda _: (status, told)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            message = Message({k.lower(): v for k, v in self.headers.items()}, body)
            receiver.seen.append(message)
            status, headers = receiver.answer(message)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """A sender that hangs up is no failure of the receiver."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@contextmanager
def raw_receiver(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of somebody who does what they like with each connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    threading.Thread(target=treat, args=(connection,), daemon=True).start()

        def treat(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                behave(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        thread.join()


def send_due(lanes: Lanes, **courier: Any) -> int:
    """Let a sender do what is due at this moment; returns how many attempts it made."""
    with_courier = Courier(lanes.settings, **courier)
    try:
        return asyncio.run(Sender(lanes, with_courier).send_due())
    finally:
        with_courier.close()


@contextmanager
def allowing(lanes: Lanes, *ports: int) -> Iterator[None]:
    """Let webhooks reach these ports of this machine, for as long as the block lasts."""
    before = lanes.settings
    allowed = {"webhook_networks": LOOPBACK, "webhook_ports": (443, *ports)}
    lanes.settings = before.model_copy(update=allowed)
    yield
    lanes.settings = before
