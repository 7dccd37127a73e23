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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import insert

from app.access.service import open_organization
from app.kit.database import uuid7
from app.kit.lanes import Lanes, system
from app.kit.migrating import migrate
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

console = Console()


@contextmanager
def server(app: str, environment: dict[str, str], *, factory: bool) -> Iterator[int]:
    """One uvicorn process, on the first processor where the machine has two; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log"]
    command += ["--log-level", "warning", *(["--factory"] if factory else [])]
    process = subprocess.Popen(  # noqa: S603  our own interpreter
        command,
        env={**os.environ, **environment, "REMENTOR_LOG_LEVEL": "WARNING"},
        preexec_fn=lambda: _pin(0),  # noqa: PLW1509  before exec, nothing else runs in it
    )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _pin(processor: int) -> None:
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[processor]})


@dataclass(frozen=True)
class Furnished:
    """What the requests of a benchmark need to know of a database."""

    token: str
    person: str
    deep_cursor: str
    """The cursor behind 95 of 100 people, newest first."""


def furnish(settings: Settings, people: int) -> Furnished:
    """A migrated database with so many people."""
    migrate(settings)
    lanes = Lanes(settings)
    with lanes.unit(Principal(actor="operator"), "bench") as uow:
        organization, token = open_organization(uow, "Bench", "bench@example.com")
    now = dt.datetime.now(dt.UTC)
    ids: list[uuid.UUID] = []
    for start in track(range(0, people, 20_000), f"{people:,} people", console=console):
        rows: list[dict[str, Any]] = [
            {
                "organization_id": organization.id,
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
        with lanes.unit(system(organization.id), "bench") as uow:
            uow.rows.execute(insert(Participant), rows)
        ids += [row["id"] for row in rows]
    place = ids[people // 20]
    deep = lanes.cursors.write([place, place], f"{organization.id}participants-created_at")
    lanes.close()
    return Furnished(token, str(place), deep)


def settled(figures: Figures, *expected: int) -> float:
    """Requests per second; a benchmark that measured errors must stop."""
    wrong = {status: n for status, n in figures.statuses.items() if status not in expected}
    assert not wrong, f"unexpected answers: {figures.statuses}"
    return figures.per_second


def median_ratio(over: list[float], under: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def main() -> None:
    """Measure, print, and leave with 1 where a bar is missed."""
    _pin(1)
    table = Table("what", "figure", "bar", "stretch", "reference of this run", title="API")
    missed = 0

    def row(what: str, figure: float, bar: float, stretch: float, reference: str) -> None:
        nonlocal missed
        holds = figure >= bar if bar < 1 else figure <= bar
        missed += not holds
        colour = "green" if holds else "red"
        sign = "≥" if bar < 1 else "≤"
        table.add_row(
            what, f"[{colour}]{figure:.3f}", f"{sign} {bar}", f"{sign} {stretch}", reference
        )

    with tempfile.TemporaryDirectory() as scratch, running_cluster(durable=True) as cluster:
        lite = Settings(database_url=f"sqlite:///{Path(scratch) / 'bench.sqlite3'}")
        urls = cluster.make_database("bench")
        post = Settings(database_url=urls.app, migration_url=urls.owner)
        for name, settings, people, bars in (
            ("SQLite", lite, PEOPLE, ((0.25, 0.40), (0.12, 0.20))),
            ("PostgreSQL", post, max(PEOPLE // 10, 1000), ((0.14, 0.22), (0.08, 0.13))),
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
                measured = measure(hello, api, furnished)
            h = f"H = {statistics.median(measured['hello']):,.0f}/s"
            by_id, listed = (
                median_ratio(measured[it], measured["hello"]) for it in ("get", "list")
            )
            row(f"{name}: get one by id", by_id, *bars[0], h)
            row(f"{name}: list of 50", listed, *bars[1], h)
            row(
                f"{name}: post one, 16 clients",
                median_ratio(measured["post"], measured["noop"]),
                0.18,
                0.30,
                f"no-op POST = {statistics.median(measured['noop']):,.0f}/s",
            )
            row(
                f"{name}: page at 95 % against page 1",
                median_ratio(measured["list"], measured["deep"]),
                1.5,
                1.1,
                f"page 1 = {statistics.median(measured['list']):,.0f}/s of {people:,} rows",
            )
            if name == "SQLite":
                first, last = measured["first"], measured["last"]
                row(
                    "routing: last route against first", median_ratio(first, last), 1.5, 1.15, "401"
                )
                unknown = median_ratio(measured["hello"], measured["unknown"])
                row("routing: unknown path against hello", unknown, 3, 2, h)
    console.print(table)
    raise SystemExit(1 if missed else 0)


def measure(hello: int, api: int, furnished: Furnished) -> dict[str, list[float]]:
    """Interleaved rounds of every case; requests per second of each."""
    token, people = furnished.token, "/v1/participants"
    deep = f"{people}?limit=50&cursor={furnished.deep_cursor}"
    cases: list[tuple[str, int, list[bytes], int]] = [
        ("hello", hello, [request("GET", "/hello")], 200),
        ("noop", hello, [request("POST", "/noop", body=POSTED)], 201),
        ("get", api, [request("GET", f"{people}/{furnished.person}", token=token)], 200),
        ("list", api, [request("GET", f"{people}?limit=50", token=token)], 200),
        ("deep", api, [request("GET", deep, token=token)], 200),
        ("post", api, [request("POST", people, token=token, body=POSTED)], 201),
        ("first", api, [request("GET", "/v1/organizations/x")], 401),
        ("last", api, [request("GET", "/v1/leaves/x")], 401),
        ("unknown", api, [request("GET", "/v1/nothing-of-the-kind")], 404),
    ]
    found: dict[str, list[float]] = {name: [] for name, *_ in cases}
    for _ in track(range(ROUNDS), "rounds", console=console):
        for name, port, sends, expected in cases:
            found[name].append(settled(load(port, sends, SECONDS), expected))
    return found


if __name__ == "__main__":
    main()
