"""From a cohort to proposals over HTTP: computed, explained, proved, published by one."""

import pytest
from sqlalchemy import update

from app.pairings.models import MatchRun
from tests.given.accounts import colleague, own_client
from tests.given.competences import skills
from tests.given.pairings import accepted_by_both, client_of, enrolled, pairing, proposal, step
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment, program


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


def test_a_dry_run_answers_the_same_and_stores_nothing(admin):
    running = ready(admin)
    before = admin.get("/events").json()["next_after"]
    wanted = {"cohort_id": running, "dry_run": True}
    response = admin.post("/pairings/propose", json=wanted)
    assert response.status_code == 201
    assert "Location" not in response.headers
    dry = response.json()
    assert (dry["id"], dry["dry_run"]) == (None, True)
    assert admin.get("/match-runs").json()["items"] == []
    assert admin.get("/events").json()["next_after"] == before
    run = proposed(admin, running)
    told_apart = {"id", "dry_run"}
    assert {k: v for k, v in run.items() if k not in told_apart} == {
        k: v for k, v in dry.items() if k not in told_apart
    }


def test_the_same_cohort_gives_the_same_run_again(admin):
    running = ready(admin, mentors=4, mentees=4)
    first, second = (proposed(admin, running, seed=3) for _ in range(2))
    for name in ("pairs", "unmatched", "input_digest", "rules_version", "optimality"):
        assert first[name] == second[name]


@pytest.mark.parametrize(
    ("wanted", "pointer", "code"),
    [
        ({"matcher": "magic"}, "/matcher", "unknown_matcher"),
        ({"rules": {"moon_phase": True}}, "/rules/moon_phase", "rule_unknown"),
        ({"rules": {"same_team": 3}}, "/rules/same_team", "bool_type"),
        ({"rules": {"reporting_line": "up"}}, "/rules/reporting_line", "int_type"),
        ({"rules": {"direction": "age"}}, "/rules/direction", "enum"),
        ({"weights": {"beauty": 5}}, "/weights/beauty", "criterion_unknown"),
        ({"weights": {"generation": 9}}, "/weights/generation", "generation_switched_off"),
        ({"cohort_id": "01a212f5-6795-704d-b977-1df5692a529e"}, "/cohort_id", "unknown_reference"),
        (
            {"stay_close_to": "01a212f5-6795-704d-b977-1df5692a529e"},
            "/stay_close_to",
            "unknown_reference",
        ),
    ],
)
def test_what_the_engine_does_not_know_is_told_at_its_place(admin, wanted, pointer, code):
    running = ready(admin, 1, 1)
    refused = admin.post("/pairings/propose", json={"cohort_id": running, **wanted})
    assert refused.status_code == 422, refused.text
    (told,) = refused.json()["errors"]
    assert (told["pointer"], told["code"]) == (pointer, code)
    assert admin.get("/match-runs").json()["items"] == []


@pytest.mark.parametrize("matcher", ["optimal", "greedy", "stable"])
@pytest.mark.parametrize("objective", ["participation", "quality", "fair", "stable"])
def test_every_matcher_serves_every_objective_or_says_what_is_wrong(admin, matcher, objective):
    running = ready(admin)
    wanted = {"cohort_id": running, "matcher": matcher, "objective": objective}
    response = admin.post("/pairings/propose", json=wanted)
    assert response.status_code in (201, 422), response.text
    if response.status_code == 201:
        run = response.json()
        assert (run["matcher"], run["objective"]) == (matcher, objective)
        assert run["optimality"]["gap"] >= 0


@pytest.mark.parametrize(("mentors", "mentees"), [(0, 0), (2, 0), (0, 2), (1, 1)])
def test_a_cohort_with_an_empty_side_is_an_answer_and_no_failure(admin, mentors, mentees):
    run = proposed(admin, ready(admin, mentors, mentees))
    assert run["counts"]["pairs_count"] == min(mentors, mentees)
    assert len(run["unmatched"]) == mentors + mentees - 2 * min(mentors, mentees)
    assert {each["reason"] for each in run["unmatched"]} <= {"no_eligible_partner"}
    assert publish(admin, run)["status"] == "published"


