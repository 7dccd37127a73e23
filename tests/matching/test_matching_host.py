"""The host: problems that are wrong, matchers that misbehave, stopping, and equal results."""

import time
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints

import numpy as np
import pytest

from app.matching import pricing, registry, solving
from app.matching.features import to_problem
from app.matching.problem import (
    Control,
    Limits,
    MatcherFailed,
    MatchingProblem,
    Objective,
    Pin,
    ProblemInvalid,
    Proposal,
)
from app.matching.registry import load_criteria, load_matcher, load_rules, matcher_names
from app.matching.solving import solve
from benchmarks.cohorts import cohort
from tests.matching.cases import given, mentee, mentor, proposed

OBJECTIVES = (Objective.QUALITY, Objective.PARTICIPATION, Objective.FAIR)


class Odd:
    """A plug-in that returns whatever a test gives it."""

    name, version = "odd", "0"

    def __init__(self, answer):
        self.answer = answer

    def match(self, problem, control, limits):
        return self.answer(problem) if callable(self.answer) else self.answer


def stolen_proof(problem):
    """Return the worst pair with the certificate of the best."""
    best = solve(problem)
    return Proposal([("m0000", "e0000")], best.certificate)


def late_raise(problem):
    yield "m0000", "e0000"
    raise KeyError("secret")


def raise_at_once(problem):
    raise KeyError("secret")


def leave(problem):
    raise SystemExit


BAD = [
    ([("m0000", "nobody")], "pair-unknown"),
    ([("m0000", "e0000"), ("m0000", "e0000")], "pair-repeated"),
    ([("m0000", "e0000"), ("m0000", "e0001")], "capacity-exceeded"),
    ([("m0001", "e0001")], "pair-forbidden"),
    ([(0, 1)], "result-malformed"),
    ([("m0000", 0.5)], "result-malformed"),
    ([("m0000", "e0000", 3)], "result-malformed"),
    (["m0000"], "result-malformed"),
    ("m0000e0000", "result-malformed"),
    (None, "result-malformed"),
    (3.5, "result-malformed"),
    (stolen_proof, "proof-wrong"),
    (Proposal([("m0000", "e0000")], {"proved": True}), "proof-wrong"),
    (raise_at_once, "matcher-raised"),
    (late_raise, "matcher-raised"),
    (leave, "matcher-raised"),
    (lambda problem: solve(problem, Odd(None)), "result-malformed"),
]


@pytest.mark.parametrize(("answer", "code"), BAD)
def test_a_bad_answer_has_a_name(answer, code):
    with pytest.raises(MatcherFailed) as failed:
        solve(given([[1, 9], [8, -1]]), Odd(answer))
    assert failed.value.code == code
    assert "secret" not in failed.value.detail


def test_an_honest_plug_in_with_a_proof_is_believed():
    def best(problem):
        solution = solve(problem)
        return Proposal(proposed(solution), solution.certificate)

    solution = solve(given([[1, 9], [8, -1]]), Odd(best))
    assert solution.optimality.status == "proved"
    assert solution.matcher == "odd"


@pytest.mark.parametrize("objective", [*OBJECTIVES, Objective.STABLE])
def test_a_plug_in_without_a_proof_gets_an_honest_bound(objective):
    problem = given([[1, 9], [8, 7]], objective=objective)
    found = solve(problem, Odd([("m0000", "e0000")])).optimality
    best = solve(replace(problem, objective=Objective.QUALITY)).optimality
    assert found.status == "bounded"
    assert found.value == 1
    assert found.bound >= best.value
    assert found.gap == found.bound - 1


@pytest.mark.parametrize("limits", [Limits(seconds=0.01), Limits()])
def test_a_plug_in_that_hangs_is_left_behind(limits, monkeypatch):
    monkeypatch.setattr(solving, "GRACE_SECONDS", 0.05)
    control = Control(stopped=lambda: limits.seconds is None)
    with pytest.raises(MatcherFailed) as failed:
        solve(given([[1]]), Odd(lambda problem: time.sleep(3) or []), control, limits)
    assert failed.value.code == "matcher-hung"


def test_a_name_nobody_has_is_a_named_problem():
    with pytest.raises(ProblemInvalid) as problem:
        solve(given([[1]]), "nobody")
    assert problem.value.code == "matcher-unknown"


class Gaps:
    """No matcher: it has no version and no method."""

    name = "gaps"


@pytest.fixture
def installed(monkeypatch):
    """Pretend that a package with entry points is installed."""
    points = EntryPoints([
        EntryPoint("odd", f"{__name__}:ready", registry.MATCHERS),
        EntryPoint("gaps", f"{__name__}:Gaps", registry.MATCHERS),
        EntryPoint("lost", "no.such.module:thing", registry.MATCHERS),
        EntryPoint("kind", f"{__name__}:kind", registry.CRITERIA),
        EntryPoint("law", f"{__name__}:kind", registry.RULES),
    ])  # fmt: skip
    monkeypatch.setattr(registry, "entry_points", points.select)
    monkeypatch.setattr(EntryPoint, "load", lambda self: LOADED[self.value.partition(":")[2]])


class Kind:
    """A criterion and rule in name only."""

    code, sentence = "kind", "The two are kind."

    def terms(self, sides, parameters):
        return []


LOADED = {"ready": Odd([]), "Gaps": Gaps, "kind": Kind()}


