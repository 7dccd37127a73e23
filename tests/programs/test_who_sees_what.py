"""Who sees and runs which program, and what happens to the enrollments of those who leave."""

import pytest

from tests.given.accounts import colleague, own_client
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment, program


def entrust(admin, client, program_id, role):
    account_id = client.get("/me").json()["account_id"]
    return admin.post(
        f"/programs/{program_id}/entrust", json={"account_id": account_id, "role": role}
    )


def ids(client, path):
    return [each["id"] for each in client.get(path).json()["items"]]


def change_person(admin, person, **facts):
    path = f"/participants/{person['id']}"
    version = admin.get(path).headers["ETag"]
    assert admin.patch(path, json=facts, headers={"If-Match": version}).status_code == 200


def test_a_manager_runs_the_program_entrusted_and_no_other(admin, house):
    mine, other = cohort(admin), cohort(admin)
    there = enrollment(admin, other["id"], "mentor")
    manager = colleague(house, admin, "participant")
    assert ids(manager, "/programs") == []
    assert entrust(admin, manager, mine["program_id"], "program_manager").status_code == 201
    again = entrust(admin, manager, mine["program_id"], "program_manager")
    assert (again.status_code, again.json()["code"]) == (409, "role-granted-already")
    assert ids(manager, "/programs") == [mine["program_id"]]
    assert ids(manager, "/cohorts") == [mine["id"]]
    here = enrollment(manager, mine["id"], "mentor", participant(admin))
    assert here["status"] == "enrolled"
    assert ids(manager, "/enrollments") == [here["id"]]
    assert manager.get(f"/enrollments/{there['id']}").status_code == 404
    assert manager.post(f"/cohorts/{other['id']}/launch").status_code == 404
    assert manager.post(f"/cohorts/{mine['id']}/launch").json()["status"] == "running"
    refused = manager.post("/programs", json={"name": "Own", "purpose": "Mine."})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-program")


def test_an_open_cohort_is_seen_by_other_managers_but_run_by_its_own(admin, house):
    mine, other = cohort(admin), cohort(admin, enrollment_mode="open")
    manager = colleague(house, admin, "participant")
    entrust(admin, manager, mine["program_id"], "program_manager")
    assert set(ids(manager, "/cohorts")) == {mine["id"], other["id"]}
    wanted = {"program_id": other["program_id"], "name": "More", "starts_on": "2027-01-01"}
    items = {"items": [{"external_id": "W-1", "role": "mentor"}]}
    version = manager.get(f"/programs/{other['program_id']}").headers["ETag"]
    for refused in (
        manager.post(f"/cohorts/{other['id']}/cancel"),
        manager.post(f"/programs/{other['program_id']}/close"),
        manager.post("/cohorts", json=wanted),
        manager.post(f"/cohorts/{other['id']}/enroll", json=items),
        manager.patch(
            f"/programs/{other['program_id']}", json={"name": "N"}, headers={"If-Match": version}
        ),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "not-your-program")


def test_a_facilitator_of_one_program_reads_its_people(admin, house):
    mine, other = cohort(admin), cohort(admin)
    here = enrollment(admin, mine["id"], "mentor")
    enrollment(admin, other["id"], "mentor")
    coach = colleague(house, admin, "confidant")
    entrust(admin, coach, mine["program_id"], "facilitator")
    assert ids(coach, "/enrollments") == [here["id"]]
    assert ids(coach, f"/cohorts/{mine['id']}/cards") == [here["id"]]
    assert coach.post(f"/enrollments/{here['id']}/withdraw").status_code == 403


@pytest.mark.parametrize("role", ["sponsor", "auditor", "confidant"])
def test_who_oversees_reads_plans_but_not_who_takes_part(admin, house, role):
    here = cohort(admin)
    enrollment(admin, here["id"], "mentor")
    overseer = colleague(house, admin, role)
    assert ids(overseer, "/programs") == [here["program_id"]]
    assert ids(overseer, "/cohorts") == [here["id"]]
    assert overseer.get("/enrollments").status_code == 403
    assert overseer.post(f"/cohorts/{here['id']}/cancel").status_code == 403


def test_a_program_of_another_organization_is_entrusted_to_nobody(admin, house):
    stranger = house.organization("Other", "other@example.com")
    assert entrust(stranger, stranger, program(admin)["id"], "facilitator").status_code == 404
    mine = program(admin)
    foreign = stranger.get("/me").json()["account_id"]
    refused = admin.post(
        f"/programs/{mine['id']}/entrust", json={"account_id": foreign, "role": "facilitator"}
    )
    assert refused.status_code == 404


