"""One attempt: where it connects to, under which name, and what it says came of it."""

import asyncio
import datetime as dt
import socket
import ssl
from ipaddress import ip_address

import httpcore
import pytest

from app.kit.settings import Settings
from app.webhooks.posting import Courier, pause_of
from app.webhooks.signing import headers_of, new_secret
from tests.receiver import LOOPBACK, raw_receiver

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
URL = "https://hooks.example.com/in"
PUBLIC, OTHER, INSIDE = "93.184.215.14", "93.184.215.15", "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Spy(httpcore.AsyncMockBackend):
    """A network that is none: notes where it is asked to connect to, and under which name."""

    def __init__(
        self,
        answer: bytes = OK,
        fails: Exception | None = None,
        fails_in_tls: Exception | None = None,
    ) -> None:
        super().__init__([])
        self.answer, self.fails, self.fails_in_tls = answer, fails, fails_in_tls
        self.connected: list[tuple[str, int]] = []
        self.names: list[str] = []
        self.sent = b""

    async def connect_tcp(self, host, port, *_, **__):
        self.connected.append((host, port))
        if self.fails is not None:
            raise self.fails
        spy = self

        class Stream(httpcore.AsyncMockStream):
            async def start_tls(self, ssl_context, server_hostname=None, timeout=None):  # noqa: ASYNC109
                spy.names.append(server_hostname)
                if spy.fails_in_tls is not None:
                    raise spy.fails_in_tls
                return self

            async def write(self, buffer, timeout=None):  # noqa: ASYNC109
                spy.sent += buffer

        return Stream([self.answer])


def resolving(*answers):
    """A resolver that gives these answers, one after the other, the last for ever."""
    waiting = list(answers)

    async def resolve(host, port):
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return resolve


def post(url=URL, times=1, settings=None, **courier):
    """The outcomes of attempts, each over a connection of its own."""

    async def attempts():
        outcomes = []
        for _ in range(times):
            async with way_of.way_to(url) as way:
                outcomes.append((await way.post({"webhook-id": "1"}, "{}", NOW)).outcome)
        return outcomes

    way_of = Courier(settings or Settings(), **courier)
    try:
        return asyncio.run(attempts())
    finally:
        way_of.close()


def test_it_connects_to_the_address_and_asks_for_the_name():
    spy = Spy()
    assert post(resolve=resolving([PUBLIC]), network=spy) == ["delivered"]
    assert spy.connected == [(PUBLIC, 443)]
    assert spy.names == ["hooks.example.com"]
    assert b"\r\nHost: hooks.example.com\r\n" in spy.sent


def test_a_name_that_leads_elsewhere_the_second_time_is_refused_then():
    spy = Spy()
    outcomes = post(times=2, resolve=resolving([PUBLIC], [INSIDE]), network=spy)
    assert outcomes == ["delivered", "address_refused"]
    assert spy.connected == [(PUBLIC, 443)]


def test_the_name_is_looked_up_once_an_attempt():
    asked = []

    async def resolve(host, port):
        asked.append((host, port))
        return [PUBLIC]

    post(resolve=resolve, network=Spy())
    assert asked == [("hooks.example.com", 443)]


@pytest.mark.parametrize(
    "answer",
    [
        [INSIDE], ["169.254.169.254"], ["10.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], [],
        ["fe80::1%eth0"], ["64:ff9b::7f00:1"], ["100.64.0.1"], ["192.168.0.1", "172.16.0.1"],
        ["0.0.0.0"],  # noqa: S104
    ],
)  # fmt: skip
def test_nothing_is_connected_to_that_is_not_public(answer):
    spy = Spy()
    assert post(resolve=resolving(answer), network=spy) == ["address_refused"]
    assert not spy.connected


def test_of_several_addresses_the_next_is_tried_and_none_that_is_inside():
    spy = Spy(fails=httpcore.ConnectError("no"))
    assert post(resolve=resolving([INSIDE, PUBLIC, "::1", OTHER]), network=spy) == [
        "connection_failed"
    ]
    assert spy.connected == [(PUBLIC, 443), (OTHER, 443)]


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://[::1]/",
     "http://hooks.example.com/", "https://hooks.example.com:22/"],
)  # fmt: skip
def test_a_url_that_is_refused_is_not_even_looked_up(url):
    async def never(host, port):
        raise AssertionError

    assert post(url, resolve=never, network=Spy()) == ["address_refused"]


