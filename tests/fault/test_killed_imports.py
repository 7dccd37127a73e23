"""`kill -9` of server and worker at any moment of a large import: every row once in the end."""

import contextlib
import datetime as dt
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from app.access.service import open_organization
from app.imports.models import Import, ImportFile, ImportRow
from app.kit.lanes import Lanes, system
from app.kit.queue import Job, JobStatus
from app.kit.settings import Settings
from app.kit.work import Principal
from app.participants.models import ManagerAssignment, Participant
from tests.given.rosters import COLUMNS, person, table
from tests.server import COMMAND, ROOT, environment_of, running_server

pytestmark = pytest.mark.fault

COUNT = 10_000
KILLS = 20
PATIENCE = 120.0
ROSTER = table(*(person(str(n), "" if n == 0 else str(n // 8)) for n in range(COUNT)))
WANTED = {"format": "csv", "content": ROSTER, "mapping": COLUMNS}


@pytest.fixture(name="lanes")
def lanes_beside_the_processes(own_settings: Settings) -> Iterator[Lanes]:
    lanes = Lanes(own_settings)
    yield lanes
    lanes.close()


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [*COMMAND, "worker"], cwd=ROOT, env=environment_of(settings), stderr=subprocess.DEVNULL
    ) as process:
        yield process
        process.kill()


def counted(lanes: Lanes, organization_id: UUID, kind: type) -> int:
    with lanes.unit(system(organization_id), "look") as uow:
        return uow.rows.scalar(
            select(func.count()).select_from(kind).where(kind.organization_id == organization_id)
        )


def leases_run_out(lanes: Lanes, organization_id: UUID) -> None:
    """What half a minute after a kill does by itself."""
    with lanes.unit(system(organization_id), "wait") as uow:
        uow.rows.execute(
            update(Job)
            .where(Job.organization_id == organization_id, Job.status == JobStatus.RUNNING)
            .values(lease_until=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        )


class Client:
    """An HRIS that sends until it is answered: the same request with the same key."""

    def __init__(self, settings: Settings, log: Path, token: str) -> None:
        self.settings, self.log = settings, log
        self.headers = {"Authorization": f"Bearer {token}"}
        self.address = ""
        self.over = threading.Event()
        self.done: dict = {}

    def ask(self, method: str, path: str, key: str | None = None, body: dict | None = None):
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.request(
                    method, f"{self.address}/v1{path}", headers=headers, json=body, timeout=60
                )
                if answer.status_code not in (409, 503) or answer.json()["code"] not in (
                    "idempotency-in-progress", "database-unavailable",
                ):  # fmt: skip
                    return answer
            time.sleep(0.05)
        raise AssertionError(f"{path} is never answered: {self.log.read_text()[-2000:]}")

    def until(self, import_id: str, status: str) -> dict:
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            found = self.ask("GET", f"/imports/{import_id}").json()
            assert found["status"] != "failed", found
            if found["status"] == status:
                return found
            time.sleep(0.1)
        raise AssertionError(f"the import is {found['status']}, not {status}")

    def sync(self) -> None:
        """The whole night: plan, wait, apply, wait."""
        try:
            planned = self.ask("POST", "/imports", "plan", WANTED)
            assert planned.status_code == 202, planned.text
            import_id = planned.json()["id"]
            self.until(import_id, "planned")
            asked = self.ask("POST", f"/imports/{import_id}/apply", "apply", {})
            assert asked.status_code == 202, asked.text
            self.done = self.until(import_id, "applied")
        finally:
            self.over.set()


def test_an_import_that_is_killed_twenty_times_adds_every_row_once(
    lanes: Lanes, own_settings: Settings, tmp_path: Path
) -> None:
    with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
        made, token = open_organization(uow, "Acme", "admin@example.com")
    dice = random.Random(20261125)
    client = Client(own_settings, tmp_path / "server.log", token)
    syncing = threading.Thread(target=client.sync, daemon=True)
    kills = 0
    with contextlib.ExitStack() as processes:
        api: subprocess.Popen[bytes] | None = None
        hand: subprocess.Popen[bytes] | None = None
        while not client.over.is_set() or kills == 0:
            if hand is None:
                leases_run_out(lanes, made.id)
                hand = processes.enter_context(worker(own_settings))
            if api is None:
                client.address, api = processes.enter_context(
                    running_server(own_settings, log=client.log)
                )
                if not syncing.is_alive() and not client.over.is_set():
                    syncing.start()
            # Most moments are the worker's: it does most of the work.
            client.over.wait(0.3 + 2.2 * dice.random())
            if client.over.is_set() or kills >= KILLS:
                client.over.wait(PATIENCE)
                break
            kills += 1
            if dice.random() < 0.6:
                hand.kill()
                hand.wait()
                hand = None
            else:
                api.kill()
                api.wait()
                api = None
        syncing.join(PATIENCE)
    assert client.done.get("status") == "applied", client.done
    assert (client.done["counts"]["added"], client.done["counts"]["outdated"]) == (COUNT, 0)
    assert counted(lanes, made.id, Participant) == COUNT
    assert counted(lanes, made.id, ManagerAssignment) == COUNT - 1
    assert counted(lanes, made.id, ImportRow) == COUNT
    assert (counted(lanes, made.id, Import), counted(lanes, made.id, ImportFile)) == (1, 0)
    with running_server(own_settings, log=client.log) as (client.address, _):
        assert client.ask("GET", "/audit-entries/verify").json()["whole"] is True
        events = client.ask("GET", "/events?type=participants.imported&limit=200").json()["items"]
        assert sum(each["data"]["added_count"] for each in events) == COUNT
        again = client.ask("POST", "/imports", "plan", WANTED)
        assert again.headers["Idempotency-Replayed"] == "true"
    assert kills >= 3, "a kill that comes too late proves nothing"
