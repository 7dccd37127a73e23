"""Claims made by hand: what the levels of a result are, and the smallest lie about them."""

import numpy as np
import pytest

from app.matching.candidates import Field
from app.matching.certificate import (
    Certificate,
    Level,
    Proof,
    levels_of,
    pairs_hash,
    problem_hash,
)
from app.matching.gain import Gain
from app.matching.prices import Prices
from app.matching.problem import Control, Objective, Pin
from app.matching.solving import solve
from app.matching.terms import NO_PAIRS, Sparse
from app.matching.verify import verify
from tests.matching.cases import given, proposed

BOTH = [("m0000", "e0000"), ("m0001", "e0001")]
CROSSED = [("m0000", "e0001"), ("m0001", "e0000")]


def prices(row, col, *extra):
    """Return prices by hand; each extra is (row, column, value)."""
    table = np.array(extra, np.int64).reshape(-1, 3)
    pairs = Sparse(table[:, 0], table[:, 1], table[:, 2]) if extra else NO_PAIRS
    return Prices(np.array(row, np.int64), np.array(col, np.int64), pairs)


def total(row, col, *extra, gain=Gain(), place=0):  # noqa: B008 (frozen)
    return Proof("total", gain, place, prices(row, col, *extra), bonus=True)


def claimed(problem, pairs, *proofs):
    """Return the objections to a sealed certificate with these proofs."""
    return reported(problem, pairs, *proofs).objections


def reported(problem, pairs, *proofs):
    return verify(problem, pairs, sealed(problem, pairs, *proofs))


def sealed(problem, pairs, *proofs):
    return Certificate(
        objective=problem.objective.value,
        seed=problem.seed,
        rules_version=problem.rules_version,
        problem_hash=problem_hash(problem),
        pairs_hash=pairs_hash(pairs),
        proofs=proofs,
        rounds=1,
    ).seal()


def levels(problem, pairs, proofs):
    return levels_of(problem, Field(problem), *problem.positions(pairs), proofs)


def test_the_levels_of_participation_are_people_worst_pair_and_total():
    problem = given([[5, 2], [4, 7]], objective=Objective.PARTICIPATION)
    proofs = solve(problem).certificate.proofs
    assert levels(problem, BOTH, proofs) == (
        Level("people", 4, 4), Level("worst", 5, 5), Level("total", 12, 12),
    )  # fmt: skip
    assert levels(problem, CROSSED, proofs) == (
        Level("people", 4, 4), Level("worst", 2, 5), Level("total", 6, 12),
    )  # fmt: skip
    assert levels(problem, BOTH[1:], proofs)[:2] == (Level("people", 2, 4), Level("worst", 7, 7))
    assert [level.name for level in levels(problem, [], proofs)] == ["people", "total"]


def test_the_levels_of_fairness_count_pairs_below_each_floor():
    problem = given([[5, 2], [4, 6]], objective=Objective.FAIR, floors=(3, 6))
    proofs = solve(problem).certificate.proofs
    assert levels(problem, BOTH, proofs) == (
        Level("people", 4, 4), Level("below", 0, 0, 3), Level("below", 1, 1, 6),
        Level("total", 11, 11),
    )  # fmt: skip
    worse = levels(problem, CROSSED, proofs)
    assert worse[:2] == (Level("people", 4, 4), Level("below", 1, 0, 3))
    assert (worse[2].value, worse[2].floor) == (2, 6)
    assert worse[2].bound <= 1


def test_a_total_counts_the_bonus_of_pairs_that_are_kept():
    problem = given([[5, 2], [4, 7]], previous=(CROSSED[0],), stability_bonus=100)
    (level,) = levels(problem, CROSSED, [total([102, 7], [0, 0])])
    assert level == Level("total", 106, 109)


def test_worse_pairs_with_honest_proofs_are_accepted_but_not_proved():
    for objective in (Objective.PARTICIPATION, Objective.FAIR, Objective.QUALITY):
        problem = given([[5, 2], [4, 7]], objective=objective, floors=(3, 5))
        proofs = solve(problem).certificate.proofs
        lowest = max((proof.gain.threshold for proof in proofs if proof.name == "total"), default=0)
        report = reported(problem, CROSSED, *proofs)
        assert report.objections == (("threshold-missed",) if lowest else ())
        assert not report.proved


