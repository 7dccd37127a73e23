"""Do two people rank the same things? As plain lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from app.goals.alignment import cohort_alignment, kendall_tau, pair_alignment

ABCD = ["a", "b", "c", "d"]
SAME, OPPOSITE = (ABCD, ABCD), (ABCD, ABCD[::-1])


@given(st.permutations(range(8)), st.permutations(range(8)))
def test_tau_is_that_of_scipy_between_minus_one_and_one(first, second):
    places = [[ranking.index(item) for item in range(8)] for ranking in (first, second)]
    tau = kendall_tau([str(each) for each in first], [str(each) for each in second])
    assert tau == pytest.approx(kendalltau(*places).statistic)


def test_one_swap_of_neighbours_costs_two_of_six_pairs():
    assert kendall_tau(ABCD, ["b", "a", "c", "d"]) == pytest.approx(4 / 6)
    assert (kendall_tau(*SAME), kendall_tau(*OPPOSITE)) == (1, -1)


@pytest.mark.parametrize(
    ("first", "second"), [(["a"], ["a"]), (ABCD, ["a", "b", "c"]), (["a", "a"], ["a", "a"])]
)
def test_rankings_of_different_things_have_no_tau(first, second):
    with pytest.raises(ValueError, match="same two or more items"):
        kendall_tau(first, second)


@pytest.mark.parametrize("missing", [None, []])
def test_a_pair_of_which_one_has_not_ranked_is_not_measured(missing):
    found = pair_alignment(4, ABCD, missing)
    assert (found.status, found.reason, found.value) == ("not_measurable", "ranking_missing", None)


def test_two_goals_are_too_few_to_rank():
    assert pair_alignment(2, ["a", "b"], ["a", "b"]).reason == "too_few_goals"
    assert cohort_alignment(2, [(["a", "b"], ["a", "b"])] * 9, 5).reason == "too_few_goals"


def test_a_pair_that_ranked_has_a_figure_with_its_n_and_method():
    found = pair_alignment(4, *OPPOSITE)
    assert (found.value, found.n) == (-1, 4)
    assert "Kendall" in found.method


@pytest.mark.parametrize(("pairs", "minimum"), [(4, 0), (4, 5), (7, 8)])
def test_a_cohort_below_the_minimum_group_has_no_figure_and_no_count(pairs, minimum):
    found = cohort_alignment(4, [SAME] * pairs, minimum)
    assert (found.reason, found.value, found.n) == ("group_below_minimum", None, 0)


def test_a_cohort_has_the_mean_of_its_pairs_to_one_decimal():
    found = cohort_alignment(4, [SAME, SAME, SAME, SAME, SAME, OPPOSITE], 5)
    assert (found.value, found.n, found.reason) == (0.7, 6, None)
