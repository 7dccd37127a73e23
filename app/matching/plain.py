"""Strict reading of JSON values: nothing is guessed, and what is wrong has a place and a name."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from app.matching.problem import ProblemInvalid

Choice = TypeVar("Choice", bound=StrEnum)
Item = TypeVar("Item")


def invalid(where: str, what: str) -> ProblemInvalid:
    """Return the trouble with one place of a document."""
    return ProblemInvalid("document-invalid", f"{where} {what}.")


def members(value: Any, where: str, known: frozenset[str] | None) -> Mapping[str, Any]:
    """Return an object that has no members but the known ones (None: any)."""
    if not isinstance(value, dict):
        raise invalid(where, "is no object")
    strangers = sorted(value.keys() - known) if known is not None else []
    if strangers:
        raise invalid(where, f"has unknown members {strangers}")
    return value


def items(value: Any, where: str) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise invalid(where, "is no list")
    return value


def each(found: Mapping[str, Any], name: str, read: Callable[[Any, str], Item]) -> list[Item]:
    """Read every item of a list member; a missing one is empty."""
    return [read(item, f"{name}[{k}]") for k, item in enumerate(items(found.get(name, []), name))]


def text(value: Any, where: str) -> str:
    """Return a string that is not empty."""
    if not isinstance(value, str) or not value:
        raise invalid(where, "is no text")
    return value


def texts(value: Any, where: str) -> list[str]:
    """Return a list of strings."""
    return [text(item, f"{where}[{k}]") for k, item in enumerate(items(value, where))]


def whole(value: Any, where: str, least: int, most: int) -> int:
    """Return an integer within limits; neither 1.0 nor true is one."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(where, "is no integer")
    if not least <= value <= most:
        raise invalid(where, f"is not between {least} and {most}")
    return value


def flag(value: Any, where: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise invalid(where, "is neither true nor false")
    return value


def day(value: Any, where: str) -> date:
    """Return a date written as 2027-01-15."""
    try:
        return date.fromisoformat(text(value, where))
    except ValueError as error:
        raise invalid(where, "is no date") from error


def choice(value: Any, where: str, among: type[Choice]) -> Choice:
    """Return one of the words of an enumeration."""
    try:
        return among(text(value, where))
    except ValueError as error:
        raise invalid(where, f"is none of {[str(word) for word in among]}") from error


def pair(value: Any, where: str) -> tuple[str, str]:
    """Return two ids."""
    if not isinstance(value, list) or len(value) != 2:
        raise invalid(where, "is no [mentor, mentee]")
    return text(value[0], where), text(value[1], where)
