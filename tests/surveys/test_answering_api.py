"""Answers over HTTP: given by the person, or recorded; seen by nobody else."""

import pytest

from tests.given.accounts import colleague, own_client
from tests.given.surveys import (
    TRUST,
    asked_cohort,
    opened_wave,
    recorded,
    safe,
)


@pytest.fixture(name="cohort")
def cohort_of_two(house, admin):
    return asked_cohort(admin, mentors=1, mentees=1)


@pytest.fixture(name="mentor")
def client_of_the_mentor(house, admin, cohort):
    return own_client(house, admin, cohort["people"][0])


def own_invitation(client):
    (found,) = client.get("/survey-invitations").json()["items"]
    return found


def test_a_person_reads_the_questions_answers_once_and_sees_the_own_answers(
    house, admin, cohort, mentor
):
    wave = opened_wave(house, admin, cohort["id"], surveys=[{"code": "RM-VOICE"}])
    invitation = own_invitation(mentor)
    assert invitation["answered"] is False
    url = f"/survey-invitations/{invitation['id']}"
    assert mentor.get(url).json() == invitation

    questions = mentor.get(f"{url}/questionnaire").json()
    assert (questions["mode"], questions["role"]) == ("identified", "mentor")
    assert "at least 5 people" in questions["notice"]
    (survey,) = questions["surveys"]
    codes = [item["code"] for item in survey["items"]]
    assert codes == ["RM-VOICE-1", "RM-VOICE-2-MENTOR", "RM-VOICE-3", "RM-VOICE-4"]
    assert "reverse" not in survey["items"][2]

    assert mentor.get(f"{url}/response").status_code == 404
    answers = {"RM-VOICE-1": 4, "RM-VOICE-2-MENTOR": None, "RM-VOICE-3": 1}
    receipt = mentor.post(f"{url}/answer", json={"answers": answers})
    assert receipt.status_code == 200
    assert receipt.json() == {
        "survey_wave_id": wave["id"], "survey_invitation_id": invitation["id"],
        "answered_count": 2, "unanswered_count": 2,
    }  # fmt: skip
    assert mentor.get(f"{url}/response").json()["answers"] == answers
    assert own_invitation(mentor)["answered"] is True
    again = mentor.post(f"{url}/answer", json={"answers": answers})
    assert (again.status_code, again.json()["code"]) == (409, "survey-answered-already")
    assert mentor.get(f"/survey-waves/{wave['id']}").json()["id"] == wave["id"]


def test_nobody_but_the_person_has_a_way_to_an_answer(house, admin, cohort, mentor):
    wave = opened_wave(house, admin, cohort["id"])
    url = f"/survey-invitations/{own_invitation(mentor)['id']}"
    assert mentor.post(f"{url}/answer", json={"answers": safe(5, 4, 2, 4, 1)}).status_code == 200
    partner = own_client(house, admin, cohort["people"][1])
    for client in (partner, colleague(house, admin, "program_manager")):
        assert client.get(f"{url}/response").status_code in (403, 404)
        assert client.get(f"{url}/questionnaire").status_code in (403, 404)
    assert admin.get(f"{url}/response").status_code == 403
    assert partner.get(url).status_code == 404
    assert partner.post(f"{url}/answer", json={"answers": safe(5)}).status_code == 404
    assert admin.get(url).json()["answered"] is None
    assert mentor.get(f"/survey-waves/{wave['id']}/progress").status_code == 404
    assert mentor.get("/survey-waves").json()["items"][0]["id"] == wave["id"]


def test_neither_events_nor_the_audit_trail_say_what_or_who(house, admin, cohort, mentor):
    wave = opened_wave(house, admin, cohort["id"])
    invitation = own_invitation(mentor)
    mentor.post(
        f"/survey-invitations/{invitation['id']}/answer",
        json={"answers": safe(5, 4, 2, 4, 1)},
        headers={"Idempotency-Key": "once"},
    )
    event = admin.get("/events", params={"limit": 200}).json()["items"][-1]
    assert (event["type"], event["data"]) == (
        "survey_wave.answered", {"survey_wave_id": wave["id"]},
    )  # fmt: skip
    entries = admin.get("/audit-entries", params={"limit": 200}).json()["items"]
    (entry,) = [each for each in entries if each["action"] == "answer_survey"]
    assert entry["changes"] == []


