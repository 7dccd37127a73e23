"""Calls to others: one look-up, a good address, no redirect, no flood, no endless drip."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore
import pytest

from app.kit import outbound
from app.kit.outbound import CallFailed, Outbound

OWN = (ipaddress.ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def answering(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says what it is told to, to each who connects; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    try:
                        line.recv(65536)
                        speak(line)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def ask(port: int) -> dict:
    return Outbound(OWN, (443, port)).get_json(f"http://127.0.0.1:{port}/x")


def test_json_is_read():
    with answering(lambda line: line.sendall(OK + b'Content-Length: 8\r\n\r\n{"a": 1}')) as port:
        assert ask(port) == {"a": 1}


def drip(line: socket.socket) -> None:
    line.sendall(OK + b"\r\n")
    for _ in range(200):
        line.sendall(b" ")
        time.sleep(0.02)


def drip_headers(line: socket.socket) -> None:
    line.sendall(OK)
    for _ in range(200):
        line.sendall(b"x")
        time.sleep(0.02)


def flood(line: socket.socket) -> None:
    line.sendall(OK + b"\r\n")
    for _ in range(100):
        line.sendall(b" " * 65536)


@pytest.mark.parametrize(
    ("speak", "why"),
    [
        (lambda line: line.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n"
                                   b"Content-Length: 2\r\n\r\n{}"), "status 302"),
        (lambda line: line.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), "no JSON"),
        (lambda line: line.sendall(OK + b"Content-Length: 2\r\n\r\n[]"), "no JSON object"),
        (lambda line: line.sendall(OK + b"Content-Length: 3\r\n\r\nabc"), "no JSON"),
        (lambda line: line.sendall(OK + b"Content-Length: 2\r\n\r\n\xff\xff"), "no JSON"),
        (lambda line: line.sendall(b"SSH-2.0-OpenSSH\r\n"), "connection_error"),
        (lambda line: None, "connection_error"),
        (flood, "answer too long"),
        (drip, "timeout"),
        (drip_headers, "timeout"),
        (lambda line: time.sleep(1), "timeout"),
    ],
)  # fmt: skip
def test_every_other_answer_is_a_class_of_failure(monkeypatch, speak, why):
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.3)
    with answering(speak) as port, pytest.raises(CallFailed, match=f"^{why}$"):
        ask(port)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/",
        "https://2130706433/", "http://example.com/", "https://example.com:22/", "file:///etc",
    ],
)  # fmt: skip
def test_an_address_that_leads_inside_is_not_called(monkeypatch, url):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("was looked up"))
    with pytest.raises(CallFailed, match=r"^address refused$"):
        Outbound().get_json(url)


def names(*addresses: str) -> list[tuple]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in addresses]


def test_a_name_is_looked_up_once_and_the_address_found_is_the_one_called(monkeypatch):
    """Rebinding: public at the first look, ours at the second. There is no second."""
    looks, called = [], []

    def look_up(host, port, **_):
        looks.append(host)
        return names("93.184.216.34") if len(looks) == 1 else names("127.0.0.1")

    def connect(self, host, port, **_):
        called.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(CallFailed, match="connection_error"):
        Outbound().get_json("https://login.example.com/")
    assert looks == ["login.example.com"]
    assert called == ["93.184.216.34"]


def test_a_name_with_inner_addresses_alone_is_not_called(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: names("10.0.0.1", "127.0.0.1"))
    with pytest.raises(CallFailed, match=r"^address refused$"):
        Outbound().get_json("https://rebinding.example.com/")


def test_a_slow_host_keeps_few_waiting(monkeypatch):
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.5)
    failed: list[str] = []
    with answering(lambda line: time.sleep(0.6)) as port:
        calls = Outbound(OWN, (port,))

        def call() -> None:
            with pytest.raises(CallFailed) as why:
                calls.get_json(f"http://127.0.0.1:{port}/")
            failed.append(str(why.value))

        threads = [threading.Thread(target=call) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert failed.count("busy") == 8 - outbound.AT_ONCE
    assert failed.count("timeout") == outbound.AT_ONCE
