"""Answers of a closed wave as scale scores, person by person: for impact, never for the wire."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from app.kit.problems import Conflict
from app.kit.work import UnitOfWork
from app.programs.models import EnrollmentRole
from app.surveys.models import (
    Collection,
    SurveyInvitation,
    SurveyResponse,
    SurveyWave,
    WaveStatus,
)
from app.surveys.questionnaires import Questionnaire, Scale
from app.surveys.scoring import ScaleScore, score_scale


class WaveNotClosed(Conflict):
    slug, title = "survey-wave-not-closed", "A wave is counted when it has closed, not before"


@dataclass(frozen=True, slots=True)
class Respondent:
    """One filled copy of a closed wave."""

    participant_id: uuid.UUID
    role: EnrollmentRole
    collection: Collection
    answers: dict[str, Any]

    def score(self, scale: Scale) -> float | None:
        """The scale score on the metric of its items; None when too little was answered."""
        scored = score_scale(scale.rated(self.role), self.answers)
        return scored.value if isinstance(scored, ScaleScore) else None


def respondents(uow: UnitOfWork, wave: Any) -> list[Respondent]:
    """Everybody who answered a closed wave. Raises WaveNotClosed: there is no count before."""
    if wave.status is not WaveStatus.CLOSED:
        raise WaveNotClosed
    found = uow.rows.execute(
        select(
            SurveyInvitation.participant_id,
            SurveyInvitation.role,
            SurveyResponse.collection,
            SurveyResponse.answers,
        )
        .join(
            SurveyResponse,
            (SurveyResponse.organization_id == SurveyInvitation.organization_id)
            & (SurveyResponse.survey_wave_id == SurveyInvitation.survey_wave_id)
            & (SurveyResponse.survey_invitation_id == SurveyInvitation.id),
        )
        .where(
            SurveyInvitation.organization_id == uow.organization_id,
            SurveyInvitation.survey_wave_id == wave.id,
        )
        .order_by(SurveyInvitation.id)
    )
    return [Respondent(*row) for row in found]


def invited(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> list[tuple[uuid.UUID, EnrollmentRole]]:
    """Everybody a wave invited, as (participant id, role): the frame of what is missing."""
    found = uow.rows.execute(
        select(SurveyInvitation.participant_id, SurveyInvitation.role).where(
            SurveyInvitation.organization_id == uow.organization_id,
            SurveyInvitation.survey_wave_id == survey_wave_id,
        )
    )
    return [(row.participant_id, row.role) for row in found]


def closed_waves(uow: UnitOfWork, cohort_id: uuid.UUID) -> Sequence[Row[Any]]:
    """The closed waves of a cohort, in the order they closed."""
    return uow.rows.execute(_closed(uow).where(SurveyWave.cohort_id == cohort_id)).all()


def _closed(uow: UnitOfWork) -> Select[SurveyWave]:
    return (
        select(SurveyWave)
        .where(
            SurveyWave.organization_id == uow.organization_id,
            SurveyWave.status == WaveStatus.CLOSED,
        )
        .order_by(SurveyWave.closed_at, SurveyWave.id)
    )


def people(found: Sequence[Respondent]) -> int:
    """How many people stand behind these answers, as the minimum group counts them.

    Somebody who records answers knows those; so among answers that people gave themselves, the
    recorded ones hide nobody, and only the given ones count.
    """
    given = {each.participant_id for each in found if each.collection is Collection.GIVEN}
    return len(given or {each.participant_id for each in found})


def scales_of(surveys: Sequence[Questionnaire]) -> list[tuple[Questionnaire, Scale]]:
    """Every scale of a wave with its survey, in the order asked."""
    return [(each, scale) for each in surveys for scale in each.scales]
