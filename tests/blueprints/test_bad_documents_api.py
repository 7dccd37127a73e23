"""Documents that cannot be made so: each gets a named answer, and nothing is stored."""

import json

import pytest

from tests.given.blueprints import YAML, applied, blueprint, plan, sent
from tests.given.surveys import TRUST

HEAD = "format: rementor/v1\nprogram: {key: a, name: A, purpose: Why.}\n"
COHORT = "cohorts: [{key: c, name: C, starts_on: "
WAVE = (
    "{key: w, title: W, moment: end, opens_after_days: 1, open_for_days: 1,"
    " questionnaires: [{code: "
)


def refused(client, document):
    """The errors of a document that is refused, by their place."""
    response = sent(client, "plan", document)
    assert response.status_code == 422, response.text
    assert client.get("/programs").json()["items"] == []
    return {each["pointer"]: each for each in response.json()["errors"]}


def test_an_unknown_key_is_refused_with_line_and_column_and_the_nearest_known_one(admin):
    text = HEAD + "goals:\n  - {key: g, title: G, category: custom, basline: 1}\n"
    told = refused(admin, text)["/goals/0/basline"]
    assert (told["line"], told["column"], told["code"]) == (4, 42, "extra_forbidden")
    assert "did you mean `baseline`?" in told["detail"]


def test_an_unknown_key_of_a_json_document_is_refused_with_line_and_column(admin):
    text = json.dumps(blueprint(cohort=[]), indent=2)
    line = 1 + text[: text.index('"cohort"')].count("\n")
    response = admin.post(
        "/blueprints/plan", content=text, headers={"Content-Type": "application/json"}
    )
    (error,) = response.json()["errors"]
    assert (error["line"], error["column"]) == (line, 3)
    assert "did you mean `cohorts`?" in error["detail"]


@pytest.mark.parametrize(
    ("part", "pointer", "code"),
    [
        ("goals: [{key: g, title: G, category: custom}, {key: g, title: H, category: custom}]",
         "/goals/1/key", "key_twice"),
        ("statement: {text: T, goals: [nothing]}", "/statement/goals/0", "key_unknown"),
        ("goals: [{key: g, title: G, category: custom, competences: ['digcomp:9.9']}]",
         "/goals/0/competences/0", "unknown_reference"),
        ("messages: [{key: m, occasion: welcome, subject: S, body: 'Hi {{salary}}'}]",
         "/messages/0/body", "value_error"),
        ("cohorts: [{key: c, name: C}]", "/cohorts/0", "value_error"),
        (COHORT + "2026-05-01, ends_on: 2026-04-01}]",
         "/cohorts/0/ends_on", "ends_before_start"),
        (COHORT + "9999-12-01, milestones: [{name: M, after_days: 300}]}]",
         "/cohorts/0/milestones/0/after_days", "date_overflow"),
        (COHORT + "9998-12-01, lasts_months: 24}]",
         "/cohorts/0/lasts_months", "date_overflow"),
        (COHORT + "2026-05-01, surveys: [" + WAVE + "NONE}]}]}]",
         "/cohorts/0/surveys/0/questionnaires/0", "unknown_reference"),
        (COHORT + "2025-05-01, surveys: [" + WAVE + "RM-SAFE}]}]}]",
         "/cohorts/0/surveys/0/closes_at", "in_the_past"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_place_before_anything_is_applied(admin, part, pointer, code):
    errors = refused(admin, HEAD + part)
    assert errors[pointer]["code"] == code
    assert errors[pointer]["line"] == 3


def test_a_rule_that_no_matching_knows_is_told_at_its_place(admin):
    text = (
        "format: rementor/v1\nprogram:\n  key: a\n  name: A\n  purpose: Why.\n"
        "  matching:\n    rules:\n      same_taem: true\n"
    )
    told = refused(admin, text)["/program/matching/rules/same_taem"]
    assert (told["line"], told["code"]) == (8, "rule_unknown")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &a [x]\nb: [*a, *a]\n", "yaml_alias"),
        ("!!python/object/apply:os.system [id]", "yaml_tag"),
        (HEAD + "program: {}\n", "yaml_duplicate_key"),
        ("[" * 100_000, "yaml_too_deep"),
        ("just words", "model_type"),
        ("- 1", "model_type"),
    ],
)
def test_a_hostile_or_mistaken_text_is_refused_by_name(admin, text, code):
    assert [each["code"] for each in refused(admin, text).values()] == [code]


def test_a_document_that_is_too_large_is_refused_before_it_is_read(admin):
    assert sent(admin, "plan", "# x\n" * 100_000).status_code == 413


def test_only_yaml_and_json_are_read(admin):
    headers = {"Content-Type": "text/plain"}
    assert admin.post("/blueprints/plan", content=HEAD, headers=headers).status_code == 415


def test_a_framework_or_questionnaire_that_is_out_is_never_changed_by_a_document(admin):
    framework = {
        "code": "own", "title": "Own", "framework_version": "1", "levels": [{"prompt": "I can."}],
        "competences": [{"code": "a", "area": "A", "title": "A"}],
    }  # fmt: skip
    document = blueprint(frameworks=[framework], questionnaires=[TRUST])
    applied(admin, document)
    assert plan(admin, document)["has_changes"] is False
    framework["title"] = "Ours"
    document = blueprint(frameworks=[framework], questionnaires=[{**TRUST, "title": "Faith"}])
    told = plan(admin, document)
    assert [each["code"] for each in told["refusals"]] == [
        "framework_differs",
        "questionnaire_differs",
    ]
    (own,) = admin.get("/frameworks", params={"code": "own"}).json()["items"]
    assert admin.post(f"/frameworks/{own['id']}/retire").status_code == 200
    framework["title"] = "Own"
    told = plan(admin, blueprint(frameworks=[framework]))
    assert [each["code"] for each in told["refusals"]] == ["framework_retired"]


def test_figures_that_progress_was_measured_against_move_only_with_a_reason(admin):
    found = applied(admin, blueprint())
    goals = admin.get("/goals", params={"program_id": found["program_id"]}).json()["items"]
    (measured,) = [each for each in goals if each["baseline"] is not None]
    checked = admin.post(f"/goals/{measured['id']}/check-in", json={"value": 1})
    assert checked.status_code == 201
    document = blueprint()
    document["goals"][0]["target"] = 8
    assert [e["code"] for e in plan(admin, document)["refusals"]] == ["target_locked"]
    applied(admin, document, reason="Two teams joined.")
    (moved,) = admin.get("/target-changes", params={"goal_id": measured["id"]}).json()["items"]
    assert (moved["before"], moved["after"], moved["reason"]) == (4, 8, "Two teams joined.")
    document["goals"][0]["direction"] = "down"
    told = plan(admin, document, reason="Turned round.")
    assert [e["code"] for e in told["refusals"]] == ["target_locked"]


def test_an_open_survey_moves_only_its_end_and_a_planned_one_is_planned_anew(admin):
    found = applied(admin, blueprint())
    (run,) = admin.get("/cohorts", params={"program_id": found["program_id"]}).json()["items"]
    document = blueprint()
    wave = document["cohorts"][0]["surveys"][0]
    wave["questionnaires"] = [{"code": "RM-REL"}]
    applied(admin, document)
    (planned,) = admin.get("/survey-waves", params={"cohort_id": run["id"]}).json()["items"]
    assert planned["surveys"][0]["code"] == "RM-REL"
    person = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "UTC"}
    rosa = admin.post("/participants", json=person).json()["id"]
    admin.post(f"/cohorts/{run['id']}/open-enrollment")
    wanted = {"cohort_id": run["id"], "participant_id": rosa, "role": "mentor",
              "consent_source": "Form"}  # fmt: skip
    assert admin.post("/enrollments", json=wanted).status_code == 201
    assert admin.post(f"/survey-waves/{planned['id']}/open").status_code == 200
    wave["title"] = "Another name"
    assert [e["code"] for e in plan(admin, document)["refusals"]] == ["survey_wave_open"]
    wave["title"], wave["open_for_days"] = "Before the first meetings", 9
    applied(admin, document)
    assert plan(admin, blueprint(cohorts=None), prune=True)["refusals"][0]["code"] in (
        "survey_wave_open",
        "cohort_enrolling",
    )


