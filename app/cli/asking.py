"""Any operation of the contract from the command line, for what has no word of its own."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.remote import ProfileName, RetryKey, calling, print_json, stop


class Method(StrEnum):
    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


def call(
    method: Annotated[Method, typer.Argument(case_sensitive=False)],
    path: Annotated[str, typer.Argument(help="As in the contract, with or without /v1.")],
    data: Annotated[
        str | None,
        typer.Option("--data", "-d", help="JSON; @FILE or - reads it.", show_default=False),
    ] = None,
    query: Annotated[
        list[str] | None,
        typer.Option("--query", "-q", help="name=value; may be repeated.", show_default=False),
    ] = None,
    every: Annotated[
        bool, typer.Option("--every", help="All pages of a list, one JSON object a line.")
    ] = False,
    if_match: Annotated[
        str | None,
        typer.Option(help="The version to change; that of now otherwise.", show_default=False),
    ] = None,
    profile: ProfileName = None,
    idempotency_key: RetryKey = None,
) -> None:
    """Ask for any operation of the contract, signed in and repeated as every command is."""
    body = None if data is None else _json_of(data)
    asked = dict(_pair_of(each) for each in query or [])
    where = "/" + path.lstrip("/").removeprefix("v1/")
    if every and method is not Method.GET:
        raise stop("--every goes with GET.")
    with calling(profile, as_json=True) as at_work:
        if every:
            for item in at_work.client.every(where, **asked):
                typer.echo(json.dumps(item, ensure_ascii=False))
            return
        if method in (Method.PATCH, Method.PUT, Method.DELETE) and if_match is None:
            if_match = at_work.client.version_if_any(where)
        answer = at_work.client.ask(
            method, where, body, query=asked, if_match=if_match, idempotency_key=idempotency_key
        )
    if isinstance(answer.body, bytes):
        sys.stdout.buffer.write(answer.body)
    elif isinstance(answer.body, str):
        typer.echo(answer.body, nl=False)
    elif answer.body is not None:
        print_json(answer.body)


def _json_of(data: str) -> Any:
    try:
        if data == "-":
            return json.load(sys.stdin)
        return json.loads(Path(data[1:]).read_text("utf-8") if data.startswith("@") else data)
    except (OSError, ValueError) as wrong:
        raise stop(f"--data is not JSON: {wrong}") from wrong


def _pair_of(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise stop(f"--query {text}: write name=value.")
    return name, value
