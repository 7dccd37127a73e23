"""The bars of a large import: `python -m benchmarks.importing`, the last part of `make bench`.

A file of 100 000 people is planned and applied by a server and a worker, as an HRIS would have it
done; the reference is a plain executemany of the same rows (people and their managers) on the same
database, in the same run. Meanwhile another client reads one person after the other.
"""

import datetime as dt
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from app.kit.database import uuid7
from app.kit.lanes import Lanes, system
from app.kit.migrating import migrate
from app.kit.settings import Settings
from app.participants.models import EmploymentStatus, ManagerAssignment, Participant
from app.participants.schemas import WORKING_WEEK
from benchmarks.api import opened, server
from tests.postgres import running_cluster

PEOPLE = int(os.environ.get("REMENTOR_BENCH_IMPORTED", "100000"))
IN_ONE_REQUEST = 20_000
MOST_MEGABYTES = 400
SPAN = 8
"""People below each manager."""
HEADING = "ID,Given,Family,Email,Title,Level,Unit,Place,Zone,Speaks,Boss\n"
MAPPING = {
    "external_id": {"column": "ID"}, "given_name": {"column": "Given"},
    "family_name": {"column": "Family"}, "work_email": {"column": "Email"},
    "job_title": {"column": "Title"}, "job_level": {"column": "Level"},
    "department": {"column": "Unit"}, "location": {"column": "Place"},
    "time_zone": {"column": "Zone"}, "languages": {"column": "Speaks"},
    "manager_external_id": {"column": "Boss"},
}  # fmt: skip

console = Console()


def roster(people: int) -> str:
    """The file."""
    rows = (
        f"W-{n},Given{n},Family{n},w{n}@example.com,Engineer,{n % 10},D{n % 20},Rome,Europe/Rome,"
        f"en;it,{f'W-{n // SPAN}' if n else ''}\n"
        for n in range(people)
    )
    return HEADING + "".join(rows)