@pytest.mark.parametrize(
    ("row", "col", "extra", "objections"),
    [
        ([12], [0], (), ()),
        ([11], [0], (), ("price-too-low",)),
        ([0], [12], (), ()),
        ([20], [-9], (), ("price-too-low",)),
        ([10], [0], ((0, 0, 2),), ()),
        ([10], [0], ((0, 0, 1),), ("price-too-low",)),
        ([12], [0], ((0, 0, 0),), ()),
        ([12], [0], ((0, 0, -1),), ("shape-wrong",)),
        ([12], [0], ((1, 0, 1),), ("shape-wrong",)),
        ([12], [0], ((0, 1, 1),), ("shape-wrong",)),
        ([12], [0], ((-1, 0, 1),), ("shape-wrong",)),
        ([12], [0], ((0, -1, 1),), ("shape-wrong",)),
    ],
)
def test_prices_cover_a_pair_to_the_last_point(row, col, extra, objections):
    assert claimed(given([[12]]), [], total(row, col, *extra)) == objections


def test_a_pair_worth_nothing_must_be_covered_too():
    assert claimed(given([[0]]), [], total([-1], [0])) == ("price-too-low",)
    assert claimed(given([[-1]]), [], total([-1], [0])) == ()


def test_only_pairs_from_the_threshold_on_must_be_covered():
    problem = given([[4, 5]], [1], [1, 1])
    assert claimed(problem, [], total([0], [0, 5], gain=Gain(5))) == ()
    assert claimed(problem, [], total([0], [0, 4], gain=Gain(5))) == ("price-too-low",)
    assert claimed(problem, [("m0000", "e0000")], total([0], [0, 5], gain=Gain(5))) == (
        "threshold-missed",
    )
    assert claimed(problem, [("m0000", "e0001")], total([0], [0, 5], gain=Gain(5))) == ()


@pytest.mark.parametrize(
    ("row", "col", "extra", "objections"),
    [
        ([17], [0], (), ()),
        ([16], [0], (), ("price-too-low",)),
        ([10], [7], (), ()),
        ([7], [10], (), ()),
        ([10], [5], ((0, 0, 2),), ()),
        ([10], [5], ((0, 0, 1),), ("price-too-low",)),
    ],
)
def test_a_pair_of_the_previous_proposal_is_covered_with_its_bonus(row, col, extra, objections):
    problem = given([[12]], previous=(("m0000", "e0000"),), stability_bonus=5)
    assert claimed(problem, [], total(row, col, *extra)) == objections


def test_the_bonus_of_a_pair_counts_from_the_threshold_on():
    problem = given([[12]], previous=(("m0000", "e0000"),), stability_bonus=5)
    assert claimed(problem, [], total([16], [0], gain=Gain(12))) == ("price-too-low",)
    assert claimed(problem, [], total([0], [0], gain=Gain(13))) == ()


def test_prices_beyond_32_bits_do_not_turn_over():
    problem = given([[12, 3]], [1], [1, 1])
    assert claimed(problem, [], total([2**32 + 5], [0, -(2**32)])) == ()
    assert claimed(problem, [], total([2**32 + 2], [0, -(2**32)])) == ("price-too-low",)
    assert claimed(problem, [], total([0], [2**32 + 12, 3])) == ()


def test_penalties_beyond_32_bits_do_not_turn_over():
    problem = given([[1, 12], [-1, -1]], [1, 1], [1, 1], Objective.FAIR, floors=(3,))
    nothing = [0, 0], [0, 0]
    people = Proof("people", Gain(counts_score=False), 1, prices(*nothing))
    below = Proof("below", Gain(floors=((3, 1),), counts_score=False), 1, prices(*nothing))
    found = total([2**30 + 5, 5], [0, 0], gain=Gain(floors=((3, 2**30),)), place=1)
    assert claimed(problem, [], people, below, found) == ()


