"""Mutual best first: the two who are each other's best are paired. A baseline, not an optimum."""

import numpy as np

from app.matching.candidates import Field, spread
from app.matching.problem import Control, Ints, Limits, MatchingProblem, Progress, Proposal


class Greedy:
    """Pairs those who are each other's best among all who still have a place, again and again."""

    name = "greedy"
    version = "1"

    def match(self, problem: MatchingProblem, control: Control, limits: Limits) -> Proposal:
        """Return the pairs; a stopped run returns those found so far. Limits do not apply."""
        del limits
        pairs: list[tuple[int, int]] = []
        while not control.stopped():
            new = _mutual_best(Field(problem, pairs))
            if not new:
                break
            pairs += new
            control.report(Progress("greedy", value=len(pairs)))
        return Proposal([(problem.mentors[row], problem.mentees[col]) for row, col in pairs])


def _mutual_best(field: Field) -> list[tuple[int, int]]:
    """Return (row, column) of all who are each other's best; equal scores go by a hash."""
    best = np.full(len(field.mentor_places), -1, np.int64)
    partner = np.zeros(len(best), np.int64)
    col_best = np.full(len(field.mentee_places), -1, np.int64)
    col_partner = np.zeros(len(col_best), np.int64)
    for rows in field.bands:
        for cols in field.tiles:
            key = spread(field.block(rows, cols), rows, cols)
            _raise(best, partner, rows, key.max(axis=1), cols[key.argmax(axis=1)])
            _raise(col_best, col_partner, cols, key.max(axis=0), rows[key.argmax(axis=0)])
    rows = np.flatnonzero(best >= 0)
    mutual = rows[col_partner[partner[rows]] == rows]
    return list(zip(mutual.tolist(), partner[mutual].tolist(), strict=True))


def _raise(best: Ints, partner: Ints, people: Ints, found: Ints, found_partner: Ints) -> None:
    """Keep the better of what is known and what a tile found; the earlier one when equal."""
    better = found > best[people]
    best[people[better]] = found[better]
    partner[people[better]] = found_partner[better]
