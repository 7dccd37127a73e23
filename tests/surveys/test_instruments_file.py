"""The questionnaires that ship with the product can be asked and scored as they stand."""

import json
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "app" / "surveys" / "instruments.json"

Instruments = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def instruments() -> Instruments:
    loaded = json.loads(FILE.read_text(encoding="utf-8"))["instruments"]
    return {instrument["code"]: instrument for instrument in loaded}


def items_of(instrument: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for scale in instrument["scales"] for item in scale["items"]]


def asked(instruments: Instruments, code: str, audience: str) -> dict[str, int]:
    """How many items of each scale a mentor or a mentee is asked."""
    counts: dict[str, int] = {}
    for scale in instruments[code]["scales"]:
        mine = [item for item in scale["items"] if item["audience"] in (audience, "both")]
        if mine:
            counts[scale["code"]] = len(mine)
    return counts


def test_the_whole_item_bank_is_there(instruments: Instruments) -> None:
    assert list(instruments) == [
        "RM-REL", "RM-SAFE", "RM-VOICE", "RM-AGE", "RM-DIG", "RM-LEAD", "RM-OPEN", "RM-BELONG",
        "RM-STAY", "RM-PROG", "RM-REC", "PULSE-3",
    ]  # fmt: skip


def test_every_instrument_says_that_it_is_an_unvalidated_draft_of_our_own(
    instruments: Instruments,
) -> None:
    for instrument in instruments.values():
        assert instrument["status"] == "face-valid draft, not yet psychometrically validated"
        assert instrument["origin"] == "original"
        assert (instrument["version"], instrument["language"]) == ("1.0", "en")


def test_item_and_scale_codes_are_used_once(instruments: Instruments) -> None:
    scales = [scale["code"] for i in instruments.values() for scale in i["scales"]]
    items = [item["code"] for i in instruments.values() for item in items_of(i)]

    assert len(scales) == len(set(scales))
    assert len(items) == len(set(items))


def test_both_sides_answer_scales_of_equal_length_where_forms_differ(
    instruments: Instruments,
) -> None:
    assert asked(instruments, "RM-VOICE", "mentor") == {"RM-VOICE": 4}
    assert asked(instruments, "RM-VOICE", "mentee") == {"RM-VOICE": 4}
    assert asked(instruments, "RM-LEAD", "mentor") == {"RM-LEAD": 6}
    assert asked(instruments, "RM-LEAD", "mentee") == {"RM-LEAD-OBSERVED": 6}
    assert asked(instruments, "RM-OPEN", "mentee") == {"RM-OPEN": 4}
    assert asked(instruments, "RM-OPEN", "mentor") == {"RM-OPEN-OBSERVED": 4}
    assert asked(instruments, "RM-DIG", "mentor") == {}


def test_ratings_name_their_ends_and_choices_have_no_number(instruments: Instruments) -> None:
    for item in (item for i in instruments.values() for item in items_of(i)):
        if item["format"] == "rating":
            assert item["min"] < item["max"]
            assert {str(item["min"]), str(item["max"])} <= item["labels"].keys()
            assert all(item["min"] <= int(value) <= item["max"] for value in item["labels"])
        else:
            assert item["format"] == "choice"
            assert item["min"] is item["max"] is None
            assert not item["reverse"]
            assert len(item["labels"]) >= 2


def test_long_scales_hold_a_reverse_item_so_that_straight_lining_shows(
    instruments: Instruments,
) -> None:
    straight = [
        scale["code"]
        for instrument in instruments.values()
        for scale in instrument["scales"]
        if len(scale["items"]) >= 3 and not any(item["reverse"] for item in scale["items"])
    ]

    assert straight == ["RM-PROG"]  # five questions on five different things


def test_the_recommendation_item_is_not_called_by_a_trademark(instruments: Instruments) -> None:
    (item,) = items_of(instruments["RM-REC"])

    assert (item["min"], item["max"]) == (0, 10)
    assert "NPS" not in FILE.read_text(encoding="utf-8")
