"""Races for places on real lanes: threads, transactions that commit, the database counts."""

import pytest

from tests.given.pairings import accepted_by_both, enrolled, pairing, proposal, step
from tests.given.programs import cohort


def request(client, found, verb, **body):
    return client.build_request("POST", f"/pairings/{found['id']}/{verb}", json=body)


def statuses(client, enrollment):
    listed = client.get("/pairings", params={"enrollment_id": enrollment["id"]}).json()["items"]
    return sorted(each["status"] for each in listed)


def race_for_the_last_place(house, rounds):
    """Two mentees say yes to one mentor at the same moment: one wins, the other is told why not."""
    admin = house.organization()
    running = cohort(admin, status="running")["id"]
    for _ in range(rounds):
        mentor = enrolled(admin, running, "mentor")
        both = [proposal(admin, mentor=mentor) for _ in range(2)]
        for each in both:
            step(admin, each, "accept", on_behalf_of="mentor")
        answers = house.at_once(
            [request(admin, each, "accept", on_behalf_of="mentee") for each in both]
        )
        assert sorted(each.status_code for each in answers) == [200, 409]
        (lost,) = (each.json() for each in answers if each.status_code == 409)
        assert lost["code"] == "capacity-reached"
        assert statuses(admin, mentor) == ["active", "proposed"]


def test_one_of_two_wins_the_last_place_and_the_other_is_told_so(real_house):
    race_for_the_last_place(real_house, rounds=5)


@pytest.mark.fault
def test_one_of_two_wins_the_last_place_in_every_round_of_fifty(real_house):
    race_for_the_last_place(real_house, rounds=50)


@pytest.mark.fault
def test_three_places_are_never_four_when_eight_race_for_them(real_house):
    admin = real_house.organization()
    running = cohort(admin, status="running")["id"]
    for _ in range(10):
        mentor = enrolled(admin, running, "mentor", capacity=3)
        all_of_them = [proposal(admin, mentor=mentor) for _ in range(8)]
        for each in all_of_them:
            step(admin, each, "accept", on_behalf_of="mentor")
        answers = real_house.at_once(
            [request(admin, each, "accept", on_behalf_of="mentee") for each in all_of_them]
        )
        assert sorted(each.status_code for each in answers) == [200] * 3 + [409] * 5
        assert statuses(admin, mentor) == ["active"] * 3 + ["proposed"] * 5


@pytest.mark.fault
def test_a_yes_and_a_smaller_capacity_that_race_leave_no_pair_without_a_place(real_house):
    admin = real_house.organization()
    running = cohort(admin, status="running")["id"]
    for _ in range(20):
        mentor = enrolled(admin, running, "mentor", capacity=2)
        pairing(admin, mentor=mentor)
        second = proposal(admin, mentor=mentor)
        step(admin, second, "accept", on_behalf_of="mentor")
        path = f"/enrollments/{mentor['id']}"
        etag = admin.get(path).headers["ETag"]
        smaller = admin.build_request(
            "PATCH", path, json={"capacity": 1}, headers={"If-Match": etag}
        )
        yes, less = real_house.at_once(
            [request(admin, second, "accept", on_behalf_of="mentee"), smaller]
        )
        assert {yes.status_code, less.status_code} == {200, 409}
        seated = statuses(admin, mentor).count("active")
        assert seated == (2 if yes.status_code == 200 else 1)
        assert admin.get(path).json()["capacity"] == seated


@pytest.mark.fault
def test_two_yeses_to_one_proposal_make_one_pair(real_house):
    admin = real_house.organization()
    running = cohort(admin, status="running")["id"]
    for _ in range(20):
        found = proposal(admin, mentor=enrolled(admin, running, "mentor"))
        answers = real_house.at_once(
            [request(admin, found, "accept", on_behalf_of=side) for side in ("mentor", "mentee")]
        )
        assert [each.status_code for each in answers] == [200, 200]
        assert admin.get(f"/pairings/{found['id']}").json()["status"] == "active"


@pytest.mark.fault
def test_an_end_and_a_yes_that_race_leave_the_place_to_whom_it_belongs(real_house):
    admin = real_house.organization()
    running = cohort(admin, status="running")["id"]
    for _ in range(20):
        mentor = enrolled(admin, running, "mentor")
        first, second = (proposal(admin, mentor=mentor) for _ in range(2))
        accepted_by_both(admin, first)
        yes, end = real_house.at_once(
            [request(admin, second, "accept", on_behalf_of="mentee"), request(admin, first, "end")]
        )
        assert end.status_code == 200
        assert yes.status_code in (200, 409)
        for side in ("mentor", "mentee"):
            path = f"/pairings/{second['id']}/accept"
            again = admin.post(path, json={"on_behalf_of": side})
            known = ("answered-already", "pairing-not-proposed")
            assert again.status_code == 200 or again.json()["code"] in known
        assert admin.get(f"/pairings/{second['id']}").json()["status"] == "active"


@pytest.mark.fault
def test_one_of_two_publishers_wins(real_house):
    admin = real_house.organization()
    for same_run in (True, False) * 5:
        running = cohort(admin, status="running")["id"]
        for role in ("mentor", "mentee") * 3:
            enrolled(admin, running, role)
        runs = [
            admin.post("/pairings/propose", json={"cohort_id": running}).json()["id"]
            for _ in range(1 if same_run else 2)
        ]
        answers = real_house.at_once(
            [admin.build_request("POST", f"/match-runs/{run}/publish") for run in (runs * 2)[:2]]
        )
        assert sorted(each.status_code for each in answers) == [200, 409]
        (lost,) = (each.json()["code"] for each in answers if each.status_code == 409)
        assert lost == ("match-run-not-open" if same_run else "match-run-outdated")
        assert len(admin.get("/pairings", params={"cohort_id": running}).json()["items"]) == 3
