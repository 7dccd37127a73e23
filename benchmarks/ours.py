"""What the engine needs from ready people to proof, in a process that does nothing else."""

import json
import pickle
import resource
import sys
import time
from pathlib import Path
from typing import Any

from app.matching.features import to_problem
from app.matching.people import Person
from app.matching.problem import Control, Objective, Progress
from app.matching.registry import load_matcher
from app.matching.solving import solve

Figures = dict[str, Any]

IN_A_PART = 500
"""People are written in parts, so that reading them takes no memory beside theirs."""


def write_people(path: Path, mentors: list[Person], mentees: list[Person]) -> None:
    """Write people for `read_people`."""
    with path.open("wb") as file:
        for side in (mentors, mentees):
            parts = [side[at : at + IN_A_PART] for at in range(0, len(side), IN_A_PART)]
            for part in (len(parts), *parts):
                pickle.dump(part, file, pickle.HIGHEST_PROTOCOL)


def read_people(path: Path) -> tuple[list[Person], list[Person]]:
    """Read the people of both sides, written by this benchmark a moment ago."""
    with path.open("rb") as file:
        mentors, mentees = (
            [person for _ in range(pickle.load(file)) for person in pickle.load(file)]  # noqa: S301 (own file)
            for _ in range(2)
        )
    return mentors, mentees


def rss() -> int:
    """Return the largest memory this process ever held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def ours(path: Path, objective: str) -> Figures:
    """Match from ready people to proof, with the gap after the first round of the last stage."""
    rounds: list[Progress] = []
    mentors, mentees = read_people(path)
    began = time.process_time()
    problem = to_problem(mentors, mentees, objective=Objective(objective))
    solution = solve(problem, control=Control(report=rounds.append))
    seconds = time.process_time() - began
    optimality = solution.optimality
    first = next(told for told in rounds if told.phase == "total" and told.round == 1)
    worst = [level.value for level in optimality.levels if level.name == "worst"]
    gap = ((first.bound or 0) - (first.value or 0)) / max(optimality.value, 1)
    return {
        "seconds": seconds, "rss": rss(), "status": optimality.status, "value": optimality.value,
        "rounds": max(told.round for told in rounds if told.phase == "total"), "first_gap": gap,
        "worst": worst, "people": len(solution.pairs),
        "lowest": min(pair.score for pair in solution.pairs),
    }  # fmt: skip


def main() -> int:
    """Match the people of a file and print the figures."""
    path, objective = json.loads(sys.argv[1])
    load_matcher("optimal")  # imports are not timed, here as little as for the peers
    print(json.dumps(ours(Path(path), objective), default=int))
    return 0


if __name__ == "__main__":
    sys.exit(main())
