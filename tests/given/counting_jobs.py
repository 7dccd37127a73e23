"""Lasting jobs for tests that kill workers: slow, long, and deadly ones."""

import os
import signal
import time
from typing import Any
from uuid import UUID

from app.access.events import AccountDisabled
from app.kit.jobs import lasting_job
from app.kit.running import Running


@lasting_job
def count_slowly(running: Running, payload: dict[str, Any]) -> None:
    """Tell each number in a step of its own, a moment apart."""
    until = payload["until"]
    for number in range(running.state.get("next", 1), until + 1):
        running.report("counting", number, until)
        time.sleep(payload["pause"])
        with running.step() as uow:
            uow.emit(AccountDisabled(account_id=UUID(int=number)))
            running.state["next"] = number + 1
    running.result = {"counted": until}


@lasting_job
def think_long(running: Running, payload: dict[str, Any]) -> None:
    """Do nothing for a while, outside of any step, and stop when asked to."""
    give_up = time.monotonic() + payload["seconds"]
    while time.monotonic() < give_up:
        running.stop_if_asked()
        time.sleep(0.05)


@lasting_job
def kill_the_worker(running: Running, payload: dict[str, Any]) -> None:
    """Take the worker along, as often as `times` says."""
    if running.claimed.attempts <= payload["times"]:
        os.kill(os.getpid(), signal.SIGKILL)
