"""Honest certificates are accepted, tampered ones are not, resealed or not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from app.matching import pricing
from app.matching.certificate import Certificate, Level, pairs_hash
from app.matching.gain import Gain
from app.matching.problem import Objective, Pin
from app.matching.solving import solve
from app.matching.terms import Sparse
from app.matching.verify import verify
from tests.matching.cases import given, proposed

OBJECTIVES = (Objective.QUALITY, Objective.PARTICIPATION, Objective.FAIR)


def solved(objective=Objective.PARTICIPATION, **more):
    """Return a problem with places, demands and forbidden pairs, its pairs and certificate."""
    dice = np.random.default_rng(11)
    scores = dice.integers(-3, 12, (24, 20)).clip(-1)
    places, demands = dice.integers(1, 4, 24), dice.integers(1, 3, 20)
    problem = given(scores, places, demands, objective, floors=(3, 6), **more)
    solution = solve(problem)
    return problem, proposed(solution), solution.certificate


def objections(problem, pairs, certificate):
    return verify(problem, pairs, certificate).objections


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("all_pairs", [0, 40_000])
def test_an_honest_certificate_is_accepted_also_after_json(objective, all_pairs, monkeypatch):
    monkeypatch.setattr(pricing, "ALL_PAIRS", all_pairs)
    problem, pairs, certificate = solved(objective)
    again = Certificate.from_json(json.loads(json.dumps(certificate.to_json())))
    report = verify(problem, pairs, again)
    assert report.accepted
    assert report.proved
    assert report.levels[-1].name == "total"


def test_previous_pairs_and_pins_are_part_of_the_proof():
    problem, pairs, certificate = solved(
        previous=(("m0001", "e0003"), ("m0002", "e0004")),
        pins=(Pin("m0000", "e0000", override=True),),
        waitlisted_mentees=frozenset({"e0007"}),
    )
    assert verify(problem, pairs, certificate).proved


def resealed(certificate, proof, **changes):
    """Return the certificate with one proof changed and an honest-looking digest."""
    proofs = list(certificate.proofs)
    proofs[proof] = replace(proofs[proof], **changes)
    return replace(certificate, proofs=tuple(proofs)).seal()


def with_prices(certificate, proof, **arrays):
    prices = replace(certificate.proofs[proof].prices, **arrays)
    return resealed(certificate, proof, prices=prices)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_single_price_lowered_by_one_is_noticed(objective):
    problem, pairs, certificate = solved(objective)
    for at, proof in enumerate(certificate.proofs):
        for side in ("row", "col"):
            for person in range(len(getattr(proof.prices, side))):
                lowered = getattr(proof.prices, side).copy()
                lowered[person] -= 1
                prices = replace(proof.prices, **{side: lowered})
                proofs = list(certificate.proofs)
                proofs[at] = replace(proof, prices=prices)
                mutant = replace(certificate, proofs=tuple(proofs))
                assert "tampered" in objections(problem, pairs, mutant)


def test_a_lowered_price_cannot_be_resealed_where_it_matters():
    problem, pairs, certificate = solved()
    total = len(certificate.proofs) - 1
    row = certificate.proofs[total].prices.row
    busy = {problem.mentor_at[mentor] for mentor, _ in pairs}
    for person in busy:
        lowered = row.copy()
        lowered[person] -= 1
        report = verify(problem, pairs, with_prices(certificate, total, row=lowered))
        assert not report.proved


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_raised_prices_prove_less(objective):
    problem, pairs, certificate = solved(objective)
    total = len(certificate.proofs) - 1
    raised = certificate.proofs[total].prices.row + 1
    report = verify(problem, pairs, with_prices(certificate, total, row=raised))
    assert report.accepted
    assert not report.proved


def test_a_swapped_pair_is_noticed():
    problem, pairs, certificate = solved()
    (a, b), (c, d) = next(
        (one, two) for one in pairs for two in pairs if one[0] != two[0] and one[1] != two[1]
    )
    swapped = sorted({*pairs} - {(a, b), (c, d)} | {(a, d), (c, b)})
    assert "other-pairs" in objections(problem, swapped, certificate)


def test_a_dropped_person_is_noticed_even_with_a_new_hash():
    problem, pairs, certificate = solved()
    fewer = pairs[1:]
    assert "other-pairs" in objections(problem, fewer, certificate)
    mutant = replace(certificate, pairs_hash=pairs_hash(fewer)).seal()
    assert not verify(problem, fewer, mutant).proved


def test_pairs_that_are_wrong_in_themselves_are_named():
    problem, pairs, certificate = solved()
    scores = problem.block(slice(0, 24), slice(0, 20))
    row, col = np.argwhere(scores < 0)[0]
    forbidden = (problem.mentors[row], problem.mentees[col])
    free = [pair for pair in pairs if pair[0] != forbidden[0] and pair[1] != forbidden[1]]
    cases = {
        "pair-repeated": [*pairs, pairs[0]],
        "pair-unknown": [*pairs, ("nobody", pairs[0][1])],
        "pair-forbidden": [*free, forbidden],
        "capacity-exceeded": [(mentor, "e0000") for mentor in problem.mentors],
    }
    for code, wrong in cases.items():
        assert code in objections(problem, wrong, certificate), code


def test_a_certificate_for_another_problem_is_noticed():
    _, pairs, certificate = solved()
    other, _, _ = solved(seed=1)
    assert "other-problem" in objections(other, pairs, certificate)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "worst"}, "proof-missing"),
        ({"gain": Gain(counts_score=False)}, "proof-missing"),
        ({"gain": Gain(floors=((3, 5),))}, "proof-missing"),
        ({"gain": Gain(99)}, "threshold-missed"),
        ({"place": -1}, "proof-missing"),
        ({"bonus": False}, "proof-missing"),
    ],
)
def test_a_proof_of_something_else_is_noticed(changes, code):
    problem, pairs, certificate = solved()
    mutant = resealed(certificate, len(certificate.proofs) - 1, **changes)
    assert code in objections(problem, pairs, mutant)


def test_a_missing_level_is_noticed():
    problem, pairs, certificate = solved()
    mutant = replace(certificate, proofs=certificate.proofs[1:]).seal()
    assert "proof-missing" in objections(problem, pairs, mutant)


@pytest.mark.parametrize(
    "arrays",
    [
        {"row": np.zeros(3, np.int64)},
        {"col": np.zeros(3, np.int64)},
        {"extra": Sparse(np.array([0]), np.array([0]), np.array([-1]))},
        {"extra": Sparse(np.array([99]), np.array([0]), np.array([1]))},
    ],
)
def test_prices_of_the_wrong_shape_are_noticed(arrays):
    problem, pairs, certificate = solved()
    assert "shape-wrong" in objections(problem, pairs, with_prices(certificate, 0, **arrays))


def test_a_bonus_that_is_not_covered_is_noticed():
    problem, pairs, certificate = solved(Objective.QUALITY)
    kept = next(
        (mentor, mentee)
        for mentor in problem.mentors
        for mentee in problem.mentees
        if (mentor, mentee) not in pairs
        and problem.score(problem.mentor_at[mentor], problem.mentee_at[mentee]) >= 0
    )
    richer = replace(problem, previous=(kept,), stability_bonus=1000)
    assert "price-too-low" in objections(richer, pairs, certificate)


def test_a_level_better_than_its_bound_is_broken():
    problem, pairs, certificate = solved(Objective.QUALITY)
    prices = certificate.proofs[0].prices
    nothing = replace(prices, row=prices.row * 0, col=prices.col * 0)
    found = objections(problem, pairs, resealed(certificate, 0, prices=nothing))
    assert {"price-too-low", "bound-broken"} <= set(found)


def test_a_level_is_proved_when_nothing_better_is_possible():
    assert Level("total", 5, 5).proved
    assert not Level("total", 5, 6).proved
