"""The generation gap: what closed, with intervals that keep persons and pairs together."""

import math

import numpy as np
import pytest
from scipy import stats

from app.impact.estimates import NotMeasurable, Reason
from app.impact.gap import RESAMPLES, Side, bca_interval, generation_gap
from app.impact.ordinal import distribution_distance, dominance

SKILLS = ("2.4", "3.1")


def sides(seed=1, n=24, gain=2):
    """Younger people ahead who stay, older ones who gain."""
    generator = np.random.default_rng(seed)
    young = generator.integers(4, 8, (n, 2))
    old = generator.integers(1, 6, (n, 2))
    learned = np.minimum(8, old + generator.integers(0, gain + 1, (n, 2)))
    return Side(young, young), Side(old, learned)


def test_what_closed_is_the_difference_of_the_two_waves():
    younger, older = sides()
    index = generation_gap(younger, older, SKILLS)

    for s, skill in enumerate(index.skills):
        young, old = np.asarray(younger.before)[:, s], np.asarray(older.before)[:, s]
        learned = np.asarray(older.after)[:, s]
        assert skill.skill == SKILLS[s]
        assert skill.delta_before == dominance(young, old)
        assert skill.distance_after == distribution_distance(young, learned)
        assert skill.delta_closed.value == pytest.approx(
            abs(dominance(young, old).value) - abs(dominance(young, learned).value)
        )
        assert skill.distance_closed.value == pytest.approx(
            stats.wasserstein_distance(young, old) - stats.wasserstein_distance(young, learned)
        )


def test_a_gap_that_closed_is_seen_and_its_interval_excludes_none():
    index = generation_gap(*sides(n=40), SKILLS)

    for closed in (index.delta_closed, index.distance_closed):
        assert 0 < closed.low < closed.value < closed.high
        assert (closed.n, closed.groups) == (80, (40, 40))


def test_nothing_learned_closes_nothing_and_claims_no_interval():
    younger, older = sides()

    index = generation_gap(younger, Side(older.before, older.before), SKILLS)

    assert (index.delta_closed.value, index.distance_closed.value) == (0.0, 0.0)
    assert index.delta_closed.low is None


def test_the_index_is_the_weighted_mean_of_its_skills():
    younger, older = sides()
    equal = generation_gap(younger, older, SKILLS)
    second = generation_gap(younger, older, SKILLS, weights=[0, 3])

    values = [skill.distance_closed.value for skill in equal.skills]
    assert equal.distance_closed.value == pytest.approx(np.mean(values))
    assert second.distance_closed == second.skills[1].distance_closed


def test_the_same_people_in_any_order_give_the_same_index():
    younger, older = sides()
    pairings = list(range(24))
    order = np.random.default_rng(9).permutation(24)
    other = np.random.default_rng(10).permutation(24)

    def shuffled(side, at):
        rows = (np.asarray(side.before)[at], np.asarray(side.after)[at])
        return Side(*rows, [pairings[i] for i in at])

    once = generation_gap(
        Side(younger.before, younger.after, pairings),
        Side(older.before, older.after, pairings),
        SKILLS,
    )
    again = generation_gap(shuffled(younger, order), shuffled(older, other), SKILLS)
    assert again == once


def test_sides_turned_around_closed_the_same_gap():
    younger, older = sides()

    there = generation_gap(younger, older, SKILLS)
    back = generation_gap(older, younger, SKILLS)
    assert back.delta_closed.value == pytest.approx(there.delta_closed.value)
    assert back.skills[0].delta_before.value == pytest.approx(-there.skills[0].delta_before.value)


def test_pairs_that_move_together_are_drawn_together():
    # Within a pairing the older person's gain repeats the younger person's lead, so that drawing
    # persons one by one would mix what belongs together and see more spread than there is.
    lead = np.repeat(np.arange(12), 2)[:, None]
    young, old = Side(10 + lead, 10 + lead), Side(lead, lead + 5)
    labels = [f"pairing {i}" for i in range(24)]

    apart = generation_gap(young, old, ["1.1"])
    together = generation_gap(
        Side(young.before, young.after, labels), Side(old.before, old.after, labels), ["1.1"]
    )

    def width(closed):
        return 0.0 if closed.low is None else closed.high - closed.low

    assert together.distance_closed.value == apart.distance_closed.value
    assert width(together.delta_closed) < width(apart.delta_closed)


def test_people_with_a_missing_level_are_left_out_and_ten_must_remain():
    younger, older = sides(n=11)
    levels = np.asarray(older.after, dtype=float)
    levels[0, 0] = math.nan

    assert generation_gap(younger, Side(older.before, levels), SKILLS).delta_closed.n == 21
    levels[1, 1] = math.nan
    few = generation_gap(younger, Side(older.before, levels), SKILLS)
    assert few == NotMeasurable(Reason.TOO_FEW, 20)
    nobody = Side(np.empty((0, 2)), np.empty((0, 2)))
    assert generation_gap(younger, nobody, SKILLS) == NotMeasurable(Reason.TOO_FEW, 11)


def test_what_does_not_fit_is_refused():
    younger, older = sides()

    for weights in ([1], [1, -1], [0, 0], [1, math.inf]):
        with pytest.raises(ValueError, match="weights"):
            generation_gap(younger, older, SKILLS, weights=weights)
    with pytest.raises(ValueError, match="columns"):
        generation_gap(younger, older, ["2.4"])
    with pytest.raises(ValueError, match="fit each other"):
        generation_gap(younger, Side(older.before, older.after, ["one"]), SKILLS)


def test_the_interval_is_the_bca_interval_of_scipy():
    values = np.random.default_rng(2).exponential(size=30)
    generator = np.random.default_rng(3)
    replicates = values[generator.integers(0, 30, (20_000, 30))].mean(axis=1)
    without = np.array([np.delete(values, i).mean() for i in range(30)])

    low, high = bca_interval(float(values.mean()), replicates, without, 0.95)

    wanted = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(4)
    ).confidence_interval
    assert (low, high) == pytest.approx((wanted.low, wanted.high), abs=0.02)


def test_the_number_of_resamples_stands_in_the_method():
    assert str(RESAMPLES) in generation_gap(*sides(), SKILLS).delta_closed.method
