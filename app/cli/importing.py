"""A roster from a file: looked at, applied, and what became of its rows."""

import base64
import csv
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from app.cli.remote import AsJson, Call, End, ProfileName, RetryKey, calling, stop

FIELDS = (
    "external_id", "given_name", "family_name", "preferred_name", "work_email", "job_title",
    "job_level", "department", "location", "time_zone", "languages", "manager_external_id",
    "manager_since", "hired_on", "leaves_on", "career_stage", "employment_status",
)  # fmt: skip
FORMATS = {".xlsx": "xlsx", ".jsonl": "json_lines", ".ndjson": "json_lines"}
DELIMITERS = ",;\t|"
SHOWN_ROWS = 20


def import_roster(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="CSV, XLSX or JSON lines.", metavar="FILE"
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="JSON: which column is which field. Without it, columns are named as fields.",
            show_default=False,
        ),
    ] = None,
    mapping_name: Annotated[
        str | None, typer.Option(help="The same, kept on the server.", show_default=False)
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Everybody is in the file: who is not, has left.")
    ] = False,
    allow_leavers: Annotated[
        int | None,
        typer.Option(min=0, help="With --full: how many you know will leave.", show_default=False),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Of a workbook; its first otherwise.", show_default=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, and keep that plan.")
    ] = False,
    apply: Annotated[
        str | None,
        typer.Option(help="Do exactly what a plan says, by its id.", show_default=False),
    ] = None,
    profile: ProfileName = None,
    as_json: AsJson = False,
    idempotency_key: RetryKey = None,
) -> None:
    """Bring people in from an HR system. Exit code 6 when some rows were refused."""
    if (file is None) == (apply is None):
        raise stop("Name a file, or a plan with --apply.")
    with calling(profile, as_json) as call:
        if file is not None:
            wanted = {
                **_content_of(file),
                **_rules_of(file, mapping, mapping_name),
                "mode": "full" if full else "partial",
                "sheet": sheet,
            }
            with call.working(f"Reading {file.name}") as say:
                planned = call.client.ask(
                    "POST", "/imports", wanted, idempotency_key=idempotency_key
                ).body
                done = call.client.wait(f"/imports/{planned['id']}", told=lambda at: say(_far(at)))
            apply = done["id"]
        if not dry_run:
            key = f"{idempotency_key}.apply" if idempotency_key else None
            body = {"allow_leavers_count": allow_leavers}
            with call.working("Applying") as say:
                call.client.ask("POST", f"/imports/{apply}/apply", body, idempotency_key=key)
                done = call.client.wait(f"/imports/{apply}", told=lambda at: say(_far(at)))
        refused = _refused(call, done) if done["counts"]["refused"] else []
        call.tell({**done, "refused_rows": refused}, lambda out: _print(out, done, refused))
    if done["counts"]["refused"] or done["counts"]["outdated"]:
        raise typer.Exit(End.PARTLY)


def _far(at: Any) -> str:
    return f"{at['status']}, {at['counts']['rows']} rows"


def _refused(call: Call, done: Any) -> list[Any]:
    rows = call.client.every(f"/imports/{done['id']}/rows", verdict="refused", limit=SHOWN_ROWS)
    return [row for _, row in zip(range(SHOWN_ROWS), rows, strict=False)]


def _content_of(file: Path) -> dict[str, Any]:
    """Text as text; a workbook, and whatever is not UTF-8, byte for byte."""
    form, content = FORMATS.get(file.suffix.lower(), "csv"), file.read_bytes()
    if form != "xlsx":
        try:
            return {"format": form, "content": content.decode("utf-8-sig")}
        except UnicodeDecodeError:
            pass
    return {"format": form, "content_base64": base64.b64encode(content).decode("ascii")}


def _rules_of(file: Path, mapping: Path | None, name: str | None) -> dict[str, Any]:
    if name is not None:
        return {"mapping_name": name}
    if mapping is None:
        return {"mapping": _rules_by_name(file)}
    try:
        return {"mapping": json.loads(mapping.read_text(encoding="utf-8"))}
    except ValueError as wrong:
        raise stop(f"{mapping} is not JSON: {wrong}") from wrong


def _rules_by_name(file: Path) -> dict[str, Any]:
    """Each column that bears a field's name is that field."""
    head = file.read_bytes().partition(b"\n")[0].decode("utf-8-sig", errors="replace")
    columns: set[str] = set()
    if head.startswith("{"):
        try:
            columns = set(json.loads(head))
        except ValueError as wrong:
            raise stop(f"The first line of {file} is not JSON.") from wrong
    else:
        for delimiter in DELIMITERS if file.suffix.lower() != ".xlsx" else "":
            columns.update(next(csv.reader(head.splitlines(), delimiter=delimiter), []))
    rules = {field: {"column": field} for field in FIELDS if field in columns}
    if not rules:
        raise stop(
            "No column is named as a field; say with --mapping which column is which of "
            + ", ".join(FIELDS)
        )
    return rules


def _print(out: Console, done: Any, refused: list[Any]) -> None:
    counts = done["counts"]
    words = ("added", "changed", "unchanged", "leaving", "refused")
    told = ", ".join(f"{counts[word]} {word}" for word in words if counts[word] or word == "added")
    out.print(f"{told}.")
    effects = {
        "pairings_ending": "pairings end",
        "pairings_pausing": "pairings pause",
        "pairings_resumable": "paused pairings may resume",
        "pairings_in_conflict": "partners would stand in one reporting line",
    }
    for name, effect in effects.items():
        if counts[name]:
            out.print(f"{counts[name]} {effect}.")
    if done["unread_columns"]:
        out.print(f"Not read: {escape(', '.join(done['unread_columns']))}.")
    for row in refused:
        for mistake in row["mistakes"]:
            out.print(f"  line {row['line']}, {mistake['field']}: {escape(mistake['detail'])}")
    if counts["refused"] > len(refused):
        out.print(
            f"  … all: rementor call GET /imports/{done['id']}/rows --every -q verdict=refused"
        )
    if done["status"] == "planned":
        out.print(f"Nothing was changed yet. Do exactly this: rementor import --apply {done['id']}")
