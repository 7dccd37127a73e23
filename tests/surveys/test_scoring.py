"""Scale scores: reverse items, missing answers, percent of maximum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.surveys.scoring import (
    NotScored,
    ScaleItem,
    ScaleScore,
    ScoringProblem,
    keyed,
    percent_of_maximum,
    score_scale,
)


def scale(*reverse, minimum=1, maximum=5):
    return [
        ScaleItem(f"RM-{number}", minimum, maximum, turned)
        for number, turned in enumerate(reverse, start=1)
    ]


FIVE = scale(False, False, True, False, True)

# Items (reversed or not) with an answer or none each.
filled = st.lists(
    st.tuples(st.booleans(), st.one_of(st.none(), st.integers(1, 5))), min_size=1, max_size=12
)


def answered(items, values):
    return {item.code: value for item, value in zip(items, values, strict=True)}


def test_a_reverse_item_counts_from_the_other_end():
    result = score_scale(FIVE, answered(FIVE, [5, 4, 2, 4, 1]))

    assert result == ScaleScore(
        value=pytest.approx((5 + 4 + 4 + 4 + 5) / 5),
        percent=pytest.approx(85.0),
        answered_count=5,
        item_count=5,
    )


@pytest.mark.parametrize(
    ("answer", "reverse", "wanted"), [(0, True, 10), (7, True, 3), (7, False, 7)]
)
def test_reversing_follows_the_ends_of_the_item(answer, reverse, wanted):
    assert keyed(answer, ScaleItem("RM-REC-1", 0, 10, reverse)) == wanted


def test_percent_of_maximum_runs_from_nought_to_a_hundred():
    assert [percent_of_maximum(v, 1, 5) for v in (1, 3, 5)] == [0, 50, 100]


@pytest.mark.parametrize(
    ("item_count", "needed"), [(1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (12, 6)]
)
def test_half_of_the_items_and_at_least_two_must_be_answered(item_count, needed):
    items = scale(*[False] * item_count)

    def with_answers(count):
        return score_scale(items, {item.code: 4 for item in items[:count]})

    assert with_answers(needed) == ScaleScore(4.0, 75.0, needed, item_count)
    assert with_answers(needed - 1) == NotScored(
        ScoringProblem.TOO_FEW_ANSWERS, needed - 1, item_count
    )


def test_prefer_not_to_say_is_missing_and_never_the_midpoint():
    said = score_scale(FIVE, answered(FIVE, [5, 5, None, 5, None]))
    absent = score_scale(FIVE, {"RM-1": 5, "RM-2": 5, "RM-4": 5})

    assert said == absent == ScaleScore(5.0, 100.0, 3, 5)


def test_answers_to_other_scales_are_left_alone():
    answers = answered(FIVE, [4] * 5)

    assert score_scale(FIVE, answers | {"RM-REC-1": 10}) == score_scale(FIVE, answers)


def test_a_scale_nobody_was_asked_has_no_score():
    assert score_scale([], {"RM-1": 3}) == NotScored(ScoringProblem.NOTHING_ASKED, 0, 0)


@pytest.mark.parametrize("answer", [0, 6, -1])
def test_an_answer_the_item_does_not_offer_is_refused(answer):
    with pytest.raises(ValueError, match="not between 1 and 5"):
        score_scale(FIVE, answered(FIVE, [answer, 3, 3, 3, 3]))


def test_items_of_one_scale_must_share_their_ends():
    mixed = [*scale(False, False), ScaleItem("RM-9", 0, 10)]

    with pytest.raises(ValueError, match="ends"):
        score_scale(mixed, {"RM-1": 3})


def test_an_item_without_room_between_its_ends_is_refused():
    with pytest.raises(ValueError, match="below the maximum"):
        ScaleItem("RM-1", 5, 5)


@given(filled)
def test_reversing_an_item_together_with_its_answer_leaves_the_score_as_it_was(rows):
    items = scale(*(reverse for reverse, _ in rows))
    answers = answered(items, [value for _, value in rows])
    turned = scale(*(not reverse for reverse, _ in rows))
    mirrored = {code: None if value is None else 6 - value for code, value in answers.items()}

    assert score_scale(turned, mirrored) == score_scale(items, answers)


@given(filled)
def test_a_score_lies_between_the_ends_and_counts_what_was_answered(rows):
    items = scale(*(reverse for reverse, _ in rows))
    result = score_scale(items, answered(items, [value for _, value in rows]))

    assert result.answered_count == sum(value is not None for _, value in rows)
    assert result.item_count == len(rows)
    if isinstance(result, ScaleScore):
        assert 1 <= result.value <= 5
        assert result.percent == pytest.approx(25 * (result.value - 1))


@given(filled, st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing(rows, random):
    items = scale(*(reverse for reverse, _ in rows))
    answers = answered(items, [value for _, value in rows])
    shuffled = list(items)
    random.shuffle(shuffled)

    assert score_scale(shuffled, answers) == score_scale(items, answers)