def test_a_stranger_finds_no_enrollment_by_any_path(admin, house):
    here = cohort(admin)
    mine = enrollment(admin, here["id"], "mentor")
    stranger = house.organization("Other", "other@example.com")
    assert stranger.get("/enrollments").json()["items"] == []
    assert stranger.get(f"/cohorts/{here['id']}/cards").status_code == 404
    many = {"items": [{"participant_id": mine["participant_id"], "role": "mentee"}]}
    assert stranger.post(f"/cohorts/{here['id']}/enroll", json=many).status_code == 404
    theirs = cohort(stranger)
    answer = stranger.post(f"/cohorts/{theirs['id']}/enroll", json=many).json()
    assert answer["items"][0]["code"] == "unknown_reference"
    for verb in (
        "approve", "join", "decline", "waitlist", "admit", "withdraw", "withdraw-consent",
        "record-training",
    ):  # fmt: skip
        assert stranger.post(f"/enrollments/{mine['id']}/{verb}").status_code == 404
    given = stranger.post(f"/enrollments/{mine['id']}/give-consent", json={"source": "x"})
    assert given.status_code == 404
    wish = {
        "cohort_id": theirs["id"],
        "participant_id": participant(stranger)["id"],
        "role": "mentee",
        "wishes": [mine["id"]],
    }
    assert stranger.post("/enrollments", json=wish).json()["errors"][0]["pointer"] == "/wishes/0"


@pytest.mark.parametrize("role", ["mentor", "mentee"])
def test_cards_show_consenting_people_of_the_other_role_only(admin, house, role):
    other = {"mentor": "mentee", "mentee": "mentor"}[role]
    here = cohort(admin)
    me = participant(admin, work_email="me@example.com")
    client = own_client(house, admin, me)
    shown = enrollment(
        admin, here["id"], other, participant(admin, preferred_name="Ro"), motivation="Curious"
    )
    silent = enrollment(admin, here["id"], other, consent_source=None)
    peer = enrollment(admin, here["id"], role)
    path = f"/cohorts/{here['id']}/cards"
    assert client.get(path).status_code == 404
    mine = enrollment(admin, here["id"], role, me, invite=True)
    assert client.get(path).json()["items"] == []
    client.post(f"/enrollments/{mine['id']}/join")
    assert client.get(path).json()["items"] == [
        {
            "id": shown["id"],
            "cohort_id": here["id"],
            "role": other,
            "name": "Ro Weber",
            "department": None,
            "languages": ["en"],
            "modes": ["in_person", "video"],
            "motivation": "Curious",
            "topics": [],
            "interests": [],
        }
    ]
    assert set(ids(admin, path)) == {shown["id"], peer["id"], mine["id"]}
    assert ids(admin, f"{path}?role={other}") == [shown["id"]]
    assert silent["id"] not in ids(admin, path)
    change_person(admin, {"id": shown["participant_id"]}, employment_status="left")
    assert client.get(path).json()["items"] == []


@pytest.mark.parametrize("status", ["enrolling", "running"])
def test_a_leaver_is_withdrawn_wherever_the_cohort_is_not_over(admin, house, status):
    person = participant(admin)
    over = cohort(admin, status="enrolling")
    kept = enrollment(admin, over["id"], "mentor", person)
    for step in ("launch", "complete"):
        admin.post(f"/cohorts/{over['id']}/{step}")
    alive = cohort(admin, status=status)
    enrolled = enrollment(admin, alive["id"], "mentor", person)
    invited = enrollment(admin, alive["id"], "mentee", person, invite=True)
    other = enrollment(admin, alive["id"], "mentor")
    change_person(admin, person, employment_status="left")
    house.work_off()
    house.work_off()
    found = {each["id"]: each["status"] for each in admin.get("/enrollments").json()["items"]}
    assert found == {
        kept["id"]: "enrolled",
        enrolled["id"]: "withdrawn",
        invited["id"]: "withdrawn",
        other["id"]: "enrolled",
    }
    told = admin.get("/events?type=enrollment.withdrawn").json()["items"]
    assert {each["data"]["enrollment_id"] for each in told} == {enrolled["id"], invited["id"]}
    refused = admin.post(
        "/enrollments",
        json={"cohort_id": alive["id"], "participant_id": person["id"], "role": "mentor"},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "participant-left")


def test_an_erased_person_leaves_no_words_behind(admin, house):
    person, here = participant(admin), cohort(admin)
    mentee = enrollment(admin, here["id"], "mentee")
    mine = enrollment(
        admin,
        here["id"],
        "mentor",
        person,
        motivation="I",
        interests=["jazz"],
        work_values=["candour"],
        communication_preference="direct",
        languages=["it"],
        availability=[{"weekday": "monday", "starts_at": "09:00", "ends_at": "10:00"}],
        vetoes=[mentee["id"]],
        metadata={"badge": "7"},
    )
    assert admin.post(f"/participants/{person['id']}/erase").status_code == 200
    house.work_off()
    left = admin.get(f"/enrollments/{mine['id']}").json()
    assert (left["status"], left["role"]) == ("withdrawn", "mentor")
    for name in ("motivation", "communication_preference", "languages", "availability",
                 "consent_source"):  # fmt: skip
        assert left[name] is None
    assert (left["interests"], left["work_values"], left["metadata"]) == ([], [], {})
