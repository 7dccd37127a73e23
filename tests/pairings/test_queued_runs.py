"""Match runs that a worker computes: the same as in the request, watched, stopped, resumed."""

import json

import pytest

from app.kit import hands, rounds
from app.kit.leases import MOST_DEATHS
from app.matching.problem import Progress
from app.pairings import computing, queueing
from tests.given.accounts import colleague, own_client
from tests.given.background import Killed, leases_run_out
from tests.given.pairings import accepted_by_both, enrolled, proposal, queued_run
from tests.given.participants import participant
from tests.given.programs import cohort

LATER = {"Prefer": "respond-async"}
OF_THE_MOMENT = {"id", "created_at", "finished_at", "job_id"}


def ready(client, mentors=3, mentees=4):
    running = cohort(client, status="running")["id"]
    for side, count in (("mentor", mentors), ("mentee", mentees)):
        for number in range(count):
            enrolled(client, running, side, interests=[f"interest {number}"])
    return running


def run_of(client, queued):
    response = client.get(f"/match-runs/{queued['id']}")
    assert response.status_code == 200, response.text
    return response.json()


def events_of(response):
    """The events of a stream: name, id, data."""
    found = []
    for block in response.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((lines["event"], lines["id"], json.loads(lines["data"])))
    return found


def test_who_would_rather_not_wait_is_told_where_to_ask(house, admin):
    running = ready(admin)
    response = admin.post("/pairings/propose", json={"cohort_id": running}, headers=LATER)
    assert response.status_code == 202
    run = response.json()
    assert response.headers["Location"] == f"/v1/match-runs/{run['id']}"
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Preference-Applied"] == "respond-async"
    assert (run["status"], run["matcher"], run["pairs"]) == ("queued", "optimal", [])
    assert (run["counts"], run["optimality"], run["progress"]) == (None, None, None)
    job = admin.get(f"/jobs/{run['job_id']}").json()
    assert (job["name"], job["status"]) == ("compute_match_run", "queued")
    assert job["resource_path"] == f"/v1/match-runs/{run['id']}"

    house.work_off()
    done = run_of(admin, run)
    assert (done["status"], done["counts"]["pairs_count"]) == ("computed", 3)
    assert done["optimality"]["status"] == "proved"
    job = admin.get(f"/jobs/{run['job_id']}").json()
    assert (job["status"], job["phase"] is not None) == ("succeeded", True)
    assert job["result"] == {"match_run_id": run["id"], "pairs_count": 3}
    published = admin.post(f"/match-runs/{run['id']}/publish")
    assert published.status_code == 200, published.text


def test_a_queued_run_is_to_the_last_bit_the_one_that_is_computed_at_once(house, admin):
    running = ready(admin)
    queued = queued_run(admin, running, seed=7)
    at_once = admin.post("/pairings/propose", json={"cohort_id": running, "seed": 7}).json()
    enrolled(admin, running, "mentor", interests=["interest 3"])  # too late for both
    house.work_off()
    later = run_of(admin, queued)
    assert {key: value for key, value in later.items() if key not in OF_THE_MOMENT} == {
        key: value for key, value in at_once.items() if key not in OF_THE_MOMENT
    }
    assert later["input_digest"] == queued["input_digest"]
    for what in ("certificate", "explanations"):
        one, other = (
            admin.get(f"/match-runs/{each['id']}/{what}").json() for each in (later, at_once)
        )
        assert {**one, "match_run_id": None} == {**other, "match_run_id": None}
    verdict = admin.post(f"/match-runs/{later['id']}/verify").json()
    assert verdict["accepted"] is True


