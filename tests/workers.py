"""Workers that can be killed: processes of their own, forked from one that has loaded the house."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from app.kit.lanes import Lanes
from app.kit.settings import Settings
from app.worker import work_for_ever

# A fork of a clean process begins in an instant; a new Python would load the solvers each time.
_FROM = multiprocessing.get_context("forkserver")
_FROM.set_forkserver_preload(
    ["app.worker", "app.matching.network_ortools", "tests.given.counting_jobs"]
)


def _work(settings: Settings) -> None:
    lanes = Lanes(settings)
    work_for_ever(lanes, parent=os.getppid())
    lanes.close()


@contextmanager
def killable_worker(settings: Settings) -> Iterator[BaseProcess]:
    """A worker that works until the block ends, if nobody kills it before."""
    process = _FROM.Process(target=_work, args=(settings,))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
