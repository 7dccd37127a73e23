"""Shares of people, their differences, and corrections for asking several questions at once."""

import math
from collections.abc import Sequence

from app.impact.distributions import normal_quantile
from app.impact.estimates import Estimate, NotMeasurable, Reason

PROPORTION_MINIMUM = 5
DIFFERENCE_MINIMUM = 10


def proportion(hits: int, n: int, confidence: float = 0.95) -> Estimate | NotMeasurable:
    """The share `hits / n` with Wilson's score interval (Wilson 1927); n of five at least.

    Raises ValueError unless 0 ≤ hits ≤ n.
    """
    _check(hits, n)
    if n < PROPORTION_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n)
    low, high = _wilson(hits, n, confidence)
    return Estimate(hits / n, low, high, n, "proportion, Wilson interval", confidence)


def difference_of_proportions(
    hits: int, n: int, comparison_hits: int, comparison_n: int, confidence: float = 0.95
) -> Estimate | NotMeasurable:
    """The share of one group minus that of another, with Newcombe's hybrid score interval.

    Newcombe 1998, method 10: the two Wilson intervals, combined by squares. Ten people in each
    group at least. Raises ValueError unless 0 ≤ hits ≤ n on both sides.
    """
    _check(hits, n)
    _check(comparison_hits, comparison_n)
    total = n + comparison_n
    if min(n, comparison_n) < DIFFERENCE_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, total)
    p1, p2 = hits / n, comparison_hits / comparison_n
    low1, high1 = _wilson(hits, n, confidence)
    low2, high2 = _wilson(comparison_hits, comparison_n, confidence)
    low = p1 - p2 - math.hypot(p1 - low1, high2 - p2)
    high = p1 - p2 + math.hypot(high1 - p1, p2 - low2)
    method = "difference of proportions, Newcombe hybrid score interval"
    return Estimate(p1 - p2, low, high, total, method, confidence, (n, comparison_n))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values that keep the chance of any false finding (Holm 1979).

    For the primary questions of a program, fixed before it starts. Order as given; reject where the
    adjusted value is at most the level. Raises ValueError for a p outside [0, 1].
    """
    order = _ascending(p_values)
    adjusted, floor = [0.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        floor = max(floor, min(1.0, (len(order) - place) * p_values[index]))
        adjusted[index] = floor
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values that keep the share of false findings (Benjamini and Hochberg 1995).

    For everything looked at besides, which reports label exploratory. Order as given. Raises
    ValueError for a p outside [0, 1].
    """
    order = _ascending(p_values)
    adjusted, ceiling = [0.0] * len(p_values), 1.0
    for place in range(len(order), 0, -1):
        index = order[place - 1]
        ceiling = min(ceiling, len(order) / place * p_values[index])
        adjusted[index] = ceiling
    return adjusted


def _check(hits: int, n: int) -> None:
    if not 0 <= hits <= n:
        message = f"{hits} of {n} is not a share"
        raise ValueError(message)


def _wilson(hits: int, n: int, confidence: float) -> tuple[float, float]:
    z = normal_quantile((1 + confidence) / 2)
    p, weight = hits / n, z**2 / n
    center = (p + weight / 2) / (1 + weight)
    half = z * math.sqrt(p * (1 - p) / n + weight / (4 * n)) / (1 + weight)
    # At 0 and n of n the end is the share itself; rounding must not put it beyond.
    return min(p, max(0.0, center - half)), max(p, min(1.0, center + half))


def _ascending(p_values: Sequence[float]) -> list[int]:
    if not all(0 <= p <= 1 for p in p_values):
        message = "a p value lies between 0 and 1"
        raise ValueError(message)
    return sorted(range(len(p_values)), key=p_values.__getitem__)
