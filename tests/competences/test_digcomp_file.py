"""The competence framework that ships with the product is whole and attributed."""

import json
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "app" / "competences" / "digcomp.json"


@pytest.fixture(scope="module")
def framework() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded


def test_digcomp_has_five_areas_with_the_official_numbers_of_competences(
    framework: dict[str, Any],
) -> None:
    sizes = {area["code"]: len(area["competences"]) for area in framework["areas"]}

    assert sizes == {"1": 3, "2": 6, "3": 4, "4": 4, "5": 4}


def test_competence_codes_count_up_within_their_area(framework: dict[str, Any]) -> None:
    for area in framework["areas"]:
        wanted = [f"{area['code']}.{n}" for n in range(1, len(area["competences"]) + 1)]
        assert [competence["code"] for competence in area["competences"]] == wanted


def test_every_title_is_different_and_not_empty(framework: dict[str, Any]) -> None:
    titles = [c["title"] for area in framework["areas"] for c in area["competences"]]

    assert all(titles)
    assert len(set(titles)) == 21


def test_eight_levels_stand_in_four_groups_of_two(framework: dict[str, Any]) -> None:
    groups = [(level["level"], level["group"]) for level in framework["levels"]]

    names = ("foundation", "intermediate", "advanced", "highly specialised")
    assert groups == [(n, names[(n - 1) // 2]) for n in range(1, 9)]
    assert len({level["prompt"] for level in framework["levels"]}) == 8


def test_the_source_is_acknowledged_as_its_license_asks(framework: dict[str, Any]) -> None:
    assert framework["version"] == "2.2"
    assert framework["license"] == "CC-BY-4.0"
    assert "© European Union" in framework["attribution"]
