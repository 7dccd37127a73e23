"""Shares, their differences and corrections against published values and statsmodels."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from app.impact import proportions
from app.impact.estimates import NotMeasurable, Reason

# Benjamini and Hochberg 1995: fifteen tests of a study of thrombolysis.
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
    0.6528, 0.7590, 1.0,
]  # fmt: skip

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_wilson_and_newcombe_give_the_published_intervals():
    share = proportions.proportion(81, 263)
    difference = proportions.difference_of_proportions(56, 70, 48, 80)

    assert (share.low, share.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert difference.value == pytest.approx(0.2)
    assert (difference.low, difference.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_ninety_six_percent_of_seventy_seven_people_is_eighty_nine_to_ninety_nine():
    result = proportions.proportion(74, 77)

    assert [round(100 * v) for v in (result.value, result.low, result.high)] == [96, 89, 99]
    assert result.n == 77


@given(st.integers(5, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_statsmodels_and_holds_the_share(case):
    hits, n = case
    result = proportions.proportion(hits, n)

    assert (result.low, result.high) == pytest.approx(
        proportion_confint(hits, n, method="wilson"), abs=1e-12
    )
    assert 0 <= result.low <= result.value <= result.high <= 1


@given(
    st.integers(10, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(10, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
def test_newcombe_is_that_of_statsmodels_and_turns_with_the_groups(one, other):
    result = proportions.difference_of_proportions(*one, *other)
    back = proportions.difference_of_proportions(*other, *one)

    wanted = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    assert (result.low, result.high) == pytest.approx(wanted, abs=1e-9)
    assert (back.low, back.high) == pytest.approx((-result.high, -result.low), abs=1e-12)


def test_small_groups_give_no_share_and_impossible_ones_are_refused():
    assert proportions.proportion(2, 4) == NotMeasurable(Reason.TOO_FEW, 4)
    assert proportions.difference_of_proportions(2, 9, 5, 20) == NotMeasurable(Reason.TOO_FEW, 29)
    for impossible in ((6, 5), (-1, 5)):
        with pytest.raises(ValueError, match="not a share"):
            proportions.proportion(*impossible)


def test_fifteen_published_tests_leave_four_three_and_three_findings():
    def findings(adjusted):
        return sum(p <= 0.05 for p in adjusted)

    assert findings(proportions.benjamini_hochberg(PUBLISHED)) == 4
    assert findings(proportions.holm(PUBLISHED)) == 3
    assert findings(15 * p for p in PUBLISHED) == 3  # Bonferroni


@settings(max_examples=25)  # the oracle is slow
@given(p_values)
def test_adjusted_values_are_those_of_statsmodels_in_the_order_given(values):
    for adjust, name in ((proportions.holm, "holm"), (proportions.benjamini_hochberg, "fdr_bh")):
        assert adjust(values) == pytest.approx(multipletests(values, method=name)[1])


def test_a_p_value_outside_its_range_is_refused_and_none_gives_none():
    for adjust in (proportions.holm, proportions.benjamini_hochberg):
        with pytest.raises(ValueError, match="between 0 and 1"):
            adjust([0.2, 1.2])
        assert adjust([]) == []