def test_a_retry_with_the_same_key_is_the_same_run(admin):
    running = ready(admin)
    headers = {**LATER, "Idempotency-Key": "once"}
    first, second = (
        admin.post("/pairings/propose", json={"cohort_id": running}, headers=headers)
        for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    assert second.headers["Location"] == first.headers["Location"]


def test_a_large_cohort_is_computed_by_a_worker_unasked(house, admin, monkeypatch):
    monkeypatch.setattr(queueing, "LARGEST_IN_REQUEST", 11)
    running = ready(admin)
    response = admin.post("/pairings/propose", json={"cohort_id": running})
    assert response.status_code == 202
    assert "Preference-Applied" not in response.headers
    dry = admin.post("/pairings/propose", json={"cohort_id": running, "dry_run": True})
    assert (dry.status_code, dry.json()["id"]) == (201, None)
    house.work_off()
    assert run_of(admin, response.json())["status"] == "computed"


def test_who_allows_minutes_does_not_wait_for_them(admin):
    running = ready(admin, 1, 1)
    wanted = {"cohort_id": running, "time_limit_seconds": 600}
    assert admin.post("/pairings/propose", json=wanted).status_code == 202
    refused = admin.post("/pairings/propose", json={**wanted, "dry_run": True})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/time_limit_seconds"


def test_one_run_of_a_cohort_is_computed_at_a_time(house, admin):
    running, other = ready(admin), ready(admin, 1, 1)
    first = queued_run(admin, running)
    refused = admin.post("/pairings/propose", json={"cohort_id": running}, headers=LATER)
    assert (refused.status_code, refused.json()["code"]) == (409, "match-run-under-way")
    assert refused.json()["match_run_id"] == first["id"]
    queued_run(admin, other)
    house.work_off()
    queued_run(admin, running)


def test_a_run_without_a_result_says_so_wherever_one_is_needed(admin):
    running = ready(admin)
    computed = admin.post("/pairings/propose", json={"cohort_id": running}).json()
    run = queued_run(admin, running)
    at = f"/match-runs/{run['id']}"
    person = enrolled(admin, running, "mentor")["id"]
    asked = [
        admin.get(f"{at}/explanations"),
        admin.get(f"{at}/why-not", params={"mentor_id": person, "mentee_id": person}),
        admin.get(f"{at}/certificate"),
        admin.post(f"{at}/verify"),
        admin.get("/match-runs/compare", params={"ids": [computed["id"], run["id"]]}),
    ]
    assert {(each.status_code, each.json()["code"]) for each in asked} == {
        (409, "match-run-not-computed")
    }
    published = admin.post(f"{at}/publish")
    assert (published.status_code, published.json()["code"]) == (409, "match-run-not-open")
    close = admin.post("/pairings/propose", json={"cohort_id": running, "stay_close_to": run["id"]})
    assert close.status_code == 422
    listed = admin.get("/match-runs", params={"cohort_id": running, "status": "queued"}).json()
    assert [each["id"] for each in listed["items"]] == [run["id"]]


def test_a_cancelled_run_is_over_at_once_and_makes_room_for_the_next(house, admin):
    running = ready(admin)
    run = queued_run(admin, running)
    response = admin.post(f"/match-runs/{run['id']}/cancel")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert admin.get(f"/jobs/{run['job_id']}").json()["status"] == "cancelled"
    again = admin.post(f"/match-runs/{run['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "match-run-not-under-way")
    by_job = queued_run(admin, running)
    response = admin.post(f"/jobs/{by_job['job_id']}/cancel")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert run_of(admin, by_job)["status"] == "cancelled"
    house.work_off()
    assert run_of(admin, run)["status"] == "cancelled"
    told = [each["type"] for each in admin.get("/events").json()["items"]]
    assert told.count("match_run.cancelled") == 2
    assert "match_run.computed" not in told


def test_a_repair_is_queued_like_a_proposal(house, admin):
    running = ready(admin, 2, 2)
    at_once, queued = (
        admin.post("/pairings/repair", json={"cohort_id": running}, headers=headers)
        for headers in ({}, LATER)
    )
    assert (at_once.status_code, queued.status_code) == (201, 202)
    house.work_off()
    done = run_of(admin, queued.json())
    assert done["repair"] is not None
    assert done["repair"] == at_once.json()["repair"]
    assert done["pairs"] == at_once.json()["pairs"]


def test_a_repair_knows_which_proposals_stood_when_it_was_asked_for(house, admin):
    running = ready(admin, 1, 1)
    mentor, mentee = (enrolled(admin, running, side) for side in ("mentor", "mentee"))
    stands = accepted_by_both(admin, proposal(admin, mentor, mentee))
    response = admin.post("/pairings/repair", json={"cohort_id": running}, headers=LATER)
    house.work_off()
    done = run_of(admin, response.json())
    (kept,) = [each for each in done["pairs"] if each["pairing_id"] == stands["id"]]
    assert kept["pinned"] is True


def test_a_run_whose_worker_was_killed_is_computed_by_the_next_one(house, admin, monkeypatch):
    def die(*_):
        raise Killed

    run = queued_run(admin, ready(admin))
    with monkeypatch.context() as patched:
        patched.setattr(queueing, "compute", die)
        with pytest.raises(Killed):
            house.work_off()
    under_way = run_of(admin, run)
    assert (under_way["status"], under_way["progress"]["phase"]) == ("running", "read")
    leases_run_out(house, admin)
    house.work_off()
    assert run_of(admin, run)["status"] == "computed"


def test_a_run_that_kills_every_worker_fails_in_the_end(house, admin, monkeypatch):
    def die(*_):
        raise Killed

    run = queued_run(admin, ready(admin, 1, 1))
    with monkeypatch.context() as patched:
        patched.setattr(queueing, "compute", die)
        for _ in range(MOST_DEATHS):
            with pytest.raises(Killed):
                house.work_off()
            leases_run_out(house, admin)
    house.work_off()
    failed = run_of(admin, run)
    assert (failed["status"], failed["problem"]["code"]) == ("failed", "worker-died")


def test_how_far_a_run_is_can_be_asked_while_it_is_computed(house, admin, monkeypatch):
    run, seen = queued_run(admin, ready(admin)), []

    def compute(gathered, matcher, seconds, control):
        control.report(Progress("prove", 2, 0.5, 10_000, 10_700))
        with jobs_of_worker[0].step():
            pass  # as the pulse of a real worker does once a second
        seen.append(run_of(admin, run))
        return computing.compute(gathered, matcher, seconds, control)

    jobs_of_worker = []

    class Noted(hands.Running):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            jobs_of_worker.append(self)

    monkeypatch.setattr(rounds, "Running", Noted)
    monkeypatch.setattr(queueing, "compute", compute)
    house.work_off()
    assert [each["progress"] for each in seen] == [
        {"phase": "prove", "round": 2, "share": 0.5, "value": 10000, "bound": 10700, "gap": 700}
    ]
    assert run_of(admin, run)["progress"] is None


def test_strangers_and_participants_see_no_run_and_no_job(house, admin):
    run = queued_run(admin, ready(admin))
    stranger = house.organization("Globex", "admin@globex.example")
    somebody = participant(admin, work_email="somebody@example.com")
    for client in (stranger, own_client(house, admin, somebody)):
        assert client.get("/jobs").json()["items"] == []
        for path in (f"/match-runs/{run['id']}", f"/jobs/{run['job_id']}"):
            assert client.get(path).status_code == 404
            assert client.get(f"{path}/progress").status_code == 404
            assert client.post(f"{path}/cancel").status_code in (403, 404)


def test_a_program_manager_sees_the_run_and_the_jobs_asked_for_by_themselves(house, admin):
    running = ready(admin, 1, 1)
    run, manager = queued_run(admin, running), colleague(house, admin, "program_manager")
    assert manager.get(f"/match-runs/{run['id']}").json()["status"] == "queued"
    assert manager.get(f"/jobs/{run['job_id']}").status_code == 404
    assert manager.post(f"/match-runs/{run['id']}/cancel").json()["status"] == "cancelled"
    own = queued_run(manager, running)
    assert [each["id"] for each in manager.get("/jobs").json()["items"]] == [own["job_id"]]
    assert len(admin.get("/jobs").json()["items"]) == 2


def test_who_watches_an_ended_run_is_told_so_once_and_then_to_stay_away(house, admin):
    run = queued_run(admin, ready(admin))
    house.work_off()
    at = f"/match-runs/{run['id']}/progress"
    response = admin.get(at)
    assert response.headers["content-type"].startswith("text/event-stream")
    (told,) = events_of(response)
    assert told[:2] == ("ended", "ended")
    assert told[2] == {"id": run["id"], "status": "computed", "progress": None, "problem": None}
    assert admin.get(at, headers={"Last-Event-ID": "ended"}).status_code == 204
    assert admin.head(at).status_code == 200
