"""The life cycle against a small model of it: whatever is done in whatever order, they agree."""

import datetime as dt
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.given.pairings import enrolled
from tests.given.programs import cohort
from tests.house import House

SEATED = ("accepted", "active", "paused")
LIVE = ("proposed", *SEATED)
SIDES = st.sampled_from(["mentor", "mentee"])
EXPIRES_AFTER = dt.timedelta(days=14)


@dataclass
class Person:
    """One enrollment of the model."""

    id: str
    participant_id: str
    capacity: int
    takes_part: bool = True


@dataclass
class Model:
    """One pairing of the model: what the rules say in fewest words."""

    id: str
    people: dict[str, Person]
    expires_at: dt.datetime
    status: str = "proposed"
    answers: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(("mentor", "mentee"), "pending")
    )
    questions: dict[str, tuple[str, dt.datetime]] = field(default_factory=dict)


class LifeOfPairings(RuleBasedStateMachine):
    """Few people, so that they get into each other's way."""

    built = contract_check = None
    pairings = Bundle("pairings")

    def __init__(self):
        super().__init__()
        lanes, app, loop = self.built
        self.undo = lanes.rolled_back()
        self.undo.__enter__()
        self.house = House(lanes, app, loop, self.contract_check)
        self.admin = self.house.organization()
        self.models: list[Model] = []
        self.running = False
        self.swept_at = None

    def teardown(self):
        self.undo.__exit__(None, None, None)

    @initialize()
    def enroll_people(self):
        self.cohort_id = cohort(self.admin)["id"]
        self.people = {
            role: [
                self._person(enrolled(self.admin, self.cohort_id, role, capacity=capacity))
                for capacity in capacities
            ]
            for role, capacities in (("mentor", (1, 2)), ("mentee", (1, 1, 2)))
        }

    def _person(self, enrollment):
        return Person(enrollment["id"], enrollment["participant_id"], enrollment["capacity"])

    def _post(self, model, verb, expected, **body):
        """One step, which must be answered as the model says: 200, or a named conflict."""
        answer = self.admin.post(f"/pairings/{model.id}/{verb}", json=body)
        told = answer.json().get("code", "done")
        assert told == (expected or "done"), (verb, body, model, answer.text)
        return answer.json()

    def _free(self, person):
        sitting = sum(
            person in each.people.values() and each.status in SEATED for each in self.models
        )
        return person.capacity - sitting

    @rule(target=pairings, mentor=st.integers(0, 1), mentee=st.integers(0, 2))
    def propose(self, mentor, mentee):
        people = {
            "mentor": self.people["mentor"][mentor],
            "mentee": self.people["mentee"][mentee],
        }
        before = [each for each in self.models if each.people == people]
        answer = self.admin.post(
            "/pairings", json={f"{side}_enrollment_id": each.id for side, each in people.items()}
        )
        told = answer.json().get("code")
        if not all(each.takes_part for each in people.values()):
            assert told == "not-taking-part"
        elif any(each.status == "declined" for each in before):
            assert told == "pair-forbidden"
        elif any(each.status in LIVE for each in before):
            assert told == "already-paired"
        else:
            assert answer.status_code == 201, answer.text
            expires_at = self.house.clock.now() + EXPIRES_AFTER
            model = Model(answer.json()["id"], people, expires_at)
            self.models.append(model)
            return model
        return multiple()

    @rule(model=pairings, side=SIDES)
    def accept(self, model, side):
        refusal = None
        if model.status != "proposed":
            refusal = "pairing-not-proposed"
        elif model.answers[side] == "accepted":
            refusal = "answered-already"
        elif not all(each.takes_part for each in model.people.values()):
            refusal = "not-taking-part"
        elif not all(self._free(each) > 0 for each in model.people.values()):
            refusal = "capacity-reached"
        self._post(model, "accept", refusal, on_behalf_of=side)
        if refusal is None:
            model.answers[side] = "accepted"
            if set(model.answers.values()) == {"accepted"}:
                model.status = "active" if self.running else "accepted"

    @rule(model=pairings, side=SIDES)
    def decline(self, model, side):
        refusal = None if model.status == "proposed" else "pairing-not-proposed"
        self._post(model, "decline", refusal, on_behalf_of=side)
        if refusal is None:
            model.status, model.answers[side] = "declined", "declined"

    @rule(model=pairings, side=SIDES)
    def ask(self, model, side):
        refusal = None
        if model.status != "proposed":
            refusal = "pairing-not-proposed"
        elif model.answers[side] == "accepted":
            refusal = "answered-already"
        elif model.answers[side] == "needs_information":
            refusal = "question-open"
        asked = self._post(
            model, "ask-for-information", refusal, on_behalf_of=side, question="What for?"
        )
        if refusal is None:
            model.answers[side] = "needs_information"
            model.questions[side] = (asked["id"], self.house.clock.now())

    @rule(model=pairings, side=SIDES)
    def answer(self, model, side):
        if side not in model.questions:
            return
        question_id, asked_at = model.questions.pop(side)
        path = f"/pairing-questions/{question_id}/answer"
        assert self.admin.post(path, json={"answer": "For learning"}).status_code == 200
        if (model.status, model.answers[side]) == ("proposed", "needs_information"):
            model.answers[side] = "pending"
            model.expires_at += self.house.clock.now() - asked_at

    @rule(model=pairings, verb=st.sampled_from(["withdraw", "activate", "pause", "resume", "end"]))
    def step(self, model, verb):
        starts, goal, refusal = {
            "withdraw": (("proposed",), "withdrawn", "pairing-not-proposed"),
            "activate": (("accepted",), "active", "pairing-not-accepted"),
            "pause": (("active",), "paused", "pairing-not-active"),
            "resume": (("paused",), "active", "pairing-not-paused"),
            "end": (SEATED, "ended", "pairing-not-under-way"),
        }[verb]
        allowed = model.status in starts
        self._post(model, verb, None if allowed else refusal)
        model.status = goal if allowed else model.status

    def _work_off(self):
        """The worker's round: silence expires, who withdrew leaves their pairings."""
        self.house.work_off()
        now = self.house.clock.now()
        sweeps = self.swept_at is None or self.swept_at + dt.timedelta(hours=1) <= now
        self.swept_at = now if sweeps else self.swept_at
        for model in self.models:
            gone = not all(each.takes_part for each in model.people.values())
            if model.status == "proposed":
                over = sweeps and model.expires_at <= now
                asking = "needs_information" in model.answers.values()
                model.status = "expired" if over and not asking else model.status
                model.status = "withdrawn" if gone and model.status == "proposed" else model.status
            elif model.status in SEATED and gone:
                model.status = "ended"

    @rule(days=st.sampled_from([1, 5, 15]))
    def time_passes(self, days):
        self.house.clock.travel(days=days)
        self._work_off()

    @rule()
    def launch(self):
        if not self.running:
            assert self.admin.post(f"/cohorts/{self.cohort_id}/launch").status_code == 200
            self.running = True
            self._work_off()
            for model in self.models:
                model.status = "active" if model.status == "accepted" else model.status

    @rule(role=SIDES, number=st.integers(0, 1), worked_off=st.booleans())
    def somebody_withdraws(self, role, number, worked_off):
        person = self.people[role][number]
        if person.takes_part:
            answer = self.admin.post(f"/enrollments/{person.id}/withdraw")
            assert answer.status_code == 200, answer.text
            person.takes_part = False
        if worked_off:
            self._work_off()

    @invariant()
    def they_agree(self):
        listed = self.admin.get("/pairings", params={"limit": 200}).json()["items"]
        shown = {each["id"]: each for each in listed}
        assert shown.keys() == {each.id for each in self.models}
        for model in self.models:
            seen = shown[model.id]
            assert seen["status"] == model.status, model
            answers = {side: seen[f"{side}_answer"] for side in ("mentor", "mentee")}
            assert answers == model.answers, model
            if model.status == "proposed":
                assert dt.datetime.fromisoformat(seen["expires_at"]) == model.expires_at


def run(built, contract_check, examples, steps):
    machine = type("Machine", (LifeOfPairings,), {"built": built, "contract_check": contract_check})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_life_of_pairings_follows_its_model(built, contract_check):
    run(built, contract_check, examples=8, steps=20)


@pytest.mark.fault
def test_the_life_of_pairings_follows_its_model_for_long(built, contract_check):
    run(built, contract_check, examples=60, steps=40)
