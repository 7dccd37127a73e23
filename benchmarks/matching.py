"""The eleven bars of the matching engine: each figure, its bar, and the reference of the same run.

`python -m benchmarks.matching` runs everything (a quarter of an hour and 2 GB); `--only 2 6` runs
some bars, `--without-peers` leaves out what must be installed first. Every measurement is a process
of its own on one core; times are processor seconds, so a busy machine does not distort ratios.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from app.matching.blocks import GivenMatrix
from app.matching.candidates import Field
from app.matching.features import to_problem
from app.matching.people import Person, Rules, Weights
from app.matching.problem import Control, MatchingProblem, Objective, Progress
from app.matching.repair import repair
from app.matching.solving import solve
from app.matching.verify import verify
from benchmarks import peers
from benchmarks.cohorts import cohort
from benchmarks.plain_scorer import score

Figures = dict[str, Any]

MEGABYTE = 1 << 20
ONE_CORE = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}  # fmt: skip


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


def rss() -> int:
    """Return the largest memory this process ever held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure_ours(size: int, objective: str = "quality", archetypes: int | None = None) -> Figures:
    """Match from rows to proof, with the gap after the first round of the last stage."""
    rounds: list[Progress] = []
    mentors, mentees = people(size, archetypes=archetypes)
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
        "pairs": names(solution) if size <= 2000 else [], "worst": worst,
        "people": len(solution.pairs), "lowest": min(pair.score for pair in solution.pairs),
    }  # fmt: skip


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


def measured(name: str, *arguments: Any, threads: int = 1, memory: int | None = None) -> Figures:
    """Run one measurement in a process of its own; a failure is a figure, too."""
    module = "benchmarks.matching" if name in MEASURES else "benchmarks.oracles"
    command = [
        sys.executable,
        "-m",
        module,
        "--measure",
        json.dumps([name, *arguments]),
    ]

    def limit() -> None:
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if threads == 1:
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    cores = {
        key: str(threads) if key.endswith("THREADS") else value for key, value in ONE_CORE.items()
    }
    done = subprocess.run(
        command, env=os.environ | cores, capture_output=True, text=True, check=False,
        preexec_fn=limit,
    )  # fmt: skip
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]}
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


MEASURES: dict[str, Callable[..., Figures]] = {
    "ours": measure_ours,
    "scoring": measure_scoring,
    "churn": measure_churn,
    "rank_one": measure_rank_one,
    "order": measure_order,
    "verifier": measure_verifier,
}


