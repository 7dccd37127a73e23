"""The catalogues of problems and events are those of the code, and keep their manners."""

import subprocess
import sys
from pathlib import Path

import pytest

from app import main, worker
from app.kit.events import Event
from app.kit.problems import Problem

pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]
LOADED = (main, worker)  # imported for the problems and events of every room
# What says who somebody is, or what somebody wrote, is not sent to other systems.
NEVER_TOLD = {"name", "given_name", "family_name", "email", "work_email", "text", "note", "words"}


def every_problem(kind: type[Problem] = Problem) -> list[type[Problem]]:
    return [each for found in kind.__subclasses__() for each in (found, *every_problem(found))]


def test_the_catalogues_are_current():
    done = subprocess.run(
        [sys.executable, "openapi/tools/catalogues.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_two_problems_share_a_code():
    own = [kind.slug for kind in every_problem() if "slug" in vars(kind)]
    assert sorted(own) == sorted(set(own))


def test_a_problem_s_code_is_kebab_case_and_its_title_a_sentence_without_a_stop():
    for kind in every_problem():
        assert kind.slug.replace("-", "").isalnum(), kind
        assert kind.slug == kind.slug.lower(), kind
        assert kind.title[0].isupper(), kind
        assert not kind.title.endswith("."), kind


def test_an_event_is_a_fact_of_a_thing_and_says_what_it_means():
    for name, kind in Event.kinds().items():
        thing, _, fact = name.partition(".")
        assert thing, name
        assert fact, name
        assert kind.__doc__, name


def test_an_event_tells_no_name_and_no_text():
    told = {
        f"{name}.{field}"
        for name, kind in Event.kinds().items()
        for field in kind.model_fields
        if field in NEVER_TOLD
    }
    assert not told