def test_the_same_key_answers_once_and_gets_the_same_receipt(house, admin, cohort, mentor):
    opened_wave(house, admin, cohort["id"])
    url = f"/survey-invitations/{own_invitation(mentor)['id']}/answer"
    first, second = (
        mentor.post(url, json={"answers": safe(5)}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    )
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("answers", "pointer", "code"),
    [
        ({"RM-SAFE-1": 6}, "/answers/RM-SAFE-1", "out_of_range"),
        ({"RM-SAFE-1": 0}, "/answers/RM-SAFE-1", "out_of_range"),
        ({"RM-SAFE-1": "4"}, "/answers/RM-SAFE-1", "int_type"),
        ({"RM-SAFE-9": 4}, "/answers/RM-SAFE-9", "unknown_item"),
        ({"RM-VOICE-2-MENTEE": 4}, "/answers/RM-VOICE-2-MENTEE", "not_of_the_audience"),
        ({"PULSE-OBSTACLE-1": 1}, "/answers/PULSE-OBSTACLE-1", "not_an_option"),
        ({"PULSE-OBSTACLE-1": "weather"}, "/answers/PULSE-OBSTACLE-1", "not_an_option"),
        ({"LT-1": None}, "/answers/LT-1", "null_not_allowed"),
    ],
)
def test_an_answer_that_was_not_asked_for_is_refused_with_its_place(
    house, admin, cohort, mentor, answers, pointer, code
):
    assert admin.post("/surveys", json={**TRUST, "prefer_not_to_say": False}).status_code == 201
    surveys = [{"code": c} for c in ("RM-SAFE", "RM-VOICE", "PULSE-3", "LOCAL-TRUST")]
    opened_wave(house, admin, cohort["id"], surveys=surveys)
    url = f"/survey-invitations/{own_invitation(mentor)['id']}"
    refused = mentor.post(f"{url}/answer", json={"answers": {**answers, "RM-SAFE-2": 3}})
    assert refused.status_code == 422
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [(pointer, code)]
    assert mentor.get(f"{url}/response").status_code == 404


@pytest.mark.parametrize("answers", [{}, {"RM-SAFE-1": True}, {"RM-SAFE-1": 1.5}, {"/": 1}, []])
def test_what_is_no_answer_at_all_does_not_fit_the_contract(house, admin, cohort, mentor, answers):
    opened_wave(house, admin, cohort["id"])
    url = f"/survey-invitations/{own_invitation(mentor)['id']}/answer"
    assert mentor.post(url, json={"answers": answers}).status_code == 422


def test_a_choice_is_answered_by_its_code(house, admin, cohort, mentor):
    opened_wave(house, admin, cohort["id"], moment="pulse", surveys=[{"code": "PULSE-3"}])
    url = f"/survey-invitations/{own_invitation(mentor)['id']}"
    answers = {"PULSE-USEFUL-1": 4, "PULSE-OBSTACLE-1": "time"}
    assert mentor.post(f"{url}/answer", json={"answers": answers}).status_code == 200
    assert mentor.get(f"{url}/response").json()["answers"] == answers


def test_questions_come_in_another_language_where_there_is_a_translation(
    house, admin, cohort, mentor
):
    german = {**TRUST, "language": "de", "title": "Vertrauen"}
    for each in (TRUST, german):
        assert admin.post("/surveys", json=each).status_code == 201
    surveys = [{"code": "LOCAL-TRUST"}, {"code": "RM-SAFE"}]
    opened_wave(house, admin, cohort["id"], surveys=surveys)
    url = f"/survey-invitations/{own_invitation(mentor)['id']}/questionnaire"
    shown = mentor.get(url, params={"language": "de"}).json()["surveys"]
    assert (shown[0]["language"], shown[0]["title"]) == ("de", "Vertrauen")
    assert shown[1]["language"] == "en"
    assert mentor.get(url).json()["surveys"][0]["title"] == "Trust"
    assert mentor.get(url, params={"lang": "de"}).status_code == 422


