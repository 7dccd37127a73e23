"""For people at a terminal: keep an API key in a profile, and give it back."""

import socket
import sys
from typing import Annotated, Any

import typer

from app.cli.remote import AsJson, End, ProfileName, ending, print_json, stop
from app.client import profiles
from app.client.profiles import ADDRESS, Profile
from app.client.transport import Transport


def login(
    url: Annotated[
        str, typer.Option(envvar="REMENTOR_URL", help="The server's address.")
    ] = ADDRESS,
    profile: ProfileName = None,
    organization: Annotated[
        str | None, typer.Option(help="With --email: your organization's id.", show_default=False)
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            help="Sign in with a password, and keep an API key made for this machine.",
            show_default=False,
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long that key is valid.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Keep an API key in a profile. The key or password is asked for, or read from a pipe."""
    name = profiles.chosen(profile)
    if (organization is None) != (email is None):
        raise stop("--organization and --email go together.")
    secret = _secret("API key" if email is None else f"password of {email}")
    with ending(as_json):
        token = secret
        if email is not None:
            token = _key_for_here(url, organization, email, secret, days)
        with Transport(url, token) as client:
            me = client.get("/me")
        profiles.keep(name, Profile(client.address, token))
    if as_json:
        print_json({"profile": name, "url": client.address, **me})
    else:
        roles = ", ".join(me["roles"]) or "no role"
        typer.echo(f"Signed in to {client.address} as {me['email']} ({roles}).")
        typer.echo(f"The key stands in {profiles.place()} as profile {name!r}.")


def logout(
    profile: ProfileName = None,
    keep_key: Annotated[
        bool, typer.Option("--keep-key", help="Only forget it here; it stays valid elsewhere.")
    ] = False,
) -> None:
    """End the API key of a profile at once, and forget it."""
    name = profiles.chosen(profile)
    with ending(as_json=False):
        found = profiles.stored().get(name)
        if found is None:
            raise stop(f"There is no profile {name!r}.", End.WRONG_USE)
        if not keep_key:
            with Transport(found.url, found.token) as client:
                client.post("/tokens/sign-out")
        profiles.keep(name, None)
    typer.echo(f"The profile {name!r} is forgotten{'' if keep_key else ' and its key ended'}.")


def _secret(what: str) -> str:
    """Typed without being shown, or the first line of a pipe: never an argument others see."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"The {what}", hide_input=True, err=True)).strip()
    line = sys.stdin.readline().strip()
    if not line:
        raise stop(f"Nothing was piped in: the {what} is read from standard input.")
    return line


def _key_for_here(url: str, organization: str | None, email: str, password: str, days: int) -> str:
    """Sign in, make a key for this machine, and end the sign-in."""
    words: dict[str, Any] = {"organization_id": organization, "email": email, "password": password}
    with Transport(url) as anybody:
        signed_in = anybody.post("/tokens/sign-in", words)
    with Transport(url, signed_in["access_token"]) as client:
        name = f"rementor on {socket.gethostname()}"[:200]
        made = client.post("/tokens", {"name": name, "expires_in_days": days})
        client.post("/tokens/sign-out")
    return str(made["token"])