class Bars:
    """Runs bars in their order and prints a line for each figure."""

    def __init__(self, *, with_peers: bool) -> None:
        self._with_peers = with_peers
        self._known: dict[str, Figures] = {}
        self.missed = 0

    def tell(
        self, bar: int, what: str, figure: str, wanted: str, kept: object, beside: str
    ) -> None:
        """Print one line; `kept` is whether the bar is kept."""
        self.missed += not kept
        verdict = "kept" if kept else "MISSED"
        print(f"{bar:>2}  {what:<52} {figure:<24} {wanted:<22} {verdict:<7} {beside}", flush=True)

    def figures(self, name: str, *arguments: Any, **how: Any) -> Figures:
        """Measure once and remember it."""
        key = json.dumps([name, *arguments])
        if key not in self._known:
            self._known[key] = measured(name, *arguments, **how)
        return self._known[key]

    def run(self, bar: int) -> None:
        """Run one bar; a measurement that failed misses it and says why."""
        try:
            getattr(self, f"bar_{bar}")()
        except KeyError as missing:
            failed = [f["failed"] for f in self._known.values() if "failed" in f]
            self.tell(
                bar, "could not be measured", "-", "-", kept=False, beside=f"{missing} {failed}"
            )

    def bar_1(self) -> None:
        """Exactness."""
        f = self.figures("exactness")
        self.tell(
            1,
            "300 random: value equal to an independent LP",
            f"{f['right']}/300",
            "300",
            f["right"] == 300,
            "HiGHS",
        )
        self.tell(1, "300 random: primal = dual", f"{f['tight']}/300", "300", f["tight"] == 300, "")
        self.tell(
            1, "100 planted optima found", f"{f['planted']}/100", "100", f["planted"] == 100, ""
        )

    def bar_2(self) -> None:
        """Ten thousand a side."""
        ours, dense = self.figures("ours", 10_000), self.figures("dense", 10_000)
        ratio = ours["seconds"] / dense["seconds"]
        beside = (
            f"ours {ours['seconds']:.1f} s, scipy alone {dense['seconds']:.1f} s, {dense['rss']} MB"
        )
        self.tell(
            2,
            "10k x 10k, people to proof, against scipy alone",
            f"{ratio:.3f} x",
            "<= 0.35 (0.12)",
            ratio <= 0.35,
            beside,
        )
        self.tell(
            2,
            "peak memory of the whole process",
            f"{ours['rss']} MB",
            "<= 300 MB",
            ours["rss"] <= 300,
            "",
        )
        same = ours["value"] == dense["value"] and ours["status"] == "proved"
        self.tell(
            2,
            "proved, and equal to scipy's total",
            str(ours["value"]),
            str(dense["value"]),
            same,
            f"{ours['rounds']} rounds",
        )
        if self._with_peers:
            lapx = peers.lapx(lambda path: measured("save", 10_000, str(path)))
            self.tell(
                2, "lapx alone on the ready matrix", lapx, "-", kept=True, beside="a reference"
            )

    def bar_3(self) -> None:
        """Fifty thousand a side under two gigabytes."""
        f = self.figures("ours", 50_000, memory=2 * 1024 * MEGABYTE)
        self.tell(
            3,
            "50k x 50k proved under a 2 GB address space",
            f"{f['seconds']:.0f} s",
            "<= 300 s",
            f["seconds"] <= 300 and f["status"] == "proved",
            f"{f['rounds']} rounds",
        )
        self.tell(3, "peak memory", f"{f['rss']} MB", "<= 1024 MB", f["rss"] <= 1024, "")

    def bar_4(self) -> None:
        """The gap after one round."""
        f = self.figures("ours", 10_000)
        self.tell(
            4,
            "10k: proved gap after round one",
            f"{f['first_gap']:.4%}",
            "<= 0.3 %",
            f["first_gap"] <= 0.003,
            "",
        )

    def bar_5(self) -> None:
        """Against mentor-match."""
        ours, double = self.figures("ours", 800), self.figures("ours", 1600)
        if self._with_peers:
            for solver in (None, "1.1.4"):
                self._against(ours, solver)
            stable = peers.matching(800)
            self.tell(
                5,
                "n = 800: matching 1.4.3, stable only",
                stable,
                "-",
                kept=True,
                beside="a reference",
            )
        self.tell(
            5,
            "n = 1600, people to proof",
            f"{double['seconds']:.2f} s",
            "<= 1 s",
            double["seconds"] <= 1,
            "",
        )

    def _against(self, ours: Figures, solver: str | None) -> None:
        what = f"mentor-match 7.0.1, munkres {solver or 'newest'}"
        peer = peers.mentor_match(800, solver)
        if "failed" in peer:
            self.tell(5, what, "-", ">= 100 x", kept=True, beside=f"not run: {peer['failed']}")
            return
        ratio, share = peer["seconds"] / ours["seconds"], ours["rss"] / max(peer["rss"], 1)
        least = ">= " if "patience" in peer else ""
        beside = f"{ours['seconds']:.2f} s against {least}{peer['seconds']:.1f} s"
        self.tell(5, f"n = 800: {what}", f"{least}{ratio:.0f} x", ">= 100 x", ratio >= 100, beside)
        if not least:
            beside = f"{ours['rss']} MB against {peer['rss']} MB"
            kept = share <= 0.2
            self.tell(5, "n = 800: memory", f"{share:.2f} x", "<= 0.2 x", kept, beside)

    def bar_6(self) -> None:
        """Scoring."""
        f = self.figures("scoring", 5000)
        self.tell(
            6,
            "scoring with all hard rules",
            f"{f['nanoseconds']:.1f} ns a pair",
            "<= 20 ns",
            f["nanoseconds"] <= 20,
            f"plain Python {f['plain']:.0f} ns",
        )
        self.tell(
            6, "bit-equal to plain Python on 160 000 pairs", str(f["equal"]), "True", f["equal"], ""
        )

    def bar_7(self) -> None:
        """The default objective."""
        best, total = self.figures("ours", 5000, "participation"), self.figures("ours", 5000)
        lost = 1 - best["value"] / total["value"]
        proved = best["status"] == "proved" and best["people"] >= total["people"]
        self.tell(
            7,
            "5k: most pairs, best worst pair, proved",
            f"{best['people']}, {best['worst'][0]}",
            "proved",
            proved,
            f"largest total: {total['people']}, {total['lowest']}",
        )
        self.tell(7, "5k: total given up for that", f"{lost:.3%}", "<= 0.1 %", lost <= 0.001, "")

    def bar_8(self) -> None:
        """Repair."""
        f = self.figures("churn", 10_000)
        ratio = f["warm"] / f["cold"]
        self.tell(
            8,
            "10k, 1 % churn: time against cold",
            f"{ratio:.2f} x",
            "<= 0.5 x",
            ratio <= 0.5,
            f"{f['warm']:.1f} s, {f['cold']:.1f} s, {f['status']}",
        )
        self.tell(
            8,
            "continuing pairs moved",
            f"{f['moved']:.2%}",
            "<= 4 %",
            f["moved"] <= 0.04,
            f"from scratch {f['scratch']:.1%}",
        )
        self.tell(
            8, "total given up for calm", f"{f['cost']:.3%}", "<= 0.15 %", f["cost"] <= 0.0015, ""
        )

    def bar_9(self) -> None:
        """Hard cases."""
        f = self.figures("ours", 10_000, "quality", 100)
        self.tell(
            9,
            "10k of 100 archetypes: rounds to proof",
            str(f["rounds"]),
            "<= 12",
            f["rounds"] <= 12 and f["status"] == "proved",
            f"{f['seconds']:.1f} s",
        )
        g = self.figures("rank_one", 2000)
        right = g["status"] == "proved" and g["value"] == g["best"]
        self.tell(
            9,
            "2k rank-one scores",
            f"{g['status']}, {g['seconds']:.1f} s",
            "proved or gap, 30 s",
            right and g["seconds"] <= 30,
            f"gap {g['gap']}, {g['rounds']} rounds",
        )

    def bar_10(self) -> None:
        """Order and threads."""
        usual = self.figures("order", 3000, 0)
        others = [measured("order", 3000, k, threads=k) for k in (1, 2, 3)]
        same = all(other == usual and "pairs" in other for other in others)
        self.tell(
            10,
            "3 shuffles on 1, 2, 3 threads: pairs and proof",
            "equal" if same else "differ",
            "equal",
            same,
            "",
        )

    def bar_11(self) -> None:
        """The verifier."""
        f = self.figures("verifier", 10_000)
        self.tell(
            11,
            "an honest certificate",
            "accepted" if f["accepted"] else "rejected",
            "accepted",
            f["accepted"],
            "",
        )
        self.tell(
            11,
            "mutants rejected",
            f"{f['rejected']}/{f['mutants']}",
            "all",
            f["rejected"] == f["mutants"],
            "",
        )
        self.tell(
            11,
            "cost against one scoring pass",
            f"{f['ratio']:.2f} x",
            "<= 1.5 x",
            f["ratio"] <= 1.5,
            "",
        )


def main() -> int:
    """Run the bars, or one measurement as a child."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--only", nargs="*", type=int, default=list(range(1, 12)))
    reader.add_argument("--without-peers", action="store_true")
    reader.add_argument("--measure", help=argparse.SUPPRESS)
    asked = reader.parse_args()
    if asked.measure:
        name, *arguments = json.loads(asked.measure)
        print(json.dumps(MEASURES[name](*arguments), default=int))
        return 0
    bars = Bars(with_peers=not asked.without_peers)
    for bar in asked.only:
        bars.run(bar)
    return min(bars.missed, 1)


if __name__ == "__main__":
    sys.exit(main())
