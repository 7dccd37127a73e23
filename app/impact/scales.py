"""How far a scale can be trusted: reliability of its items, agreement of two raters."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.impact.distributions import f_quantile, normal_quantile
from app.impact.estimates import Estimate, FloatArray, NotMeasurable, Reason, deviation

RELIABILITY_MINIMUM = 30
RELIABILITY_ITEMS = 3
AGREEMENT_MINIMUM = 5

FACTOR_ROUNDS = 5000
FACTOR_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the two sides of a pairing rate the same thing, second minus first.

    `icc` is ICC(A,1); `low` and `high` are the limits between which about 95 % of the differences
    fall (Bland and Altman 1986), not an interval of the mean.
    """

    icc: Estimate | NotMeasurable
    mean_difference: float
    mean_absolute_difference: float
    low: float
    high: float
    n: int
    method: str = "agreement of pairs, Bland-Altman limits"


def complete_rows(table: npt.ArrayLike) -> FloatArray:
    """The rows without a missing value, float64[n, k]; None and NaN mean missing.

    Raises ValueError for another shape or infinite values.
    """
    array = np.asarray(table, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] < 2:
        message = f"expected rows of at least two values, got an array of shape {array.shape}"
        raise ValueError(message)
    if np.isinf(array).any():
        message = "infinite values cannot be measured"
        raise ValueError(message)
    rows: FloatArray = array[~np.isnan(array).any(axis=1)]
    return rows


def cronbach_alpha(answers: npt.ArrayLike, confidence: float = 0.95) -> Estimate | NotMeasurable:
    """Cronbach's alpha of one scale with Feldt's interval; it may be negative.

    alpha = k/(k-1) · (1 - Σ s²ᵢ / s²_total) (Cronbach 1951); its ends are 1 - (1-alpha) times
    either quantile of F(n-1, (n-1)(k-1)) (Feldt, Woodruff and Salih 1987). `answers`: float[n, k]
    of keyed answers; rows with a missing one are left out. Thirty rows and three items at least.
    """
    rows = complete_rows(answers)
    n, k = rows.shape
    if n < RELIABILITY_MINIMUM or k < RELIABILITY_ITEMS:
        return NotMeasurable(Reason.TOO_FEW, n)
    total = deviation(rows.sum(axis=1)) ** 2
    if total == 0:
        return NotMeasurable(Reason.NO_VARIATION, n)
    alpha = k / (k - 1) * (1 - float(rows.var(axis=0, ddof=1).sum()) / total)
    tail, freedom = (1 - confidence) / 2, (n - 1) * (k - 1)
    low = 1 - (1 - alpha) * f_quantile(1 - tail, n - 1, freedom)
    high = 1 - (1 - alpha) * f_quantile(tail, n - 1, freedom)
    return Estimate(alpha, low, high, n, "Cronbach's alpha, Feldt interval", confidence)


def mcdonald_omega(answers: npt.ArrayLike) -> Estimate | NotMeasurable:
    """McDonald's ω of one scale from the one-factor solution, without an interval.

    ω = (Σλ)² / ((Σλ)² + Σψ) (McDonald 1999, ch. 6) with loadings λ and unique variances ψ by
    iterated principal axes. `answers`: float[n, k] of keyed answers, complete rows count. An item
    that everybody answers alike loads 0 and has no variance of its own, so it changes nothing.
    Thirty rows and three items that vary at least; an item that would share more than all of its
    variance gives no ω (`improper_solution`).
    """
    rows = complete_rows(answers)
    n, k = rows.shape
    if n < RELIABILITY_MINIMUM or k < RELIABILITY_ITEMS:
        return NotMeasurable(Reason.TOO_FEW, n)
    spread = np.array([deviation(column) for column in rows.T])
    if int((spread > 0).sum()) < RELIABILITY_ITEMS:
        return NotMeasurable(Reason.NO_VARIATION, n)
    varying = spread > 0
    correlations: FloatArray = np.asarray(np.corrcoef(rows[:, varying], rowvar=False))
    loadings = _one_factor(correlations)
    if loadings is None:
        return NotMeasurable(Reason.IMPROPER_SOLUTION, n)
    shared = float((loadings * spread[varying]).sum()) ** 2
    unique = float(((1 - loadings**2) * spread[varying] ** 2).sum())
    omega = shared / (shared + unique)
    return Estimate(omega, None, None, n, "McDonald's omega, one factor by principal axes")


