"""Shared goals over HTTP: statements, acknowledgements, alignment."""

import uuid

import pytest

from tests.given import pairings as pairs
from tests.given.accounts import own_client
from tests.given.goals import acknowledgement, goal, statement
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment, program


def goals_of(client, **scope):
    return [goal(client, **scope)["id"] for _ in range(3)]


@pytest.fixture
def run(admin):
    return cohort(admin, status="running")


@pytest.fixture
def rosa(house, admin, run):
    """A client of somebody enrolled in the cohort."""
    person = participant(admin, work_email="rosa@example.com")
    enrollment(admin, run["id"], "mentor", person)
    return own_client(house, admin, person)


def counts(client, statement_id):
    return client.get(f"/goal-statements/{statement_id}/acknowledgement-counts").json()


def test_who_takes_part_acknowledges_restates_and_ranks(admin, run, rosa):
    ids = goals_of(admin, cohort_id=run["id"])
    published = statement(admin, cohort_id=run["id"], goal_ids=ids)
    assert (published["number"], published["acknowledged_at"]) == (1, None)
    own = acknowledgement(rosa, published["id"], ids[::-1], restatement="I show the tools.")
    assert own["ranking"] == ids[::-1]
    assert rosa.get(f"/acknowledgements/{own['id']}").json() == own
    assert rosa.get("/acknowledgements").json()["items"] == [own]
    assert rosa.get(f"/goal-statements/{published['id']}").json()["acknowledged_at"] is not None
    last = admin.get("/events").json()["items"][-1]
    assert last["type"] == "goal_statement.acknowledged"
    assert last["data"]["statement_id"] == published["id"]


def test_nobody_else_reads_an_acknowledgement_only_counts_are_shown(admin, run, rosa):
    enrollment(admin, run["id"], "mentee")
    published = statement(admin, cohort_id=run["id"])
    own = acknowledgement(rosa, published["id"], restatement="In my words.")
    assert admin.get(f"/acknowledgements/{own['id']}").status_code == 404
    assert admin.get("/acknowledgements").json()["items"] == []
    assert counts(admin, published["id"]) == {
        "statement_id": published["id"],
        "enrolled_count": 2,
        "acknowledged_count": 1,
        "restated_count": 1,
        "ranked_count": 0,
    }


def test_a_new_version_asks_again(admin, run, rosa):
    first = statement(admin, cohort_id=run["id"])
    acknowledgement(rosa, first["id"])
    second = statement(admin, cohort_id=run["id"], text="Now in other words.")
    assert second["number"] == 2
    assert counts(admin, second["id"])["acknowledged_count"] == 0
    found = rosa.get("/goal-statements", params={"cohort_id": run["id"]}).json()["items"]
    assert [each["superseded_at"] is None for each in found] == [True, False]
    assert [each["acknowledged_at"] is None for each in found] == [True, False]
    acknowledgement(rosa, second["id"])
    refused = rosa.post(f"/goal-statements/{first['id']}/acknowledge", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "statement-superseded")


def test_one_version_is_acknowledged_once(admin, run, rosa):
    published = statement(admin, cohort_id=run["id"])
    acknowledgement(rosa, published["id"])
    again = rosa.post(f"/goal-statements/{published['id']}/acknowledge", json={})
    assert (again.status_code, again.json()["code"]) == (409, "acknowledged-already")


