"""What of a measurement is told: rounded, or withheld with its reason, always in one shape.

Everything that leaves this room passes here. The rules are those of `docs/measuring.md`: a number
rests on at least the minimum group; answers that are all alike would be told with their mean, so
it is withheld; and what would give a withheld number away is withheld with it.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from app.impact.estimates import Estimate, NotMeasurable, Reason
from app.impact.measures import paired_change
from app.impact.ordinal import RankTest
from app.impact.schemas import MeasureReason, MeasureStatus

Key = TypeVar("Key")

UNIT_DECIMALS = 1
"""Means of answers: at one decimal a newcomer's exact answer stays ambiguous."""
EFFECT_DECIMALS = 2
SHARE_DECIMALS = 2
P_DECIMALS = 4
KEPT_APART = 1 / 8
"""How closely, as a share of the scale, a few people's mean may at most be worked out."""

NUMBERS = ("value", "low", "high", "confidence", "n", "method")
RANK_NUMBERS = ("effect", "p", "n", "method")


def measure(result: Estimate | NotMeasurable, decimals: int) -> dict[str, Any]:
    """A measurement as it is told; how many people stand behind it has been checked."""
    if isinstance(result, NotMeasurable):
        return _reasoned(result, NUMBERS)
    return {
        "status": MeasureStatus.MEASURED,
        "reason": None,
        "value": _rounded(result.value, decimals),
        "low": _rounded(result.low, decimals),
        "high": _rounded(result.high, decimals),
        "confidence": None if result.low is None else result.confidence,
        "n": result.n,
        "method": result.method,
    }


def rank_measure(result: RankTest | NotMeasurable) -> dict[str, Any]:
    """A rank test as it is told."""
    if isinstance(result, NotMeasurable):
        return _reasoned(result, RANK_NUMBERS)
    return {
        "status": MeasureStatus.MEASURED,
        "reason": None,
        "effect": _rounded(result.effect, EFFECT_DECIMALS),
        "p": _rounded(result.p, P_DECIMALS),
        "n": result.n,
        "method": result.method,
    }


def unmeasured(reason: MeasureReason, names: Sequence[str] = NUMBERS) -> dict[str, Any]:
    """No number, though nothing is hidden: there is nothing to measure, and why."""
    return {
        "status": MeasureStatus.NOT_MEASURABLE,
        "reason": reason,
        **dict.fromkeys(names),
    }


def withheld(reason: MeasureReason, names: Sequence[str] = NUMBERS) -> dict[str, Any]:
    """A number that exists and is not told; its n is withheld with it."""
    return {"status": MeasureStatus.SUPPRESSED, "reason": reason, **dict.fromkeys(names)}


def _reasoned(result: NotMeasurable, names: Sequence[str]) -> dict[str, Any]:
    reason = MeasureReason(result.reason)
    if result.reason is Reason.GROUP_BELOW_MINIMUM:
        return withheld(reason, names)
    return {**unmeasured(reason, names), "n": result.n}


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals) + 0.0  # no minus zero


def mean_of(values: Sequence[float], what: str) -> Estimate | NotMeasurable:
    """The mean with Student's t interval: a change from nothing. Five values at least."""
    result = paired_change([0.0] * len(values), values)
    if isinstance(result, NotMeasurable):
        return result
    interval = "all alike" if result.low is None else "t interval"
    return dataclasses.replace(result, method=f"mean {what}, {interval}")


def hidden_groups(
    sizes: Mapping[Key, int], minimum: int, alike: Mapping[Key, bool] | None = None
) -> dict[Key, MeasureReason]:
    """Which groups of one breakdown are withheld, and why: none of them, or all.

    `sizes` are the people of each group, `alike` whether all in it answered the same. The whole is
    told beside the groups, so a single withheld group would be the whole minus the others.
    """
    reasons = {
        key: MeasureReason.GROUP_BELOW_MINIMUM if size < minimum else MeasureReason.HOMOGENEOUS
        for key, size in sizes.items()
        if size < minimum or (alike is not None and alike[key])
    }
    if not reasons:
        return {}
    return {key: reasons.get(key, MeasureReason.COMPLEMENTARY) for key in sizes}


def gives_away_the_rest(whole: int, part: int, minimum: int, length: float) -> bool:
    """Whether telling a part's mean change tells the mean of the few who are not in the part.

    The results of a wave tell the mean of `whole` people; a change tells, with the other wave, the
    mean of the `part` who answered both. The difference is the sum over the rest, blurred by half
    a last digit for each person: once in the whole, twice in the part. `length` is that of the
    scale from end to end.
    """
    rest = whole - part
    if not 0 < rest < minimum:
        return False
    half_digit: float = 0.5 * 10.0**-UNIT_DECIMALS
    return half_digit * (whole + 2 * part) / rest < KEPT_APART * length