def test_history_is_left_alone(admin):
    found = applied(admin, blueprint())
    program_id = found["program_id"]
    (run,) = admin.get("/cohorts", params={"program_id": program_id}).json()["items"]
    assert admin.post(f"/cohorts/{run['id']}/cancel").status_code == 200
    assert plan(admin, blueprint())["has_changes"] is False
    assert plan(admin, blueprint(cohorts=None), prune=True)["has_changes"] is False
    document = blueprint()
    document["cohorts"][0]["name"] = "Summer"
    assert [e["code"] for e in plan(admin, document)["refusals"]] == ["cohort_over"]
    assert admin.post(f"/programs/{program_id}/close").status_code == 200
    document = blueprint(messages=[])
    document["program"]["name"] = "Anew"
    assert {e["code"] for e in plan(admin, document)["refusals"]} == {"program_closed"}


def test_a_goal_keeps_its_key_and_its_level(admin):
    applied(admin, blueprint())
    document = blueprint()
    goal = document["goals"].pop(1)
    document["statement"]["goals"] = ["meetings"]
    document["cohorts"][0]["goals"].append(goal)
    assert [e["code"] for e in plan(admin, document)["refusals"]] == ["goal_moved"]


def test_a_name_that_is_taken_is_told_by_the_plan(admin):
    applied(admin, blueprint())
    other = blueprint(goals=None, statement=None, cohorts=None)
    other["program"]["key"] = "another"
    assert sent(admin, "plan", other).json()["code"] == "program-name-taken"


def test_a_program_too_large_for_a_document_says_so(admin):
    found = applied(admin, blueprint(goals=None, statement=None, cohorts=None))
    for number in range(51):
        wanted = {"program_id": found["program_id"], "title": f"G {number}", "category": "custom"}
        assert admin.post("/goals", json=wanted).status_code == 201
    answer = admin.get(f"/programs/{found['program_id']}/blueprint")
    assert (answer.status_code, answer.json()["code"]) == (409, "blueprint-too-large")


def test_the_digest_is_needed_to_apply(admin):
    assert admin.post("/blueprints/apply", content=HEAD, headers=YAML).status_code == 422
