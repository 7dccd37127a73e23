"""A program as one document: what applying it would change, making it so, and writing it."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from app.cli.remote import AsJson, Call, End, ProfileName, RetryKey, calling, stop

SIGNS = {"add": "[green]+[/green]", "change": "[yellow]~[/yellow]", "remove": "[red]-[/red]"}
Document = Annotated[Path, typer.Argument(help="YAML, or JSON by its name; - reads it.")]
Prune = Annotated[
    bool, typer.Option("--prune", help="Remove what the program has and the document has not.")
]
Reason = Annotated[
    str | None,
    typer.Option(help="Why figures move that progress was measured against.", show_default=False),
]


class Form(StrEnum):
    """How a document is written."""

    yaml = "yaml"
    json = "json"


def plan(
    file: Document,
    prune: Prune = False,
    reason: Reason = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 7 where something would change.")
    ] = False,
    profile: ProfileName = None,
    as_json: AsJson = False,
) -> None:
    """Show what applying a document would change, in sentences; nothing is stored."""
    content, kind = _read(file)
    with calling(profile, as_json) as call:
        planned = _plan(call, content, kind, _query(prune, reason))
        call.tell(planned, lambda out: _print_plan(out, file, planned))
    if not planned["can_be_applied"]:
        raise typer.Exit(End.REFUSED)
    if exit_code and planned["has_changes"]:
        raise typer.Exit(End.DIFFERENT)


def apply(
    file: Document,
    prune: Prune = False,
    reason: Reason = None,
    digest: Annotated[
        str | None,
        typer.Option(help="Of the plan you have seen: exactly that one.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    profile: ProfileName = None,
    as_json: AsJson = False,
    idempotency_key: RetryKey = None,
) -> None:
    """Make a program what its document says, as a whole or not at all; twice is harmless."""
    content, kind = _read(file)
    asked = _query(prune, reason)
    with calling(profile, as_json) as call:
        if digest is None:
            planned = _plan(call, content, kind, asked)
            if not as_json or not planned["can_be_applied"]:
                call.tell(planned, lambda out: _print_plan(out, file, planned))
            if not planned["can_be_applied"]:
                raise typer.Exit(End.REFUSED)
            if planned["has_changes"] and not yes:
                _ask_whether()
            digest = planned["digest"]
        with call.working("Applying"):
            done = call.client.ask(
                "POST", "/blueprints/apply", query={**asked, "digest": digest},
                content=content, content_type=kind, idempotency_key=idempotency_key,
            ).body  # fmt: skip
        call.tell(done, lambda out: out.print(escape(done["summary"])))


def export(
    program: Annotated[
        str | None, typer.Argument(metavar="[PROGRAM]", help="Its id or its exact name.")
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(help="A program that comes with Rementor, instead.", show_default=False),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How it is written.")] = Form.yaml,
    out: Annotated[
        Path | None, typer.Option(help="A file; standard output otherwise.", show_default=False)
    ] = None,
    profile: ProfileName = None,
) -> None:
    """Write a program, or a template, as a document that `apply` takes."""
    if (program is None) == (template is None):
        raise stop("Name a program, or a template with --template.")
    with calling(profile, as_json=False) as call:
        where = (
            f"/templates/{template}"
            if program is None
            else f"/programs/{call.program(program)['id']}/blueprint"
        )
        written = call.client.ask("GET", where, query={"format": form}).content
    if out is None:
        sys.stdout.buffer.write(written)
    else:
        out.write_bytes(written)


def _read(file: Path) -> tuple[bytes, str]:
    """The bytes as they are, and their media type."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as wrong:
        raise stop(f"{file} cannot be read: {wrong.strerror}.") from wrong
    return content, "application/json" if file.suffix == ".json" else "application/yaml"


def _query(prune: bool, reason: str | None) -> dict[str, Any]:
    return {"prune": "true" if prune else None, "reason": reason}


def _plan(call: Call, content: bytes, kind: str, asked: dict[str, Any]) -> Any:
    with call.working("Planning"):
        return call.client.ask(
            "POST", "/blueprints/plan", query=asked, content=content, content_type=kind
        ).body


def _ask_whether() -> None:
    if not sys.stdin.isatty():
        raise stop("Nobody can be asked here: say --yes, or --digest of the plan you have seen.")
    if not typer.confirm("Apply this?", err=True):
        raise stop("Nothing was changed.", End.REFUSED)


def _print_plan(out: Console, file: Path, planned: Any) -> None:
    for change in planned["changes"]:
        if change["action"] in SIGNS:
            out.print(f"{SIGNS[change['action']]} {escape(change['sentence'])}")
    for refusal in planned["refusals"]:
        place = f"{file}:{refusal['line']}:{refusal['column']}" if refusal["line"] else str(file)
        out.print(f"[red]![/red] {escape(place)}: {escape(refusal['reason'])} ({refusal['code']})")
    out.print(escape(planned["summary"]))
    if planned["has_changes"] and planned["can_be_applied"]:
        out.print(f"Exactly this: --digest {planned['digest']}")
