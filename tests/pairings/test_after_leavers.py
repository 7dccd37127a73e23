"""Leavers leave people alone: the house computes one repair for them all, and people decide."""

from app.kit.problems import Invalid
from app.pairings import queueing
from tests.given.pairings import accepted_by_both, enrolled, pairing, proposal
from tests.given.programs import cohort

DELAY = {"minutes": 6}


def leave(client, *people):
    for person in people:
        path = f"/participants/{person}"
        etag = client.get(path).headers["ETag"]
        body = {"employment_status": "left"}
        assert client.patch(path, json=body, headers={"If-Match": etag}).status_code == 200


def runs(client, **wanted):
    return client.get("/match-runs", params=wanted).json()["items"]


def pairs(client, count, running=None):
    """So many active pairs of one cohort."""
    running = running or cohort(client, status="running")["id"]
    return running, [
        pairing(
            client,
            mentor=enrolled(client, running, "mentor"),
            mentee=enrolled(client, running, "mentee"),
        )
        for _ in range(count)
    ]


def later(house, **how_far):
    house.work_off()
    house.clock.travel(**(how_far or DELAY))
    house.work_off()


def test_leavers_of_a_cohort_make_one_repair_that_nobody_asked_for(admin, house):
    running, found = pairs(admin, 3)
    newcomers = [enrolled(admin, running, "mentee")["id"] for _ in range(2)]
    untouched, _ = pairs(admin, 1)
    house.work_off()
    leave(admin, found[0]["mentee_id"], found[1]["mentee_id"])
    later(house)
    (run,) = runs(admin)
    assert (run["cohort_id"], run["status"]) == (running, "computed")
    assert run["asked_because"] == "leavers"
    told = admin.get(f"/match-runs/{run['id']}").json()
    assert (told["repair"]["new_count"], told["repair"]["price"]) == (2, 0)
    new = {each["mentee_enrollment_id"] for each in told["pairs"] if not each["pinned"]}
    assert new == set(newcomers)
    assert runs(admin, cohort_id=untouched) == []


def test_nobody_hears_of_the_repair_before_somebody_publishes_it(admin, house):
    running, found = pairs(admin, 1)
    newcomer = enrolled(admin, running, "mentee")
    leave(admin, found[0]["mentee_id"])
    later(house)
    assert admin.get("/pairings", params={"status": "proposed"}).json()["items"] == []
    (run,) = runs(admin)
    assert admin.post(f"/match-runs/{run['id']}/publish").status_code == 200
    (proposed,) = admin.get("/pairings", params={"status": "proposed"}).json()["items"]
    assert proposed["mentee_enrollment_id"] == newcomer["id"]
    later(house)
    assert len(runs(admin)) == 1


def test_the_house_asks_once_for_the_same_leavers_and_again_for_new_ones(admin, house):
    _, found = pairs(admin, 2)
    leave(admin, found[0]["mentee_id"])
    later(house)
    for _ in range(3):
        later(house, hours=1)
    assert len(runs(admin)) == 1
    leave(admin, found[1]["mentor_id"])
    later(house)
    assert [each["asked_because"] for each in runs(admin)] == ["leavers", "leavers"]


def test_it_waits_until_nobody_leaves_any_more(admin, house):
    _, found = pairs(admin, 2)
    leave(admin, found[0]["mentee_id"])
    later(house, minutes=3)
    leave(admin, found[1]["mentee_id"])
    later(house, minutes=3)
    assert runs(admin) == []
    later(house, minutes=6)
    assert len(runs(admin)) == 1


def test_a_withdrawn_proposal_of_a_leaver_is_repaired_too(admin, house):
    lost = proposal(admin)
    leave(admin, lost["mentor_id"])
    later(house)
    (run,) = runs(admin)
    assert (run["cohort_id"], run["asked_because"]) == (lost["cohort_id"], "leavers")


def test_nobody_left_alone_needs_no_repair(admin, house):
    _, found = pairs(admin, 1)
    leave(admin, found[0]["mentee_id"], found[0]["mentor_id"])
    full = enrolled(admin, cohort(admin, status="running")["id"], "mentor")
    lost = pairing(admin, mentor=full)
    leave(admin, lost["mentee_id"])
    house.work_off()
    accepted_by_both(admin, proposal(admin, mentor=full))
    later(house)
    assert runs(admin) == []


