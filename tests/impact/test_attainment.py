"""How far a goal has come, with every way in which that cannot be said."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.impact.attainment import Attainment, AttainmentStatus, Direction, goal_attainment
from app.impact.estimates import Estimate, NotMeasurable, Reason

SUPPRESSED = NotMeasurable(Reason.GROUP_BELOW_MINIMUM, None)
CHANGE = Estimate(1.0, 0.5, 1.5, 12, "mean paired change, t interval")

values = st.integers(-50, 50)


def test_half_of_the_way_is_one_half_with_the_interval_of_the_change():
    result = goal_attainment(3.0, 4.0, 5.0, n=12, change=CHANGE)

    assert (result.share, result.low, result.high) == (0.5, 0.25, 0.75)
    assert (result.status, result.n) == (AttainmentStatus.OFF_TRACK, 12)
    assert result.deviation == -1.0
    assert CHANGE.method in result.method


def test_a_goal_to_lower_something_counts_down_and_keeps_its_interval_in_order():
    change = Estimate(-4.0, -6.0, -2.0, 20, "mean change")

    result = goal_attainment(10.0, 6.0, 2.0, n=20, direction=Direction.DOWN, change=change)

    assert (result.share, result.low, result.high) == (0.5, 0.25, 0.75)


@pytest.mark.parametrize(
    ("actual", "elapsed", "status"),
    [
        (5.0, 1.0, AttainmentStatus.ACHIEVED),
        (6.0, 0.2, AttainmentStatus.ACHIEVED),
        (4.0, 0.5, AttainmentStatus.ON_TRACK),
        (4.0, 0.6, AttainmentStatus.OFF_TRACK),
        (4.9, 1.0, AttainmentStatus.OFF_TRACK),
        (2.0, 0.0, AttainmentStatus.OFF_TRACK),
    ],
)
def test_the_status_compares_the_way_gone_with_the_time_gone(actual, elapsed, status):
    assert goal_attainment(3.0, actual, 5.0, n=8, elapsed=elapsed).status is status


def test_rounding_does_not_keep_a_goal_from_being_achieved():
    result = goal_attainment(0.0, 0.1 + 0.2 - 0.0, 0.3, n=9)
    almost = goal_attainment(0.3, 0.1 + 0.7, 0.8, n=9)

    assert result.status is AttainmentStatus.ACHIEVED
    assert almost.status is AttainmentStatus.ACHIEVED


def test_a_goal_to_maintain_is_inside_its_band_or_not():
    inside = goal_attainment(4.0, 3.8, 4.0, n=10, direction=Direction.MAINTAIN, tolerance=0.2)
    outside = goal_attainment(4.0, 3.7, 4.0, n=10, direction=Direction.MAINTAIN, tolerance=0.2)

    assert (inside.status, inside.share) == (AttainmentStatus.ACHIEVED, None)
    assert outside.status is AttainmentStatus.OFF_TRACK
    assert outside.deviation == pytest.approx(-0.3)


def test_a_goal_to_maintain_needs_a_band_but_no_baseline():
    keep = Direction.MAINTAIN

    assert goal_attainment(4.0, 4.0, 4.0, n=10, direction=keep) == NotMeasurable(
        Reason.TOLERANCE_MISSING, 10
    )
    without = goal_attainment(None, 4.0, 4.0, n=10, direction=keep, tolerance=0.5)
    assert without.status is AttainmentStatus.ACHIEVED


@pytest.mark.parametrize(
    ("baseline", "actual", "target", "direction", "reason"),
    [
        (None, 4.0, 5.0, Direction.UP, Reason.BASELINE_MISSING),
        (3.0, None, 5.0, Direction.UP, Reason.ACTUAL_MISSING),
        (3.0, 4.0, None, Direction.UP, Reason.TARGET_MISSING),
        (3.0, 4.0, 3.0, Direction.UP, Reason.TARGET_EQUALS_BASELINE),
        (3.0, 4.0, 3.0, Direction.DOWN, Reason.TARGET_EQUALS_BASELINE),
        (3.0, 4.0, 2.0, Direction.UP, Reason.TARGET_AGAINST_DIRECTION),
        (3.0, 2.0, 4.0, Direction.DOWN, Reason.TARGET_AGAINST_DIRECTION),
    ],
)
def test_what_cannot_be_measured_says_why(baseline, actual, target, direction, reason):
    result = goal_attainment(baseline, actual, target, n=7, direction=direction)

    assert result == NotMeasurable(reason, 7)


def test_a_part_that_could_not_be_measured_hands_on_its_reason():
    few = NotMeasurable(Reason.TOO_FEW, 4)

    assert goal_attainment(few, 4.0, 5.0, n=6) is few
    assert goal_attainment(3.0, few, 5.0, n=6) is few


@pytest.mark.parametrize("direction", Direction)
def test_a_suppressed_part_hides_the_whole_before_anything_else_is_said(direction):
    few = NotMeasurable(Reason.TOO_FEW, 4)

    for parts in ((SUPPRESSED, few, 5.0), (None, SUPPRESSED, None), (few, SUPPRESSED, 5.0)):
        assert goal_attainment(*parts, n=3, direction=direction) is SUPPRESSED
    assert goal_attainment(3.0, 4.0, 5.0, n=3, direction=direction, change=SUPPRESSED) is SUPPRESSED


def test_a_change_without_interval_leaves_the_share_without_one():
    flat = Estimate(1.0, None, None, 5, "mean paired change, all alike")

    for change in (flat, NotMeasurable(Reason.TOO_FEW, 4), None):
        result = goal_attainment(3.0, 4.0, 5.0, n=5, change=change)
        assert (result.share, result.low, result.high) == (0.5, None, None)


def test_estimates_stand_for_their_values():
    before, after = Estimate(3.0, 2.5, 3.5, 12, "mean"), Estimate(4.0, 3.5, 4.5, 12, "mean")

    assert goal_attainment(before, after, 5.0, n=12) == goal_attainment(3.0, 4.0, 5.0, n=12)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 5, "elapsed": 1.1}, {"n": 5, "tolerance": -0.1}])
def test_impossible_circumstances_are_refused(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        goal_attainment(3.0, 4.0, 5.0, **wrong)


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="not a measured value"):
        goal_attainment(3.0, math.nan, 5.0, n=5)


@given(values, values, values)
def test_every_goal_has_an_attainment_or_a_reason_and_mirrors_when_turned(baseline, actual, target):
    up = goal_attainment(baseline, actual, target, n=9)
    down = goal_attainment(-baseline, -actual, -target, n=9, direction=Direction.DOWN)

    assert isinstance(up, Attainment) == (target > baseline)
    if isinstance(up, Attainment):
        assert (up.share, up.status) == (down.share, down.status)
        assert (up.status is AttainmentStatus.ACHIEVED) == (actual >= target)
    else:
        assert up == down


@given(values, values, values, st.integers(-20, 20), st.integers(1, 9))
def test_the_unit_of_an_indicator_does_not_matter(baseline, actual, target, shift, factor):
    assume(target > baseline)
    here = goal_attainment(baseline, actual, target, n=9)
    there = goal_attainment(*(shift + factor * v for v in (baseline, actual, target)), n=9)

    assert there.share == pytest.approx(here.share)
