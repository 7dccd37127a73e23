"""Each hard rule by example: whom it forbids, whom it lets pass, and how it is switched off."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from app.matching.explain import breakdowns
from app.matching.features import to_problem
from app.matching.people import Direction, Rules
from tests.matching.cases import ALWAYS, mentee, mentor

HALF_HOUR = (0b11,)


def broken(junior, senior, rules):
    """Return the broken rules of one pair."""
    (part,) = breakdowns(to_problem([junior], [senior], rules), [(junior.id, senior.id)])
    return set(part.broken_rules)


CASES = [
    ("same_person", {"participant_id": "p"}, {"participant_id": "p"}, {}, None),
    ("reporting_line", {}, {"managers": ("p-x", "p-m1")}, {}, {"reporting_line_levels": 1}),
    ("reporting_line", {"managers": ("p-e1",)}, {}, {}, {"reporting_line_levels": 0}),
    ("former_manager", {"former_managers": frozenset({"p-e1"})}, {}, {}, {"former_manager": False}),
    ("former_manager", {}, {"former_managers": frozenset({"p-m1"})}, {}, {"former_manager": False}),
    ("same_team", {"team": "t"}, {"team": "t"}, {}, {"same_team": False}),
    ("same_team", {"managers": ("b",)}, {"managers": ("b",)}, {}, {"same_team": False}),
    ("veto", {"vetoes": frozenset({"e1"})}, {}, {}, None),
    ("veto", {}, {"vetoes": frozenset({"m1"})}, {}, None),
    ("refused", {"refused": frozenset({"e1"})}, {}, {}, None),
    ("refused", {}, {"refused": frozenset({"m1"})}, {}, None),
    ("direction", {"job_level": 9}, {}, {}, {"direction": None}),
    ("direction", {"job_level": None}, {}, {}, {"direction": None}),
    (
        "direction", {"hired_on": dt.date(2020, 1, 1)}, {"hired_on": dt.date(2020, 1, 1)},
        {"direction": Direction.TENURE}, {"direction": None},
    ),
    (
        "direction", {"hired_on": dt.date(2020, 1, 1)}, {},
        {"direction": Direction.TENURE}, {"direction": None},
    ),
    (
        "direction", {"offered": {"a": 3, "b": 0}}, {"wanted": {"b": 2, "a": 0}},
        {"direction": Direction.SKILL}, {"direction": None},
    ),
    ("shared_language", {"languages": frozenset({"it"})}, {}, {}, {"shared_language": False}),
    ("shared_language", {"languages": frozenset()}, {}, {}, {"shared_language": False}),
    ("minimum_shared_minutes", {"availability": HALF_HOUR}, {}, {}, {"minimum_shared_minutes": 30}),
    (
        "minimum_shared_minutes", {"availability": ()}, {"availability": ()}, {},
        {"minimum_shared_minutes": 0},
    ),
    (
        "minimum_shared_minutes", {"availability": (ALWAYS[0], 0)},
        {"availability": (ALWAYS[0], ALWAYS[0])}, {}, {"minimum_shared_minutes": 0},
    ),
    ("mode", {"modes": frozenset({"video"})}, {"modes": frozenset({"chat"})}, {}, {"mode": False}),
    (
        "mode", {"modes": frozenset({"in_person"}), "location": "turin"}, {"location": "milan"}, {},
        {"mode": False},
    ),
    ("mode", {"modes": frozenset({"in_person"})}, {}, {}, {"mode": False}),
    ("location", {"location": "turin"}, {"location": "milan"}, {"location": True}, {}),
    ("location", {}, {}, {"location": True}, {}),
    ("consent", {"consented": False}, {}, {}, {"consent": False}),
    ("training", {}, {"trained": False}, {"training": True}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "junior", "senior", "rules", "relaxed"), CASES)
def test_the_rule_forbids_and_is_the_only_one_broken(code, junior, senior, rules, relaxed):
    assert broken(mentor(**junior), mentee(**senior), Rules(**rules)) == {code}
    if relaxed is not None:
        assert broken(mentor(**junior), mentee(**senior), Rules(**relaxed)) == set()


PASSES = [
    ({}, {}, {}),
    ({"vetoes": frozenset({"nobody here"})}, {"refused": frozenset({"nor here"})}, {}),
    ({"managers": ("somebody else",)}, {"managers": ("another",)}, {}),
    ({"managers": ("a", "b", "p-e1")}, {}, {}),
    ({"participant_id": ""}, {"participant_id": ""}, {}),
    ({"team": "t"}, {"team": "u"}, {}),
    ({"team": "t", "managers": ("b",)}, {"managers": ("b",)}, {}),
    (
        {"hired_on": dt.date(2021, 1, 1)}, {"hired_on": dt.date(2020, 1, 1)},
        {"direction": Direction.TENURE},
    ),
    ({"offered": {"a": 1}}, {"wanted": {"a": 5}}, {"direction": Direction.SKILL}),
    ({"modes": frozenset({"in_person"}), "location": "x"}, {"location": "x"}, {}),
    ({"modes": frozenset({"in_person", "video"}), "location": "x"}, {"location": "y"}, {}),
    ({"location": "x"}, {"location": "x"}, {"location": True}),
    ({"availability": (0b1111,)}, {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("junior", "senior", "rules"), PASSES)
def test_a_pair_that_breaks_nothing_passes(junior, senior, rules):
    assert broken(mentor(**junior), mentee(**senior), Rules(**rules)) == set()


@pytest.mark.parametrize("member", ["vetoes", "refused", "managers", "former_managers"])
@pytest.mark.parametrize("side", ["mentor", "mentee"])
def test_one_person_named_forbids_one_pair_among_many(member, side):
    """Whoever names whom: the rule finds the two among all others, and nobody else."""
    kind = tuple if member == "managers" else frozenset
    of_other = {"mentor": "e3", "mentee": "m2"}[side]
    name = f"p-{of_other}" if "managers" in member else of_other
    mentors = [mentor(f"m{k}") for k in range(1, 4)]
    mentees = [mentee(f"e{k}") for k in range(1, 5)]
    people = {"mentor": mentors, "mentee": mentees}[side]
    at = {"mentor": 1, "mentee": 2}[side]
    people[at] = replace(people[at], **{member: kind([name])})
    allowed = to_problem(mentors, mentees).allowed_block(slice(0, 3), slice(0, 4))
    assert [tuple(pair) for pair in np.argwhere(~allowed).tolist()] == [(1, 2)]
