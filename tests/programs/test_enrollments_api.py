"""Enrollments over HTTP: who may let whom in, and every step from invitation to end."""

import pytest
from sqlalchemy import text

from tests.given.accounts import colleague, own_client
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment

NOBODY = "01920000-0000-7000-8000-000000000000"


def step(client, thing, verb, **body):
    return client.post(f"/enrollments/{thing['id']}/{verb}", json=body or None)


def changed(client, thing, **facts):
    version = client.get(f"/enrollments/{thing['id']}").headers["ETag"]
    return client.patch(f"/enrollments/{thing['id']}", json=facts, headers={"If-Match": version})


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def told(client, kind):
    return client.get(f"/events?type={kind}").json()["items"]


@pytest.fixture(name="rosa")
def a_person_with_an_account(admin, house):
    """Rosa and her client."""
    found = participant(admin, given_name="Rosa", work_email="rosa@example.com")
    return found, own_client(house, admin, found)


@pytest.fixture(name="open_cohort")
def a_cohort_to_apply_to(admin):
    return cohort(admin, enrollment_mode="open")


def apply(client, cohort_id, role="mentor", **facts):
    return client.post("/enrollments", json={"cohort_id": cohort_id, "role": role, **facts})


def places(house, enrollment_id):
    counted = house.lanes.connection.execute(
        text("SELECT slot FROM places WHERE enrollment_id = :id ORDER BY slot"),
        {"id": enrollment_id if house.lanes.on_postgresql else enrollment_id.replace("-", "")},
    )
    return list(counted.scalars())


def test_a_manager_enrolls_at_once_with_consent_and_its_source(admin, house):
    here = cohort(admin)
    person = participant(admin)
    made = admin.post(
        "/enrollments",
        json={
            "cohort_id": here["id"],
            "participant_id": person["id"],
            "role": "mentor",
            "capacity": 2,
            "availability": [
                {"weekday": "monday", "starts_at": "09:00", "ends_at": "10:30"},
            ],
            "languages": ["it", "en"],
            "motivation": "Ich möchte zeigen, was geht: 頑張ります",
            "interests": ["jazz", "山歩き"],
            "work_values": ["candour"],
            "communication_preference": "direct",
            "consent_source": "Form of 1 March",
            "metadata": {"hr": "1"},
        },
    )
    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/enrollments/{made.json()['id']}"
    found = admin.get(f"/enrollments/{made.json()['id']}")
    assert found.json() == made.json()
    assert found.headers["ETag"] == made.headers["ETag"]
    assert (found.json()["status"], found.json()["modes"]) == ("enrolled", ["in_person", "video"])
    assert found.json()["consented_at"] == "2026-03-02T09:00:00Z"
    assert found.json()["motivation"].endswith("頑張ります")
    assert (found.json()["wishes"], found.json()["vetoes"]) == (None, None)
    assert places(house, made.json()["id"]) == [1, 2]
    assert told(admin, "enrollment.enrolled")[0]["data"] == {
        "enrollment_id": made.json()["id"],
        "cohort_id": here["id"],
        "participant_id": person["id"],
        "role": "mentor",
    }


def test_an_invited_person_joins_gives_consent_and_leaves_without_a_word(admin, rosa, house):
    person, client = rosa
    mine = enrollment(
        admin, cohort(admin)["id"], "mentee", person, invite=True, consent_source=None
    )
    assert mine["status"] == "invited"
    assert places(house, mine["id"]) == []
    assert step(client, mine, "join").json()["status"] == "enrolled"
    assert places(house, mine["id"]) == [1]
    given = client.post(f"/enrollments/{mine['id']}/give-consent", json={"source": None}).json()
    assert given["consented_at"] == "2026-03-02T09:00:00Z"
    assert given["consent_source"] is None
    left = step(client, mine, "withdraw").json()
    assert (left["status"], left["ended_at"]) == ("withdrawn", "2026-03-02T09:00:00Z")
    assert [each["data"]["enrollment_id"] for each in told(admin, "enrollment.withdrawn")] == [
        mine["id"]
    ]


def test_who_withdrew_may_come_back_under_the_same_id(admin, house):
    here, person = cohort(admin), participant(admin)
    mine = enrollment(admin, here["id"], "mentor", person, capacity=3)
    again = admin.post(
        "/enrollments",
        json={"cohort_id": here["id"], "participant_id": person["id"], "role": "mentor"},
    )
    assert refusal(again) == (409, "already-enrolled")
    assert again.json()["enrollment_id"] == mine["id"]
    step(admin, mine, "withdraw")
    back = enrollment(admin, here["id"], "mentor", person, capacity=1)
    assert (back["id"], back["status"], back["ended_at"]) == (mine["id"], "enrolled", None)
    assert places(house, mine["id"]) == [1]


