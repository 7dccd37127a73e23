"""Comparisons that use only the order of answers, and the distance between two distributions."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.impact.distributions import normal_tail, t_quantile
from app.impact.estimates import (
    DECIMALS,
    Estimate,
    FloatArray,
    NotMeasurable,
    Reason,
    complete_pairs,
    observed,
)

SIGNED_RANK_MINIMUM = 6
DOMINANCE_MINIMUM = 5
DOMINANCE_INTERVAL_MINIMUM = 10
DISTANCE_MINIMUM = 10

# Beyond these sizes the exact tables take seconds and the normal approximation is as good.
EXACT_PAIRS = 200
EXACT_PRODUCT = 2500
PERMUTATIONS = 1000


@dataclass(frozen=True, slots=True)
class RankTest:
    """A rank test: its effect in [-1, 1], two-sided p, and what it counted.

    `statistic` is the smaller of the two rank sums or U counts; `n` the observations that
    entered, `groups` the two sizes where two groups are compared.
    """

    effect: float
    statistic: float
    p: float
    n: int
    method: str
    groups: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two distributions lie apart, in the unit of the answers.

    A distance is never negative, so small samples of the very same distribution already show one:
    `null_mean` is its mean when the sides are assigned by chance, `excess` what is left above it.
    """

    value: float
    null_mean: float
    excess: float
    n: int
    method: str
    groups: tuple[int, int]


def midranks(values: FloatArray) -> FloatArray:
    """Ranks from 1, float64[n]; equal values share the mean of their ranks."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: FloatArray = ((ends - counts + 1 + ends) / 2)[where]
    return ranks


def signed_rank(before: npt.ArrayLike, after: npt.ArrayLike) -> RankTest | NotMeasurable:
    """Wilcoxon's signed-rank test of pairs with the matched rank-biserial correlation.

    `before`, `after`: float[n]; six complete pairs at least. Pairs without change are left out
    (Wilcoxon 1945) and `n` counts the rest. p is exact also with ties: the rank sum is enumerated
    over all signs of the midranks present. Effect = (W₊ - W₋) / (W₊ + W₋) (Kerby 2014).
    """
    first, second = complete_pairs(before, after)
    if first.size < SIGNED_RANK_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, first.size)
    change = np.round(second - first, DECIMALS)
    change = change[change != 0]
    n = change.size
    if n == 0:
        return NotMeasurable(Reason.NO_VARIATION, first.size)
    ranks = midranks(np.abs(change))
    up = float(ranks[change > 0].sum())
    down = float(ranks[change < 0].sum())
    smaller, effect = min(up, down), (up - down) / (up + down)
    if n <= EXACT_PAIRS:
        p = _signed_rank_p(ranks, smaller)
        return RankTest(effect, smaller, p, n, "Wilcoxon signed-rank test, exact")
    variance = float((ranks**2).sum()) / 4
    p = _normal_p(smaller, (up + down) / 2, variance)
    return RankTest(effect, smaller, p, n, "Wilcoxon signed-rank test, normal approximation")


def rank_sum(first: npt.ArrayLike, second: npt.ArrayLike) -> RankTest | NotMeasurable:
    """The Mann-Whitney test of two groups, first against second, with Cliff's δ as its effect.

    `first`: float[n₁], `second`: float[n₂]; five in each at least. p is exact also with ties: the
    rank sum is counted over all ways of choosing who belongs to the first group.
    """
    left, right = observed(first), observed(second)
    n1, n2 = left.size, right.size
    if min(n1, n2) < DOMINANCE_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n1 + n2)
    ranks = midranks(np.concatenate([left, right]))
    u = float(ranks[:n1].sum()) - n1 * (n1 + 1) / 2
    smaller, effect = min(u, n1 * n2 - u), 2 * u / (n1 * n2) - 1
    groups = (n1, n2)
    if n1 * n2 <= EXACT_PRODUCT:
        p = _rank_sum_p(ranks, min(n1, n2), u if n1 <= n2 else n1 * n2 - u)
        return RankTest(effect, smaller, p, n1 + n2, "Mann-Whitney test, exact", groups)
    variance = n1 * n2 / (n1 + n2 - 1) * float(ranks.var())
    p = _normal_p(smaller, n1 * n2 / 2, variance)
    method = "Mann-Whitney test, normal approximation"
    return RankTest(effect, smaller, p, n1 + n2, method, groups)


def dominance(
    first: npt.ArrayLike, second: npt.ArrayLike, confidence: float = 0.95
) -> Estimate | NotMeasurable:
    """Cliff's δ = P(first > second) - P(first < second), between -1 and 1.

    `first`: float[n₁], `second`: float[n₂]; five in each at least, and ten in each for the
    asymmetric interval of Cliff (1996) with his unbiased variance, floored at
    (1 - δ²)/(n₁n₂ - 1), and the t quantile of Feng and Cliff (2004). When the groups do not overlap
    the variance is taken at δ(n₁n₂ - 1)/(n₁n₂), as Torchiano's effsize does.
    """
    left, right = observed(first), observed(second)
    n1, n2 = left.size, right.size
    if min(n1, n2) < DOMINANCE_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n1 + n2)
    matrix = np.sign(left[:, None] - right[None, :])  # float64[n₁, n₂]
    delta = float(matrix.mean())
    groups = (n1, n2)
    if min(n1, n2) < DOMINANCE_INTERVAL_MINIMUM:
        return Estimate(delta, None, None, n1 + n2, "Cliff's delta", confidence, groups)
    center = delta * (n1 * n2 - 1) / (n1 * n2) if abs(delta) == 1 else delta
    rows = float(((matrix.mean(axis=1) - center) ** 2).sum())
    columns = float(((matrix.mean(axis=0) - center) ** 2).sum())
    cells = float(((matrix - center) ** 2).sum())
    variance = (n2**2 * rows + n1**2 * columns - cells) / (n1 * n2 * (n1 - 1) * (n2 - 1))
    variance = max(variance, (1 - center**2) / (n1 * n2 - 1))
    t = t_quantile((1 + confidence) / 2, n1 + n2 - 2)
    half = t * math.sqrt(variance * ((1 - center**2) ** 2 + t**2 * variance))
    below = 1 - center**2 + t**2 * variance
    low = -1.0 if delta == -1 else (center - center**3 - half) / below
    high = 1.0 if delta == 1 else (center - center**3 + half) / below
    method = "Cliff's delta, Cliff's asymmetric t interval"
    return Estimate(delta, low, high, n1 + n2, method, confidence, groups)


def distribution_distance(first: npt.ArrayLike, second: npt.ArrayLike) -> Distance | NotMeasurable:
    """The Wasserstein-1 distance of two groups' answers, beside its mean under chance.

    `first`: float[n₁], `second`: float[n₂]; ten in each at least. The chance mean is taken over a
    thousand random assignments of the pooled answers to the two sides. Their seed comes from the
    answers themselves, so the same answers, in any order, always give the same figures.
    """
    left, right = np.sort(observed(first)), np.sort(observed(second))
    n1, n2 = left.size, right.size
    if min(n1, n2) < DISTANCE_MINIMUM:
        return NotMeasurable(Reason.TOO_FEW, n1 + n2)
    support, where = np.unique(np.concatenate([left, right]), return_inverse=True)
    value = float(wasserstein(_tally(where[:n1], support), _tally(where[n1:], support), support))
    # The smaller side is drawn, whichever came first: the distance has no direction.
    generator = generator_for(*sorted((left, right), key=lambda a: (a.size, a.tobytes())))
    pooled = np.sort(where)
    shuffled = generator.permuted(np.tile(pooled, (PERMUTATIONS, 1)), axis=1)
    drawn = np.stack([_tally(row[: min(n1, n2)], support) for row in shuffled])
    rest = _tally(pooled, support)[None, :] - drawn
    null_mean = float(wasserstein(drawn, rest, support).mean())
    method = f"Wasserstein-1 distance, mean of {PERMUTATIONS} permutations as null"
    return Distance(value, null_mean, value - null_mean, n1 + n2, method, (n1, n2))


def wasserstein(first: FloatArray, second: FloatArray, support: FloatArray) -> FloatArray:
    """∫ |F₁ - F₂| of distributions over the same sorted values (Vallender 1974).

    `first`, `second`: float64[…, v] of weights per value (any total), `support`: float64[v];
    gives float64[…].
    """
    below1 = np.cumsum(first, axis=-1) / first.sum(axis=-1, keepdims=True)
    below2 = np.cumsum(second, axis=-1) / second.sum(axis=-1, keepdims=True)
    distances: FloatArray = (np.abs(below1 - below2)[..., :-1] * np.diff(support)).sum(axis=-1)
    return distances


def generator_for(*arrays: FloatArray) -> np.random.Generator:
    """Random numbers whose seed is the digest of the data: a report can be computed again."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape};".encode())
        digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    seed = int.from_bytes(digest.digest()[:16], "big")
    return np.random.Generator(np.random.PCG64(seed))


