"""The worker as a process: it works beside a server, ends with it, and ends when it is told to."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from sqlalchemy import select

from app.access.service import open_organization
from app.kit.lanes import Lanes, system
from app.kit.queue import Progress
from app.kit.settings import Settings
from app.kit.work import Principal
from tests.server import COMMAND, ROOT, environment_of, running_server

pytestmark = pytest.mark.fault

PATIENCE = 60.0


def organization(lanes: Lanes) -> UUID:
    with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
        return open_organization(uow, "Acme", "admin@example.com")[0].id


def wait_for(what, why: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up, why
        time.sleep(0.1)


def has_worked(lanes: Lanes, organization_id: UUID) -> bool:
    """Whether a worker has been round this organization."""
    with lanes.unit(system(organization_id), "look") as uow:
        ran = select(Progress.ran_at).where(Progress.organization_id == organization_id)
        return any(uow.rows.scalars(ran))


@pytest.fixture(name="lanes")
def lanes_beside_the_processes(own_settings: Settings) -> Iterator[Lanes]:
    lanes = Lanes(own_settings)
    yield lanes
    lanes.close()


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return [each for each in psutil.Process(process.pid).children() if "worker" in each.cmdline()]


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_worker_beside_a_server_works_and_ends_with_it(
    lanes: Lanes, own_settings: Settings, tmp_path: Path, sign: signal.Signals
) -> None:
    log = tmp_path / "server.log"
    with running_server(own_settings, log=log, worker=True) as (_, process):
        (worker,) = workers_of(process)
        made = organization(lanes)
        wait_for(lambda: has_worked(lanes, made), "the worker does nothing")
        process.send_signal(sign)
        process.wait(PATIENCE)
        wait_for(lambda: not alive(worker), "the worker has outlived its server")
    assert "Traceback" not in log.read_text()


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@contextmanager
def worker_process(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [*COMMAND, "worker"], cwd=ROOT, env=environment_of(settings), stderr=subprocess.PIPE
    ) as process:
        yield process
        process.kill()


def test_a_worker_of_its_own_ends_well_when_it_is_told_to(
    lanes: Lanes, own_settings: Settings
) -> None:
    made = organization(lanes)
    with worker_process(own_settings) as process:
        wait_for(lambda: has_worked(lanes, made), "the worker does nothing")
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert b"Traceback" not in process.stderr.read()


def test_two_workers_share_what_there_is_to_do(lanes: Lanes, own_settings: Settings) -> None:
    with worker_process(own_settings), worker_process(own_settings):
        for _ in range(3):
            made = organization(lanes)
            wait_for(lambda made=made: has_worked(lanes, made), "the workers do nothing")


def test_a_worker_refuses_a_database_it_does_not_know(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/empty.sqlite3")
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "worker"],
        cwd=ROOT,
        env=environment_of(settings),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"rementor migrate" in done.stderr
