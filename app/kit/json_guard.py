"""Refuses JSON that parses but means trouble: doubled keys, NaN, NUL, bottomless nesting."""

import json
import re
from typing import Any, NoReturn

from app.kit.problems import Invalid

DEEPEST = 20  # ours: the deepest body of the contract has six levels
WIDEST = 1_000  # ours: the widest object of the contract has 500 members

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def guard_json(body: bytes) -> None:
    """Raise `Invalid` for a body that no JSON parser of ours and our clients' would read alike.

    Every step is linear in the body: what can be sent without a token must not cost more.
    """
    try:
        found = json.loads(body, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except UnicodeDecodeError as wrong:
        raise Invalid.at("", "The body is not UTF-8.", "json_not_utf8") from wrong
    except RecursionError as wrong:
        raise Invalid.at("", _TOO_DEEP, "json_too_deep") from wrong
    except ValueError as wrong:  # JSONDecodeError, and int() refusing thousands of digits
        raise Invalid.at("", f"The body is not JSON: {wrong}", "json_invalid") from wrong
    if b"\\u0000" in body and _NUL.search(body):
        raise Invalid.at("", "A string holds the character NUL.", "string_with_nul")
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_deeper(found, DEEPEST):
        raise Invalid.at("", _TOO_DEEP, "json_too_deep")


_TOO_DEEP = f"The body nests deeper than {DEEPEST} levels."


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects stand in each other on more levels than these."""
    within = [value]
    for _ in range(levels + 1):
        holders = [each for each in within if isinstance(each, (dict, list))]
        if not holders:
            return False
        within = [
            part for each in holders for part in (each.values() if isinstance(each, dict) else each)
        ]
    return True


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > WIDEST:  # each unknown one would be named in the answer
        raise Invalid.at("", f"An object has more than {WIDEST} members.", "json_too_wide")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Invalid.at("", "An object names the same key twice.", "json_duplicate_key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise Invalid.at("", f"{name} is not a JSON number.", "json_not_finite")
