"""After a leaver or a new reporting line: the least disturbing change, with its price."""

import pytest

from tests.given.pairings import accepted_by_both, enrolled, pairing, proposal, step
from tests.given.programs import cohort, program


def published(client, mentors=3, mentees=3):
    """A running cohort whose people have open proposals."""
    running = cohort(client, status="running")["id"]
    for number in range(mentors):
        enrolled(client, running, "mentor", interests=[f"{number}"])
    for number in range(mentees):
        enrolled(client, running, "mentee", interests=[f"{number}"])
    run = client.post("/pairings/propose", json={"cohort_id": running}).json()
    assert client.post(f"/match-runs/{run['id']}/publish").status_code == 200
    return running


def live(client):
    found = client.get("/pairings", params={"status": "proposed"}).json()["items"]
    return {each["id"]: each for each in found}


def change(client, person_id, **facts):
    path = f"/participants/{person_id}"
    etag = client.get(path).headers["ETag"]
    assert client.patch(path, json=facts, headers={"If-Match": etag}).status_code == 200


def repaired(client, cohort_id, **wanted):
    response = client.post("/pairings/repair", json={"cohort_id": cohort_id, **wanted})
    assert response.status_code == 201, response.text
    return response.json()


def publish(client, run):
    response = client.post(f"/match-runs/{run['id']}/publish")
    assert response.status_code == 200, response.text


def test_the_partner_of_a_leaver_comes_first_and_nobody_else_moves(admin, house):
    running = published(admin)
    before = live(admin)
    lost = next(iter(before.values()))
    change(admin, lost["mentee_id"], employment_status="left")
    house.work_off()
    newcomer = enrolled(admin, running, "mentee")
    run = repaired(admin, running)
    assert (run["repair"]["kept_count"], run["repair"]["new_count"]) == (2, 1)
    assert (run["repair"]["ended"], run["repair"]["moved_pairing_ids"]) == ([], [])
    publish(admin, run)
    after = live(admin)
    (new,) = (each for key, each in after.items() if key not in before)
    assert len(after) == 3
    assert new["mentor_enrollment_id"] == lost["mentor_enrollment_id"]
    assert new["mentee_enrollment_id"] == newcomer["id"]


def test_a_proposal_that_a_rule_forbids_now_is_withdrawn_when_the_repair_is_published(admin):
    running = published(admin, 2, 2)
    bad, good = live(admin).values()
    change(admin, bad["mentor_id"], manager_id=bad["mentee_id"])
    run = repaired(admin, running)
    assert [(each["pairing_id"], each["reason"]) for each in run["repair"]["ended"]] == [
        (bad["id"], "forbidden")
    ]
    assert live(admin).keys() == {bad["id"], good["id"]}
    publish(admin, run)
    assert admin.get(f"/pairings/{bad['id']}").json()["status"] == "withdrawn"
    couples = {(each["mentor_id"], each["mentee_id"]) for each in live(admin).values()}
    assert (bad["mentor_id"], bad["mentee_id"]) not in couples
    assert len(couples) == 2  # the two others had to change partners: it is named as a move
    assert run["repair"]["moved_pairing_ids"] == [good["id"]]


def test_what_somebody_has_accepted_does_not_move(admin):
    running = published(admin, 2, 2)
    bad, good = live(admin).values()
    step(admin, good, "accept", on_behalf_of="mentee")
    change(admin, bad["mentor_id"], manager_id=bad["mentee_id"])
    run = repaired(admin, running)
    assert run["repair"]["moved_pairing_ids"] == []
    assert {each["enrollment_id"] for each in run["unmatched"]} == {
        bad["mentor_enrollment_id"], bad["mentee_enrollment_id"],
    }  # fmt: skip
    publish(admin, run)
    assert live(admin).keys() == {good["id"]}


def test_a_move_that_was_accepted_meanwhile_makes_the_repair_outdated(admin):
    running = published(admin, 2, 2)
    bad, good = live(admin).values()
    change(admin, bad["mentor_id"], manager_id=bad["mentee_id"])
    run = repaired(admin, running)
    step(admin, good, "accept", on_behalf_of="mentee")
    refused = admin.post(f"/match-runs/{run['id']}/publish")
    assert refused.json()["code"] == "match-run-outdated"
    assert refused.json()["pairing_ids"] == [good["id"]]
    assert live(admin).keys() == {bad["id"], good["id"]}


def test_a_pair_that_did_not_work_out_is_not_proposed_again_and_both_come_first(admin):
    found = pairing(admin)
    step(admin, found, "end")
    assert repaired(admin, found["cohort_id"])["pairs"] == []
    waiting = enrolled(admin, found["cohort_id"], "mentee")
    run = repaired(admin, found["cohort_id"])
    (pair,) = run["pairs"]
    assert pair["mentor_enrollment_id"] == found["mentor_enrollment_id"]
    assert pair["mentee_enrollment_id"] == waiting["id"]
    again = proposal(
        admin,
        {"id": found["mentor_enrollment_id"], "cohort_id": found["cohort_id"]},
        {"id": found["mentee_enrollment_id"], "cohort_id": found["cohort_id"]},
    )
    assert accepted_by_both(admin, again)["status"] == "active"


