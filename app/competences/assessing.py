"""How levels are judged over time: noted once, never rewritten, compared for impact."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Select, select

from app.competences.events import AssessmentsImported, SkillAssessed
from app.competences.models import AssessmentMoment, AssessmentSource, SkillAssessment
from app.competences.schemas import (
    AssessedLevel,
    AssessmentAdd,
    AssessmentImport,
    AssessmentQuery,
    Verdict,
)
from app.competences.service import highest_levels, in_parts, runs_programs, writable_people
from app.competences.skills import Entry, counted, level_mistakes, resolve
from app.kit.problems import Forbidden, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.participants.models import Participant

SORTS = {"created_at": SkillAssessment.id, "assessed_on": SkillAssessment.assessed_on}
AHEAD_OF_UTC = dt.timedelta(days=1)  # where a person lives it may be tomorrow already


@dataclass(frozen=True, slots=True)
class Assessed:
    """One judged level, as the rooms above read it."""

    participant_id: uuid.UUID
    competence: str
    level: int
    assessed_on: dt.date
    moment: AssessmentMoment
    source: AssessmentSource
    then_test: bool


@dataclass(frozen=True, slots=True)
class SkillChange:
    """One person's level in one competence, before and after; None where nobody judged it.

    `looking_back` is the level before as it is seen at the end (then-test): it stands beside
    `before`, and is never mixed with it.
    """

    participant_id: uuid.UUID
    competence: str
    before: int | None
    after: int | None
    looking_back: int | None


def visible_assessments(uow: UnitOfWork) -> Select[SkillAssessment]:
    """Everybody's for those who run programs, else one's own."""
    stmt = select(SkillAssessment).where(SkillAssessment.organization_id == uow.organization_id)
    if not runs_programs(uow):
        stmt = stmt.where(SkillAssessment.participant_id == participants.mine(uow))
    return stmt


def list_assessments(uow: UnitOfWork, query: AssessmentQuery) -> dict[str, Any]:
    stmt = visible_assessments(uow)
    stmt = narrowed(
        stmt,
        (SkillAssessment.participant_id, query.participant_id),
        (SkillAssessment.competence, query.competence),
        (SkillAssessment.moment, query.moment),
    )
    return uow.page(stmt, SkillAssessment.id, query, SORTS)


def get_assessment(uow: UnitOfWork, assessment_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_assessments(uow).where(SkillAssessment.id == assessment_id))


def assess_skill(uow: UnitOfWork, wanted: AssessmentAdd) -> SkillAssessment:
    """Note how a person's level is judged. A person judges only themselves."""
    if wanted.source is AssessmentSource.PARTNER and not runs_programs(uow):
        raise Forbidden("A partner's judgement is noted by those who run programs.")
    person = writable_people(uow).where(Participant.id == wanted.participant_id)
    if uow.rows.execute(person).first() is None:
        raise Invalid.at("/participant_id", "There is nobody with this id.", "unknown_reference")
    mistakes = _mistakes(uow, wanted, highest_levels(uow, [wanted.competence]))
    if mistakes:
        raise Invalid(mistakes[0]["detail"], errors=mistakes)
    assessment = uow.add(
        SkillAssessment(
            **wanted.model_dump(exclude={"assessed_on"}),
            assessed_on=wanted.assessed_on or uow.today,
        )
    )
    uow.emit(
        SkillAssessed(
            assessment_id=assessment.id,
            participant_id=assessment.participant_id,
            competence=assessment.competence,
            moment=assessment.moment,
            source=assessment.source,
        )
    )
    return assessment


def import_assessments(uow: UnitOfWork, wanted: AssessmentImport) -> dict[str, Any]:
    """Note many judged levels; an equal one that is there already is not noted twice."""
    entries = resolve(uow, wanted.assessments)
    known = highest_levels(uow, {each.competence for each in wanted.assessments})
    people = {each.participant_id for each in entries if each.participant_id is not None}
    there = {_key(each) for each in _judged(uow, people)}
    rows: list[dict[str, Any]] = []
    for entry, each in zip(entries, wanted.assessments, strict=True):
        for mistake in _mistakes(uow, each, known):
            entry.refuse(**mistake)
        if each.source is AssessmentSource.PARTNER and not runs_programs(uow):
            entry.refuse("/source", "Noted by those who run programs.", "forbidden")
        if entry.verdict is not Verdict.REFUSED:
            _sort_in(uow, entry, each, there, rows)
    answer = counted(entries, dry_run=wanted.dry_run)
    if rows and not wanted.dry_run:
        uow.add_many(SkillAssessment, rows)
        uow.emit(
            AssessmentsImported(
                added_count=answer["added_count"],
                unchanged_count=answer["unchanged_count"],
                refused_count=answer["refused_count"],
                digest=sha256(wanted.model_dump_json().encode()).hexdigest(),
            )
        )
    return answer


