"""Threads hand back what was asked of them, and nothing that nobody waits for any more."""

import asyncio
import threading
import time

import pytest

from app.kit.threads import Threads


@pytest.fixture(name="threads")
def two_threads():
    threads = Threads(2, "test")
    yield threads
    threads.close()


def test_results_and_failures_come_back_to_who_asked(threads):
    async def ask():
        assert await threads.run(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await threads.run(divmod, 7, 0)

    asyncio.run(ask())


def test_no_more_threads_are_begun_than_work_needs_or_are_allowed(threads):
    async def ask(how_many):
        names = await asyncio.gather(*(threads.run(_named) for _ in range(how_many)))
        return set(names)

    for _ in range(3):
        assert asyncio.run(ask(1)) == {"test-0"}
    assert asyncio.run(ask(40)) == {"test-0", "test-1"}


def test_what_is_cancelled_before_it_began_is_not_begun(threads):
    held, begun = threading.Event(), []

    async def ask():
        holding = [threads.run(held.wait, 10) for _ in range(2)]
        late = threads.run(begun.append, "late")
        late.cancel()
        held.set()
        assert await asyncio.gather(*holding) == [True, True]
        await threads.run(time.sleep, 0)

    asyncio.run(ask())
    threads.close()
    assert begun == []


def test_a_loop_that_has_ended_leaves_the_threads_in_order(threads):
    held = threading.Event()

    async def leave():
        threads.run(held.wait, 10)

    asyncio.run(leave())
    held.set()
    assert asyncio.run(_one(threads)) == "one"


async def _one(threads):
    return await threads.run(str, "one")


def _named():
    time.sleep(0.01)
    return threading.current_thread().name