def test_after_the_end_nobody_answers(house, admin, cohort):
    opened_wave(house, admin, cohort["id"])
    house.clock.travel(days=14)
    mentor = own_client(house, admin, cohort["people"][0])
    url = f"/survey-invitations/{own_invitation(mentor)['id']}/answer"
    late = mentor.post(url, json={"answers": safe(1)})
    assert (late.status_code, late.json()["code"]) == (409, "survey-wave-not-open")


def test_answers_collected_elsewhere_get_a_verdict_each(house, admin, cohort):
    wave = opened_wave(house, admin, cohort["id"])
    first, second = (each["id"] for each in wave["invitations"])
    unknown = "01980000-0000-7000-8000-000000000000"
    response = admin.post(
        f"/survey-waves/{wave['id']}/responses",
        json={
            "items": [
                {"survey_invitation_id": first, "answers": safe(1, 2, 3, 4, 5)},
                {"survey_invitation_id": first, "answers": safe(1)},
                {"survey_invitation_id": unknown, "answers": safe(1)},
                {"survey_invitation_id": second, "answers": safe(9)},
            ]
        },
    )
    assert response.status_code == 200
    told = response.json()
    assert (told["recorded_count"], told["refused_count"]) == (1, 3)
    assert [each["verdict"] for each in told["items"]] == ["recorded"] + ["refused"] * 3
    assert [each["mistakes"][0]["code"] for each in told["items"][1:]] == [
        "repeated", "unknown_reference", "out_of_range",
    ]  # fmt: skip
    event = admin.get("/events", params={"limit": 200}).json()["items"][-1]
    assert event["data"] == {"survey_wave_id": wave["id"], "recorded_count": 1}
    again = admin.post(
        f"/survey-waves/{wave['id']}/responses",
        json={"items": [{"survey_invitation_id": first, "answers": safe(3)}]},
    ).json()
    assert again["items"][0]["mistakes"][0]["code"] == "answered_already"


def test_whether_somebody_answered_is_not_told_for_answers_that_would_not_be_stored(
    house, admin, cohort
):
    wave = opened_wave(house, admin, cohort["id"])
    recorded(admin, wave, [safe(1, 2, 3, 4, 5)])
    rows = [
        {"survey_invitation_id": each["id"], "answers": {"RM-SAFE-1": 99}}
        for each in wave["invitations"]
    ]
    told = admin.post(f"/survey-waves/{wave['id']}/responses", json={"items": rows}).json()
    assert {row["mistakes"][0]["code"] for row in told["items"]} == {"out_of_range"}


def test_a_program_manager_records_nobodys_answers(house, admin, cohort):
    wave = opened_wave(house, admin, cohort["id"])
    manager = colleague(house, admin, "program_manager")
    row = {"survey_invitation_id": wave["invitations"][0]["id"], "answers": safe(1)}
    refused = manager.post(f"/survey-waves/{wave['id']}/responses", json={"items": [row]})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    integration = colleague(house, admin, "integration")
    taken = integration.post(f"/survey-waves/{wave['id']}/responses", json={"items": [row]})
    assert taken.json()["recorded_count"] == 1


def test_a_later_colleague_is_not_in_the_frame_of_an_open_wave(house, admin, cohort):
    wave = opened_wave(house, admin, cohort["id"])
    asked_cohort(admin, 2, 2)
    shown = admin.get("/survey-invitations", params={"survey_wave_id": wave["id"]}).json()
    assert len(shown["items"]) == 2
    mine = admin.get(
        "/survey-invitations", params={"participant_id": cohort["people"][0]["id"]}
    ).json()
    assert len(mine["items"]) == 1
