"""Pairings over HTTP: the life cycle, who answers, and what each may see."""

import pytest

from tests.given.accounts import colleague, own_client
from tests.given.pairings import (
    SIDES,
    accepted_by_both,
    client_of,
    enrolled,
    pairing,
    proposal,
    step,
)
from tests.given.programs import cohort


def events(client, kind):
    found = client.get("/events", params={"limit": 200}).json()["items"]
    return [each["data"] for each in found if each["type"] == kind]


def test_two_people_say_yes_for_themselves_and_begin_at_once_in_a_running_cohort(admin, house):
    found = proposal(admin)
    mentor, mentee = (client_of(admin, house, found, side) for side in SIDES)
    after_one = step(mentor, found, "accept")
    assert (after_one["status"], after_one["mentor_answer"]) == ("proposed", "accepted")
    after_both = step(mentee, found, "accept")
    assert after_both["status"] == "active"
    assert after_both["activated_at"] is not None
    assert [each["side"] for each in events(admin, "pairing.accepted_by_side")] == list(SIDES)
    assert not any(each["on_behalf"] for each in events(admin, "pairing.accepted_by_side"))


def test_a_pair_of_a_cohort_that_does_not_run_yet_waits_and_begins_with_it(admin, house):
    found = pairing(admin, "accepted")
    assert found["activated_at"] is None
    admin.post(f"/cohorts/{found['cohort_id']}/launch")
    house.work_off()
    assert admin.get(f"/pairings/{found['id']}").json()["status"] == "active"


def test_a_manager_may_let_a_pair_begin_before_its_cohort(admin):
    found = pairing(admin, "accepted")
    assert step(admin, found, "activate")["status"] == "active"


def test_before_both_have_decided_nobody_sees_the_answer_of_the_other(admin, house):
    found = proposal(admin)
    mentor, mentee = (client_of(admin, house, found, side) for side in SIDES)
    before = mentee.get(f"/pairings/{found['id']}").json()
    house.clock.travel(minutes=5)
    step(mentor, found, "accept")
    seen = mentee.get(f"/pairings/{found['id']}")
    assert seen.json() == before
    assert "etag" not in seen.headers
    assert seen.json()["mentor_answer"] is None
    assert admin.get(f"/pairings/{found['id']}").json()["mentor_answer"] == "accepted"
    listed = mentee.get("/pairings").json()["items"]
    assert [each["mentor_answer"] for each in listed] == [None]


def test_points_and_decline_reasons_are_for_those_who_run_the_program(admin, house):
    found = proposal(admin)
    mentor, mentee = (client_of(admin, house, found, side) for side in SIDES)
    step(mentee, found, "decline", reason="too_close")
    seen = mentor.get(f"/pairings/{found['id']}").json()
    assert (seen["status"], seen["mentee_answer"]) == ("declined", "declined")
    assert seen["decline_reason"] is seen["score"] is seen["breakdown"] is None
    told = admin.get(f"/pairings/{found['id']}").json()
    assert told["decline_reason"] == "too_close"
    assert sum(told["breakdown"].values()) == told["score"] > 0
    assert "too_close" not in mentor.get("/pairings").text


def test_a_declined_proposal_moves_nothing_else(admin, house):
    mentor = enrolled(admin, cohort(admin, status="running")["id"], "mentor")
    declined, other = (proposal(admin, mentor=mentor) for _ in range(2))
    step(admin, declined, "decline", on_behalf_of="mentee")
    house.work_off()
    assert admin.get(f"/pairings/{other['id']}").json()["status"] == "proposed"
    assert (
        admin.get("/pairings", params={"status": "proposed"}).json()["items"][0]["id"]
        == (other["id"])
    )


