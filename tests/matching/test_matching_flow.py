"""The flow and its prices by themselves: what is chosen, what it is worth, and which prices."""

import hashlib
import json

import numpy as np
import pytest

from app.matching import flow, network_scipy
from app.matching.flow import Graph, best_flow, prices_of, worth
from app.matching.prices import Prices, Side, bound_of
from app.matching.problem import MatcherFailed


def side(*places, bonus=None):
    """Return people with so many places, and what a first partner is worth to each."""
    given = bonus if bonus is not None else [0] * len(places)
    return Side(np.array(places, np.int64), np.array(given, np.int64))


def graph(*pairs):
    """Return a graph of (row, column, value)."""
    table = np.array(pairs, np.int64).reshape(-1, 3)
    return Graph(table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2])


def chosen_of(pairs, mentors, mentees):
    return best_flow(graph(*pairs), mentors, mentees).tolist()


def covered(pairs, prices):
    """Return what each pair is worth beyond its prices."""
    extra = dict(
        zip(
            zip(prices.extra.rows.tolist(), prices.extra.cols.tolist(), strict=True),
            prices.extra.values.tolist(),
            strict=True,
        )
    )
    return [v - int(prices.row[r] + prices.col[c]) - extra.get((r, c), 0) for r, c, v in pairs]


def test_a_graph_without_pairs_has_none_to_choose():
    empty = best_flow(graph(), side(1), side(1))
    assert (empty.shape, empty.dtype) == ((0,), np.bool_)
    assert worth(graph(), side(1), side(1), empty) == 0


def test_places_hold_and_nobody_is_paired_at_a_loss():
    pairs = [(0, 0, 5), (0, 1, 4), (1, 0, 3), (1, 1, -2)]
    assert chosen_of(pairs, side(1, 1), side(1, 1)) == [False, True, True, False]
    assert chosen_of(pairs, side(2, 1), side(2, 1)) == [True, True, True, False]
    assert chosen_of(pairs, side(0, 1), side(1, 1)) == [False, False, True, False]


def test_more_people_than_sixteen_bits_can_number_have_prices_that_prove_their_pairs():
    many = 40_000
    one = np.arange(many, dtype=np.int32)
    rows, cols = np.repeat(one, 2), np.stack([one, np.roll(one, 1)], axis=1).ravel()
    values = np.tile(np.array([5, 3]), many)
    everybody = Side(np.ones(many, np.int64), np.zeros(many, np.int64))
    taken = np.tile(np.array([True, False]), many)
    prices = prices_of(Graph(rows, cols, values), everybody, everybody, taken)
    assert bound_of(everybody, everybody, prices) == 5 * many
    assert (prices.row[rows] + prices.col[cols] >= values).all()


def test_a_first_partner_is_worth_its_bonus_once():
    pairs = [(0, 0, 1), (0, 1, 1), (1, 1, -4)]
    mentors, mentees = side(2, 1, bonus=[10, 20]), side(1, 1, bonus=[3, 7])
    taken = np.array([True, True, False])
    assert worth(graph(*pairs), mentors, mentees, taken) == 1 + 1 + 10 + 3 + 7
    assert chosen_of(pairs, mentors, mentees) == [True, False, True]
    assert worth(graph(*pairs), mentors, mentees, np.array([True, False, True])) == 37


@pytest.mark.parametrize("seed", range(40))
def test_prices_cover_every_pair_and_add_up_to_the_worth(seed):
    dice = np.random.default_rng(seed)
    rows, cols = dice.integers(1, 8, 2)
    pairs = [
        (row, col, int(dice.integers(-3, 12)))
        for row in range(rows)
        for col in range(cols)
        if dice.random() < 0.8
    ]
    mentors = side(*dice.integers(0, 4, rows), bonus=dice.integers(0, 9, rows))
    mentees = side(*dice.integers(0, 3, cols), bonus=dice.integers(0, 9, cols))
    whole = graph(*pairs)
    taken = best_flow(whole, mentors, mentees)
    prices = prices_of(whole, mentors, mentees, taken)
    open_pairs = [pair for pair in pairs if mentors.places[pair[0]] and mentees.places[pair[1]]]
    assert all(over <= 0 for over in covered(open_pairs, prices))
    assert (prices.extra.values > 0).all()
    assert bound_of(mentors, mentees, prices) == worth(whole, mentors, mentees, taken)
    again = prices_of(whole, mentors, mentees, taken, prices)
    assert again.row.tolist() == prices.row.tolist()
    assert again.col.tolist() == prices.col.tolist()
    if taken.any():
        worse = taken.copy()
        worse[np.flatnonzero(taken)[0]] = False
        if worth(whole, mentors, mentees, worse) < worth(whole, mentors, mentees, taken):
            with pytest.raises(MatcherFailed) as failed:
                prices_of(whole, mentors, mentees, worse)
            assert failed.value.code == "flow-not-optimal"


