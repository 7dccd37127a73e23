"""Writes plain values as YAML or JSON, always in the same way: the same values, the same bytes."""

import json
import re
from typing import Any

import yaml

WIDTH = 100
UNEVEN = ("\x85", "\u2028", "\u2029", "\ufeff", "\r")
"""Line ends and marks that a reader of YAML would make something else of."""


class _Writer(yaml.SafeDumper):
    """Block style, lists indented under their name, quotes where the text would be something else.

    What is no text stays in the words of YAML 1.1 and 1.2 alike; a text that either of them would
    take for something else (`no`, `12:30`, `1e3`) is quoted.
    """

    # PyYAML calls it so, by name and by position
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if any(each in text for each in UNEVEN):
        style = '"'
    elif "\n" in text:
        lines = text.split("\n")
        even = all(line == line.strip() for line in lines) and lines[0] and lines[-1]
        style = "|" if even else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style)


_Writer.add_representer(str, _text)
_Writer.add_implicit_resolver(  # YAML 1.2 takes these for numbers, YAML 1.1 does not
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def write_yaml(value: Any) -> bytes:
    """The one way in which these values are written as YAML."""
    text: str = yaml.dump(
        value,
        Dumper=_Writer,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=WIDTH,
    )
    return text.encode()


def write_json(value: Any) -> bytes:
    """The one way in which these values are written as JSON."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
