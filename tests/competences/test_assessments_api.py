"""How levels are judged over time, over HTTP."""

import datetime as dt
import uuid

import pytest

from app.competences.assessing import assessments_between, skill_changes
from app.competences.models import AssessmentSource
from app.kit.lanes import system
from tests.given import competences as given
from tests.given.accounts import colleague, own_client
from tests.given.participants import participant

CODE = "digcomp:2.4"


def imported(client, *assessments, **more):
    response = client.post("/assessments/import", json={"assessments": list(assessments), **more})
    assert response.status_code == 200, response.text
    return response.json()


def test_a_level_is_noted_with_its_day(admin):
    rosa = participant(admin)
    noted = given.assessment(admin, rosa["id"])
    assert noted["assessed_on"] == "2026-03-02"
    assert (noted["source"], noted["then_test"]) == ("self", False)
    assert admin.get(f"/assessments/{noted['id']}").json() == noted
    event = admin.get("/events").json()["items"][-1]
    assert event["data"]["assessment_id"] == noted["id"]
    assert event["data"]["moment"] == "baseline"


def test_what_was_noted_is_never_rewritten(admin):
    rosa = participant(admin)
    given.assessment(admin, rosa["id"], level=2)
    given.assessment(admin, rosa["id"], level=3)
    levels = [each["level"] for each in admin.get("/assessments").json()["items"]]
    assert levels == [3, 2]


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"level": 9}, "/level"),
        ({"level": -1}, "/level"),
        ({"competence": "acme-ai:prompting", "level": 4}, "/level"),
        ({"competence": "digcomp:9.9"}, "/competence"),
        ({"assessed_on": "2026-03-04"}, "/assessed_on"),
        ({"participant_id": str(uuid.uuid4())}, "/participant_id"),
        ({"then_test": True}, ""),
        ({"moment": "middle"}, "/moment"),
    ],
)
def test_what_cannot_be_judged_is_refused_at_its_place(admin, facts, pointer):
    given.framework(admin)
    rosa = participant(admin)
    wanted = {"participant_id": rosa["id"], "competence": CODE, "level": 3, "moment": "baseline"}
    refused = admin.post("/assessments", json={**wanted, **facts})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert admin.get("/assessments").json()["items"] == []


def test_it_may_be_tomorrow_already_where_the_person_lives(admin):
    rosa = participant(admin)
    assert given.assessment(admin, rosa["id"], assessed_on="2026-03-03")["id"]


def test_assessments_are_filtered_by_person_competence_and_moment(admin):
    rosa, carl = participant(admin), participant(admin)
    given.assessment(admin, rosa["id"])
    wanted = given.assessment(admin, rosa["id"], moment="end")
    given.assessment(admin, rosa["id"], moment="end", competence="digcomp:1.1")
    given.assessment(admin, carl["id"], moment="end")
    query = {"participant_id": rosa["id"], "competence": CODE, "moment": "end"}
    assert admin.get("/assessments", params=query).json()["items"] == [wanted]


def test_a_person_judges_only_themselves(house, admin):
    rosa = participant(admin, work_email="rosa@example.com")
    carl = participant(admin, external_id="W-2")
    other = given.assessment(admin, carl["id"])
    herself = own_client(house, admin, rosa)
    own = given.assessment(herself, rosa["id"])
    assert herself.get("/assessments").json()["items"] == [own]
    assert herself.get(f"/assessments/{other['id']}").status_code == 404
    for_other = {"participant_id": carl["id"], "competence": CODE, "level": 3}
    assert herself.post("/assessments", json=for_other).status_code == 422
    as_partner = {**for_other, "participant_id": rosa["id"], "source": "partner"}
    assert herself.post("/assessments", json=as_partner).status_code == 403
    answer = imported(herself, {"external_id": "W-2", "competence": CODE, "level": 3}, as_partner)
    assert [each["mistakes"][0]["code"] for each in answer["entries"]] == [
        "unknown_reference",
        "forbidden",
    ]


def test_another_organization_sees_no_assessment(house, admin):
    noted = given.assessment(admin, participant(admin)["id"])
    other = house.organization("Umbrella", "admin@umbrella.example")
    assert other.get("/assessments").json()["items"] == []
    assert other.get(f"/assessments/{noted['id']}").status_code == 404


def test_a_facilitator_sees_nobodys_levels(house, admin):
    given.assessment(admin, participant(admin)["id"])
    facilitator = colleague(house, admin, "facilitator")
    assert facilitator.get("/assessments").json()["items"] == []


def test_an_import_notes_each_level_once(admin):
    rosa = participant(admin, external_id="W-1")
    first = {"external_id": "W-1", "competence": CODE, "level": 3, "moment": "baseline"}
    answer = imported(admin, first, first, {**first, "level": 9 - 1, "competence": "digcomp:9.9"})
    assert [each["verdict"] for each in answer["entries"]] == ["added", "unchanged", "refused"]
    assert imported(admin, first)["unchanged_count"] == 1
    (noted,) = admin.get("/assessments").json()["items"]
    assert noted["participant_id"] == rosa["id"]
    event = admin.get("/events").json()["items"][-1]
    assert event["type"] == "assessments.imported"
    assert event["data"]["added_count"] == 1


def test_a_dry_run_of_assessments_stores_nothing(admin):
    rosa = participant(admin)
    wanted = {"participant_id": rosa["id"], "competence": CODE, "level": 3}
    assert imported(admin, wanted, dry_run=True)["added_count"] == 1
    assert admin.get("/assessments").json()["items"] == []


def test_change_is_the_last_end_against_the_last_baseline_with_the_then_test_beside_it(
    house, admin
):
    rosa, carl = participant(admin), participant(admin)
    given.assessment(admin, rosa["id"], level=7, assessed_on="2025-01-10")  # an earlier cohort
    given.assessment(admin, rosa["id"], level=2, assessed_on="2026-01-10")
    given.assessment(admin, rosa["id"], level=3, assessed_on="2026-01-11")  # corrected
    given.assessment(admin, rosa["id"], level=5, moment="end", assessed_on="2026-02-20")
    given.assessment(
        admin, rosa["id"], level=1, moment="end", then_test=True, assessed_on="2026-02-20"
    )
    given.assessment(admin, rosa["id"], level=8, moment="other", assessed_on="2026-02-21")
    given.assessment(
        admin, rosa["id"], level=4, moment="end", source="partner", assessed_on="2026-02-22"
    )
    given.assessment(admin, carl["id"], level=4, competence="digcomp:1.1")
    people = [uuid.UUID(rosa["id"]), uuid.UUID(carl["id"])]
    days = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    with house.lanes.unit(system(uuid.UUID(admin.organization_id)), "test") as uow:
        of_rosa, of_carl = skill_changes(uow, people, *days)
        (by_partner,) = skill_changes(uow, people, *days, source=AssessmentSource.PARTNER)
        between = assessments_between(uow, people[:1], *days)
    assert (of_rosa.before, of_rosa.after, of_rosa.looking_back) == (3, 5, 1)
    assert (of_carl.competence, of_carl.before, of_carl.after) == ("digcomp:1.1", 4, None)
    assert (by_partner.before, by_partner.after) == (None, 4)
    assert [each.level for each in between] == [2, 3, 5, 1, 8, 4]
