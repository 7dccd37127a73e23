"""Repair: those left alone come first, as few as possible move, and memory changes no value."""

from dataclasses import replace

import numpy as np
import pytest

from app.matching import pricing
from app.matching.features import to_problem
from app.matching.problem import Objective, ProblemInvalid
from app.matching.repair import Ended, repair
from app.matching.solving import solve
from benchmarks.cohorts import cohort
from tests.matching.cases import given, proposed


def test_a_leavers_partner_is_served_first_and_nobody_else_moves():
    scores = [[900, 800, 10], [800, 900, 700]]
    problem = given(scores, objective=Objective.PARTICIPATION)
    mended = repair(problem, [("gone", "e0002"), ("m0000", "e0000")], with_price=True)
    assert mended.ended == (Ended("gone", "e0002", "left"),)
    assert mended.kept == (("m0000", "e0000"),)
    assert mended.moved == ()
    assert [(pair.mentor, pair.mentee) for pair in mended.new] == [("m0001", "e0002")]
    assert mended.price == 0


def test_a_pair_that_became_forbidden_ends():
    mended = repair(given([[-1, 5], [6, 7]]), [("m0000", "e0000"), ("m0001", "e0001")])
    assert mended.ended == (Ended("m0000", "e0000", "forbidden"),)
    assert mended.kept == (("m0001", "e0001"),)
    assert mended.price is None


def test_a_failed_pair_must_be_forbidden_by_now():
    standing = [("m0000", "e0000")]
    mended = repair(given([[-1, 5]]), standing, failed=standing)
    assert mended.ended == (Ended("m0000", "e0000", "failed"),)
    with pytest.raises(ProblemInvalid) as problem:
        repair(given([[4, 5]]), standing, failed=standing)
    assert problem.value.code == "failed-allowed"


def test_the_price_of_calm_is_the_gain_of_moving():
    scores = [[100, 300], [100, 90]]
    standing = [("m0000", "e0000"), ("m0001", "e0001")]
    calm = repair(given(scores, stability_bonus=300), standing, with_price=True)
    eager = repair(given(scores, stability_bonus=1), standing, with_price=True)
    assert (calm.moved, calm.price) == ((), 210)
    assert (len(eager.moved), eager.price) == (2, 0)


@pytest.mark.parametrize("objective", [Objective.QUALITY, Objective.PARTICIPATION])
def test_memory_of_an_earlier_run_changes_no_value(objective, monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    mentors, mentees = cohort(260, 240, seed=5)
    first = solve(to_problem(mentors[:250], mentees, objective=objective))
    later = to_problem(mentors[10:], mentees[3:], objective=objective)
    cold = solve(later)
    warm = solve(replace(later, memory=first.memory))
    assert warm.optimality.levels == cold.optimality.levels
    assert warm.optimality.status == "proved"


def test_a_changed_person_is_scored_again_when_remembered(monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    scores = np.random.default_rng(0).integers(0, 99, (70, 70))
    memory = solve(given(scores)).memory
    scores[0] = -1
    scores[1] = 0
    warm = solve(replace(given(scores), memory=memory))
    assert warm.optimality.value == solve(given(scores)).optimality.value
    assert "m0000" not in {mentor for mentor, _ in proposed(warm)}