MIDDLE = [
    # one pair of ten points: the two share them
    ([(0, 0, 10)], side(1), side(1), [5], [5]),
    # a rival of the mentee's who stays alone holds the price between what both would pay
    ([(0, 0, 10), (1, 0, 4)], side(1, 1), side(1), [1, -3], [9]),
    # and a rival of the mentor's likewise
    ([(0, 0, 10), (0, 1, 4)], side(1), side(1, 1), [7], [3, -1]),
    # two who have places left are worth nothing more to anybody
    ([(0, 0, 10)], side(3), side(1), [0], [10]),
]


@pytest.mark.parametrize(("pairs", "mentors", "mentees", "row", "col"), MIDDLE)
def test_prices_stand_in_the_middle_of_what_the_proof_allows(pairs, mentors, mentees, row, col):
    taken = best_flow(graph(*pairs), mentors, mentees)
    prices = prices_of(graph(*pairs), mentors, mentees, taken)
    assert prices.row.tolist() == row
    assert prices.col.tolist() == col


def test_known_prices_move_no_further_than_the_proof_demands():
    whole = graph((0, 0, 10), (1, 1, 8))
    mentors, mentees = side(1, 1), side(1, 1)
    taken = np.array([True, True])
    for known, row, col in (
        (([9, 2], [1, 6]), [9, 2], [1, 6]),  # a proof: it stays
        (([9, 2], [0, 6]), [10, 2], [0, 6]),  # the sum was too low: the mentor's price rises
        (([99, 2], [0, 6]), [10, 2], [0, 6]),  # too high a price falls to what the pair is worth
        (([-5, 0], [0, 9]), [10, 0], [0, 8]),
    ):
        near = Prices(*(np.array(each, np.int64) for each in known))
        prices = prices_of(whole, mentors, mentees, taken, near)
        assert (prices.row.tolist(), prices.col.tolist()) == (row, col)


def test_a_pair_both_sides_could_repeat_has_a_price_of_its_own():
    """Both have two places, so only the pair itself, taken once, stands in the way of more."""
    whole = graph((0, 0, 10))
    mentors, mentees = side(2), side(2)
    prices = prices_of(whole, mentors, mentees, np.array([True]))
    assert (prices.row.tolist(), prices.col.tolist()) == ([0], [0])
    assert prices.extra.values.tolist() == [10]
    alone = prices_of(whole, side(1), side(2), np.array([True]))
    assert alone.extra.values.tolist() == []


def test_people_whom_no_inequality_reaches_cost_nothing():
    prices = prices_of(graph((1, 1, 4)), side(0, 1, 0), side(0, 1), np.array([True]))
    assert prices.row.tolist() == [0, 2, 0]
    assert prices.col.tolist() == [0, 2]


def test_both_networks_choose_pairs_of_the_same_worth():
    dice = np.random.default_rng(3)
    pairs = [(row, col, int(dice.integers(0, 99))) for row in range(9) for col in range(8)]
    mentors, mentees = side(*dice.integers(0, 3, 9)), side(*dice.integers(0, 3, 8))
    whole = graph(*pairs)
    first = worth(whole, mentors, mentees, best_flow(whole, mentors, mentees))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "network", network_scipy)
        assert worth(whole, mentors, mentees, best_flow(whole, mentors, mentees)) == first


def market(seed):
    """Return six mentors and five mentees with some places, and half of all pairs."""
    dice = np.random.default_rng(seed)
    pairs = [
        (row, col, int(dice.integers(0, 40)))
        for row in range(6)
        for col in range(5)
        if dice.random() < 0.5
    ]
    return graph(*pairs), side(*dice.integers(0, 4, 6)), side(*dice.integers(0, 3, 5))


def test_the_same_market_has_the_same_prices_in_every_version():
    """Other prices would prove as well, but a certificate must come out bit for bit again."""
    told = []
    for seed in range(30):
        whole, mentors, mentees = market(seed)
        prices = prices_of(whole, mentors, mentees, best_flow(whole, mentors, mentees))
        told.append([prices.row.tolist(), prices.col.tolist(), prices.extra.values.tolist()])
    assert told[4] == [[18, 0, 31, 0, 19, 20], [18, 27, 0, 0, 34], []]
    assert hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16] == "22af3b6b244f8ecb"
