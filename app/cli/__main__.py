"""The `rementor` command: the only list of its words, each loaded when it is used.

`rementor --help` and shell completion answer at once: what a command needs, such as the web server
or the solver, is imported when that command runs.
"""

import importlib
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

PROGRAM, OPERATE, OFFLINE = "For program managers, over HTTP", "For operators", "Without a server"
COMMANDS: dict[str, tuple[str, str, str, str]] = {
    # word: module, function, panel, what it does
    "login": (
        "app.cli.signing_in", "login", PROGRAM,
        "Keep an API key in a profile. The key or password is asked for, or read from a pipe.",
    ),
    "logout": (
        "app.cli.signing_in", "logout", PROGRAM,
        "End the API key of a profile at once, and forget it.",
    ),
    "import": (
        "app.cli.importing", "import_roster", PROGRAM,
        "Bring people in from an HR system. Exit code 6 when some rows were refused.",
    ),
    "propose": (
        "app.cli.program", "propose", PROGRAM,
        "Find the best pairs of a cohort. Nobody hears of them until the run is published.",
    ),
    "publish": (
        "app.cli.program", "publish", PROGRAM,
        "Turn the pairs of a run into proposals, all or none; people are asked now.",
    ),
    "status": (
        "app.cli.program", "status", PROGRAM,
        "Show at a glance where programs stand: people, pairs and surveys of each cohort.",
    ),
    "report": (
        "app.cli.program", "report", PROGRAM,
        "Print what a cohort changed: every figure with its n and interval, or why there is none.",
    ),
    "plan": (
        "app.cli.blueprint", "plan", PROGRAM,
        "Show what applying a document would change, in sentences; nothing is stored.",
    ),
    "apply": (
        "app.cli.blueprint", "apply", PROGRAM,
        "Make a program what its document says, as a whole or not at all; twice is harmless.",
    ),
    "export": (
        "app.cli.blueprint", "export", PROGRAM,
        "Write a program, or a template, as a document that `apply` takes.",
    ),
    "events": (
        "app.cli.feed", "events", PROGRAM,
        "Read what happened, in the order it was committed.",
    ),
    "call": (
        "app.cli.asking", "call", PROGRAM,
        "Ask for any operation of the contract, signed in and repeated as every command is.",
    ),
    "serve": (
        "app.cli.operate", "serve", OPERATE,
        "Run the API, by default with its worker; an empty SQLite database is set up first.",
    ),
    "worker": (
        "app.cli.operate", "worker", OPERATE,
        "Run what happens behind the requests: reactions, clocks, jobs.",
    ),
    "migrate": (
        "app.cli.operate", "migrate", OPERATE,
        "Bring the database to the schema this version knows.",
    ),
    "create-organization": (
        "app.cli.operate", "create_organization", OPERATE,
        "Set up an employer, and print the first administrator's API key: it is shown this once.",
    ),
    "openapi": ("app.cli.operate", "openapi", OPERATE, "Write the contract."),
    "match": (
        "app.cli.offline", "match", OFFLINE,
        "Find the best pairs of a problem and prove them. Exit code 2 when the problem is refused.",
    ),
    "verify": (
        "app.cli.offline", "verify", OFFLINE,
        ("Check every claim of a result, and its proof, without a solver."
         " Exit code 1 when it fails."),
    ),
    "demo": (
        "app.cli.demo", "demo", OFFLINE,
        "Walk a whole program, from roster to measured outcome, on a company of 600 people.",
    ),
}  # fmt: skip


class Elsewhere(TyperCommand):
    """Stands for a command in the list; the real one takes over when it is used."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        return real(str(self.name)).make_context(info_name, args, parent=parent, **extra)


class Words(TyperGroup):
    """The words of the list above."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        _, _, panel, told = COMMANDS[cmd_name]
        return Elsewhere(cmd_name, callback=None, help=told, rich_help_panel=panel)


def real(name: str) -> Any:
    """The command of a word, with all it imports."""
    module, function, *_ = COMMANDS[name]
    found = getattr(importlib.import_module(module), function)
    if isinstance(found, typer.Typer):
        return typer.main.get_group(found)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)


app = typer.Typer(
    name="rementor",
    cls=Words,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def rementor() -> None:
    """Reverse mentoring programs, from roster to measured outcome."""


def main() -> None:
    app()


if __name__ == "__main__":
    main()
