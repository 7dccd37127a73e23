"""Plug-ins are not trusted: whatever they do has a name, and no run is stored by half."""

import textwrap

import pytest

from tests.given.pairings import enrolled, queued_run
from tests.given.programs import cohort

MATCHERS = """
    import time

    class Base:
        version = "1"

    class Good(Base):
        name = "good"
        def match(self, problem, control, limits):
            return list(zip(problem.mentors, problem.mentees))[:1]

    class Raises(Base):
        name = "raises"
        def match(self, problem, control, limits):
            raise RuntimeError("a secret of the machine")

    class Hangs(Base):
        name = "hangs"
        def match(self, problem, control, limits):
            time.sleep(limits.seconds + 8)
            return []

    class Strangers(Base):
        name = "strangers"
        def match(self, problem, control, limits):
            return [("nobody", problem.mentees[0])]

    class Repeats(Base):
        name = "repeats"
        def match(self, problem, control, limits):
            return [(problem.mentors[0], problem.mentees[0])] * 2

    class Crowds(Base):
        name = "crowds"
        def match(self, problem, control, limits):
            return [(problem.mentors[0], mentee) for mentee in problem.mentees]

    class Forbidden(Base):
        name = "forbidden"
        def match(self, problem, control, limits):
            block = problem.block(slice(None), slice(None))
            row, col = (int(each[0]) for each in (block < 0).nonzero())
            return [(problem.mentors[row], problem.mentees[col])]

    class Floats(Base):
        name = "floats"
        def match(self, problem, control, limits):
            return [(0.5, 1.5)]

    class Nothing(Base):
        name = "nothing"
        def match(self, problem, control, limits):
            return None

    class Forges(Base):
        name = "forges"
        def match(self, problem, control, limits):
            from app.matching.problem import Proposal
            return Proposal([], certificate={"status": "proved"})

    class NoMatcher:
        pass

    class Luck:
        code, sentence = "luck", "The stars are kind."
        def terms(self, sides, points):
            from app.matching.terms import Table
            import numpy as np
            zero = lambda side: np.zeros(len(side), np.int32)
            return [Table(zero(sides.mentors), zero(sides.mentees), np.array([[points]], np.int32))]

    class Never:
        code, sentence = "never", "Nobody meets anybody."
        def terms(self, sides, parameters):
            from app.matching.terms import Table
            import numpy as np
            zero = lambda side: np.zeros(len(side), np.int32)
            return [Table(zero(sides.mentors), zero(sides.mentees), np.array([[1]], np.int32))]

    class Stumbles:
        code, sentence = "stumbles", "It does not work."
        def terms(self, sides, parameters):
            raise KeyError("inside")
"""
ENTRY_POINTS = """
    [rementor.matchers]
    good = my_matchers:Good
    raises = my_matchers:Raises
    hangs = my_matchers:Hangs
    strangers = my_matchers:Strangers
    repeats = my_matchers:Repeats
    crowds = my_matchers:Crowds
    forbidden = my_matchers:Forbidden
    floats = my_matchers:Floats
    nothing = my_matchers:Nothing
    forges = my_matchers:Forges
    no-matcher = my_matchers:NoMatcher
    lost = my_matchers:Lost
    [rementor.criteria]
    luck = my_matchers:Luck
    [rementor.rules]
    never = my_matchers:Never
    stumbles = my_matchers:Stumbles
"""


@pytest.fixture(autouse=True)
def installed(tmp_path, monkeypatch):
    """A package of plug-ins, installed as pip would."""
    (tmp_path / "my_matchers.py").write_text(textwrap.dedent(MATCHERS))
    info = tmp_path / "my_matchers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-matchers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(textwrap.dedent(ENTRY_POINTS))
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture(name="running")
def running_cohort(admin):
    """Two mentors and three mentees, one of whom no mentor can talk to."""
    running = cohort(admin, status="running")["id"]
    for languages in (["en"], ["en"], ["pt"]):
        enrolled(admin, running, "mentee", languages=languages)
    for _ in range(2):
        enrolled(admin, running, "mentor")
    return running


def ask(client, cohort_id, **wanted):
    return client.post("/pairings/propose", json={"cohort_id": cohort_id, **wanted})


