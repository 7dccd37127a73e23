"""The hard rules and weights of a program, as the matching engine takes them."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from app.kit.problems import Invalid
from app.matching.people import Direction, Rules, Weights

DEEPEST_LINE = 100
LEVELS_OF_A_LINE = "reporting_line"
"""What a program calls `reporting_line_levels`: the code of the rule, with a number of levels."""


def rules_of(stored: Mapping[str, Any], *, training: bool = False) -> Rules:
    """The hard rules of a program: code → true, false, a number or a word; the rest as usual.

    A code that is not built in belongs to a plug-in. Raises Invalid at `/rules/<code>`.
    """
    known = {each.name for each in fields(Rules)} - {"plugins"}
    found: dict[str, Any] = {}
    plugins: dict[str, Any] = {}
    for code, value in stored.items():
        if code in (LEVELS_OF_A_LINE, "reporting_line_levels"):
            found["reporting_line_levels"] = _number(code, value, usual=2, most=DEEPEST_LINE)
        elif code == "minimum_shared_minutes":
            found[code] = _number(code, value, usual=60, most=7 * 24 * 60)
        elif code == "direction":
            found[code] = _direction(value)
        elif code in known:
            if not isinstance(value, bool):
                raise _wrong_rule(code, "Give true or false.", "bool_type")
            found[code] = value
        else:
            plugins[code] = value
    return Rules(**{"training": training, **found}, plugins=plugins)


def _number(code: str, value: Any, *, usual: int, most: int) -> int:
    if isinstance(value, bool):
        return usual if value else 0
    if not isinstance(value, int) or not 0 <= value <= most:
        raise _wrong_rule(code, f"Give a number from 0 to {most}, true or false.", "int_type")
    return value


def _direction(value: Any) -> Direction | None:
    if value is False:
        return None
    if value is True:
        return Direction.JOB_LEVEL
    if value not in list(Direction):
        told = f"Give one of {', '.join(Direction)}, or false."
        raise _wrong_rule("direction", told, "enum")
    return Direction(value)


def _wrong_rule(code: str, detail: str, kind: str) -> Invalid:
    return Invalid.at(f"/rules/{code}", detail, kind)


def weights_of(stored: Mapping[str, int]) -> Weights:
    """The weights of a program: those it names, beside the usual ones; 0 switches one off."""
    known = {each.name for each in fields(Weights)} - {"plugins"}
    return Weights(
        **{code: weight for code, weight in stored.items() if code in known},
        plugins={code: weight for code, weight in stored.items() if code not in known},
    )
