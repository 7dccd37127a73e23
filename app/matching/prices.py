"""Prices of people: what a place is worth, and the sum that no choice of pairs can exceed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.terms import NO_PAIRS, Sparse

Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Side:
    """The places and first-partner bonuses of one side of the graph, one entry per person.

    Every partner uses up one place; the first partner a person gets is worth `bonus` in addition.
    """

    places: Longs
    bonus: Longs


@dataclass(frozen=True, eq=False)
class Prices:
    """Integer duals: `row` u_i, `col` v_j, and `extra` w_k on pairs that both sides could repeat.

    u_i + v_j (+ w_k) covers the value of every pair they certify, so nobody can do better than
    take, at these prices, the number of partners that pays best: `bound` adds that up.
    """

    row: Longs
    col: Longs
    extra: Sparse = NO_PAIRS
    """What chosen pairs of two people with many places are worth beyond their two prices."""


def best_response(side: Side, prices: Longs) -> Longs:
    """Return what each person is worth at most when every partner pays their price.

    The price is a sum for each partner, the bonus comes once: a concave choice of 0, 1 or all
    places, so max(0, u + b, places * u + b); nothing without places.
    """
    one = prices + side.bonus
    everything = side.places * prices + side.bonus
    best = np.maximum(np.maximum(one, everything), 0)
    return np.where(side.places > 0, best, 0)


def bound_of(mentors: Side, mentees: Side, prices: Prices) -> int:
    """Return the sum no choice of pairs can exceed, if the prices cover every allowed pair."""
    return int(
        best_response(mentors, prices.row).sum()
        + best_response(mentees, prices.col).sum()
        + prices.extra.values.sum()
    )
