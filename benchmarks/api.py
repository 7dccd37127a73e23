"""The bars of the API: each figure beside its bar and the reference measured in the same run.

H is the throughput of a one-route FastAPI application under the same flags (benchmarks/hello.py).
Rounds are interleaved, so that a slow moment of the machine meets all of them; medians are printed.
"""

import datetime as dt
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import insert

from app.access.service import open_organization
from app.kit.database import uuid7
from app.kit.lanes import Lanes, system
from app.kit.migrating import migrate, owner_engine
from app.kit.settings import Settings
from app.kit.work import Principal
from app.participants.models import EmploymentStatus, Participant
from app.participants.schemas import WORKING_WEEK
from benchmarks.load import Figures, load, request
from tests.postgres import running_cluster

ROUNDS = int(os.environ.get("REMENTOR_BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("REMENTOR_BENCH_SECONDS", "1.5"))
PEOPLE = int(os.environ.get("REMENTOR_BENCH_PEOPLE", "1000000"))
POSTED = json.dumps(
    {"given_name": "Rosa", "family_name": "Weber", "time_zone": "Europe/Rome", "languages": ["en"]}
).encode()

PROCESSORS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
"""Those that may be used; asked before anything is pinned, since a pinned process knows of one."""

console = Console()


@dataclass(frozen=True)
class Served:
    """A running server process."""

    port: int
    pid: int

    def processor_seconds(self) -> float:
        """What the process has used so far, user and system; 0 where /proc does not tell."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(app: str, environment: dict[str, str], *, factory: bool) -> Iterator[Served]:
    """One uvicorn process, on the first processor where the machine has two."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log"]
    command += ["--log-level", "warning", *(["--factory"] if factory else [])]
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment, "REMENTOR_LOG_LEVEL": "WARNING"},
        preexec_fn=lambda: pin(0),  # noqa: PLW1509  before exec, nothing else runs in it
    )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def pin(processor: int) -> None:
    """Keep this process, and those it starts, on one processor, where the machine has two."""
    if len(PROCESSORS) > 1:
        os.sched_setaffinity(0, {PROCESSORS[processor]})


@dataclass(frozen=True)
class Furnished:
    """What the requests of a benchmark need to know of a database."""

    organization: str
    token: str
    person: str
    deep_cursor: str
    """The cursor behind 95 of 100 people, newest first."""


def opened(lanes: Lanes) -> tuple[uuid.UUID, str]:
    """The id of a new organization, and its administrator's API key."""
    with lanes.unit(Principal(actor="operator"), "bench") as uow:
        made, token = open_organization(uow, "Bench", "bench@example.com")
    return made.id, token


