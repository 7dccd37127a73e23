"""A real server in a process of its own, for what no test client can show."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.kit.settings import Settings

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "app.cli")
PATIENCE = 60.0  # seconds a server may take to start, or to answer, on a busy machine


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that make another process see the same settings."""
    said = {
        f"REMENTOR_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.model_dump(mode="json", exclude_none=True).items()
    }
    return {**os.environ, **said, "PYTHONPATH": str(ROOT)}


def command(settings: Settings, *arguments: str) -> str:
    """Runs a `rementor` command to its end; returns what it printed."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment_of(settings),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running_server(
    settings: Settings, *, log: Path, worker: bool = False
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serves a migrated database; gives the address and the process, and stops it at the end."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    beside = "--worker" if worker else "--no-worker"
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [*COMMAND, "serve", beside, "--port", str(port)],
            cwd=ROOT,
            env=environment_of(settings),
            stdout=written,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            wait_until_ready(address, process, log)
            yield address, process
        finally:
            process.terminate()


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when `/readyz` says so; fails with the log when the process ends or is too slow."""
    give_up = time.monotonic() + PATIENCE
    with httpx.Client(timeout=PATIENCE) as client:
        while time.monotonic() < give_up and process.poll() is None:
            try:
                if client.get(f"{address}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()}")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
