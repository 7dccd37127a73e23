"""The optimum is the optimum: against enumeration, SciPy's dense solver and planted answers."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from app.matching import bargains, candidates, flow, network_scipy, pricing
from app.matching.features import to_problem
from app.matching.people import Rules, Weights
from app.matching.problem import Limits, MatcherFailed, Objective, Pin
from app.matching.solving import solve
from app.matching.verify import verify
from benchmarks.cohorts import cohort
from benchmarks.plain_scorer import broken_rules, score
from tests.matching.cases import feasible_sets, given, positions, proposed, rank

OBJECTIVES = (Objective.QUALITY, Objective.PARTICIPATION, Objective.FAIR)
FLOORS = (3, 6)


@st.composite
def small_problems(draw):
    """Up to 10 pairs, some forbidden, with capacities 0 to 2 on both sides and few scores."""
    rows, cols = draw(st.sampled_from([(1, 1), (2, 2), (2, 3), (3, 2), (3, 3), (1, 5), (5, 2)]))
    line = st.lists(st.integers(-1, 8), min_size=cols, max_size=cols)
    scores = draw(st.lists(line, min_size=rows, max_size=rows))
    capacities = draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows))
    demands = draw(st.lists(st.integers(0, 2), min_size=cols, max_size=cols))
    return scores, capacities, demands


@pytest.fixture(params=["complete core", "priced core", "scored anew"])
def core(request, monkeypatch):
    """Run with all pairs in the core, with as few as the first pass takes, and without scores."""
    if request.param != "complete core":
        monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    if request.param == "scored anew":
        monkeypatch.setattr(candidates, "HELD_PAIRS", 0)
    return request.param


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("all_pairs", [0, 40_000])
def test_small_results_are_the_best_of_all_possible_results(objective, all_pairs):
    @settings(max_examples=150, deadline=None, derandomize=True)
    @examples(small_problems())
    def check(case):
        scores, capacities, demands = case
        problem = given(scores, capacities, demands, objective, floors=FLOORS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pricing, "ALL_PAIRS", all_pairs)
            solution = solve(problem)
        chosen = positions(problem, proposed(solution))
        best = max(
            rank(objective, scores, other, FLOORS)
            for other in feasible_sets(scores, capacities, demands)
        )
        assert rank(objective, scores, chosen, FLOORS) == best
        assert solution.optimality.status == "proved"
        assert solution.optimality.gap == 0

    check()


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("all_pairs", [0, 40_000])
def test_pairs_of_the_previous_proposal_earn_their_bonus_and_the_proof_knows_it(
    objective, all_pairs
):
    """Pairs that stood may be worth more with their bonus than anybody's best partner without."""

    @settings(max_examples=60, deadline=None, derandomize=True)
    @examples(small_problems(), st.data(), st.sampled_from([1, 9, 300]))
    def check(case, data, bonus):
        scores, capacities, demands = case
        every = [(i, j) for i, line in enumerate(scores) for j in range(len(line))]
        stood = set(data.draw(st.lists(st.sampled_from(every), unique=True)))
        previous = tuple(sorted((f"m{i:04d}", f"e{j:04d}") for i, j in stood))
        problem = given(
            scores, capacities, demands, objective, floors=FLOORS,
            previous=previous, stability_bonus=bonus,
        )  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pricing, "ALL_PAIRS", all_pairs)
            solution = solve(problem)
        pairs = proposed(solution)

        def calm(chosen):
            *levels, total = rank(objective, scores, chosen, FLOORS)
            return *levels, total + bonus * len(stood.intersection(chosen))

        best = max(calm(other) for other in feasible_sets(scores, capacities, demands))
        assert calm(positions(problem, pairs)) == best
        assert (solution.optimality.status, solution.optimality.gap) == ("proved", 0)
        assert verify(problem, pairs, solution.certificate).proved

    check()


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("seed", range(12))
def test_larger_totals_equal_those_of_a_dense_solver(seed):
    dice = np.random.default_rng(seed)
    rows, cols = dice.integers(40, 130, 2)
    scores = dice.integers(0, (10, 10_000)[seed % 2], (rows, cols))
    solution = solve(given(scores))
    at = linear_sum_assignment(scores, maximize=True)
    assert solution.optimality.value == scores[at].sum()
    assert solution.optimality.status == "proved"


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("seed", range(8))
def test_a_planted_optimum_is_found(seed):
    """Prices chosen first: pairs of the plan are worth exactly their prices, all others less."""
    dice = np.random.default_rng(100 + seed)
    size = 120
    row, col = dice.integers(1000, 4000, size), dice.integers(1000, 4000, size)
    scores = row[:, None] + col - dice.integers(1, 900, (size, size))
    plan = dice.permutation(size)
    scores[np.arange(size), plan] = row + col[plan]
    solution = solve(given(scores))
    assert positions_of(solution) == sorted((i, int(plan[i])) for i in range(size))
    assert solution.optimality.value == row.sum() + col.sum()


