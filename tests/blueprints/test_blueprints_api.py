"""Programs as documents over HTTP: plan, apply, export."""

import json

import pytest

from tests.given.accounts import colleague
from tests.given.blueprints import (
    YAML,
    applied,
    blueprint,
    exported,
    moved,
    plan,
    sent,
)
from tests.given.programs import cohort, program

FORMS = ("yaml", "json")


def test_a_plan_tells_in_words_and_as_data_what_a_new_program_would_add(admin):
    told = plan(admin, blueprint())
    assert told["program_id"] is None
    assert told["summary"] == "10 things to add."
    assert (told["added_count"], told["changed_count"], told["removed_count"]) == (10, 0, 0)
    assert told["needed_scopes"] == ["goals:write", "programs:write", "surveys:write"]
    first = told["changes"][0]
    assert first["sentence"] == "Add the program “Digital skills, upwards”."
    assert (first["action"], first["what"], first["key"]) == ("add", "program", "digital")
    assert first["from"] is None
    assert first["to"]["purpose"] == "Senior managers learn the tools of their own daily work."


def test_a_plan_stores_nothing(admin):
    before = admin.get("/events").json()
    plan(admin, blueprint())
    assert admin.get("/programs").json()["items"] == []
    assert admin.get("/training-modules").json()["items"] == []
    assert admin.get("/events").json() == before


def test_what_is_applied_is_there_for_everybody_who_asks_the_rooms(admin):
    found = applied(admin, blueprint())
    program_id = found["program_id"]
    assert found["summary"] == "10 things to add."
    (made,) = admin.get("/programs").json()["items"]
    assert (made["id"], made["name"]) == (program_id, "Digital skills, upwards")
    (run,) = admin.get("/cohorts", params={"program_id": program_id}).json()["items"]
    assert (run["name"], run["status"], run["ends_on"]) == ("Spring 2026", "planned", "2026-10-26")
    goals = admin.get("/goals", params={"program_id": program_id}).json()["items"]
    assert {each["title"] for each in goals} == {
        "Run meetings in the chat tool",
        "See how we decide",
    }
    (own,) = admin.get("/goals", params={"cohort_id": run["id"]}).json()["items"]
    assert own["due_on"] == "2026-10-16"
    (said,) = admin.get("/goal-statements", params={"program_id": program_id}).json()["items"]
    assert len(said["goal_ids"]) == 2
    (wave,) = admin.get("/survey-waves", params={"cohort_id": run["id"]}).json()["items"]
    assert (wave["opens_at"], wave["closes_at"]) == ("2026-03-23T00:00:00Z", "2026-03-30T00:00:00Z")
    modules = admin.get(
        "/training-modules", params={"program_id": program_id, "sort": "position"}
    ).json()["items"]
    assert [(each["position"], each["key"]) for each in modules] == [(1, "why"), (2, "safe")]
    assert admin.get(f"/training-modules/{modules[0]['id']}").json() == modules[0]
    (message,) = admin.get("/message-templates", params={"program_id": program_id}).json()["items"]
    assert message["subject"] == "Join us, {{given_name}}"
    assert admin.get(f"/message-templates/{message['id']}").json() == message


def test_the_rooms_tell_what_happened_and_the_room_of_documents_adds_one_event(admin):
    applied(admin, blueprint())
    kinds = [each["type"] for each in admin.get("/events", params={"limit": 200}).json()["items"]]
    for kind in ("program.set_up", "goal.set", "goal_statement.published", "cohort.planned",
                 "survey_wave.planned", "program.training_path_set",
                 "program.message_templates_set"):  # fmt: skip
        assert kind in kinds
    assert kinds[-1] == "blueprint.applied"


def test_applying_twice_is_harmless(admin):
    document = blueprint()
    digest = plan(admin, document)["digest"]
    assert sent(admin, "apply", document, digest=digest).status_code == 200
    events = admin.get("/events", params={"limit": 200}).json()
    again = sent(admin, "apply", document, digest=digest)
    assert again.status_code == 200
    assert again.json()["summary"] == "No change: everything is as the document says."
    assert moved(again.json()) == []
    assert admin.get("/events", params={"limit": 200}).json() == events
    assert plan(admin, document)["has_changes"] is False


