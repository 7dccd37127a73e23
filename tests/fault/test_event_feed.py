"""The event feed under fire: eight writers who commit late, two who follow, nothing skipped."""

import asyncio
import random
import threading
import time
from uuid import UUID, uuid4

import pytest

from app.access.events import AccountDisabled
from app.kit.lanes import Lanes, system
from app.kit.settings import Settings
from app.kit.work import UnitOfWork, bind_organization
from app.main import create_app
from tests.house import House

pytestmark = pytest.mark.fault

WRITERS, READERS = 8, 2
LATEST_SECONDS = 0.02
PATIENCE = 120.0


def emit_late(lanes: Lanes, organization_id: UUID, chance: random.Random, count: int) -> list[UUID]:
    """Some events in one unit, which waits before it takes its positions, and again behind it."""
    ids = [uuid4() for _ in range(count)]
    with lanes.writing() as rows:
        bind_organization(rows, organization_id)
        uow = UnitOfWork(
            rows, system(organization_id), lanes.clock.now(), lanes.cursors(rows), lanes.settings
        )
        for each in ids:
            uow.emit(AccountDisabled(account_id=each))
        time.sleep(chance.random() * LATEST_SECONDS)
        uow.finish()
        if chance.random() < 0.1:
            time.sleep(chance.random() * LATEST_SECONDS)
    return ids


def test_nobody_who_follows_the_feed_misses_what_eight_committed_late(
    own_settings: Settings,
) -> None:
    settings = own_settings.model_copy(update={"pool_size": WRITERS + READERS})
    wanted = 20_000 if settings.on_postgresql else 4_000  # SQLite's writers wait for each other
    lanes, stop = Lanes(settings), threading.Event()
    houses = [
        House(lanes, create_app(settings, lanes), asyncio.new_event_loop(), None)
        for _ in range(READERS)
    ]
    admin = houses[0].organization()
    organization_id = UUID(admin.organization_id)
    committed: list[UUID] = []
    seen: list[list[tuple[int, str]]] = [[] for _ in range(READERS)]
    failures: list[BaseException] = []

    def write(number: int) -> None:
        chance = random.Random(number)
        try:
            while len(committed) < wanted and not stop.is_set():
                committed.extend(emit_late(lanes, organization_id, chance, chance.randrange(1, 40)))
        except BaseException as failed:  # noqa: BLE001  shown by the assertion below
            failures.append(failed)

    def follow(number: int) -> None:
        client, after = houses[number].client(), 0
        client.headers = admin.headers
        try:
            while not (stop.is_set() and after >= last[0]):
                page = client.get("/events", params={"after": after, "limit": 200}).json()
                after = page["next_after"]
                seen[number] += [
                    (each["position"], each["data"].get("account_id")) for each in page["items"]
                ]
        except BaseException as failed:  # noqa: BLE001
            failures.append(failed)

    last = [0]
    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    readers = [threading.Thread(target=follow, args=(number,)) for number in range(READERS)]
    for each in (*writers, *readers):
        each.start()
    for each in writers:
        each.join(PATIENCE)
    last[0] = len(committed) + 1  # the organization's own beginning is the first
    stop.set()
    for each in readers:
        each.join(PATIENCE)
    assert not failures
    assert len(committed) >= wanted
    for told in seen:
        assert [position for position, _ in told] == list(range(1, len(committed) + 2))
        assert {name for _, name in told[1:]} == {str(each) for each in committed}
    assert seen[0] == seen[1]
    for each in houses:
        each.loop.close()
    lanes.close()
