"""What people offer and want, over HTTP."""

import uuid

import pytest

from app.competences.service import AT_ONCE
from app.competences.skills import skills_of
from app.kit.lanes import system
from tests.given import competences as given
from tests.given.accounts import colleague, own_client
from tests.given.participants import participant

OFFERED, WANTED = {"digcomp:2.1": 6, "digcomp:5.2": 7}, {"digcomp:3.4": 4}


def imported(client, *people, **more):
    response = client.post("/skills/import", json={"people": list(people), **more})
    assert response.status_code == 200, response.text
    return response.json()


def last_event(client):
    return client.get("/events").json()["items"][-1]


def test_a_new_organization_uses_digcomp_codes_at_once(admin):
    rosa = participant(admin)
    kept = given.skills(admin, rosa["id"], OFFERED, WANTED)
    assert kept == {"participant_id": rosa["id"], "offered": OFFERED, "wanted": WANTED}
    assert admin.get(f"/participants/{rosa['id']}/skills").json() == kept
    assert last_event(admin)["data"] == {
        "participant_id": rosa["id"],
        "offered_count": 2,
        "wanted_count": 1,
    }


def test_setting_skills_replaces_all_that_was_known(admin):
    rosa = participant(admin)
    given.skills(admin, rosa["id"], OFFERED, WANTED)
    given.skills(admin, rosa["id"], wanted={"digcomp:1.1": 8})
    kept = admin.get(f"/participants/{rosa['id']}/skills").json()
    assert (kept["offered"], kept["wanted"]) == ({}, {"digcomp:1.1": 8})


def test_setting_the_same_again_tells_nobody(admin):
    rosa = participant(admin)
    given.skills(admin, rosa["id"], OFFERED, WANTED)
    before = admin.get("/events").json()["next_after"]
    given.skills(admin, rosa["id"], OFFERED, WANTED)
    assert admin.get("/events").json()["next_after"] == before


def test_one_competence_may_be_offered_and_wanted_at_a_higher_level(admin):
    rosa = participant(admin)
    kept = given.skills(admin, rosa["id"], {"digcomp:2.1": 5}, {"digcomp:2.1": 8})
    assert kept["offered"] == {"digcomp:2.1": 5}


@pytest.mark.parametrize(
    ("wanted", "pointer", "code"),
    [
        ({"digcomp:9.9": 3}, "/wanted/digcomp:9.9", "unknown_reference"),
        ({"other:1": 3}, "/wanted/other:1", "unknown_reference"),
        ({"acme-ai:prompting": 4}, "/wanted/acme-ai:prompting", "level_unknown"),
        ({"digcomp:2.1": 9}, "/wanted/digcomp:2.1", "less_than_equal"),
        ({"digcomp:2.1": 0}, "/wanted/digcomp:2.1", "greater_than_equal"),
        ({"digcomp:2.1": True}, "/wanted/digcomp:2.1", "int_type"),
    ],
)
def test_a_level_nobody_can_have_is_refused_at_its_place(admin, wanted, pointer, code):
    given.framework(admin)
    rosa = participant(admin)
    given.skills(admin, rosa["id"], OFFERED)
    refused = admin.put(f"/participants/{rosa['id']}/skills", json={"wanted": wanted})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert refused.json()["errors"][0]["code"] == code
    assert admin.get(f"/participants/{rosa['id']}/skills").json()["offered"] == OFFERED


def test_a_retired_framework_takes_no_new_skill(admin):
    own = given.framework(admin)
    rosa = participant(admin)
    given.skills(admin, rosa["id"], {"acme-ai:prompting": 3})
    admin.post(f"/frameworks/{own['id']}/retire")
    assert admin.get(f"/participants/{rosa['id']}/skills").json()["offered"]
    refused = admin.put(
        f"/participants/{rosa['id']}/skills", json={"offered": {"acme-ai:checking": 1}}
    )
    assert refused.json()["errors"][0]["code"] == "unknown_reference"


def test_skills_are_listed_by_competence_and_direction(admin):
    rosa, carl = participant(admin), participant(admin)
    given.skills(admin, rosa["id"], OFFERED, WANTED)
    given.skills(admin, carl["id"], wanted={"digcomp:2.1": 4})
    query = {"competence": "digcomp:2.1", "direction": "wanted"}
    (found,) = admin.get("/skills", params=query).json()["items"]
    assert (found["participant_id"], found["level"]) == (carl["id"], 4)
    of_rosa = admin.get("/skills", params={"participant_id": rosa["id"], "sort": "competence"})
    assert [each["competence"] for each in of_rosa.json()["items"]] == [
        "digcomp:2.1",
        "digcomp:3.4",
        "digcomp:5.2",
    ]


def test_a_person_writes_and_sees_only_their_own_skills(house, admin):
    rosa = participant(admin, work_email="rosa@example.com")
    carl = participant(admin)
    given.skills(admin, carl["id"], OFFERED)
    herself = own_client(house, admin, rosa)
    given.skills(herself, rosa["id"], wanted=WANTED)
    assert herself.get(f"/participants/{rosa['id']}/skills").json()["wanted"] == WANTED
    assert herself.get(f"/participants/{carl['id']}/skills").status_code == 404
    refused = herself.put(f"/participants/{carl['id']}/skills", json={})
    assert refused.status_code == 404
    seen = herself.get("/skills").json()["items"]
    assert {each["participant_id"] for each in seen} == {rosa["id"]}
    answer = imported(herself, {"participant_id": carl["id"], "wanted": WANTED})
    assert answer["entries"][0]["mistakes"][0]["code"] == "unknown_reference"
    assert admin.get(f"/participants/{carl['id']}/skills").json()["offered"] == OFFERED


