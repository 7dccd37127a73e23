"""What one pair is worth to an objective: a rising function of its score."""

from dataclasses import dataclass

import numpy as np

from app.matching.problem import Ints


@dataclass(frozen=True, slots=True)
class Gain:
    """Turns scores into values. It never falls when the score rises.

    Pairs below `threshold` may not be chosen. Each (floor, penalty) takes the penalty away from
    pairs that score below the floor. `counts_score` adds the score itself.
    """

    threshold: int = 0
    floors: tuple[tuple[int, int], ...] = ()
    counts_score: bool = True

    def values(self, scores: Ints) -> Ints:
        """Return the values of allowed pairs with these scores."""
        value = scores if self.counts_score else np.zeros_like(scores)
        for floor, penalty in self.floors:
            value = value - (scores < floor) * value.dtype.type(penalty)
        return value