def _sort_in(
    uow: UnitOfWork,
    entry: Entry,
    each: AssessedLevel,
    there: set[tuple[Any, ...]],
    rows: list[dict[str, Any]],
) -> None:
    row = {
        "participant_id": entry.participant_id,
        "competence": each.competence,
        "level": each.level,
        "assessed_on": each.assessed_on or uow.today,
        "moment": each.moment,
        "source": each.source,
        "then_test": each.then_test,
    }
    key = tuple(row.values())
    if key in there:
        entry.verdict = Verdict.UNCHANGED
        return
    there.add(key)
    rows.append(row)


def _mistakes(
    uow: UnitOfWork, wanted: AssessedLevel, highest: dict[str, int]
) -> list[dict[str, str]]:
    found = [
        {**each, "pointer": "/level" if each["code"] == "level_unknown" else "/competence"}
        for each in level_mistakes({wanted.competence: wanted.level}, highest, "")
    ]
    if wanted.assessed_on is not None and wanted.assessed_on > uow.today + AHEAD_OF_UTC:
        told = "A level is judged today or was judged earlier."
        found.append({"pointer": "/assessed_on", "detail": told, "code": "date_in_the_future"})
    return found


def _key(each: Assessed) -> tuple[Any, ...]:
    return (
        each.participant_id, each.competence, each.level, each.assessed_on,
        each.moment, each.source, each.then_test,
    )  # fmt: skip


def assessments_between(
    uow: UnitOfWork,
    participant_ids: Collection[uuid.UUID],
    from_on: dt.date,
    until_on: dt.date,
) -> list[Assessed]:
    """Every level of these people judged in these days, first and last included; oldest first.

    For the rooms above, which answer for who may see it.
    """
    return [
        each for each in _judged(uow, participant_ids) if from_on <= each.assessed_on <= until_on
    ]


def _judged(uow: UnitOfWork, participant_ids: Collection[uuid.UUID]) -> list[Assessed]:
    judged = SkillAssessment
    found: list[Assessed] = []
    for some in in_parts(sorted(participant_ids)):
        rows = uow.rows.execute(
            select(
                judged.participant_id, judged.competence, judged.level, judged.assessed_on,
                judged.moment, judged.source, judged.then_test,
            )
            .where(judged.organization_id == uow.organization_id, judged.participant_id.in_(some))
            .order_by(judged.participant_id, judged.assessed_on, judged.id)
        )  # fmt: skip
        found += [Assessed(*row) for row in rows]
    return found


def skill_changes(
    uow: UnitOfWork,
    participant_ids: Collection[uuid.UUID],
    from_on: dt.date,
    until_on: dt.date,
    source: AssessmentSource = AssessmentSource.SELF,
) -> list[SkillChange]:
    """What changed for each person and competence judged in these days, sorted by both.

    `before` is the last baseline, `after` the last judgement of the end, `looking_back` the last
    then-test; a later judgement of the same moment corrects an earlier one.
    """
    before: dict[tuple[uuid.UUID, str], int] = {}
    after: dict[tuple[uuid.UUID, str], int] = {}
    looking_back: dict[tuple[uuid.UUID, str], int] = {}
    for each in assessments_between(uow, participant_ids, from_on, until_on):
        if each.source is not source or each.moment is AssessmentMoment.OTHER:
            continue
        key = (each.participant_id, each.competence)
        if each.moment is AssessmentMoment.BASELINE:
            before[key] = each.level
        elif each.then_test:
            looking_back[key] = each.level
        else:
            after[key] = each.level
    return [
        SkillChange(*key, before.get(key), after.get(key), looking_back.get(key))
        for key in sorted({*before, *after, *looking_back})
    ]
