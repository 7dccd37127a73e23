"""For operators, on the database: migrate, create-organization, serve, worker, openapi."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from pydantic import ConfigDict, TypeAdapter, ValidationError
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.access.schemas import Email
from app.access.service import open_organization
from app.kit.lanes import Lanes
from app.kit.migrating import migrate as move_schema
from app.kit.readiness import NotReady, check_role, check_schema
from app.kit.settings import Settings
from app.kit.wire import Line
from app.kit.work import Principal
from app.main import describe
from app.worker import work_for_ever


def _fitting(kind: Any) -> Callable[[str], str]:
    """A reader of words from the command line that keeps the rules of the wire."""
    adapter: TypeAdapter[str] = TypeAdapter(kind, config=ConfigDict(str_strip_whitespace=True))

    def read(text: str) -> str:
        try:
            return adapter.validate_python(text)
        except ValidationError as wrong:
            raise typer.BadParameter("; ".join(each["msg"] for each in wrong.errors())) from wrong

    return read


def migrate(
    to: Annotated[
        str, typer.Option(help="A revision to go back to; `base` empties the house.")
    ] = "head",
) -> None:
    """Bring the database to the schema this version knows."""
    typer.echo(f"The database stands at {_moved(_settings(), to)}.")


def _moved(settings: Settings, to: str = "head") -> str:
    """Where the schema stands after moving it; what an operator can mend is said in words."""
    try:
        return move_schema(settings, to)
    except NotReady as why:
        typer.echo(str(why), err=True)
    except OperationalError as broken:
        raise _silent(broken) from broken
    except ProgrammingError as refused:
        typer.echo(
            f"The database refused: {refused.orig}".strip()
            + " Set REMENTOR_MIGRATION_URL to the owner of the tables.",
            err=True,
        )
    raise typer.Exit(2)


def create_organization(
    name: Annotated[str, typer.Argument(parser=_fitting(Line), metavar="NAME")],
    admin_email: Annotated[
        str, typer.Option(help="The first administrator.", parser=_fitting(Email), metavar="EMAIL")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Set up an employer, and print the first administrator's API key: it is shown this once."""
    lanes = _ready_lanes()
    with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
        organization, token = open_organization(uow, name, admin_email)
    if as_json:
        typer.echo(json.dumps({"organization_id": str(organization.id), "token": token}))
    else:
        typer.echo(
            f"Organization {organization.id}\nAPI key      {token}\nKeep it: it is not shown again."
        )
    lanes.close()


def serve(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65535)] = 8000,
    worker: Annotated[bool, typer.Option(help="Run the worker beside the API.")] = True,
    processes: Annotated[int, typer.Option(min=1, max=64, help="API processes.")] = 1,
) -> None:
    """Run the API, by default with its worker; an empty SQLite database is set up first."""
    settings = _settings()
    if not settings.on_postgresql:
        _moved(settings)
    _ready_lanes(settings).close()
    command = [sys.executable, "-m", "app.cli", "worker", "--beside", str(os.getpid())]
    beside = subprocess.Popen(command) if worker else None  # noqa: S603  this very program
    typer.echo(f"Rementor listens on http://{host}:{port} (documentation at /docs).", err=True)
    try:
        uvicorn.run(
            "app.main:create_app",
            factory=True,
            host=host,
            port=port,
            workers=processes,
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=10,
        )
    finally:
        if beside is not None:
            beside.send_signal(signal.SIGTERM)
            beside.wait(timeout=30)


def worker(
    beside: Annotated[
        int | None, typer.Option(hidden=True, help="End when this process is no longer the parent.")
    ] = None,
) -> None:
    """Run what happens behind the requests: reactions, clocks, jobs."""
    lanes = _ready_lanes()
    work_for_ever(lanes, parent=os.getppid() if beside is None else beside)
    lanes.close()


def openapi(
    out: Annotated[Path | None, typer.Option(help="A file; standard output otherwise.")] = None,
) -> None:
    """Write the contract."""
    text = json.dumps(describe().openapi(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as wrong:
        for each in wrong.errors(include_url=False):
            name = "_".join(str(part) for part in each["loc"]).upper()
            typer.echo(f"REMENTOR_{name}: {each['msg']}" if name else each["msg"], err=True)
        raise typer.Exit(2) from wrong


def _ready_lanes(settings: Settings | None = None) -> Lanes:
    lanes = Lanes(settings or _settings())
    try:
        check_schema(lanes)
        check_role(lanes)
    except NotReady as why:
        lanes.close()
        typer.echo(str(why), err=True)
        raise typer.Exit(2) from why
    except OperationalError as broken:
        lanes.close()
        raise _silent(broken) from broken
    return lanes


def _silent(broken: OperationalError) -> typer.Exit:
    """Says that the database is silent, and how the driver puts it: never with the address."""
    typer.echo(f"The database does not answer: {broken.orig}", err=True)
    return typer.Exit(2)
