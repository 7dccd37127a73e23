"""The eleven bars of the matching engine: each figure, its bar, and the reference of the same run.

`python -m benchmarks.matching` runs everything (about ten minutes and 2 GB); `--only 2 6` runs
some bars, `--without-peers` leaves out what must be installed first. Every measurement is a process
of its own on one core; times are processor seconds, so a busy machine distorts ratios little.
On both sides the time is that of solving from people (or a matrix) in memory, without imports, and
memory is the largest that the whole process ever held: interpreter, libraries and people included.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import peers

Figures = dict[str, Any]

MEGABYTE = 1 << 20
ORACLES = ("exactness", "dense", "save")
"""Measurements of SciPy, apart, so that its memory is not counted as ours."""


def ours(
    size: int, objective: str = "quality", archetypes: int | None = None, **how: Any
) -> Figures:
    """Match people whom another process has made, so that only matching is measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "people")
        ready = measured("ready", path, size, archetypes)
        return ready if "failed" in ready else measured("ours", path, objective, **how)


def measured(name: str, *arguments: Any, threads: int = 1, memory: int | None = None) -> Figures:
    """Run one measurement in a process of its own; a failure is a figure, too."""
    module = "oracles" if name in ORACLES else "measures"
    asked = json.dumps([name, *arguments])
    if name == "ours":
        module, asked = name, json.dumps(arguments)
    command = [sys.executable, "-m", f"benchmarks.{module}", asked]

    def limit() -> None:
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if threads == 1:
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    cores = {
        key: str(threads) if key.endswith("THREADS") else value
        for key, value in peers.ONE_CORE.items()
    }
    done = subprocess.run(
        command, env=os.environ | cores, capture_output=True, text=True, check=False,
        preexec_fn=limit,
    )  # fmt: skip
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]}
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


class Bars:
    """Runs bars in their order and prints a line for each figure."""

    def __init__(self, *, with_peers: bool, count: int) -> None:
        self._with_peers = with_peers
        self._known: dict[str, Figures] = {}
        self._done, self._count = 0, count
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
            self._working(" ".join(map(str, (name, *arguments))))
            run = ours if name == "ours" else partial(measured, name)
            self._known[key] = run(*arguments, **how)
        return self._known[key]

    def _working(self, what: str) -> None:
        """Say what is measured now, and how far the run is."""
        bar = "#" * self._done + "." * (self._count - self._done)
        print(f"    [{bar}] {what} …", file=sys.stderr, flush=True)

    def _beside(self, bar: int, what: str, peer: Figures) -> None:
        """Print a reference that has no bar of its own."""
        self.tell(bar, what, _told(peer), "-", kept=True, beside="a reference")

    def run(self, bar: int) -> None:
        """Run one bar; a measurement that failed misses it and says why."""
        self._done += 1
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
            self._working("lapx")
            lapx = peers.lapx(lambda home: measured("save", 10_000, str(home / "matrix.npy")))
            self._beside(2, "lapx alone on the ready matrix", lapx)
            if "seconds" in lapx:
                times = ours["seconds"] / lapx["seconds"]
                self.tell(2, "the same against lapx", f"{times:.2f} x", "-", kept=True, beside="")

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
            self._against_mentor_match(ours)
            for solver in (None, "1.1.4"):
                what = f"mentor-match, four rules, munkres {solver or 'newest'}"
                self._working(what)
                self._beside(5, f"n = 800: {what}", peers.four_rules(800, solver))
            self._working("matching 1.4.3")
            stable = peers.matching(800)
            self._beside(5, "n = 800: matching 1.4.3, stable only", stable)
        self.tell(
            5,
            "n = 1600, people to proof",
            f"{double['seconds']:.2f} s",
            "<= 1 s",
            double["seconds"] <= 1,
            "",
        )

    def _against_mentor_match(self, ours: Figures) -> None:
        """Compare with a peer that is given the same scores and the same forbidden pairs."""
        self._working("mentor-match 7.0.1")
        peer = peers.mentor_match(800, lambda home: measured("points", str(home / "points"), 800))
        if "value" not in peer:
            why = peer.get("failed", f"stopped after {peer['seconds']} s")
            self.tell(5, "mentor-match 7.0.1", "-", ">= 100 x", kept=True, beside=f"not run: {why}")
            return
        ratio, share = peer["seconds"] / ours["seconds"], ours["rss"] / peer["rss"]
        beside = f"{ours['seconds']:.3f} s against {peer['seconds']:.1f} s"
        what = "n = 800: mentor-match 7.0.1 on the same scores"
        self.tell(5, what, f"{ratio:.0f} x", ">= 100 x", ratio >= 100, beside)
        beside = f"{ours['rss']} MB against {peer['rss']} MB"
        self.tell(5, "n = 800: memory", f"{share:.2f} x", "<= 0.2 x", share <= 0.2, beside)
        same = ours["value"] == peer["value"] and ours["status"] == "proved"
        wanted = str(peer["value"])
        self.tell(5, "proved, and equal to its total", str(ours["value"]), wanted, same, "")

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


def _told(figures: Figures) -> str:
    """Return a peer's figures as a few words."""
    if "failed" in figures:
        return f"not run: {figures['failed']}"
    return f"{figures['seconds']:.1f} s, {figures['rss']} MB"


def main() -> int:
    """Run the bars."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--only", nargs="*", type=int, default=list(range(1, 12)))
    reader.add_argument("--without-peers", action="store_true")
    asked = reader.parse_args()
    bars = Bars(with_peers=not asked.without_peers, count=len(asked.only))
    began = time.monotonic()
    print(f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores,")
    print(f"one of them used; load {_load()} at the beginning")
    print(f"{'#':>2}  {'what':<52} {'figure':<24} {'bar':<22} {'':<7} beside it")
    for bar in asked.only:
        bars.run(bar)
    print(f"load {_load()} at the end, {time.monotonic() - began:.0f} s; {bars.missed} missed")
    return min(bars.missed, 1)


def _load() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


if __name__ == "__main__":
    sys.exit(main())