def test_without_any_weight_people_are_placed_all_the_same(admin):
    weightless = dict.fromkeys(admin.get("/matchers").json()["default_weights"], 0)
    run = proposed(admin, ready(admin), weights=weightless)
    assert (run["counts"]["pairs_count"], run["scores"]["total"]) == (3, 0)


def test_everybody_forbidden_is_told_with_the_one_change_that_helps(admin):
    running = cohort(admin, status="running")["id"]
    for number in range(2):
        enrolled(admin, running, "mentor", languages=["en"], job_level=number)
        enrolled(admin, running, "mentee", languages=["pt"], job_level=8)
    run = proposed(admin, running)
    assert run["pairs"] == []
    assert {each["reason"] for each in run["unmatched"]} == {"no_eligible_partner"}
    assert {each["relaxation"] for each in run["unmatched"]} == {"shared_language"}
    assert "shared_language alone would open 2" in run["unmatched"][0]["words"]
    told = admin.get(f"/match-runs/{run['id']}/explanations").json()
    assert told["relaxations"] == {"shared_language": 4}
    assert told["worst_pair"] is None
    assert proposed(admin, running, rules={"shared_language": False})["counts"]["pairs_count"] == 2


def test_the_programs_rules_and_weights_hold_until_a_request_says_otherwise(admin):
    own = program(admin, matching_rules={"direction": False}, matching_weights={"interests": 900})[
        "id"
    ]
    running = cohort(admin, own, status="running", training_required=True)["id"]
    enrolled(admin, running, "mentor", job_level=9)
    enrolled(admin, running, "mentee", job_level=1)
    run = proposed(admin, running, rules={"training": False})
    assert (run["rules"]["direction"], run["rules"]["training"]) == (None, False)
    assert run["weights"]["interests"] == 900
    assert run["counts"]["pairs_count"] == 1
    assert proposed(admin, running)["unmatched"][0]["relaxation"] == "training"
    backwards = proposed(admin, running, rules={"training": False, "direction": "job_level"})
    assert backwards["unmatched"][0]["relaxation"] == "direction"


def test_skills_of_both_sides_decide_who_meets_whom(admin):
    running = cohort(admin, status="running")["id"]
    mentors = [enrolled(admin, running, "mentor") for _ in range(2)]
    mentees = [enrolled(admin, running, "mentee") for _ in range(2)]
    for number, code in enumerate(("digcomp:1.1", "digcomp:5.3")):
        skills(admin, mentors[number]["participant_id"], offered={code: 6})
        skills(admin, mentees[1 - number]["participant_id"], wanted={code: 6})
    run = proposed(admin, running)
    together = {each["mentor_enrollment_id"]: each for each in run["pairs"]}
    assert together[mentors[0]["id"]]["mentee_enrollment_id"] == mentees[1]["id"]
    assert together[mentors[1]["id"]]["mentee_enrollment_id"] == mentees[0]["id"]
    assert all(each["breakdown"]["skill_fit"] > 3000 for each in run["pairs"])


def test_reporting_lines_teams_and_former_managers_are_read_from_the_people(admin):
    running = cohort(admin, status="running")["id"]
    boss = participant(admin, job_level=9)
    between = participant(admin, job_level=5, manager_id=boss["id"])
    mentor = enrolled(admin, running, "mentor", manager_id=between["id"])
    mentee = enrollment(admin, running, "mentee", boss)
    run = proposed(admin, running)
    alone = {each["enrollment_id"]: each for each in run["unmatched"]}
    assert alone[mentor["id"]]["forbidden_by"] == {"reporting_line": 1}
    shallow = proposed(admin, running, rules={"reporting_line": 1})
    assert shallow["counts"]["pairs_count"] == 1
    path = f"/participants/{mentor['participant_id']}"
    for manager in (boss["id"], None):
        etag = admin.get(path).headers["ETag"]
        admin.patch(path, json={"manager_id": manager}, headers={"If-Match": etag})
    later = proposed(admin, running)["unmatched"]
    assert {each["relaxation"] for each in later} == {"former_manager"}
    assert later[0]["enrollment_id"] in (mentor["id"], mentee["id"])


