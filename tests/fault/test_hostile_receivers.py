"""Receivers that hang, drip, flood or lie, and workers that are killed: nothing is lost."""

import contextlib
import datetime as dt
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import event as listened

from app.access.service import open_organization
from app.kit.clock import ControlledClock
from app.kit.lanes import Lanes
from app.kit.settings import ClockKind, Settings
from app.kit.work import Principal
from app.webhooks import sending
from app.webhooks.queueing import LEASE
from tests.given.participants import participant
from tests.given.webhooks import endpoint
from tests.receiver import LOOPBACK, allowing, raw_receiver, receiving, send_due
from tests.server import COMMAND, ROOT, environment_of, running_server

pytestmark = pytest.mark.fault

PATIENCE = 60.0
MESSAGES = 20
HEAD = b"HTTP/1.1 200 OK\r\n"


def wait_for(what, why: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up, why
        time.sleep(0.05)


def heard(connection: socket.socket) -> None:
    """Read one request to its end, which is that of its JSON."""
    connection.settimeout(5)
    seen = b""
    while not seen.endswith(b"}"):
        seen += connection.recv(65_536)


def hang(connection):
    heard(connection)
    connection.settimeout(PATIENCE)
    connection.recv(1)  # until the sender hangs up


def drip_head(connection):
    heard(connection)
    for byte in HEAD * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def drip_body(connection):
    heard(connection)
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.1)