def test_a_plug_in_is_asked_by_name_and_what_is_not_proved_is_not_claimed(admin, running):
    run = ask(admin, running, matcher="good").json()
    assert (run["matcher"], run["matcher_version"]) == ("good", "1")
    assert run["optimality"]["status"] == "bounded"
    assert run["optimality"]["gap"] > 0
    assert {"name": "good", "built_in": False} in admin.get("/matchers").json()["matchers"]


@pytest.mark.parametrize(
    ("matcher", "reason"),
    [
        ("raises", "matcher_raised"),
        ("strangers", "pair_unknown"),
        ("repeats", "pair_repeated"),
        ("crowds", "capacity_exceeded"),
        ("forbidden", "pair_forbidden"),
        ("floats", "result_malformed"),
        ("nothing", "result_malformed"),
        ("forges", "proof_wrong"),
        ("no-matcher", "matcher_invalid"),
    ],
)
def test_a_matcher_that_breaks_its_promise_is_named_and_nothing_is_stored(
    admin, running, matcher, reason
):
    before = admin.get("/events").json()["next_after"]
    refused = ask(admin, running, matcher=matcher)
    assert (refused.status_code, refused.json()["code"]) == (422, "matcher-failed")
    assert refused.json()["reason"] == reason
    assert "secret" not in refused.text
    assert admin.get("/match-runs").json()["items"] == []
    assert admin.get("/events").json()["next_after"] == before


def test_a_matcher_that_cannot_be_loaded_is_the_installations_affair(admin, running):
    refused = ask(admin, running, matcher="lost")
    assert (refused.status_code, refused.json()["code"]) == (503, "matcher-unavailable")
    assert "Retry-After" in refused.headers


def test_criteria_and_rules_come_by_plug_in_too(admin, running):
    lucky = ask(admin, running, weights={"luck": 2500}).json()
    assert {each["breakdown"]["luck"] for each in lucky["pairs"]} == {2000}
    alone = ask(admin, running, rules={"never": True}).json()
    assert alone["pairs"] == []
    told = {each["side"]: each for each in alone["unmatched"]}
    assert told["mentor"]["only_by"] == {"never": 2}
    assert alone["rules"]["never"] is True
    told = admin.get(f"/match-runs/{alone['id']}/explanations").json()
    assert told["rules"]["never"] == "Nobody meets anybody."
    assert told["criteria"]["luck"] == "The stars are kind."
    assert admin.post(f"/match-runs/{alone['id']}/verify").json()["accepted"] is True


def test_a_rule_that_stumbles_is_named(admin, running):
    refused = ask(admin, running, rules={"stumbles": True})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "rule_failed"
    assert admin.get("/match-runs").json()["items"] == []


@pytest.mark.fault
def test_a_matcher_that_hangs_is_left_alone_soon_after_its_time(admin, running):
    refused = ask(admin, running, matcher="hangs", time_limit_seconds=1)
    assert (refused.status_code, refused.json()["reason"]) == (422, "matcher_hung")
    assert ask(admin, running).status_code == 201


@pytest.mark.parametrize(
    ("matcher", "words"), [("raises", "raised RuntimeError"), ("hangs", "did not stop")]
)
def test_a_queued_run_of_a_bad_plug_in_fails_with_its_reason_and_keeps_no_half(
    house, admin, running, monkeypatch, matcher, words
):
    monkeypatch.setattr("app.matching.solving.GRACE_SECONDS", 0.2)
    run = queued_run(admin, running, matcher=matcher, time_limit_seconds=1)
    house.work_off()
    failed = admin.get(f"/match-runs/{run['id']}").json()
    assert (failed["status"], failed["problem"]["code"]) == ("failed", "matcher-failed")
    assert words in failed["problem"]["detail"]
    assert "a secret of the machine" not in str(failed)
    assert (failed["pairs"], failed["counts"]) == ([], None)
    job = admin.get(f"/jobs/{run['job_id']}").json()
    assert (job["status"], job["problem"], job["attempts"]) == ("failed", failed["problem"], 1)
    told = admin.get("/events").json()["items"][-1]
    assert (told["type"], told["data"]["code"]) == ("match_run.failed", "matcher-failed")
