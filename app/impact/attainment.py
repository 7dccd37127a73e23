"""Was a goal met: how far the way from baseline to target has been gone."""

import math
from dataclasses import dataclass
from enum import StrEnum

from app.impact.estimates import DECIMALS, Estimate, NotMeasurable, Reason

Measured = Estimate | NotMeasurable | float | None


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    MAINTAIN = "maintain"


class AttainmentStatus(StrEnum):
    """Where a goal stands."""

    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"


@dataclass(frozen=True, slots=True)
class Attainment:
    """How far a goal has come.

    `share` is 0 at the baseline and 1 at the target; it may be negative or above 1. It is None for
    a goal to maintain, which is in its band or not. The interval covers only the uncertainty of the
    change: baseline and target count as given. `deviation` is actual - target, in the unit of the
    indicator.
    """

    status: AttainmentStatus
    share: float | None
    low: float | None
    high: float | None
    deviation: float
    n: int
    method: str
    confidence: float = 0.95


def goal_attainment(
    baseline: Measured,
    actual: Measured,
    target: float | None,
    *,
    n: int,
    direction: Direction = Direction.UP,
    tolerance: float | None = None,
    change: Estimate | NotMeasurable | None = None,
    elapsed: float = 1.0,
) -> Attainment | NotMeasurable:
    """(actual - baseline) / (target - baseline), or the reason why there is no such figure.

    - `baseline`, `actual`: a number, an estimate, or the result that could not be measured: its
      reason (suppression included) is passed on, never turned into 0.
    - `n`: how many observations the actual value rests on (one for a single fact).
    - `change`: the estimate of actual - baseline; its interval, divided by the way to go, becomes
      the interval of the share.
    - `tolerance`: half the width of the band around the target of a goal to maintain.
    - `elapsed`: the share of the time until the due date that is over, 0 to 1; before the end a
      goal is on track when its share is at least the time's.

    A target equal to the baseline of a goal to raise or lower leaves no way to measure along. A
    target on the wrong side of the baseline contradicts the direction: moving away from what is
    better would count as progress. Raises ValueError for a negative tolerance, an n below one, an
    `elapsed` outside 0 to 1 or a value that is not finite.
    """
    if n < 1 or not 0 <= elapsed <= 1 or (tolerance is not None and tolerance < 0):
        message = "n is at least 1, elapsed between 0 and 1, a tolerance not negative"
        raise ValueError(message)
    unknown = _unknown(baseline, actual, target, change, n=n, direction=direction)
    if unknown is not None:
        return unknown
    end, aim = _value(actual), _value(target)
    if direction is Direction.MAINTAIN:
        return _in_band(round(end - aim, DECIMALS), tolerance, n)
    start = _value(baseline)
    way = round(aim - start, DECIMALS)
    if way == 0:
        return NotMeasurable(Reason.TARGET_EQUALS_BASELINE, n)
    if (way > 0) is not (direction is Direction.UP):
        return NotMeasurable(Reason.TARGET_AGAINST_DIRECTION, n)
    share = round((end - start) / way, DECIMALS)
    status = AttainmentStatus.OFF_TRACK
    if share >= 1:
        status = AttainmentStatus.ACHIEVED
    elif elapsed < 1 and share >= elapsed:
        status = AttainmentStatus.ON_TRACK
    deviation = round(end - aim, DECIMALS)
    if not isinstance(change, Estimate) or change.low is None or change.high is None:
        return Attainment(status, share, None, None, deviation, n, "share of the way to the target")
    low, high = sorted((change.low / way, change.high / way))
    method = f"share of the way to the target, interval from: {change.method}"
    return Attainment(status, share, low, high, deviation, n, method, change.confidence)


def _unknown(
    baseline: Measured,
    actual: Measured,
    target: float | None,
    change: Estimate | NotMeasurable | None,
    *,
    n: int,
    direction: Direction,
) -> NotMeasurable | None:
    """The first reason why the goal cannot be measured; a suppressed part outranks all others."""
    parts = (baseline, actual, change)
    reasons = [part for part in parts if isinstance(part, NotMeasurable)]
    for reason in reasons:
        if reason.reason is Reason.GROUP_BELOW_MINIMUM:
            return reason
    needed: list[tuple[Measured, Reason]] = [
        (actual, Reason.ACTUAL_MISSING),
        (target, Reason.TARGET_MISSING),
    ]
    if direction is not Direction.MAINTAIN:  # the band lies around the target
        needed.insert(0, (baseline, Reason.BASELINE_MISSING))
    for part, missing in needed:
        if isinstance(part, NotMeasurable):
            return part
        if part is None:
            return NotMeasurable(missing, n)
    return None


def _in_band(deviation: float, tolerance: float | None, n: int) -> Attainment | NotMeasurable:
    if tolerance is None:
        return NotMeasurable(Reason.TOLERANCE_MISSING, n)
    inside = abs(deviation) <= tolerance
    status = AttainmentStatus.ACHIEVED if inside else AttainmentStatus.OFF_TRACK
    return Attainment(status, None, None, None, deviation, n, "within the band of the target")


def _value(measured: Measured) -> float:
    value = measured.value if isinstance(measured, Estimate) else measured
    if not isinstance(value, int | float) or not math.isfinite(value):
        message = f"{value} is not a measured value"
        raise ValueError(message)
    return float(value)
