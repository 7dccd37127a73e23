"""The bars against other stacks: the server's processor time for a request, on the same table.

Django REST Framework and Flask with SQLAlchemy (benchmarks/peers_web/) read the table that our
server reads, behind gunicorn; they check no key and keep no organizations apart. One process each
on the same processor, interleaved rounds, and all three must give the same person.
"""

import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.kit.settings import Settings
from benchmarks.api import PEOPLE, ROUNDS, Case, Served, furnish, pin, ratio, server
from benchmarks.load import request
from benchmarks.peers import environment

GUNICORN = "gunicorn==27.0.1"


@dataclass(frozen=True, eq=False)
class Peer:
    """Another stack, and how many times less than it ours should need: bar and stretch."""

    name: str
    module: str
    requirements: tuple[str, ...]
    bars: dict[str, tuple[float, float]]


PEERS = (
    Peer("Django REST Framework", "rest_framework_peer",
         ("django==5.2.19", "djangorestframework==3.18.3", GUNICORN),
         {"get": (2, 4), "list": (4, 5)}),
    Peer("Flask + SQLAlchemy", "flask_peer",
         ("flask==3.1.3", "flask-sqlalchemy==3.1.1", "sqlalchemy==2.1.9", GUNICORN),
         {"get": (1.2, 2.2)}),
)  # fmt: skip
Cases = dict[str, Case]

console = Console()


@contextmanager
def gunicorn(python: Path, module: str, database: Path, organization: str) -> Iterator[Served]:
    """A worker that keeps connections open, on the first processor as ours is.

    It has one thread: with four, a request costs it a third more.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(python), "-m", "gunicorn", f"{module}:application", "--bind", f"127.0.0.1:{port}",
         "--worker-class", "gthread", "--log-level", "warning"],
        cwd=Path(__file__).parent / "peers_web",
        env={**os.environ, "PEER_DATABASE": str(database), "PEER_ORGANIZATION": organization},
        preexec_fn=lambda: pin(0),  # noqa: PLW1509  before exec, nothing else runs in it
    )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            answered(client, "/participants", patience=15)
        # the first process only watches its worker, which does the work
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        yield Served(port, int(children.split()[0]))
    finally:
        process.terminate()
        process.wait(timeout=20)


def answered(client: httpx.Client, path: str, patience: float = 0) -> dict[str, Any]:
    give_up = time.monotonic() + patience
    while True:
        try:
            answer = client.get(path)
            break
        except httpx.ConnectError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def facts(served: Served, path: str, token: str | None = None) -> dict[str, Any]:
    """A person as a server tells it; only moments may be written in their own way."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(base_url=f"http://127.0.0.1:{served.port}", headers=headers) as client:
        found = answered(client, path)
    return {key: value for key, value in found.items() if not key.endswith("_at")}


def cases(served: Served, prefix: str, person: str, token: str | None = None) -> Cases:
    return {
        "get": Case(served, [request("GET", f"{prefix}/{person}", token=token)], 200),
        "list": Case(served, [request("GET", f"{prefix}?limit=50", token=token)], 200),
    }


def measure(database: Path) -> tuple[Cases, dict[Peer, Cases]]:
    """Interleaved rounds of ours and of each peer that can be installed here."""
    lite = Settings(database_url=f"sqlite:///{database}")
    furnished = furnish(lite, min(PEOPLE, 100_000))
    environ = {
        "REMENTOR_DATABASE_URL": lite.database_url,
        "REMENTOR_REQUESTS_PER_MINUTE": "100000000",
    }
    where, person, token = "/v1/participants", furnished.person, furnished.token
    with ExitStack() as processes:
        api = processes.enter_context(server("app.main:create_app", environ, factory=True))
        ours, wanted = cases(api, where, person, token), facts(api, f"{where}/{person}", token)
        theirs = {}
        for peer in PEERS:
            python = environment(peer.module, peer.requirements)
            if isinstance(python, dict):
                console.print(f"{peer.name} is not measured: {python['failed']}")
                continue
            served = processes.enter_context(
                gunicorn(python, peer.module, database, furnished.organization)
            )
            told = facts(served, f"/participants/{person}")
            assert told == wanted, f"{peer.name} tells another person: {told}"
            theirs[peer] = cases(served, "/participants", person)
        for _ in track(range(ROUNDS), "rounds", console=console):
            for each in (ours, *theirs.values()):
                for case in each.values():
                    case.run()
    return ours, theirs


def main() -> None:
    """Measure, print, and leave with 1 where a bar is missed."""
    pin(1)
    table = Table("what", "times less", "bar", "stretch", "theirs, ours", title="Rivals")
    missed = 0
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = measure(Path(scratch) / "bench.sqlite3")
    for peer, kinds in theirs.items():
        for kind, case in kinds.items():
            times = ratio(case.microseconds, ours[kind].microseconds)
            bar, stretch = peer.bars.get(kind, (0, 0))
            missed += times < bar
            shown = f"[{'green' if times >= bar else 'red'}]{times:.2f}"
            medians = [statistics.median(each.microseconds) for each in (case, ours[kind])]
            table.add_row(
                f"{peer.name}: {kind}", shown, *(f"≥ {bar}", f"≥ {stretch}") if bar else ("", ""),
                "{:,.0f} µs, {:,.0f} µs".format(*medians),
            )  # fmt: skip
    console.print(table)
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
