"""The rules of the house that no linter knows, read from the syntax trees of `app/`."""

import ast
import importlib
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table

from app import worker
from app.kit.database import Base

pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
GENERATED = {"app/client/models.py", "app/client/operations.py"}
LONGEST_FILE = 400
FORBIDDEN_FILES = {
    "common", "constants", "dependencies", "exceptions", "helpers", "misc", "repository", "utils",
}  # fmt: skip
DOORS_OF_THE_BUILDING = {"main", "worker", "cli"}

# What stands in one place of the house only, and where; an empty place is none.
OWNED = {
    ".commit(": {"app/kit/lanes.py", "app/kit/migrating.py"},
    ".rollback(": {"app/kit/lanes.py"},
    "datetime.now": {"app/kit/clock.py"},
    "datetime.utcnow": set(),
    "date.today": set(),
    "HTTPException": set(),
    "TYPE_CHECKING": set(),
    "os.environ": {"app/kit/settings.py", "app/cli/demo.py", "app/client/profiles.py"},
    "os.getenv": {"app/kit/settings.py"},
    "back_populates": set(),
    "backref": set(),
}
# Heavy libraries are loaded where they are needed, so that the API and `--help` start at once.
MAY_IMPORT_LATE = {
    "app/matching/registry.py", "app/matching/flow.py", "app/kit/jobs.py", "app/cli/__main__.py",
}  # fmt: skip
BARE_VERBS = {"add", "change", "create", "delete", "get", "list", "read", "remove", "update"}

Found = Iterator[tuple[ast.AST, str]]


def modules() -> list[Path]:
    return sorted(path for path in APP.rglob("*.py") if named(path) not in GENERATED)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def everywhere(rule: Callable[[ast.Module, str], Found], paths: list[Path] | None = None) -> None:
    """Applies a rule to every module and fails with each place that breaks it."""
    broken = []
    for path in modules() if paths is None else paths:
        for node, why in rule(ast.parse(path.read_bytes()), named(path)):
            broken.append(f"{named(path)}:{getattr(node, 'lineno', 1)}: {why}")
    assert not broken, "\n" + "\n".join(broken)


def room_of(module: str) -> str:
    """`app.goals.service` and `app/goals/service.py` live in `goals`; `app.main` in `main`."""
    return module.replace("/", ".").removesuffix(".py").split(".")[1]


def imported(node: ast.AST) -> list[str]:
    """The dotted names an import statement brings in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_there_is_a_house_to_look_at():
    assert len(modules()) > 10


def test_no_file_is_longer_than_a_person_reads_in_one_go():
    def too_long(tree: ast.Module, name: str) -> Found:
        lines = len((ROOT / name).read_text().splitlines())
        if lines > LONGEST_FILE:
            yield tree, f"{lines} lines: split it by verb family"

    everywhere(too_long)


def test_every_module_opens_with_one_line_that_says_what_it_is():
    def silent(tree: ast.Module, name: str) -> Found:
        docstring = ast.get_docstring(tree)
        if name.endswith("__init__.py"):
            if tree.body:
                yield tree, "an __init__.py is empty"
        elif not docstring:
            yield tree, "opens without a docstring"

    everywhere(silent)


def test_no_module_is_named_after_a_technique():
    for path in modules():
        assert path.stem not in FORBIDDEN_FILES, f"{named(path)}: name it after what it is for"
        assert path.parent.name not in FORBIDDEN_FILES, named(path)


def test_what_belongs_to_one_file_appears_in_no_other():
    def strays(tree: ast.Module, name: str) -> Found:
        for node in ast.walk(tree):
            for what in written(node):
                if what in OWNED and name not in OWNED[what]:
                    owners = " or ".join(sorted(OWNED[what])) or "no file of this house"
                    yield node, f"{what} belongs to {owners}"

    everywhere(strays)


def written(node: ast.AST) -> Iterator[str]:
    """The words of one node that `OWNED` may speak about."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield f".{node.func.attr}("
    if isinstance(node, ast.Call):
        yield from (keyword.arg for keyword in node.keywords if keyword.arg)
    if isinstance(node, ast.Attribute):
        yield node.attr
        if isinstance(node.value, ast.Name | ast.Attribute):
            holder = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            yield f"{holder}.{node.attr}"
    if isinstance(node, ast.Name):
        yield node.id
    for dotted in imported(node):
        yield ".".join(dotted.split(".")[-2:])
        yield dotted.rpartition(".")[2]


def test_imports_stand_at_the_top_of_a_file():
    def late(tree: ast.Module, name: str) -> Found:
        if name in MAY_IMPORT_LATE:
            return
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        yield node, "an import inside a function hides a circle"

    everywhere(late)


def test_a_room_never_uses_the_router_or_the_jobs_of_another():
    def reaches_in(tree: ast.Module, name: str) -> Found:
        here = room_of(name)
        if here in DOORS_OF_THE_BUILDING:
            return
        for node in ast.walk(tree):
            for dotted in imported(node):
                if not dotted.startswith("app.") or room_of(dotted) in (here, "kit"):
                    continue
                inside = dotted.split(".")[2:3]
                if inside in (["router"], ["jobs"]):
                    yield node, f"{dotted} is the other room's own business"

    everywhere(reaches_in)


def test_a_router_is_http_and_nothing_else():
    def thinks(tree: ast.Module, _: str) -> Found:
        for function in tree.body:
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            body = function.body[1:] if ast.get_docstring(function) else function.body
            if len(body) != 1 or not isinstance(body[0], ast.Return | ast.Expr):
                yield function, f"{function.name} is one line: call the service"
            if not ast.get_docstring(function):
                yield function, f"{function.name} has no sentence for the contract"

    everywhere(thinks, [path for path in modules() if path.name == "router.py"])


def test_a_service_is_made_of_plain_functions_with_a_verb_and_a_noun():
    def unclear(tree: ast.Module, _: str) -> Found:
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef):
                yield node, f"{node.name} is async; services are plain"
            if isinstance(node, ast.FunctionDef) and node.name in BARE_VERBS:
                yield node, f"{node.name} what? Say the noun, too"

    everywhere(unclear, [path for path in modules() if path.name == "service.py"])


