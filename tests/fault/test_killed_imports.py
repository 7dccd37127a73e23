"""`kill -9` of server and worker at any moment of a large import: every row once in the end."""

import contextlib
import datetime as dt
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
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
from app.kit.work import Principal, bind_organization
from app.participants.models import ManagerAssignment, Participant
from tests.given.rosters import COLUMNS, person, table
from tests.server import COMMAND, ROOT, environment_of, running_server

pytestmark = pytest.mark.fault

COUNT = 10_000
KILLS = 20
MOST_IMPORTS = 10
PATIENCE = 120.0
LONG = "Weber-Kowalczyk-Papadopoulos"  # so that the file is one that the worker reads
ROSTER = table(*(person(str(n), "" if n == 0 else str(n // 8), family=LONG) for n in range(COUNT)))
WANTED = {"format": "csv", "content": ROSTER, "mapping": COLUMNS}


class Stage(StrEnum):
    """What an import is about; the values of two are their jobs' names."""

    ASKED = "asked"
    READING = "read_import"
    WRITING = "write_import"


ORDER = {stage: place for place, stage in enumerate(Stage)}
RUN_OUT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
VICTIMS = (*("worker",) * 5, "server", "both")
"""Most moments are the worker's: it does most of the work."""
NIGHT = (Stage.ASKED, *(Stage.READING,) * 3, *(Stage.WRITING,) * 3)
"""When one import is killed, unless it is through before."""


@pytest.fixture(name="lanes")
def lanes_beside_the_processes(own_settings: Settings) -> Iterator[Lanes]:
    lanes = Lanes(own_settings)
    yield lanes
    lanes.close()


def counted(lanes: Lanes, organization_id: UUID, kind: type) -> int:
    with lanes.unit(system(organization_id), "look") as uow:
        return uow.rows.scalar(
            select(func.count()).select_from(kind).where(kind.organization_id == organization_id)
        )


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [*COMMAND, "worker"], cwd=ROOT, env=environment_of(settings), stderr=subprocess.DEVNULL
    ) as process:
        yield process
        process.kill()


def leases_run_out(lanes: Lanes, organization_id: UUID) -> None:
    """What half a minute after a kill does by itself."""
    with lanes.unit(system(organization_id), "wait") as uow:
        uow.rows.execute(
            update(Job)
            .where(Job.organization_id == organization_id, Job.status == JobStatus.RUNNING)
            .values(lease_until=RUN_OUT)
        )


class Client:
    """An HRIS that sends until it is answered: the same request with the same key."""

    def __init__(self, house: "House", token: str) -> None:
        self.house = house
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self.over = threading.Event()
        self.asking = 0.0
        """Seconds until the file was taken."""
        self.done: dict = {}

    def ask(self, method: str, path: str, key: str | None = None, body: dict | None = None):
        headers = {"Idempotency-Key": key} if key else {}
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            with contextlib.suppress(httpx.TransportError):
                where = f"{self.house.address}/v1{path}"
                answer = self.http.request(method, where, headers=headers, json=body)
                if answer.status_code not in (409, 503) or answer.json()["code"] not in (
                    "idempotency-in-progress", "database-unavailable",
                ):  # fmt: skip
                    return answer
            time.sleep(0.05)
        raise AssertionError(f"{path} is never answered: {self.house.log.read_text()[-2000:]}")

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
            began = time.monotonic()
            planned = self.ask("POST", "/imports", "plan", WANTED)
            self.asking = time.monotonic() - began
            assert planned.status_code == 202, planned.text
            import_id = planned.json()["id"]
            self.until(import_id, "planned")
            asked = self.ask("POST", f"/imports/{import_id}/apply", "apply", {})
            assert asked.status_code == 202, asked.text
            self.done = self.until(import_id, "applied")
        finally:
            self.over.set()


class House:
    """Server and worker, either of which may be dead; and a view of the database beside them."""

    def __init__(self, settings: Settings, lanes: Lanes, log: Path) -> None:
        self.settings, self.lanes, self.log = settings, lanes, log
        self.processes = contextlib.ExitStack()
        self.address = ""
        self.api: subprocess.Popen[bytes] | None = None
        self.hand: subprocess.Popen[bytes] | None = None

    def stand_up(self, organization_id: UUID) -> None:
        if self.hand is None:
            leases_run_out(self.lanes, organization_id)
            self.hand = self.processes.enter_context(worker(self.settings))
        if self.api is None:
            self.address, self.api = self.processes.enter_context(
                running_server(self.settings, log=self.log)
            )

    def kill(self, *, api: bool, hand: bool) -> None:
        dying = [self.api] * api + [self.hand] * hand
        for process in dying:
            process.kill()
        for process in dying:
            process.wait()
        self.api, self.hand = None if api else self.api, None if hand else self.hand

    def stage(self, organization_id: UUID) -> tuple[Stage, bool]:
        """What the import is about, or was last; and whether somebody works at it."""
        with self.lanes.reading() as rows:
            bind_organization(rows, organization_id)
            found = rows.execute(
                select(Job.name, Job.lease_until)
                .where(Job.organization_id == organization_id, Job.lasting.is_(True))
                .order_by(Job.id.desc())
                .limit(1)
            ).one_or_none()
        if found is None:
            return Stage.ASKED, True
        return Stage(found.name), found.lease_until not in (None, RUN_OUT)

    def seconds_of(self, organization_id: UUID) -> dict[Stage, float]:
        """How long each job of an import took."""
        with self.lanes.unit(system(organization_id), "look") as uow:
            found = uow.rows.execute(
                select(Job.name, Job.started_at, Job.finished_at).where(
                    Job.organization_id == organization_id, Job.lasting.is_(True)
                )
            ).all()
        return {Stage(each.name): (each[2] - each[1]).total_seconds() for each in found}


class Night:
    """One import of a new organization, from its request to the last assertion."""

    def __init__(self, house: House) -> None:
        with house.lanes.unit(Principal(actor="operator"), "create_organization") as uow:
            made, token = open_organization(uow, "Acme", "admin@example.com")
        self.house, self.organization_id = house, made.id
        self.client = Client(house, token)
        self.syncing = threading.Thread(target=self.client.sync, daemon=True)

    def begin(self) -> None:
        self.house.stand_up(self.organization_id)
        self.syncing.start()

    def reaches(self, stage: Stage) -> bool:
        """Waits until somebody is at it; False where it is beyond that, or over."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            now, busy = self.house.stage(self.organization_id)
            if (now is stage and busy) or ORDER[now] > ORDER[stage]:
                return now is stage
            if self.client.over.wait(0.05):
                break
        return False

    def is_whole(self) -> None:
        """Waits for the end: every row once, one import, one event for each row."""
        self.house.stand_up(self.organization_id)
        self.syncing.join(PATIENCE)
        client, lanes, mine = self.client, self.house.lanes, self.organization_id
        assert client.done.get("status") == "applied", client.done
        assert (client.done["counts"]["added"], client.done["counts"]["outdated"]) == (COUNT, 0)
        assert counted(lanes, mine, Participant) == COUNT
        assert counted(lanes, mine, ManagerAssignment) == COUNT - 1
        assert counted(lanes, mine, ImportRow) == COUNT
        assert (counted(lanes, mine, Import), counted(lanes, mine, ImportFile)) == (1, 0)
        assert client.ask("GET", "/audit-entries/verify").json()["whole"] is True
        events = client.ask("GET", "/events?type=participants.imported&limit=200").json()["items"]
        assert sum(each["data"]["added_count"] for each in events) == COUNT
        again = client.ask("POST", "/imports", "plan", WANTED)
        assert again.headers["Idempotency-Replayed"] == "true"
        client.http.close()


def test_imports_that_are_killed_twenty_times_add_every_row_once(
    lanes: Lanes, own_settings: Settings, tmp_path: Path
) -> None:
    dice = random.Random(20261125)
    house = House(own_settings, lanes, tmp_path / "server.log")
    kills: list[tuple[Stage, str]] = []
    with house.processes:
        quiet = Night(house)
        quiet.begin()
        quiet.is_whole()
        # The first file takes a server longer than the next one.
        takes = {Stage.ASKED: quiet.client.asking / 2, **house.seconds_of(quiet.organization_id)}
        for _ in range(MOST_IMPORTS):
            night = Night(house)
            night.begin()
            for wanted in NIGHT:
                house.stand_up(night.organization_id)
                if not night.reaches(wanted):
                    continue
                # Anywhere in what the stage takes where nothing happens.
                if night.client.over.wait(takes[wanted] * dice.random()) or len(kills) >= KILLS:
                    break
                who = "server" if wanted is Stage.ASKED else dice.choice(VICTIMS)
                kills.append((house.stage(night.organization_id)[0], who))
                house.kill(api=who != "worker", hand=who != "server")
            night.is_whole()
            if len(kills) >= KILLS:
                break
    assert len(kills) == KILLS, "a kill that comes too late proves nothing"
    stages = Counter(stage for stage, _ in kills)
    assert stages[Stage.ASKED] >= 1, kills
    assert min(stages[Stage.READING], stages[Stage.WRITING]) >= 4, kills
    assert {who for _, who in kills} == {"server", *VICTIMS}, kills
