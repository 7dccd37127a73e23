"""Mend a matching after a change: those left alone come first, and as few as possible move."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.matching.assessing import Solution
from app.matching.problem import (
    FORBIDDEN,
    UNLIMITED,
    UNWATCHED,
    Control,
    Limits,
    MatchingProblem,
    Pair,
    ProblemInvalid,
)
from app.matching.solving import solve

Names = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """A standing pair that cannot go on: `left`, `forbidden` by a rule, or `failed`."""

    mentor: str
    mentee: str
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Repair:
    """What changes: pairs that end, pairs that stay, pairs that move, and new ones.

    `price` is what calm costs: points that the best result without any bonus for standing pairs
    would have more. None when it was not asked for or not proved.
    """

    solution: Solution
    ended: tuple[Ended, ...]
    kept: tuple[Names, ...]
    moved: tuple[Names, ...]
    """Standing pairs that could go on, but are given up for a better whole."""
    new: tuple[Pair, ...]
    price: int | None


def repair(
    problem: MatchingProblem,
    standing: Sequence[Names],
    failed: Sequence[Names] = (),
    *,
    with_price: bool = False,
    control: Control = UNWATCHED,
    limits: Limits = UNLIMITED,
) -> Repair:
    """Propose the least disturbing change to standing pairs under a problem as it is now.

    `standing` are pairs that may move, `failed` those of them that must end; active pairings that
    must not move are pins of the problem. `problem.stability_bonus` is what keeping a pair is
    worth. People whose pair ended count as waitlisted: they are placed first. A failed pair comes
    back unless the problem forbids it, so a `ProblemInvalid` (`failed-allowed`) is raised.
    """
    ended, going = _sorted_out(problem, standing, frozenset(failed))
    orphans = {name for pair in ended for name in (pair.mentor, pair.mentee)}
    now = replace(
        problem,
        previous=tuple(sorted(going)),
        waitlisted_mentors=problem.waitlisted_mentors | orphans & problem.mentor_at.keys(),
        waitlisted_mentees=problem.waitlisted_mentees | orphans & problem.mentee_at.keys(),
    )
    solution = solve(now, "optimal", control, limits)
    found = {(pair.mentor, pair.mentee) for pair in solution.proposed}
    return Repair(
        solution=solution,
        ended=ended,
        kept=tuple(sorted(going & found)),
        moved=tuple(sorted(going - found)),
        new=tuple(p for p in solution.proposed if (p.mentor, p.mentee) not in going),
        price=_price(now, solution, control, limits) if with_price else None,
    )


def _sorted_out(
    problem: MatchingProblem, standing: Sequence[Names], failed: frozenset[Names]
) -> tuple[tuple[Ended, ...], set[Names]]:
    present = [
        pair for pair in standing if pair[0] in problem.mentor_at and pair[1] in problem.mentee_at
    ]
    scores = dict(zip(present, problem.pair_scores(*problem.positions(present)), strict=True))
    ended = []
    for mentor, mentee in sorted(set(standing)):
        score = scores.get((mentor, mentee))
        if score is None:
            ended.append(Ended(mentor, mentee, "left"))
        elif (mentor, mentee) in failed:
            if score != FORBIDDEN:
                detail = f"{mentor} with {mentee} failed, but no rule forbids them."
                raise ProblemInvalid("failed-allowed", detail)
            ended.append(Ended(mentor, mentee, "failed"))
        elif score == FORBIDDEN:
            ended.append(Ended(mentor, mentee, "forbidden"))
    over = {(pair.mentor, pair.mentee) for pair in ended}
    return tuple(ended), set(standing) - over


def _price(
    problem: MatchingProblem, solution: Solution, control: Control, limits: Limits
) -> int | None:
    """Return the total of the best result without bonus, less that of this one."""
    free = solve(replace(problem, previous=(), memory=solution.memory), "optimal", control, limits)
    if free.optimality.status != "proved":
        return None
    total = sum(pair.score for pair in solution.proposed)
    return free.optimality.value - total