def test_a_redirect_to_this_machine_is_told_and_not_followed():
    spy = Spy(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/admin\r\nContent-Length: 0\r\n\r\n"
    )
    assert post(resolve=resolving([PUBLIC]), network=spy) == ["status 302"]
    assert spy.connected == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    ("fails", "outcome"),
    [
        ({"fails": httpcore.ConnectTimeout()}, "timeout"),
        ({"fails": httpcore.ConnectError()}, "connection_failed"),
        ({"fails": RuntimeError("ours")}, "internal_error"),
        ({"fails_in_tls": httpcore.ConnectError()}, "tls_error"),
        ({"fails_in_tls": ssl.SSLCertVerificationError(1, "bad")}, "tls_error"),
        ({"fails_in_tls": httpcore.ConnectTimeout()}, "timeout"),
        ({"answer": b"SMTP ready\r\n\r\n"}, "protocol_error"),
        ({"answer": b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"}, "status 500"),
    ],
)
def test_every_failure_has_a_name(fails, outcome):
    assert post(resolve=resolving([PUBLIC]), network=Spy(**fails)) == [outcome]


def test_a_name_nobody_knows_is_said_to_be_unknown(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert post(network=Spy()) == ["name_not_found"]


def test_a_look_up_that_hangs_is_a_timeout(monkeypatch):
    monkeypatch.setattr("app.webhooks.posting.CONNECT_SECONDS", 0.05)

    async def hangs(host, port):
        await asyncio.Event().wait()

    assert post(resolve=hangs, network=Spy()) == ["timeout"]


def test_a_real_network_does_not_reach_this_machine_unless_it_is_allowed():
    seen = []

    def note(connection):
        seen.append(connection.recv(65_536))
        connection.sendall(OK)

    with raw_receiver(note) as port:
        for networks, outcome in (((), "address_refused"), (LOOPBACK, "delivered")):
            settings = Settings(webhook_networks=networks, webhook_ports=(port,))
            scheme = "http" if networks else "https"
            url = f"{scheme}://hooks.example.com:{port}/"
            assert post(url, settings=settings, resolve=resolving([INSIDE])) == [outcome]
            assert len(seen) == len(networks)
    assert f"Host: hooks.example.com:{port}".encode() in seen[0]


def test_nobody_at_home_is_a_failed_connection():
    with socket.create_server((INSIDE, 0)) as taken:
        port = taken.getsockname()[1]
    settings = Settings(webhook_networks=LOOPBACK, webhook_ports=(port,))
    assert post(f"http://127.0.0.1:{port}/", settings=settings) == ["connection_failed"]


def test_a_receiver_without_the_right_certificate_is_a_tls_error():
    with raw_receiver(lambda connection: connection.sendall(b"HTTP/1.1 400 No\r\n\r\n")) as port:
        settings = Settings(webhook_networks=LOOPBACK, webhook_ports=(port,))
        assert post(f"https://127.0.0.1:{port}/", settings=settings) == ["tls_error"]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("999999999999999", 24 * 3600),
        ("Mon, 02 Mar 2026 09:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 09:01:00", 60),
        ("Mon, 02 Mar 2020 09:01:00 GMT", 0),
        ("Mon, 02 Mar 2099 09:01:00 GMT", 24 * 3600),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_what_a_receiver_asks_for_is_read_in_seconds_or_as_a_date(told, seconds):
    expected = None if seconds is None else dt.timedelta(seconds=seconds)
    assert pause_of(told, NOW) == expected


def test_the_signature_is_that_of_the_standard():
    """The vector of the reference libraries."""
    headers = headers_of(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        dt.datetime.fromtimestamp(1614265330, dt.UTC),
        '{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", new_secret()],
    )
    first, second = headers["webhook-signature"].split()
    assert first == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert second.startswith("v1,")
    assert headers["webhook-timestamp"] == "1614265330"


def test_the_addresses_of_these_tests_are_what_they_are_taken_for():
    assert ip_address(PUBLIC).is_global
    assert not ip_address(INSIDE).is_global