@pytest.mark.usefixtures("installed")
def test_plug_ins_are_found_by_entry_point():
    assert load_matcher("odd") is LOADED["ready"]
    assert {"odd", "gaps", "optimal", "stable", "greedy"} <= set(matcher_names())
    assert load_criteria() == {"kind": LOADED["kind"]}
    assert load_rules() == {"kind": LOADED["kind"]}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "code"), [("gaps", "matcher-invalid"), ("lost", "plugin-unloadable")]
)
def test_a_broken_plug_in_fails_loudly(name, code):
    with pytest.raises(MatcherFailed) as failed:
        load_matcher(name)
    assert failed.value.code == code


def test_a_criterion_that_is_none_fails_loudly(monkeypatch):
    points = EntryPoints([EntryPoint("gaps", "x:Gaps", registry.CRITERIA)])
    monkeypatch.setattr(registry, "entry_points", points.select)
    monkeypatch.setattr(EntryPoint, "load", lambda self: Gaps)
    with pytest.raises(MatcherFailed) as failed:
        load_criteria()
    assert failed.value.code == "plugin-invalid"


WRONG = [
    ({"mentors": ("b", "a")}, "ids-unsorted"),
    ({"mentors": ("a", "a")}, "ids-unsorted"),
    ({"capacities": np.array([1])}, "capacity-invalid"),
    ({"demands": np.array([1, -1])}, "capacity-invalid"),
    ({"floors": (5, 3)}, "floors-unordered"),
    ({"floors": (0,)}, "floors-unordered"),
    ({"previous": (("m0000", "x"),)}, "previous-unknown"),
    ({"pins": (Pin("x", "e0000"),)}, "pin-unknown"),
    ({"pins": (Pin("m0000", "e0000"), Pin("m0000", "e0000"))}, "pin-repeated"),
    ({"pins": (Pin("m0000", "e0000"), Pin("m0000", "e0001"))}, "pin-exceeds-capacity"),
    ({"pins": (Pin("m0001", "e0001"),)}, "pin-forbidden"),
]


@pytest.mark.parametrize(("changes", "code"), WRONG)
def test_a_wrong_problem_has_a_name(changes, code):
    with pytest.raises(ProblemInvalid) as problem:
        replace(given([[1, 2], [3, -1]]), **changes)
    assert problem.value.code == code


def test_a_score_beyond_the_limit_has_a_name():
    with pytest.raises(ProblemInvalid) as problem:
        given([[2_000_000_000]])
    assert problem.value.code == "score-too-large"


def test_huge_scores_stay_exact():
    scores = np.array([[999_999_999, 999_999_998], [999_999_997, 3]])
    for objective in OBJECTIVES:
        solution = solve(given(scores, objective=objective))
        assert solution.optimality.status == "proved"
    assert solve(given(scores)).optimality.value == 1_999_999_995


def test_an_overridden_pin_is_reported():
    solution = solve(given([[1, 2], [3, -1]], pins=(Pin("m0001", "e0001", override=True),)))
    (note,) = solution.notes
    assert note.code == "pin-overrides-rule"
    assert [pair.score for pair in solution.pairs if pair.pinned] == [0]


def test_the_best_total_is_not_asked_of_a_stable_matching():
    with pytest.raises(MatcherFailed) as failed:
        solve(given([[1]], objective=Objective.STABLE), "optimal")
    assert failed.value.code == "objective-unsupported"


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_input_order_cannot_matter(objective):
    mentors, mentees = cohort(60, 50, seed=2)
    dice = np.random.default_rng(0)
    usual = solve(to_problem(mentors, mentees, objective=objective))
    for _ in range(3):
        dice.shuffle(mentors)
        dice.shuffle(mentees)
        shuffled = solve(to_problem(mentors, mentees, objective=objective))
        assert shuffled.pairs == usual.pairs
        assert shuffled.certificate.to_json() == usual.certificate.to_json()


def test_another_seed_may_choose_other_pairs_of_the_same_worth(monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    scores = np.ones((80, 80), int)
    values, choices = set(), set()
    for seed in range(4):
        solution = solve(given(scores, seed=seed))
        values.add(solution.optimality.value)
        choices.add(tuple(proposed(solution)))
    assert values == {80}
    assert len(choices) > 1


@pytest.mark.parametrize("matcher", ["optimal", "greedy", "stable"])
@pytest.mark.parametrize("after", [0, 1, 3, 10])
def test_a_stopped_matcher_returns_its_best_with_a_bound(matcher, after, monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    asked = []

    def stopped():
        asked.append(1)
        return len(asked) > after

    scores = np.random.default_rng(1).integers(0, 99, (150, 150))
    found = solve(given(scores), matcher, Control(stopped=stopped)).optimality
    best = solve(given(scores)).optimality
    assert found.value <= best.value <= found.bound


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    heard = []
    scores = np.random.default_rng(1).integers(0, 99, (150, 150))
    problem = given(scores, objective=Objective.PARTICIPATION)
    solve(problem, control=Control(report=heard.append))
    assert {"scan", "people", "worst", "total"} <= {progress.phase for progress in heard}
    last = heard[-1]
    assert last.value == last.bound


def test_a_core_limit_ends_the_search(monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    scores = np.outer(np.arange(1, 201), np.arange(1, 201)) // 10
    found = solve(given(scores), limits=Limits(edges=1)).optimality
    assert found.rounds == 1
    assert found.gap > 0


def test_people_are_scored_without_a_matrix_of_all_pairs():
    problem = to_problem([mentor(f"m{k}") for k in range(9)], [mentee("e1")])
    assert isinstance(problem, MatchingProblem)
    assert problem.pair_scores(np.array([0, 8]), np.array([0, 0])).tolist() == [
        problem.score(0, 0),
        problem.score(8, 0),
    ]