def test_one_person_may_be_mentor_and_mentee(admin):
    here, person = cohort(admin), participant(admin)
    enrollment(admin, here["id"], "mentor", person)
    enrollment(admin, here["id"], "mentee", person)
    found = admin.get(f"/enrollments?cohort_id={here['id']}&participant_id={person['id']}")
    assert {each["role"] for each in found.json()["items"]} == {"mentor", "mentee"}


def test_an_open_cohort_is_applied_to_and_approved(admin, rosa, open_cohort):
    person, client = rosa
    assert [each["id"] for each in client.get("/cohorts").json()["items"]] == [open_cohort["id"]]
    assert client.get(f"/programs/{open_cohort['program_id']}").status_code == 200
    mine = apply(client, open_cohort["id"]).json()
    assert (mine["status"], mine["participant_id"]) == ("applied", person["id"])
    assert refusal(step(client, mine, "approve")) == (403, "not-your-program")
    assert refusal(step(client, mine, "waitlist")) == (403, "not-your-program")
    assert step(admin, mine, "approve").json()["status"] == "enrolled"
    assert len(told(admin, "enrollment.applied")) == 1


@pytest.mark.parametrize(
    "said", [{"invite": True}, {"consent_source": "me"}, {"metadata": {"a": "b"}}]
)
def test_an_applicant_does_not_say_what_managers_say(rosa, open_cohort, said):
    refused = apply(rosa[1], open_cohort["id"], **said)
    assert refused.json()["errors"][0]["code"] == "not_for_yourself"


def test_a_cohort_by_invitation_does_not_exist_for_outsiders_and_takes_no_applications(admin, rosa):
    person, client = rosa
    here = cohort(admin)
    assert client.get(f"/cohorts/{here['id']}").status_code == 404
    assert apply(client, here["id"]).json()["errors"][0]["pointer"] == "/cohort_id"
    enrollment(admin, here["id"], "mentor", person)
    assert client.get(f"/cohorts/{here['id']}").status_code == 200
    assert refusal(apply(client, here["id"], "mentee")) == (409, "cohort-by-invitation")


def test_a_running_cohort_takes_people_from_managers_but_no_applications(admin, rosa, open_cohort):
    person, client = rosa
    enrollment(admin, open_cohort["id"], "mentor", person)
    admin.post(f"/cohorts/{open_cohort['id']}/launch")
    assert refusal(apply(client, open_cohort["id"], "mentee")) == (409, "cohort-not-enrolling")
    assert enrollment(admin, open_cohort["id"], "mentee", person)["status"] == "enrolled"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("planned", "cohort-not-enrolling"),
        ("completed", "cohort-closed"),
        ("cancelled", "cohort-closed"),
    ],
)
def test_a_cohort_that_is_not_open_takes_nobody(admin, status, code):
    here, person = cohort(admin, status=status), participant(admin)
    wanted = {"cohort_id": here["id"], "participant_id": person["id"], "role": "mentor"}
    assert refusal(admin.post("/enrollments", json=wanted)) == (409, code)
    many = {"items": [{"participant_id": person["id"], "role": "mentor"}]}
    assert refusal(admin.post(f"/cohorts/{here['id']}/enroll", json=many)) == (409, code)


def test_nobody_applies_for_somebody_else(admin, rosa, open_cohort):
    other = participant(admin)
    refused = apply(rosa[1], open_cohort["id"], participant_id=other["id"])
    assert refused.json()["errors"][0]["pointer"] == "/participant_id"


def test_a_facilitator_sees_people_but_enrolls_nobody(admin, house, open_cohort):
    coach = colleague(house, admin, "facilitator", "participant")
    other = participant(admin)
    mine = enrollment(admin, open_cohort["id"], "mentor", other)
    assert coach.get(f"/enrollments/{mine['id']}").status_code == 200
    assert refusal(apply(coach, open_cohort["id"], participant_id=other["id"])) == (
        403, "not-your-program",
    )  # fmt: skip
    assert refusal(step(coach, mine, "withdraw")) == (403, "not-your-program")
    assert refusal(changed(coach, mine, capacity=2)) == (403, "not-your-program")


