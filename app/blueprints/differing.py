"""What a document would change: the difference between two lists of things, and what it may not."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.blueprints.models import BlueprintPart
from app.blueprints.telling import told
from app.blueprints.things import Thing
from app.blueprints.world import World
from app.goals.service import FIGURES
from app.programs.models import CohortStatus, ProgramStatus
from app.programs.planning import PLAN
from app.surveys.models import WaveStatus

MOVABLE_OF_A_WAVE = frozenset({"title", "opens_at", "closes_at"})
"""What a planned wave can change; for anything else it is called off and planned anew."""


class BlueprintAction(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that no document may do."""

    code: str
    what: BlueprintPart
    key: str
    within: str | None
    reason: str
    wanted: Thing | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing, and what becomes of it."""

    action: BlueprintAction
    wanted: Thing | None
    current: Thing | None = None
    fields: tuple[str, ...] = ()

    @property
    def thing(self) -> Thing:
        found = self.wanted or self.current
        if found is None:
            raise TypeError("A step is about something.")
        return found

    def changes(self) -> Iterator[dict[str, Any]]:
        """One entry for each field that changes; one for the whole thing otherwise."""
        for name in self.fields or (None,):
            before, after = self._moved(name)
            yield {
                "action": self.action,
                "what": self.thing.what,
                "key": self.thing.key,
                "within": self.thing.within,
                "field": name,
                "before": before,
                "after": after,
                "sentence": told(
                    self.action, self.thing, name, before, after, absent=self.wanted is None
                ),
            }

    def _moved(self, name: str | None) -> tuple[Any, Any]:
        if name is not None and self.wanted is not None and self.current is not None:
            return self.current.facts[name], self.wanted.facts[name]
        if self.action is BlueprintAction.ADD and self.wanted is not None:
            return None, self.wanted.facts
        if self.action is BlueprintAction.REMOVE and self.current is not None:
            return self.current.facts, None
        return None, None


@dataclass(frozen=True)
class Plan:
    """What applying a document would do, and why it could not."""

    world: World
    steps: list[Step]
    refusals: list[Refusal]
    prune: bool
    reason: str | None
    changes: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", [c for step in self.steps for c in step.changes()])

    def count(self, action: BlueprintAction) -> int:
        return sum(step.action is action for step in self.steps)

    def does(self, *whats: BlueprintPart) -> bool:
        """Whether it moves any of these."""
        return any(
            s.action is not BlueprintAction.KEEP and s.thing.what in whats for s in self.steps
        )

    @property
    def digest(self) -> str:
        """Names exactly these changes, from exactly this world."""
        whole = [
            str(self.world.program_id), self.prune, self.reason,
            [[*step.wanted.place, step.wanted.facts] for step in self.steps if step.wanted],
            self.changes,
            [[each.code, each.what, each.key, each.within] for each in self.refusals],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def plan_of(
    wanted: Sequence[Thing], world: World, *, prune: bool = False, reason: str | None = None
) -> Plan:
    """What it takes to get from the world to what is wanted."""
    there = {each.place: each for each in world.things}
    steps: list[Step] = []
    refusals: list[Refusal] = []
    for each in wanted:
        current = there.pop(each.place, None)
        if current is None:
            steps.append(Step(BlueprintAction.ADD, each))
            continue
        fields = tuple(name for name in each.facts if each.facts[name] != current.facts.get(name))
        steps.append(
            Step(BlueprintAction.CHANGE if fields else BlueprintAction.KEEP, each, current, fields)
        )
    absent = [each for each in there.values() if not _is_history(each, world)]
    steps += [_left_out(each, prune=prune) for each in reversed(absent)]
    for step in steps:
        refusals += _refusals(step, world, reason)
    return Plan(world, steps, refusals, prune, reason)


def _is_history(thing: Thing, world: World) -> bool:
    """Over, or of a cohort that is over, or everybody's: no document speaks of its end."""
    if thing.over or thing.what in (BlueprintPart.FRAMEWORK, BlueprintPart.QUESTIONNAIRE):
        return True
    cohort = _cohort_of(thing, world)
    return cohort is not None and cohort.over


def _cohort_of(thing: Thing, world: World) -> Thing | None:
    for each in world.things:
        if each.what is BlueprintPart.COHORT and each.key == thing.within:
            return each
    return None


def _left_out(thing: Thing, *, prune: bool) -> Step:
    stays = not prune or thing.what in (BlueprintPart.STATEMENT, BlueprintPart.PROGRAM)
    return Step(BlueprintAction.KEEP if stays else BlueprintAction.REMOVE, None, thing)