def flood(connection):
    heard(connection)
    connection.sendall(HEAD + b"Content-Length: 10000000000\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b"x" * 1_000_000)


def flood_head(connection):
    heard(connection)
    connection.sendall(HEAD)
    for number in range(10_000_000):
        connection.sendall(b"X-%d: %s\r\n" % (number, b"y" * 1000))


def babble(connection):
    heard(connection)
    connection.sendall(b"\x00\xff" * 1000 + b"\r\n\r\n")


def hang_up(connection):
    heard(connection)


def squeeze(connection):
    """A megabyte that would be a gigabyte, if anybody unpacked it."""
    heard(connection)
    connection.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 1000000\r\n\r\n")
    connection.sendall(b"\x1f\x8b" + b"\x00" * 999_998)


HOSTILE = {
    hang: "timeout",
    drip_head: "timeout",
    drip_body: "delivered",  # the status has been told; what follows is nobody's business
    flood: "delivered",
    flood_head: "protocol_error",
    babble: "protocol_error",
    hang_up: "protocol_error",
    squeeze: "delivered",
}


def test_each_bad_receiver_gets_its_name_and_no_other_waits_for_it(house, admin, monkeypatch):
    monkeypatch.setattr("app.webhooks.posting.TOTAL_SECONDS", 3.0)
    with contextlib.ExitStack() as open_for_now:
        good = open_for_now.enter_context(receiving())
        ports = {behave: open_for_now.enter_context(raw_receiver(behave)) for behave in HOSTILE}
        open_for_now.enter_context(allowing(house.lanes, good.port, *ports.values()))
        wanted = {"event_types": ["participant.added"]}
        bad = {
            endpoint(admin, url=f"http://127.0.0.1:{port}/", **wanted)["id"]: HOSTILE[behave]
            for behave, port in ports.items()
        }
        best = endpoint(admin, url=good.url, **wanted)
        for number in range(MESSAGES):
            participant(admin, external_id=f"W-{number}")
        order, store = [], sending.store
        good.answer = lambda message: (order.append("good"), (204, {}))[1]

        def noting(lanes, organization_id, attempts, released):
            order.extend(each.answer.outcome for each in attempts)
            store(lanes, organization_id, attempts, released)

        monkeypatch.setattr(sending, "store", noting)
        memory = psutil.Process().memory_info().rss
        send_due(house.lanes)
        grown = psutil.Process().memory_info().rss - memory
        assert grown < 32 * 1024 * 1024
        # all that was for the good one had arrived before the first slow one was given up
        first_timeout = order.index("timeout")
        assert order[:first_timeout].count("good") == MESSAGES
        for endpoint_id, outcome in bad.items():
            found = admin.get(
                "/webhook-deliveries",
                params={"webhook_endpoint_id": endpoint_id, "limit": 200},
            ).json()["items"]
            outcomes = {each["outcome"] for one in found for each in one["attempts"]}
            assert outcomes == {outcome}
        shown = admin.get(f"/webhook-endpoints/{best['id']}").json()
        assert shown["status"] == "active"


def test_a_redirect_to_this_machine_reaches_nobody(house, admin):
    with (
        receiving() as inside,
        receiving() as outside,
        allowing(house.lanes, inside.port, outside.port),
    ):
        outside.say(307, Location=inside.url)
        endpoint(admin, url=outside.url, event_types=["participant.added"])
        participant(admin)
        send_due(house.lanes)
        assert len(outside.seen) == 1
        assert not inside.seen


def test_of_many_endpoints_each_gets_everything_in_order_though_some_are_dead(
    house, admin, monkeypatch
):
    monkeypatch.setattr("app.webhooks.posting.TOTAL_SECONDS", 2.0)
    with contextlib.ExitStack() as open_for_now:
        good = open_for_now.enter_context(receiving())
        dead = open_for_now.enter_context(raw_receiver(hang))
        open_for_now.enter_context(allowing(house.lanes, good.port, dead))
        for number in range(50):
            url = f"http://127.0.0.1:{dead if number % 10 == 0 else good.port}/{number}"
            endpoint(admin, url=url, event_types=["participant.added"])
        people = [participant(admin, external_id=f"W-{n}")["id"] for n in range(MESSAGES)]
        send_due(house.lanes)
        assert len(good.seen) == 45 * MESSAGES
        arrived: dict[str, list[str]] = {}
        for message in good.seen:
            arrived.setdefault(message.event["data"]["participant_id"], []).append(message.id)
        assert {len(ids) for ids in arrived.values()} == {45}
        assert set(arrived) == set(people)


def test_two_workers_send_each_message_once_and_keep_the_order(real_house):
    admin = real_house.organization()
    with receiving() as good, allowing(real_house.lanes, good.port):
        for _ in range(5):
            endpoint(admin, url=good.url, event_types=["participant.added"])
        people = [participant(admin, external_id=f"W-{n}")["id"] for n in range(60)]
        failed = []

        def work():
            try:
                send_due(real_house.lanes)
            except Exception as why:  # noqa: BLE001  told by the test
                failed.append(why)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        assert not failed
        found = [message.event["data"]["participant_id"] for message in good.seen]
        assert len(found) == 5 * len(people)
        assert {found.count(person) for person in people} == {5}


def test_what_was_sent_and_not_noted_is_sent_again_under_the_same_id(house, admin, monkeypatch):
    with receiving() as good, allowing(house.lanes, good.port):
        endpoint(admin, url=good.url, event_types=["participant.added"])
        participant(admin)

        async def dies(self):
            raise KeyboardInterrupt if good.seen else AssertionError

        with monkeypatch.context() as patched:
            patched.setattr(sending.Sender, "_write", dies)
            with pytest.raises((KeyboardInterrupt, AssertionError)):
                send_due(house.lanes)
        wait_for(lambda: good.seen, "nothing was sent")
        assert send_due(house.lanes) == 0  # the lease of the dead one is not over
        house.clock.travel(seconds=LEASE.total_seconds())
        assert send_due(house.lanes) == 1
        assert len({message.id for message in good.seen}) == 1


def test_no_transaction_is_open_while_something_is_sent(real_house):
    admin = real_house.organization()
    lanes = real_house.lanes
    open_now, seen_open = [0], []

    @listened.listens_for(lanes._writes, "begin")
    def begin(_connection):
        open_now[0] += 1

    @listened.listens_for(lanes._writes, "commit")
    def commit(_connection):
        open_now[0] -= 1

    with receiving() as good, allowing(lanes, good.port):
        endpoint(admin, url=good.url)

        def answer(_message):
            seen_open.append(open_now[0])
            return 200, {}

        good.answer = answer
        send_due(lanes)
    assert seen_open == [0]


@pytest.fixture(name="controlled")
def settings_with_a_clock_that_all_processes_share(
    own_settings: Settings, tmp_path: Path
) -> Settings:
    return own_settings.model_copy(
        update={
            "clock": ClockKind.CONTROLLED,
            "clock_file": tmp_path / "clock",
            "log_level": "ERROR",
        }
    )


@contextlib.contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([*COMMAND, "worker"], cwd=ROOT, env=environment_of(settings)) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_worker_killed_after_sending_leaves_nothing_lost_and_the_id_the_same(
    controlled: Settings, tmp_path: Path
) -> None:
    clock = ControlledClock(controlled.clock_file)
    clock.travel_to(dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC))
    with receiving() as receiver:
        settings = controlled.model_copy(
            update={"webhook_networks": LOOPBACK, "webhook_ports": (receiver.port,)}
        )
        lanes = Lanes(settings)
        with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
            _, token = open_organization(uow, "Acme", "admin@example.com")
        killed = threading.Event()
        receiver.answer = lambda _: (killed.wait(PATIENCE), (200, {}))[1]
        with (
            running_server(settings, log=tmp_path / "log") as (url, _),
            httpx.Client(
                base_url=f"{url}/v1", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
            ) as client,
        ):
            endpoint(client, url=receiver.url, event_types=["participant.added"])
            people = [participant(client, external_id=f"W-{n}")["id"] for n in range(3)]
            with worker(settings) as first:
                wait_for(lambda: receiver.seen, "the worker sends nothing")
                first.kill()
                first.wait()
            killed.set()
            clock.travel_to(clock.now() + LEASE)
            with worker(settings):
                wait_for(
                    lambda: (
                        not client.get("/webhook-deliveries", params={"status": "pending"}).json()[
                            "items"
                        ]
                    ),
                    "the second worker does not finish",
                )
        lanes.close()
    ids = [message.id for message in receiver.seen]
    assert ids[0] == ids[1]
    assert [each.event["data"]["participant_id"] for each in receiver.seen[1:]] == people


def test_what_happens_without_a_worker_is_sent_by_the_next_one(real_house):
    admin = real_house.organization()
    with receiving() as receiver, allowing(real_house.lanes, receiver.port):
        endpoint(admin, url=receiver.url, event_types=["participant.added"])
        people = [participant(admin, external_id=f"W-{n}")["id"] for n in range(300)]
        real_house.clock.travel(days=5)
        send_due(real_house.lanes)
        assert [each.event["data"]["participant_id"] for each in receiver.seen] == people