def executemany(lanes: Lanes, people: int) -> float:
    """Seconds that the same rows take with nothing around them."""
    organization, _ = opened(lanes)
    now, ids = dt.datetime.now(dt.UTC), [uuid7() for _ in range(people)]
    common: dict[str, Any] = {
        "organization_id": organization, "created_at": now, "updated_at": now, "version": 1,
    }  # fmt: skip
    rows = [
        {
            **common, "id": ids[n], "external_id": f"W-{n}", "given_name": f"Given{n}",
            "family_name": f"Family{n}", "sort_name": f"family{n} given{n}",
            "work_email": f"w{n}@example.com", "job_title": "Engineer", "job_level": n % 10,
            "department": f"D{n % 20}", "location": "Rome", "time_zone": "Europe/Rome",
            "languages": ["en", "it"], "employment_status": EmploymentStatus.ACTIVE,
            "availability": WORKING_WEEK, "labels": {}, "manager_id": ids[n // SPAN] if n else None,
        }
        for n in range(people)
    ]  # fmt: skip
    managed = [
        {**common, "id": uuid7(), "participant_id": ids[n], "manager_id": ids[n // SPAN],
         "from_on": now.date()}
        for n in range(1, people)
    ]  # fmt: skip
    started = time.perf_counter()
    with lanes.unit(system(organization), "bench") as uow:
        uow.rows.execute(insert(Participant), rows)
        uow.rows.execute(insert(ManagerAssignment), managed)
    return time.perf_counter() - started


@contextmanager
def working(settings: Settings) -> Iterator[int]:
    """A worker process; gives its number."""
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker"],
        env={**os.environ, "REMENTOR_DATABASE_URL": settings.database_url,
             "REMENTOR_LOG_LEVEL": "WARNING"},
    ) as process:  # fmt: skip
        try:
            yield process.pid
        finally:
            process.terminate()


def peak_megabytes(pid: int) -> float:
    """The most memory a process has ever had; 0 where /proc does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    (line,) = [each for each in status.read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


@dataclass
class Neighbour:
    """Another client, who reads a person fifty times a second."""

    address: str
    token: str
    over: threading.Event = field(default_factory=threading.Event)
    latencies: list[float] = field(default_factory=list)

    def read_on(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(headers=headers) as client:
            while not self.over.wait(0.02):
                began = time.perf_counter()
                answered(client.get(self.address))
                self.latencies.append(time.perf_counter() - began)

    @contextmanager
    def reading(self) -> Iterator[None]:
        thread = threading.Thread(target=self.read_on)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join()

    def slowest_of_a_hundred(self) -> float:
        ordered = sorted(self.latencies)
        return ordered[int(len(ordered) * 0.99)]


@dataclass
class Bars:
    """Figures beside their bars."""

    table: Table = field(
        default_factory=lambda: Table("what", "figure", "bar", "reference of this run",
                                      title="Import")
    )  # fmt: skip
    missed: int = 0

    def at_most(self, what: str, figure: float, bar: float | None, words: str) -> None:
        holds = bar is None or figure <= bar
        self.missed += not holds
        shown = f"[{'green' if holds else 'red'}]{figure:.2f}"
        self.table.add_row(what, shown, "" if bar is None else f"≤ {bar}", words)


def main() -> None:
    """Measure, print, and leave with 1 where a bar is missed."""
    bars = Bars()
    with tempfile.TemporaryDirectory() as scratch, running_cluster(durable=True) as cluster:
        lite = Settings(database_url=f"sqlite:///{Path(scratch) / 'bench.sqlite3'}")
        urls = cluster.make_database("bench")
        post = Settings(database_url=urls.app, migration_url=urls.owner)
        measure(bars, "SQLite", lite, 4)
        measure(bars, "PostgreSQL", post, None)
    console.print(bars.table)
    raise SystemExit(1 if bars.missed else 0)


def measure(bars: Bars, name: str, settings: Settings, bar: float | None) -> None:
    """One database: the reference, then the import with everything around it."""
    migrate(settings)
    lanes = Lanes(settings)
    _, token = opened(lanes)
    plain = executemany(lanes, PEOPLE)
    small = executemany(lanes, IN_ONE_REQUEST)
    environment = {
        "REMENTOR_DATABASE_URL": settings.database_url,
        "REMENTOR_REQUESTS_PER_MINUTE": "100000000",
    }
    with (
        server("app.main:create_app", environment, factory=True) as api,
        working(settings) as worker,
        httpx.Client(
            base_url=f"http://127.0.0.1:{api.port}/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=600,
        ) as client,
    ):
        person = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "Europe/Rome"}
        known = answered(client.post("/participants", json=person))["id"]
        where = f"http://127.0.0.1:{api.port}/v1/participants/{known}"
        idle, meanwhile = Neighbour(where, token), Neighbour(where, token)
        with idle.reading():
            time.sleep(5)
        wanted = {"format": "csv", "content": roster(PEOPLE), "mapping": MAPPING}
        with meanwhile.reading():
            started = time.perf_counter()
            plan = answered(client.post("/imports", json=wanted))
            until(client, plan["id"], "planned")
            planned = time.perf_counter()
            answered(client.post(f"/imports/{plan['id']}/apply", json={}))
            done = until(client, plan["id"], "applied")
            applied = time.perf_counter()
        assert done["counts"]["added"] == PEOPLE, done
        memory = max(peak_megabytes(worker), peak_megabytes(api.pid))
    with (
        server("app.main:create_app", environment, factory=True) as api,
        httpx.Client(base_url=f"http://127.0.0.1:{api.port}/v1", timeout=600) as client,
    ):
        _, other = opened(lanes)
        wanted |= {"content": roster(IN_ONE_REQUEST)}
        began = time.perf_counter()
        bearer = {"Authorization": f"Bearer {other}"}
        answered(client.post("/participants/import", json=wanted, headers=bearer))
        at_once = time.perf_counter() - began
    lanes.close()
    told = f"executemany {plain:.1f} s"
    bars.at_most(f"{name}: {PEOPLE:,} planned rows to committed", (applied - planned) / plain,
                 bar, told)  # fmt: skip
    bars.at_most(f"{name}: file to plan", (planned - started) / plain, None, told)
    bars.at_most(f"{name}: {IN_ONE_REQUEST:,} in one request, file to answer", at_once / small,
                 bar, f"executemany {small:.1f} s")  # fmt: skip
    bars.at_most(f"{name}: peak of server and worker, MB", memory, MOST_MEGABYTES, "")
    before, after = idle.slowest_of_a_hundred(), meanwhile.slowest_of_a_hundred()
    bars.at_most(f"{name}: another client's p99", after / before, 10,
                 f"idle {before * 1000:.1f} ms")  # fmt: skip


def until(client: httpx.Client, import_id: str, status: str) -> dict[str, Any]:
    while True:
        found = answered(client.get(f"/imports/{import_id}"))
        if found["status"] == status:
            return found
        assert found["status"] in ("reading", "planned", "applying"), found
        time.sleep(0.1)


def answered(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


if __name__ == "__main__":
    main()
