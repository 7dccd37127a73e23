"""Whom each person would rather have, and the pairs that would rather have each other."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.matching.candidates import Field
from app.matching.problem import FORBIDDEN, Ints, MatchingProblem
from app.matching.terms import NamedPairs, Sparse


class Preferences:
    """What both sides think of a pair: ranked wishes first, in their order, then the score.

    Forbidden pairs stay `FORBIDDEN` for both.
    """

    def __init__(self, problem: MatchingProblem, field: Field | None = None) -> None:
        self.field = field or Field(problem)
        shape = len(problem.mentors), len(problem.mentees)
        above = problem.scores.max_score + 1
        by_mentor = _ranks(problem.mentor_wishes, problem.mentor_at, problem.mentee_at, above)
        by_mentee = _ranks(problem.mentee_wishes, problem.mentee_at, problem.mentor_at, above)
        self._mentor = NamedPairs([Sparse(*by_mentor)], *shape)
        own, other, lift = by_mentee
        self._mentee = NamedPairs([Sparse(other, own, lift)], *shape)

    def block(self, rows: Ints, cols: Ints) -> tuple[Ints, Ints]:
        """Return what mentors `rows` and mentees `cols` think of each other: int64 tiles."""
        scores = self.field.block(rows, cols).astype(np.int64)
        return self._lifted(scores, self._mentor, rows, cols), self._lifted(
            scores, self._mentee, rows, cols
        )

    @staticmethod
    def _lifted(scores: Ints, wishes: NamedPairs, rows: Ints, cols: Ints) -> Ints:
        row, col, lift = wishes.inside(rows, cols)
        wanted = scores[row, col] != FORBIDDEN
        liking = scores.copy()
        liking[row[wanted], col[wanted]] = lift[wanted]
        return liking


def _ranks(
    wishes: Mapping[str, Sequence[str]],
    own_at: Mapping[str, int],
    other_at: Mapping[str, int],
    above: int,
) -> tuple[Ints, Ints, Ints]:
    """Return (own, other, liking) of all wishes: each above every score, the first highest."""
    named = [
        (own_at[person], other_at[wish], above + len(ranked) - rank)
        for person, ranked in wishes.items()
        for rank, wish in enumerate(dict.fromkeys(ranked))
        if wish in other_at
    ]
    table = np.array(named, np.int64).reshape(-1, 3)
    return table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2]


def blocking_pairs(
    problem: MatchingProblem, pairs: Sequence[tuple[str, str]], limit: int = 100
) -> tuple[int, list[tuple[str, str]]]:
    """Count the pairs who would both rather have each other, and name the first `limit` of them.

    A person with a place left prefers anybody allowed to an empty place. `pairs` are those beyond
    the pins; pinned pairs do not move.
    """
    preferences = Preferences(problem)
    field = preferences.field
    rows, cols = problem.positions(pairs)
    row_least, col_least = _least_liked(preferences, rows, cols)
    together = NamedPairs(
        [Sparse(rows, cols, np.zeros(len(rows), np.int64))], len(row_least), len(col_least)
    )
    count = 0
    named: list[tuple[str, str]] = []
    for band in field.bands:
        for tile in field.tiles:
            by_mentor, by_mentee = preferences.block(band, tile)
            blocking = (by_mentor > row_least[band][:, None]) & (by_mentee > col_least[tile])
            row, col, _ = together.inside(band, tile)
            blocking[row, col] = False
            count += int(np.count_nonzero(blocking))
            if len(named) < limit:
                for row, col in zip(*np.nonzero(blocking), strict=True):
                    named.append((problem.mentors[band[row]], problem.mentees[tile[col]]))
    return count, sorted(named)[:limit]


def _least_liked(preferences: Preferences, rows: Ints, cols: Ints) -> tuple[Ints, Ints]:
    """Return what each person thinks of their least liked partner; -1 with a place left."""
    field = preferences.field
    least = []
    for at, places in ((rows, field.mentor_places), (cols, field.mentee_places)):
        full = np.bincount(at, minlength=len(places)) >= places
        least.append(np.where(full, np.iinfo(np.int64).max, FORBIDDEN))
    row_least, col_least = least
    for row, col in zip(rows.tolist(), cols.tolist(), strict=True):
        by_mentor, by_mentee = preferences.block(np.array([row]), np.array([col]))
        row_least[row] = min(row_least[row], int(by_mentor[0, 0]))
        col_least[col] = min(col_least[col], int(by_mentee[0, 0]))
    return row_least, col_least