STATUSES = {
    "invited": ({"invite": True}, ()),
    "applied": (None, ()),
    "enrolled": ({}, ()),
    "waitlisted": ({}, ("waitlist",)),
    "declined": ({"invite": True}, ("decline",)),
    "withdrawn": ({}, ("withdraw",)),
}
STEPS = {
    "approve": ({"applied"}, "enrolled", "not-applied"),
    "join": ({"invited"}, "enrolled", "not-invited"),
    "decline": ({"invited", "applied"}, "declined", "nothing-to-decline"),
    "waitlist": ({"applied", "enrolled"}, "waitlisted", "cannot-wait"),
    "admit": ({"waitlisted"}, "enrolled", "not-waitlisted"),
    "withdraw": (
        {"invited", "applied", "enrolled", "waitlisted"}, "withdrawn", "enrollment-ended",
    ),
}  # fmt: skip


@pytest.mark.parametrize("status", STATUSES)
def test_an_enrollment_takes_no_step_out_of_turn(admin, rosa, status):
    person, client = rosa
    for verb, (allowed, after, refused) in STEPS.items():
        here = cohort(admin, enrollment_mode="open")
        facts, way = STATUSES[status]
        if facts is None:
            mine = apply(client, here["id"]).json()
        else:
            mine = enrollment(admin, here["id"], "mentor", person, **facts)
        for each in way:
            mine = step(admin, mine, each).json()
        assert mine["status"] == status
        answer = step(admin, mine, verb)
        if status in allowed:
            assert answer.json()["status"] == after
        else:
            assert refusal(answer) == (409, refused)
            assert admin.get(f"/enrollments/{mine['id']}").json()["status"] == status


@pytest.mark.parametrize("verb", ["withdraw", "waitlist"])
def test_a_cohort_that_is_over_keeps_its_people_as_they_were(admin, verb):
    here = cohort(admin, status="running")
    mine = enrollment(admin, here["id"], "mentor")
    admin.post(f"/cohorts/{here['id']}/complete")
    assert refusal(step(admin, mine, verb)) == (409, "cohort-closed")
    assert refusal(changed(admin, mine, capacity=2)) == (409, "cohort-closed")
    assert step(admin, mine, "withdraw-consent").json()["consented_at"] is None


def test_the_waitlist_takes_the_places_in_and_remembers_who_waited(admin, house):
    mine = enrollment(admin, cohort(admin)["id"], "mentor", capacity=2)
    assert step(admin, mine, "waitlist").json()["waitlisted_at"] == "2026-03-02T09:00:00Z"
    assert places(house, mine["id"]) == []
    house.clock.travel(days=1)
    back = step(admin, mine, "admit").json()
    assert (back["status"], back["waitlisted_at"]) == ("enrolled", "2026-03-02T09:00:00Z")
    assert places(house, mine["id"]) == [1, 2]


def test_capacity_lays_out_places_and_takes_them_in(admin, house):
    mine = enrollment(admin, cohort(admin)["id"], "mentor")
    assert changed(admin, mine, capacity=3).json()["capacity"] == 3
    assert places(house, mine["id"]) == [1, 2, 3]
    assert changed(admin, mine, capacity=1).status_code == 200
    assert places(house, mine["id"]) == [1]
    assert changed(admin, mine, capacity=0).status_code == 422
    assert changed(admin, mine, capacity=21).status_code == 422


def test_the_person_changes_their_own_enrollment_and_no_other(admin, rosa):
    person, client = rosa
    here = cohort(admin)
    mine = enrollment(admin, here["id"], "mentor", person)
    other = enrollment(admin, here["id"], "mentor")
    answer = changed(
        client,
        mine,
        availability=[{"weekday": "friday", "starts_at": "14:00", "ends_at": "16:00"}],
        languages=["de"],
        modes=["video"],
        interests=["climbing"],
        motivation="To learn",
    )
    assert answer.json()["languages"] == ["de"]
    assert answer.json()["availability"][0]["weekday"] == "friday"
    assert changed(client, mine, availability=None).json()["availability"] is None
    assert changed(client, mine, metadata={"a": "b"}).status_code == 403
    assert client.get(f"/enrollments/{other['id']}").status_code == 404
    for verb in ("withdraw", "join", "decline", "approve", "withdraw-consent", "record-training"):
        assert step(client, other, verb).status_code == 404
    assert [each["id"] for each in client.get("/enrollments").json()["items"]] == [mine["id"]]
    fields = [each["data"]["fields"] for each in told(admin, "enrollment.changed")]
    assert fields[0] == ["availability", "interests", "languages", "modes", "motivation"]


