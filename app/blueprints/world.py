"""What there is of a program now, as things with facts."""

import datetime as dt
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, or_, select, tuple_

from app.blueprints.models import BlueprintKey, BlueprintPart
from app.blueprints.things import NOTHING, SHAPE, Asked, Named, Pin, Thing, instant
from app.competences import service as competences
from app.competences.models import Competence
from app.goals import service as goals
from app.goals import statements
from app.goals.models import Goal, GoalStatement, GoalStatus
from app.kit.work import UnitOfWork
from app.programs import materials
from app.programs import service as programs
from app.programs.models import LIVE_COHORTS, Cohort, MessageTemplate, Program, TrainingModule
from app.surveys import service as surveys
from app.surveys.models import Survey, SurveyWave, WaveStatus

MOST = 2_000  # ours: of one kind in one program; a document holds far fewer


@dataclass
class World:
    """A program as it is; nothing where there is none yet."""

    program: Row[Any] | None = None
    things: list[Thing] = field(default_factory=list)

    @property
    def program_id(self) -> uuid.UUID | None:
        return None if self.program is None else self.program.id

    def started(self, key: str) -> dt.date | None:
        """The start of a cohort that is planned already."""
        for each in self.things:
            if each.what is BlueprintPart.COHORT and each.key == key:
                return dt.date.fromisoformat(each.facts["starts_on"])
        return None


def visible_keys(uow: UnitOfWork, program_id: uuid.UUID) -> Select[BlueprintKey]:
    """What the documents of a program call its things; the caller has seen the program."""
    return select(BlueprintKey).where(
        BlueprintKey.organization_id == uow.organization_id, BlueprintKey.program_id == program_id
    )


def find_program(uow: UnitOfWork, key: str, name: str) -> Row[Any] | None:
    """The program that documents call so; else one of this name, or of this made-up key."""
    known = select(BlueprintKey.thing_id).where(
        BlueprintKey.organization_id == uow.organization_id,
        BlueprintKey.what == BlueprintPart.PROGRAM,
    )
    named = known.where(BlueprintKey.key == key)
    found = uow.rows.execute(programs.visible(uow).where(Program.id.in_(named))).one_or_none()
    if found is not None:
        return found
    unknown = programs.visible(uow).where(Program.id.not_in(known)).order_by(Program.id)
    for each in uow.rows.execute(unknown.limit(MOST)):
        if name == each.name or slug(each.name) == key:
            return each
    return None


def slug(name: str) -> str:
    """A key made from a name; empty where no Latin letter or digit is in it."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:48].strip("-")


def read_world(
    uow: UnitOfWork, program: Row[Any] | None, asked: Asked = NOTHING, *, lock: bool = False
) -> World:
    """Everything documents can say about a program; `lock` keeps it as it is until the unit ends.

    What is `asked` for lends its keys to things of the same name that no document has named yet,
    and adds the frameworks and questionnaires it brings.
    """
    reader = _WorldReader(uow, lock)
    codes, pins = set(asked.frameworks), set(asked.questionnaires)
    things = [] if program is None else reader.things(program, asked.names)
    for each in things:
        if each.what is BlueprintPart.GOAL and not each.over:
            codes |= {code.partition(":")[0] for code in each.facts["competences"]}
        elif each.what is BlueprintPart.SURVEY_WAVE and not each.over:
            pins |= {(q["code"], q["version"], q["language"]) for q in each.facts["questionnaires"]}
    brought = [*reader.frameworks(codes), *reader.questionnaires(pins)]
    return World(program, [*brought, *things])


class _Names:
    """Keys of things: those stored, those a document gives by name, those made up."""

    def __init__(self, stored: Iterable[Any], lent: Mapping[Named, str]) -> None:
        self.facts: dict[uuid.UUID, dict[str, Any]] = {}
        self.stored: dict[uuid.UUID, str] = {}
        self._taken: dict[tuple[BlueprintPart, uuid.UUID], set[str]] = {}
        for each in stored:
            self.stored[each.thing_id] = each.key
            self.facts[each.thing_id] = each.facts
            self._taken.setdefault((each.what, each.within_id), set()).add(each.key)
        self._lent = lent

    def give(
        self,
        what: BlueprintPart,
        within_id: uuid.UUID,
        within: str | None,
        thing_id: uuid.UUID,
        name: str,
    ) -> tuple[str, bool]:
        """A thing's key, and whether it is stored."""
        if thing_id in self.stored:
            return self.stored[thing_id], True
        taken = self._taken.setdefault((what, within_id), set())
        lent = self._lent.get((what, within, name))
        base = (
            lent
            if lent is not None and lent not in taken
            else slug(name) or str(what).replace("_", "-")
        )
        key, number = base, 2
        while key in taken:
            key, number = f"{base}-{number}", number + 1
        taken.add(key)
        return key, False


