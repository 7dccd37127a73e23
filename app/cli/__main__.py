"""The `rementor` command: for operators on the database, for program managers over HTTP."""

import typer

from app.cli import offline, operate
from app.cli.demo import demo

app = typer.Typer(
    name="rementor",
    help="Reverse mentoring programs, from roster to measured outcome.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
operate.add_to(app)
offline.add_to(app)
app.command()(demo)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