def test_calm_has_a_price_and_a_proof(admin):
    running = published(admin, 4, 4)
    for number in range(2):
        enrolled(admin, running, "mentee", interests=[f"{number}"], work_values=["care"])
    calm = repaired(admin, running, calm=5000)
    assert (calm["repair"]["kept_count"], calm["repair"]["moved_pairing_ids"]) == (4, [])
    assert calm["repair"]["price"] >= 0
    checked = admin.post(f"/match-runs/{calm['id']}/verify").json()
    assert (checked["accepted"], checked["objections"]) == (True, [])
    assert admin.get(f"/match-runs/{calm['id']}").json() == calm


def test_a_dry_repair_stores_nothing_and_a_plain_run_holds_no_repair(admin):
    running = published(admin, 1, 1)
    assert repaired(admin, running, dry_run=True)["id"] is None
    assert len(admin.get("/match-runs").json()["items"]) == 1
    run = admin.get("/match-runs").json()["items"][0]
    assert admin.get(f"/match-runs/{run['id']}").json()["repair"] is None


UNEVEN = {"mentor": ["abc", "d"], "mentee": ["abd", "cxyz"]}
"""Interests of two on each side: the first two fit so well that the others are left with nothing;
crosswise the worst pair is better and the total less."""


def uneven(client, of, **asked):
    """A published cohort of a program of this objective, in which only interests count."""
    weights = dict.fromkeys(client.get("/matchers").json()["default_weights"], 0)
    weights["interests"] = 1
    wanted = program(client, matching_objective=of, matching_weights=weights)
    running = cohort(client, wanted["id"], status="running")["id"]
    for role, people in UNEVEN.items():
        for interests in people:
            enrolled(client, running, role, interests=list(interests))
    run = client.post("/pairings/propose", json={"cohort_id": running, **asked}).json()
    publish(client, run)
    return running


@pytest.mark.parametrize("objective", ["participation", "quality", "fair"])
def test_a_repair_moves_nobody_because_of_another_objective(admin, objective):
    """After no change there is nothing to mend, whatever the program holds dear."""
    run = repaired(admin, uneven(admin, objective), calm=0)
    told = run["repair"]
    assert run["objective"] == objective
    assert (told["kept_count"], told["moved_pairing_ids"], told["price"]) == (2, [], 0)


def test_a_repair_works_by_the_objective_of_the_run_that_was_published(admin):
    """A manager asked for another one than the program's: so are the pairs that stand."""
    running = uneven(admin, "participation", objective="quality")
    run = repaired(admin, running)
    assert (run["objective"], run["repair"]["moved_pairing_ids"]) == ("quality", [])
    publish(admin, run)
    assert repaired(admin, running)["objective"] == "quality"
    wanted = {"cohort_id": running, "objective": "fair"}
    publish(admin, admin.post("/pairings/propose", json=wanted).json())
    assert repaired(admin, running)["objective"] == "fair"


def test_a_repair_where_no_run_was_published_works_by_the_objective_of_the_program(admin):
    of = program(admin, matching_objective="quality")
    running = cohort(admin, of["id"], status="running")["id"]
    proposal(admin, enrolled(admin, running, "mentor"), enrolled(admin, running, "mentee"))
    admin.post("/pairings/propose", json={"cohort_id": running, "objective": "fair"})  # unpublished
    run = repaired(admin, running)
    assert (run["objective"], run["repair"]["kept_count"]) == ("quality", 1)


def test_a_stable_program_is_mended_by_placing_as_many_as_possible(admin):
    """Deferred acceptance knows neither who lost a partner nor what calm is worth."""
    of = program(admin, matching_objective="stable")
    running = cohort(admin, of["id"], status="running")["id"]
    proposal(admin, enrolled(admin, running, "mentor"), enrolled(admin, running, "mentee"))
    run = repaired(admin, running)
    assert (run["objective"], run["optimality"]["status"]) == ("participation", "proved")
    assert run["repair"]["kept_count"] == 1


def test_a_repair_for_the_largest_total_gives_the_partner_of_a_leaver_to_who_is_free(admin, house):
    running = uneven(admin, "quality")
    lost = min(live(admin).values(), key=lambda each: each["score"])
    change(admin, lost["mentor_id"], employment_status="left")
    house.work_off()
    newcomer = enrolled(admin, running, "mentor", interests=["c"])
    run = repaired(admin, running)
    assert (run["objective"], run["repair"]["kept_count"]) == ("quality", 1)
    placed = {pair["mentee_enrollment_id"]: pair["mentor_enrollment_id"] for pair in run["pairs"]}
    assert placed[lost["mentee_enrollment_id"]] == newcomer["id"]
    checked = admin.post(f"/match-runs/{run['id']}/verify").json()
    assert (checked["accepted"], checked["objections"]) == (True, [])
