"""Mutation testing of the proof: each small mistake written into the engine must fail a test.

`python -m benchmarks.mutants` (`make mutate`) changes one operator, constant or statement at a
time in `flow.py`, `certificate.py`, `verify.py` and `rules.py`, runs the tests that concern the
file, and names the mutants that no test noticed. Each mutant is a fork of one process that has the
heavy libraries loaded, and lives in memory only: no file is ever changed, which is why neither
mutmut (it copies the tree and leaves decorated functions out) nor cosmic-ray (it writes into the
working tree, one interpreter start per mutant) is used here.

Sentences for people are not mutated, their wording is no behaviour; nor are annotations.
"""

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.optimize  # the weight of a fork's imports, carried once
import scipy.stats
from hypothesis import strategies
from ortools.graph.python import min_cost_flow

LOADED = (np, scipy.optimize, scipy.stats, strategies, min_cost_flow)

MOST_SURVIVORS = 0.10
LEAST_SECONDS = 20.0
PATIENCE = 4
"""A mutant that needs so many times the usual time hangs: it is noticed, too."""

TESTS = {
    "flow": ("flow", "optimum"),
    "certificate": ("claims", "certificate", "documents"),
    "verify": ("claims", "certificate", "host"),
    "rules": ("rules", "scores"),
}
"""Which test files concern which file of the engine, the quickest to notice first."""

WAYS = "chooses between two ways to compute the same, and the tests go both"
FAR = "anything between the prices of people and endless prices will do"
WIDE = "32 bits hold such numbers as well as 64 do"
ANY = "any number above 0 says that a rule is broken"

