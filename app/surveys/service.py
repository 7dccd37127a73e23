"""Surveys and their waves: define, plan, change, find."""

import uuid
from typing import Any

from sqlalchemy import Row, Select, or_, select

from app.kit.problems import Conflict, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants.service import mine
from app.programs import service as programs
from app.programs.models import CohortStatus, EnrollmentRole
from app.surveys.events import SurveyDefined, SurveyWaveCalledOff, SurveyWavePlanned
from app.surveys.models import Survey, SurveyInvitation, SurveyWave, WaveStatus
from app.surveys.questionnaires import (
    BUILT_IN_CODES,
    NOBODYS,
    ORGANIZATION,
    EverySurvey,
    Questionnaire,
    asked,
    pins_of,
    questionnaire_of,
    questionnaires,
)
from app.surveys.schemas import SurveyDefine, SurveyQuery, WaveChange, WavePlan, WaveQuery


class SurveyEditionTaken(Conflict):
    slug, title = "survey-edition-taken", "This version of the survey exists in this language"
    constraints = ("uq_surveys_edition",)


class SurveyCodeBuiltIn(Conflict):
    slug, title = "survey-code-built-in", "A survey that comes with Rementor has this code"


class WaveNotPlanned(Conflict):
    slug, title = "survey-wave-not-planned", "The wave has opened already"


class WaveClosed(Conflict):
    slug, title = "survey-wave-closed", "A closed wave stays closed"


SORTS = {"created_at": EverySurvey.id, "code": EverySurvey.code}
WAVE_SORTS = {"created_at": SurveyWave.id, "opens_at": SurveyWave.opens_at}


def visible(uow: UnitOfWork) -> Select[Survey]:
    """Surveys hold questions, no answers: the organization's and ours, for all with the scope."""
    return (
        select(EverySurvey)
        .where(EverySurvey.organization_id.in_([uow.organization_id, NOBODYS]))
        .params({ORGANIZATION: uow.organization_id})
    )


def list_surveys(uow: UnitOfWork, query: SurveyQuery) -> dict[str, Any]:
    stmt = visible(uow)
    stmt = narrowed(
        stmt,
        (EverySurvey.code, query.code),
        (EverySurvey.language, query.language),
        (EverySurvey.built_in, query.built_in),
    )
    return uow.page(stmt, EverySurvey.id, query, SORTS)


def get_survey(uow: UnitOfWork, survey_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible(uow).where(EverySurvey.id == survey_id))


def define_survey(uow: UnitOfWork, wanted: SurveyDefine) -> Survey:
    """Publish a version of a survey. It can be asked from now on, and never changes."""
    if wanted.code in BUILT_IN_CODES:
        raise SurveyCodeBuiltIn
    facts = wanted.model_dump(mode="json", exclude={"version"})
    survey = Survey(**facts | {"origin": wanted.origin}, edition=wanted.version, built_in=False)
    _must_match_translations(uow, questionnaire_of(survey))
    uow.add(survey)
    uow.emit(SurveyDefined(survey_id=survey.id))
    return survey


def _must_match_translations(uow: UnitOfWork, wanted: Questionnaire) -> None:
    """Every language of a version asks and scores the same. Raises Invalid."""
    other = uow.rows.execute(
        select(Survey)
        .where(
            Survey.organization_id == uow.organization_id,
            Survey.code == wanted.code,
            Survey.edition == wanted.version,
        )
        .limit(1)
    ).one_or_none()
    if other is not None and questionnaire_of(other).shape() != wanted.shape():
        raise Invalid.at(
            "/scales",
            f"In {other.language} this version has other scales, items, ends or options.",
            "translation_differs",
        )


def run_waves(uow: UnitOfWork) -> Select[SurveyWave]:
    """The waves of cohorts that the caller runs or accompanies."""
    return select(SurveyWave).where(
        SurveyWave.organization_id == uow.organization_id,
        programs.within_reach(uow, SurveyWave.cohort_id),
    )


def visible_waves(uow: UnitOfWork) -> Select[SurveyWave]:
    """The waves the caller runs or accompanies, and those that ask the caller."""
    asking = select(SurveyInvitation.survey_wave_id).where(
        SurveyInvitation.organization_id == uow.organization_id,
        SurveyInvitation.participant_id == mine(uow),
    )
    return select(SurveyWave).where(
        SurveyWave.organization_id == uow.organization_id,
        or_(programs.within_reach(uow, SurveyWave.cohort_id), SurveyWave.id.in_(asking)),
    )