def positions_of(solution):
    return sorted((int(p.mentor[1:]), int(p.mentee[1:])) for p in solution.proposed)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_scipy_alone_reaches_the_same_values(objective, monkeypatch):
    dice = np.random.default_rng(7)
    scores = dice.integers(-2, 9, (14, 11)).clip(-1)
    problem = given(scores, dice.integers(0, 3, 14), dice.integers(0, 3, 11), objective)
    usual = solve(problem).optimality
    monkeypatch.setattr(flow, "network", network_scipy)
    assert solve(problem).optimality.levels == usual.levels


def test_a_wrong_flow_cannot_pass(monkeypatch):
    class Lazy:
        @staticmethod
        def best_flow(rows, *_rest):
            return np.zeros(len(rows), np.bool_)

    monkeypatch.setattr(flow, "network", Lazy)
    with pytest.raises(MatcherFailed) as failed:
        solve(given([[5, 6], [7, 8]]))
    assert failed.value.code == "flow-not-optimal"


def test_scaling_all_scores_scales_the_optimum():
    dice = np.random.default_rng(3)
    scores = dice.integers(0, 100, (60, 50))
    once, tenfold = solve(given(scores)), solve(given(scores * 10))
    assert tenfold.optimality.value == 10 * once.optimality.value


def test_people_without_any_allowed_partner_change_nothing():
    dice = np.random.default_rng(4)
    scores = dice.integers(0, 100, (60, 50))
    wider = np.full((70, 60), -1)
    wider[:60, :50] = scores
    assert solve(given(wider)).optimality.value == solve(given(scores)).optimality.value


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_pins_stand_and_use_up_capacity(objective):
    scores = [[9, 1], [8, 1]]
    solution = solve(given(scores, objective=objective, pins=(Pin("m0001", "e0000"),)))
    found = {(p.mentor, p.mentee, p.pinned) for p in solution.pairs}
    assert found == {("m0001", "e0000", True), ("m0000", "e0001", False)}
    assert solution.optimality.value == 1


def test_a_pair_of_the_previous_proposal_is_kept_for_its_bonus():
    scores = [[100, 90], [100, 80]]
    fresh = solve(given(scores))
    again = solve(given(scores, previous=(("m0000", "e0000"),), stability_bonus=11))
    assert ("m0000", "e0001") in proposed(fresh)
    assert ("m0000", "e0000") in proposed(again)
    assert again.optimality.value == 100 + 80 + 11


def test_those_who_waited_are_placed_first():
    scores = [[9000, 1]]
    problem = given(
        scores, objective=Objective.PARTICIPATION, waitlisted_mentees=frozenset({"e0001"})
    )
    assert proposed(solve(problem)) == [("m0000", "e0001")]


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_an_empty_side_is_a_result_without_pairs(objective, shape):
    solution = solve(given(np.zeros(shape, int), objective=objective))
    assert solution.pairs == ()
    assert solution.optimality.status == "proved"


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_all_forbidden_is_a_result_without_pairs(objective):
    solution = solve(given([[-1, -1], [-1, -1]], objective=objective))
    assert solution.pairs == ()
    assert solution.optimality.status == "proved"


@pytest.mark.usefixtures("core")
def test_all_ties_place_everybody():
    scores = np.zeros((90, 90), int)
    solution = solve(given(scores, objective=Objective.PARTICIPATION))
    assert len(solution.pairs) == 90
    assert solution.optimality.status == "proved"