EQUIVALENT: dict[str, dict[str, str]] = {
    "rules": {
        "module: 32 -> 33": WAYS,
        "module: 4000000 -> 4000001": WAYS,
        "_reporting_line: [_leads(sides, lambda person: person.managers[:levels])] if levels ..."
        " -> [_leads(sides, lambda person: person.managers[:levels])]": "no level, no manager",
        "_minimum_shared_minutes: [sides.time.below(rules.minimum_shared_minutes)] if"
        " rules.minimum_s... -> [sides.time.below(rules.minimum_shared_minutes)]": "0 is kept",
        "_not_hired_later: 1 -> 2": ANY,
        "_same: 1 -> 2 #2": ANY,
        "_broken: 1 -> 2": "a side without people has no pairs to divide",
        "share_nothing: 1 -> 2": ANY,
        "_membership: 1 -> 2": "only whether a sum is 0 is asked",
        "_same: 2 -> 3": "stands for nobody: no person of the other side bears it",
        "_same: SAME_KEY_LIMIT * (len(sides.mentors) + len(sides.mentees))"
        " -> SAME_KEY_LIMIT + (len(sides.mentors) + len(sides.mentees))": WAYS,
        "_same: len(sides.mentors) + len(sides.mentees)"
        " -> len(sides.mentors) - len(sides.mentees)": WAYS,
        "_same: sum((len(at_rows[name]) * len(at_cols[name]) for name in shared)) >..."
        " -> sum((len(at_rows[name]) * len(at_cols[name]) for name in shared)) >...": WAYS,
        "_same: len(at_rows[name]) * len(at_cols[name])"
        " -> len(at_rows[name]) + len(at_cols[name])": WAYS,
        "share_nothing: set().union(*row_sets) & set().union(*col_sets)"
        " -> set().union(*row_sets) | set().union(*col_sets)": "columns of nothing add nothing",
        "share_nothing: len(row_sets) * len(col_sets) <= CLASS_PAIR_LIMIT"
        " -> len(row_sets) * len(col_sets) < CLASS_PAIR_LIMIT": WAYS,
        "share_nothing: len(row_sets) * len(col_sets) -> len(row_sets) + len(col_sets)": WAYS,
    },
    "flow": {
        "module: 1 -> 2": FAR,
        "module: 60 -> 61": FAR,
        "module: 1 << 16 -> 1 >> 16": WAYS,
        "prices_of: 0 -> 1": "the root is put to 0 where prices settle",
        "_central: low < -FAR // 2 -> low <= -FAR // 2": FAR,
        "_central: 2 -> 3": FAR,
        "_central: high > FAR // 2 -> high >= FAR // 2": FAR,
        "_central: 2 -> 3 #2": FAR,
        "_central: np.abs(end) > FAR // 2 -> np.abs(end) >= FAR // 2": FAR,
        "_central: 2 -> 3 #5": FAR,
        "_Steps.__init__: True -> False": "there are always three columns",
        "_Steps._sorted: 1 -> 2": "one beginning more, which nobody asks for",
        "_Steps.settle: np.abs(x) < FAR -> np.abs(x) <= FAR": "endless ends that move are endless",
        "_Steps.settle: 1 -> 2 #2": "one round more finds the same",
        "_Steps.settle: break -> continue": "the same refusal, some rounds later",
        "_own_steps: used > 0 -> used >= 0": "who has nobody is held lower by another step",
    },
    "verify": {
        "_is_complete: 1 -> 2": "only the floors of what is wanted are compared",
        "_is_complete: True -> False": "the lengths were compared just before",
        "_Cover.holds: int(gain.values(scores.max(keepdims=True))[0, 0]) <= int(row.min())..."
        " -> int(gain.values(scores.max(keepdims=True))[0, 0]) < int(row.min()) ...": WAYS,
        "_Cover.holds: abs(row).max() + abs(col).max() + abs(int(value.min())) < 1 << 30"
        " -> abs(row).max() + abs(col).max() + abs(int(value.min())) <= 1 << 30": WIDE,
        "_Cover.holds: 1 << 30 -> 1 >> 30": WIDE,
        "_Cover.holds: 1 -> 2": WIDE,
        "_Cover.holds: 30 -> 31": WIDE,
        "_Cover.holds: value.dtype if narrow else np.int64 -> np.int64": WIDE,
    },
    "certificate": {
        "Proof.from_json: 1 -> 2": "NumPy takes any number below 0 for the length it works out",
        "Certificate.content_hash: True -> False": "to_json writes its keys in one order",
        "bonus_of: True -> False": "both come from the same pairs",
    },
}
"""Mutants that change no behaviour anybody could observe, each with the reason."""

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.Div: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One changed place: what stood there, what stands there now, and the whole changed module."""

    name: str
    line: int
    tree: ast.Module


def mutants_of(source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    module = ast.parse(source)
    found: list[Mutant] = []
    seen: dict[str, int] = {}
    for path, node, place in _places(module, (), "module"):
        for replacement in _instead_of(node):
            tree = copy.deepcopy(module)
            _put(tree, path, replacement)
            name = f"{place}: {_told(node)} -> {_told(replacement)}"
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name += f" #{seen[name]}"
            found.append(Mutant(name, getattr(node, "lineno", 0), ast.fix_missing_locations(tree)))
    return found


Path_ = tuple[tuple[str, int | None], ...]


def _places(node: ast.AST, path: Path_, place: str) -> Iterator[tuple[Path_, ast.AST, str]]:
    """Yield every place that may be mutated, with the way to it and the name of its function."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        children: Sequence[tuple[int | None, Any]]
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for at, child in children:
            if not isinstance(child, ast.AST) or _is_docstring(child):
                continue
            inner = place
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = child.name if place == "module" else f"{place}.{child.name}"
            way = (*path, (field, at))
            yield way, child, inner
            yield from _places(child, way, inner)


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str | type(...))
    )


def _instead_of(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what could stand in a place by mistake."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) if type(op) in SWAPPED:
            changed = copy.deepcopy(node)
            vars(changed)["op"] = SWAPPED[type(op)]()
            yield changed
        case ast.Compare(ops=[op]) if type(op) in SWAPPED:
            compared = copy.deepcopy(node)
            compared.ops = [SWAPPED[type(op)]()]  # type: ignore[list-item]
            yield compared
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield copy.deepcopy(node.operand)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(value=not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value=value + 1)
        case ast.Constant(value=str(value)) if value and " " not in value:
            yield ast.Constant(value=f"x{value}")
        case ast.IfExp():
            yield copy.deepcopy(node.body)
            yield copy.deepcopy(node.orelse)
        case ast.comprehension(ifs=[_, *_]):
            open_to_all = copy.deepcopy(node)
            open_to_all.ifs = []
            yield open_to_all
    match node:
        case ast.Expr() | ast.AugAssign() | ast.Raise():
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()


def _put(tree: ast.Module, path: Path_, replacement: ast.AST) -> None:
    node: Any = tree
    for field, at in path[:-1]:
        node = getattr(node, field) if at is None else getattr(node, field)[at]
    field, at = path[-1]
    if at is None:
        setattr(node, field, replacement)
    else:
        getattr(node, field)[at] = replacement


def _told(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:67]}..."