def wave_to_run(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> SurveyWave:
    """A wave to move, locked. Raises NotFound, NotYourProgram, Stale."""
    wave = uow.to_change(visible_waves(uow).where(SurveyWave.id == survey_wave_id))
    cohort = programs.get_cohort(uow, wave.cohort_id)
    programs.must_run_program(uow, cohort.program_id)
    return wave


def list_survey_waves(uow: UnitOfWork, query: WaveQuery) -> dict[str, Any]:
    stmt = visible_waves(uow)
    stmt = narrowed(
        stmt,
        (SurveyWave.cohort_id, query.cohort_id),
        (SurveyWave.moment, query.moment),
        (SurveyWave.status, query.status),
    )
    return uow.page(stmt, SurveyWave.id, query, WAVE_SORTS)


def get_survey_wave(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_waves(uow).where(SurveyWave.id == survey_wave_id))


def plan_survey_wave(uow: UnitOfWork, wanted: WavePlan) -> SurveyWave:
    """Plan a sending of surveys to a cohort. What is asked, and of whom, is fixed from here on."""
    cohort = programs.get_cohort(uow, wanted.cohort_id, "/cohort_id")
    programs.must_run_program(uow, cohort.program_id)
    if cohort.status is CohortStatus.CANCELLED:
        raise programs.CohortClosed("The cohort is cancelled.")
    if wanted.closes_at <= uow.now:
        raise Invalid.at("/closes_at", "This moment has passed.", "in_the_past")
    facts = wanted.model_dump(exclude={"surveys"})
    surveys = wanted.model_dump(mode="json")["surveys"]
    _must_go_together(uow, wanted, surveys)
    wave = uow.add(SurveyWave(**facts, surveys=surveys, status=WaveStatus.PLANNED))
    uow.emit(SurveyWavePlanned(survey_wave_id=wave.id, cohort_id=cohort.id))
    return wave


def _must_go_together(uow: UnitOfWork, wanted: WavePlan, surveys: list[dict[str, Any]]) -> None:
    """The pinned surveys exist, no item is asked twice, and somebody is asked. Raises Invalid."""
    found = questionnaires(uow, pins_of(surveys))
    codes: set[str] = set()
    for place, pin in enumerate(pins_of(surveys)):
        if pin not in found:
            raise Invalid.at(
                f"/surveys/{place}", f"There is no survey {' '.join(pin)}.", "unknown_reference"
            )
        new = {item.code for item in found[pin].items()} | {s.code for s in found[pin].scales}
        if codes & new:
            raise Invalid.at(
                f"/surveys/{place}", "Its items or scales are asked already.", "asked_twice"
            )
        codes |= new
    roles = [role for role in EnrollmentRole if wanted.audience.includes(role)]
    if not any(asked(list(found.values()), role) for role in roles):
        raise Invalid.at("/audience", "The surveys ask nothing of this audience.", "nobody_asked")


def change_survey_wave(
    uow: UnitOfWork, survey_wave_id: uuid.UUID, wanted: WaveChange
) -> SurveyWave:
    """Rename a wave or move its dates; once it is open, only its end moves."""
    wave = wave_to_run(uow, survey_wave_id)
    changes = wanted.model_dump()
    if wave.status is WaveStatus.CLOSED:
        raise WaveClosed
    if wave.status is WaveStatus.OPEN and set(changes) - {"closes_at"}:
        raise WaveNotPlanned("Only its end can still move.")
    for name, value in changes.items():
        setattr(wave, name, value)
    if wave.closes_at <= max(wave.opens_at, uow.now):
        raise Invalid.at(
            "/closes_at", "A wave closes after it opens, and not in the past.", "value_error"
        )
    return uow.touch(wave)


def call_off_survey_wave(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> None:
    """Forget a planned wave that nobody was asked by. Raises WaveNotPlanned, WaveClosed."""
    wave = wave_to_run(uow, survey_wave_id)
    if wave.status is WaveStatus.CLOSED:
        raise WaveClosed
    if wave.status is WaveStatus.OPEN:
        raise WaveNotPlanned
    uow.emit(SurveyWaveCalledOff(survey_wave_id=wave.id, cohort_id=wave.cohort_id))
    uow.remove(wave)
