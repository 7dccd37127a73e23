"""The generation gap itself: how far two sides of a company lie apart in a skill, then and now."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.impact.distributions import normal_quantile, normal_tail
from app.impact.estimates import DECIMALS, Estimate, FloatArray, NotMeasurable, Reason
from app.impact.ordinal import (
    Distance,
    distribution_distance,
    dominance,
    generator_for,
    wasserstein,
)

SIDE_MINIMUM = 10
RESAMPLES = 2000
METHOD = f"gap closed, BCa interval of {RESAMPLES} resamples of persons, pairs kept together"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the gap: the same people before and after.

    `before`, `after`: float[n, s], a row a person, a column a skill, levels; None and NaN mean
    missing. `pairings`: for each person the pairing they belong to, or None; people of one pairing
    are not independent and are drawn together.
    """

    before: npt.ArrayLike
    after: npt.ArrayLike
    pairings: Sequence[Hashable | None] | None = None


@dataclass(frozen=True, slots=True)
class SkillGap:
    """The gap in one skill: positive δ means that the younger side is ahead.

    `delta_closed` = |δ before| - |δ after| and `distance_closed` = W₁ before - W₁ after, in levels;
    both are positive when the sides came closer.
    """

    skill: str
    delta_before: Estimate | NotMeasurable
    delta_after: Estimate | NotMeasurable
    delta_closed: Estimate
    distance_before: Distance | NotMeasurable
    distance_after: Distance | NotMeasurable
    distance_closed: Estimate


@dataclass(frozen=True, slots=True)
class GapIndex:
    """The gap over all skills of a plan: weighted means of what closed, and each skill."""

    delta_closed: Estimate
    distance_closed: Estimate
    skills: tuple[SkillGap, ...]


@dataclass(frozen=True, slots=True)
class _Waves:
    """The complete people of one side, float64[n, s] each, and the unit each is drawn with."""

    before: FloatArray
    after: FloatArray
    units: npt.NDArray[np.intp]


def generation_gap(
    younger: Side,
    older: Side,
    skills: Sequence[str],
    weights: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> GapIndex | NotMeasurable:
    """How much of the gap between two sides closed, in each skill and over all of them.

    People with a missing level are left out; ten must remain on each side. Intervals: BCa (Efron
    1987) over resampled persons, both waves of a person and both people of a pairing kept together,
    seeded by the data, so that the same data give the same figures. δ saturates at ±1 when the
    sides do not overlap and the distance does not, therefore both. The sides may be any declared
    dimension, such as career stage.

    `weights`: one for each skill, fixed in the plan, equal by default. Raises ValueError for shapes
    that do not fit, infinite levels, or weights that are negative or all zero.
    """
    share = _shares(weights, len(skills))
    sides = _complete(younger, older, len(skills))
    n1, n2 = sides[0].before.shape[0], sides[1].before.shape[0]
    if min(n1, n2) < SIDE_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n1 + n2)
    closed = _gap_closed(*sides)

    units = 1 + int(max(sides[0].units.max(), sides[1].units.max()))
    draws = _draws(*sides, units)
    replicates = closed(draws)  # float64[resamples, 2, s]
    without = closed(np.ones((units, units)) - np.eye(units))
    point = closed(np.ones((1, units)))[0]

    def estimate(kind: int, skill_weights: FloatArray) -> Estimate:
        value = float(point[kind] @ skill_weights)
        drawn, left_out = replicates[:, kind] @ skill_weights, without[:, kind] @ skill_weights
        interval = bca_interval(value, drawn, left_out, confidence)
        low, high = interval or (None, None)
        return Estimate(value, low, high, n1 + n2, METHOD, confidence, (n1, n2))

    only = np.eye(len(skills))  # all the weight on one skill
    results = []
    for s, skill in enumerate(skills):
        young_before, old_before = sides[0].before[:, s], sides[1].before[:, s]
        young_after, old_after = sides[0].after[:, s], sides[1].after[:, s]
        results.append(
            SkillGap(
                skill,
                dominance(young_before, old_before, confidence),
                dominance(young_after, old_after, confidence),
                estimate(0, only[s]),
                distribution_distance(young_before, old_before),
                distribution_distance(young_after, old_after),
                estimate(1, only[s]),
            )
        )
    return GapIndex(
        estimate(0, share),
        estimate(1, share),
        tuple(results),
    )


