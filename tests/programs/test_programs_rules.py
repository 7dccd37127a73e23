"""Rules of programs that rooms above stand on: places, locks, who is in a match run."""

import random
import uuid

import pytest
from sqlalchemy import JSON, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.kit.lanes import system
from app.kit.problems import Invalid, NotFound
from app.kit.ruptures import problem_of
from app.pairings.models import Pairing, PairingStatus
from app.programs import service
from app.programs.enrolling import AlreadyEnrolled
from app.programs.models import Enrollment, EnrollmentStatus, Place
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment

NOBODY = uuid.UUID("01920000-0000-7000-8000-000000000000")


@pytest.fixture(name="unit")
def a_unit_of_work_of_the_worker(admin, house):
    return lambda: house.lanes.unit(system(uuid.UUID(admin.organization_id)), "test")


def changed(client, key, **facts):
    version = client.get(f"/enrollments/{key}").headers["ETag"]
    return client.patch(f"/enrollments/{key}", json=facts, headers={"If-Match": version})


def slots(uow, key):
    return list(
        uow.rows.scalars(
            select(Place.slot).where(Place.enrollment_id == uuid.UUID(key)).order_by(Place.slot)
        )
    )


def seat(uow, mentor, mentee, slot):
    """A pairing that holds this place of the mentor, as the room above would store it."""
    said = {
        "organization_id": uow.organization_id,
        "id": uuid.uuid4(),
        "created_at": uow.now,
        "updated_at": uow.now,
        "cohort_id": uuid.UUID(mentor["cohort_id"]),
        "mentor_enrollment_id": uuid.UUID(mentor["id"]),
        "mentee_enrollment_id": uuid.UUID(mentee["id"]),
        "mentor_id": uuid.UUID(mentor["participant_id"]),
        "mentee_id": uuid.UUID(mentee["participant_id"]),
        "status": PairingStatus.ACTIVE,
        "mentor_slot": slot,
        "mentee_slot": 1,
    }
    silent = {
        column.key: {} if isinstance(column.type, JSON) else column.type.python_type()
        for column in Pairing.__table__.columns
        if not column.nullable and column.default is None and column.key not in said
    }
    uow.rows.execute(insert(Pairing), {**silent, **said})


def test_capacity_does_not_sink_below_use_and_the_free_places_go_first(admin, unit):
    here = cohort(admin)
    mentor = enrollment(admin, here["id"], "mentor", capacity=3)
    mentee = enrollment(admin, here["id"], "mentee")
    with unit() as uow:
        seat(uow, mentor, mentee, slot=3)
    assert changed(admin, mentor["id"], capacity=1).json()["capacity"] == 1
    with unit() as uow:
        assert slots(uow, mentor["id"]) == [3]
    refused = admin.post(f"/enrollments/{mentor['id']}/waitlist")
    assert (refused.status_code, refused.json()["code"]) == (409, "capacity-in-use")
    assert admin.get(f"/enrollments/{mentor['id']}").json()["status"] == "enrolled"
    changed(admin, mentor["id"], capacity=2)
    other = enrollment(admin, here["id"], "mentee")
    with unit() as uow:
        assert slots(uow, mentor["id"]) == [1, 3]
        seat(uow, mentor, other, slot=1)
    refused = changed(admin, mentor["id"], capacity=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "capacity-in-use")
    assert admin.get(f"/enrollments/{mentor['id']}").json()["capacity"] == 2


