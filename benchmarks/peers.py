"""Other open projects, each in an environment of its own: two of them share a name."""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Figures = dict[str, Any]

HOME = Path(".venv-peers").absolute()

ONE_CORE = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}  # fmt: skip

PATIENCE = 240
"""Seconds after which a peer is stopped: it needs at least that long."""

TELL = """
import json, resource, time
began = time.process_time()
def tell(**more):
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": time.process_time() - began, "rss": memory} | more))
"""

LAPX = """
import numpy, lap
cost = -numpy.load("matrix.npy")
began = time.process_time()
total, _, _ = lap.lapjv(cost)
tell(value=-total)
"""

MENTOR_MATCH = """
from array import array
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
from matching.rules import rule as rules
flat = array("h")
with open("points", "rb") as file:
    flat.frombytes(file.read())
table = [flat[k * SIZE : (k + 1) * SIZE] for k in range(SIZE)]
def people(kind):
    made = [kind(grade=1, email=f"{kind.__name__}{k}@x.org") for k in range(SIZE)]
    for number, person in enumerate(made):
        person.number = number
    return made
mentors, mentees = people(Mentor), people(Mentee)
def points(match):
    return table[match.mentor.number][match.mentee.number]
class Points(rules.Rule):
    def apply(self, match):
        return points(match)
    def evaluate(self, match):
        return True
law = [rules.Disqualify(lambda match: points(match) < 0), Points()]
began = time.process_time()
process_data(mentors, mentees, [law])
tell(value=sum(table[m.number][e.number] for m in mentors for e in m.mentees))
"""

FOUR_RULES = """
import random
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
from matching.rules import rule as rules
dice = random.Random(1)
def people(kind, low, high):
    return [kind(**{"grade": dice.randint(low, high), "organisation": f"o{dice.randrange(12)}",
            "profession": f"p{dice.randrange(20)}", "email": f"{kind.__name__}{k}@x.org"})
            for k in range(SIZE)]
mentors, mentees = people(Mentor, 1, 5), people(Mentee, 4, 9)
def reverse(match):
    return match.mentor.grade >= match.mentee.grade
law = [rules.Disqualify(reverse), rules.Equivalent("profession", {True: 40, False: 0}),
       rules.Equivalent("organisation", {True: 0, False: 30}),
       rules.Grade(-3, lambda a, b: a <= b, {True: 20, False: 5})]
began = time.process_time()
process_data(mentors, mentees, [law])
tell()
"""

MATCHING = """
import random, sys, threading
from matching.games import HospitalResident
sys.setrecursionlimit(1_000_000)
threading.stack_size(1 << 29)
dice = random.Random(1)
names = list(range(SIZE))
residents = {f"e{k}": [f"m{j}" for j in dice.sample(names, SIZE)] for k in names}
hospitals = {f"m{k}": [f"e{j}" for j in dice.sample(names, SIZE)] for k in names}
def solve():
    places = {name: 1 for name in hospitals}
    HospitalResident.create_from_dictionaries(residents, hospitals, places).solve()
began = time.process_time()
thread = threading.Thread(target=solve)
thread.start()
thread.join()
tell()
"""


def run(
    name: str,
    requirements: Sequence[str],
    script: str,
    prepare: Callable[[Path], object] | None = None,
) -> Figures:
    """Run a script in a project's own environment, on one core; what fails is a figure, too.

    `prepare` writes what the script reads into the folder in which it runs.

    Environments are made once and kept in `.venv-peers/`, one for each set of requirements.
    """
    python = environment(name, requirements)
    if isinstance(python, dict):
        return python
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if prepare is not None:
            prepare(home)
        try:
            done = subprocess.run(
                [str(python), "-c", TELL + script], cwd=home, capture_output=True, text=True,
                check=False, timeout=PATIENCE, env=os.environ | ONE_CORE, preexec_fn=_on_one_core,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"seconds": PATIENCE, "rss": 0, "patience": True}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no words"])[-1]}
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def environment(name: str, requirements: Sequence[str]) -> Path | Figures:
    """Return the interpreter of an environment with these requirements, made when missing."""
    home = HOME / name
    python, ready = home / "bin" / "python", home / "requirements.txt"
    wanted = "\n".join(requirements)
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted and python.exists():
        return python
    print(f"    … installing {', '.join(requirements)}", file=sys.stderr, flush=True)
    venv.create(home, with_pip=True, clear=True)
    installed = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", *requirements],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if installed.returncode:
        return {"failed": (installed.stderr.strip().splitlines() or ["pip failed"])[-1]}
    ready.write_text(wanted, encoding="utf-8")
    return python


def _on_one_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def lapx(prepare: Callable[[Path], object]) -> Figures:
    """Return what lapx needs for the dense matrix that `prepare` writes to `matrix.npy`."""
    return run("lapx", ["lapx"], LAPX, prepare)


def mentor_match(size: int, prepare: Callable[[Path], object]) -> Figures:
    """Return what mentor-match 7.0.1 needs for the scores and forbidden pairs of the file `points`.

    `prepare` writes them as 16-bit integers, -1 where a pair is forbidden. The program's rules are
    not computed again: one rule of mentor-match looks the verdict up, another one the score.
    """
    return run(*_with_munkres(None), f"SIZE = {size}\n" + MENTOR_MATCH, prepare)


def four_rules(size: int, munkres: str | None) -> Figures:
    """Return what mentor-match 7.0.1 needs for a lighter program: four rules of its own kinds.

    It leaves the version of its solver, munkres, open: 3.0 is new, 1.1.4 was the last for years.
    """
    return run(*_with_munkres(munkres), f"SIZE = {size}\n" + FOUR_RULES)


def _with_munkres(version: str | None) -> tuple[str, list[str]]:
    solver = [f"munkres=={version}"] if version else []
    return f"mentor-match-{version or 'newest'}", ["mentor-match==7.0.1", *solver]


def matching(size: int) -> Figures:
    """Return what matching 1.4.3 needs for a stable matching of complete rankings."""
    return run("matching", ["matching==1.4.3"], f"SIZE = {size}\n" + MATCHING)
