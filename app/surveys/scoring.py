"""From answers to scale scores: reversing, missing answers, percent of maximum.

The rules are those of `docs/measuring.md`. Raw answers are stored as given; everything here
happens when a scale is scored, so a rule can be corrected without touching an answer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ScoringProblem(StrEnum):
    """Why a scale has no score for one person."""

    NOTHING_ASKED = "nothing_asked"
    TOO_FEW_ANSWERS = "too_few_answers"


@dataclass(frozen=True, slots=True)
class ScaleItem:
    """What scoring needs to know of one rating item."""

    code: str
    minimum: int
    maximum: int
    reverse: bool = False

    def __post_init__(self) -> None:
        """Refuses an item without room between its ends."""
        if self.minimum >= self.maximum:
            message = f"{self.code}: the minimum must lie below the maximum"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """One person's score on one scale.

    `value` is the mean on the metric of the items; `percent` the same as percent of the maximum
    possible, 0 to 100; `answered_count` of `item_count` items entered it.
    """

    value: float
    percent: float
    answered_count: int
    item_count: int


@dataclass(frozen=True, slots=True)
class NotScored:
    """One person's missing score, and why."""

    reason: ScoringProblem
    answered_count: int
    item_count: int


def keyed(answer: int, item: ScaleItem) -> int:
    """The answer as it counts: `min + max - answer` for a reverse item, else itself.

    Raises ValueError for an answer the item does not offer.
    """
    if not item.minimum <= answer <= item.maximum:
        message = f"{item.code}: {answer} is not between {item.minimum} and {item.maximum}"
        raise ValueError(message)
    return item.minimum + item.maximum - answer if item.reverse else answer


def percent_of_maximum(value: float, minimum: int, maximum: int) -> float:
    """`100 (value - min) / (max - min)`: POMP (Cohen, Cohen, Aiken and West 1999)."""
    return 100 * (value - minimum) / (maximum - minimum)


def score_scale(
    items: Sequence[ScaleItem], answers: Mapping[str, int | None]
) -> ScaleScore | NotScored:
    """Scores one scale for one person.

    `items` are the items this person was asked, all with the same ends. `answers` holds raw answers
    by item code; None and absent both mean missing ("prefer not to say" is missing, never the
    midpoint), and answers to other scales are left alone. The score is the mean of the keyed
    answers, given when at least half of the items and at least two are answered (the one item of
    a single-item scale is enough).
    """
    if not items:
        return NotScored(ScoringProblem.NOTHING_ASKED, 0, 0)
    minimum, maximum = items[0].minimum, items[0].maximum
    if any((item.minimum, item.maximum) != (minimum, maximum) for item in items):
        message = f"the items beside {items[0].code} do not share its ends"
        raise ValueError(message)
    values = [
        keyed(answer, item) for item in items if (answer := answers.get(item.code)) is not None
    ]
    needed = 1 if len(items) == 1 else max(2, math.ceil(len(items) / 2))
    if len(values) < needed:
        return NotScored(ScoringProblem.TOO_FEW_ANSWERS, len(values), len(items))
    value = math.fsum(values) / len(values)
    percent = percent_of_maximum(value, minimum, maximum)
    return ScaleScore(value, percent, len(values), len(items))
