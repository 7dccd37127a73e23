"""The hands of a worker: threads that carry out lasting jobs, and the pulse that keeps leases."""

import itertools
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import select

from app.kit.jobs import background
from app.kit.lanes import Lanes, organizations
from app.kit.leases import claim, hand_back, holds, renew, try_again_or_give_up, waiting
from app.kit.queue import LEASE, Job
from app.kit.running import Claimed, LeaseLost, Running, Stopped
from app.kit.work import bind_organization

log = logging.getLogger("rementor.jobs")

LOOK_SECONDS = 1.0
"""Ours: how often a worker looks for lasting jobs, and whether its own were cancelled."""
RENEW_SECONDS = LEASE.total_seconds() / 4
LOST_SECONDS = LEASE.total_seconds() * 0.9
"""A worker that could not renew for so long stops by itself: others may take over now."""
DRAIN_SECONDS = 8.0
"""Ours: how long a worker that is told to end lets its jobs reach the end of a step."""


def carry_out(lanes: Lanes, running: Running) -> None:
    """Call a lasting job's function once, and write down how that ended."""
    claimed = running.claimed
    try:
        background.lasting[claimed.name](running, claimed.payload)
        running.succeed()
    except LeaseLost:
        log.info("job went to somebody else", extra={"fields": {"job_id": str(claimed.id)}})
    except Stopped as stopped:
        if running.asked_to_stop:
            hand_back(lanes, claimed)
        else:  # nobody has asked: for ever back into the queue would be no end
            try_again_or_give_up(lanes, claimed, stopped)
    except Exception as failed:  # noqa: BLE001  whatever it is, it is noted and tried again
        try_again_or_give_up(lanes, claimed, failed)


@dataclass
class Kept:
    """A lease that is kept alive while its job runs."""

    claimed: Claimed
    running: Running | None
    renewed: float
    stored: dict[str, Any] = field(default_factory=dict)


class Hands:
    """Carries out lasting jobs beside the rounds of a worker, a bounded number at a time.

    Fair between organizations: none ever has more than half of the hands, and whoever was served
    longest ago comes first. Use it as a context manager: at its end jobs are asked to stop, and
    go back to the queue for other workers.
    """

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._most = lanes.settings.lasting_jobs_at_once
        if lanes.on_postgresql:  # a connection each, besides those of the rounds and the pulse
            self._most = min(self._most, max(1, lanes.settings.pool_size - 2))
        self._most_of_one = max(1, self._most // 2)
        self._kept: dict[uuid.UUID, Kept] = {}
        self._threads: dict[uuid.UUID, threading.Thread] = {}
        self._lock = threading.Lock()
        self._turns = itertools.count(1)
        self._served: dict[uuid.UUID, int] = {}
        self._ending = threading.Event()
        self._freed = threading.Event()
        self._own = [
            threading.Thread(target=self._for_ever, args=each, name=each[0].__name__, daemon=True)
            for each in ((self._begin_what_waits, self._freed), (self._beat, self._ending))
        ]

    def __enter__(self) -> Self:
        for each in self._own:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let jobs reach the end of a step; those that do not go to other workers as they are."""
        self._ending.set()
        self._freed.set()
        with self._lock:
            threads, kept = list(self._threads.values()), list(self._kept.values())
        for each in kept:
            if each.running is not None:
                each.running.ask_to_stop()
        give_up = time.monotonic() + DRAIN_SECONDS
        for thread in threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        for thread in self._own:
            thread.join(DRAIN_SECONDS)
        with self._lock:
            left = [each.claimed for each in self._kept.values()]
        for claimed in left:
            hand_back(self._lanes, claimed)

    @contextmanager
    def kept_alive(self, claimed: Claimed, running: Running | None = None) -> Iterator[None]:
        """Renew a lease as long as the block takes; ask the job to stop where it is lost."""
        with self._lock:
            self._kept[claimed.lease_id] = Kept(claimed, running, time.monotonic())
        try:
            yield
        finally:
            with self._lock:
                self._kept.pop(claimed.lease_id, None)

    def _for_ever(self, what: Any, wakes: threading.Event) -> None:
        while not self._ending.is_set():
            wakes.clear() if wakes is self._freed else None
            try:
                what()
            except Exception:
                log.exception("worker could not look after its jobs")
            wakes.wait(LOOK_SECONDS)

    def _begin_what_waits(self) -> None:
        """Begin jobs until none waits or no hand is free: one of an organization at a time."""
        if not background.lasting:
            return
        begun = True
        while begun and not self._ending.is_set():
            begun = False
            order = sorted(organizations(self._lanes), key=lambda each: self._served.get(each, 0))
            for organization_id in order:
                if not self._has_hand_for(organization_id) or not self._waits(organization_id):
                    continue
                claimed = claim(self._lanes, organization_id, lasting=True)
                if claimed is not None:
                    self._served[organization_id] = next(self._turns)
                    self._begin(claimed)
                    begun = True

    def _has_hand_for(self, organization_id: uuid.UUID) -> bool:
        with self._lock:
            theirs = [each.claimed.organization_id for each in self._kept.values() if each.running]
        return len(theirs) < self._most and theirs.count(organization_id) < self._most_of_one

    def _waits(self, organization_id: uuid.UUID) -> bool:
        """Whether a lasting job waits: a look that takes no lock, as most find nothing."""
        with self._lanes.reading() as rows:
            bind_organization(rows, organization_id)
            found = rows.execute(
                select(Job.id)
                .where(
                    Job.organization_id == organization_id,
                    waiting(rows, self._lanes.clock.now(), lasting=True),
                )
                .limit(1)
            )
            return found.one_or_none() is not None

    def _begin(self, claimed: Claimed) -> None:
        running = Running(self._lanes, claimed)
        began = threading.Event()

        def work() -> None:
            try:
                with self.kept_alive(claimed, running):
                    began.set()
                    carry_out(self._lanes, running)
            except Exception:  # the lease runs out by itself, then the job is taken up again
                log.exception("job was left as it is", extra={"fields": {"job": claimed.name}})
            finally:
                with self._lock:
                    self._threads.pop(claimed.lease_id, None)
                self._freed.set()

        thread = threading.Thread(target=work, name=f"job-{claimed.name}", daemon=True)
        with self._lock:
            self._threads[claimed.lease_id] = thread
        thread.start()
        began.wait()

    def _beat(self) -> None:
        """Store progress, renew leases, and hear of those that were cancelled or lost."""
        with self._lock:
            kept = list(self._kept.values())
        for each in kept:
            try:
                ours = self._kept_on(each)
            except Exception:
                log.exception("lease not renewed", extra={"fields": {"job": each.claimed.name}})
                ours = time.monotonic() - each.renewed < LOST_SECONDS
            if not ours and each.running is not None:
                each.running.ask_to_stop()

    def _kept_on(self, kept: Kept) -> bool:
        progress = {} if kept.running is None else kept.running.progress
        now = time.monotonic()
        if progress == kept.stored and now - kept.renewed < RENEW_SECONDS:
            return kept.running is None or holds(self._lanes, kept.claimed)
        ours = renew(self._lanes, kept.claimed, progress)
        kept.renewed, kept.stored = now, progress
        return ours
