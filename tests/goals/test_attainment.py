"""How far a goal is, as plain numbers."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.goals.attainment import Attainment, attainment, elapsed_share
from app.goals.models import GoalDirection

UP, DOWN, MAINTAIN = GoalDirection.UP, GoalDirection.DOWN, GoalDirection.MAINTAIN
FIGURES = st.floats(-1e12, 1e12)


def attain(baseline, actual, target, direction=UP, tolerance=None, elapsed=0.5) -> Attainment:
    return attainment(
        baseline, actual, target, direction=direction, tolerance=tolerance, elapsed=elapsed
    )


@pytest.mark.parametrize(
    ("figures", "direction", "share", "status"),
    [
        ((0, 2, 4), UP, 0.5, "on_track"),
        ((0, 1, 4), UP, 0.25, "off_track"),
        ((0, 4, 4), UP, 1.0, "achieved"),
        ((0, 6, 4), UP, 1.5, "achieved"),
        ((2, 1, 4), UP, -0.5, "off_track"),
        ((10, 4, 2), DOWN, 0.75, "on_track"),
        ((10, 12, 2), DOWN, -0.25, "off_track"),
        ((-4, -1, 0), UP, 0.75, "on_track"),
        ((0.1, 0.3, 0.3), UP, 1.0, "achieved"),
    ],
)
def test_the_share_of_the_way_decides(figures, direction, share, status):
    found = attain(*figures, direction=direction)
    assert (found.share, found.status, found.reason) == (share, status, None)
    assert found.n == 1
    assert found.deviation == pytest.approx(figures[1] - figures[2])


@pytest.mark.parametrize(
    ("figures", "direction", "reason"),
    [
        ((None, 2, 4), UP, "baseline_missing"),
        ((0, None, 4), UP, "actual_missing"),
        ((0, 2, None), UP, "target_missing"),
        ((4, 4, 4), UP, "target_equals_baseline"),
        ((4, 4, 4), DOWN, "target_equals_baseline"),
        ((5, 4, 2), UP, "target_against_direction"),
        ((2, 4, 5), DOWN, "target_against_direction"),
        ((0, 1e12, 5e-324), UP, "target_equals_baseline"),
    ],
)
def test_what_cannot_be_measured_says_why_and_is_never_zero(figures, direction, reason):
    found = attain(*figures, direction=direction)
    assert (found.status, found.reason) == ("not_measurable", reason)
    assert found.share is None
    assert found.deviation is None
    assert found.n == (0 if figures[1] is None else 1)


@pytest.mark.parametrize(
    ("actual", "status"),
    [(96, "achieved"), (95, "achieved"), (105, "achieved"), (94.9, "off_track")],
)
def test_a_goal_to_maintain_is_in_its_band_or_not(actual, status):
    found = attain(None, actual, 100, direction=MAINTAIN, tolerance=5)
    assert (found.status, found.share) == (status, None)
    assert found.deviation == pytest.approx(actual - 100)


def test_a_band_of_no_width_takes_only_the_target_itself():
    assert attain(0, 5, 5, direction=MAINTAIN, tolerance=0).status == "achieved"
    assert attain(0, 5.1, 5, direction=MAINTAIN, tolerance=0).status == "off_track"


def test_a_goal_to_maintain_needs_a_band():
    assert attain(100, 100, 100, direction=MAINTAIN).reason == "tolerance_missing"


def test_after_the_due_date_only_the_target_counts():
    assert attain(0, 3.9, 4, elapsed=1.0).status == "off_track"
    assert attain(0, 4, 4, elapsed=1.0).status == "achieved"


@given(FIGURES, FIGURES, FIGURES, st.sampled_from(GoalDirection), st.floats(0, 1))
def test_whatever_the_figures_the_answer_is_finite(baseline, actual, target, direction, elapsed):
    found = attain(baseline, actual, target, direction, tolerance=1.0, elapsed=elapsed)
    assert found.share is None or math.isfinite(found.share)
    assert found.deviation is None or math.isfinite(found.deviation)
    assert (found.status == "not_measurable") is (found.reason is not None)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(1, 1000))
def test_turning_everything_round_changes_nothing(baseline, actual, way):
    up = attain(baseline, actual, baseline + way)
    down = attain(-baseline, -actual, -baseline - way, direction=DOWN)
    assert (up.share, up.status) == (down.share, down.status)


@pytest.mark.parametrize(
    ("due_on", "today", "share"),
    [
        (None, dt.date(2030, 1, 1), 0.0),
        (dt.date(2026, 1, 11), dt.date(2026, 1, 6), 0.5),
        (dt.date(2026, 1, 11), dt.date(2025, 1, 6), 0.0),
        (dt.date(2026, 1, 11), dt.date(2026, 2, 1), 1.0),
        (dt.date(2026, 1, 1), dt.date(2026, 1, 1), 1.0),
        (dt.date(2025, 12, 1), dt.date(2025, 11, 30), 0.0),
    ],
)
def test_the_time_that_is_over_is_a_share_between_zero_and_one(due_on, today, share):
    assert elapsed_share(dt.date(2026, 1, 1), due_on, today) == share
