"""Repair: those left alone come first, as few as possible move, and memory changes no value."""

from dataclasses import replace

import numpy as np
import pytest

from app.matching import bargains, pricing
from app.matching.features import to_problem
from app.matching.people import Rules, Weights
from app.matching.problem import Objective, Pin, ProblemInvalid
from app.matching.repair import Ended, repair
from app.matching.solving import solve
from app.matching.verify import verify
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


def changed(people, dice, other_side):
    """Return people some of whom have changed in what a score depends on."""
    result = list(people)
    news = [
        {"languages": frozenset({"it"})},
        {"capacity": 2},
        {"capacity": 0},
        {"availability": (0,) * len(people[0].availability)},
        {"vetoes": frozenset(each.id for each in other_side[:20])},
        {"interests": frozenset({"interest-1"}), "offered": {}, "wanted": {}},
    ]
    for at in dice.choice(len(result), 6, replace=False):
        result[at] = replace(result[at], **news[int(dice.integers(len(news)))])
    return result


@pytest.fixture
def looks(monkeypatch):
    """Count the looks at all pairs, of runs that avoid them whatever it costs."""
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    monkeypatch.setattr(bargains, "STALE", 10.0)
    taken = []
    original = bargains.Bargains._look_at_all

    def counted(self, prices, check):
        taken.append(self)
        return original(self, prices, check)

    monkeypatch.setattr(bargains.Bargains, "_look_at_all", counted)
    return taken


@pytest.mark.parametrize("seed", range(8))
def test_what_was_seen_before_is_not_looked_at_again_and_changes_no_value(seed, looks):
    dice = np.random.default_rng(seed)
    mentors, mentees = cohort(150, 140, seed=seed)
    pinned = Pin(mentors[20].id, mentees[30].id, override=True)
    before = solve(to_problem(mentors[:145], mentees, objective=Objective.QUALITY, pins=(pinned,)))
    later = to_problem(
        changed(mentors[4:], dice, mentees), changed(mentees[3:], dice, mentors),
        objective=Objective.QUALITY, pins=(Pin(mentors[50].id, mentees[60].id, override=True),),
    )  # fmt: skip
    cold = solve(later)
    looks.clear()
    warm = solve(replace(later, memory=before.memory))
    assert looks == []
    assert warm.optimality.levels == cold.optimality.levels
    assert warm.optimality.status == "proved"
    assert verify(later, proposed(warm), warm.certificate).proved
    third = solve(replace(later, memory=warm.memory, previous=(), stability_bonus=0))
    assert looks == []
    assert third.optimality.levels == cold.optimality.levels


@pytest.mark.parametrize(
    "law", [{"rules": Rules(shared_language=False)}, {"weights": Weights(values=5000)}]
)
def test_under_other_rules_or_weights_everything_is_looked_at_again(law, looks):
    mentors, mentees = cohort(150, 140, seed=1)
    before = solve(to_problem(mentors, mentees, objective=Objective.QUALITY))
    later = to_problem(mentors, mentees, objective=Objective.QUALITY, **law)
    cold = solve(later)
    looks.clear()
    warm = solve(replace(later, memory=before.memory))
    assert len(looks) == 1
    assert warm.optimality.levels == cold.optimality.levels


def test_many_bargains_among_those_looked_at_again_are_not_all_taken(looks, monkeypatch):
    monkeypatch.setattr(bargains, "FEW", 0)
    mentors, mentees = cohort(150, 140, seed=2)
    before = solve(to_problem(mentors[:100], mentees, objective=Objective.QUALITY))
    later = to_problem(mentors[30:], mentees, objective=Objective.QUALITY)
    cold = solve(later)
    looks.clear()
    warm = solve(replace(later, memory=before.memory))
    assert looks == []
    assert warm.optimality.levels == cold.optimality.levels
