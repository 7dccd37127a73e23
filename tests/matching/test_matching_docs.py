"""The examples of docs/matching.md run as printed."""

import json
import re
from pathlib import Path

import pytest

from app.matching.document import match_document
from app.matching.explain import breakdowns
from app.matching.features import to_problem
from app.matching.people import Rules, Weights
from app.matching.problem import FORBIDDEN
from app.matching.solving import solve
from tests.matching.cases import given, mentee, mentor

DOCS = Path(__file__).parents[2] / "docs" / "matching.md"


def example(kind):
    """Return the one example of a kind."""
    (code,) = re.findall(rf"```{kind}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return code


def loaded(kind, name):
    """Run an example and return one of its names."""
    scope = {}
    exec(compile(example(kind), str(DOCS), "exec"), scope)  # noqa: S102
    return scope[name]


def test_the_first_example_finds_its_pair(capsys):
    exec(compile(example("python"), str(DOCS), "exec"), {})  # noqa: S102
    assert "score=" in capsys.readouterr().out


def test_the_matcher_in_twenty_lines_works_as_printed():
    assert len(example("python matcher").splitlines()) <= 22
    problem = given([[5, 9], [9, 4]], capacities=[2, 1])
    solution = solve(problem, loaded("python matcher", "FirstCome")())
    assert [(p.mentor, p.mentee) for p in solution.pairs] == [
        ("m0000", "e0000"),
        ("m0000", "e0001"),
    ]
    assert solution.matcher == "first-come"
    assert (solution.optimality.value, solution.optimality.bound) == (14, 27)


def test_the_criterion_gives_its_points():
    criterion = loaded("python criterion", "SameCity")()
    people = [mentor(location="turin")], [mentee("e1", location="turin"), mentee("e2")]
    problem = to_problem(
        *people,
        weights=Weights(plugins={"same_city": 10_000}),
        plugin_criteria={"same_city": criterion},
    )
    parts = breakdowns(problem, [("m1", "e1"), ("m1", "e2")])
    assert [part.points["same_city"] for part in parts] == [5000, 0]


def test_the_rule_forbids_and_is_named():
    rule = loaded("python rule", "LevelsApart")()
    people = [mentor(job_level=3)], [mentee("e1", job_level=4), mentee("e2", job_level=5)]
    problem = to_problem(
        *people,
        Rules(plugins={"two_levels_apart": 2}),
        plugin_rules={"two_levels_apart": rule},
    )
    near, far = breakdowns(problem, [("m1", "e1"), ("m1", "e2")])
    assert (near.score, near.broken_rules) == (FORBIDDEN, ("two_levels_apart",))
    assert far.broken_rules == ()


@pytest.mark.parametrize("word", ["reporting_line", "skill_fit"])
def test_the_tables_name_the_codes(word):
    assert f"`{word}`" in DOCS.read_text(encoding="utf-8")


def test_the_documents_are_matched_as_printed():
    documents = re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(documents) == 2
    for document in documents:
        result = match_document(json.loads(document))
        assert result["status"] == "proved"
        assert result["pairs"]