@pytest.mark.parametrize("objective", [Objective.PARTICIPATION, Objective.FAIR])
def test_each_level_claimed_one_better_than_possible_is_broken(objective):
    problem = given([[5, 2], [4, 7]], objective=objective, floors=(6,))
    honest = solve(problem).certificate.proofs
    for at, proof in enumerate(honest):
        if proof.name == "worst":
            continue
        lower = prices(proof.prices.row - [1, 0], proof.prices.col)
        proofs = list(honest)
        proofs[at] = Proof(proof.name, proof.gain, proof.place, lower, proof.bonus)
        assert "bound-broken" in claimed(problem, BOTH, *proofs), proof.name


def test_levels_are_asked_the_way_they_must_be():
    problem = given([[5, 2], [4, 7]], objective=Objective.FAIR, floors=(3, 6))
    honest = solve(problem).certificate.proofs
    people, low, high, last = honest
    assert [proof.name for proof in honest] == ["people", "below", "below", "total"]
    zero = (0, 0), (0, 0)

    def with_floors(proof, *floors):
        gain = Gain(proof.gain.threshold, floors, proof.gain.counts_score)
        return Proof(proof.name, gain, proof.place, proof.prices, proof.bonus)

    for at, wrong in (
        (0, Proof("people", people.gain, 2, prices(*zero))),
        (1, with_floors(low, (3, 2))),
        (2, with_floors(high, (3, 0), (6, 1))),
        (3, with_floors(last, (3, 0), (6, 5))),
        (2, Proof("below", high.gain, -1, high.prices)),
        (1, Proof("below", low.gain, low.place, low.prices, bonus=True)),
        (3, Proof("total", last.gain, last.place, last.prices, bonus=False)),
        (1, Proof("below", Gain(1, low.gain.floors, counts_score=False), low.place, low.prices)),
    ):
        proofs = list(honest)
        proofs[at] = wrong
        assert "proof-missing" in claimed(problem, BOTH, *proofs), at
    assert claimed(problem, BOTH, *honest) == ()
    reach = given([[5, 2], [4, 7]], objective=Objective.PARTICIPATION)
    first, worst, rest = solve(reach).certificate.proofs
    double = Proof("worst", worst.gain, 2, worst.prices)
    assert "proof-missing" in claimed(reach, BOTH, first, double, rest)
    assert "proof-missing" in claimed(reach, BOTH, first, rest)


def test_no_proof_at_all_is_one_objection():
    assert claimed(given([[0]]), [("m0000", "e0000")]) == ("proof-missing",)


def test_people_without_places_have_no_partner():
    problem = given([[5, 5]], [0], [1, 1])
    assert claimed(problem, [("m0000", "e0000")], total([5], [0, 0])) == ("capacity-exceeded",)


def test_a_pinned_pair_is_not_proposed_again():
    problem = given([[5, 5]], [2], [1, 1], pins=(Pin("m0000", "e0000"),))
    assert claimed(problem, [("m0000", "e0000")], total([5], [5, 5])) == ("pair-repeated",)


def test_a_certificate_names_its_engine_and_tells_how_far_its_check_is():
    problem = given(np.ones((200, 3), int))
    solution = solve(problem)
    assert solution.certificate.to_json()["engine_version"] == "1"
    heard = []
    verify(problem, proposed(solution), solution.certificate, Control(report=heard.append))
    assert {told.phase for told in heard} == {"verify"}
    assert [told.done for told in heard] == [band / len(heard) for band in range(len(heard))]
    assert len(heard) > 1


def test_a_price_of_a_pair_survives_json():
    proof = total([1], [2], (0, 0, 7))
    again = Proof.from_json(proof.to_json())
    extra = again.prices.extra
    assert (extra.rows.tolist(), extra.cols.tolist(), extra.values.tolist()) == ([0], [0], [7])
    other = total([1, 1], [2, 2], (1, 0, 7)).to_json()
    assert other["pair_prices"] == [[1, 0, 7]]
    assert Proof.from_json(other).prices.extra.cols.tolist() == [0]