def test_who_comes_back_keeps_the_places_that_pairings_still_sit_on(admin, unit):
    here, person = cohort(admin), participant(admin)
    mentor = enrollment(admin, here["id"], "mentor", person, capacity=2)
    with unit() as uow:
        for slot in (1, 2):
            seat(uow, mentor, enrollment(admin, here["id"], "mentee"), slot)
    admin.post(f"/enrollments/{mentor['id']}/withdraw")
    wanted = {"cohort_id": here["id"], "participant_id": person["id"], "role": "mentor"}
    refused = admin.post("/enrollments", json={**wanted, "capacity": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "capacity-in-use")
    assert admin.post("/enrollments", json={**wanted, "capacity": 2}).status_code == 201


def test_two_who_enroll_the_same_person_at_once_are_told_apart_by_the_database(admin, unit):
    mine = enrollment(admin, cohort(admin)["id"], "mentor")
    with unit() as uow:
        found = uow.rows.execute(
            select(*Enrollment.__table__.c).where(Enrollment.id == uuid.UUID(mine["id"]))
        ).mappings()
        twin = {**found.one(), "id": uuid.uuid4()}
    with pytest.raises(IntegrityError) as broken, unit() as uow:
        uow.rows.execute(insert(Enrollment), twin)
    assert isinstance(problem_of(broken.value), AlreadyEnrolled)


def test_a_pairing_cannot_sit_where_no_place_is(admin, unit):
    here = cohort(admin)
    mentor, mentee = (enrollment(admin, here["id"], role) for role in ("mentor", "mentee"))
    admin.post(f"/enrollments/{mentor['id']}/waitlist")
    with pytest.raises(IntegrityError), unit() as uow:
        seat(uow, mentor, mentee, slot=1)


@pytest.mark.parametrize("seed", range(6))
def test_the_enrolled_have_as_many_places_as_capacity_whatever_happened_before(admin, unit, seed):
    chance = random.Random(seed)
    here, person = cohort(admin), participant(admin)
    wanted = {"cohort_id": here["id"], "participant_id": person["id"], "role": "mentor"}
    key = admin.post("/enrollments", json=wanted).json()["id"]
    for _ in range(25):
        step = chance.choice(["capacity", "capacity", "waitlist", "admit", "withdraw", "again"])
        if step == "capacity":
            answer = changed(admin, key, capacity=chance.randint(1, 20))
        elif step == "again":
            answer = admin.post("/enrollments", json={**wanted, "capacity": chance.randint(1, 20)})
        else:
            answer = admin.post(f"/enrollments/{key}/{step}")
        assert answer.status_code in (200, 201, 409)
        now = admin.get(f"/enrollments/{key}").json()
        with unit() as uow:
            held = slots(uow, key)
        if now["status"] == "enrolled":
            assert len(held) == now["capacity"]
        if now["status"] == "waitlisted":
            assert held == []
        assert set(held) <= set(range(1, 21))


def test_a_match_run_gets_the_enrolled_with_what_it_needs_of_the_person(admin, unit, house):
    here = cohort(admin)
    person = participant(admin, job_level=3, department="Sales", languages=["it"])
    mentor = enrollment(
        admin,
        here["id"],
        "mentor",
        person,
        availability=[{"weekday": "friday", "starts_at": "14:00", "ends_at": "16:00"}],
        interests=["jazz"],
    )
    enrollment(
        admin, here["id"], "mentee", consent_source=None, languages=["de"], vetoes=[mentor["id"]]
    )
    enrollment(admin, here["id"], "mentee", invite=True)
    waiting = enrollment(admin, here["id"], "mentee")
    admin.post(f"/enrollments/{waiting['id']}/waitlist")
    leaver = participant(admin)
    enrollment(admin, here["id"], "mentor", leaver)
    version = admin.get(f"/participants/{leaver['id']}").headers["ETag"]
    admin.patch(
        f"/participants/{leaver['id']}",
        json={"employment_status": "left"},
        headers={"If-Match": version},
    )
    with unit() as uow:
        first, second = service.enrollments_for_matching(uow, uuid.UUID(here["id"]))
        more = service.enrollments_for_matching(
            uow, uuid.UUID(here["id"]), (EnrollmentStatus.ENROLLED, EnrollmentStatus.WAITLISTED)
        )
    assert (str(first.enrollment_id), first.role) == (mentor["id"], "mentor")
    assert (first.job_level, first.department, first.languages) == (3, "Sales", ["it"])
    assert [each["weekday"] for each in first.availability] == ["friday"]
    assert (first.interests, first.time_zone) == (["jazz"], "Europe/Rome")
    assert first.consented_at == house.clock.now()
    assert (second.languages, second.consented_at) == (["de"], None)
    assert len(second.availability) == 5  # the person's own working week
    assert second.vetoes == [uuid.UUID(mentor["id"])]
    assert [str(each.enrollment_id) for each in more][2:] == [waiting["id"]]


def test_locks_are_fresh_and_know_only_the_own_organization(admin, unit, house):
    mine = enrollment(admin, cohort(admin)["id"], "mentor")
    key = uuid.UUID(mine["id"])
    stranger = house.organization("Other", "other@example.com")
    with unit() as uow:
        assert service.lock_enrollment(uow, key).capacity == 1
        uow.rows.execute(update(Enrollment).where(Enrollment.id == key).values(capacity=2))
        assert service.lock_enrollment(uow, key).capacity == 2
        assert list(service.lock_enrollments(uow, [key, NOBODY])) == [key]
        with pytest.raises(NotFound):
            service.lock_enrollment(uow, NOBODY)
    with house.lanes.unit(system(uuid.UUID(stranger.organization_id)), "test") as uow:
        assert service.lock_enrollments(uow, [key]) == {}


@pytest.mark.parametrize("status", ["planned", "enrolling", "running", "completed", "cancelled"])
def test_a_room_above_asks_for_a_cohort_in_the_right_status(admin, unit, status):
    key = uuid.UUID(cohort(admin, status=status)["id"])
    with unit() as uow:
        assert service.get_cohort(uow, key).status == status
        if status in ("enrolling", "running"):
            assert service.open_cohort(uow, key).id == key
        elif status == "planned":
            with pytest.raises(service.CohortNotEnrolling):
                service.open_cohort(uow, key)
        else:
            with pytest.raises(service.CohortClosed):
                service.open_cohort(uow, key)


@pytest.mark.parametrize(
    "ask",
    [
        service.get_program,
        service.get_cohort,
        service.open_cohort,
        service.get_enrollment,
    ],
)
def test_an_unknown_id_is_told_at_its_place_in_the_body_or_as_not_found(unit, ask):
    with unit() as uow:
        with pytest.raises(NotFound):
            ask(uow, NOBODY)
        with pytest.raises(Invalid) as told:
            ask(uow, NOBODY, "/its/place")
        assert told.value.members["errors"][0]["pointer"] == "/its/place"
