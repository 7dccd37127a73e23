"""Names to matchers, criteria and rules: built-ins plus entry points, loaded when asked for."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from app.matching.problem import Matcher, MatcherFailed, ProblemInvalid

MATCHERS = "rementor.matchers"
CRITERIA = "rementor.criteria"
RULES = "rementor.rules"

BUILT_IN = {
    "optimal": ("app.matching.optimal", "Optimal"),
    "stable": ("app.matching.stable", "Stable"),
    "greedy": ("app.matching.greedy", "Greedy"),
}
"""Module and class of the matchers that come with the house: solvers are heavy, so load late."""


def entry_points(**wanted: str) -> Iterable[Any]:
    """Return the entry points of a group, or of a name in it; who finds them is loaded late."""
    found: Iterable[Any] = import_module("importlib.metadata").entry_points(**wanted)
    return found


def matcher_names() -> list[str]:
    """Return the names of all matchers that can be asked for."""
    return sorted({*BUILT_IN, *(point.name for point in entry_points(group=MATCHERS))})


def load_matcher(name: str) -> Matcher:
    """Return the matcher of that name; a built-in name cannot be taken by a plug-in.

    Raises `ProblemInvalid` (`matcher-unknown`) and `MatcherFailed` (`matcher-unloadable`,
    `matcher-invalid`).
    """
    if name in BUILT_IN:
        module, attribute = BUILT_IN[name]
        built_in: Matcher = getattr(import_module(module), attribute)()
        return built_in
    for point in entry_points(group=MATCHERS, name=name):
        return check_matcher(name, _made(point))
    raise ProblemInvalid("matcher-unknown", f"{name} is none of {matcher_names()}.")


def check_matcher(name: str, given: Any) -> Matcher:
    """Return what a plug-in gave if it is a matcher. Raises `MatcherFailed` (`matcher-invalid`)."""
    missing = [part for part in ("name", "version", "match") if not hasattr(given, part)]
    if missing or not callable(given.match):
        raise MatcherFailed("matcher-invalid", f"{name} is no matcher: it lacks {missing}.")
    matcher: Matcher = given
    return matcher


def load_criteria() -> dict[str, Any]:
    """Return all plug-in criteria by code. Raises `MatcherFailed` as `load_matcher` does."""
    return _by_code(CRITERIA)


def load_rules() -> dict[str, Any]:
    """Return all plug-in rules by code. Raises `MatcherFailed` as `load_matcher` does."""
    return _by_code(RULES)


def _by_code(group: str) -> dict[str, Any]:
    found = {}
    for point in entry_points(group=group):
        given = _made(point)
        missing = [part for part in ("code", "sentence", "terms") if not hasattr(given, part)]
        if missing:
            raise MatcherFailed("plugin-invalid", f"{point.name} lacks {missing}.")
        found[str(given.code)] = given
    return found


def _made(point: Any) -> Any:
    """Load an entry point; a class is called once without arguments."""
    try:
        given = point.load()
        return given() if isinstance(given, type) else given
    except (Exception, SystemExit) as error:
        detail = f"{point.name} ({point.value}) raised {type(error).__name__}."
        raise MatcherFailed("plugin-unloadable", detail) from error
