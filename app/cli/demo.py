"""The demo: a real server on a database of its own, and the whole story of a program over HTTP."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from app.cli.story import Story
from app.client.transport import Transport

START_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A server that was started for the demo."""

    address: str
    organization_id: str
    token: str
    database: Path
    log: Path


def demo(
    keep: Annotated[
        Path | None, typer.Option(help="A folder for database and log; a temporary one otherwise.")
    ] = None,
) -> None:
    """Walk a whole program, from roster to measured outcome, on a company of 600 people."""
    console = Console()
    folder = keep or Path(tempfile.mkdtemp(prefix="rementor-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    console.print("[bold]Rementor: a reverse mentoring program, told over HTTP[/bold]")
    with server(folder) as running, Transport(f"{running.address}/v1", running.token) as client:
        console.print(f"The server listens on {running.address}.\n")
        Story(client, running.address, running.organization_id, console).tell()
    rementor = Path(sys.executable).with_name("rementor")
    console.print(
        f"\nDone in {time.monotonic() - started:.0f} seconds."
        f"\nThe database: {running.database}\nThe log:      {running.log}"
        f"\nLook around:  REMENTOR_DATABASE_URL=sqlite:///{running.database} {rementor} serve"
        f"\n              and open http://127.0.0.1:8000/docs"
        f"\nThe key:      {running.token}",
        soft_wrap=True,
    )


@contextmanager
def server(folder: Path) -> Iterator[Running]:
    """`rementor serve` on a free port, with a clock that the story moves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database, log = folder / "demo.sqlite3", folder / "demo.log"
    environment = {
        **os.environ,
        "REMENTOR_DATABASE_URL": f"sqlite:///{database}",
        "REMENTOR_MIGRATION_URL": f"sqlite:///{database}",
        "REMENTOR_ENVIRONMENT": "development",
        "REMENTOR_CLOCK": "controlled",
        "REMENTOR_CLOCK_FILE": str(folder / "demo.clock"),
        "PORT": str(port),
    }
    rementor = [sys.executable, "-m", "app.cli"]
    address = f"http://127.0.0.1:{port}"
    with log.open("ab") as written:
        process = subprocess.Popen(  # noqa: S603  this very program
            [*rementor, "serve"], env=environment, stdout=written, stderr=written
        )
        try:
            _wait_until_ready(address, process, log)
            made = subprocess.run(  # noqa: S603  this very program
                [*rementor, "create-organization", "Acme International", "--json",
                 "--admin-email", "programs@example.com"],
                env=environment, check=True, capture_output=True, text=True,
            )  # fmt: skip
            keys = json.loads(made.stdout)
            yield Running(address, keys["organization_id"], keys["token"], database, log)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    typer.echo(f"The server did not start; its log is {log}.", err=True)
    raise typer.Exit(1)
