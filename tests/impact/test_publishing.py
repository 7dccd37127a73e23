"""What may be told of a measurement: the rules, over many breakdowns."""

import math

from hypothesis import given
from hypothesis import strategies as st

from app.impact.estimates import Estimate, NotMeasurable, Reason
from app.impact.ordinal import RankTest
from app.impact.publishing import (
    gives_away_the_rest,
    hidden_groups,
    mean_of,
    measure,
    rank_measure,
    unmeasured,
    withheld,
)
from app.impact.schemas import MeasureReason, MeasureStatus

SIZES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 12), min_size=1)


@given(sizes=SIZES, minimum=st.integers(5, 9), data=st.data())
def test_a_breakdown_is_told_whole_or_not_at_all(sizes, minimum, data):
    alike = {key: data.draw(st.booleans()) for key in sizes}
    hidden = hidden_groups(sizes, minimum, alike)
    assert hidden.keys() in (set(), sizes.keys())
    told = sizes.keys() - hidden.keys()
    assert all(sizes[key] >= minimum and not alike[key] for key in told)
    if all(size >= minimum for size in sizes.values()) and not any(alike.values()):
        assert not hidden


def test_each_withheld_group_says_why():
    hidden = hidden_groups({"a": 4, "b": 9, "c": 9}, 5, {"a": False, "b": False, "c": True})
    assert hidden == {
        "a": MeasureReason.GROUP_BELOW_MINIMUM,
        "b": MeasureReason.COMPLEMENTARY,
        "c": MeasureReason.HOMOGENEOUS,
    }


def test_the_few_who_are_not_in_a_part_stay_blurred():
    assert not gives_away_the_rest(whole=12, part=12, minimum=5, length=4)
    assert not gives_away_the_rest(whole=12, part=7, minimum=5, length=4)
    assert not gives_away_the_rest(whole=7, part=6, minimum=5, length=4)
    assert gives_away_the_rest(whole=12, part=8, minimum=5, length=4)
    assert not gives_away_the_rest(whole=120, part=116, minimum=5, length=4)


@given(
    part=st.lists(st.integers(1, 5), min_size=5, max_size=40),
    rest=st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
def test_where_a_part_may_be_told_the_rest_can_be_anywhere_within_half_a_point(part, rest):
    """The attacker knows the told mean of all and of the part, and subtracts."""
    whole = len(part) + len(rest)
    if gives_away_the_rest(whole, len(part), 5, 4):
        return
    blur = 0.05 * (whole + 2 * len(part)) / len(rest)
    assert blur >= 0.5


def test_a_number_is_rounded_and_bears_its_n_interval_and_method():
    told = measure(Estimate(0.5166, 0.1234, 0.9, 12, "a method"), 1)
    assert told == {
        "status": MeasureStatus.MEASURED, "reason": None, "value": 0.5, "low": 0.1, "high": 0.9,
        "confidence": 0.95, "n": 12, "method": "a method",
    }  # fmt: skip


def test_no_number_is_minus_zero():
    told = measure(Estimate(-0.01, -0.04, 0.02, 12, "a method"), 1)
    assert math.copysign(1, told["value"]) == math.copysign(1, told["low"]) == 1


def test_what_is_suppressed_has_the_same_shape_and_hides_its_n():
    hidden = withheld(MeasureReason.COMPLEMENTARY)
    told = measure(Estimate(0.5, 0.1, 0.9, 12, "a method"), 1)
    assert hidden.keys() == told.keys() == unmeasured(MeasureReason.TOO_FEW).keys()
    assert hidden["n"] is None
    below = measure(NotMeasurable(Reason.GROUP_BELOW_MINIMUM, None), 1)
    assert below == withheld(MeasureReason.GROUP_BELOW_MINIMUM)


def test_what_cannot_be_measured_keeps_its_n_and_says_why():
    told = measure(NotMeasurable(Reason.TOO_FEW, 6), 1)
    assert (told["status"], told["reason"], told["n"]) == ("not_measurable", "too_few", 6)
    rank = rank_measure(NotMeasurable(Reason.TOO_FEW, 6))
    assert (rank["effect"], rank["n"]) == (None, 6)


def test_a_rank_test_is_told_with_effect_and_p():
    told = rank_measure(RankTest(0.51234, 3.0, 0.012345, 9, "a test"))
    assert (told["effect"], told["p"], told["n"]) == (0.51, 0.0123, 9)


def test_a_mean_has_students_interval():
    told = mean_of([1, 2, 3, 4, 5], "of these")
    assert (told.value, told.n, told.method) == (3.0, 5, "mean of these, t interval")
    assert round(told.high - told.low, 3) == round(2 * 2.7764 * math.sqrt(2.5 / 5), 3)
    assert mean_of([2.0] * 5, "of these").method == "mean of these, all alike"
    assert mean_of([1.0], "of these") == NotMeasurable(Reason.TOO_FEW, 1)
