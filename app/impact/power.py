"""What a planned cohort could show at all: the smallest effect its numbers can detect."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.impact.distributions import noncentral_t, t_quantile

TABLE_SIZES = (10, 15, 20, 30, 50)


class Design(StrEnum):
    """How before and after are compared."""

    PAIRED = "paired"
    TWO_GROUPS = "two_groups"


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest true effect that n people would show with this power.

    `effect` is in standard deviations: of the changes when paired (d_z), of each group's values
    when two groups of n are compared (d).
    """

    effect: float
    n: int
    design: Design
    power: float
    level: float
    method: str = "two-sided t test, noncentral t"


def power_of(effect: float, n: int, design: Design, level: float = 0.05) -> float:
    """The chance that n people (in each group, when two) show this true effect as significant.

    Two-sided t test with noncentrality effect·√n, or effect·√(n/2) for two groups of n (Cohen 1988,
    ch. 2). Raises ValueError for n below two.
    """
    if n < 2:
        message = "power needs two people at least"
        raise ValueError(message)
    paired = design is Design.PAIRED
    freedom = n - 1 if paired else 2 * n - 2
    shift = effect * math.sqrt(n if paired else n / 2)
    critical = t_quantile(1 - level / 2, freedom)
    return 1 - noncentral_t(critical, freedom, shift) + noncentral_t(-critical, freedom, shift)


def detectable_effect(
    n: int, design: Design = Design.PAIRED, power: float = 0.8, level: float = 0.05
) -> Detectable:
    """The smallest effect that n people (in each group, when two) show with the wished power.

    Raises ValueError for n below two or a power not between the level and 1.
    """
    if not level < power < 1:
        message = "the power lies between the level and 1"
        raise ValueError(message)
    low, high = 0.0, 1.0
    while power_of(high, n, design, level) < power:
        low, high = high, 2 * high
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        if power_of(middle, n, design, level) < power:
            low = middle
        else:
            high = middle
    return Detectable(high, n, design, power, level)


def power_table(sizes: Sequence[int] = TABLE_SIZES) -> list[Detectable]:
    """The table a sponsor sees before launch: each size, paired and against a comparison group."""
    return [detectable_effect(n, design) for design in Design for n in sizes]
