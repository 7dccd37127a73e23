"""How far a goal is: the share of the way from baseline to target, or why there is none."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from app.goals.models import GoalDirection

DECIMALS = 9  # differences below this are noise of binary fractions, not a way to go


class AttainmentStatus(StrEnum):
    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"
    NOT_MEASURABLE = "not_measurable"


class WhyNotMeasurable(StrEnum):
    BASELINE_MISSING = "baseline_missing"
    TARGET_MISSING = "target_missing"
    ACTUAL_MISSING = "actual_missing"
    TOLERANCE_MISSING = "tolerance_missing"
    TARGET_EQUALS_BASELINE = "target_equals_baseline"
    TARGET_AGAINST_DIRECTION = "target_against_direction"


@dataclass(frozen=True, slots=True)
class Attainment:
    """Where a goal stands.

    `share` is 0 at the baseline and 1 at the target; it may be negative or above 1, and is None for
    a goal to maintain. `deviation` is actual - target, in the unit of the goal. `n` is the number
    of observations the figure rests on: one value, the latest.
    """

    status: AttainmentStatus
    reason: WhyNotMeasurable | None
    share: float | None
    deviation: float | None
    n: int
    method: str


def attainment(
    baseline: float | None,
    actual: float | None,
    target: float | None,
    *,
    direction: GoalDirection,
    tolerance: float | None,
    elapsed: float,
) -> Attainment:
    """(actual - baseline) / (target - baseline); a goal to maintain is in its band or not.

    `elapsed` is the share of the time until the due date that is over, 0 to 1: before the end a
    goal is on track when its share is at least the time's. Figures are finite and within ±1e12.
    """
    n = 0 if actual is None else 1
    reason = _missing(baseline, actual, target, direction, tolerance)
    if reason is not None or actual is None or target is None:
        return _not_measurable(reason or WhyNotMeasurable.ACTUAL_MISSING, n)
    deviation = round(actual - target, DECIMALS)
    if direction is GoalDirection.MAINTAIN:
        inside = abs(deviation) <= (tolerance or 0)
        status = AttainmentStatus.ACHIEVED if inside else AttainmentStatus.OFF_TRACK
        return Attainment(status, None, None, deviation, n, "within the band around the target")
    start = baseline or 0.0
    way = round(target - start, DECIMALS)
    if way == 0:
        return _not_measurable(WhyNotMeasurable.TARGET_EQUALS_BASELINE, n)
    if (way > 0) is not (direction is GoalDirection.UP):
        return _not_measurable(WhyNotMeasurable.TARGET_AGAINST_DIRECTION, n)
    share = round((actual - start) / way, DECIMALS)
    status = AttainmentStatus.OFF_TRACK
    if share >= 1:
        status = AttainmentStatus.ACHIEVED
    elif elapsed < 1 and share >= elapsed:
        status = AttainmentStatus.ON_TRACK
    return Attainment(status, None, share, deviation, n, "share of the way to the target")


def _missing(
    baseline: float | None,
    actual: float | None,
    target: float | None,
    direction: GoalDirection,
    tolerance: float | None,
) -> WhyNotMeasurable | None:
    if direction is GoalDirection.MAINTAIN:  # the band lies around the target
        needed = [(tolerance, WhyNotMeasurable.TOLERANCE_MISSING)]
    else:
        needed = [(baseline, WhyNotMeasurable.BASELINE_MISSING)]
    needed += [
        (target, WhyNotMeasurable.TARGET_MISSING),
        (actual, WhyNotMeasurable.ACTUAL_MISSING),
    ]
    return next((reason for value, reason in needed if value is None), None)


def _not_measurable(reason: WhyNotMeasurable, n: int) -> Attainment:
    return Attainment(AttainmentStatus.NOT_MEASURABLE, reason, None, None, n, "none")


def elapsed_share(set_on: dt.date, due_on: dt.date | None, today: dt.date) -> float:
    """The share of the time for a goal that is over; 0 without a due date: nothing runs out."""
    if due_on is None:
        return 0.0
    if due_on <= set_on:
        return 1.0 if today >= due_on else 0.0
    return min(1.0, max(0.0, (today - set_on) / (due_on - set_on)))
