"""From a cohort to proposals over HTTP: computed, explained, proved, published by one."""

import pytest

from tests.given.pairings import enrolled
from tests.given.programs import cohort


def ready(client, mentors=3, mentees=4, **facts):
    """A running cohort with people in it; the last mentees find no mentor."""
    running = cohort(client, status="running", **facts)["id"]
    for number in range(mentors):
        enrolled(client, running, "mentor", interests=[f"interest {number}", "jazz"])
    for number in range(mentees):
        enrolled(client, running, "mentee", interests=[f"interest {number}"])
    return running


def proposed(client, cohort_id, **wanted):
    response = client.post("/pairings/propose", json={"cohort_id": cohort_id, **wanted})
    assert response.status_code == 201, response.text
    return response.json()


def publish(client, run):
    response = client.post(f"/match-runs/{run['id']}/publish")
    assert response.status_code == 200, response.text
    return response.json()


def test_a_cohort_is_matched_with_reasons_and_a_proof(admin):
    running = ready(admin)
    response = admin.post("/pairings/propose", json={"cohort_id": running})
    assert response.status_code == 201, response.text
    run = response.json()
    assert response.headers["Location"] == f"/v1/match-runs/{run['id']}"
    assert (run["status"], run["matcher"], run["dry_run"]) == ("computed", "optimal", False)
    assert run["counts"] == {
        "mentors_count": 3, "mentees_count": 4, "mentor_places_count": 3,
        "mentee_places_count": 4, "matched_mentors_count": 3, "matched_mentees_count": 3,
        "pairs_count": 3, "new_pairs_count": 3,
    }  # fmt: skip
    assert run["coverage"] == pytest.approx(6 / 7)
    assert run["optimality"]["status"] == "proved"
    assert run["optimality"]["gap"] == 0
    for pair in run["pairs"]:
        assert sum(pair["breakdown"].values()) == pair["score"]
    (alone,) = run["unmatched"]
    assert (alone["side"], alone["reason"], alone["eligible_count"]) == (
        "mentee", "out_competed", 3,
    )  # fmt: skip
    assert alone["words"]
    assert admin.get(response.headers["Location"].removeprefix("/v1")).json() == run
    assert admin.get("/pairings").json()["items"] == []


def test_a_published_run_becomes_proposals_that_lapse_in_the_cohorts_time(admin):
    running = ready(admin, proposals_expire_after_days=7)
    run = proposed(admin, running)
    published = publish(admin, run)
    assert published["status"] == "published"
    made = admin.get("/pairings", params={"match_run_id": run["id"]}).json()["items"]
    assert {each["status"] for each in made} == {"proposed"}
    assert {each["expires_at"][:10] for each in made} == {"2026-03-09"}
    key = ("mentor_enrollment_id", "mentee_enrollment_id", "score", "breakdown")
    assert sorted([each[k] for k in key[:3]] for each in made) == sorted(
        [each[k] for k in key[:3]] for each in run["pairs"]
    )
    again = admin.post(f"/match-runs/{run['id']}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "match-run-not-open")
