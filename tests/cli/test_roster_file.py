"""The roster of the demo is a company that could exist, with the difficulties real rosters have."""

import csv
import datetime as dt
import json
import unicodedata
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from benchmarks import roster

Row = dict[str, str]

FRAMEWORK = Path(__file__).parents[2] / "app" / "competences" / "digcomp.json"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with roster.ROSTER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def levels(cell: str) -> dict[str, int]:
    pairs = (pair.split(":") for pair in cell.split("; ") if pair)
    return {code: int(level) for code, level in pairs}


def test_the_checked_in_roster_is_what_the_generator_writes(tmp_path: Path) -> None:
    roster.write(tmp_path / "roster.csv")

    assert (tmp_path / "roster.csv").read_bytes() == roster.ROSTER.read_bytes()


def test_about_six_hundred_people_have_ids_and_addresses_of_their_own(rows: list[Row]) -> None:
    assert 590 <= len(rows) <= 610
    assert len({row["Worker ID"] for row in rows}) == len(rows)
    assert len({row["Work email"] for row in rows}) == len(rows)
    assert all(row["Work email"].isascii() for row in rows)
    assert all(row["Work email"].endswith("@example.com") for row in rows)


def test_everybody_reports_up_to_one_chief_executive_without_a_circle(rows: list[Row]) -> None:
    manager_of = {row["Worker ID"]: row["Manager ID"] for row in rows}
    depths = []
    for worker in manager_of:
        chain = [worker]
        while manager_of[chain[-1]]:
            chain.append(manager_of[chain[-1]])
            assert len(chain) <= len(rows), "a circle of managers"
        depths.append(len(chain) - 1)

    assert depths.count(0) == 1
    assert 5 <= max(depths) <= 6


def test_a_report_always_stands_below_the_manager(rows: list[Row]) -> None:
    level = {row["Worker ID"]: roster.JOB_LEVELS[row["Level"]] for row in rows}

    assert set(level.values()) == set(range(1, 11))
    assert all(level[r["Worker ID"]] < level[r["Manager ID"]] for r in rows if r["Manager ID"])


def test_some_managers_come_after_their_reports_as_in_real_exports(rows: list[Row]) -> None:
    assert any(row["Manager ID"] > row["Worker ID"] for row in rows)


def test_the_sites_cover_many_time_zones_odd_quarters_among_them(rows: list[Row]) -> None:
    zones = {row["Time zone"] for row in rows}

    assert len(zones) >= 10
    assert {"Asia/Kolkata", "Asia/Kathmandu"} <= zones
    assert all(ZoneInfo(zone) for zone in zones)


def test_names_are_written_in_many_scripts(rows: list[Row]) -> None:
    names = [f"{row['Given name']} {row['Family name']}" for row in rows]
    scripts = {unicodedata.name(c).split()[0] for name in names for c in name if c.isalpha()}

    assert scripts >= {"LATIN", "CJK", "HANGUL", "ARABIC", "DEVANAGARI", "CYRILLIC", "GREEK"}
    assert "太郎 山田" in names
    assert any("O'Neil" in name for name in names)
    assert any("Łukasz" in name for name in names)
    assert any("ı" in name for name in names)  # noqa: RUF001 - the Turkish dotless i
    assert any("ễ" in name for name in names)


def test_mentors_are_junior_and_offer_what_mentees_senior_to_them_want(rows: list[Row]) -> None:
    mentors = [row for row in rows if row["Mentoring"] == "mentor"]
    mentees = [row for row in rows if row["Mentoring"] == "mentee"]

    assert (len(mentors), len(mentees)) == (150, 130)
    assert all(row["Status"] == "Active" for row in mentors + mentees)
    assert max(roster.JOB_LEVELS[row["Level"]] for row in mentors) == 3
    assert min(roster.JOB_LEVELS[row["Level"]] for row in mentees) == 5
    offered = {code for row in mentors for code in levels(row["Offers"])}
    assert all(levels(row["Offers"]) for row in mentors)
    assert all(levels(row["Wants"]).keys() & offered for row in mentees)


def test_competences_are_those_of_the_framework_at_levels_it_has(rows: list[Row]) -> None:
    areas = json.loads(FRAMEWORK.read_text(encoding="utf-8"))["areas"]
    codes = {competence["code"] for area in areas for competence in area["competences"]}

    for row in rows:
        for code, level in (levels(row["Offers"]) | levels(row["Wants"])).items():
            assert code in codes
            assert 1 <= level <= 8


def test_nobody_is_hired_tomorrow_and_no_age_is_on_file(rows: list[Row]) -> None:
    assert all(dt.date.fromisoformat(row["Hire date"]) < roster.TODAY for row in rows)
    assert not {"Age", "Birth date", "Date of birth", "Generation", "Gender"} & rows[0].keys()
