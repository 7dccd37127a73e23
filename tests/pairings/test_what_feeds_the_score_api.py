"""Every criterion and every hard rule stands on something stored: each shown over HTTP."""

import pytest

from tests.given.accounts import own_client
from tests.given.competences import skills
from tests.given.pairings import enrolled, pairing
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment, program

MORNING = [{"weekday": "monday", "starts_at": "09:00", "ends_at": "12:00"}]
EVENING = [{"weekday": "monday", "starts_at": "18:00", "ends_at": "20:00"}]


def weighing(client, code, weight=1, **rules):
    """A running cohort of a program in which only one criterion counts."""
    weights = dict.fromkeys(client.get("/matchers").json()["default_weights"], 0)
    own = program(client, matching_weights={**weights, code: weight}, matching_rules=rules)
    return cohort(client, own["id"], status="running")["id"]


def change(client, path, **facts):
    etag = client.get(path).headers["ETag"]
    changed = client.patch(path, json=facts, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text
    return changed.json()


def propose(client, cohort_id, **wanted):
    response = client.post("/pairings/propose", json={"cohort_id": cohort_id, **wanted})
    assert response.status_code == 201, response.text
    return response.json()


def points(run, code):
    """The points of the only pair, of which all are of one criterion."""
    (pair,) = run["pairs"]
    assert pair["breakdown"] == {"wishes": 0, code: pair["score"]}
    return pair["score"]


BROUGHT = {
    "aspirations": ({"topics": ["AI", "gaming"]}, {"aspirations": ["ai"]}),
    "interests": ({"interests": ["Jazz"]}, {"interests": ["jazz"]}),
    "values": ({"work_values": ["candour"]}, {"work_values": ["Candour"]}),
    "communication": (
        {"communication_preference": "Direct"},
        {"communication_preference": "direct"},
    ),
    "shared_time": ({}, {}),
    "cross_function": ({"department": "Sales"}, {"department": "Law"}),
    "time_zone": ({}, {}),
}
"""What earns all points of a criterion, where nothing else needs to be said."""

SAID_OTHERWISE = {
    "aspirations": ({"topics": ["gaming"]}, {"aspirations": ["ai"]}),
    "interests": ({"interests": ["chess"]}, {"interests": ["jazz"]}),
    "values": ({"work_values": ["speed"]}, {"work_values": ["candour"]}),
    "communication": ({"communication_preference": "written"}, {}),
    "shared_time": ({"availability": MORNING[:1]}, {"availability": MORNING}),
    "cross_function": ({"department": "Law"}, {"department": "Law"}),
    "time_zone": ({"time_zone": "Asia/Tokyo"}, {"time_zone": "America/Sao_Paulo"}),
}


@pytest.mark.parametrize("code", BROUGHT)
def test_what_people_bring_along_earns_the_points_of_its_criterion(admin, code):
    found = []
    for mentor, mentee in (BROUGHT[code], SAID_OTHERWISE[code]):
        running = weighing(admin, code, minimum_shared_minutes=0 if code == "time_zone" else 60)
        enrolled(admin, running, "mentor", **mentor)
        enrolled(admin, running, "mentee", **mentee)
        run = propose(admin, running)
        found.append(points(run, code))
        told = admin.get(f"/match-runs/{run['id']}/explanations").json()
        assert told["criteria"][code]
    # opposite ends of the world are half a day apart; Monday morning is two hours more than one
    assert found == [10_000, {"shared_time": 5000}.get(code, 0)]


@pytest.mark.parametrize(
    ("code", "teacher", "learner"),
    [("skill_fit", "mentor", "mentee"), ("mentor_growth", "mentee", "mentor")],
)
def test_skills_count_in_both_directions(admin, code, teacher, learner):
    running = weighing(admin, code)
    people = {role: enrolled(admin, running, role) for role in ("mentor", "mentee")}
    skills(admin, people[teacher]["participant_id"], offered={"digcomp:1.1": 4})
    skills(admin, people[learner]["participant_id"], wanted={"digcomp:1.1": 8})
    assert points(propose(admin, running), code) == 5000


@pytest.mark.parametrize("side", ["mentor", "mentee"])
def test_wishes_of_either_side_count(admin, side):
    running = weighing(admin, f"{side}_wishes")
    people = {role: enrolled(admin, running, role) for role in ("mentor", "mentee")}
    (other,) = people.keys() - {side}
    change(admin, f"/enrollments/{people[side]['id']}", wishes=[people[other]["id"]])
    assert points(propose(admin, running), "wishes") == 10_000


def with_generation(client, *, on=True):
    change(client, f"/organizations/{client.organization_id}", generation_in_matching=on)


def test_generation_is_said_by_the_person_and_weighs_a_fifth_at_most(admin, house):
    with_generation(admin)
    running = weighing(admin, "skill_fit", 4)
    people = {}
    for role, said in (("mentor", "generation_z"), ("mentee", "generation_x")):
        person = participant(
            admin, job_level=2 if role == "mentor" else 8, work_email=f"{role}@example.com"
        )
        mine = enrollment(admin, running, role, person)
        own = own_client(house, admin, person)
        assert change(own, f"/enrollments/{mine['id']}", generation=said)["generation"] == said
        people[role] = mine
    assert admin.get(f"/enrollments/{people['mentor']['id']}").json()["generation"] is None
    told = admin.get("/events", params={"type": "enrollment.changed"}).json()["items"]
    assert {tuple(each["data"]["fields"]) for each in told} == {("preferences",)}
    assert propose(admin, running)["pairs"][0]["breakdown"] == {"skill_fit": 0, "wishes": 0}
    run = propose(admin, running, weights={"generation": 1})
    assert run["pairs"][0]["breakdown"] == {"skill_fit": 0, "wishes": 0, "generation": 2000}
    too_much = {"cohort_id": running, "weights": {"generation": 2}}
    refused = admin.post("/pairings/propose", json=too_much)
    assert refused.json()["errors"][0]["code"] == "weight_generation"
    with_generation(admin, on=False)
    refused = admin.post("/pairings/propose", json={**too_much, "weights": {"generation": 1}})
    assert refused.json()["errors"][0]["pointer"] == "/weights/generation"
    assert refused.json()["errors"][0]["code"] == "generation_switched_off"


def test_a_weight_of_generation_sleeps_while_the_organization_does_not_want_it(admin):
    with_generation(admin)
    usual = {"matching_weights": {"generation": 2000}}
    running = cohort(admin, program(admin, **usual)["id"], status="running")["id"]
    enrolled(admin, running, "mentor")
    enrolled(admin, running, "mentee")
    assert propose(admin, running)["weights"]["generation"] == 2000
    with_generation(admin, on=False)
    assert propose(admin, running)["weights"]["generation"] == 0


def test_generation_is_not_kept_where_nobody_wants_it_nor_said_by_others(admin, house):
    person = participant(admin, work_email="own@example.com")
    mine = enrollment(admin, cohort(admin)["id"], "mentor", person)
    path, own = f"/enrollments/{mine['id']}", own_client(house, admin, person)
    for client, answer in (
        (own, (409, "generation-switched-off")),
        (admin, (422, "invalid")),
    ):
        etag = client.get(path).headers["ETag"]
        refused = client.patch(
            path, json={"generation": "generation_y"}, headers={"If-Match": etag}
        )
        assert (refused.status_code, refused.json()["code"]) == answer
    with_generation(admin)
    change(own, path, generation="generation_y")
    with_generation(admin, on=False)
    assert change(own, path, generation=None)["generation"] is None


@pytest.mark.parametrize(
    ("role", "facts"), [("mentor", {"aspirations": ["ai"]}), ("mentee", {"topics": ["ai"]})]
)
def test_what_a_role_is_not_matched_by_is_not_kept(admin, role, facts):
    running = cohort(admin)["id"]
    (pointer,) = (f"/{name}" for name in facts)
    mine = enrolled(admin, running, role)
    path = f"/enrollments/{mine['id']}"
    etag = admin.get(path).headers["ETag"]
    person = participant(admin)["id"]
    item = {"participant_id": person, "role": role, **facts}
    for refused, at in (
        (admin.post("/enrollments", json={"cohort_id": running, **item}), pointer),
        (admin.patch(path, json=facts, headers={"If-Match": etag}), pointer),
        (
            admin.post(f"/cohorts/{running}/enroll", json={"items": [item]}),
            f"/items/0{pointer}",
        ),
    ):
        (told,) = refused.json()["errors"]
        assert (refused.status_code, told["pointer"], told["code"]) == (
            422, at, "not_for_this_role",
        )  # fmt: skip


def one_person(client, running):
    person = participant(client, job_level=3)
    enrollment(client, running, "mentor", person)
    enrollment(client, running, "mentee", person)


def same_manager(client, running):
    boss = participant(client)
    for role in ("mentor", "mentee"):
        enrolled(client, running, role, manager_id=boss["id"])


def a_manager(client, running):
    boss = participant(client, job_level=9)
    enrollment(client, running, "mentee", boss)
    enrolled(client, running, "mentor", manager_id=boss["id"])


def a_former_manager(client, running):
    boss = participant(client, job_level=9)
    enrollment(client, running, "mentee", boss)
    mentor = enrolled(client, running, "mentor", manager_id=boss["id"])
    change(client, f"/participants/{mentor['participant_id']}", manager_id=None)


def a_veto(client, running):
    mentor, mentee = (enrolled(client, running, role) for role in ("mentor", "mentee"))
    change(client, f"/enrollments/{mentee['id']}", vetoes=[mentor["id"]])


def a_refusal(client, running):
    """The two met in an earlier cohort, where one declined the other."""
    before = pairing(client, "declined")
    for role in ("mentor", "mentee"):
        path = f"/participants/{before[f'{role}_id']}"
        enrollment(client, running, role, client.get(path).json())


def two(mentor=(), mentee=()):
    """Two people with what they bring along."""

    def enroll(client, running):
        enrolled(client, running, "mentor", **dict(mentor))
        enrolled(client, running, "mentee", **dict(mentee))

    return enroll


SEEN = [
    ("same_person", one_person, {"direction": False, "same_team": False}),
    ("reporting_line", a_manager, {}),
    ("former_manager", a_former_manager, {}),
    ("same_team", same_manager, {}),
    ("personal_choice", a_veto, {}),
    ("personal_choice", a_refusal, {}),
    ("direction", two({"job_level": 8}), {}),
    ("direction", two({"hired_on": "2020-01-01"}, {"hired_on": "2021-01-01"}),
     {"direction": "tenure"}),
    ("direction", two(), {"direction": "skill"}),
    ("shared_language", two({"languages": ["it"]}, {"languages": ["en"]}), {}),
    ("minimum_shared_minutes", two({"availability": MORNING}, {"availability": EVENING}), {}),
    ("minimum_shared_minutes", two({"availability": MORNING}), {"minimum_shared_minutes": 195}),
    ("mode", two({"modes": ["video"]}, {"modes": ["asynchronous"]}), {}),
    ("mode", two({"modes": ["in_person"], "location": "Turin"}, {"location": "Milan"}), {}),
    ("location", two({"location": "Turin"}, {"location": "Milan"}), {"location": True}),
    ("consent", two({"consent_source": None}), {}),
    ("training", two(), {"training": True}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "enroll", "rules"), SEEN, ids=[f"{each[0]}-{at}" for at, each in enumerate(SEEN)]
)
def test_every_hard_rule_sees_what_is_stored(admin, code, enroll, rules):
    running = cohort(admin, status="running")["id"]
    enroll(admin, running)
    run = propose(admin, running, rules=rules)
    assert run["pairs"] == []
    assert [each["forbidden_by"] for each in run["unmatched"]] == [{code: 1}] * 2
    if code not in ("personal_choice", "same_person"):
        off = {code: False}
        assert len(propose(admin, running, rules={**rules, **off})["pairs"]) == 1


def test_training_that_a_cohort_demands_is_asked_of_both(admin):
    running = cohort(admin, status="running", training_required=True)["id"]
    people = [enrolled(admin, running, role) for role in ("mentor", "mentee")]
    for person in people:
        run = propose(admin, running)
        assert [each["forbidden_by"] for each in run["unmatched"]] == [{"training": 1}] * 2
        recorded = admin.post(f"/enrollments/{person['id']}/record-training")
        assert recorded.status_code == 200
    assert len(propose(admin, running)["pairs"]) == 1


WRONG = [
    ({"matching_rules": {"moon_phase": True}}, "/matching_rules/moon_phase", "rule_unknown"),
    ({"matching_rules": {"same_team": 3}}, "/matching_rules/same_team", "bool_type"),
    ({"matching_rules": {"direction": "age"}}, "/matching_rules/direction", "enum"),
    ({"matching_weights": {"beauty": 1}}, "/matching_weights/beauty", "criterion_unknown"),
    (
        {"matching_weights": {"generation": 1}},
        "/matching_weights/generation",
        "generation_switched_off",
    ),
]


@pytest.mark.parametrize(("facts", "pointer", "code"), WRONG)
def test_rules_and_weights_nobody_knows_are_refused_when_they_are_stored(
    admin, facts, pointer, code
):
    wanted = {"name": "Upwards", "purpose": "Learning.", **facts}
    refused = [admin.post("/programs", json=wanted)]
    path = f"/programs/{program(admin)['id']}"
    etag = admin.get(path).headers["ETag"]
    refused.append(admin.patch(path, json=facts, headers={"If-Match": etag}))
    for each in refused:
        (told,) = each.json()["errors"]
        assert (each.status_code, told["pointer"], told["code"]) == (422, pointer, code)
        if "unknown" in code:
            assert {"rule": "reporting_line", "criterion": "skill_fit"}[code[:-8]] in told["detail"]


def test_too_much_generation_is_refused_when_it_is_stored(admin):
    with_generation(admin)
    facts = {"matching_weights": {"generation": 9000}}
    refused = admin.post("/programs", json={"name": "N", "purpose": "P.", **facts})
    (told,) = refused.json()["errors"]
    assert told["pointer"] == "/matching_weights/generation"
    assert told["code"] == "weight_generation"