class Infected(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from a changed tree instead of its file."""

    def __init__(self, module: str, tree: ast.Module, file: Path) -> None:
        self._module, self._tree, self._file = module, tree, file

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Claim the one module."""
        del path, target
        if fullname != self._module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._file, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed tree."""
        exec(compile(self._tree, str(self._file), "exec"), module.__dict__)  # noqa: S102


def start(module: str, file: Path, tree: ast.Module) -> int:
    """Fork a process that runs the tests against a tree; return its number."""
    child = os.fork()
    if child:
        return child
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, Infected(module, tree, file))
    tests = [f"tests/matching/test_matching_{name}.py" for name in TESTS[file.stem]]
    code = 3
    try:
        options = ["-x", "-q", "--noconftest", "-p", "no:cacheprovider", "--assert=plain"]
        code = int(pytest.main([*options, *tests]))
    finally:
        os._exit(code)


@dataclass
class Runner:
    """Runs mutants a few at a time, each for as long as the tests need and some more."""

    jobs: int
    seconds: float = 600.0

    def __post_init__(self) -> None:
        self._running: dict[int, tuple[Mutant, float]] = {}
        self.survivors: list[Mutant] = []

    def run(self, module: str, file: Path, mutants: Sequence[Mutant], told: str) -> None:
        """Run all mutants of a file; those nobody noticed are `survivors`."""
        self.survivors = []
        waiting, done = list(mutants)[::-1], 0
        while waiting or self._running:
            while waiting and len(self._running) < self.jobs:
                mutant = waiting.pop()
                self._running[start(module, file, mutant.tree)] = mutant, time.monotonic()
            reaped = self._reap()
            done += reaped
            if reaped:
                _show(told, done, len(mutants), len(self.survivors))

    def _reap(self) -> int:
        time.sleep(0.02)
        done = 0
        for child, (mutant, began) in list(self._running.items()):
            late = time.monotonic() - began > self.seconds
            if late:
                os.kill(child, signal.SIGKILL)
            ended, status = os.waitpid(child, 0 if late else os.WNOHANG)
            if ended:
                del self._running[child]
                done += 1
                if not late and status == 0:
                    self.survivors.append(mutant)
        return done


def _show(told: str, done: int, count: int, survivors: int) -> None:
    """Draw a bar on a terminal, and a line for every tenth elsewhere."""
    bar = f"{told:<16} [{'#' * (30 * done // max(count, 1)):<30}] {done}/{count}"
    if sys.stderr.isatty():
        end = "\n" if done == count else ""
        print(f"\r{bar}, {survivors} survived ", end=end, file=sys.stderr, flush=True)
    elif done and done % max(count // 10, 1) == 0:
        print(f"{bar}, {survivors} survived", file=sys.stderr, flush=True)


def main() -> int:
    """Run the mutants of the files that are named, or of all."""
    reader = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    reader.add_argument("files", nargs="*", choices=[*TESTS, []], help="default: all four")
    reader.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    reader.add_argument("--only", default="", help="mutants whose name holds this text")
    asked = reader.parse_args()
    worst = 0.0
    for name in asked.files or TESTS:
        module, file = f"app.matching.{name}", Path(f"app/matching/{name}.py")
        source = file.read_text(encoding="utf-8")
        healthy = Runner(1)
        began = time.monotonic()
        healthy.run(module, file, [Mutant("unchanged", 0, ast.parse(source))], f"{name} as it is")
        if not healthy.survivors:
            print(f"The tests of {name} fail as it is.")
            return 2
        usual = time.monotonic() - began
        left_out = EQUIVALENT.get(name, {})
        every = mutants_of(source)
        unknown = left_out.keys() - {mutant.name for mutant in every}
        if unknown:
            print(f"No mutants of {name} any more: {sorted(unknown)}")
            return 2
        mutants = [m for m in every if m.name not in left_out and asked.only in m.name]
        runner = Runner(asked.jobs, max(usual * PATIENCE * asked.jobs, LEAST_SECONDS))
        runner.run(module, file, mutants, name)
        share = len(runner.survivors) / max(len(mutants), 1)
        worst = max(worst, share)
        for mutant in sorted(runner.survivors, key=lambda mutant: mutant.line):
            print(f"  {file}:{mutant.line}  {mutant.name}")
        print(
            f"{name}: {len(runner.survivors)} of {len(mutants)} survived, {share:.1%}"
            f" (at most {MOST_SURVIVORS:.0%}); {len(left_out)} equivalent ones left out",
            flush=True,
        )
    return int(worst > MOST_SURVIVORS)


if __name__ == "__main__":
    sys.exit(main())
