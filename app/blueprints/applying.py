"""Makes a plan so, through the verbs of the rooms: their rules, their events, one unit of work."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.blueprints.differing import MOVABLE_OF_A_WAVE, BlueprintAction, Plan, Step
from app.blueprints.document import Blueprint
from app.blueprints.models import BlueprintKey, BlueprintPart
from app.blueprints.reading import Path, refused
from app.blueprints.things import Facts, Thing
from app.blueprints.world import visible_keys
from app.competences import service as competences
from app.competences.schemas import FrameworkAdd
from app.goals import service as goals
from app.goals import statements
from app.goals.schemas import GoalChange, GoalSetIn, StatementPublish
from app.kit.problems import Conflict, Invalid
from app.kit.work import UnitOfWork
from app.programs import materials, planning
from app.programs.models import ForWhom, MessageOccasion, TrainingTopic
from app.programs.schemas import CohortChange, CohortPlan, ProgramChange, ProgramDesign
from app.surveys import service as surveys
from app.surveys.schemas import SurveyDefine, WaveChange, WavePlan

NAMES = {
    "objective": "matching_objective",
    "rules": "matching_rules",
    "weights": "matching_weights",
}
"""What documents call shorter than the program does."""
IN_DOCUMENTS: dict[str, list[str | int]] = {
    "matching_objective": ["matching", "objective"],
    "matching_rules": ["matching", "rules"],
    "matching_weights": ["matching", "weights"],
    "surveys": ["questionnaires"],
}
"""Where documents say what the rooms call so."""


class BlueprintKeyTaken(Conflict):
    slug, title = "blueprint-key-taken", "Another thing was given this key just now"
    constraints = ("uq_blueprint_keys",)


def apply_plan(uow: UnitOfWork, document: Blueprint, plan: Plan) -> uuid.UUID:
    """Do every step; returns the program's id. Raises what the rooms raise, and nothing is done."""
    return _Applying(uow, document, plan).run()