def bca_interval(
    value: float, replicates: FloatArray, without: FloatArray, confidence: float
) -> tuple[float, float] | None:
    """The bias-corrected and accelerated bootstrap interval (Efron 1987), or None without spread.

    `replicates`: float64[r] of the resampled statistic, `without`: float64[u] of the statistic with
    one unit left out at a time.
    """
    if np.ptp(replicates) == 0:
        return None
    below = float((replicates < value).mean() + (replicates == value).mean() / 2)
    edge = 1 / (replicates.size + 1)
    bias = normal_quantile(min(max(below, edge), 1 - edge))
    pulls = without.mean() - without
    squares = float((pulls**2).sum())
    acceleration = float((pulls**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0
    ends = []
    for probability in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = bias + normal_quantile(probability)
        at = 1 - normal_tail(bias + z / (1 - acceleration * z))
        ends.append(float(np.quantile(replicates, at)))
    return ends[0], ends[1]


def _shares(weights: Sequence[float] | None, skills: int) -> FloatArray:
    given: FloatArray = np.asarray(np.ones(skills) if weights is None else weights, np.float64)
    if given.shape != (skills,) or not (given >= 0).all() or not 0 < given.sum() < math.inf:
        message = "weights are one for each skill, none negative, not all zero"
        raise ValueError(message)
    shares: FloatArray = given / given.sum()
    return shares


def _table(values: npt.ArrayLike, skills: int) -> FloatArray:
    array: FloatArray = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != skills or np.isinf(array).any():
        message = f"expected finite levels, a row a person, {skills} columns; got {array.shape}"
        raise ValueError(message)
    return array.round(DECIMALS)


def _complete(younger: Side, older: Side, skills: int) -> tuple[_Waves, _Waves]:
    """Both sides without incomplete people, in an order that depends on the data alone."""
    people: list[tuple[Hashable, int, FloatArray]] = []  # unit key, side, both waves of a person
    for number, side in enumerate((younger, older)):
        before, after = _table(side.before, skills), _table(side.after, skills)
        pairings = [None] * before.shape[0] if side.pairings is None else list(side.pairings)
        if before.shape != after.shape or len(pairings) != before.shape[0]:
            message = "before, after and pairings of one side do not fit each other"
            raise ValueError(message)
        levels = np.hstack([before, after])
        for row, (pairing, person) in enumerate(zip(pairings, levels, strict=True)):
            key: Hashable = ("person", number, row) if pairing is None else ("pairing", pairing)
            if not np.isnan(person).any():
                people.append((key, number, person))

    members: dict[Hashable, list[tuple[int, tuple[float, ...]]]] = {}
    for key, number, person in people:
        members.setdefault(key, []).append((number, tuple(person.tolist())))
    ordered = sorted(sorted(unit) for unit in members.values())

    sides = []
    for number in (0, 1):
        rows = [(u, p) for u, unit in enumerate(ordered) for at, p in unit if at == number]
        table = np.array([p for _, p in rows]).reshape(len(rows), 2 * skills)
        units = np.array([u for u, _ in rows], dtype=np.intp)
        sides.append(_Waves(table[:, :skills], table[:, skills:], units))
    return sides[0], sides[1]


def _draws(younger: _Waves, older: _Waves, units: int) -> FloatArray:
    """How often each unit is drawn, float64[resamples, units].

    Units are drawn among those of the same make-up, so both sides keep their sizes.
    """
    young = np.bincount(younger.units, minlength=units)
    old = np.bincount(older.units, minlength=units)
    _, stratum = np.unique(np.column_stack([young, old]), axis=0, return_inverse=True)
    generator = generator_for(younger.before, younger.after, older.before, older.after)
    draws = np.zeros((RESAMPLES, units))
    for number in range(int(stratum.max()) + 1):
        alike = np.flatnonzero(stratum == number)
        chances = np.full(alike.size, 1 / alike.size)
        draws[:, alike] = generator.multinomial(alike.size, chances, size=RESAMPLES)
    return draws


def _gap_closed(younger: _Waves, older: _Waves) -> Callable[[FloatArray], FloatArray]:
    """The function from unit counts float64[r, u] to what closed, float64[r, 2, s]: δ and W₁."""
    skills = younger.before.shape[1]
    waves = ((younger.before, older.before), (younger.after, older.after))

    def gaps(counts: FloatArray, young: FloatArray, old: FloatArray) -> FloatArray:
        by_young, by_old = counts[:, younger.units], counts[:, older.units]
        ahead = np.sign(young[:, None] - old[None, :])
        pairs = by_young.sum(axis=1) * by_old.sum(axis=1)
        delta = np.abs(((by_young @ ahead) * by_old).sum(axis=1) / pairs)
        support = np.unique(np.concatenate([young, old]))
        distance = wasserstein(
            by_young @ (young[:, None] == support), by_old @ (old[:, None] == support), support
        )
        return np.stack([delta, distance], axis=1)

    def closed(counts: FloatArray) -> FloatArray:
        columns = [
            gaps(counts, waves[0][0][:, s], waves[0][1][:, s])
            - gaps(counts, waves[1][0][:, s], waves[1][1][:, s])
            for s in range(skills)
        ]
        return np.stack(columns, axis=2)

    return closed