def furnish(settings: Settings, people: int) -> Furnished:
    """A migrated database with so many people."""
    migrate(settings)
    lanes = Lanes(settings)
    organization, token = opened(lanes)
    now = dt.datetime.now(dt.UTC)
    ids: list[uuid.UUID] = []
    for start in track(range(0, people, 20_000), f"{people:,} people", console=console):
        rows: list[dict[str, Any]] = [
            {
                "organization_id": organization,
                "id": uuid7(),
                "external_id": f"W-{start + offset}",
                "given_name": f"Given{offset}",
                "family_name": f"Family{start}",
                "sort_name": f"family{start} given{offset}",
                "work_email": f"w{start + offset}@example.com",
                "job_title": "Engineer",
                "job_level": offset % 10,
                "department": f"D{offset % 20}",
                "location": "Rome",
                "time_zone": "Europe/Rome",
                "languages": ["en", "it"],
                "employment_status": EmploymentStatus.ACTIVE,
                "availability": WORKING_WEEK,
                "labels": {},
                "created_at": now,
                "updated_at": now,
                "version": 1,
            }
            for offset in range(min(20_000, people - start))
        ]
        with lanes.unit(system(organization), "bench") as uow:
            uow.rows.execute(insert(Participant), rows)
        ids += [row["id"] for row in rows]
    with owner_engine(settings).begin() as owner:
        owner.exec_driver_sql("ANALYZE")  # as autovacuum does in time; else the planner guesses
    place = ids[people // 20]
    with lanes.reading() as at_hand:
        cursors = lanes.cursors(at_hand)
    deep = cursors.write([place, place], f"{organization}participants-created_at")
    lanes.close()
    return Furnished(str(organization), token, str(place), deep)


def settled(figures: Figures, *expected: int) -> float:
    """Requests per second; a benchmark that measured errors must stop."""
    wrong = {status: n for status, n in figures.statuses.items() if status not in expected}
    assert not wrong, f"unexpected answers: {figures.statuses}"
    return figures.per_second


def ratio(over: list[float], under: list[float]) -> float:
    """The median of the ratios round by round: what slows one round slows both."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


@dataclass
class Case:
    """One kind of request: its throughput, and the server's processor time for each, by round."""

    server: Served
    sends: list[bytes]
    expected: int
    per_second: list[float] = field(default_factory=list)
    microseconds: list[float] = field(default_factory=list)

    def run(self) -> None:
        before = self.server.processor_seconds()
        figures = load(self.server.port, self.sends, SECONDS)
        self.per_second.append(settled(figures, self.expected))
        spent = self.server.processor_seconds() - before
        self.microseconds.append(spent / figures.count * 1e6)


@dataclass
class Bars:
    """The table of figures beside their bars."""

    table: Table = field(
        default_factory=lambda: Table(
            "what", "figure", "bar", "stretch", "by processor time", "reference of this run",
            title="API",
        )
    )  # fmt: skip
    missed: int = 0

    def row(
        self, what: str, case: Case, reference: Case, bar: float, stretch: float, words: str
    ) -> None:
        """Throughput against the reference: at least the bar."""
        figure = ratio(case.per_second, reference.per_second)
        processor = ratio(reference.microseconds, case.microseconds)
        self._add(what, figure, figure >= bar, f"≥ {bar}", f"≥ {stretch}", processor, words)

    def cost(
        self, what: str, case: Case, reference: Case, bar: float, stretch: float, words: str
    ) -> None:
        """How many times the reference's time it takes: at most the bar."""
        figure = ratio(reference.per_second, case.per_second)
        processor = ratio(case.microseconds, reference.microseconds)
        self._add(what, figure, figure <= bar, f"≤ {bar}", f"≤ {stretch}", processor, words)

    def _add(
        self,
        what: str,
        figure: float,
        holds: bool,
        bar: str,
        stretch: str,
        processor: float,
        words: str,
    ) -> None:
        self.missed += not holds
        colour = "green" if holds else "red"
        shown = f"[{colour}]{figure:.3f}[/{colour}]"
        self.table.add_row(what, shown, bar, stretch, f"{processor:.3f}", words)


def main() -> None:
    """Measure, print, and leave with 1 where a bar is missed."""
    pin(1)
    bars = Bars()
    with tempfile.TemporaryDirectory() as scratch, running_cluster(durable=True) as cluster:
        lite = Settings(database_url=f"sqlite:///{Path(scratch) / 'bench.sqlite3'}")
        urls = cluster.make_database("bench")
        post = Settings(database_url=urls.app, migration_url=urls.owner)
        for name, settings, people, by_id, listed in (
            ("SQLite", lite, PEOPLE, (0.25, 0.40), (0.12, 0.20)),
            ("PostgreSQL", post, PEOPLE, (0.14, 0.22), (0.08, 0.13)),
        ):
            furnished = furnish(settings, people)
            environment = {
                "REMENTOR_DATABASE_URL": settings.database_url,
                "REMENTOR_REQUESTS_PER_MINUTE": "100000000",
            }
            with (
                server("benchmarks.hello:app", {}, factory=False) as hello,
                server("app.main:create_app", environment, factory=True) as api,
            ):
                found = measure(hello, api, furnished)
            h = f"H = {statistics.median(found['hello'].per_second):,.0f}/s"
            noop = f"no-op POST = {statistics.median(found['noop'].per_second):,.0f}/s"
            rows = f"{statistics.median(found['list'].per_second):,.0f}/s of {people:,} rows"
            bars.row(f"{name}: get one by id", found["get"], found["hello"], *by_id, h)
            bars.row(f"{name}: list of 50", found["list"], found["hello"], *listed, h)
            # the bar is for SQLite; PostgreSQL syncs every commit to the disk here
            wanted = (0.18, 0.30) if name == "SQLite" else (0.0, 0.30)
            bars.row(f"{name}: post one, 16 clients", found["post"], found["noop"], *wanted, noop)
            bars.cost(
                f"{name}: page at 95 % against page 1", found["deep"], found["list"], 1.5, 1.1, rows
            )
            if name == "SQLite":
                bars.cost(
                    "routing: last against first", found["last"], found["first"], 1.5, 1.15, "401"
                )
                bars.cost("routing: unknown path", found["unknown"], found["hello"], 3, 2, h)
    console.print(bars.table)
    raise SystemExit(1 if bars.missed else 0)


def measure(hello: Served, api: Served, furnished: Furnished) -> dict[str, Case]:
    """Interleaved rounds of every case."""
    token, people = furnished.token, "/v1/participants"
    deep = f"{people}?limit=50&cursor={furnished.deep_cursor}"
    cases = {
        "hello": Case(hello, [request("GET", "/hello")], 200),
        "noop": Case(hello, [request("POST", "/noop", body=POSTED)], 201),
        "get": Case(api, [request("GET", f"{people}/{furnished.person}", token=token)], 200),
        "list": Case(api, [request("GET", f"{people}?limit=50", token=token)], 200),
        "deep": Case(api, [request("GET", deep, token=token)], 200),
        "post": Case(api, [request("POST", people, token=token, body=POSTED)], 201),
        "first": Case(api, [request("GET", "/v1/organizations/x")], 401),
        "last": Case(api, [request("GET", "/v1/survey-waves/x")], 401),
        "unknown": Case(api, [request("GET", "/v1/nothing-of-the-kind")], 404),
    }
    for _ in track(range(ROUNDS), "rounds", console=console):
        for case in cases.values():
            case.run()
    return cases


if __name__ == "__main__":
    main()