def test_a_cohort_that_is_over_is_not_repaired(admin, house):
    running, found = pairs(admin, 1)
    leave(admin, found[0]["mentee_id"])
    house.work_off()
    assert admin.post(f"/cohorts/{running}/complete").status_code == 200
    later(house)
    assert runs(admin) == []


def test_a_run_that_people_asked_for_since_is_enough(admin, house):
    running, found = pairs(admin, 1)
    leave(admin, found[0]["mentee_id"])
    house.work_off()
    house.clock.travel(minutes=2)
    assert admin.post("/pairings/repair", json={"cohort_id": running}).status_code == 201
    later(house)
    (run,) = runs(admin)
    assert run["asked_because"] is None


def test_while_a_run_is_under_way_it_waits_for_it(admin, house, monkeypatch):
    running, found = pairs(admin, 1)
    wanted = {"cohort_id": running}
    asked = admin.post("/pairings/propose", json=wanted, headers={"Prefer": "respond-async"})
    assert asked.status_code == 202
    leave(admin, found[0]["mentee_id"])
    with monkeypatch.context() as patched:
        patched.setattr(queueing, "compute", broken)  # the run stays under way: it is tried again
        later(house)
        assert [each["status"] for each in runs(admin)] == ["running"]
    later(house)
    later(house)
    newest, first = runs(admin)
    assert (first["asked_because"], first["status"]) == (None, "computed")
    assert (newest["asked_because"], newest["status"]) == ("leavers", "computed")


def broken(*_):
    raise RuntimeError


def test_a_run_that_is_asked_for_in_between_is_left_alone(admin, house, monkeypatch):
    running, found = pairs(admin, 1)
    leave(admin, found[0]["mentee_id"])
    house.work_off()
    house.clock.travel(**DELAY)
    wanted = {"cohort_id": running}
    digest, asked = queueing.digest_of, []

    def somebody_is_quicker(plain):
        if not asked:
            asked.append(None)
            headers = {"Prefer": "respond-async"}
            asked[0] = admin.post("/pairings/repair", json=wanted, headers=headers)
        return digest(plain)

    monkeypatch.setattr(queueing, "digest_of", somebody_is_quicker)
    house.work_off()
    assert asked[0].status_code == 202
    (run,) = runs(admin)
    assert run["asked_because"] is None
    (job,) = jobs(admin)
    assert (job["status"], job["result"]) == (
        "succeeded",
        {"not_asked_because": "match-run-under-way"},
    )


def jobs(client):
    return client.get("/jobs", params={"name": "queue_repair_after_leavers"}).json()["items"]


def test_what_the_house_asks_for_is_on_record_as_its_own(admin, house):
    _, found = pairs(admin, 1)
    leave(admin, found[0]["mentee_id"])
    later(house)
    (run,) = runs(admin)
    (job,) = jobs(admin)
    assert (job["requested_by_account_id"], job["result"]) == (None, {"match_run_id": run["id"]})
    entries = admin.get("/audit-entries", params={"limit": 200}).json()["items"]
    by = {
        (each["actor"], what["what"])
        for each in entries
        for what in each["changes"]
        if what["id"] == run["id"]
    }
    assert by == {("system:worker", "added"), ("system:worker", "changed")}
    events = admin.get("/events", params={"limit": 200}).json()["items"]
    (told,) = [each["data"] for each in events if each["type"] == "match_run.computed"]
    assert told["match_run_id"] == run["id"]


def test_a_repair_that_cannot_be_asked_for_is_not_asked_for_again_and_again(
    admin, house, monkeypatch
):
    _, found = pairs(admin, 1)
    leave(admin, found[0]["mentee_id"])
    with monkeypatch.context() as patched:
        patched.setattr(queueing, "asked_of", broken_rules)
        later(house)
    for _ in range(3):
        later(house)
    assert runs(admin) == []
    (job,) = jobs(admin)
    assert (job["status"], job["problem"]["code"]) == ("failed", "invalid")


def broken_rules(*_):
    raise Invalid("No such rule.")