def absolute_agreement(
    ratings: npt.ArrayLike, confidence: float = 0.95
) -> Estimate | NotMeasurable:
    """ICC(A,1): how far single ratings of the same thing agree, level included.

    Two-way model, absolute agreement, single rating, interval after Satterthwaite (McGraw and Wong
    1996, tables 4 and 7, case 2A). `ratings`: float[n, k], one row a rated thing (a pairing), one
    column a rater (mentor, mentee); complete rows count, five at least.
    """
    rows = complete_rows(ratings)
    n, k = rows.shape
    if n < AGREEMENT_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n)
    grand, by_row, by_column = rows.mean(), rows.mean(axis=1), rows.mean(axis=0)
    between = k * float(((by_row - grand) ** 2).sum()) / (n - 1)
    raters = n * float(((by_column - grand) ** 2).sum()) / (k - 1)
    rest = rows - by_row[:, None] - by_column[None, :] + grand
    error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    below = between + (k - 1) * error + k / n * (raters - error)
    scale = max(1.0, float(np.abs(rows).max())) ** 2 * 1e-12
    if between <= scale or below <= scale:
        return NotMeasurable(Reason.NO_VARIATION, n)
    icc = (between - error) / below
    if error <= scale and raters <= scale:
        return Estimate(1.0, None, None, n, "ICC(A,1), full agreement", confidence)
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    freedom = (a * raters + b * error) ** 2 / (
        (a * raters) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    )
    upper = (1 + confidence) / 2
    down, up = f_quantile(upper, n - 1, freedom), f_quantile(upper, freedom, n - 1)
    noise = k * raters + (k * n - k - n) * error
    low = n * (between - down * error) / (down * noise + n * between)
    high = n * (up * between - error) / (noise + n * up * between)
    return Estimate(icc, low, high, n, "ICC(A,1), McGraw-Wong interval", confidence)


def agreement_of_pairs(first: npt.ArrayLike, second: npt.ArrayLike) -> Agreement | NotMeasurable:
    """Agreement of two raters of the same things: ICC(A,1), mean difference, limits.

    `first`, `second`: float[n], row by row one pairing; complete rows count, five at least. Only
    for a whole program: what one pairing answered is nobody else's business.
    """
    rows = complete_rows(np.column_stack([np.asarray(first, float), np.asarray(second, float)]))
    n = rows.shape[0]
    if n < AGREEMENT_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n)
    difference = rows[:, 1] - rows[:, 0]
    mean, half = float(difference.mean()), normal_quantile(0.975) * deviation(difference)
    absolute = float(np.abs(difference).mean())
    icc = absolute_agreement(rows)
    return Agreement(icc, mean, absolute, mean - half, mean + half, n)


def _one_factor(correlations: FloatArray) -> FloatArray | None:
    """Loadings float64[k] of one factor by principal axes, or None without a proper one."""
    reduced = correlations.copy()
    # Start from the largest correlation of each item: it exists where the inverse does not.
    np.fill_diagonal(reduced, 0.0)
    communality = np.abs(reduced).max(axis=1)
    for _ in range(FACTOR_ROUNDS):
        np.fill_diagonal(reduced, communality)
        values, vectors = np.linalg.eigh(reduced)
        loadings: FloatArray = vectors[:, -1] * math.sqrt(max(0.0, values[-1]))
        change = float(np.abs(loadings**2 - communality).max())
        communality = loadings**2
        if communality.max() > 1:
            return None
        if change < FACTOR_TOLERANCE:
            return loadings
    return None