def test_what_ended_does_not_change(admin):
    mine = enrollment(admin, cohort(admin)["id"], "mentor")
    step(admin, mine, "withdraw")
    assert refusal(changed(admin, mine, capacity=2)) == (409, "enrollment-ended")
    assert refusal(step(admin, mine, "record-training")) == (409, "enrollment-ended")
    assert refusal(step(admin, mine, "give-consent", source="x")) == (409, "enrollment-ended")


def test_an_old_version_does_not_overwrite_a_newer_one(admin):
    mine = enrollment(admin, cohort(admin)["id"], "mentor")
    old = admin.get(f"/enrollments/{mine['id']}").headers["ETag"]
    changed(admin, mine, capacity=2)
    stale = admin.patch(
        f"/enrollments/{mine['id']}", json={"capacity": 3}, headers={"If-Match": old}
    )
    assert stale.status_code == 412


def test_wishes_and_vetoes_are_for_the_person_and_the_matcher_only(admin, rosa, house):
    person, client = rosa
    here = cohort(admin)
    mine = enrollment(admin, here["id"], "mentee", person)
    first, second, third = (enrollment(admin, here["id"], "mentor")["id"] for _ in range(3))
    answer = changed(client, mine, wishes=[second, first], vetoes=[third]).json()
    assert (answer["wishes"], answer["vetoes"]) == ([second, first], [third])
    assert client.get("/enrollments").json()["items"][0]["vetoes"] == [third]
    coach = colleague(house, admin, "facilitator")
    for other in (admin, coach):
        found = other.get(f"/enrollments/{mine['id']}").json()
        assert (found["wishes"], found["vetoes"]) == (None, None)
        listed = other.get(f"/enrollments?role=mentee&cohort_id={here['id']}").json()["items"]
        assert (listed[0]["wishes"], listed[0]["vetoes"]) == (None, None)
    assert told(admin, "enrollment.changed")[0]["data"]["fields"] == ["preferences"]


def test_wishes_name_others_in_the_other_role_of_the_same_cohort_each_once(admin, rosa):
    person, client = rosa
    here = cohort(admin)
    mine = enrollment(admin, here["id"], "mentee", person)
    myself = enrollment(admin, here["id"], "mentor", person)["id"]
    mentor = enrollment(admin, here["id"], "mentor")["id"]
    peer = enrollment(admin, here["id"], "mentee")["id"]
    elsewhere = enrollment(admin, cohort(admin)["id"], "mentor")["id"]
    for wrong in (myself, peer, elsewhere, NOBODY, mentor):
        refused = changed(client, mine, wishes=[mentor, wrong])
        assert refused.json()["errors"][0]["pointer"] == "/wishes/1"
    refused = changed(client, mine, wishes=[mentor], vetoes=[mentor])
    assert refused.json()["errors"][0]["code"] == "contradiction"
    assert client.get(f"/enrollments/{mine['id']}").json()["wishes"] == []


def test_a_manager_enters_wishes_for_somebody_without_reading_them_back(admin):
    here = cohort(admin)
    mentor = enrollment(admin, here["id"], "mentor")["id"]
    assert enrollment(admin, here["id"], "mentee", wishes=[mentor])["wishes"] is None


def test_consent_is_the_persons_own_or_has_a_source(admin, rosa):
    person, client = rosa
    mine = enrollment(admin, cohort(admin)["id"], "mentor", person, consent_source=None)
    assert mine["consented_at"] is None
    path = f"/enrollments/{mine['id']}/give-consent"
    assert admin.post(path, json={}).json()["errors"][0]["code"] == "source_missing"
    assert client.post(path, json={"source": "me"}).json()["errors"][0]["pointer"] == "/source"
    assert admin.post(path, json={"source": "Mail"}).json()["consent_source"] == "Mail"
    assert client.post(path, json={}).json()["consent_source"] == "Mail"
    assert step(client, mine, "withdraw-consent").json()["consented_at"] is None
    assert step(client, mine, "withdraw-consent").status_code == 200
    assert len(told(admin, "enrollment.consent_given")) == 1
    assert len(told(admin, "enrollment.consent_withdrawn")) == 1


def test_training_is_recorded_once_and_not_by_the_person(admin, rosa, house):
    person, client = rosa
    mine = enrollment(admin, cohort(admin)["id"], "mentor", person)
    assert refusal(step(client, mine, "record-training")) == (403, "not-your-program")
    first = step(admin, mine, "record-training").json()["trained_at"]
    house.clock.travel(days=1)
    assert step(admin, mine, "record-training").json()["trained_at"] == first
    assert len(told(admin, "enrollment.trained")) == 1
