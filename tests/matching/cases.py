"""Builders for matching tests: people who may all meet, and small problems to enumerate."""

from itertools import product

import numpy as np

from app.matching.blocks import GivenMatrix
from app.matching.people import Person, Role
from app.matching.problem import MatchingProblem, Objective

ALWAYS = ((1 << 672) - 1,)


def mentor(name="m1", **more):
    """Return a junior who may meet anybody senior."""
    known = {
        "id": name, "role": Role.MENTOR, "participant_id": f"p-{name}", "job_level": 1,
        "languages": frozenset({"en"}), "availability": ALWAYS,
    }  # fmt: skip
    return Person(**{**known, **more})


def mentee(name="e1", **more):
    """Return a senior who may meet anybody junior."""
    known = {
        "id": name, "role": Role.MENTEE, "participant_id": f"p-{name}", "job_level": 9,
        "languages": frozenset({"en"}), "availability": ALWAYS,
    }  # fmt: skip
    return Person(**{**known, **more})


def given(scores, capacities=None, demands=None, objective=Objective.QUALITY, **more):
    """Return a problem with explicit scores; -1 is forbidden."""
    scores = np.array(scores)
    rows, cols = scores.shape
    return MatchingProblem(
        mentors=tuple(f"m{row:04d}" for row in range(rows)),
        mentees=tuple(f"e{col:04d}" for col in range(cols)),
        capacities=np.array(capacities if capacities is not None else [1] * rows),
        demands=np.array(demands if demands is not None else [1] * cols),
        scores=GivenMatrix(scores),
        objective=objective,
        **more,
    )


def feasible_sets(scores, capacities, demands):
    """Yield every set of allowed pairs that keeps all capacities."""
    edges = [(int(i), int(j)) for i, j in zip(*np.nonzero(np.array(scores) >= 0), strict=True)]
    for taken in product((False, True), repeat=len(edges)):
        chosen = [edge for edge, take in zip(edges, taken, strict=True) if take]
        rows = np.bincount([i for i, _ in chosen], minlength=len(capacities))
        cols = np.bincount([j for _, j in chosen], minlength=len(demands))
        if (rows <= capacities).all() and (cols <= demands).all():
            yield chosen


def rank(objective, scores, chosen, floors=()):
    """Return what an objective maximises, as a tuple in its order of precedence."""
    points = [int(scores[i][j]) for i, j in chosen]
    people = len({i for i, _ in chosen}) + len({j for _, j in chosen})
    if objective is Objective.QUALITY:
        return (sum(points),)
    if objective is Objective.PARTICIPATION:
        return people, min(points, default=0), sum(points)
    return people, *(-sum(p < floor for p in points) for floor in floors), sum(points)


def positions(problem, pairs):
    """Return pairs of ids as (row, column)."""
    return [(problem.mentor_at[a], problem.mentee_at[b]) for a, b in pairs]


def proposed(solution):
    """Return the new pairs of a solution as pairs of ids."""
    return [(pair.mentor, pair.mentee) for pair in solution.proposed]
