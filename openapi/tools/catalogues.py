"""Writes problems.md, events.md and blueprint.schema.json from the code: `make contract`."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from app import main, worker
from app.blueprints.templates import schema
from app.blueprints.writing import write_json
from app.kit.events import Event
from app.kit.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
WORDS = {
    "UUID": "id",
    "bool": "true or false",
    "datetime": "instant",
    "dict": "object",
    "float": "number",
    "int": "number",
    "NoneType": "null",
    "str": "text",
}
LOADED = (main, worker)  # imported for the problems and events of every room


def rooms_of(kinds: list[type[Any]]) -> Iterator[tuple[str, list[type[Any]]]]:
    """Classes by the room they stand in, the kit first, then by the alphabet."""
    by_room: dict[str, list[type[Any]]] = {}
    for kind in kinds:
        by_room.setdefault(kind.__module__.split(".")[1], []).append(kind)
    yield from sorted(by_room.items(), key=lambda room: (room[0] != "kit", room[0]))


def every_problem(kind: type[Problem] = Problem) -> Iterator[type[Problem]]:
    for each in kind.__subclasses__():
        yield each
        yield from every_problem(each)


def problems() -> str:
    """Every way to fail: its code, its status, what it says."""
    lines = [
        "# Problems",
        "",
        "Written by `make contract`. Every failure is `application/problem+json` (RFC 9457):",
        "program against `code`, show `detail` to people. `type` is `/problems/` and the code.",
    ]
    kinds: dict[str, type[Problem]] = {}
    for kind in every_problem():
        kinds.setdefault(kind.slug, kind)
    for room, found in rooms_of(list(kinds.values())):
        lines += ["", f"## {room}", "", "| code | status | title |", "|---|---|---|"]
        lines += [
            f"| `{kind.slug}` | {kind.status} | {kind.title} |"
            for kind in sorted(found, key=lambda each: (each.status, each.slug))
        ]
    return "\n".join(lines) + "\n"


def events() -> str:
    """Every event with its fields."""
    lines = [
        "# Events",
        "",
        "Written by `make contract`. Read them in the order of their commit with `GET /v1/events`.",
        "They hold ids and facts; no name and no free text.",
    ]
    for room, found in rooms_of(list(Event.kinds().values())):
        lines += ["", f"## {room}"]
        for kind in found:
            fields = kind.model_fields.items()
            lines += ["", f"### `{kind.type}`", "", inspect.getdoc(kind) or "", ""]
            lines += [f"- `{name}`: {said(info.annotation)}" for name, info in fields]
    return "\n".join(lines) + "\n"


def said(annotation: Any) -> str:
    """A field's type in words an integrator knows."""
    if get_origin(annotation) is list:
        return f"list of {said(get_args(annotation)[0])}"
    options = [said(each) for each in get_args(annotation)] if get_origin(annotation) else []
    if options:
        return " or ".join(options)
    if isinstance(annotation, type) and hasattr(annotation, "__members__"):
        return ", ".join(f"`{member.value}`" for member in annotation)  # type: ignore[attr-defined]
    name = str(annotation.__name__)
    return WORDS.get(name, name)


def write() -> None:
    """Write the files; with `--check`, leave with 1 where they are not what is checked in."""
    stale = False
    for name, text in (
        ("problems.md", problems()),
        ("events.md", events()),
        ("blueprint.schema.json", write_json(schema()).decode()),
    ):
        target = ROOT / "openapi" / name
        if "--check" in sys.argv:
            stale |= not target.exists() or target.read_text(encoding="utf-8") != text
        else:
            target.write_text(text, encoding="utf-8")
    if stale:
        sys.exit("The catalogues are not those of the code: run `make contract`.")


if __name__ == "__main__":
    write()
