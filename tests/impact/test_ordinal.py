"""Rank tests, dominance and distance against enumeration, SciPy and published values."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.impact import ordinal
from app.impact.estimates import Estimate, NotMeasurable, Reason

# Maize: differences in height of cross- and self-fertilised plants (SciPy's documentation).
MAIZE = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]

# Hollander and Wolfe: depression before and after tranquillizers (R's help of wilcox.test).
DEPRESSION_BEFORE = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
DEPRESSION_AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]

# Hogarty and Kromrey 1999: an example with many ties.
TREATMENT = [10, 10, 20, 20, 20, 30, 30, 30, 40, 50]
CONTROL = [10, 20, 30, 40, 40, 50]

levels = st.integers(1, 8)
side = st.lists(levels, min_size=10, max_size=20)


def enumerated_signed_rank_p(change):
    ranks = stats.rankdata(np.abs(change))
    observed = min(ranks[change > 0].sum(), ranks[change < 0].sum())
    signs = np.array(list(itertools.product((0, 1), repeat=len(ranks))))
    return min(1.0, 2 * float((signs @ ranks <= observed + 1e-9).mean()))


def enumerated_rank_sum_p(first, second):
    ranks = stats.rankdata([*first, *second])
    small = min(len(first), len(second))
    sums = np.array([sum(c) for c in itertools.combinations(ranks, small)])
    at = ranks[: len(first)].sum() if len(first) <= len(second) else ranks[len(first) :].sum()
    return min(1.0, 2 * min((sums <= at + 1e-9).mean(), (sums >= at - 1e-9).mean()))


def test_maize_gives_the_statistic_and_p_of_the_scipy_documentation():
    result = ordinal.signed_rank([0] * 15, MAIZE)

    assert result.statistic == 24
    assert result.p == 0.041259765625
    assert result.effect == pytest.approx((96 - 24) / 120)


def test_depression_gives_the_rank_sum_and_p_of_r():
    result = ordinal.signed_rank(DEPRESSION_AFTER, DEPRESSION_BEFORE)

    assert 45 - result.statistic == 40  # V of R is the sum of the positive ranks
    assert result.p / 2 == 0.01953125  # one-sided
    assert result.effect > 0


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=11))
def test_signed_rank_p_is_the_enumeration_of_all_signs_also_with_ties(change):
    result = ordinal.signed_rank([0] * len(change), change)

    moved = np.array([c for c in change if c])
    if moved.size == 0:
        assert result == NotMeasurable(Reason.NO_VARIATION, len(change))
    else:
        assert result.n == moved.size
        assert result.p == pytest.approx(enumerated_signed_rank_p(moved))


@given(st.lists(levels, min_size=5, max_size=7), st.lists(levels, min_size=5, max_size=6))
def test_rank_sum_p_is_the_enumeration_of_all_groups_also_with_ties(first, second):
    result = ordinal.rank_sum(first, second)

    assert result.p == pytest.approx(enumerated_rank_sum_p(first, second))


def test_rank_sum_without_ties_is_scipys_exact_test():
    first, second = [1.1, 2.5, 3.7, 4.2, 8.8, 9.1], [0.3, 2.2, 5.5, 6.1, 7.7, 10.2, 11.4]

    result = ordinal.rank_sum(first, second)

    wanted = stats.mannwhitneyu(first, second, method="exact")
    assert result.p == pytest.approx(wanted.pvalue)
    assert result.effect == pytest.approx(2 * wanted.statistic / 42 - 1)


def test_large_groups_take_the_normal_approximation_of_scipy():
    generator = np.random.default_rng(7)
    first, second = generator.integers(1, 9, 120), generator.integers(1, 10, 140)

    result = ordinal.rank_sum(first, second)

    wanted = stats.mannwhitneyu(first, second, method="asymptotic")
    assert result.p == pytest.approx(wanted.pvalue)
    assert "approximation" in result.method
    assert ordinal.rank_sum([3] * 60, [3] * 60).p == 1.0


def test_more_than_two_hundred_pairs_take_the_normal_approximation_of_scipy():
    generator = np.random.default_rng(11)
    change = generator.normal(0.1, 1, 260)

    result = ordinal.signed_rank(np.zeros(260), change)

    wanted = stats.wilcoxon(change, method="asymptotic", correction=True)
    assert (result.n, result.statistic) == (260, pytest.approx(wanted.statistic))
    assert result.p == pytest.approx(wanted.pvalue)
    assert "approximation" in result.method


def test_equal_means_that_differ_in_the_sixteenth_decimal_are_no_change():
    before = [0.1 + 0.2] * 6 + [1.0]
    after = [0.3] * 6 + [2.0]

    assert ordinal.signed_rank(before, after).n == 1
    assert ordinal.dominance(before[:6], after[:6]).value == 0


def test_deltas_of_hogarty_and_kromrey_are_theirs():
    result = ordinal.dominance(TREATMENT, CONTROL)

    assert result.value == pytest.approx(-0.25)
    assert (result.low, result.high) == (None, None)  # six controls are too few for an interval


def test_the_interval_of_delta_is_cliffs_spelled_out_cell_by_cell():
    first, second = [2, 3, 3, 4, 4, 5, 5, 6, 7, 7], [1, 2, 2, 3, 3, 3, 4, 4, 5, 6, 6]
    n, m = len(first), len(second)
    d = [[(x > y) - (x < y) for y in second] for x in first]
    delta = sum(map(sum, d)) / (n * m)
    rows = sum((sum(r) / m - delta) ** 2 for r in d)
    columns = sum((sum(c) / n - delta) ** 2 for c in zip(*d, strict=True))
    cells = sum((v - delta) ** 2 for r in d for v in r)
    variance = (m**2 * rows + n**2 * columns - cells) / (n * m * (n - 1) * (m - 1))
    t = stats.t.ppf(0.975, n + m - 2)
    root = t * math.sqrt(variance) * math.sqrt((1 - delta**2) ** 2 + t**2 * variance)
    below = 1 - delta**2 + t**2 * variance

    result = ordinal.dominance(first, second)

    assert result.value == pytest.approx(delta)
    assert result.low == pytest.approx((delta - delta**3 - root) / below)
    assert result.high == pytest.approx((delta - delta**3 + root) / below)


@given(side, side)
def test_swapping_sides_flips_delta_and_its_interval(first, second):
    there, back = ordinal.dominance(first, second), ordinal.dominance(second, first)

    assert back.value == pytest.approx(-there.value)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert -1 <= there.low <= there.value <= there.high <= 1


@given(side, side)
def test_delta_is_the_effect_of_the_rank_sum_test(first, second):
    delta, test = ordinal.dominance(first, second).value, ordinal.rank_sum(first, second)

    assert test.effect == pytest.approx(delta)
    assert 0 < test.p <= 1


def test_groups_that_do_not_overlap_still_have_an_interval():
    result = ordinal.dominance(range(20, 30), range(10))

    assert (result.value, result.high) == (1.0, 1.0)
    assert 0 < result.low < 1


def test_distance_of_the_scipy_documentation_is_five():
    support = np.array([0.0, 1, 3, 5, 6, 8])
    first, second = np.array([1.0, 1, 1, 0, 0, 0]), np.array([0.0, 0, 0, 1, 1, 1])

    assert ordinal.wasserstein(first, second, support) == pytest.approx(5)


@given(side, side)
def test_distance_is_scipys_and_has_no_direction(first, second):
    result = ordinal.distribution_distance(first, second)

    assert result.value == pytest.approx(stats.wasserstein_distance(first, second))
    back = ordinal.distribution_distance(second, first)
    assert (back.value, back.null_mean) == (result.value, result.null_mean)
    assert result.excess == result.value - result.null_mean


@given(side, side, st.randoms(use_true_random=False))
def test_the_same_answers_in_any_order_give_the_same_figures(first, second, random):
    once = ordinal.distribution_distance(first, second)
    random.shuffle(first)
    random.shuffle(second)

    assert ordinal.distribution_distance(first, second) == once


def test_the_null_mean_is_what_two_halves_of_one_group_show():
    values = np.random.default_rng(3).integers(1, 9, 24)
    result = ordinal.distribution_distance(values[:12], values[12:])

    generator = np.random.default_rng(4)
    halves = [generator.permutation(values) for _ in range(4000)]
    wanted = np.mean([stats.wasserstein_distance(h[:12], h[12:]) for h in halves])
    assert result.null_mean == pytest.approx(wanted, abs=0.03)
    assert result.null_mean > 0


@pytest.mark.parametrize(
    ("measure", "least"),
    [
        (ordinal.signed_rank, 6),
        (ordinal.rank_sum, 5),
        (ordinal.dominance, 5),
        (ordinal.distribution_distance, 10),
    ],
)
def test_one_person_less_than_the_minimum_gives_no_number(measure, least):
    first, second = list(range(least)), list(range(1, least + 1))

    assert not isinstance(measure(first, second), NotMeasurable)
    assert measure(first[:-1], second[:-1]).reason is Reason.TOO_FEW


def test_a_missing_answer_is_not_counted():
    result = ordinal.dominance([*TREATMENT, None], [*CONTROL, math.nan])

    assert isinstance(result, Estimate)
    assert result.groups == (10, 6)
