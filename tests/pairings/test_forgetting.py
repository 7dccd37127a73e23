"""An erased person leaves the frozen inputs of match runs; what came of the runs stays readable."""

import json
import uuid

import pytest
from sqlalchemy import select

from app.kit.lanes import system
from app.pairings import queueing
from app.pairings.models import MatchRun
from tests.given.pairings import enrolled, queued_run
from tests.given.programs import cohort

WORDS = ("beekeeping", "lighthouses")


@pytest.fixture(name="people")
def two_of_a_cohort(admin):
    running = cohort(admin, status="running")["id"]
    return [
        enrolled(admin, running, side, interests=["beekeeping", "lighthouses"])
        for side in ("mentor", "mentee")
    ]


def stored_inputs(house, admin):
    with house.lanes.unit(system(uuid.UUID(admin.organization_id)), "look") as uow:
        own = MatchRun.organization_id == uow.organization_id
        return [json.dumps(each) for each in uow.rows.scalars(select(MatchRun.input).where(own))]


def erase(admin, house, person):
    erased = admin.post(f"/participants/{person['participant_id']}/erase")
    assert erased.status_code == 200, erased.text
    house.work_off()


def test_what_a_run_was_told_of_a_person_goes_with_the_person(admin, house, people):
    mentor, mentee = people
    proposed = admin.post("/pairings/propose", json={"cohort_id": mentor["cohort_id"]}).json()
    address = f"/match-runs/{proposed['id']}"
    assert len(proposed["pairs"]) == 1
    assert proposed["people_erased_at"] is None
    assert all(word in stored_inputs(house, admin)[0] for word in WORDS)

    erase(admin, house, mentor)
    erase(admin, house, mentee)
    (stored,) = stored_inputs(house, admin)
    assert not any(word in stored for word in WORDS)
    kept = admin.get(address).json()
    assert kept["people_erased_at"] is not None
    for same in ("pairs", "unmatched", "scores", "optimality", "input_digest"):
        assert kept[same] == proposed[same], same
    assert admin.get(f"{address}/explanations").status_code == 200
    pair = {"mentor_id": mentor["id"], "mentee_id": mentee["id"]}
    for refused in (
        admin.post(f"{address}/verify"), admin.get(f"{address}/why-not", params=pair),
    ):  # fmt: skip
        assert (refused.status_code, refused.json()["code"]) == (409, "match-run-people-erased")


def test_others_keep_what_they_brought(admin, house, people):
    mentor, mentee = people
    stranger = enrolled(admin, cohort(admin, status="running")["id"], "mentor")
    run = admin.post("/pairings/propose", json={"cohort_id": mentor["cohort_id"]}).json()
    erase(admin, house, stranger)
    assert admin.get(f"/match-runs/{run['id']}").json() == run
    erase(admin, house, mentee)
    assert all(word in stored_inputs(house, admin)[0] for word in WORDS), "the mentor's own"


def test_a_run_that_waits_is_not_computed_with_who_was_erased(admin, house, people):
    run = queued_run(admin, people[0]["cohort_id"])
    erase(admin, house, people[0])
    erase(admin, house, people[1])
    kept = admin.get(f"/match-runs/{run['id']}").json()
    assert kept["status"] in ("cancelled", "computed")
    assert kept["people_erased_at"] is not None
    (stored,) = stored_inputs(house, admin)
    assert not any(word in stored for word in WORDS)


def test_a_run_that_is_being_computed_brings_nothing_back(admin, house, people, monkeypatch):
    run = queued_run(admin, people[0]["cohort_id"])
    honest = queueing.compute

    def compute(*asked):
        monkeypatch.setattr(queueing, "compute", honest)
        for person in people:
            erase(admin, house, person)
        return honest(*asked)

    monkeypatch.setattr(queueing, "compute", compute)
    house.work_off()
    kept = admin.get(f"/match-runs/{run['id']}").json()
    assert (kept["status"], kept["pairs"]) == ("cancelled", [])
    (stored,) = stored_inputs(house, admin)
    assert not any(word in stored for word in WORDS)
