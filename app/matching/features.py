"""People to integer feature blocks: from a cohort and its program to a matching problem."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

import numpy as np

from app.matching import criteria as soft
from app.matching import rules as hard
from app.matching.blocks import FeatureScores, tiles
from app.matching.criteria import Criterion
from app.matching.people import FULL_SCORE, Person, Role, Rules, Weights
from app.matching.problem import Basis, MatchingProblem, Objective, Pin, ProblemInvalid
from app.matching.rules import Rule
from app.matching.shared_time import SharedTime
from app.matching.sides import Sides
from app.matching.terms import Layer

NEAR_DIAGONAL = 1024
"""Tiles so near to the diagonal are checked for plug-in criteria that give too much."""

USUAL_RULES = Rules()
USUAL_WEIGHTS = Weights()


def to_problem(
    mentors: Iterable[Person],
    mentees: Iterable[Person],
    rules: Rules = USUAL_RULES,
    weights: Weights = USUAL_WEIGHTS,
    *,
    objective: Objective = Objective.PARTICIPATION,
    seed: int = 0,
    pins: Sequence[Pin] = (),
    previous: Sequence[tuple[str, str]] = (),
    stability_bonus: int = 300,
    floors: tuple[int, ...] = (3000, 4500),
    plugin_criteria: Mapping[str, Criterion] | None = None,
    plugin_rules: Mapping[str, Rule] | None = None,
) -> MatchingProblem:
    """Translate people, rules and weights into a problem any matcher can work on.

    `previous` holds the pairs of the last proposal, each worth `stability_bonus` points more.
    Plug-ins are given by code (see `registry.py`); one that is weighted or has parameters but
    was not given raises `ProblemInvalid` (`criterion-unknown`, `rule-unknown`), one that raises
    or gives no integers raises `criterion-failed`, `rule-failed` or `layer-invalid`.
    """
    sides = _sides(mentors, mentees, rules)
    points = weights.points()
    known = {c.code: c for c in soft.BUILT_IN} | dict(plugin_criteria or {})
    criteria = [_criterion(known, code, share, sides) for code, share in points.items() if share]
    own = [Layer(rule.code, tuple(rule.terms(sides, rules))) for rule in hard.BUILT_IN]
    plugged = [_rule(plugin_rules or {}, code, rules, sides) for code in sorted(rules.plugins)]
    scores = FeatureScores(
        len(sides.mentors),
        len(sides.mentees),
        criteria,
        [layer for layer in (*own, *plugged) if layer.terms],
        FULL_SCORE,
        None if plugged or points.keys() - soft.OWN_CODES else _basis(sides, rules, points),
    )
    return MatchingProblem(
        mentors=tuple(person.id for person in sides.mentors),
        mentees=tuple(person.id for person in sides.mentees),
        capacities=np.array([person.capacity for person in sides.mentors], np.int64),
        demands=np.array([person.capacity for person in sides.mentees], np.int64),
        scores=scores,
        objective=objective,
        seed=seed,
        pins=tuple(pins),
        previous=tuple(sorted(set(previous))),
        stability_bonus=stability_bonus,
        floors=floors,
        waitlisted_mentors=frozenset(p.id for p in sides.mentors if p.waitlisted),
        waitlisted_mentees=frozenset(p.id for p in sides.mentees if p.waitlisted),
        mentor_wishes={p.id: p.wishes for p in sides.mentors if p.wishes},
        mentee_wishes={p.id: p.wishes for p in sides.mentees if p.wishes},
        rules_version=_version(rules, points),
    )


def _basis(sides: Sides, rules: Rules, points: Mapping[str, int]) -> Basis:
    """Say what a score is made of: our own rules and criteria look at nobody but the two."""
    return Basis((rules, points), sides.mentors, sides.mentees)


def _sides(mentors: Iterable[Person], mentees: Iterable[Person], rules: Rules) -> Sides:
    left = sorted(mentors, key=lambda person: person.id)
    right = sorted(mentees, key=lambda person: person.id)
    for side, role in ((left, Role.MENTOR), (right, Role.MENTEE)):
        for person in side:
            if person.role is not role:
                raise ProblemInvalid("role-wrong", f"{person.id} is enrolled as {person.role}.")
    return Sides(left, right, SharedTime(left, right), rules.minimum_shared_minutes)


def _criterion(known: Mapping[str, Criterion], code: str, share: int, sides: Sides) -> Layer:
    if code not in known:
        raise ProblemInvalid("criterion-unknown", f"There is no criterion {code}.")
    try:
        layer = Layer(code, tuple(known[code].terms(sides, share)))
    except ProblemInvalid:
        raise
    except (Exception, SystemExit) as error:
        detail = f"{code} raised {type(error).__name__}."
        raise ProblemInvalid("criterion-failed", detail) from error
    if code not in soft.OWN_CODES:
        _check_range(layer, share, sides)
    return layer


def _check_range(layer: Layer, share: int, sides: Sides) -> None:
    """Refuse a plug-in that gives more than its points: a broken rule must outweigh everything.

    Tiles on the diagonal band are looked at, all of them for up to a thousand people a side.
    """
    layer.check(len(sides.mentors), len(sides.mentees))
    scores = FeatureScores(len(sides.mentors), len(sides.mentees), [layer], [], FULL_SCORE)
    for rows, cols in tiles(*scores.shape):
        if abs(rows.start - cols.start) < NEAR_DIAGONAL:
            points = scores.points(layer.code, rows, cols)
            if points.size and not 0 <= int(points.min()) <= int(points.max()) <= share:
                detail = f"{layer.code} gives points outside 0..{share}."
                raise ProblemInvalid("criterion-out-of-range", detail)


def _rule(known: Mapping[str, Rule], code: str, rules: Rules, sides: Sides) -> Layer:
    if code not in known:
        raise ProblemInvalid("rule-unknown", f"There is no rule {code}.")
    try:
        return Layer(code, tuple(known[code].terms(sides, rules.plugins[code])))
    except ProblemInvalid:
        raise
    except (Exception, SystemExit) as error:
        detail = f"{code} raised {type(error).__name__}."
        raise ProblemInvalid("rule-failed", detail) from error


def _version(rules: Rules, points: Mapping[str, int]) -> str:
    """Name the rules and weights by their content, so that equal programs have equal versions."""
    parameters = [(f.name, getattr(rules, f.name)) for f in fields(rules)]
    frozen = repr((parameters, sorted(points.items())))
    return hashlib.sha256(frozen.encode()).hexdigest()[:16]