@dataclass
class _WorldReader:
    uow: UnitOfWork
    lock: bool

    def _all(self, stmt: Select[Any]) -> list[Row[Any]]:
        stmt = stmt.limit(MOST)
        return list(self.uow.rows.execute(stmt.with_for_update() if self.lock else stmt))

    def things(self, program: Row[Any], lent: Mapping[Named, str]) -> list[Thing]:
        uow = self.uow
        (program,) = self._all(programs.visible(uow).where(Program.id == program.id))
        names = _Names(uow.rows.execute(visible_keys(uow, program.id)), lent)
        rows = self._all(
            programs.visible_cohorts(uow).where(Cohort.program_id == program.id).order_by(Cohort.id)
        )
        cohorts = [_cohort(each, names) for each in rows]
        keys = {each.id: each.key for each in cohorts if each.id is not None}
        within = or_(Goal.program_id == program.id, Goal.cohort_id.in_(keys))
        found = self._all(goals.visible(uow).where(within).order_by(Goal.id))
        goal_things = [_goal(each, program.id, keys, names) for each in found]
        live = {str(each.id): each.key for each in goal_things if not each.over}
        in_words = self._all(
            statements.visible_statements(uow).where(
                GoalStatement.superseded_at.is_(None),
                or_(GoalStatement.program_id == program.id, GoalStatement.cohort_id.in_(keys)),
            )
        )
        modules = self._all(
            materials.visible_modules(uow)
            .where(TrainingModule.program_id == program.id)
            .order_by(TrainingModule.position, TrainingModule.id)
        )
        templates = self._all(
            materials.visible_templates(uow)
            .where(MessageTemplate.program_id == program.id)
            .order_by(MessageTemplate.id)
        )
        waves = self._all(
            surveys.run_waves(uow).where(SurveyWave.cohort_id.in_(keys)).order_by(SurveyWave.id)
        )
        return [
            _program(program, names, uow.organization_id),
            *(each for each in goal_things if each.within is None),
            *(_statement(each, keys, live) for each in in_words if each.program_id is not None),
            *(_module(each) for each in modules),
            *(_template(each) for each in templates),
            *cohorts,
            *(each for each in goal_things if each.within is not None),
            *(_statement(each, keys, live) for each in in_words if each.program_id is None),
            *(_wave(each, keys, names) for each in waves),
        ]

    def frameworks(self, codes: set[str]) -> list[Thing]:
        """The organization's own frameworks with these codes; built-in ones are everybody's."""
        found = self.uow.rows.execute(
            competences.visible_frameworks(self.uow).order_by(competences.FRAMEWORK_SORTS["code"])
        )
        own = [each for each in found if each.code in codes and not each.built_in]
        return [self._framework(each) for each in own]

    def _framework(self, row: Row[Any]) -> Thing:
        parts = self.uow.rows.execute(
            select(
                Competence.code, Competence.area, Competence.title, Competence.description,
                Competence.levels,
            )
            .where(
                Competence.organization_id == self.uow.organization_id,
                Competence.framework_id == row.id,
            )
            .order_by(Competence.id)
        ).all()  # fmt: skip
        facts = {
            name: getattr(row, name)
            for name in ("title", "framework_version", "language", "url", "license", "attribution")
        }
        facts["levels"] = [
            {"group": each["group"], "prompt": each["prompt"]} for each in parts[0].levels
        ]
        facts["competences"] = [
            {
                "code": each.code.partition(":")[2],
                "area": each.area,
                "title": each.title,
                "description": each.description,
            }
            for each in parts
        ]
        state = "retired" if row.retired_at is not None else ""
        return Thing(
            BlueprintPart.FRAMEWORK, row.code, facts, name=row.title, id=row.id, state=state
        )

    def questionnaires(self, pins: set[Pin]) -> list[Thing]:
        """The organization's own questionnaires among these."""
        if not pins:
            return []
        found = self.uow.rows.execute(
            select(*Survey.__table__.c)
            .where(
                Survey.organization_id == self.uow.organization_id,
                tuple_(Survey.code, Survey.edition, Survey.language).in_(sorted(pins)),
            )
            .order_by(Survey.code, Survey.edition, Survey.language)
        )
        names = ("title", "license", "prefer_not_to_say", "scales")
        return [
            Thing(
                BlueprintPart.QUESTIONNAIRE, f"{each.code} {each.edition} {each.language}",
                {"origin": str(each.origin), **{name: getattr(each, name) for name in names}},
                name=each.title, id=each.id,
            )
            for each in found
        ]  # fmt: skip