def test_only_those_enrolled_acknowledge(house, admin, run):
    published = statement(admin, program_id=run["program_id"])
    refused = admin.post(f"/goal-statements/{published['id']}/acknowledge", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-enrolled")
    person = participant(admin, work_email="kim@example.com")
    outside = own_client(house, admin, person)
    assert outside.get(f"/goal-statements/{published['id']}").status_code == 404
    assert (
        outside.post(f"/goal-statements/{published['id']}/acknowledge", json={}).status_code == 404
    )
    withdrawn = enrollment(admin, run["id"], "mentor", person)
    admin.post(f"/enrollments/{withdrawn['id']}/withdraw")
    left = outside.post(f"/goal-statements/{published['id']}/acknowledge", json={})
    assert left.json()["code"] == "not-enrolled"


@pytest.mark.parametrize("cut", [slice(0, 2), slice(0, 0)])
def test_a_ranking_names_every_goal_once(admin, run, rosa, cut):
    ids = goals_of(admin, cohort_id=run["id"])
    published = statement(admin, cohort_id=run["id"], goal_ids=ids)
    ranking = [*ids[cut], str(uuid.uuid4())]
    refused = rosa.post(
        f"/goal-statements/{published['id']}/acknowledge", json={"ranking": ranking}
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "ranking_incomplete"


def test_a_statement_of_a_program_is_for_everybody_in_its_cohorts(admin, run, rosa):
    published = statement(admin, program_id=run["program_id"])
    acknowledgement(rosa, published["id"])
    assert counts(admin, published["id"])["enrolled_count"] == 1
    found = admin.get("/goal-statements", params={"program_id": run["program_id"]}).json()["items"]
    assert [each["id"] for each in found] == [published["id"]]


def test_only_those_who_run_the_program_publish(run, rosa):
    refused = rosa.post("/goal-statements", json={"cohort_id": run["id"], "text": "Mine."})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-program")


@pytest.mark.parametrize("kind", ["unknown", "dropped", "foreign"])
def test_a_statement_names_open_goals_of_its_own(admin, run, kind):
    named = {"unknown": str(uuid.uuid4())}
    if kind == "dropped":
        named[kind] = goal(admin, cohort_id=run["id"])["id"]
        admin.post(f"/goals/{named[kind]}/drop")
    if kind == "foreign":
        named[kind] = goal(admin, program_id=program(admin)["id"])["id"]
    refused = admin.post(
        "/goal-statements",
        json={"cohort_id": run["id"], "text": "All.", "goal_ids": [named[kind]]},
    )
    assert refused.json()["errors"][0]["pointer"] == "/goal_ids/0"


@pytest.mark.parametrize(
    "facts", [{}, {"program_id": str(uuid.uuid4()), "cohort_id": str(uuid.uuid4())}]
)
def test_a_statement_is_of_exactly_one(admin, facts):
    assert admin.post("/goal-statements", json={"text": "All.", **facts}).status_code == 422


def test_a_statement_names_no_goal_twice(admin, run):
    twice = [goal(admin, cohort_id=run["id"])["id"]] * 2
    wanted = {"cohort_id": run["id"], "text": "All.", "goal_ids": twice}
    assert admin.post("/goal-statements", json=wanted).status_code == 422


def test_another_organization_sees_no_statement(house, admin, run):
    published = statement(admin, cohort_id=run["id"])
    other = house.organization("Umbrella", "admin@umbrella.example")
    assert other.get("/goal-statements").json()["items"] == []
    assert other.get(f"/goal-statements/{published['id']}").status_code == 404
    assert other.get(f"/cohorts/{run['id']}/alignment").status_code == 404


# Do partners rank the same things?


def test_a_pair_sees_its_alignment_once_both_have_ranked_and_nobody_else_does(house, admin):
    pairing = pairs.pairing(admin)
    path = f"/pairings/{pairing['id']}/alignment"
    mentor, mentee = (pairs.client_of(admin, house, pairing, side) for side in pairs.SIDES)
    assert mentor.get(path).json()["reason"] == "no_statement"
    ids = goals_of(admin, cohort_id=pairing["cohort_id"])
    published = statement(admin, cohort_id=pairing["cohort_id"], goal_ids=ids)
    acknowledgement(mentor, published["id"], ids)
    assert mentor.get(path).json()["reason"] == "ranking_missing"
    acknowledgement(mentee, published["id"], [ids[1], ids[0], ids[2]])
    for each in (mentor, mentee):
        found = each.get(path).json()
        assert (found["status"], found["value"], found["n"]) == ("measured", 0.333, 3)
        assert found["statement_id"] == published["id"]
    refused = admin.get(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-pairing")


def test_a_cohort_shows_its_alignment_from_five_pairs_on(house, admin):
    first = pairs.pairing(admin)
    cohort_id = first["cohort_id"]
    path = f"/cohorts/{cohort_id}/alignment"
    assert admin.get(path).json()["reason"] == "no_statement"
    run = admin.get(f"/cohorts/{cohort_id}").json()
    ids = goals_of(admin, program_id=run["program_id"])
    published = statement(admin, program_id=run["program_id"], goal_ids=ids)
    found = [first]
    while len(found) < 6:
        mentor = pairs.enrolled(admin, cohort_id, "mentor")
        found.append(pairs.pairing(admin, mentor=mentor))
    for place, pairing in enumerate(found):
        for side, ranking in (("mentor", ids), ("mentee", ids if place else ids[::-1])):
            acknowledgement(pairs.client_of(admin, house, pairing, side), published["id"], ranking)
        if place == 3:
            assert admin.get(path).json() == {
                "status": "not_measurable", "reason": "group_below_minimum", "value": None, "n": 0,
                "method": "mean over pairs of Kendall's tau between the partners' rankings",
                "statement_id": published["id"],
            }  # fmt: skip
    whole = admin.get(path).json()
    assert (whole["value"], whole["n"]) == (0.7, 6)
    pairs.step(admin, found[0], "pause")  # the one pair that disagrees rests
    assert admin.get(path).json()["value"] == 1.0
    own = goals_of(admin, cohort_id=cohort_id)
    newer = statement(admin, cohort_id=cohort_id, goal_ids=own[:2])
    assert admin.get(path).json()["reason"] == "too_few_goals"
    assert admin.get(path).json()["statement_id"] == newer["id"]
