"""What a cohort becomes on its way to the engine and back from the archive."""

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.problems import Invalid
from app.kit.work import Principal
from app.matching.certificate import problem_hash
from app.matching.people import Direction, Rules, Weights
from app.matching.problem import Objective, Pin
from app.pairings.frozen import FrozenInput
from app.pairings.program_rules import rules_of, weights_of
from app.pairings.proposing import CohortChanged, propose_pairings
from app.pairings.run_schemas import PairingsPropose
from benchmarks.cohorts import cohort as generated
from tests.given.pairings import enrolled
from tests.given.participants import participant
from tests.given.programs import cohort

RULES = st.builds(
    Rules,
    reporting_line_levels=st.integers(0, 5),
    same_team=st.booleans(),
    former_manager=st.booleans(),
    direction=st.none() | st.sampled_from(Direction),
    shared_language=st.booleans(),
    minimum_shared_minutes=st.sampled_from([0, 60, 480]),
    mode=st.booleans(),
    location=st.booleans(),
    training=st.booleans(),
)
WEIGHTS = st.builds(
    Weights, skill_fit=st.integers(0, 9000), values=st.integers(0, 900), interests=st.just(0)
)


@given(RULES, WEIGHTS, st.sampled_from(Objective), st.integers(0, 99))
def test_a_frozen_input_thaws_into_the_same_problem(rules, weights, objective, seed):
    mentors, mentees = generated(6, 7, seed)
    pins = (Pin(mentors[0].id, mentees[0].id, override=True),)
    close_to = ((mentors[1].id, mentees[1].id),)
    frozen = FrozenInput(
        tuple(mentors), tuple(mentees), rules, weights, objective, seed, pins, close_to
    )
    archived = json.loads(json.dumps(frozen.to_json()))
    thawed = FrozenInput.from_json(archived)
    assert thawed == frozen
    assert thawed.digest() == frozen.digest()
    assert problem_hash(thawed.to_problem()) == problem_hash(frozen.to_problem())


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({}, Rules()),
        ({"reporting_line": 3}, Rules(reporting_line_levels=3)),
        ({"reporting_line": True}, Rules()),
        ({"reporting_line": False}, Rules(reporting_line_levels=0)),
        ({"reporting_line_levels": 0}, Rules(reporting_line_levels=0)),
        ({"direction": False}, Rules(direction=None)),
        ({"direction": True}, Rules()),
        ({"direction": "tenure"}, Rules(direction=Direction.TENURE)),
        ({"minimum_shared_minutes": 90}, Rules(minimum_shared_minutes=90)),
        ({"minimum_shared_minutes": False}, Rules(minimum_shared_minutes=0)),
        ({"location": True, "own": "x"}, Rules(location=True, plugins={"own": "x"})),
    ],
)
def test_a_programs_rules_become_the_engines(stored, expected):
    assert rules_of(stored) == expected


@pytest.mark.parametrize(
    "stored",
    [{"reporting_line": 101}, {"minimum_shared_minutes": "an hour"}, {"consent": "yes"}],
)
def test_a_rule_that_says_something_else_is_refused_at_its_place(stored):
    (code,) = stored
    with pytest.raises(Invalid) as refused:
        rules_of(stored)
    assert refused.value.members["errors"][0]["pointer"] == f"/rules/{code}"


def test_training_is_a_rule_where_the_cohort_demands_it():
    assert rules_of({}, training=True).training
    assert not rules_of({"training": False}, training=True).training


def test_weights_that_are_not_named_stay_as_usual():
    assert weights_of({"interests": 0, "own": 3}) == Weights(interests=0, plugins={"own": 3})


def test_people_who_changed_while_pairs_were_computed_make_the_run_void(admin, house):
    running = cohort(admin, status="running")["id"]
    mentor = enrolled(admin, running, "mentor")
    enrolled(admin, running, "mentee")
    principal = Principal(
        "account:test", uuid.UUID(admin.organization_id), roles=frozenset({"administrator"})
    )
    wanted = PairingsPropose(cohort_id=uuid.UUID(running))
    with house.lanes.unit(principal, "propose_pairings") as uow:
        thinking = propose_pairings(uow, wanted)
    computed = thinking.think()
    path = f"/participants/{mentor['participant_id']}"
    etag = admin.get(path).headers["ETag"]
    admin.patch(path, json={"job_level": 3}, headers={"If-Match": etag})
    with house.lanes.unit(principal, "propose_pairings") as uow, pytest.raises(CohortChanged):
        thinking.conclude(uow, computed)
    assert admin.get("/match-runs").json()["items"] == []


def test_a_change_that_concerns_nobody_of_the_cohort_does_not_void_the_run(admin, house):
    running = cohort(admin, status="running")["id"]
    enrolled(admin, running, "mentor")
    principal = Principal(
        "account:test", uuid.UUID(admin.organization_id), roles=frozenset({"administrator"})
    )
    with house.lanes.unit(principal, "propose_pairings") as uow:
        thinking = propose_pairings(uow, PairingsPropose(cohort_id=uuid.UUID(running)))
    computed = thinking.think()
    participant(admin)
    with house.lanes.unit(principal, "propose_pairings") as uow:
        thinking.conclude(uow, computed)
    assert len(admin.get("/match-runs").json()["items"]) == 1
