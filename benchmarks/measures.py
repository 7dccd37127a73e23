"""What the engine needs for a task, measured in the process that does it and nothing else."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.matching.blocks import GivenMatrix
from app.matching.candidates import Field
from app.matching.features import to_problem
from app.matching.people import Person, Rules, Weights
from app.matching.problem import MatchingProblem, Objective
from app.matching.registry import load_matcher
from app.matching.repair import repair
from app.matching.solving import solve
from app.matching.verify import verify
from benchmarks.cohorts import cohort
from benchmarks.ours import Figures, write_people
from benchmarks.plain_scorer import score


def people(size: int, seed: int = 1, **more: Any) -> tuple[list[Person], list[Person]]:
    """Return a realistic cohort in which everybody wants one partner, as dense solvers need it."""
    sides = cohort(size, size, seed, **more)
    mentors, mentees = ([replace(person, capacity=1) for person in side] for side in sides)
    return mentors, mentees


def explicit(scores: np.ndarray[Any, Any], **more: Any) -> MatchingProblem:
    """Return a problem with given scores."""
    rows, cols = scores.shape
    common: Figures = {"objective": Objective.QUALITY, "capacities": np.ones(rows, np.int64)}
    common |= {"demands": np.ones(cols, np.int64), **more}
    return MatchingProblem(
        mentors=tuple(f"m{row:06d}" for row in range(rows)),
        mentees=tuple(f"e{col:06d}" for col in range(cols)),
        scores=GivenMatrix(scores),
        **common,
    )


def names(solution: Any) -> list[tuple[str, str]]:
    """Return the proposed pairs of a solution."""
    return [(pair.mentor, pair.mentee) for pair in solution.proposed]


def measure_ready(path: str, size: int, archetypes: int | None = None) -> Figures:
    """Write a cohort for a process that only matches (see `ours`)."""
    write_people(Path(path), *people(size, archetypes=archetypes))
    return {}


def measure_points(path: str, size: int) -> Figures:
    """Write the scores of the same cohort, -1 where a pair is forbidden, as 16-bit integers."""
    problem = to_problem(*people(size))
    problem.block(slice(0, size), slice(0, size)).astype(np.int16).tofile(path)
    return {}


def measure_scoring(size: int) -> Figures:
    """Score all pairs with all rules, and some in plain Python."""
    problem = to_problem(*people(size))
    field = Field(problem)
    began = time.process_time()
    for rows in field.bands:
        for cols in field.tiles:
            field.block(rows, cols)
    nanoseconds = (time.process_time() - began) / size**2 * 1e9
    mentors, mentees = cohort(400, 400, 7)
    points = Weights().points()
    small = to_problem(mentors, mentees)
    began = time.process_time()
    plain = [[score(a, b, Rules(), points) for b in mentees] for a in mentors]
    slow = (time.process_time() - began) / 400**2 * 1e9
    equal = small.block(slice(0, 400), slice(0, 400)).tolist() == plain
    return {"nanoseconds": nanoseconds, "plain": slow, "equal": equal}


def measure_churn(size: int) -> Figures:
    """Replace one in a hundred people and mend the matching with and without memory."""
    mentors, mentees = people(size + size // 100)
    old = to_problem(mentors[:size], mentees[:size], objective=Objective.QUALITY)
    before = solve(old)
    gone = size // 100
    now = mentors[gone:], mentees[gone:]
    began = time.process_time()
    fresh = solve(to_problem(*now, objective=Objective.QUALITY))
    cold = time.process_time() - began
    began = time.process_time()
    problem = to_problem(*now, objective=Objective.QUALITY)
    mended = repair(replace(problem, memory=before.memory), names(before))
    warm = time.process_time() - began
    going = len(mended.kept) + len(mended.moved)
    total = sum(pair.score for pair in mended.solution.proposed)
    scratch = len(
        set(names(before)) - set(names(fresh)) - {(p.mentor, p.mentee) for p in mended.ended}
    )
    return {
        "cold": cold, "warm": warm, "moved": len(mended.moved) / going, "scratch": scratch / going,
        "cost": (fresh.optimality.value - total) / fresh.optimality.value,
        "status": mended.solution.optimality.status,
    }  # fmt: skip


def measure_rank_one(size: int) -> Figures:
    """Match scores that are products: every price fits every pair almost."""
    dice = np.random.default_rng(4)
    row, col = dice.integers(1, 100, size), dice.integers(1, 100, size)
    scores = np.outer(row, col)
    began = time.process_time()
    found = solve(explicit(scores)).optimality
    return {
        "seconds": time.process_time() - began, "status": found.status, "gap": found.gap,
        "value": found.value, "rounds": found.rounds,
        "best": int(np.sort(row) @ np.sort(col)),
    }  # fmt: skip


def measure_order(size: int, shuffle: int) -> Figures:
    """Match people in another order, on as many threads as the environment says."""
    dice = np.random.default_rng(shuffle)
    mentors, mentees = cohort(size, size, 5)
    if shuffle:
        dice.shuffle(mentors)
        dice.shuffle(mentees)
    solution = solve(to_problem(mentors, mentees))
    certificate = solution.certificate
    return {"pairs": names(solution), "digest": certificate.digest if certificate else ""}


def measure_verifier(size: int) -> Figures:
    """Check an honest certificate, and mutants of every kind."""
    problem = to_problem(*people(size), objective=Objective.QUALITY)
    solution = solve(problem)
    pairs, certificate = names(solution), solution.certificate
    if certificate is None:
        raise AssertionError("The default matcher gives a certificate.")
    field = Field(problem)
    began = time.process_time()
    for rows in field.bands:
        for cols in field.tiles:
            field.block(rows, cols)
    scoring = time.process_time() - began
    began = time.process_time()
    accepted = verify(problem, pairs, certificate).proved
    checking = time.process_time() - began
    small = to_problem(*people(300), objective=Objective.QUALITY)
    mutants = list(_mutants(small))
    return {
        "accepted": accepted, "ratio": checking / scoring, "mutants": len(mutants),
        "rejected": sum(mutants),
    }  # fmt: skip


def _mutants(problem: MatchingProblem) -> Iterator[bool]:
    """Yield whether each mutant of a certificate is rejected."""
    solution = solve(problem)
    pairs, certificate = names(solution), solution.certificate
    if certificate is None:
        raise AssertionError("The default matcher gives a certificate.")
    (proof,) = certificate.proofs
    for side in ("row", "col"):
        for person in range(300):
            prices = getattr(proof.prices, side).copy()
            prices[person] -= 1
            mutant = replace(proof, prices=replace(proof.prices, **{side: prices}))
            yield not verify(problem, pairs, replace(certificate, proofs=(mutant,))).accepted
    (a, b), (c, d) = pairs[0], pairs[1]
    strangers = [("nobody", pairs[0][1]), *pairs[1:]]
    wrong: list[list[tuple[str, str]]] = [[(a, d), (c, b), *pairs[2:]], pairs[1:], strangers]
    wrong += [[*pairs, pairs[0]], [(a, d), *pairs], [(a, b), (a, d), *pairs[2:]]]
    for other in wrong:
        yield not verify(problem, other, certificate).accepted


MEASURES: dict[str, Callable[..., Figures]] = {
    "ready": measure_ready,
    "points": measure_points,
    "scoring": measure_scoring,
    "churn": measure_churn,
    "rank_one": measure_rank_one,
    "order": measure_order,
    "verifier": measure_verifier,
}


def main() -> int:
    """Run one measurement and print its figures."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("measure", help="a name and its arguments, as JSON")
    name, *arguments = json.loads(reader.parse_args().measure)
    load_matcher("optimal")  # imports are not timed, here as little as for the peers
    print(json.dumps(MEASURES[name](*arguments), default=int))
    return 0


if __name__ == "__main__":
    sys.exit(main())
