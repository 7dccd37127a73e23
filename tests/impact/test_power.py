"""What a planned cohort can show, against the table of the plan and statsmodels."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower, TTestPower

from app.impact.power import Design, detectable_effect, power_of, power_table

# Smallest effects at level .05 and power .8.
PAIRED = {10: 1.00, 15: 0.78, 20: 0.66, 30: 0.53, 50: 0.40}
TWO_GROUPS = {10: 1.32, 20: 0.91, 30: 0.74, 50: 0.57}


@pytest.mark.parametrize(
    ("design", "n", "effect"),
    [
        *((Design.PAIRED, n, d) for n, d in PAIRED.items()),
        *((Design.TWO_GROUPS, n, d) for n, d in TWO_GROUPS.items()),
    ],
)
def test_the_published_table_comes_out(design, n, effect):
    assert detectable_effect(n, design).effect == pytest.approx(effect, abs=0.006)


@given(st.integers(4, 200), st.floats(0.1, 1.2))
def test_power_is_that_of_statsmodels(n, effect):
    assume(effect * n**0.5 < 6)  # beyond, the noncentral t of the oracle is not a number
    paired = TTestPower().power(effect, n, 0.05)
    groups = TTestIndPower().power(effect, n, 0.05)

    assert power_of(effect, n, Design.PAIRED) == pytest.approx(paired, abs=1e-6)
    assert power_of(effect, n, Design.TWO_GROUPS) == pytest.approx(groups, abs=1e-6)


@given(st.integers(3, 300), st.sampled_from(Design), st.floats(0.5, 0.95))
def test_the_detectable_effect_has_just_the_power_asked_for(n, design, power):
    result = detectable_effect(n, design, power)

    assert power_of(result.effect, n, design) == pytest.approx(power, abs=1e-6)
    assert detectable_effect(n + 1, design, power).effect < result.effect


def test_the_table_holds_both_designs_for_every_size():
    table = power_table()

    assert [(row.design, row.n) for row in table] == [
        (design, n) for design in Design for n in (10, 15, 20, 30, 50)
    ]
    assert all(row.power == 0.8 and row.level == 0.05 for row in table)


def test_power_of_what_cannot_be_missed_is_one():
    assert power_of(1.0, 100_000, Design.PAIRED) == pytest.approx(1.0)
    assert power_of(-1.0, 1000, Design.TWO_GROUPS) == pytest.approx(1.0)


def test_impossible_wishes_are_refused():
    with pytest.raises(ValueError, match="power"):
        detectable_effect(10, power=0.04)
    with pytest.raises(ValueError, match="power"):
        detectable_effect(10, power=1.0)
    with pytest.raises(ValueError, match="two people"):
        power_of(0.5, 1, Design.PAIRED)