@pytest.fixture(name="floors", scope="module")
def floors_of_the_house() -> dict[str, int]:
    """Room -> floor, counted from the bottom, as import-linter is told in pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        room.strip(" ()"): floor
        for floor, layer in enumerate(reversed(layers))
        for room in layer.split("|")
    }


def test_tables_obey_the_floors_too(floors):
    for path in modules():
        if path.parent != APP and path.name == "models.py":
            importlib.import_module(named(path).removesuffix(".py").replace("/", "."))
    mappers = list(Base.registry.mappers)
    rooms = {mapper.local_table: room_of(mapper.class_.__module__) for mapper in mappers}
    climbs = [
        f"{table.name} ({rooms[table]}) refers up to {key.column.table.name}"
        for table in rooms
        if isinstance(table, Table)
        for key in table.foreign_keys
        if floors[rooms[key.column.table]] > floors[rooms[table]]
    ]
    visits = [
        f"{mapper.class_.__name__}.{relation.key} leaves its room"
        for mapper in mappers
        for relation in mapper.relationships
        if room_of(mapper.class_.__module__) != room_of(relation.mapper.class_.__module__)
    ]
    assert not climbs + visits, "\n" + "\n".join(climbs + visits)


@pytest.mark.parametrize(
    "line",
    [
        "db.commit()",
        "import os; os.environ['A']",
        "from os import environ",
        "import datetime as dt; dt.datetime.now()",
        "from fastapi import HTTPException",
        "from typing import TYPE_CHECKING",
        "relationship(back_populates='goals')",
    ],
)
def test_these_rules_can_fail(line):
    found = [
        what
        for node in ast.walk(ast.parse(line))
        for what in written(node)
        if what in OWNED or f"os.{what}" in OWNED
    ]
    assert found


def test_whatever_runs_behind_the_requests_is_known_to_the_worker():
    """A worker that has not imported a job leaves it in the queue for ever."""
    decorators = {"every", "job", "lasting_job", "on"}

    def unknown(tree: ast.Module, name: str) -> Found:
        if name == "app/kit/jobs.py" or import_module_of(name) in worker.JOBS:
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for each in node.decorator_list:
                    called = each.func if isinstance(each, ast.Call) else each
                    if isinstance(called, ast.Name) and called.id in decorators:
                        yield node, f"{node.name} is not among the JOBS of app/worker.py"

    everywhere(unknown)


def import_module_of(name: str) -> object:
    """`app/goals/jobs.py`, imported."""
    return importlib.import_module(name.removesuffix(".py").replace("/", "."))
