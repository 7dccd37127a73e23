"""Why, why not, who stays alone, what helps, and how fair it is."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import fisher_exact as oracle

from app.matching.explain import (
    Price,
    breakdowns,
    exact_loss,
    pin_prices,
    scarcity,
    why_not,
    worst_pair,
)
from app.matching.fairness import fairness, fisher_exact
from app.matching.features import to_problem
from app.matching.people import Rules
from app.matching.preferences import blocking_pairs
from app.matching.problem import Objective, Pin, ProblemInvalid
from app.matching.solving import solve
from app.matching.unmatched import diagnose, relaxations
from tests.matching.cases import feasible_sets, given, mentee, mentor, positions, proposed, rank


def best_with(scores, capacities, demands, edge):
    """Return the largest total of all sets that hold an edge."""
    return max(
        rank(Objective.QUALITY, scores, chosen)[0]
        for chosen in feasible_sets(scores, capacities, demands)
        if edge in chosen
    )


@pytest.mark.parametrize("seed", range(6))
def test_forcing_a_pair_costs_at_least_what_why_not_says(seed):
    dice = np.random.default_rng(seed)
    scores = dice.integers(-1, 9, (3, 3))
    capacities, demands = dice.integers(1, 3, 3), dice.integers(1, 3, 3)
    problem = given(scores, capacities, demands)
    solution = solve(problem)
    for row, col in product(range(3), range(3)):
        answer = why_not(problem, solution, problem.mentors[row], problem.mentees[col])
        if answer.reason == "costs":
            forced = best_with(scores, capacities, demands, (row, col))
            assert 0 <= answer.loss.points <= solution.optimality.value - forced
        elif answer.reason == "forbidden":
            assert scores[row, col] == -1
        else:
            assert (row, col) in positions(problem, proposed(solution))


def test_a_lost_place_is_told_as_people():
    problem = given([[9, 5], [8, -1]], objective=Objective.PARTICIPATION)
    answer = exact_loss(problem, solve(problem), "m0000", "e0000")
    assert (answer.reason, answer.exact) == ("costs", True)
    assert answer.loss == Price(people=2, points=5 + 8 - 9)


@pytest.mark.parametrize("seed", range(4))
def test_the_exact_loss_is_the_one_of_the_best_result_with_the_pair(seed):
    dice = np.random.default_rng(seed)
    scores = dice.integers(-1, 9, (3, 3))
    problem = given(scores)
    solution = solve(problem)
    for row, col in product(range(3), range(3)):
        answer = exact_loss(problem, solution, problem.mentors[row], problem.mentees[col])
        if answer.reason == "costs":
            forced = best_with(scores, [1, 1, 1], [1, 1, 1], (row, col))
            assert answer.loss == Price(people=0, points=solution.optimality.value - forced)


def test_a_pair_below_the_worst_has_an_exact_price_too():
    problem = given([[9, 2], [3, 9]], objective=Objective.PARTICIPATION)
    answer = exact_loss(problem, solve(problem), "m0000", "e0001")
    assert answer.loss == Price(people=0, points=18 - 5)


def test_a_pair_without_a_place_left_keeps_its_first_answer():
    problem = given([[9, 2], [3, 9]], pins=(Pin("m0000", "e0000"),))
    answer = exact_loss(problem, solve(problem), "m0000", "e0001")
    assert not answer.exact
    assert exact_loss(problem, solve(problem, "greedy"), "m0000", "e0001").reason == "no-proof"


def test_a_pair_below_the_best_worst_pair_is_told():
    problem = given([[9, 2], [3, 9]], objective=Objective.PARTICIPATION)
    answer = why_not(problem, solve(problem), "m0000", "e0001")
    assert answer.reason == "below-worst"


def test_without_a_proof_there_is_no_price():
    problem = given([[9, 2], [3, 9]], pins=(Pin("m0000", "e0000"),))
    solution = solve(problem, "greedy")
    assert why_not(problem, solution, "m0000", "e0001").reason == "no-proof"
    assert scarcity(problem, solution) == {}
    assert pin_prices(problem, solution) == {}
    assert worst_pair(problem, solution) is None


def test_a_stranger_is_a_named_problem():
    problem = given([[1]])
    with pytest.raises(ProblemInvalid) as trouble:
        why_not(problem, solve(problem), "m0000", "nobody")
    assert trouble.value.code == "person-unknown"


def test_explicit_scores_have_no_parts():
    (part,) = breakdowns(given([[7]]), [("m0000", "e0000")])
    assert (part.score, part.points, part.broken_rules) == (7, {}, ())


def test_one_more_place_is_worth_at_most_what_scarcity_says():
    dice = np.random.default_rng(3)
    scores = dice.integers(0, 50, (5, 12))
    capacities = np.array([1, 2, 1, 2, 1])
    problem = given(scores, capacities)
    solution = solve(problem)
    prices = scarcity(problem, solution)
    assert prices
    for row, name in enumerate(problem.mentors):
        more = capacities.copy()
        more[row] += 1
        gain = solve(given(scores, more)).optimality.value - solution.optimality.value
        worth = prices[name].points if name in prices else 0
        assert gain <= worth


def test_giving_up_a_pin_gains_at_most_its_price():
    for seed, objective in product(range(5), (Objective.QUALITY, Objective.PARTICIPATION)):
        dice = np.random.default_rng(seed)
        scores = dice.integers(0, 30, (4, 4))
        places = dice.integers(1, 3, 4)
        pins = (Pin("m0000", "e0000"), Pin("m0001", "e0002"))
        problem = given(scores, places, objective=objective, pins=pins)
        solution = solve(problem)
        held = sum(pair.score for pair in solution.pairs)
        prices = pin_prices(problem, solution)
        assert len(prices) == 2
        for pinned, price in prices.items():
            others = tuple(pin for pin in pins if (pin.mentor, pin.mentee) != pinned)
            free = solve(given(scores, places, objective=Objective.QUALITY, pins=others))
            gain = sum(pair.score for pair in free.pairs) - held
            assert (0, gain) <= (price.people, price.points) or objective != Objective.QUALITY
            assert price.people >= 0


def test_a_pin_between_two_perfect_pairs_has_its_whole_price():
    problem = given([[1, 9], [9, 1]], pins=(Pin("m0000", "e0000"),))
    (price,) = pin_prices(problem, solve(problem)).values()
    assert price == Price(people=0, points=16)


def test_the_bottleneck_is_said_in_words():
    scores = [[9, 9, 9], [2, 2, 3], [2, 2, 3]]
    problem = given(scores, objective=Objective.PARTICIPATION)
    proof = worst_pair(problem, solve(problem))
    assert proof.score == 2
    assert len(proof.crowd) > proof.places
    assert "more than 2" in proof.sentence
    reachable = {
        problem.mentees[col] if proof.crowd[0][0] == "m" else problem.mentors[row]
        for row, col in np.argwhere(np.array(scores) > 2)
        if {problem.mentors[row], problem.mentees[col]} & set(proof.crowd)
    }
    assert reachable <= set(proof.few)


def test_without_a_worst_level_there_is_no_bottleneck():
    problem = given([[1, 2], [3, 4]])
    assert worst_pair(problem, solve(problem)) is None


def test_a_person_without_partner_learns_the_binding_rule():
    seniors = [mentee("e1", languages=frozenset({"it"})), mentee("e2", job_level=1)]
    problem = to_problem([mentor()], seniors)
    by_name = {found.person: found for found in diagnose(problem, solve(problem))}
    assert by_name["e1"].reason == "no-eligible-partner"
    assert by_name["e1"].only_by == {"shared_language": 1}
    assert by_name["e1"].relaxation == "shared_language"
    assert by_name["m1"].forbidden_by == {"shared_language": 1, "direction": 1}
    helped = relaxations(tuple(by_name.values()))
    assert helped == {"direction": 2, "shared_language": 2}


def test_the_smallest_relaxation_really_helps():
    seniors = [mentee(f"e{k}", languages=frozenset({"it"})) for k in range(3)]
    problem = to_problem([mentor()], seniors)
    (first, *_) = diagnose(problem, solve(problem))
    assert first.relaxation == "shared_language"
    relaxed = to_problem([mentor()], seniors, Rules(shared_language=False))
    assert len(solve(relaxed).pairs) == 1


def test_two_rules_together_leave_no_single_relaxation():
    senior = mentee("e1", languages=frozenset({"it"}), job_level=1)
    problem = to_problem([mentor()], [senior])
    (junior, _) = diagnose(problem, solve(problem))
    assert junior.only_by == {}
    assert junior.relaxation is None
    assert junior.forbidden_by == {"direction": 1, "shared_language": 1}


def test_who_was_out_competed_learns_by_whom_and_by_how_much():
    problem = given([[9, 4, 2]], pins=())
    found = {person.person: person for person in diagnose(problem, solve(problem))}
    assert found["e0001"].reason == "out-competed"
    (missed,) = found["e0001"].missed
    assert (missed.partner, missed.taken_by, missed.ahead_by) == ("m0000", ("e0000",), 5)


def test_a_partner_held_by_a_pin_has_no_points_ahead():
    problem = given([[9, 4]], pins=(Pin("m0000", "e0001"),))
    (found,) = diagnose(problem, solve(problem))
    assert found.missed[0].ahead_by is None


def test_nobody_without_places_is_called_unlucky():
    problem = given([[9, 4]], demands=[1, 0])
    (found,) = diagnose(problem, solve(problem))
    assert (found.person, found.reason) == ("e0001", "no-capacity")


def test_blocking_pairs_are_counted_as_in_plain_python():
    dice = np.random.default_rng(9)
    for _ in range(20):
        scores = dice.integers(-1, 6, (4, 5))
        problem = given(scores)
        pairs = proposed(solve(problem))
        count, named = blocking_pairs(problem, pairs)
        partner = dict(positions(problem, pairs))
        back = {col: row for row, col in partner.items()}
        expected = [
            (problem.mentors[i], problem.mentees[j])
            for i, j in product(range(4), range(5))
            if scores[i, j] >= 0
            and scores[i, j] > (scores[i, partner[i]] if i in partner else -1)
            and scores[i, j] > (scores[back[j], j] if j in back else -1)
        ]
        assert (count, named) == (len(expected), expected)
        assert blocking_pairs(problem, pairs, limit=1)[1] == expected[:1]


def test_a_stable_matching_blocks_nobody_also_with_wishes_and_places():
    dice = np.random.default_rng(2)
    scores = dice.integers(-1, 50, (40, 45))
    problem = given(
        scores, dice.integers(0, 4, 40), dice.integers(1, 3, 45), Objective.STABLE,
        mentor_wishes={"m0003": ("e0004", "e0001"), "m0007": ("e0004",)},
        mentee_wishes={"e0004": ("m0007", "nobody"), "e0030": ("m0003",)},
    )  # fmt: skip
    solution = solve(problem)
    assert solution.matcher == "stable"
    assert blocking_pairs(problem, proposed(solution)) == (0, [])
    if problem.score(7, 4) >= 0:
        assert ("m0007", "e0004") in proposed(solution)


def test_a_stable_matching_needs_rankings_of_both_sides():
    with pytest.raises(ProblemInvalid) as problem:
        solve(given([[1]], objective=Objective.STABLE, mentor_wishes={"m0000": ("e0000",)}))
    assert problem.value.code == "rankings-missing"


def test_favourites_beyond_the_first_few_are_asked_too():
    """All mentees like the same mentors in the same order: the last asks everybody."""
    size = 80
    scores = np.tile(np.arange(size, 0, -1)[:, None], size) * 100 - np.arange(size)
    solution = solve(given(scores), "stable")
    assert sorted(positions_of(solution)) == [(k, k) for k in range(size)]


def positions_of(solution):
    return [(int(pair.mentor[1:]), int(pair.mentee[1:])) for pair in solution.pairs]


def test_the_greedy_pairs_are_those_of_the_highest_pair_first():
    dice = np.random.default_rng(8)
    scores = dice.permutation(np.arange(30 * 26)).reshape(30, 26)
    places = dice.integers(1, 3, 30)
    left, demand, expected = places.copy(), np.ones(26, int), set()
    for at in np.argsort(-scores, axis=None):
        row, col = divmod(int(at), 26)
        if left[row] and demand[col]:
            expected.add((row, col))
            left[row] -= 1
            demand[col] -= 1
    assert set(positions_of(solve(given(scores, places), "greedy"))) == expected


def test_the_fairness_block_counts_what_it_says():
    scores = np.full((30, 24), 10)
    scores[0] = 90
    wishes = {"e0000": ("m0000",), "e0001": ("m0000", "m0001")}
    problem = given(scores, mentee_wishes=wishes, mentor_wishes={"m0005": ("e0003",)})
    solution = solve(replace(problem, pins=(Pin("m0000", "e0000"),)))
    groups = dict.fromkeys(problem.mentors, "young") | dict.fromkeys(problem.mentees, "old")
    groups["m0029"] = "lonely"
    block = fairness(problem, solution, groups, today=[("m0000", "e0001"), ("m0000", "e0000")])
    assert (block.pairs, block.worst, block.median) == (23, 10, 10)
    assert block.wishing_people == 3
    assert block.first_wishes_met >= 1
    assert block.people_moved == 2
    by_name = {group.name: group for group in block.groups}
    assert set(by_name) == {"young", "old"}
    assert (by_name["old"].people, by_name["old"].matched, by_name["old"].ratio) == (24, 24, 1.0)
    assert by_name["young"].ratio == by_name["young"].matched / 29
    assert by_name["young"].four_fifths == (by_name["young"].ratio >= 0.8)


def test_nobody_matched_is_still_described():
    problem = given(np.full((10, 10), -1))
    groups = dict.fromkeys(problem.mentors, "a")
    block = fairness(problem, solve(problem), groups)
    assert (block.pairs, block.worst, block.median) == (0, None, None)
    assert block.groups[0].ratio == 1.0


@pytest.mark.parametrize("table", [(3, 1, 1, 3), (8, 2, 1, 5), (0, 10, 10, 0), (5, 5, 5, 5)])
def test_the_exact_p_is_that_of_scipy(table):
    a, b, c, d = table
    assert fisher_exact(a, b, c, d) == pytest.approx(oracle([[a, b], [c, d]]).pvalue)
