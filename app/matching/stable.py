"""Deferred acceptance with capacities: nobody would rather leave together."""

import heapq

import numpy as np

from app.matching.candidates import Field
from app.matching.preferences import Preferences
from app.matching.problem import (
    Control,
    Ints,
    Limits,
    MatchingProblem,
    Objective,
    ProblemInvalid,
    Progress,
    Proposal,
)

AT_ONCE = 32
"""So many favourites of a mentee are looked up together."""


class Stable:
    """Mentees ask in the order of their liking; mentors keep the best so far.

    Among all stable results it is the best for every mentee. A person likes their ranked wishes
    first and then goes by score.
    """

    name = "stable"
    version = "1"

    def match(self, problem: MatchingProblem, control: Control, limits: Limits) -> Proposal:
        """Return the pairs; a stopped run returns those held so far. Limits do not apply.

        Raises `ProblemInvalid` (`rankings-missing`) for the objective `stable` unless both sides
        gave wishes.
        """
        del limits
        ranked = problem.mentor_wishes and problem.mentee_wishes
        if problem.objective is Objective.STABLE and not ranked:
            detail = "A stable matching is only meaningful where both sides ranked each other."
            raise ProblemInvalid("rankings-missing", detail)
        field = Field(problem)
        favourites = _Favourites(field, Preferences(problem, field))
        held: list[list[tuple[int, int]]] = [[] for _ in problem.mentors]
        asking = np.repeat(np.arange(len(problem.mentees)), field.mentee_places).tolist()[::-1]
        while asking and not control.stopped():
            col = asking.pop()
            found = favourites.next(col)
            if found is None:
                continue
            row, liking = found
            heapq.heappush(held[row], (liking, -col))
            if len(held[row]) > field.mentor_places[row]:
                _, left = heapq.heappop(held[row])
                asking.append(-left)
        control.report(Progress("stable", value=sum(map(len, held))))
        return Proposal(
            [
                (problem.mentors[row], problem.mentees[-col])
                for row, people in enumerate(held)
                for _, col in people
            ]
        )


class _Favourites:
    """The mentors of each mentee from the dearest down, found a few at a time."""

    def __init__(self, field: Field, preferences: Preferences) -> None:
        self._preferences = preferences
        self._rows = np.concatenate([np.empty(0, np.intp), *field.bands])
        self._queue: dict[int, list[tuple[int, int]]] = {}
        self._asked: dict[int, int] = {}

    def next(self, col: int) -> tuple[int, int] | None:
        """Return the next mentor to ask and how much that mentor likes the mentee, or None."""
        if not self._queue.get(col):
            self._queue[col] = self._look_up(col)
        return self._queue[col].pop() if self._queue[col] else None

    def _look_up(self, col: int) -> list[tuple[int, int]]:
        """Return the next few favourites, the dearest last; equal ones by the mentor's id."""
        if not len(self._rows):
            return []
        by_mentor, by_mentee = self._preferences.block(self._rows, np.array([col]))
        mentee_likes: Ints = by_mentee[:, 0]
        asked = self._asked.get(col, 0)
        order = np.lexsort((self._rows, -mentee_likes))[asked : asked + AT_ONCE]
        order = order[mentee_likes[order] >= 0]
        self._asked[col] = asked + len(order)
        return [(int(self._rows[k]), int(by_mentor[k, 0])) for k in order[::-1].tolist()]
