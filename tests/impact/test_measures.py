"""Change and difference of means against published values, statsmodels, SciPy and invariances."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from app.impact import measures
from app.impact.estimates import Estimate, NotMeasurable, Reason

# Lakens 2013, table 1: ratings of two movies by the same ten people.
SECOND = [9, 7, 8, 9, 8, 9, 9, 10, 9, 9]
FIRST = [9, 6, 7, 8, 7, 9, 8, 8, 8, 7]

answers = st.integers(1, 5)
waves = st.lists(st.tuples(answers, answers), min_size=8, max_size=40)


def with_moments(mean, deviation, n):
    """A sample with exactly this mean and standard deviation."""
    row = np.linspace(-1, 1, n)
    return mean + deviation * row / row.std(ddof=1)


def test_importing_the_measures_loads_no_scipy():
    program = (
        "import sys, app.impact.measures, app.impact.ordinal, app.impact.proportions, "
        "app.impact.scales, app.impact.gap, app.impact.power, app.impact.attainment; "
        "sys.exit('scipy' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_two_groups_give_the_figures_of_borenstein_chapter_four():
    first, second = with_moments(103, 5.5, 50), with_moments(100, 4.5, 50)

    result = measures.standardised_difference(first, second)

    assert measures.correction(98) == pytest.approx(0.9923, abs=5e-5)
    assert result.value == pytest.approx(0.5924, abs=5e-5)
    error = (result.high - result.value) / stats.t.ppf(0.975, 98)
    assert error**2 == pytest.approx(0.0411, abs=5e-5)
    assert (result.n, result.groups) == (100, (50, 50))


def test_the_ratings_of_lakens_give_his_effect_sizes():
    change = measures.change_in_deviations(FIRST, SECOND)
    average = measures.standardised_change(FIRST, SECOND)
    unpaired = measures.standardised_difference(SECOND, FIRST)

    r = np.corrcoef(FIRST, SECOND)[0, 1]
    assert change.value == pytest.approx(1.50, abs=5e-5)
    assert change.value * math.sqrt(2 * (1 - r)) == pytest.approx(1.1113, abs=5e-5)  # d_rm
    assert unpaired.value == pytest.approx(1.0783, abs=1.5e-4)  # his J is the approximation
    # He averages deviations (d_av 1.1287), we average variances: 1/√((.8233² + .9487²)/2).
    assert average.value / measures.correction(9) == pytest.approx(1.1259, abs=5e-5)


def test_mean_change_has_the_t_interval_of_statsmodels():
    result = measures.paired_change(FIRST, SECOND)

    low, high = DescrStatsW(np.subtract(SECOND, FIRST)).tconfint_mean()
    assert result.value == pytest.approx(1.0)
    assert (result.low, result.high) == pytest.approx((low, high))
    assert (result.n, result.confidence) == (10, 0.95)


def test_g_av_has_the_interval_of_its_formula():
    result = measures.standardised_change(FIRST, SECOND)

    r = np.corrcoef(FIRST, SECOND)[0, 1]
    half = stats.t.ppf(0.975, 9) * math.sqrt((1 / 10 + result.value**2 / 20) * 2 * (1 - r))
    assert (result.low, result.high) == pytest.approx((result.value - half, result.value + half))


@pytest.mark.parametrize("freedom", [2, 7, 9, 19, 98, 4000])
def test_the_small_sample_factor_is_the_ratio_of_gammas(freedom):
    direct = stats.chi.mean(freedom - 1) / math.sqrt(2)  # Γ(m/2) / Γ((m-1)/2)

    assert measures.correction(freedom) == pytest.approx(direct / math.sqrt(freedom / 2))


def test_the_interval_of_d_z_puts_the_observed_t_at_both_tails():
    result = measures.change_in_deviations(FIRST, SECOND)

    t = result.value * math.sqrt(10)
    assert stats.nct.cdf(t, 9, result.low * math.sqrt(10)) == pytest.approx(0.975, abs=1e-5)
    assert stats.nct.cdf(t, 9, result.high * math.sqrt(10)) == pytest.approx(0.025, abs=1e-5)


def test_difference_of_changes_is_welchs_in_statsmodels():
    first = [2, 1, 0, 3, 2, 2, 1, 4, 1, 2, 2, 3]
    second = [0, 1, 0, 1, 2, -1, 0, 0, 1, 0, 1]

    result = measures.difference_of_changes(first, second)

    compared = CompareMeans(DescrStatsW(first), DescrStatsW(second))
    assert (result.low, result.high) == pytest.approx(compared.tconfint_diff(usevar="unequal"))
    assert (result.n, result.groups) == (23, (12, 11))


def test_people_without_one_of_the_two_answers_are_left_out_and_not_counted():
    result = measures.paired_change([*FIRST, None, 3], [*SECOND, 4, math.nan])

    assert result == measures.paired_change(FIRST, SECOND)


@pytest.mark.parametrize(
    ("measure", "least"),
    [
        (measures.paired_change, 5),
        (measures.standardised_change, 8),
        (measures.change_in_deviations, 8),
        (measures.standardised_difference, 10),
        (measures.difference_of_changes, 10),
    ],
)
def test_one_person_less_than_the_minimum_gives_no_number(measure, least):
    first, second = SECOND[:least], [1, *FIRST[1:least]]
    few = measure(first[:-1], second[:-1])

    assert isinstance(measure(first, second), Estimate)
    assert isinstance(few, NotMeasurable)
    assert few.reason is Reason.TOO_FEW


def test_a_change_that_is_the_same_for_everybody_has_no_interval():
    result = measures.paired_change([1, 2, 3, 4, 3], [2, 3, 4, 5, 4])

    assert (result.value, result.low, result.high, result.n) == (1.0, None, None, 5)


def test_waves_that_correlate_fully_have_no_interval_of_no_width():
    result = measures.standardised_change([1, 1, 1, 1, 2, 2, 2, 2], [1, 1, 1, 1, 3, 3, 3, 3])

    assert result.value > 0
    assert (result.low, result.high) == (None, None)


def test_answers_that_never_vary_are_not_standardised():
    flat = [3] * 12

    for measure in (
        measures.standardised_change,
        measures.change_in_deviations,
        measures.standardised_difference,
        measures.difference_of_changes,
    ):
        assert measure(flat, flat) == NotMeasurable(
            Reason.NO_VARIATION,
            24
            if measure in (measures.standardised_difference, measures.difference_of_changes)
            else 12,
        )


def test_what_is_not_pairs_of_finite_numbers_is_refused():
    with pytest.raises(ValueError, match="not pairs"):
        measures.paired_change([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="infinite"):
        measures.paired_change([1, math.inf], [1, 2])
    with pytest.raises(ValueError, match="one row"):
        measures.paired_change([[1, 2]], [[1, 2]])


@given(waves, st.integers(-50, 50))
def test_shifting_all_answers_leaves_every_change_as_it_was(rows, shift):
    before, after = np.array(rows, dtype=float).T

    for measure in (measures.paired_change, measures.standardised_change):
        one, other = measure(before, after), measure(before + shift, after + shift)
        assert type(one) is type(other)
        if isinstance(one, Estimate):
            assert other.value == pytest.approx(one.value, abs=1e-9)
            assert (other.low is None) is (one.low is None)


@given(waves)
def test_swapping_the_waves_turns_the_sign_of_every_change(rows):
    before, after = np.array(rows, dtype=float).T

    for measure in (
        measures.paired_change,
        measures.standardised_change,
        measures.change_in_deviations,
    ):
        there, back = measure(before, after), measure(after, before)
        if isinstance(there, Estimate):
            assert back.value == pytest.approx(-there.value, abs=1e-9)
        else:
            assert back == there


@given(waves, st.randoms(use_true_random=False))
def test_the_order_of_people_changes_nothing(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)

    one = measures.standardised_change(*np.array(rows, dtype=float).T)
    other = measures.standardised_change(*np.array(shuffled, dtype=float).T)
    assert type(one) is type(other)
    if isinstance(one, Estimate):
        assert other.value == pytest.approx(one.value, abs=1e-9)


@given(waves)
def test_every_interval_holds_its_value(rows):
    before, after = np.array(rows, dtype=float).T

    for measure in (
        measures.paired_change,
        measures.standardised_change,
        measures.change_in_deviations,
    ):
        result = measure(before, after)
        if isinstance(result, Estimate) and result.low is not None:
            assert result.low < result.value < result.high


def test_everybody_twice_halves_the_squared_error_approximately():
    before, after = np.tile(FIRST, 3), np.tile(SECOND, 3)
    once = measures.standardised_change(before, after)
    twice = measures.standardised_change(np.tile(before, 2), np.tile(after, 2))

    def squared_error(result):
        return ((result.high - result.value) / stats.t.ppf(0.975, result.n - 1)) ** 2

    assert squared_error(twice) / squared_error(once) == pytest.approx(0.5, abs=0.02)


def test_a_wider_confidence_gives_a_wider_interval():
    narrow = measures.paired_change(FIRST, SECOND, 0.8)
    wide = measures.paired_change(FIRST, SECOND, 0.99)

    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.confidence == 0.99


def test_no_estimate_exists_without_people_or_with_half_an_interval():
    with pytest.raises(ValueError, match="observation"):
        Estimate(1.0, None, None, 0, "a guess")
    with pytest.raises(ValueError, match="two ends"):
        Estimate(1.0, 0.5, None, 5, "half a guess")
