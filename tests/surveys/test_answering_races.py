"""Two answers at the same moment, and a wave that closes while somebody answers."""

from tests.given.sessions import speaking_for
from tests.given.surveys import asked_cohort, opened_wave, safe


def answering(client, invitation_id, answers):
    url = f"/survey-invitations/{invitation_id}/answer"
    return client.build_request("POST", url, json={"answers": answers})


def test_of_several_answers_to_one_invitation_exactly_one_counts(real_house):
    admin = real_house.organization()
    cohort = asked_cohort(admin, 1, 0)
    mentor = speaking_for(real_house, admin, cohort["people"][0])
    for score in range(1, 6):
        wave = opened_wave(real_house, admin, cohort["id"])
        (invitation,) = wave["invitations"]
        answers = real_house.at_once(
            [answering(mentor, invitation["id"], safe(score, each)) for each in range(1, 5)]
        )
        assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
        refused = {each.json()["code"] for each in answers if each.status_code == 409}
        assert refused == {"survey-answered-already"}
        kept = mentor.get(f"/survey-invitations/{invitation['id']}/response").json()["answers"]
        (won,) = (place for place, each in enumerate(answers, 1) if each.status_code == 200)
        assert kept == safe(score, won)


def test_what_a_wave_says_at_its_close_is_what_it_holds_ever_after(real_house):
    admin = real_house.organization()
    cohort = asked_cohort(admin, 6, 0)
    mentors = [speaking_for(real_house, admin, each) for each in cohort["people"]]
    for _ in range(4):
        wave = opened_wave(real_house, admin, cohort["id"])
        url = f"/survey-waves/{wave['id']}"
        own = {each["enrollment_id"]: each["id"] for each in wave["invitations"]}
        ids = [own[each["enrollment_id"]] for each in cohort["people"]]
        requests = [
            answering(client, invitation_id, safe(3, 4))
            for client, invitation_id in zip(mentors, ids, strict=True)
        ]
        closing = admin.build_request("POST", f"{url}/close")
        *answers, closed = real_house.at_once([*requests[:3], *requests[3:], closing])
        assert closed.status_code == 200
        taken = sum(each.status_code == 200 for each in answers)
        assert {each.status_code for each in answers} <= {200, 409}
        events = admin.get("/events", params={"limit": 200}).json()["items"]
        (told,) = (
            each["data"]["answered_count"]
            for each in events
            if each["type"] == "survey_wave.closed" and each["data"]["survey_wave_id"] == wave["id"]
        )
        assert told == taken == admin.get(f"{url}/progress").json()["overall"]["answered_count"]
