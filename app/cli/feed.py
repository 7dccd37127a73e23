"""The event feed on the command line: what happened, in order, and what happens next."""

import json
from typing import Annotated, Any

import typer

from app.cli.remote import AsJson, ProfileName, calling

events = typer.Typer(help="Read what happened, in the order it was committed.")


@events.callback()
def feed() -> None:
    """Read what happened, in the order it was committed."""


@events.command()
def tail(
    after: Annotated[
        int, typer.Option(min=0, help="The last position you have; 0 is the beginning.")
    ] = 0,
    kind: Annotated[
        str | None, typer.Option("--type", help="Only events of this type.", show_default=False)
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    profile: ProfileName = None,
    as_json: AsJson = False,
) -> None:
    """Print events, one a line; with --json each line is a JSON object."""
    with calling(profile, as_json) as call:
        try:
            for event in call.client.feed(after, kind=kind, follow=follow):
                typer.echo(json.dumps(event, ensure_ascii=False) if as_json else _line(event))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


def _line(event: Any) -> str:
    facts = " ".join(f"{name}={_short(value)}" for name, value in event["data"].items())
    return f"{event['position']:>8}  {event['at'][:19]}Z  {event['type']:<32}  {facts}"


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