def _tally(indices: npt.NDArray[np.intp], support: FloatArray) -> FloatArray:
    return np.bincount(indices, minlength=support.size).astype(np.float64)


def _signed_rank_p(ranks: FloatArray, smaller: float) -> float:
    """Two-sided p: the chance of a rank sum as small, over all 2ⁿ signs, doubled."""
    doubled = np.rint(2 * ranks).astype(np.intp)  # midranks are halves: whole numbers when doubled
    chances = np.zeros(int(doubled.sum()) + 1)
    chances[0] = 1.0
    for rank in doubled:
        chances[rank:] = (chances[rank:] + chances[: chances.size - rank]) / 2
        chances[:rank] /= 2
    return min(1.0, 2 * float(chances[: round(2 * smaller) + 1].sum()))


def _rank_sum_p(ranks: FloatArray, chosen: int, u: float) -> float:
    """Two-sided p: the smaller tail at the U of the group chosen, over all choices, doubled.

    Both tails are counted, because ties can make the distribution lopsided.
    """
    doubled = np.rint(2 * ranks).astype(np.intp)
    counts = np.zeros((chosen + 1, int(doubled.sum()) + 1))
    counts[0, 0] = 1.0
    for rank in doubled:
        counts[1:, rank:] = counts[1:, rank:] + counts[:-1, : counts.shape[1] - rank]
    chances = counts[chosen] / counts[chosen].sum()
    at = chosen * (chosen + 1) + round(2 * u)  # twice the rank sum
    return min(1.0, 2 * float(min(chances[: at + 1].sum(), chances[at:].sum())))


def _normal_p(smaller: float, expected: float, variance: float) -> float:
    """Two-sided p by the normal approximation, corrected for continuity by one half."""
    if variance == 0:
        return 1.0
    return min(1.0, 2 * normal_tail((expected - smaller - 0.5) / math.sqrt(variance)))