def _refusals(step: Step, world: World, reason: str | None) -> Iterator[Refusal]:
    thing, now = step.thing, step.current
    retired = now is not None and now.state == "retired" and step.wanted is not None
    if step.action is BlueprintAction.KEEP and not retired:
        return

    def no(code: str, why: str) -> Refusal:
        return Refusal(code, thing.what, thing.key, thing.within, why, step.wanted)

    if retired:
        yield no("framework_retired", "The framework is retired: it takes nothing new.")
    program = world.program
    if program is not None and program.status is ProgramStatus.CLOSED:
        yield no("program_closed", "The program is closed: nothing of it changes any more.")
        return
    cohort = _cohort_of(thing, world)
    if cohort is not None and cohort.over:
        yield no("cohort_over", f"The cohort “{cohort.name}” is {cohort.state}: it is history.")
        return
    if step.action is BlueprintAction.REMOVE and now is not None:
        yield from _no_removal(now, no)
    elif step.action is BlueprintAction.ADD and thing.what is BlueprintPart.GOAL:
        if any(each.what is BlueprintPart.GOAL and each.key == thing.key for each in world.things):
            told_why = "A goal of another level has this key: give the new one a key of its own."
            yield no("goal_moved", told_why)
    elif step.action is BlueprintAction.CHANGE and now is not None:
        yield from _no_change(now, step.fields, no, reason)


def _no_removal(now: Thing, no: Any) -> Iterator[Refusal]:
    if now.what is BlueprintPart.COHORT and now.state == CohortStatus.RUNNING:
        why = f"The cohort “{now.name}” is running; a document never ends it."
        yield no("cohort_running", why)
    elif now.what is BlueprintPart.COHORT and now.state == CohortStatus.ENROLLING:
        why = f"People are enrolling in the cohort “{now.name}”; cancel it by hand."
        yield no("cohort_enrolling", why)
    elif now.what is BlueprintPart.SURVEY_WAVE and now.state == WaveStatus.OPEN:
        why = f"The survey “{now.name}” is open: people are answering it."
        yield no("survey_wave_open", why)


def _no_change(
    now: Thing, fields: tuple[str, ...], no: Any, reason: str | None
) -> Iterator[Refusal]:
    if now.what is BlueprintPart.FRAMEWORK:
        why = "What was measured refers to it, so it never changes: give the new one a new code."
        yield no("framework_differs", why)
    elif now.what is BlueprintPart.QUESTIONNAIRE:
        why = "A published questionnaire never changes: give the new one another version."
        yield no("questionnaire_differs", why)
    elif now.what is BlueprintPart.COHORT:
        yield from _no_change_of_cohort(now, fields, no)
    elif now.what is BlueprintPart.GOAL:
        yield from _no_change_of_goal(now, fields, no, reason)
    elif now.what is BlueprintPart.SURVEY_WAVE:
        yield from _no_change_of_wave(now, fields, no)


def _no_change_of_cohort(now: Thing, fields: tuple[str, ...], no: Any) -> Iterator[Refusal]:
    frozen = [name for name in fields if name in PLAN]
    if now.over:
        yield no("cohort_over", f"The cohort “{now.name}” is {now.state}: it is history.")
    elif now.state == CohortStatus.RUNNING and frozen:
        said = ", ".join(frozen).replace("_", " ")
        why = f"The cohort “{now.name}” is running: its plan froze at the launch ({said})."
        yield no("plan_frozen", why)


def _no_change_of_goal(
    now: Thing, fields: tuple[str, ...], no: Any, reason: str | None
) -> Iterator[Refusal]:
    if now.over:
        yield no("goal_over", f"The goal “{now.name}” was {now.state}: set another one.")
    elif now.state == "measured" and "direction" in fields:
        why = f"Progress of “{now.name}” was measured: what counts as better stays."
        yield no("target_locked", why)
    elif now.state == "measured" and reason is None and set(fields) & set(FIGURES):
        why = f"Progress of “{now.name}” was measured against its figures: give a `reason`."
        yield no("target_locked", why)


def _no_change_of_wave(now: Thing, fields: tuple[str, ...], no: Any) -> Iterator[Refusal]:
    if now.state == WaveStatus.CLOSED:
        yield no("survey_wave_closed", f"The survey “{now.name}” is closed, and stays so.")
    elif now.state == WaveStatus.OPEN and set(fields) - {"closes_at"}:
        why = f"The survey “{now.name}” is open: only its end can still move."
        yield no("survey_wave_open", why)
