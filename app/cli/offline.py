"""For script authors, without any server or database: match a JSON problem, verify a result."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.matching.document import match_document, verify_document
from app.matching.problem import Limits, MatcherFailed, Objective, ProblemInvalid

REFUSED = 2
"""Exit code for a document that cannot be used, or a matcher that broke its promise."""


def match(
    file: Annotated[
        Path, typer.Argument(help="The problem as JSON (docs/matching.md); - reads it.")
    ],
    objective: Annotated[
        Objective | None, typer.Option(help="What best means; the document's own otherwise.")
    ] = None,
    matcher: Annotated[
        str | None, typer.Option(help="A built-in matcher or a plug-in, by name.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A file; standard output otherwise.")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Then the best so far, with its proved gap.")
    ] = None,
) -> None:
    """Find the best pairs of a problem and prove them. Exit code 2 when the problem is refused."""
    limits = Limits() if seconds is None else Limits(seconds=seconds)
    with Console(stderr=True).status("matching"):
        result = _told(
            lambda: match_document(
                _read(file), None if objective is None else objective.value, matcher, limits=limits
            )
        )
    text = json.dumps(result, indent=2) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(
            f"{len(result['pairs'])} pairs, value {result['value']}, bound {result['bound']},"
            f" {result['status']}: {out}",
            err=True,
        )


def verify(
    file: Annotated[Path, typer.Argument(help="The problem as JSON.")],
    result: Annotated[Path, typer.Argument(help="What `rementor match` wrote.")],
) -> None:
    """Check every claim of a result, and its proof, without a solver. Exit code 1 when it fails."""
    report = _told(lambda: verify_document(_read(file), _read(result)))
    typer.echo(json.dumps(report, indent=2))
    if not report["accepted"]:
        raise typer.Exit(1)


def _read(file: Path) -> Any:
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    return json.loads(text)


def _told(step: Any) -> Any:
    """The outcome; what is wrong with the document is said in one line."""
    try:
        return step()
    except (ProblemInvalid, MatcherFailed) as refused:
        typer.echo(f"{refused.code}: {refused.detail}", err=True)
    except (OSError, ValueError) as unreadable:
        typer.echo(f"document-unreadable: {unreadable}", err=True)
    raise typer.Exit(REFUSED)
