"""What others feel while the server thinks: `python -m benchmarks.beside`, a part of `make bench`.

One client reads one person after the other. Beside it, another has pairs proposed for a cohort of
300 by 300 in the request (the largest that is not left to a worker), then asks for its impact, both
again and again. The reference is the first client alone, in the same run.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from rich.table import Table

from app.kit.lanes import Lanes
from app.kit.migrating import migrate
from app.kit.settings import Settings
from benchmarks.api import console, opened, server
from benchmarks.importing import MAPPING, Bars, Neighbour, answered, roster
from tests.postgres import running_cluster

SIDE = 300
"""Mentors, and mentees."""
SECONDS = 10.0
MOST = 10.0
"""Times the idle p99: the bar."""


def main() -> None:
    """Measure, print, and leave with 1 where a bar is missed."""
    columns = ("what", "figure", "bar", "reference of this run")
    bars = Bars(Table(*columns, title="Beside long work"))
    with tempfile.TemporaryDirectory() as scratch, running_cluster(durable=True) as cluster:
        lite = Settings(database_url=f"sqlite:///{Path(scratch) / 'bench.sqlite3'}")
        urls = cluster.make_database("bench")
        post = Settings(database_url=urls.app, migration_url=urls.owner)
        measure(bars, "SQLite", lite)
        measure(bars, "PostgreSQL", post)
    console.print(bars.table)
    raise SystemExit(1 if bars.missed else 0)


def measure(bars: Bars, name: str, settings: Settings) -> None:
    """One database: alone, beside matching, beside reports."""
    migrate(settings)
    lanes = Lanes(settings)
    _, token = opened(lanes)
    lanes.close()
    environment = {
        "REMENTOR_DATABASE_URL": settings.database_url,
        "REMENTOR_REQUESTS_PER_MINUTE": "100000000",
    }
    with (
        server("app.main:create_app", environment, factory=True) as api,
        httpx.Client(
            base_url=f"http://127.0.0.1:{api.port}/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=600,
        ) as client,
    ):
        running, somebody = furnished(client)
        where = f"http://127.0.0.1:{api.port}/v1/participants/{somebody}"

        def felt(work: Callable[[], object] | None) -> tuple[float, int]:
            """The reader's p99 in seconds, and how often the work was done meanwhile."""
            reader, done, until = Neighbour(where, token), 0, time.monotonic() + SECONDS
            with reader.reading():
                while time.monotonic() < until:
                    if work is None:
                        time.sleep(SECONDS / 10)
                    else:
                        work()
                        done += 1
            return reader.slowest_of_a_hundred(), done

        proposing = {"cohort_id": running, "dry_run": True}
        idle, _ = felt(None)
        matching, runs = felt(lambda: answered(client.post("/pairings/propose", json=proposing)))
        reporting, reports = felt(lambda: answered(client.get(f"/impact/cohorts/{running}")))
    told = f"idle {idle * 1000:.1f} ms"
    bars.at_most(f"{name}: p99 beside {runs} match runs of {SIDE} by {SIDE}", matching / idle,
                 MOST, told)  # fmt: skip
    bars.at_most(f"{name}: p99 beside {reports} impact reports", reporting / idle, MOST, told)


def furnished(client: httpx.Client) -> tuple[str, str]:
    """A running cohort with pairs; its id, and the id of somebody."""
    wanted = {"format": "csv", "content": roster(SIDE * 4), "mapping": MAPPING}
    answered(client.post("/participants/import", json=wanted))
    purpose = {"name": "Digital skills", "purpose": "Senior managers learn daily digital tools."}
    program = answered(client.post("/programs", json=purpose))
    plan = {"program_id": program["id"], "name": "Spring", "starts_on": "2026-03-30"}
    running: str = answered(client.post("/cohorts", json=plan))["id"]
    for step in ("open-enrollment", "launch"):
        answered(client.post(f"/cohorts/{running}/{step}"))
    somebody = ""
    for role, levels in (("mentor", (0, 3)), ("mentee", (6, 9))):
        people = chosen(client, *levels)
        somebody = people[0]["id"]
        items = [
            {"participant_id": each["id"], "role": role, "consent_source": "Works agreement"}
            for each in people
        ]
        answered(client.post(f"/cohorts/{running}/enroll", json={"items": items}))
    proposed = answered(client.post("/pairings/propose", json={"cohort_id": running}))
    answered(client.post(f"/match-runs/{proposed['id']}/publish"))
    return running, somebody


def chosen(client: httpx.Client, lowest: int, highest: int) -> list[dict[str, Any]]:
    """So many people of these job levels."""
    asked: dict[str, Any] = {"job_level_from": lowest, "job_level_to": highest, "limit": 200}
    found: list[dict[str, Any]] = []
    while len(found) < SIDE:
        page = answered(client.get("/participants", params=asked))
        found += page["items"]
        asked["cursor"] = page["next_cursor"]
    return found[:SIDE]


if __name__ == "__main__":
    main()