def test_a_facilitator_who_takes_part_does_not_write_for_others(house, admin):
    rosa = participant(admin, work_email="rosa@example.com")
    carl = participant(admin)
    herself = own_client(house, admin, rosa)
    account = admin.get("/accounts", params={"email": "rosa@example.com"}).json()["items"][0]
    granted = admin.post(f"/accounts/{account['id']}/grants", json={"role": "facilitator"})
    assert granted.status_code == 201
    assert herself.get(f"/participants/{carl['id']}").status_code == 200
    assert herself.put(f"/participants/{carl['id']}/skills", json={}).status_code == 404
    assert herself.get("/skills").json()["items"] == []


def test_a_program_manager_writes_the_skills_of_everybody(house, admin):
    manager = colleague(house, admin, "program_manager")
    rosa = participant(admin)
    given.skills(manager, rosa["id"], OFFERED)
    assert manager.get("/skills").json()["items"]


def test_another_organization_reaches_nobodys_skills(house, admin):
    rosa = participant(admin, external_id="W-1")
    given.skills(admin, rosa["id"], OFFERED)
    other = house.organization("Umbrella", "admin@umbrella.example")
    assert other.get(f"/participants/{rosa['id']}/skills").status_code == 404
    assert other.put(f"/participants/{rosa['id']}/skills", json={}).status_code == 404
    assert other.get("/skills").json()["items"] == []
    answer = imported(other, {"participant_id": rosa["id"]}, {"external_id": "W-1"})
    assert answer["refused_count"] == 2


def test_an_import_gives_every_person_a_verdict(admin):
    given.framework(admin)
    new = participant(admin, external_id="W-1")
    changed, same = participant(admin), participant(admin, external_id="W-3")
    given.skills(admin, changed["id"], OFFERED)
    given.skills(admin, same["id"], wanted=WANTED)
    answer = imported(
        admin,
        {"external_id": "W-1", "offered": OFFERED},
        {"participant_id": changed["id"], "wanted": WANTED},
        {"external_id": "W-3", "wanted": WANTED},
        {"external_id": "W-9", "wanted": WANTED},
        {"external_id": "W-1", "wanted": {"acme-ai:prompting": 8}},
    )
    assert [each["verdict"] for each in answer["entries"]] == [
        "added", "changed", "unchanged", "refused", "refused",
    ]  # fmt: skip
    assert answer["entries"][0]["participant_id"] == new["id"]
    assert [each["pointer"] for each in answer["entries"][3]["mistakes"]] == ["/external_id"]
    assert [each["code"] for each in answer["entries"][4]["mistakes"]] == [
        "level_unknown",
        "repeated",
    ]
    event = last_event(admin)
    assert event["type"] == "skills.imported"
    assert (event["data"]["changed_count"], event["data"]["refused_count"]) == (2, 2)
    assert admin.get(f"/participants/{changed['id']}/skills").json()["offered"] == {}


def test_a_dry_run_answers_the_same_and_stores_nothing(admin):
    rosa = participant(admin)
    person = {"participant_id": rosa["id"], "offered": OFFERED}
    answer = imported(admin, person, dry_run=True)
    assert (answer["dry_run"], answer["added_count"]) == (True, 1)
    assert admin.get(f"/participants/{rosa['id']}/skills").json()["offered"] == {}
    assert imported(admin, person)["entries"] == answer["entries"]


@pytest.mark.parametrize("keys", [{}, {"participant_id": str(uuid.uuid4()), "external_id": "W-1"}])
def test_a_person_is_named_by_exactly_one_key(admin, keys):
    refused = admin.post("/skills/import", json={"people": [keys]})
    assert refused.status_code == 422


def test_two_thousand_people_are_read_at_once_and_not_one_more(admin):
    people = [{"external_id": f"W-{n}", "offered": OFFERED} for n in range(2_001)]
    assert admin.post("/skills/import", json={"people": people}).status_code == 422
    answer = imported(admin, *people[:2_000])
    assert answer["refused_count"] == 2_000


def test_the_skills_of_many_people_are_read_in_parts(house, admin):
    rosa = participant(admin)
    given.skills(admin, rosa["id"], OFFERED, WANTED)
    people = [uuid.uuid4() for _ in range(AT_ONCE)] + [uuid.UUID(rosa["id"])]
    with house.lanes.unit(system(uuid.UUID(admin.organization_id)), "test") as uow:
        found = skills_of(uow, people)
    assert found[people[-1]] == (OFFERED, WANTED)
    assert found[people[0]] == ({}, {})
    assert len(found) == AT_ONCE + 1


def test_the_skills_of_an_erased_person_are_forgotten(house, admin):
    rosa = participant(admin)
    given.skills(admin, rosa["id"], OFFERED)
    given.assessment(admin, rosa["id"])
    admin.post(f"/participants/{rosa['id']}/erase")
    house.work_off()
    assert admin.get("/skills").json()["items"] == []
    assert admin.get("/assessments").json()["items"] == []
    assert admin.put(f"/participants/{rosa['id']}/skills", json={}).status_code == 404
