"""Do two people rank the same things? Kendall's tau, for a pair and for a cohort."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from statistics import fmean

FEWEST_GOALS = 3  # with two goals tau knows only -1 and 1
FEWEST_PAIRS = 5

METHOD_OF_PAIR = "Kendall's tau between the two rankings"
METHOD_OF_COHORT = "mean over pairs of Kendall's tau between the partners' rankings"


class AlignmentStatus(StrEnum):
    MEASURED = "measured"
    NOT_MEASURABLE = "not_measurable"


class WhyNotAligned(StrEnum):
    NO_STATEMENT = "no_statement"
    TOO_FEW_GOALS = "too_few_goals"
    RANKING_MISSING = "ranking_missing"
    GROUP_BELOW_MINIMUM = "group_below_minimum"


@dataclass(frozen=True, slots=True)
class Alignment:
    """1: the same order; 0: no relation; -1: the opposite. `n`: goals, or pairs of a cohort."""

    status: AlignmentStatus
    reason: WhyNotAligned | None
    value: float | None
    n: int
    method: str


def kendall_tau(first: Sequence[str], second: Sequence[str]) -> float:
    """Concordant minus discordant pairs of items, over all pairs (Kendall 1938, tau-a).

    Both rank the same items, each once, so there are no ties and tau-a equals tau-b.
    Raises ValueError for fewer than two items or different ones.
    """
    if len(first) < 2 or len(set(first)) != len(first) or sorted(first) != sorted(second):
        raise ValueError("two rankings of the same two or more items, each once")
    place = {item: at for at, item in enumerate(second)}
    agree = [1 if place[a] < place[b] else -1 for a, b in combinations(first, 2)]
    return sum(agree) / len(agree)


def pair_alignment(
    goals_count: int, first: Sequence[str] | None, second: Sequence[str] | None
) -> Alignment:
    """The alignment of one pair; it does not tell whose ranking is missing."""
    if goals_count < FEWEST_GOALS:
        return unaligned(WhyNotAligned.TOO_FEW_GOALS, goals_count, METHOD_OF_PAIR)
    if not first or not second:
        return unaligned(WhyNotAligned.RANKING_MISSING, 0, METHOD_OF_PAIR)
    tau = round(kendall_tau(first, second), 3)
    return Alignment(AlignmentStatus.MEASURED, None, tau, goals_count, METHOD_OF_PAIR)


def cohort_alignment(
    goals_count: int, rankings: Sequence[tuple[Sequence[str], Sequence[str]]], minimum: int
) -> Alignment:
    """The mean over the pairs of which both ranked; none below the minimum group.

    One decimal, so that the figure before and after one more pair does not give that pair away.
    """
    if goals_count < FEWEST_GOALS:
        return unaligned(WhyNotAligned.TOO_FEW_GOALS, 0, METHOD_OF_COHORT)
    if len(rankings) < max(minimum, FEWEST_PAIRS):
        return unaligned(WhyNotAligned.GROUP_BELOW_MINIMUM, 0, METHOD_OF_COHORT)
    mean = round(fmean(kendall_tau(*both) for both in rankings), 1)
    return Alignment(AlignmentStatus.MEASURED, None, mean, len(rankings), METHOD_OF_COHORT)


def unaligned(reason: WhyNotAligned, n: int, method: str) -> Alignment:
    return Alignment(AlignmentStatus.NOT_MEASURABLE, reason, None, n, method)