def test_live_pairings_hold_their_places_in_a_new_run(admin):
    running = cohort(admin, status="running")["id"]
    mentor = enrolled(admin, running, "mentor", capacity=2)
    active = pairing(admin, mentor=mentor)
    open_one = proposal(admin, mentor=mentor)
    late = enrolled(admin, running, "mentee")
    run = proposed(admin, running)
    pinned = {each["pairing_id"] for each in run["pairs"] if each["pinned"]}
    assert pinned == {active["id"], open_one["id"]}
    assert [each["enrollment_id"] for each in run["unmatched"]] == [late["id"]]
    assert (run["counts"]["pairs_count"], run["counts"]["new_pairs_count"]) == (2, 0)
    publish(admin, run)
    assert len(admin.get("/pairings").json()["items"]) == 2


def test_who_declined_is_not_proposed_to_the_same_person_again(admin):
    found = pairing(admin, "declined")
    run = proposed(admin, found["cohort_id"])
    assert run["pairs"] == []
    assert {frozenset(each["forbidden_by"]) for each in run["unmatched"]} == {
        frozenset({"personal_choice"})
    }
    assert {each["relaxation"] for each in run["unmatched"]} == {None}


def test_who_stayed_alone_in_the_last_published_run_comes_first_in_the_next(admin, house):
    running = cohort(admin, status="running")["id"]
    mentor = enrolled(admin, running, "mentor")
    for number in range(2):
        enrolled(admin, running, "mentee", interests=[f"{number}"])
    first = proposed(admin, running)
    publish(admin, first)
    (alone,) = first["unmatched"]
    (made,) = admin.get("/pairings").json()["items"]
    assert accepted_by_both(admin, made)["status"] == "active"
    step(admin, made, "end")
    second = proposed(admin, running)
    assert [each["mentee_enrollment_id"] for each in second["pairs"]] == [alone["enrollment_id"]]
    assert second["pairs"][0]["mentor_enrollment_id"] == mentor["id"]


def test_a_person_on_leave_gets_no_new_partner_and_is_told_as_such(admin):
    running = ready(admin, 1, 1)
    person = admin.get("/enrollments", params={"role": "mentor"}).json()["items"][0]
    path = f"/participants/{person['participant_id']}"
    etag = admin.get(path).headers["ETag"]
    admin.patch(path, json={"employment_status": "on_leave"}, headers={"If-Match": etag})
    run = proposed(admin, running)
    reasons = {each["enrollment_id"]: each["reason"] for each in run["unmatched"]}
    assert reasons.pop(person["id"]) == "on_leave"
    assert list(reasons.values()) == ["no_eligible_partner"]


def test_a_must_pair_stands_and_is_published_with_the_rest(admin):
    running = cohort(admin, status="running")["id"]
    mentors = [enrolled(admin, running, "mentor") for _ in range(2)]
    mentees = [enrolled(admin, running, "mentee", languages=[each]) for each in ("en", "pt")]
    must = {
        "mentor_enrollment_id": mentors[0]["id"],
        "mentee_enrollment_id": mentees[1]["id"],
    }
    refused = admin.post("/pairings/propose", json={"cohort_id": running, "must_pairs": [must]})
    assert refused.json()["errors"][0]["code"] == "pin_forbidden"
    run = proposed(admin, running, must_pairs=[{**must, "override": True}])
    pinned = next(each for each in run["pairs"] if each["pinned"])
    assert pinned["overridden_rules"] == ["shared_language"]
    assert sum(pinned["breakdown"].values()) == pinned["score"]
    assert run["notes"]
    publish(admin, run)
    made = admin.get("/pairings").json()["items"]
    assert len(made) == 2
    assert ["shared_language"] in [each["overridden_rules"] for each in made]
    told = admin.get(f"/match-runs/{run['id']}/explanations").json()
    assert [each["mentor_enrollment_id"] for each in told["pin_prices"]] == [mentors[0]["id"]]


def test_a_run_that_stays_close_to_another_keeps_its_pairs(admin):
    running = ready(admin, 4, 4)
    first = proposed(admin, running, seed=1)
    close = proposed(admin, running, seed=2, stay_close_to=first["id"])

    def couples(run):
        return {(each["mentor_id"], each["mentee_id"]) for each in run["pairs"]}

    assert couples(close) == couples(first)


