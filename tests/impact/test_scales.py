"""Reliability and agreement against analytic values, published tables and statsmodels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.multivariate.factor import Factor

from app.impact import scales
from app.impact.estimates import Estimate, NotMeasurable, Reason

# Shrout and Fleiss 1979, table 2: six targets rated by four judges.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def sample_with(covariance, n=60):
    """Rows whose sample covariance is exactly this one."""
    k = len(covariance)
    rows = np.random.default_rng(5).normal(size=(n, k))
    rows -= rows.mean(axis=0)
    white = rows @ np.linalg.inv(np.linalg.cholesky(np.cov(rows, rowvar=False))).T
    return white @ np.linalg.cholesky(covariance).T


def one_factor(loadings):
    loadings = np.array(loadings)
    covariance = np.outer(loadings, loadings)
    np.fill_diagonal(covariance, 1.0)
    return covariance


def likert(seed, n=40, k=5):
    generator = np.random.default_rng(seed)
    trait = generator.normal(size=(n, 1))
    return np.clip(np.rint(3 + trait + generator.normal(0, 0.9, (n, k))), 1, 5)


def test_one_factor_gives_the_analytic_alpha_and_omega():
    rows = sample_with(one_factor([0.8, 0.7, 0.6, 0.5]))

    assert scales.cronbach_alpha(rows).value == pytest.approx(0.742055, abs=5e-7)
    assert scales.mcdonald_omega(rows).value == pytest.approx(0.749446, abs=5e-7)


def test_equal_loadings_make_alpha_and_omega_one_figure():
    rows = sample_with(one_factor([0.7] * 4))

    assert scales.cronbach_alpha(rows).value == pytest.approx(0.793522, abs=5e-7)
    assert scales.mcdonald_omega(rows).value == pytest.approx(0.793522, abs=5e-7)


def test_omega_of_real_looking_answers_is_that_of_statsmodels_factor_analysis():
    rows = likert(21, n=200)

    fitted = Factor(rows, n_factor=1, method="pa").fit(maxiter=2000, tol=1e-12)
    spread = rows.std(axis=0, ddof=1)
    shared = float((fitted.loadings[:, 0] * spread).sum()) ** 2
    unique = float((fitted.uniqueness * spread**2).sum())
    assert scales.mcdonald_omega(rows).value == pytest.approx(shared / (shared + unique), abs=1e-5)


def test_alpha_has_the_interval_of_feldt():
    rows = likert(3)
    result = scales.cronbach_alpha(rows)

    n, k = rows.shape
    upper, lower = stats.f.ppf([0.975, 0.025], n - 1, (n - 1) * (k - 1))
    assert result.low == pytest.approx(1 - (1 - result.value) * upper)
    assert result.high == pytest.approx(1 - (1 - result.value) * lower)
    assert result.low < result.value < result.high


def test_alpha_may_be_negative():
    covariance = np.full((3, 3), -0.3)
    np.fill_diagonal(covariance, 1.0)

    assert scales.cronbach_alpha(sample_with(covariance)).value < 0


def test_adding_an_item_that_all_answer_alike_leaves_omega_as_it_is():
    rows = likert(8)
    constant = np.column_stack([rows, np.full(len(rows), 4.0)])

    assert scales.mcdonald_omega(constant).value == pytest.approx(scales.mcdonald_omega(rows).value)


def test_reversing_an_item_of_the_sample_and_back_changes_nothing():
    rows = likert(9)
    turned = rows.copy()
    turned[:, 2] = 1 + 5 - turned[:, 2]
    back = turned.copy()
    back[:, 2] = 1 + 5 - back[:, 2]

    assert scales.cronbach_alpha(turned).value < scales.cronbach_alpha(rows).value
    assert scales.cronbach_alpha(back) == scales.cronbach_alpha(rows)


@given(st.integers(0, 200))
def test_the_order_of_people_and_items_changes_no_reliability(seed):
    rows = likert(seed)
    generator = np.random.default_rng(seed)
    mixed = generator.permutation(generator.permutation(rows), axis=1)

    for measure in (scales.cronbach_alpha, scales.mcdonald_omega):
        assert measure(mixed).value == pytest.approx(measure(rows).value, abs=1e-6)


def test_incomplete_rows_are_left_out_and_thirty_must_remain():
    rows = likert(4, n=31)
    rows[0, 0] = math.nan

    assert scales.cronbach_alpha(rows).n == 30
    rows[1, 3] = math.nan
    assert scales.cronbach_alpha(rows) == NotMeasurable(Reason.TOO_FEW, 29)
    assert scales.mcdonald_omega(rows) == NotMeasurable(Reason.TOO_FEW, 29)
    assert scales.cronbach_alpha(likert(4)[:, :2]) == NotMeasurable(Reason.TOO_FEW, 40)


def test_answers_that_never_vary_have_no_reliability():
    flat = np.full((40, 4), 3.0)

    assert scales.cronbach_alpha(flat) == NotMeasurable(Reason.NO_VARIATION, 40)
    assert scales.mcdonald_omega(flat) == NotMeasurable(Reason.NO_VARIATION, 40)


def test_an_item_that_would_share_more_than_its_variance_gives_no_omega():
    covariance = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.65], [0.9, 0.65, 1.0]])  # loading √1.246

    assert scales.mcdonald_omega(sample_with(covariance)) == NotMeasurable(
        Reason.IMPROPER_SOLUTION, 60
    )


def test_items_that_share_nothing_have_an_omega_of_nothing():
    assert scales.mcdonald_omega(sample_with(np.eye(4))).value == pytest.approx(0, abs=1e-6)


def test_agreement_of_the_judges_of_shrout_and_fleiss_is_theirs():
    result = scales.absolute_agreement(JUDGES)

    assert result.value == pytest.approx(0.29, abs=5e-3)
    assert (result.low, result.high) == pytest.approx((0.019, 0.761), abs=1e-3)
    assert result.n == 6


def test_raters_who_agree_fully_have_one_and_no_interval():
    result = scales.absolute_agreement([[1, 1], [2, 2], [3, 3], [4, 4], [5, 5]])

    assert (result.value, result.low, result.high) == (1.0, None, None)


def test_a_rater_who_is_always_one_higher_agrees_less_than_fully():
    result = scales.absolute_agreement([[1, 2], [2, 3], [3, 4], [4, 5], [3, 4], [2, 3]])

    assert 0 < result.value < 1


def test_ratings_that_never_vary_show_no_agreement():
    assert scales.absolute_agreement([[3, 3]] * 6) == NotMeasurable(Reason.NO_VARIATION, 6)


def test_agreement_of_pairings_states_bias_and_limits():
    mentors, mentees = [4, 3, 5, 4, 2, 4, 3], [3, 3, 4, 4, 3, 2, 3]

    result = scales.agreement_of_pairs(mentors, mentees)

    difference = np.subtract(mentees, mentors)
    assert result.mean_difference == pytest.approx(difference.mean())
    assert result.mean_absolute_difference == pytest.approx(np.abs(difference).mean())
    half = 1.959964 * difference.std(ddof=1)
    assert (result.low, result.high) == pytest.approx(
        (difference.mean() - half, difference.mean() + half), abs=1e-6
    )
    assert isinstance(result.icc, Estimate)
    assert result.n == 7


def test_four_pairings_are_too_few_for_agreement():
    assert scales.agreement_of_pairs([1, 2, 3, 4], [1, 2, 3, 4]) == NotMeasurable(Reason.TOO_FEW, 4)
    assert scales.absolute_agreement([[1, 2]] * 4) == NotMeasurable(Reason.TOO_FEW, 4)


def test_what_is_not_a_table_of_finite_numbers_is_refused():
    with pytest.raises(ValueError, match="rows"):
        scales.cronbach_alpha([1, 2, 3])
    with pytest.raises(ValueError, match="infinite"):
        scales.cronbach_alpha([[1, math.inf]])