@pytest.mark.parametrize(
    ("status", "verb", "code"),
    [
        ("active", "accept", "pairing-not-proposed"),
        ("active", "decline", "pairing-not-proposed"),
        ("active", "withdraw", "pairing-not-proposed"),
        ("active", "activate", "pairing-not-accepted"),
        ("active", "resume", "pairing-not-paused"),
        ("proposed", "activate", "pairing-not-accepted"),
        ("proposed", "pause", "pairing-not-active"),
        ("proposed", "resume", "pairing-not-paused"),
        ("proposed", "end", "pairing-not-under-way"),
        ("accepted", "pause", "pairing-not-active"),
        ("paused", "pause", "pairing-not-active"),
        ("ended", "end", "pairing-not-under-way"),
        ("ended", "resume", "pairing-not-paused"),
        ("declined", "accept", "pairing-not-proposed"),
        ("withdrawn", "accept", "pairing-not-proposed"),
        ("withdrawn", "withdraw", "pairing-not-proposed"),
    ],
)
def test_a_skipped_step_is_a_named_conflict(admin, status, verb, code):
    found = pairing(admin, status)
    body = {"on_behalf_of": "mentor"} if verb in ("accept", "decline") else {}
    refused = admin.post(f"/pairings/{found['id']}/{verb}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert admin.get(f"/pairings/{found['id']}").json() == found


def test_the_same_yes_twice_is_a_named_conflict_and_a_change_of_mind_is_not(admin):
    found = proposal(admin)
    step(admin, found, "accept", on_behalf_of="mentor")
    again = admin.post(f"/pairings/{found['id']}/accept", json={"on_behalf_of": "mentor"})
    assert again.json()["code"] == "answered-already"
    assert step(admin, found, "decline", on_behalf_of="mentor")["status"] == "declined"


def test_only_the_two_answer_and_only_those_in_charge_record_an_answer(admin, house):
    found = proposal(admin)
    mentor = client_of(admin, house, found, "mentor")
    refused = mentor.post(f"/pairings/{found['id']}/accept", json={"on_behalf_of": "mentee"})
    assert refused.status_code == 403
    unsaid = admin.post(f"/pairings/{found['id']}/accept", json={})
    assert unsaid.status_code == 422
    assert unsaid.json()["errors"][0]["pointer"] == "/on_behalf_of"
    facilitator = colleague(house, admin, "facilitator")
    assert facilitator.get(f"/pairings/{found['id']}").status_code == 200
    assert facilitator.post(f"/pairings/{found['id']}/accept", json={}).status_code == 403
    step(admin, found, "accept", on_behalf_of="mentee")
    assert events(admin, "pairing.accepted_by_side")[-1]["on_behalf"] is True


def test_a_person_sees_own_pairings_only(admin, house):
    found, other = proposal(admin), proposal(admin)
    mentor = client_of(admin, house, found, "mentor")
    assert [each["id"] for each in mentor.get("/pairings").json()["items"]] == [found["id"]]
    for way in ("", "/partner"):
        assert mentor.get(f"/pairings/{other['id']}{way}").status_code == 404
    assert mentor.post(f"/pairings/{other['id']}/end", json={}).status_code == 404


def test_the_partners_card_tells_who_they_are_and_the_address_only_while_active(admin, house):
    running = cohort(admin, status="running")["id"]
    mentee = enrolled(
        admin, running, "mentee", motivation="I want to understand", work_email="boss@example.com"
    )
    found = proposal(admin, mentee=mentee)
    mentor = client_of(admin, house, found, "mentor")
    card = mentor.get(f"/pairings/{found['id']}/partner").json()
    assert card["participant_id"] == mentee["participant_id"]
    assert (card["side"], card["motivation"]) == ("mentee", "I want to understand")
    assert card["work_email"] is None
    assert not {"job_level", "manager_id", "external_id"} & card.keys()
    accepted_by_both(admin, found)
    assert mentor.get(f"/pairings/{found['id']}/partner").json()["work_email"] == "boss@example.com"
    assert admin.get(f"/pairings/{found['id']}/partner").status_code == 403
    declined = step(admin, proposal(admin, mentee=mentee), "decline", on_behalf_of="mentee")
    own = client_of(admin, house, declined, "mentor")
    assert own.get(f"/pairings/{declined['id']}/partner").status_code == 404


def test_the_junior_ends_a_pair_as_easily_as_the_boss_and_no_word_tells_who_it_was(admin, house):
    seen = []
    for side, other in (SIDES, reversed(SIDES)):
        found = pairing(admin)
        one, partner = (client_of(admin, house, found, each) for each in (side, other))
        step(one, found, "end")
        told = partner.get(f"/pairings/{found['id']}").json()
        seen.append({key: told[key] for key in ("status", "end_reason", "decline_reason")})
    assert seen[0] == seen[1]
    assert seen[0]["end_reason"] == "no_fault_change"


def test_an_ended_pair_gives_both_places_back(admin):
    mentor = enrolled(admin, cohort(admin, status="running")["id"], "mentor")
    first = pairing(admin, mentor=mentor)
    second = proposal(admin, mentor=mentor)
    full = admin.post(f"/pairings/{second['id']}/accept", json={"on_behalf_of": "mentee"})
    assert (full.status_code, full.json()["code"]) == (409, "capacity-reached")
    assert full.json()["side"] == "mentor"
    step(admin, first, "end")
    assert accepted_by_both(admin, second)["status"] == "active"


def test_a_full_mentor_leaves_other_proposals_as_they_are_and_says_which_wait(admin):
    mentor = enrolled(admin, cohort(admin, status="running")["id"], "mentor")
    first, second = (proposal(admin, mentor=mentor) for _ in range(2))
    accepted_by_both(admin, first)
    assert admin.get(f"/pairings/{second['id']}").json()["status"] == "proposed"
    filled = {each["enrollment_id"]: each for each in events(admin, "pairing.places_filled")}
    assert filled[mentor["id"]]["waiting_pairing_ids"] == [second["id"]]


def test_a_pause_is_counted_and_ends_with_it_too(admin, house):
    found = pairing(admin)
    step(admin, found, "pause")
    house.clock.travel(hours=3)
    assert step(admin, found, "resume")["paused_minutes"] == 180
    step(admin, found, "pause")
    house.clock.travel(minutes=30)
    ended = step(admin, found, "end", reason="completed")
    assert (ended["paused_minutes"], ended["paused_at"]) == (210, None)


def test_an_end_takes_only_the_reasons_of_people(admin):
    found = pairing(admin)
    refused = admin.post(f"/pairings/{found['id']}/end", json={"reason": "left_organization"})
    assert refused.status_code == 422


def test_a_question_stops_the_time_and_only_who_asked_reads_the_answer(admin, house):
    found = proposal(admin)
    mentor, mentee = (client_of(admin, house, found, side) for side in SIDES)
    asked = step(mentee, found, "ask-for-information", question="How many hours a month?")
    assert asked["side"] == "mentee"
    again = mentee.post(
        f"/pairings/{found['id']}/ask-for-information", json={"question": "And where?"}
    )
    assert again.json()["code"] == "question-open"
    house.clock.travel(days=40)
    house.work_off()
    assert admin.get(f"/pairings/{found['id']}").json()["status"] == "proposed"
    waiting = admin.get("/pairing-questions", params={"answered": "false"}).json()["items"]
    assert [each["id"] for each in waiting] == [asked["id"]]
    assert mentor.get("/pairing-questions").json()["items"] == []
    assert mentor.get(f"/pairing-questions/{asked['id']}").status_code == 404
    own = mentee.post(f"/pairing-questions/{asked['id']}/answer", json={"answer": "Two"})
    assert own.status_code == 403
    answered = admin.post(f"/pairing-questions/{asked['id']}/answer", json={"answer": "One"})
    assert answered.status_code == 200
    assert mentee.get(f"/pairing-questions/{asked['id']}").json()["answer"] == "One"
    twice = admin.post(f"/pairing-questions/{asked['id']}/answer", json={"answer": "Two"})
    assert twice.json()["code"] == "question-answered"
    now = admin.get(f"/pairings/{found['id']}").json()
    assert now["mentee_answer"] == "pending"
    assert now["expires_at"][:10] == "2026-04-25"  # fourteen days, and the forty of waiting
    assert step(mentee, found, "accept")["mentee_answer"] == "accepted"


def test_whoever_asks_may_decide_before_the_answer_comes(admin, house):
    found = proposal(admin)
    mentee = client_of(admin, house, found, "mentee")
    asked = step(mentee, found, "ask-for-information", question="Why me?")
    step(mentee, found, "accept")
    late = admin.post(f"/pairing-questions/{asked['id']}/answer", json={"answer": "Because"})
    assert late.status_code == 200
    assert admin.get(f"/pairings/{found['id']}").json()["mentee_answer"] == "accepted"
    refused = mentee.post(f"/pairings/{found['id']}/ask-for-information", json={"question": "?"})
    assert refused.json()["code"] == "answered-already"


def test_silence_is_reminded_of_once_and_then_ends_the_proposal_alone(admin, house):
    found = proposal(admin)
    step(admin, found, "accept", on_behalf_of="mentor")
    house.clock.travel(days=12)
    for _ in range(2):
        house.clock.travel(hours=1)
        house.work_off()
    reminded = events(admin, "pairing.expires_soon")
    assert [each["silent_ids"] for each in reminded] == [[found["mentee_id"]]]
    house.clock.travel(days=2)
    house.work_off()
    assert admin.get(f"/pairings/{found['id']}").json()["status"] == "expired"
    assert [each["pairing_id"] for each in events(admin, "pairing.expired")] == [found["id"]]


def test_who_left_the_cohort_cannot_be_accepted_any_more(admin):
    found = proposal(admin)
    admin.post(f"/enrollments/{found['mentor_enrollment_id']}/withdraw")
    refused = admin.post(f"/pairings/{found['id']}/accept", json={"on_behalf_of": "mentee"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-taking-part")


def test_a_hard_rule_forbids_a_proposal_until_it_is_set_aside_by_name(admin):
    running = cohort(admin, status="running")["id"]
    mentor = enrolled(admin, running, "mentor", job_level=8)
    mentee = enrolled(admin, running, "mentee", job_level=8, languages=["de"])
    wanted = {"mentor_enrollment_id": mentor["id"], "mentee_enrollment_id": mentee["id"]}
    refused = admin.post("/pairings", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (409, "pair-forbidden")
    assert refused.json()["rules"] == ["direction", "shared_language"]
    still = admin.post("/pairings", json={**wanted, "override_rules": ["direction"]})
    assert still.json()["rules"] == ["shared_language"]
    both = ["direction", "shared_language"]
    allowed = admin.post("/pairings", json={**wanted, "override_rules": both})
    assert allowed.status_code == 201
    assert allowed.json()["overridden_rules"] == both
    twice = admin.post("/pairings", json={**wanted, "override_rules": both})
    assert (twice.status_code, twice.json()["code"]) == (409, "already-paired")


def test_a_veto_is_nobodys_to_set_aside_and_does_not_tell_whose_it_is(admin, house):
    running = cohort(admin, status="running")["id"]
    mentor = enrolled(admin, running, "mentor")
    mentee = enrolled(admin, running, "mentee")
    own = own_client(house, admin, {"id": mentee["participant_id"]})
    etag = own.get(f"/enrollments/{mentee['id']}").headers["ETag"]
    vetoed = own.patch(
        f"/enrollments/{mentee['id']}", json={"vetoes": [mentor["id"]]}, headers={"If-Match": etag}
    )
    assert vetoed.status_code == 200, vetoed.text
    wanted = {"mentor_enrollment_id": mentor["id"], "mentee_enrollment_id": mentee["id"]}
    refused = admin.post("/pairings", json={**wanted, "override_rules": ["veto"]})
    assert refused.json()["rules"] == ["personal_choice"]
    assert "veto" not in refused.text


def test_who_declined_once_is_not_proposed_again_by_mistake(admin):
    found = pairing(admin, "declined")
    wanted = {name: found[name] for name in ("mentor_enrollment_id", "mentee_enrollment_id")}
    assert admin.post("/pairings", json=wanted).json()["rules"] == ["personal_choice"]


def test_a_proposal_names_enrollments_of_one_cohort_in_their_roles(admin):
    running = cohort(admin, status="running")["id"]
    mentor, mentee = enrolled(admin, running, "mentor"), enrolled(admin, running, "mentee")
    elsewhere = enrolled(admin, cohort(admin, status="running")["id"], "mentee")
    for first, second, pointer in (
        (mentee["id"], mentor["id"], "/mentor_enrollment_id"),
        (mentor["id"], mentor["id"], "/mentee_enrollment_id"),
        (mentor["id"], elsewhere["id"], "/mentee_enrollment_id"),
        (mentor["participant_id"], mentee["id"], "/mentor_enrollment_id"),
    ):
        refused = admin.post(
            "/pairings", json={"mentor_enrollment_id": first, "mentee_enrollment_id": second}
        )
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == pointer


def test_pairings_are_found_by_cohort_person_enrollment_and_status(admin):
    found, other = pairing(admin), proposal(admin)
    for query in (
        {"cohort_id": found["cohort_id"]},
        {"participant_id": found["mentor_id"]},
        {"participant_id": found["mentee_id"]},
        {"enrollment_id": found["mentee_enrollment_id"]},
        {"status": "active"},
    ):
        listed = admin.get("/pairings", params=query).json()["items"]
        assert [each["id"] for each in listed] == [found["id"]], query
    assert len(admin.get("/pairings").json()["items"]) == 2
    assert other["status"] == "proposed"
