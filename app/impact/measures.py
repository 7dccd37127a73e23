"""Change and difference of means: raw, standardised, and compared between groups.

Arrays in, frozen results out; no database, no clock. Where a published tool differs from our
convention, the docstring says so.
"""

import math

import numpy as np
import numpy.typing as npt

from app.impact.distributions import noncentrality, t_quantile
from app.impact.estimates import (
    Estimate,
    NotMeasurable,
    Reason,
    complete_pairs,
    deviation,
    observed,
)

CHANGE_MINIMUM = 5
STANDARDISED_MINIMUM = 8
COMPARISON_MINIMUM = 10

# Closer to 1 than rounding can tell.
FULL_CORRELATION = 1e-9


def correction(freedom: int) -> float:
    """J(m) = Γ(m/2) / (√(m/2) Γ((m-1)/2)), the exact small-sample factor, m ≥ 2 (Hedges 1981)."""
    half = freedom / 2
    return math.exp(math.lgamma(half) - math.lgamma(half - 0.5)) / math.sqrt(half)


def paired_change(
    before: npt.ArrayLike, after: npt.ArrayLike, confidence: float = 0.95
) -> Estimate | NotMeasurable:
    """The mean of after - before in the unit of the answers, with Student's t interval.

    `before`, `after`: float[n], row by row the same person; a person with one value missing is
    left out, and `n` counts the pairs that remain (five at least). When everyone changed by the
    same amount there is no interval: one of no width would claim what no sample can show.
    """
    first, second = complete_pairs(before, after)
    n = first.size
    if n < CHANGE_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n)
    change = second - first
    mean, spread = float(change.mean()), deviation(change)
    if spread == 0:
        return Estimate(mean, None, None, n, "mean paired change, all alike", confidence)
    half = t_quantile((1 + confidence) / 2, n - 1) * spread / math.sqrt(n)
    method = "mean paired change, t interval"
    return Estimate(mean, mean - half, mean + half, n, method, confidence)


def standardised_change(
    before: npt.ArrayLike, after: npt.ArrayLike, confidence: float = 0.95
) -> Estimate | NotMeasurable:
    """g_av: the mean change over the average standard deviation of both waves, corrected.

    g = J(n-1) · Δ / √((s₁² + s₂²)/2), interval g ± t(n-1) · √((1/n + g²/(2n)) · 2(1-r))
    (Borenstein, Hedges, Higgins and Rothstein 2009, ch. 4, with the t quantile, whose
    coverage at n = 8 to 40 is .955 to .98 where the normal gives .925 to .958).
    `before`, `after`: float[n] as for `paired_change`; eight complete pairs at least.
    Waves that correlate fully have no interval: the formula would give one of no width.

    Conventions: J takes n - 1 degrees of freedom (some tools take 2(n-1)), and the two standard
    deviations are averaged as variances (Lakens 2013 averages the deviations themselves).
    """
    first, second = complete_pairs(before, after)
    n = first.size
    if n < STANDARDISED_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n)
    spread_before, spread_after = deviation(first), deviation(second)
    if spread_before == 0 or spread_after == 0:
        return NotMeasurable(Reason.NO_VARIATION, n)
    pooled = math.sqrt((spread_before**2 + spread_after**2) / 2)
    g = correction(n - 1) * float((second - first).mean()) / pooled
    r = float(np.corrcoef(first, second)[0, 1])
    if 1 - r < FULL_CORRELATION:
        return Estimate(g, None, None, n, "g_av, paired, waves fully correlated", confidence)
    error = math.sqrt((1 / n + g**2 / (2 * n)) * 2 * (1 - r))
    half = t_quantile((1 + confidence) / 2, n - 1) * error
    return Estimate(g, g - half, g + half, n, "g_av, paired, t interval", confidence)


def change_in_deviations(
    before: npt.ArrayLike, after: npt.ArrayLike, confidence: float = 0.95
) -> Estimate | NotMeasurable:
    """d_z: the mean change over the standard deviation of the changes; what power is computed on.

    d = t/√n, interval from the noncentral t that puts the observed t at either tail, divided by √n
    (Steiger and Fouladi 1997). `before`, `after`: float[n]; eight complete pairs at least.
    """
    first, second = complete_pairs(before, after)
    n = first.size
    if n < STANDARDISED_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n)
    change = second - first
    spread = deviation(change)
    if spread == 0:
        return NotMeasurable(Reason.NO_VARIATION, n)
    d = float(change.mean()) / spread
    t, tail = d * math.sqrt(n), (1 - confidence) / 2
    low = noncentrality(t, n - 1, 1 - tail) / math.sqrt(n)
    high = noncentrality(t, n - 1, tail) / math.sqrt(n)
    return Estimate(d, low, high, n, "d_z of pairs, noncentral t interval", confidence)


def standardised_difference(
    first: npt.ArrayLike, second: npt.ArrayLike, confidence: float = 0.95
) -> Estimate | NotMeasurable:
    """Hedges' g of two separate groups, first minus second, with its t interval.

    g = J(n₁+n₂-2) · Δ / s_pooled, variance J² · ((n₁+n₂)/(n₁n₂) + d²/(2(n₁+n₂))) (Borenstein et al.
    2009, eq. 4.18 to 4.24). `first`: float[n₁], `second`: float[n₂]; ten in each at least.
    """
    left, right = observed(first), observed(second)
    n1, n2 = left.size, right.size
    n = n1 + n2
    if min(n1, n2) < COMPARISON_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n)
    squares = (n1 - 1) * deviation(left) ** 2 + (n2 - 1) * deviation(right) ** 2
    if squares == 0:
        return NotMeasurable(Reason.NO_VARIATION, n)
    d = float(left.mean() - right.mean()) / math.sqrt(squares / (n - 2))
    factor = correction(n - 2)
    error = factor * math.sqrt(n / (n1 * n2) + d**2 / (2 * n))
    g, half = factor * d, t_quantile((1 + confidence) / 2, n - 2) * error
    method = "Hedges' g of two groups, t interval"
    return Estimate(g, g - half, g + half, n, method, confidence, (n1, n2))


def difference_of_changes(
    change: npt.ArrayLike, comparison_change: npt.ArrayLike, confidence: float = 0.95
) -> Estimate | NotMeasurable:
    """How much more one group changed than a comparison group: difference in differences.

    The difference of the mean changes with Welch's t interval, degrees of freedom after
    Satterthwaite (Welch 1947). `change`: float[n₁] of participants, `comparison_change`: float[n₂]
    of the others; one change a person, ten in each group at least.
    """
    left, right = observed(change), observed(comparison_change)
    n1, n2 = left.size, right.size
    if min(n1, n2) < COMPARISON_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n1 + n2)
    part1, part2 = deviation(left) ** 2 / n1, deviation(right) ** 2 / n2
    if part1 + part2 == 0:
        return NotMeasurable(Reason.NO_VARIATION, n1 + n2)
    freedom = (part1 + part2) ** 2 / (part1**2 / (n1 - 1) + part2**2 / (n2 - 1))
    value = float(left.mean() - right.mean())
    half = t_quantile((1 + confidence) / 2, freedom) * math.sqrt(part1 + part2)
    method = "difference of mean changes, Welch t interval"
    return Estimate(value, value - half, value + half, n1 + n2, method, confidence, (n1, n2))
