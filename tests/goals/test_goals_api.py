"""Goals over HTTP."""

import uuid

import pytest

from app.goals.progress import goals_for_impact
from app.kit.lanes import system
from tests.given import pairings as pairs
from tests.given.accounts import colleague, own_client
from tests.given.competences import framework
from tests.given.goals import check_in, goal
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment, program

PRIVATE = ("title", "indicator", "unit", "baseline", "target", "tolerance", "actual")


@pytest.fixture
def pairing(admin):
    return pairs.pairing(admin)


@pytest.fixture
def mentor(house, admin, pairing):
    return pairs.client_of(admin, house, pairing, "mentor")


@pytest.fixture
def mentee(house, admin, pairing):
    return pairs.client_of(admin, house, pairing, "mentee")


def tagged(client, goal_id):
    """The If-Match that a change of this goal needs now."""
    return {"If-Match": client.get(f"/goals/{goal_id}").headers["ETag"]}


def changed(client, goal_id, **facts):
    return client.patch(f"/goals/{goal_id}", json=facts, headers=tagged(client, goal_id))


def events(client, kind):
    page = client.get("/events", params={"limit": 200}).json()
    return [each["data"] for each in page["items"] if each["type"] == kind]


# Whose goal it is


def test_a_program_and_its_cohort_have_goals_that_everybody_in_them_reads(house, admin):
    run = cohort(admin)
    rosa = participant(admin, work_email="rosa@example.com")
    enrollment(admin, run["id"], "mentor", rosa)
    of_program = goal(admin, program_id=run["program_id"], category="retention")
    of_cohort = goal(admin, cohort_id=run["id"], indicator="Meetings held", unit="meetings")
    herself = own_client(house, admin, rosa)
    assert herself.get(f"/goals/{of_program['id']}").json()["title"] == of_program["title"]
    assert herself.get("/goals", params={"cohort_id": run["id"]}).json()["items"] == [of_cohort]
    refused = herself.post(
        "/goals", json={"cohort_id": run["id"], "title": "Mine", "category": "custom"}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-program")
    assert changed(herself, of_cohort["id"], title="Mine now").status_code == 403


def test_the_two_of_a_pairing_set_and_read_goals_with_equal_rights(pairing, mentor, mentee):
    first = goal(mentor, pairing_id=pairing["id"], unit="meetings")
    second = goal(mentee, pairing_id=pairing["id"])
    for each in (mentor, mentee):
        found = each.get("/goals", params={"pairing_id": pairing["id"]}).json()["items"]
        assert [one["id"] for one in found] == [second["id"], first["id"]]
        assert found[1] == first
    assert changed(mentee, first["id"], title="Run them alone").status_code == 200
    assert changed(mentor, second["id"], title="Ask twice").status_code == 200


def test_those_who_run_the_program_see_progress_and_not_one_word(house, admin, pairing, mentee):
    manager = colleague(house, admin, "program_manager")
    set_ = goal(
        mentee, pairing_id=pairing["id"], indicator="Meetings", unit="m", due_on="2026-09-01"
    )
    check_in(mentee, set_["id"], value=2, note="Held two.")
    for each in (admin, manager):
        shown = each.get(f"/goals/{set_['id']}").json()
        assert [shown[name] for name in PRIVATE] == [None] * len(PRIVATE)
        assert shown["check_ins_count"] == 1
        assert (shown["attainment"]["share"], shown["attainment"]["deviation"]) == (0.5, None)
        assert each.get("/goals").json()["items"] == [shown]
        assert each.get("/check-ins").json()["items"] == []
        refused = each.post(f"/goals/{set_['id']}/reach")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-your-pairing")
        wanted = {"pairing_id": pairing["id"], "title": "Ours", "category": "custom"}
        assert each.post("/goals", json=wanted).json()["code"] == "not-your-pairing"


def test_a_manager_of_one_program_follows_only_its_pairs(house, admin, pairing, mentee):
    set_ = goal(mentee, pairing_id=pairing["id"])
    run = admin.get(f"/cohorts/{pairing['cohort_id']}").json()
    for program_id, status in ((run["program_id"], 200), (program(admin)["id"], 404)):
        manager = colleague(house, admin, "participant")
        account_id = manager.get("/me").json()["account_id"]
        granted = admin.post(
            f"/accounts/{account_id}/grants",
            json={"role": "program_manager", "program_id": program_id},
        )
        assert granted.status_code == 201, granted.text
        found = manager.get(f"/goals/{set_['id']}")
        assert found.status_code == status
        if status == 200:
            assert found.json()["title"] is None


def test_a_stranger_to_the_pair_sees_nothing_of_it(house, admin, pairing, mentee):
    set_ = goal(mentee, pairing_id=pairing["id"])
    noted = check_in(mentee, set_["id"])
    other = own_client(house, admin, participant(admin, work_email="kim@example.com"))
    umbrella = house.organization("Umbrella", "admin@umbrella.example")
    for each in (other, umbrella):
        assert each.get(f"/goals/{set_['id']}").status_code == 404
        assert each.get("/goals").json()["items"] == []
        assert each.get(f"/check-ins/{noted['id']}").status_code == 404
        assert each.post(f"/goals/{set_['id']}/drop").status_code == 404
        wanted = {"pairing_id": pairing["id"], "title": "Ours", "category": "custom"}
        assert each.post("/goals", json=wanted).json()["errors"][0]["pointer"] == "/pairing_id"


def test_a_facilitator_does_not_see_what_pairs_pursue(house, admin, pairing, mentee):
    goal(mentee, pairing_id=pairing["id"])
    facilitator = colleague(house, admin, "facilitator")
    assert facilitator.get("/goals").json()["items"] == []


def test_a_person_sets_goals_for_nobody_but_themselves(house, admin):
    rosa = participant(admin, work_email="rosa@example.com")
    carl = participant(admin)
    herself = own_client(house, admin, rosa)
    own = goal(herself, participant_id=rosa["id"])
    assert own["owner_id"] == rosa["id"]
    assert admin.get(f"/goals/{own['id']}").json()["title"] is None
    wanted = {"title": "Be kind", "category": "custom"}
    for_carl = herself.post("/goals", json={**wanted, "participant_id": carl["id"]})
    assert for_carl.json()["errors"][0]["code"] == "unknown_reference"
    by_admin = admin.post("/goals", json={**wanted, "participant_id": rosa["id"]})
    assert (by_admin.status_code, by_admin.json()["code"]) == (403, "not-your-goal")


@pytest.mark.parametrize("scopes", [(), ("program_id", "cohort_id"), ("pairing_id", "cohort_id")])
def test_a_goal_belongs_to_exactly_one(admin, scopes):
    wanted = {"title": "Ours", "category": "custom", **dict.fromkeys(scopes, str(uuid.uuid4()))}
    assert admin.post("/goals", json=wanted).status_code == 422


@pytest.mark.parametrize("scope", ["program_id", "cohort_id", "pairing_id", "participant_id"])
def test_a_goal_for_what_nobody_knows_is_refused_at_its_place(admin, scope):
    wanted = {"title": "Ours", "category": "custom", scope: str(uuid.uuid4())}
    refused = admin.post("/goals", json=wanted)
    assert refused.json()["errors"][0]["pointer"] == f"/{scope}"


# What a goal says


def test_the_same_title_twice_is_a_named_conflict_and_leaves_no_event(admin):
    run = cohort(admin)
    goal(admin, cohort_id=run["id"], title="Learn")
    before = admin.get("/events").json()["next_after"]
    wanted = {"title": "Learn", "category": "custom"}
    again = admin.post("/goals", json={**wanted, "cohort_id": run["id"]})
    assert (again.status_code, again.json()["code"]) == (409, "goal-title-taken")
    assert admin.get("/events").json()["next_after"] == before
    assert goal(admin, program_id=run["program_id"], title="Learn")


def test_a_goal_names_competences_that_some_framework_has(admin):
    run = cohort(admin)
    framework(admin)
    set_ = goal(admin, cohort_id=run["id"], competences=["digcomp:2.1", "acme-ai:prompting"])
    assert set_["competences"] == ["digcomp:2.1", "acme-ai:prompting"]
    refused = changed(admin, set_["id"], competences=["digcomp:2.1", "digcomp:9.9"])
    assert refused.json()["errors"][0]["pointer"] == "/competences/1"


def test_the_owner_is_somebody_one_knows_the_partner_included(pairing, mentee, admin):
    set_ = goal(mentee, pairing_id=pairing["id"], owner_id=pairing["mentor_id"])
    assert set_["owner_id"] == pairing["mentor_id"]
    stranger = participant(admin)
    refused = changed(mentee, set_["id"], owner_id=stranger["id"])
    assert refused.json()["errors"][0]["pointer"] == "/owner_id"
    assert changed(mentee, set_["id"], owner_id=None).json()["owner_id"] is None


@pytest.mark.parametrize(
    "facts",
    [
        {"target": 1e13},
        {"baseline": "1"},
        {"tolerance": -1},
        {"title": ""},
        {"unit": "m" * 41},
        {"category": "profit"},
        {"direction": "sideways"},
        {"status": "reached"},
    ],
)
def test_a_goal_that_makes_no_sense_is_refused(admin, facts):
    wanted = {"cohort_id": cohort(admin)["id"], "title": "Learn", "category": "custom", **facts}
    assert admin.post("/goals", json=wanted).status_code == 422


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_a_cohort_that_is_over_takes_no_new_goals(admin, status):
    run = cohort(admin, status=status)
    wanted = {"cohort_id": run["id"], "title": "Learn", "category": "custom"}
    refused = admin.post("/goals", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (409, "goal-scope-closed")


def test_a_goal_of_a_cohort_that_is_over_is_still_checked(admin):
    run = cohort(admin, status="running")
    set_ = goal(admin, cohort_id=run["id"], category="retention")
    assert admin.post(f"/cohorts/{run['id']}/complete").status_code == 200
    assert check_in(admin, set_["id"], value=3)["value"] == 3


def test_a_closed_program_takes_no_new_goals(admin):
    closed = program(admin)
    assert admin.post(f"/programs/{closed['id']}/close").status_code == 200
    wanted = {"program_id": closed["id"], "title": "Learn", "category": "custom"}
    assert admin.post("/goals", json=wanted).json()["code"] == "goal-scope-closed"


@pytest.mark.parametrize("status", ["proposed", "accepted", "paused", "ended"])
def test_only_an_active_pairing_sets_goals(house, admin, status):
    found = pairs.pairing(admin, status=status)
    mentor = pairs.client_of(admin, house, found, "mentor")
    wanted = {"pairing_id": found["id"], "title": "Learn", "category": "custom"}
    refused = mentor.post("/goals", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (409, "pairing-not-active")


# How far it is


def test_the_latest_day_counts_not_the_latest_word(pairing, mentor, mentee):
    set_ = goal(mentee, pairing_id=pairing["id"])
    assert set_["attainment"]["reason"] == "actual_missing"
    check_in(mentee, set_["id"], value=3, checked_on="2026-03-02")
    late = check_in(mentor, set_["id"], value=1, checked_on="2026-02-01", evidence="The log.")
    assert late["author_id"] == pairing["mentor_id"]
    words = check_in(mentor, set_["id"], note="Slowly.")
    shown = mentee.get(f"/goals/{set_['id']}").json()
    assert (shown["actual"], shown["actual_on"], shown["check_ins_count"]) == (3, "2026-03-02", 3)
    assert shown["attainment"] == {
        "status": "on_track",
        "reason": None,
        "share": 0.75,
        "deviation": -1,
        "n": 1,
        "method": "share of the way to the target",
    }
    listed = mentee.get("/check-ins", params={"goal_id": set_["id"]}).json()["items"]
    assert [each["id"] for each in listed][:2] == [words["id"], late["id"]]
    assert mentee.get(f"/check-ins/{late['id']}").json() == late


def test_a_goal_falls_behind_when_time_runs_and_nothing_moves(house, admin):
    set_ = goal(admin, cohort_id=cohort(admin)["id"], due_on="2026-04-01")
    check_in(admin, set_["id"], value=2)
    assert admin.get(f"/goals/{set_['id']}").json()["attainment"]["status"] == "on_track"
    house.clock.travel(days=20)
    assert admin.get(f"/goals/{set_['id']}").json()["attainment"]["status"] == "off_track"


@pytest.mark.parametrize(
    "facts", [{}, {"value": None}, {"value": 1e13}, {"value": 1, "checked_on": "2026-03-04"}]
)
def test_a_look_at_progress_says_something_of_a_day_that_was(admin, facts):
    set_ = goal(admin, cohort_id=cohort(admin)["id"])
    assert admin.post(f"/goals/{set_['id']}/check-in", json=facts).status_code == 422
    assert admin.get(f"/goals/{set_['id']}").json()["check_ins_count"] == 0


def test_before_the_first_look_figures_move_freely(admin):
    set_ = goal(admin, cohort_id=cohort(admin)["id"])
    now = changed(admin, set_["id"], target=6, direction="maintain", tolerance=1)
    assert (now.json()["target"], now.json()["direction"]) == (6, "maintain")
    assert admin.get("/target-changes").json()["items"] == []


def test_afterwards_a_figure_moves_only_with_a_reason_and_both_values_stay(admin):
    set_ = goal(admin, cohort_id=cohort(admin)["id"])
    check_in(admin, set_["id"])
    refused = changed(admin, set_["id"], target=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "target-locked")
    assert admin.get(f"/goals/{set_['id']}").json()["target"] == 4
    moved = changed(admin, set_["id"], target=2, baseline=1, reason="Half the people left.")
    assert moved.json()["target"] == 2
    kept = admin.get("/target-changes", params={"goal_id": set_["id"]}).json()["items"]
    assert {(each["figure"], each["before"], each["after"]) for each in kept} == {
        ("target", 4, 2),
        ("baseline", 0, 1),
    }
    assert {each["reason"] for each in kept} == {"Half the people left."}
    turned = changed(admin, set_["id"], direction="down", reason="We changed our mind.")
    assert turned.json()["code"] == "target-locked"
    assert changed(admin, set_["id"], title="Still free").status_code == 200


def test_a_change_needs_the_version_it_was_decided_on(admin):
    set_ = goal(admin, cohort_id=cohort(admin)["id"])
    old = tagged(admin, set_["id"])
    check_in(admin, set_["id"])
    stale = admin.patch(f"/goals/{set_['id']}", json={"title": "New"}, headers=old)
    assert stale.status_code == 412


def test_changing_nothing_tells_nobody(admin):
    set_ = goal(admin, cohort_id=cohort(admin)["id"])
    assert changed(admin, set_["id"], title=set_["title"]).status_code == 200
    assert events(admin, "goal.changed") == []
    changed(admin, set_["id"], title="Other", due_on="2026-09-01")
    assert events(admin, "goal.changed")[0]["fields"] == ["due_on", "title"]


@pytest.mark.parametrize(("verb", "status"), [("reach", "reached"), ("drop", "dropped")])
def test_what_has_ended_stays_as_it_is(admin, verb, status):
    set_ = goal(admin, cohort_id=cohort(admin)["id"])
    ended = admin.post(f"/goals/{set_['id']}/{verb}")
    assert (ended.json()["status"], ended.json()["ended_on"]) == (status, "2026-03-02")
    assert events(admin, f"goal.{status}") == [{"goal_id": set_["id"]}]
    for later in ("reach", "drop"):
        again = admin.post(f"/goals/{set_['id']}/{later}")
        assert (again.status_code, again.json()["code"]) == (409, "goal-closed")
    assert admin.post(f"/goals/{set_['id']}/check-in", json={"value": 1}).status_code == 409
    assert changed(admin, set_["id"], title="Late").status_code == 409


def test_goals_are_filtered_by_status_and_category(admin):
    run = cohort(admin)
    goal(admin, cohort_id=run["id"])
    wanted = goal(admin, cohort_id=run["id"], category="retention")
    dropped = goal(admin, cohort_id=run["id"], category="retention")
    admin.post(f"/goals/{dropped['id']}/drop")
    query = {"status": "open", "category": "retention"}
    assert admin.get("/goals", params=query).json()["items"] == [wanted]


# What others hear and read


def test_events_say_whose_goal_it_is_and_nothing_of_its_words(pairing, mentee, admin):
    set_ = goal(mentee, pairing_id=pairing["id"])
    noted = check_in(mentee, set_["id"], value=3)
    assert events(admin, "goal.set") == [
        {
            "goal_id": set_["id"], "category": "digital_skills", "pairing_id": pairing["id"],
            "program_id": None, "cohort_id": None, "participant_id": None,
        }
    ]  # fmt: skip
    assert events(admin, "goal.checked_in") == [{"goal_id": set_["id"], "check_in_id": noted["id"]}]


def test_when_a_pairing_ends_its_open_goals_are_dropped(house, admin, pairing, mentee):
    left, done = (goal(mentee, pairing_id=pairing["id"]) for _ in range(2))
    mentee.post(f"/goals/{done['id']}/reach")
    pairs.step(admin, pairing, "end")
    house.work_off()
    assert mentee.get(f"/goals/{left['id']}").json()["status"] == "dropped"
    assert mentee.get(f"/goals/{done['id']}").json()["status"] == "reached"
    assert {"goal_id": left["id"]} in events(admin, "goal.dropped")


def test_an_erased_person_leaves_figures_and_no_words(house, admin, pairing, mentor, mentee):
    shared = goal(mentee, pairing_id=pairing["id"])
    noted = check_in(mentor, shared["id"], value=1, note="She asks well.")
    own = goal(mentor, participant_id=pairing["mentor_id"])
    check_in(mentor, own["id"])
    changed(mentor, own["id"], target=9, reason="More.")
    admin.post(f"/participants/{pairing['mentor_id']}/erase")
    house.work_off()
    assert admin.get(f"/goals/{own['id']}").status_code == 404
    kept = mentee.get(f"/check-ins/{noted['id']}").json()
    assert (kept["value"], kept["note"]) == (1, None)


def test_impact_reads_the_figures_of_a_cohort_and_its_pairs(house, admin, pairing, mentee):
    of_pair = goal(mentee, pairing_id=pairing["id"], competences=["digcomp:2.1"])
    check_in(mentee, of_pair["id"], value=3)
    of_cohort = goal(admin, cohort_id=pairing["cohort_id"], direction="down", baseline=9)
    goal(admin, cohort_id=cohort(admin)["id"])
    with house.lanes.unit(system(uuid.UUID(admin.organization_id)), "test") as uow:
        first, second = goals_for_impact(uow, uuid.UUID(pairing["cohort_id"]))
    assert (str(first.goal_id), str(first.pairing_id)) == (of_pair["id"], pairing["id"])
    assert (first.baseline, first.target, first.actual) == (0, 4, 3)
    assert (first.competences, first.check_ins_count) == (["digcomp:2.1"], 1)
    assert (str(second.goal_id), second.direction) == (of_cohort["id"], "down")
