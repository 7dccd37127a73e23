"""What SciPy says about the same problems; apart, so that its memory is not counted as ours."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from app.matching import network_scipy
from app.matching.blocks import tiles
from app.matching.features import to_problem
from app.matching.problem import Objective
from app.matching.solving import solve
from benchmarks.measures import explicit, people
from benchmarks.ours import Figures, rss


def measure_exactness() -> Figures:
    """Bar 1: 300 random and 100 planted instances against an independent solver."""
    dice = np.random.default_rng(1)
    right = tight = 0
    for _ in range(300):
        rows, cols = dice.integers(3, 60, 2)
        scores = dice.integers(-2, (8, 10_000)[int(dice.integers(2))], (rows, cols)).clip(-1)
        places, demands = dice.integers(0, 4, rows), dice.integers(0, 3, cols)
        found = solve(explicit(scores, capacities=places, demands=demands)).optimality
        at = np.argwhere((scores >= 0) & (places > 0)[:, None] & (demands > 0))
        values = scores[at[:, 0], at[:, 1]].astype(np.int64)
        zero = np.zeros(rows, np.int64), np.zeros(cols, np.int64)
        taken = network_scipy.best_flow(
            at[:, 0].astype(np.int32), at[:, 1].astype(np.int32), values,
            places, zero[0], demands, zero[1],
        )  # fmt: skip
        right += found.value == int(values[taken].sum())
        tight += found.gap == 0
    planted = 0
    for _ in range(100):
        size = int(dice.integers(20, 120))
        places = dice.integers(1, 4, size)
        row = dice.integers(1000, 4000, size)
        col = dice.integers(1000, 4000, int(places.sum()))
        scores = row[:, None] + col - dice.integers(1, 900, (size, len(col)))
        plan = dice.permutation(np.repeat(np.arange(size), places))
        scores[plan, np.arange(len(col))] = row[plan] + col
        best = solve(explicit(scores, capacities=places)).optimality
        planted += best.value == int((places * row).sum() + col.sum()) and best.gap == 0
    return {"right": right, "tight": tight, "planted": planted}


def measure_dense(size: int) -> Figures:
    """Run SciPy's dense solver alone on the ready matrix."""
    matrix = ready_matrix(size)
    began = time.process_time()
    rows, cols = linear_sum_assignment(matrix, maximize=True)
    seconds = time.process_time() - began
    chosen = matrix[rows, cols]
    return {"seconds": seconds, "rss": rss(), "value": int(chosen[chosen > 0].sum())}


def ready_matrix(size: int) -> np.ndarray[Any, Any]:
    """Return the scores of all pairs, 0 where not allowed."""
    problem = to_problem(*people(size), objective=Objective.QUALITY)
    matrix = np.zeros((size, size))
    for rows, cols in tiles(size, size):
        matrix[rows, cols] = problem.score_block(rows, cols)
    return matrix


def save(size: int, path: str) -> Figures:
    """Write the ready matrix for a solver in another environment."""
    np.save(path, ready_matrix(size))
    return {}


MEASURES: dict[str, Callable[..., Figures]] = {
    "exactness": measure_exactness,
    "dense": measure_dense,
    "save": save,
}


def main() -> int:
    """Run one measurement."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("measure", help="a name and its arguments, as JSON")
    name, *arguments = json.loads(reader.parse_args().measure)
    print(json.dumps(MEASURES[name](*arguments), default=int))
    return 0


if __name__ == "__main__":
    sys.exit(main())
