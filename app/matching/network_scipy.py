"""The same flow by SciPy's linear programs, where OR-Tools is not installed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from app.matching.problem import MatcherFailed

Longs = NDArray[np.int64]


def best_flow(
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    values: Longs,
    row_places: Longs,
    row_bonus: Longs,
    col_places: Longs,
    col_bonus: Longs,
) -> NDArray[np.bool_]:
    """Return which pairs are taken: see `flow.best_flow`. Raises `MatcherFailed` (`flow-failed`).

    The constraints of a flow are totally unimodular, so a corner of the program is integer; each
    person's partners equal their first one (which earns the bonus) plus the others.
    """
    height, width, pairs = len(row_places), len(col_places), len(rows)
    people = height + width
    edge = np.arange(pairs)
    person = np.arange(people)
    places = np.concatenate([row_places, col_places])
    bonus = np.concatenate([row_bonus, col_bonus])
    entries: list[tuple[NDArray[np.integer[Any]], NDArray[np.int64], float]] = [
        (rows, edge, 1.0),
        (cols + height, edge, 1.0),
        (person, pairs + person, -1.0),
        (person, pairs + people + person, -1.0),
    ]
    at = [np.concatenate([np.asarray(e[k], np.int64) for e in entries]) for k in (0, 1)]
    data = np.concatenate([np.full(len(e[0]), e[2]) for e in entries])
    matrix = coo_array((data, (at[0], at[1])), shape=(people, pairs + 2 * people))
    upper = np.concatenate([np.ones(pairs), np.minimum(places, 1), np.maximum(places - 1, 0)])
    result = linprog(
        -np.concatenate([values, bonus, np.zeros(people, np.int64)]).astype(float),
        A_eq=matrix.tocsr(),
        b_eq=np.zeros(people),
        bounds=np.stack([np.zeros_like(upper), upper], axis=1),
        method="highs-ds",
    )
    if result.x is None:
        raise MatcherFailed("flow-failed", f"The linear program ended with: {result.message}")
    taken: NDArray[np.bool_] = result.x[:pairs] > 0.5
    return taken
