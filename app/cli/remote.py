"""What every command over HTTP shares: whom to call, how to tell it, how to end."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.client.profiles import NotConfigured
from app.client.transport import ProblemTold, ServerGone, Transport

PATIENCE_SECONDS = 180.0
"""A match may compute for two minutes."""
PIPE_WIDTH = 160


class End(IntEnum):
    """Exit codes: what a script needs to tell apart. The manual is docs/integrating.md."""

    DONE = 0
    REFUSED = 1
    """The server said no; the code of the problem says why."""
    WRONG_USE = 2
    """An option, an argument or a local file that cannot be used."""
    NOT_ALLOWED = 3
    """No token, a token that ended, or one that may not do this."""
    CHANGED = 4
    """A conflict: the world is not, or no longer, as this command expected."""
    UNREACHABLE = 5
    """Nobody answers, or the server asks to come back later."""
    PARTLY = 6
    """Done for some; others were refused, each with its reason."""
    DIFFERENT = 7
    """`plan --exit-code`: applying the document would change something."""


ProfileName = Annotated[
    str | None,
    typer.Option("--profile", "-p", help="A profile of `rementor login`.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for scripts.")]
RetryKey = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        help="Of your own: the same command with the same key has one effect.",
        show_default=False,
    ),
]


@dataclass
class Call:
    """One command at work: its connection, and where it speaks."""

    client: Transport
    as_json: bool

    def __post_init__(self) -> None:
        self.out = console(sys.stdout)
        self.err = Console(stderr=True)

    def tell(self, document: Any, words: Callable[[Console], None]) -> None:
        """The result on standard output: as JSON, or in words and tables."""
        if self.as_json:
            print_json(document)
        else:
            words(self.out)

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str], None]]:
        """A bar on a terminal while something takes its time, and nothing in a pipe."""
        if not self.err.is_terminal or self.as_json:
            yield _say_nothing
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda text: bar.update(task, description=f"{what}: {escape(text)}")

    def cohort(self, wanted: str) -> Any:
        """A cohort by its id or its exact name."""
        if _is_id(wanted):
            return self.client.get(f"/cohorts/{wanted}")
        found = [each for each in self.client.every("/cohorts") if each["name"] == wanted]
        return only("cohort", wanted, found)

    def program(self, wanted: str) -> Any:
        """A program by its id or its exact name."""
        if _is_id(wanted):
            return self.client.get(f"/programs/{wanted}")
        return only("program", wanted, list(self.client.every("/programs", name=wanted)))


def console(file: Any) -> Console:
    """Wide enough in a pipe that a table keeps its lines."""
    return Console(file=file, width=None if file.isatty() else PIPE_WIDTH, highlight=False)


def only(kind: str, name: str, found: list[Any]) -> Any:
    """The one thing of this name. Raises typer.Exit with the words for none or several."""
    if len(found) == 1:
        return found[0]
    if found:
        ids = "\n".join(f"  {each['id']}" for each in found)
        raise stop(f"There are {len(found)} with the name {name!r}; give the id:\n{ids}")
    raise stop(f"There is no {kind} {name!r} that you may see.", End.REFUSED)


def stop(words: str, code: End = End.WRONG_USE) -> typer.Exit:
    """Says why on standard error; raise what comes back."""
    typer.echo(words, err=True)
    return typer.Exit(code)


def print_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


@contextmanager
def calling(profile: str | None, as_json: bool) -> Iterator[Call]:
    """A connection as the profile or the environment says; every failure ends with its code."""
    with ending(as_json), Transport.configured(profile, timeout=PATIENCE_SECONDS) as client:
        yield Call(client, as_json)


@contextmanager
def ending(as_json: bool) -> Iterator[None]:
    """Turns what may go wrong between here and the server into words and an exit code."""
    try:
        yield
    except NotConfigured as why:
        raise stop(str(why), End.NOT_ALLOWED) from why
    except ServerGone as why:
        raise stop(str(why), End.UNREACHABLE) from why
    except ProblemTold as told:
        if as_json:
            typer.echo(json.dumps(told.document, ensure_ascii=False), err=True)
        else:
            places = [f"  {each['pointer'] or '/'}: {each['detail']}" for each in told.errors]
            words = told.document.get("title", told.detail) if places else told.detail
            typer.echo("\n".join([f"{words} ({told.code})", *places]), err=True)
            typer.echo(f"Request {told.request_id}", err=True)
        raise typer.Exit(code_of(told.status)) from told


def code_of(status: int) -> End:
    if status in (401, 403):
        return End.NOT_ALLOWED
    if status in (409, 412):
        return End.CHANGED
    if status == 429 or status >= 500:
        return End.UNREACHABLE
    return End.REFUSED


def _say_nothing(_: str) -> None:
    """What a bar says where there is none."""


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