def test_a_run_that_life_has_overtaken_is_not_published_in_part(admin):
    running = ready(admin, 2, 2)
    run = proposed(admin, running)
    pair, other = run["pairs"]
    live = proposal(
        admin,
        {"id": pair["mentor_enrollment_id"], "cohort_id": running},
        {"id": other["mentee_enrollment_id"], "cohort_id": running},
    )
    refused = admin.post(f"/match-runs/{run['id']}/publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "match-run-outdated")
    assert refused.json()["pairing_ids"] == [live["id"]]
    step(admin, live, "withdraw")
    admin.post(f"/enrollments/{pair['mentor_enrollment_id']}/withdraw")
    gone = admin.post(f"/match-runs/{run['id']}/publish")
    assert gone.json()["enrollment_ids"] == [pair["mentor_enrollment_id"]]
    assert [each["status"] for each in admin.get("/pairings").json()["items"]] == ["withdrawn"]


def test_a_run_is_superseded_by_the_next_that_is_published(admin):
    running = ready(admin, 1, 2)
    first = proposed(admin, running)
    publish(admin, first)
    enrolled(admin, running, "mentor")
    publish(admin, proposed(admin, running))
    assert admin.get(f"/match-runs/{first['id']}").json()["status"] == "superseded"
    listed = admin.get("/match-runs", params={"cohort_id": running, "status": "published"})
    assert len(listed.json()["items"]) == 1


def test_why_not_says_the_rule_the_price_or_that_they_are_a_pair(admin):
    running = cohort(admin, status="running")["id"]
    mentor = enrolled(admin, running, "mentor", interests=["chess"])
    mentee = enrolled(admin, running, "mentee", interests=["chess"])
    other = enrolled(admin, running, "mentee")
    foreign = enrolled(admin, running, "mentee", languages=["pt"])
    run = proposed(admin, running)

    def why(who):
        response = admin.get(
            f"/match-runs/{run['id']}/why-not",
            params={"mentor_id": mentor["id"], "mentee_id": who["id"]},
        )
        assert response.status_code == 200, response.text
        return response.json()

    assert why(mentee)["reason"] == "paired"
    assert why(foreign)["broken_rules"] == ["shared_language"]
    assert why(foreign)["score"] is None
    cost = why(other)
    assert (cost["reason"], cost["exact"]) == ("costs", True)
    lost = run["scores"]["total"] - cost["score"]
    assert cost["loss"] == {"people": 0, "points": lost}
    assert f"lose the program {lost} points" in cost["words"]
    nobody = admin.get(
        f"/match-runs/{run['id']}/why-not",
        params={"mentor_id": mentee["id"], "mentee_id": mentee["id"]},
    )
    assert nobody.status_code == 422


def test_the_proof_is_shown_and_holds_and_a_forged_one_does_not(admin, house):
    run = proposed(admin, ready(admin))
    shown = admin.get(f"/match-runs/{run['id']}/certificate").json()
    assert len(shown["mentors"]) == len(shown["proofs"][0]["mentor_prices"]) == 3
    checked = admin.post(f"/match-runs/{run['id']}/verify").json()
    assert (checked["accepted"], checked["proved"], checked["objections"]) == (True, True, [])
    with house.lanes.writing() as rows:
        forged = {**shown, "rounds": 99}
        for name in ("match_run_id", "mentors", "mentees"):
            forged.pop(name)
        rows.execute(update(MatchRun).values(certificate=forged))
    refused = admin.post(f"/match-runs/{run['id']}/verify").json()
    assert (refused["accepted"], refused["objections"]) == (False, ["tampered"])


def test_a_matcher_without_a_proof_is_bounded_and_says_so(admin):
    run = proposed(admin, ready(admin), matcher="greedy")
    refused = admin.get(f"/match-runs/{run['id']}/certificate")
    assert (refused.status_code, refused.json()["code"]) == (409, "no-certificate")
    assert admin.post(f"/match-runs/{run['id']}/verify").status_code == 409


def test_runs_of_one_cohort_stand_side_by_side(admin):
    running = ready(admin)
    runs = [proposed(admin, running, objective=each)["id"] for each in ("quality", "fair")]
    shown = admin.get("/match-runs/compare", params={"ids": runs}).json()
    assert [each["match_run_id"] for each in shown["runs"]] == runs
    assert {each["moved_people_count"] for each in shown["runs"]} == {0}
    publish(admin, {"id": runs[0]})
    (made, *_) = admin.get("/pairings").json()["items"]
    step(admin, made, "withdraw")
    pairing(
        admin,
        "proposed",
        {"id": made["mentor_enrollment_id"], "cohort_id": running},
        enrolled(admin, running, "mentee"),
    )
    later = admin.get("/match-runs/compare", params={"ids": runs}).json()
    assert later["runs"][0]["moved_people_count"] == 2
    elsewhere = proposed(admin, ready(admin, 1, 1))["id"]
    refused = admin.get("/match-runs/compare", params={"ids": [runs[0], elsewhere]})
    assert refused.json()["errors"][0]["code"] == "several_cohorts"
    missing = admin.get("/match-runs/compare", params={"ids": [runs[0], made["id"]]})
    assert missing.json()["errors"][0]["code"] == "unknown_reference"


def test_what_the_engine_offers_is_listed(admin):
    offered = admin.get("/matchers").json()
    assert {"optimal", "greedy", "stable"} <= {each["name"] for each in offered["matchers"]}
    assert "shared_language" in offered["rules"]
    assert offered["criteria"].keys() >= offered["default_weights"].keys()


def test_points_of_wishes_tell_not_who_wished(admin, house):
    running = cohort(admin, status="running")["id"]
    mentor, mentee = enrolled(admin, running, "mentor"), enrolled(admin, running, "mentee")
    own = own_client(house, admin, {"id": mentee["participant_id"]})
    etag = own.get(f"/enrollments/{mentee['id']}").headers["ETag"]
    wished = own.patch(
        f"/enrollments/{mentee['id']}", json={"wishes": [mentor["id"]]}, headers={"If-Match": etag}
    )
    assert wished.status_code == 200
    (pair,) = proposed(admin, running)["pairs"]
    assert pair["breakdown"]["wishes"] > 0
    assert not {"mentor_wishes", "mentee_wishes"} & pair["breakdown"].keys()


def test_runs_are_for_those_who_run_the_program(admin, house):
    found = pairing(admin)
    run = proposed(admin, found["cohort_id"])
    person = client_of(admin, house, found, "mentor")
    facilitator = colleague(house, admin, "facilitator")
    for client in (person, facilitator):
        assert client.get("/match-runs").json()["items"] == []
        for way in ("", "/explanations", "/certificate"):
            assert client.get(f"/match-runs/{run['id']}{way}").status_code == 404
        assert client.post(f"/match-runs/{run['id']}/verify").status_code in (403, 404)
        assert client.post(f"/match-runs/{run['id']}/publish").status_code == 403
        wanted = {"cohort_id": found["cohort_id"]}
        assert client.post("/pairings/propose", json=wanted).status_code == 403
    stranger = house.organization("Other", "other@example.com")
    assert stranger.get(f"/match-runs/{run['id']}").status_code == 404
    assert stranger.post("/pairings/propose", json=wanted).status_code == 422


def test_a_manager_of_one_program_runs_that_one_only(admin, house):
    mine, other = (cohort(admin, status="running") for _ in range(2))
    manager = colleague(house, admin, "sponsor")
    account = manager.get("/me").json()["account_id"]
    granted = admin.post(
        f"/programs/{mine['program_id']}/entrust",
        json={"account_id": account, "role": "program_manager"},
    )
    assert granted.status_code in (200, 201), granted.text
    assert manager.post("/pairings/propose", json={"cohort_id": mine["id"]}).status_code == 201
    refused = manager.post("/pairings/propose", json={"cohort_id": other["id"]})
    assert refused.status_code in (403, 422)
    foreign = proposed(admin, other["id"])
    assert manager.post(f"/match-runs/{foreign['id']}/publish").status_code == 404
    assert len(manager.get("/match-runs").json()["items"]) == 1
