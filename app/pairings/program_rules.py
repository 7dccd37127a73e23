"""The hard rules and weights of a program, as the matching engine takes them."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from app.access import service as access
from app.kit.problems import Invalid
from app.kit.work import UnitOfWork
from app.matching import criteria as soft
from app.matching.people import Direction, Rules, Weights
from app.matching.problem import MatcherFailed, ProblemInvalid
from app.matching.registry import load_criteria, load_rules
from app.programs import planning

DEEPEST_LINE = 100
LEVELS_OF_A_LINE = "reporting_line"
"""What a program calls `reporting_line_levels`: the code of the rule, with a number of levels."""


KNOWN_RULES = frozenset(each.name for each in fields(Rules)) - {"plugins"} | {LEVELS_OF_A_LINE}
KNOWN_CRITERIA = frozenset(rule.code for rule in soft.BUILT_IN)


@planning.judged_by
def must_be_known(
    uow: UnitOfWork,
    rules: Mapping[str, Any],
    weights: Mapping[str, int],
    rules_at: str,
    weights_at: str,
) -> None:
    """Refuse rules and weights that matching would not understand, naming those it does.

    Raises Invalid at the code.
    """
    _only_known(rules_of(rules, at=rules_at).plugins, KNOWN_RULES, load_rules, rules_at, "rule")
    given = weights_of(weights)
    _only_known(given.plugins, KNOWN_CRITERIA, load_criteria, weights_at, "criterion")
    if weights.get("generation") and not access.generation_matters(uow):
        detail = "Your organization does not match by generation; an administrator may change that."
        raise Invalid.at(f"{weights_at}/generation", detail, "generation_switched_off")
    try:
        given.points()
    except ProblemInvalid as wrong:
        raise Invalid.at(
            f"{weights_at}/generation", wrong.detail, wrong.code.replace("-", "_")
        ) from wrong


def _only_known(
    plugins: Mapping[str, Any],
    built_in: frozenset[str],
    load: Callable[[], Mapping[str, Any]],
    pointer: str,
    kind: str,
) -> None:
    for code in sorted(plugins):
        try:
            known = built_in | load().keys()
        except MatcherFailed as broken:
            detail = f"{code} is not built in, and a plug-in cannot be loaded: {broken.detail}"
            raise Invalid.at(f"{pointer}/{code}", detail, "plugin_unavailable") from broken
        if code not in known:
            detail = f"There is no {kind} {code}. Known are {', '.join(sorted(known))}."
            raise Invalid.at(f"{pointer}/{code}", detail, f"{kind}_unknown")


def rules_of(stored: Mapping[str, Any], *, training: bool = False, at: str = "/rules") -> Rules:
    """The hard rules of a program: code → true, false, a number or a word; the rest as usual.

    A code that is not built in belongs to a plug-in. Raises Invalid at `<at>/<code>`.
    """
    known = KNOWN_RULES - {LEVELS_OF_A_LINE}
    found: dict[str, Any] = {}
    plugins: dict[str, Any] = {}
    for code, value in stored.items():
        if code in (LEVELS_OF_A_LINE, "reporting_line_levels"):
            found["reporting_line_levels"] = _number(code, value, 2, DEEPEST_LINE, at)
        elif code == "minimum_shared_minutes":
            found[code] = _number(code, value, 60, 7 * 24 * 60, at)
        elif code == "direction":
            found[code] = _direction(value, at)
        elif code in known:
            if not isinstance(value, bool):
                raise Invalid.at(f"{at}/{code}", "Give true or false.", "bool_type")
            found[code] = value
        else:
            plugins[code] = value
    return Rules(**{"training": training, **found}, plugins=plugins)


def _number(code: str, value: Any, usual: int, most: int, at: str) -> int:
    if isinstance(value, bool):
        return usual if value else 0
    if not isinstance(value, int) or not 0 <= value <= most:
        told = f"Give a number from 0 to {most}, true or false."
        raise Invalid.at(f"{at}/{code}", told, "int_type")
    return value


def _direction(value: Any, at: str) -> Direction | None:
    if value is False:
        return None
    if value is True:
        return Direction.JOB_LEVEL
    if value not in list(Direction):
        told = f"Give one of {', '.join(Direction)}, or false."
        raise Invalid.at(f"{at}/direction", told, "enum")
    return Direction(value)


def weights_of(stored: Mapping[str, int]) -> Weights:
    """The weights of a program: those it names, beside the usual ones; 0 switches one off."""
    return Weights(
        **{code: weight for code, weight in stored.items() if code in KNOWN_CRITERIA},
        plugins={code: weight for code, weight in stored.items() if code not in KNOWN_CRITERIA},
    )
