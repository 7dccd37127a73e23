"""The sender of a worker: takes what is due, hands it over, writes down what came of it.

No transaction is open while anything is sent. What was sent and not yet written down when a worker
dies is sent again by another, with the same `webhook-id`, once the lease of the endpoint is over.
"""

import asyncio
import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import Self, TypeVar

from app.kit.lanes import Lanes, organizations, system
from app.webhooks.outcomes import Attempt, write_down
from app.webhooks.posting import Answer, Courier
from app.webhooks.queueing import (
    Batch,
    is_anything_waiting,
    relay_events,
    take_batches,
)
from app.webhooks.signing import headers_of

log = logging.getLogger("rementor.webhooks")

MOST_AT_ONCE = 96  # ours: endpoints that one worker sends to at the same time
MOST_OF_ONE = 48  # ours: of one organization, so that none waits for another's
MOST_FAILING = 16  # ours: of one organization that failed at their last try, likely to be slow
BATCH_SECONDS = 20.0
LOOK_SECONDS = 1.0
WRITE_SECONDS = 0.05  # ours: what ends within is written down together
DRAIN_SECONDS = 8.0
UNREADABLE = "secret_unreadable"

T = TypeVar("T")


class Sender:
    """Sends to many endpoints side by side, to each one message after the other."""

    def __init__(self, lanes: Lanes, courier: Courier | None = None) -> None:
        self._lanes = lanes
        self._courier = courier or Courier(lanes.settings)
        self._sending: dict[asyncio.Task[None], Batch] = {}
        self._ended: list[tuple[Batch, Attempt | None]] = []
        """Attempts to be written down; None: the batch is done with."""
        self._hot: set[uuid.UUID] = set()
        """Organizations that may have more to send than was taken."""
        self._ending = False

    async def send_due(self) -> int:
        """Send until nothing is due at this moment; returns how many attempts were made."""
        attempts = 0
        while True:
            self._hot |= set(await self._lanes.readers.run(organizations, self._lanes))
            while self._hot or self._sending:
                attempts += await self._round()
            if not any([await self._waits(each) for each in
                        await self._lanes.readers.run(organizations, self._lanes)]):  # fmt: skip
                return attempts

    async def send_for_ever(self, stopped: Callable[[], bool]) -> None:
        """Send what becomes due, until told to stop; what is under way is given a few seconds."""
        looked = 0.0
        while not stopped():
            try:
                if time.monotonic() - looked > LOOK_SECONDS:
                    looked = time.monotonic()
                    self._hot |= set(await self._lanes.readers.run(organizations, self._lanes))
                await self._round()
            except Exception:
                log.exception("sending webhooks failed")  # the database is away: nothing is lost
                await asyncio.sleep(LOOK_SECONDS)
            if not (self._hot or self._sending):
                await asyncio.sleep(LOOK_SECONDS / 4)
        self._ending = True
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self._write()

    async def _round(self) -> int:
        """Take what is due as far as there is room, wait a moment, write down what has ended."""
        for organization_id in sorted(self._hot):
            if len(self._sending) >= MOST_AT_ONCE:
                break
            await self._take(organization_id)
        if self._sending:
            await asyncio.wait(
                self._sending, timeout=WRITE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        return await self._write()

    async def _waits(self, organization_id: uuid.UUID) -> bool:
        return await self._lanes.readers.run(is_anything_waiting, self._lanes, organization_id)

    async def _take(self, organization_id: uuid.UUID) -> None:
        own = [each for each in self._sending.values() if each.organization_id == organization_id]
        room = min(MOST_AT_ONCE - len(self._sending), MOST_OF_ONE - len(own))
        failing = min(room, max(0, MOST_FAILING - sum(each.failing for each in own)))
        if room <= 0 or not await self._waits(organization_id):
            self._hot.discard(organization_id)
            return

        behind, batches = await self._lanes.writers.run(
            relay_and_take, self._lanes, organization_id, room, failing
        )
        if not behind and not batches:  # what waits is another worker's, or has no room here
            self._hot.discard(organization_id)
        for batch in batches:
            task = asyncio.create_task(self._send(batch))
            self._sending[task] = batch
            task.add_done_callback(self._sending.pop)

    async def _send(self, batch: Batch) -> None:
        try:
            await self._send_in_order(batch)
        except Exception:
            # Ours. The lease is left to run out: the next try is in a minute, not at once.
            log.exception("a batch of webhooks could not be sent")
        else:
            self._ended.append((batch, None))

    async def _send_in_order(self, batch: Batch) -> None:
        began = time.monotonic()
        async with self._courier.way_to(batch.url) as way:
            for letter in batch.letters:
                now = self._lanes.clock.now()
                if batch.secrets:
                    headers = headers_of(letter.event_id, now, letter.body, batch.secrets)
                    answer = await way.post(headers, letter.body, now)
                else:
                    answer = Answer(UNREADABLE, 0)
                attempt = Attempt(batch.endpoint_id, letter, now, answer)
                self._ended.append((batch, attempt))
                late = time.monotonic() - began > BATCH_SECONDS
                if not attempt.delivered or late or self._ending:
                    break

    async def _write(self) -> int:
        """Write down what has ended, one organization at a time; what fails stays to be written."""
        written = 0
        for organization_id in {batch.organization_id for batch, _ in self._ended}:
            some = [each for each in self._ended if each[0].organization_id == organization_id]
            attempts = [attempt for _, attempt in some if attempt is not None]
            released = {batch.endpoint_id: batch.lease for batch, attempt in some if not attempt}
            await self._lanes.writers.run(store, self._lanes, organization_id, attempts, released)
            stored = set(map(id, some))
            self._ended = [each for each in self._ended if id(each) not in stored]
            written += len(attempts)
            if released:
                self._hot.add(organization_id)
        return written

    def close(self) -> None:
        self._courier.close()


def relay_and_take(
    lanes: Lanes, organization_id: uuid.UUID, most: int, most_failing: int
) -> tuple[bool, list[Batch]]:
    """Whether more of the log waits to be relayed, and what is to be sent now."""
    with lanes.unit(system(organization_id), "relay_events") as uow:
        behind = relay_events(uow)
    with lanes.unit(system(organization_id), "send_webhooks") as uow:
        return behind, take_batches(uow, most, most_failing)


def store(
    lanes: Lanes,
    organization_id: uuid.UUID,
    attempts: list[Attempt],
    released: dict[uuid.UUID, dt.datetime],
) -> None:
    """Write down attempts, in a unit of work of their own."""
    with lanes.unit(system(organization_id), "send_webhooks") as uow:
        write_down(uow, attempts, released)


class SenderBeside:
    """The sender in a thread of its own, beside the rounds of a worker."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def _run(self) -> None:
        sender = Sender(self._lanes)
        try:
            asyncio.run(sender.send_for_ever(self._stop.is_set))
        finally:
            sender.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(DRAIN_SECONDS * 2)