def test_a_changed_document_changes_only_what_differs(admin):
    applied(admin, blueprint())
    document = blueprint()
    document["program"]["name"] = "Digital skills"
    document["goals"][0]["target"] = 6
    document["cohorts"][0]["meeting_minutes"] = 45
    told = plan(admin, document)
    assert moved(told) == [
        ("change", "program", "digital", "name"),
        ("change", "goal", "meetings", "target"),
        ("change", "cohort", "spring", "meeting_minutes"),
    ]
    change = next(each for each in told["changes"] if each["field"] == "meeting_minutes")
    assert (change["from"], change["to"]) == (60, 45)
    assert change["sentence"] == (
        "Change the cohort “Spring 2026”: length of a meeting in minutes from 60 to 45."
    )
    applied(admin, document)
    assert plan(admin, document)["summary"] == "No change: everything is as the document says."


def test_what_the_document_does_not_name_stays_and_the_plan_says_so(admin):
    applied(admin, blueprint())
    told = plan(admin, blueprint(goals=None, statement=None, training=None, cohorts=None))
    assert told["has_changes"] is False
    assert "Keep the goal “See how we decide”: it is not in the document, and stays as it is." in [
        each["sentence"] for each in told["changes"]
    ]


def test_pruning_removes_what_the_document_does_not_name(admin):
    found = applied(admin, blueprint())
    document = blueprint(
        goals=[{"key": "insight", "title": "See how we decide", "category": "business_insight"}],
        statement=None, training=None, messages=None, cohorts=None,
    )  # fmt: skip
    told = plan(admin, document, prune=True)
    assert set(moved(told)) == {
        ("remove", "goal", "meetings", None),
        ("remove", "goal", "attendance", None),
        ("remove", "training_module", "why", None),
        ("remove", "training_module", "safe", None),
        ("remove", "message_template", "invitation", None),
        ("remove", "cohort", "spring", None),
        ("remove", "survey_wave", "before", None),
    }
    applied(admin, document, prune=True)
    assert admin.get("/training-modules").json()["items"] == []
    assert admin.get("/survey-waves").json()["items"] == []
    (run,) = admin.get("/cohorts", params={"program_id": found["program_id"]}).json()["items"]
    assert run["status"] == "cancelled"
    dropped = admin.get("/goals", params={"status": "dropped"}).json()["items"]
    assert len(dropped) == 2
    assert plan(admin, document, prune=True)["has_changes"] is False


@pytest.mark.parametrize("form", FORMS)
def test_an_export_applied_elsewhere_exports_the_same_bytes(house, admin, form):
    first = exported(admin, applied(admin, blueprint())["program_id"], form)
    other = house.organization("Globex", "admin@globex.example")
    document = first if form == "yaml" else json.loads(first)
    second = exported(other, applied(other, document)["program_id"], form)
    assert second == first
    assert plan(admin, document)["has_changes"] is False


def test_yaml_and_json_say_the_same(admin):
    found = applied(admin, blueprint())
    path = f"/programs/{found['program_id']}/blueprint"
    as_yaml = admin.get(path, headers={"Accept": "application/yaml"})
    assert as_yaml.headers["Content-Type"] == "application/yaml"
    as_json = admin.get(path, headers={"Accept": "application/json"})
    assert as_json.headers["Content-Type"] == "application/json"
    assert plan(admin, as_yaml.content)["digest"] == plan(admin, as_json.json())["digest"]


def test_a_program_that_was_set_up_by_hand_can_be_exported_and_goes_on_as_a_document(admin):
    by_hand = program(admin, name="Ça va bien", matching_weights={"skill_fit": 400})
    cohort(admin, by_hand["id"], status="enrolling", name="山田")
    text = exported(admin, by_hand["id"]).decode()
    assert "key: ca-va-bien" in text
    assert "name: 山田" in text
    assert plan(admin, text)["has_changes"] is False
    found = applied(admin, text.replace("name: Ça va bien", "name: Tout va bien"))
    assert found["program_id"] == by_hand["id"]
    assert admin.get(f"/programs/{by_hand['id']}").json()["name"] == "Tout va bien"
    assert "key: ca-va-bien" in exported(admin, by_hand["id"]).decode()