def _program(row: Row[Any], names: _Names, organization_id: uuid.UUID) -> Thing:
    key, keyed = names.give(BlueprintPart.PROGRAM, organization_id, None, row.id, row.name)
    facts = {
        "name": row.name,
        "purpose": row.purpose,
        "metadata": row.labels,
        "objective": str(row.matching_objective),
        "rules": row.matching_rules,
        "weights": row.matching_weights,
        "cohort_defaults": names.facts.get(row.id, {}).get("cohort_defaults", {}),
    }
    return Thing(
        BlueprintPart.PROGRAM,
        key,
        facts,
        name=row.name,
        id=row.id,
        state=str(row.status),
        keyed=keyed,
    )


def _cohort(row: Row[Any], names: _Names) -> Thing:
    key, keyed = names.give(BlueprintPart.COHORT, row.program_id, None, row.id, row.name)
    facts = {
        "name": row.name,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        **{name: getattr(row, name) for name in SHAPE},
        "enrollment_mode": str(row.enrollment_mode),
        "driver": str(row.driver),
        "milestones": row.milestones,
        "metadata": row.labels,
    }
    over = row.status not in LIVE_COHORTS
    return Thing(
        BlueprintPart.COHORT, key, facts, name=row.name, id=row.id, state=str(row.status),
        keyed=keyed, over=over,
    )  # fmt: skip


def _goal(
    row: Row[Any], program_id: uuid.UUID, cohorts: dict[uuid.UUID, str], names: _Names
) -> Thing:
    within = None if row.cohort_id is None else cohorts[row.cohort_id]
    key, keyed = names.give(BlueprintPart.GOAL, program_id, within, row.id, row.title)
    facts = {
        name: getattr(row, name)
        for name in ("title", "competences", "indicator", "unit", "baseline", "target", "tolerance")
    }
    facts["category"], facts["direction"] = str(row.category), str(row.direction)
    facts["due_on"] = None if row.due_on is None else row.due_on.isoformat()
    state = str(row.status)
    if row.status is GoalStatus.OPEN and row.check_ins_count:
        state = "measured"
    return Thing(
        BlueprintPart.GOAL, key, facts, within, row.title, id=row.id, state=state, keyed=keyed,
        over=row.status is not GoalStatus.OPEN,
    )  # fmt: skip


def _statement(row: Row[Any], cohorts: dict[uuid.UUID, str], goals: dict[str, str]) -> Thing:
    within = None if row.cohort_id is None else cohorts[row.cohort_id]
    ranked = [goals[each] for each in row.goal_ids if each in goals]
    facts = {"text": row.text, "goals": ranked}
    return Thing(BlueprintPart.STATEMENT, "statement", facts, within, id=row.id)


def _module(row: Row[Any]) -> Thing:
    facts = {
        name: getattr(row, name)
        for name in ("title", "minutes", "summary", "url", "required", "position")
    }
    facts["audience"], facts["topic"] = str(row.audience), str(row.topic)
    return Thing(BlueprintPart.TRAINING_MODULE, row.key, facts, name=row.title, id=row.id)


def _template(row: Row[Any]) -> Thing:
    facts = {name: getattr(row, name) for name in ("language", "subject", "body")}
    facts["occasion"], facts["audience"] = str(row.occasion), str(row.audience)
    return Thing(BlueprintPart.MESSAGE_TEMPLATE, row.key, facts, name=row.key, id=row.id)


def _wave(row: Row[Any], cohorts: dict[uuid.UUID, str], names: _Names) -> Thing:
    within = cohorts[row.cohort_id]
    key, keyed = names.give(BlueprintPart.SURVEY_WAVE, row.cohort_id, within, row.id, row.title)
    facts = {
        "title": row.title,
        "moment": str(row.moment),
        "mode": str(row.mode),
        "audience": str(row.audience),
        "questionnaires": row.surveys,
        "opens_at": instant(row.opens_at),
        "closes_at": instant(row.closes_at),
    }
    return Thing(
        BlueprintPart.SURVEY_WAVE, key, facts, within, row.title, id=row.id, state=str(row.status),
        keyed=keyed, over=row.status is WaveStatus.CLOSED,
    )  # fmt: skip


def planned(world: World) -> list[Thing]:
    """What is planned from here on: neither history, nor what belongs to it."""
    gone = {each.key for each in world.things if each.what is BlueprintPart.COHORT and each.over}
    return [
        each
        for each in world.things
        if not each.over and each.within not in gone and each.state != "retired"
    ]
