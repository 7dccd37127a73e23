"""Threads that work for the event loop: what blocks is handed to them, and awaited."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Job(NamedTuple):
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    work: Callable[..., Any]
    arguments: tuple[Any, ...]


class Threads:
    """At most so many threads, begun when they are needed.

    As `loop.run_in_executor`, whose two futures and three locks for each call took a third of the
    time that the hop to a thread and back takes as a whole; every request takes one on PostgreSQL.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._busy = 0
        """Jobs handed over and not done."""
        self._lock = Lock()

    def run(self, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """The result of a call in a thread. One cancelled before it has begun is not begun."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._busy += 1
            if len(self._threads) < min(self._busy, self._most):
                self._begin()
        self._jobs.put(_Job(loop, future, work, arguments))
        return future

    def close(self) -> None:
        """Wait until everything handed over is done, and end the threads."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _begin(self) -> None:
        # Daemons: a process that is told to end need not wait for one that hangs.
        thread = Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            result, failure = None, None
            try:
                if not job.future.cancelled():
                    result = job.work(*job.arguments)
            except BaseException as problem:  # noqa: BLE001  handed on to who awaits it
                failure = problem
            with self._lock:
                self._busy -= 1
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                job.loop.call_soon_threadsafe(_settle, job.future, result, failure)
            del job, result, failure  # nothing is kept alive while waiting for the next


def _settle(future: asyncio.Future[Any], result: Any, failure: BaseException | None) -> None:
    if future.done():  # who waited has gone
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)
