"""What a measurement may say: a number with its n, interval and method, or why there is none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Result = TypeVar("Result")

# Nobody, an administrator included, is shown a number about fewer people than this. An
# organization may ask for more, never for less.
MINIMUM_GROUP = 5

# Means of three items differ in the sixteenth decimal; equal answers must stay equal.
DECIMALS = 10


class Reason(StrEnum):
    """Why something could not be measured."""

    TOO_FEW = "too_few"
    NO_VARIATION = "no_variation"
    IMPROPER_SOLUTION = "improper_solution"
    GROUP_BELOW_MINIMUM = "group_below_minimum"
    BASELINE_MISSING = "baseline_missing"
    ACTUAL_MISSING = "actual_missing"
    TARGET_MISSING = "target_missing"
    TARGET_EQUALS_BASELINE = "target_equals_baseline"
    TARGET_AGAINST_DIRECTION = "target_against_direction"
    TOLERANCE_MISSING = "tolerance_missing"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number.

    `low` and `high` are both None where the data or the method give no interval. `n` counts what
    was observed (persons, pairs of answers, dyads: the method says which); `groups` holds the two
    sizes where two groups are compared.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    method: str
    confidence: float = 0.95
    groups: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuses half an interval and a number about nobody."""
        if (self.low is None) != (self.high is None):
            message = "an interval has two ends"
            raise ValueError(message)
        if self.n < 1:
            message = "an estimate needs at least one observation"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class NotMeasurable:
    """No number, and why. `n` is None where even the size must not be shown."""

    reason: Reason
    n: int | None


def numbers(values: npt.ArrayLike) -> FloatArray:
    """One row of numbers, float64[n]; None and NaN mean missing. Raises ValueError for infinity."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        message = f"expected one row of numbers, got an array of shape {array.shape}"
        raise ValueError(message)
    if np.isinf(array).any():
        message = "infinite values cannot be measured"
        raise ValueError(message)
    return array


def observed(values: npt.ArrayLike) -> FloatArray:
    """The values that are there, float64[n], rounded so that equal answers stay equal."""
    array = numbers(values)
    kept: FloatArray = np.round(array[~np.isnan(array)], DECIMALS)
    return kept


def complete_pairs(before: npt.ArrayLike, after: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both values of everyone who has both, as two arrays float64[n] in the order given.

    Raises ValueError when the two differ in length.
    """
    first, second = numbers(before), numbers(after)
    if first.shape != second.shape:
        message = f"{first.size} values before and {second.size} after are not pairs"
        raise ValueError(message)
    both = ~(np.isnan(first) | np.isnan(second))
    return first[both], second[both]


def deviation(values: FloatArray) -> float:
    """The sample standard deviation of float64[n], exactly 0 where only rounding differs."""
    spread = float(values.std(ddof=1))
    return 0.0 if spread <= 1e-12 * max(1.0, float(np.abs(values).max())) else spread