def test_a_round_limit_ends_with_a_proved_gap(monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    scores = np.outer(np.arange(1, 301), np.arange(1, 301)) // 10
    limited = solve(given(scores), limits=Limits(rounds=1)).optimality
    best = solve(given(scores)).optimality
    assert limited.value <= best.value <= limited.bound
    assert limited.status == "bounded"


def test_an_expired_time_limit_still_ends_with_a_result(monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    scores = np.random.default_rng(5).integers(0, 99, (90, 90))
    limited = solve(given(scores), limits=Limits(seconds=0)).optimality
    best = solve(given(scores)).optimality
    assert 0 < limited.value <= best.value <= limited.bound


@pytest.fixture
def tiny_core(monkeypatch):
    """One candidate per person and tiles of two: the first core misses almost everything."""
    monkeypatch.setattr(pricing, "ALL_PAIRS", 0)
    monkeypatch.setattr(pricing, "PER_PERSON", 1)
    monkeypatch.setattr(candidates, "PER_PERSON", 1)
    monkeypatch.setattr(candidates, "SMALLEST_TILE", 2)
    monkeypatch.setattr(candidates, "TILE", 8)
    monkeypatch.setattr(bargains, "PER_ROUND", 1)
    monkeypatch.setattr(bargains, "FEW", 0)
    monkeypatch.setattr(bargains, "WATCHED", 2)


def cases(count, size=14):
    """Yield random problems with places, demands, forbidden pairs and ties."""
    for seed in range(count):
        dice = np.random.default_rng(seed)
        top = (4, 40, 10_000)[seed % 3]
        scores = dice.integers(-top // 2, top, (size, size - 2)).clip(-1)
        yield scores, dice.integers(0, 3, size), dice.integers(0, 3, size - 2)


def with_all_pairs(problem):
    """Return the levels of a run whose core holds every pair."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pricing, "ALL_PAIRS", 10**9)
        return solve(problem).optimality.levels


@pytest.mark.usefixtures("tiny_core")
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_poor_core_grows_until_it_holds_the_optimum(objective):
    for case in cases(25):
        problem = given(*case, objective, floors=FLOORS)
        found = solve(problem).optimality
        assert found.status == "proved"
        assert found.levels == with_all_pairs(problem)


@pytest.mark.usefixtures("tiny_core")
@pytest.mark.parametrize("stale", [0.0, 1.0])
def test_looking_at_all_pairs_again_or_not_gives_the_same(stale, monkeypatch):
    monkeypatch.setattr(bargains, "STALE", stale)
    for case in cases(12, size=40):
        problem = given(*case)
        assert solve(problem).optimality.levels == with_all_pairs(problem)


def test_a_large_problem_equals_the_dense_solver():
    scores = np.random.default_rng(1).integers(0, 10_000, (1150, 1100))
    solution = solve(given(scores))
    at = linear_sum_assignment(scores, maximize=True)
    assert solution.optimality.value == solution.optimality.bound == scores[at].sum()


def test_no_gain_in_points_pays_for_a_person_left_out():
    """Everybody is placed only by pairs worth nothing; leaving two out would earn 9 each."""
    size = 9
    scores = np.full((size, size), -1)
    scores[np.arange(size), np.arange(size)] = 0
    scores[np.arange(size - 1), np.arange(1, size)] = 9
    solution = solve(given(scores, objective=Objective.PARTICIPATION))
    assert positions_of(solution) == [(k, k) for k in range(size)]


def test_no_gain_in_points_pays_for_a_pair_below_the_floor():
    size = 8
    scores = np.full((size, size), -1)
    scores[np.arange(size), np.arange(size)] = 6
    scores[np.arange(size), np.arange(1, size + 1) % size] = 100
    scores[0, 1] = 0
    solution = solve(given(scores, objective=Objective.FAIR, floors=FLOORS))
    assert positions_of(solution) == [(k, k) for k in range(size)]
    assert solution.optimality.status == "proved"


@pytest.mark.usefixtures("tiny_core")
def test_where_everything_is_nearly_a_bargain_nothing_is_remembered(monkeypatch):
    monkeypatch.setattr(bargains, "TOO_MANY", 0)
    for case in cases(12):
        problem = given(*case)
        assert solve(problem).optimality.levels == with_all_pairs(problem)


SAFE = [
    (matcher, objective)
    for matcher in ("optimal", "greedy", "stable")
    for objective in OBJECTIVES
    if matcher == "optimal" or objective is Objective.QUALITY
]


@pytest.mark.parametrize(("matcher", "objective"), SAFE)
@pytest.mark.parametrize("all_pairs", [0, 40_000])
def test_no_result_breaks_a_rule_or_exceeds_a_place(matcher, objective, all_pairs, monkeypatch):
    """Rules are judged by the scorer in plain Python, which shares nothing with the engine."""
    monkeypatch.setattr(pricing, "ALL_PAIRS", all_pairs)
    for seed in range(3):
        mentors, mentees = cohort(70, 60, seed=seed)
        places = {person.id: person.capacity for person in (*mentors, *mentees)}
        people = {person.id: person for person in (*mentors, *mentees)}
        solution = solve(to_problem(mentors, mentees, objective=objective), matcher)
        taken = Counter(name for pair in solution.pairs for name in (pair.mentor, pair.mentee))
        assert all(taken[name] <= places[name] for name in taken)
        assert len({(pair.mentor, pair.mentee) for pair in solution.pairs}) == len(solution.pairs)
        for pair in solution.pairs:
            both = people[pair.mentor], people[pair.mentee]
            assert broken_rules(*both, Rules()) == set()
            assert pair.score == score(*both, Rules(), Weights().points())