def test_a_running_cohort_is_never_replanned_nor_ended_by_a_document(admin):
    found = applied(admin, blueprint())
    (run,) = admin.get("/cohorts", params={"program_id": found["program_id"]}).json()["items"]
    for step in ("open-enrollment", "launch"):
        assert admin.post(f"/cohorts/{run['id']}/{step}").status_code == 200
    document = blueprint()
    document["cohorts"][0]["meeting_minutes"] = 15
    document["goals"][1]["title"] = "See why we decide"
    told = plan(admin, document)
    assert told["can_be_applied"] is False
    assert told["summary"] == "1 thing may not be done: nothing can be applied."
    (refusal,) = told["refusals"]
    assert (refusal["code"], refusal["what"], refusal["key"]) == ("plan_frozen", "cohort", "spring")
    answer = sent(admin, "apply", document, digest=told["digest"])
    assert answer.status_code == 409
    assert answer.json()["code"] == "blueprint-refused"
    assert answer.json()["refusals"][0]["code"] == "plan_frozen"
    goals = admin.get("/goals", params={"program_id": found["program_id"]}).json()["items"]
    assert "See how we decide" in {each["title"] for each in goals}, "nothing of it is stored"
    gone = blueprint(cohorts=None)
    told = plan(admin, gone, prune=True)
    assert [each["code"] for each in told["refusals"]] == ["cohort_running"]
    assert sent(admin, "apply", gone, digest=told["digest"], prune=True).status_code == 409
    assert admin.get(f"/cohorts/{run['id']}").json()["status"] == "running"
    assert plan(admin, gone)["has_changes"] is False, "without pruning it simply stays"


def test_a_plan_that_the_world_has_overtaken_is_refused_and_stores_nothing(admin):
    found = applied(admin, blueprint())
    document = blueprint()
    document["program"]["purpose"] = "Another one."
    digest = plan(admin, document)["digest"]
    path = f"/programs/{found['program_id']}"
    tag = admin.get(path).headers["ETag"]
    changed = admin.patch(path, json={"purpose": "Meanwhile."}, headers={"If-Match": tag})
    assert changed.status_code == 200
    answer = sent(admin, "apply", document, digest=digest)
    assert answer.status_code == 409
    assert answer.json()["code"] == "blueprint-plan-outdated"
    assert answer.json()["digest"] == plan(admin, document)["digest"]
    assert admin.get(path).json()["purpose"] == "Meanwhile."


def test_a_digest_belongs_to_its_document_and_its_query(admin):
    digest = plan(admin, blueprint())["digest"]
    other = blueprint(messages=None)
    assert sent(admin, "apply", other, digest=digest).json()["code"] == "blueprint-plan-outdated"
    assert plan(admin, blueprint(), prune=True)["digest"] != digest
    assert admin.get("/programs").json()["items"] == []


def test_applying_takes_the_scopes_of_what_it_changes(house, admin):
    document = blueprint()
    digest = plan(admin, document)["digest"]
    reading = ["programs:read", "goals:read", "surveys:read", "competences:read"]
    made = admin.post("/tokens", json={"name": "k", "scopes": [*reading, "programs:write"]})
    narrow = house.client(made.json()["token"])
    assert plan(narrow, document)["digest"] == digest, "reading is enough to plan"
    answer = sent(narrow, "apply", document, digest=digest)
    assert answer.status_code == 403
    assert answer.json()["missing_scopes"] == ["goals:write", "surveys:write"]
    assert admin.get("/programs").json()["items"] == []
    small = blueprint(goals=None, statement=None, cohorts=None)
    applied(narrow, small)


def test_those_who_do_not_run_programs_neither_plan_nor_export(house, admin):
    found = applied(admin, blueprint())
    facilitator = colleague(house, admin, "facilitator")
    assert sent(facilitator, "plan", blueprint()).status_code == 403
    path = f"/programs/{found['program_id']}/blueprint"
    assert facilitator.get(path).json()["code"] == "not-your-program"
    assert facilitator.get("/training-modules").json()["items"], "but they read what people read"


def test_the_same_key_sent_twice_gets_the_same_answer_and_one_effect(admin):
    document = json.dumps(blueprint()).encode()
    digest = plan(admin, blueprint())["digest"]
    headers = {"Idempotency-Key": "once", **YAML}
    query = {"digest": digest}
    first, second = (
        admin.post("/blueprints/apply", content=document, params=query, headers=headers)
        for _ in range(2)
    )
    assert first.status_code == second.status_code == 200
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()