@dataclass
class _Applying:
    uow: UnitOfWork
    document: Blueprint
    plan: Plan
    program_id: uuid.UUID = field(init=False)
    cohorts: dict[str, uuid.UUID] = field(default_factory=dict)
    goals: dict[str, uuid.UUID] = field(default_factory=dict)
    keys: dict[uuid.UUID, BlueprintKey] = field(default_factory=dict)
    """By the id of the thing."""

    def run(self) -> uuid.UUID:
        plan = self.plan
        if plan.world.program_id is not None:
            self.program_id = plan.world.program_id
            stmt = visible_keys(self.uow, self.program_id)
            self.keys = {each.thing_id: each for each in self.uow.db.scalars(stmt)}
        for each in plan.world.things:
            if each.id is not None and each.what is BlueprintPart.COHORT:
                self.cohorts[each.key] = each.id
            elif each.id is not None and each.what is BlueprintPart.GOAL:
                self.goals[each.key] = each.id
        for step in plan.steps:
            if step.action is BlueprintAction.REMOVE:
                self._remove(step)
        for step in plan.steps:
            if step.wanted is not None:
                with self._told_at(step.wanted.path):
                    self._make(step, step.wanted)
            if step.thing.what is BlueprintPart.PROGRAM:
                self._materials()
        return self.program_id

    @contextmanager
    def _told_at(self, path: Path) -> Iterator[None]:
        """What a room says of its payload is told of the document instead."""
        try:
            yield
        except Invalid as wrong:
            errors = wrong.members.get("errors", [])
            places = [
                self.document.refusal(
                    (*path, *_steps(each["pointer"])), each["detail"], each["code"]
                )
                for each in errors
            ]
            raise refused(places) from wrong

    def _make(self, step: Step, wanted: Thing) -> None:
        moved = {name: wanted.facts[name] for name in step.fields}
        now = None if step.current is None else step.current.id
        if wanted.what in (BlueprintPart.FRAMEWORK, BlueprintPart.QUESTIONNAIRE):
            if step.action is BlueprintAction.ADD:
                self._bring(wanted)
        elif wanted.what is BlueprintPart.PROGRAM:
            self._program(wanted, moved, new=now is None)
        elif wanted.what is BlueprintPart.COHORT:
            self.cohorts[wanted.key] = self._cohort(wanted, moved, now)
            self._remember(wanted, self.cohorts[wanted.key], self.program_id)
        elif wanted.what is BlueprintPart.GOAL:
            self.goals[wanted.key] = self._goal(wanted, moved, now)
            self._remember(wanted, self.goals[wanted.key], self.program_id)
        elif wanted.what is BlueprintPart.STATEMENT and step.action is not BlueprintAction.KEEP:
            statements.publish_statement(
                self.uow,
                StatementPublish(
                    **self._scope(wanted),
                    text=wanted.facts["text"],
                    goal_ids=[self.goals[key] for key in wanted.facts["goals"]],
                ),
            )
        elif wanted.what is BlueprintPart.SURVEY_WAVE:
            self._remember(wanted, self._wave(wanted, moved, now), self._cohort_of(wanted), now)

    def _bring(self, wanted: Thing) -> None:
        if wanted.what is BlueprintPart.FRAMEWORK:
            facts = {"code": wanted.key, **wanted.facts}
            competences.add_framework(self.uow, FrameworkAdd.model_validate(facts, strict=False))
            return
        names = ("code", "version", "language")
        facts = {**dict(zip(names, wanted.key.split(), strict=True)), **wanted.facts}
        surveys.define_survey(self.uow, SurveyDefine.model_validate(facts, strict=False))

    def _program(self, wanted: Thing, moved: Facts, *, new: bool) -> None:
        facts = wanted.facts if new else moved
        told = {NAMES.get(k, k): v for k, v in facts.items() if k != "cohort_defaults"}
        if new:
            design = ProgramDesign.model_validate(told, strict=False)
            self.program_id = planning.set_up_program(self.uow, design)["id"]
        elif told:
            change = ProgramChange.model_validate(told, strict=False)
            planning.change_program(self.uow, self.program_id, change)
        kept = {"cohort_defaults": wanted.facts["cohort_defaults"]}
        self._remember(wanted, self.program_id, self.uow.organization_id, facts=kept)

    def _materials(self) -> None:
        """The training path and the messages are set as a whole; what is kept stays in them."""
        plan = self.plan
        if plan.does(BlueprintPart.TRAINING_MODULE):
            modules = [
                {
                    "key": each.key,
                    **each.facts,
                    "audience": ForWhom(each.facts["audience"]),
                    "topic": TrainingTopic(each.facts["topic"]),
                }
                for each in self._staying(BlueprintPart.TRAINING_MODULE)
            ]
            materials.set_training_path(self.uow, self.program_id, modules)
        if plan.does(BlueprintPart.MESSAGE_TEMPLATE):
            templates = [
                {
                    "key": each.key,
                    **each.facts,
                    "audience": ForWhom(each.facts["audience"]),
                    "occasion": MessageOccasion(each.facts["occasion"]),
                }
                for each in self._staying(BlueprintPart.MESSAGE_TEMPLATE)
            ]
            materials.set_message_templates(self.uow, self.program_id, templates)

    def _staying(self, what: BlueprintPart) -> list[Thing]:
        """What is wanted, in the document's order, then what stays although it is not in it."""
        steps = [each for each in self.plan.steps if each.thing.what is what]
        wanted = [each.wanted for each in steps if each.wanted is not None]
        rest = [s.current for s in steps if s.wanted is None and s.action is BlueprintAction.KEEP]
        return [*wanted, *(each for each in reversed(rest) if each is not None)]

    def _cohort(self, wanted: Thing, moved: Facts, now: uuid.UUID | None) -> uuid.UUID:
        if now is None:
            facts = {"program_id": self.program_id, **wanted.facts}
            return planning.plan_cohort(self.uow, CohortPlan.model_validate(facts, strict=False)).id
        if moved:
            change = CohortChange.model_validate(moved, strict=False)
            planning.change_cohort(self.uow, now, change)
        return now

    def _goal(self, wanted: Thing, moved: Facts, now: uuid.UUID | None) -> uuid.UUID:
        if now is None:
            facts = {**self._scope(wanted), **wanted.facts}
            found: uuid.UUID = goals.set_goal(
                self.uow, GoalSetIn.model_validate(facts, strict=False)
            ).goal.id
            return found
        if moved:
            change = dict(moved)
            if self.plan.reason is not None:
                change["reason"] = self.plan.reason
            goals.change_goal(self.uow, now, GoalChange.model_validate(change, strict=False))
        return now

    def _wave(self, wanted: Thing, moved: Facts, now: uuid.UUID | None) -> uuid.UUID:
        if now is not None and not set(moved) - MOVABLE_OF_A_WAVE:
            if moved:
                change = WaveChange.model_validate(moved, strict=False)
                surveys.change_survey_wave(self.uow, now, change)
            return now
        if now is not None:
            surveys.call_off_survey_wave(self.uow, now)
        facts = {"cohort_id": self._cohort_of(wanted), **wanted.facts}
        facts["surveys"] = facts.pop("questionnaires")
        wave = surveys.plan_survey_wave(self.uow, WavePlan.model_validate(facts, strict=False))
        return wave.id

    def _scope(self, wanted: Thing) -> dict[str, Any]:
        if wanted.within is None:
            return {"program_id": self.program_id}
        return {"cohort_id": self.cohorts[wanted.within]}

    def _cohort_of(self, wanted: Thing) -> uuid.UUID:
        return self.cohorts[wanted.within or ""]

    def _remember(
        self,
        wanted: Thing,
        thing_id: uuid.UUID,
        within_id: uuid.UUID,
        before: uuid.UUID | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        """Store what the document calls a thing; `before` is what it called so until now."""
        known = self.keys.get(before or thing_id)
        if known is None:
            self.uow.add(
                BlueprintKey(
                    program_id=self.program_id,
                    within_id=within_id,
                    what=wanted.what,
                    key=wanted.key,
                    thing_id=thing_id,
                    facts=facts or {},
                )
            )
            return
        known.thing_id = thing_id
        if known.facts != (facts or {}):
            known.facts = facts or {}
        self.uow.touch(known)

    def _remove(self, step: Step) -> None:
        thing = step.thing
        if thing.id is None or thing.what in (
            BlueprintPart.TRAINING_MODULE,
            BlueprintPart.MESSAGE_TEMPLATE,
        ):
            return
        if thing.what is BlueprintPart.GOAL:
            goals.drop_goal(self.uow, thing.id)
        elif thing.what is BlueprintPart.SURVEY_WAVE:
            surveys.call_off_survey_wave(self.uow, thing.id)
            if thing.id in self.keys:
                self.uow.remove(self.keys.pop(thing.id))
        elif thing.what is BlueprintPart.COHORT:
            planning.cancel_cohort(self.uow, thing.id)


def _steps(pointer: str) -> list[str | int]:
    """A pointer of a room's payload as steps of the document, whose names are nearly the same."""
    steps: list[str | int] = [
        int(each) if each.isdigit() else each.replace("~1", "/").replace("~0", "~")
        for each in pointer.split("/")[1:]
    ]
    if steps and steps[0] in IN_DOCUMENTS:
        return [*IN_DOCUMENTS[str(steps[0])], *steps[1:]]
    return steps
