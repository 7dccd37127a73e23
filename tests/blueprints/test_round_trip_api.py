"""Random documents: what is exported applies elsewhere and exports the same bytes."""

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.blueprints.reading import read_yaml
from app.blueprints.writing import write_yaml
from tests.given.blueprints import applied, exported, plan, sent

LETTERS = "aZß山é😀 '\":#-&*!%@`{}[]|>,?\\~019"
KEY = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
WORDS = st.text(LETTERS, max_size=30).map(lambda text: f"x{text}".strip())
PROSE = st.lists(WORDS, min_size=1, max_size=4).map("\n".join) | WORDS
DAYS = st.dates(dt.date(2026, 4, 1), dt.date(2030, 1, 1)).map(str)
FIGURE = st.none() | st.floats(-1e9, 1e9, allow_nan=False) | st.integers(-100, 100)
WEIGHTS = st.sampled_from(["skill_fit", "values"])
ROLE = st.sampled_from(["both", "mentor", "mentee"])


def some(keys, **parts):
    """A list of things, each with one of these keys in its name, too."""
    things = (st.fixed_dictionaries({"key": st.just(key), **parts}) for key in keys)
    return st.tuples(*things).map(list)


def goals(keys):
    return some(
        keys,
        category=st.sampled_from(["digital_skills", "custom", "retention"]),
        competences=st.lists(st.sampled_from(["digcomp:2.1", "digcomp:5.4"]), unique=True),
        indicator=st.none() | PROSE,
        direction=st.sampled_from(["up", "down", "maintain"]),
        baseline=FIGURE, target=FIGURE, due_on=st.none() | DAYS, title=WORDS,
    ).map(named)  # fmt: skip


def named(things, field="title"):
    """No two with the same name."""
    return [{**each, field: f"{each['key']} {each[field]}"} for each in things]


@st.composite
def documents(draw):
    keys = draw(st.lists(KEY, min_size=6, max_size=12, unique=True))
    shared, own = keys[:2], keys[2:4]
    cohort = {
        "key": "c", "name": draw(WORDS), "starts_on": draw(DAYS),
        "lasts_months": draw(st.integers(1, 12)), "meeting_minutes": draw(st.integers(15, 480)),
        "driver": draw(st.sampled_from(["mentor", "mentee"])),
        "milestones": [{"name": draw(WORDS), "after_days": draw(st.integers(-30, 300))}],
        "metadata": draw(st.dictionaries(WORDS, WORDS, max_size=2)),
        "goals": draw(goals(own)),
        "surveys": [
            {"key": key, "title": draw(WORDS), "moment": "pulse", "audience": draw(ROLE),
             "questionnaires": [{"code": "RM-SAFE"}],
             "opens_after_days": draw(st.integers(-20, 300)),
             "open_for_days": draw(st.integers(1, 60))}
            for key in keys[:2]
        ],
    }  # fmt: skip
    return {
        "format": "rementor/v1",
        "program": {
            "key": keys[0], "name": draw(WORDS), "purpose": draw(PROSE),
            "matching": {
                "objective": draw(st.sampled_from(["participation", "quality", "fair", "stable"])),
                "weights": draw(st.dictionaries(WEIGHTS, st.integers(0, 10_000))),
            },
            "cohort_defaults": draw(st.fixed_dictionaries({}, optional={
                "meeting_minutes": st.integers(15, 480), "training_required": st.booleans(),
                "modes": st.lists(st.sampled_from(["video", "hybrid"]), min_size=1, unique=True)})),
        },
        "goals": draw(goals(shared)),
        "statement": draw(st.none() | st.fixed_dictionaries(
            {"text": PROSE, "goals": st.permutations(shared)})),
        "training": draw(some(keys[:3], title=WORDS, audience=ROLE, minutes=st.integers(1, 480),
                              topic=st.sampled_from(["benefits", "feedback"]), summary=PROSE)),
        "messages": draw(some(keys[:2], subject=WORDS.filter(lambda t: "{{" not in t),
                              occasion=st.sampled_from(["welcome", "closing"]), audience=ROLE,
                              body=PROSE.filter(lambda t: "{{" not in t))),
        "cohorts": [cohort],
    }  # fmt: skip


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_any_document_survives_the_journey_through_two_organizations(house, form):
    number = iter(range(10_000))

    @given(documents())
    @settings(
        max_examples=8, deadline=None, derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    def holds(document):
        ours, theirs = (
            house.organization(f"O {n}", f"admin{n}@example.com")
            for n in (next(number), next(number))
        )
        text = write_yaml(document) if form == "yaml" else document
        first = exported(ours, applied(ours, text)["program_id"], form)
        again = first if form == "yaml" else json.loads(first)
        assert plan(ours, again)["has_changes"] is False
        assert plan(ours, text)["has_changes"] is False
        assert exported(theirs, applied(theirs, again)["program_id"], form) == first
        if form == "yaml":
            assert write_yaml(read_yaml(first).value) == first

    holds()


def test_two_who_apply_different_documents_at_once_do_not_mix(real_house):
    admin = real_house.organization()
    found = applied(admin, small("Before"))
    wanted = [small("Rosa's"), small("Kim's")]
    digests = [plan(admin, each)["digest"] for each in wanted]
    answers = real_house.at_once(
        [
            admin.build_request("POST", "/blueprints/apply", json=each, params={"digest": digest})
            for each, digest in zip(wanted, digests, strict=True)
        ]
    )
    told = sorted(answer.status_code for answer in answers)
    assert told == [200, 409]
    (lost,) = [answer for answer in answers if answer.status_code == 409]
    assert lost.json()["code"] == "blueprint-plan-outdated"
    (won,) = [each for each, answer in zip(wanted, answers, strict=True) if answer.is_success]
    now = admin.get(f"/programs/{found['program_id']}").json()
    assert now["purpose"] == won["program"]["purpose"]
    titles = {each["title"] for each in admin.get("/goals").json()["items"]}
    assert titles == {each["title"] for each in won["goals"]}


def test_two_who_apply_the_same_new_document_at_once_make_one_program(real_house):
    admin = real_house.organization()
    document = small("Together")
    digest = plan(admin, document)["digest"]
    answers = real_house.at_once(
        [
            admin.build_request(
                "POST", "/blueprints/apply", json=document, params={"digest": digest}
            )
            for _ in range(4)
        ]
    )
    assert any(answer.status_code == 200 for answer in answers)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len(admin.get("/programs").json()["items"]) == 1
    assert len(admin.get("/goals").json()["items"]) == 2
    assert sent(admin, "apply", document, digest=digest).status_code == 200


def small(word):
    return {
        "format": "rementor/v1",
        "program": {"key": "p", "name": "P", "purpose": word},
        "goals": [
            {"key": key, "title": f"{word} {key}", "category": "custom"} for key in ("a", "b")
        ],
    }
