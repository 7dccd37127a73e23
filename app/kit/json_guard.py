"""Refuses JSON that parses but means trouble: doubled keys, NaN, NUL, bottomless nesting."""

import json
import re
from typing import Any, NoReturn

from app.kit.problems import Invalid

DEEPEST = 20  # ours: the deepest body of the contract has six levels

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def guard_json(body: bytes) -> None:
    """Raise `Invalid` for a body that no JSON parser of ours and our clients' would read alike."""
    if body.count(b"[") + body.count(b"{") > DEEPEST and _depth(body) > DEEPEST:
        raise Invalid.at("", f"The body nests deeper than {DEEPEST} levels.", "json_too_deep")
    if b"\x00" in body or (b"\\u0000" in body and _NUL.search(body)):
        raise Invalid.at("", "A string holds the character NUL.", "string_with_nul")
    try:
        json.loads(body, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except UnicodeDecodeError as wrong:
        raise Invalid.at("", "The body is not UTF-8.", "json_not_utf8") from wrong
    except RecursionError as wrong:
        raise Invalid.at("", "The body nests too deep.", "json_too_deep") from wrong
    except ValueError as wrong:  # JSONDecodeError, and int() refusing thousands of digits
        raise Invalid.at("", f"The body is not JSON: {wrong}", "json_invalid") from wrong


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for match in _STRUCTURE.finditer(body):
        mark = match[0]
        if mark in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif mark in (b"]", b"}"):
            depth -= 1
    return deepest


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Invalid.at("", "An object names the same key twice.", "json_duplicate_key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise Invalid.at("", f"{name} is not a JSON number.", "json_not_finite")
