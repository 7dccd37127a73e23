"""A wave in motion: opened, reminded of, closed; and how far it is."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Select, exists, func, select, update

from app.kit.database import Organization
from app.kit.problems import Conflict
from app.kit.work import UnitOfWork
from app.programs.models import Enrollment, EnrollmentRole, EnrollmentStatus
from app.surveys.events import SurveyWaveClosed, SurveyWaveOpened, SurveyWaveReminded
from app.surveys.models import SurveyInvitation, SurveyResponse, SurveyWave, WaveStatus
from app.surveys.questionnaires import asked, pinned
from app.surveys.schemas import SuppressionReason
from app.surveys.service import WaveClosed, WaveNotPlanned, run_waves, wave_to_run

REMINDED_AT_MOST_EVERY = dt.timedelta(days=1)
REMINDED_BEFORE_CLOSE = dt.timedelta(days=3)


class WaveNotOpen(Conflict):
    slug, title = "survey-wave-not-open", "The wave is not open"


class NobodyToAsk(Conflict):
    slug, title = "survey-wave-without-people", "Nobody is enrolled whom the wave could ask"


class RemindedRecently(Conflict):
    slug, title = "survey-wave-reminded-recently", "A wave reminds at most once a day"


def open_survey_wave(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> SurveyWave:
    """Open a wave now: everybody enrolled whom it asks is invited, and the list is final."""
    wave = wave_to_run(uow, survey_wave_id)
    if wave.status is WaveStatus.CLOSED or wave.closes_at <= uow.now:
        raise WaveClosed
    if wave.status is WaveStatus.OPEN:
        raise WaveNotPlanned
    if not _open(uow, wave):
        raise NobodyToAsk
    return wave


def _open(uow: UnitOfWork, wave: SurveyWave) -> bool:
    """Invite and open; False, and nothing done, when nobody could be asked."""
    surveys = pinned(uow, wave.surveys)
    roles = [r for r in EnrollmentRole if wave.audience.includes(r) and asked(surveys, r)]
    found = uow.rows.execute(
        select(Enrollment.id, Enrollment.participant_id, Enrollment.role)
        .where(
            Enrollment.organization_id == uow.organization_id,
            Enrollment.cohort_id == wave.cohort_id,
            Enrollment.status == EnrollmentStatus.ENROLLED,
            Enrollment.role.in_(roles),
        )
        .order_by(Enrollment.id)
    ).all()
    if not found:
        return False
    uow.add_many(
        SurveyInvitation,
        [
            {
                "survey_wave_id": wave.id,
                "enrollment_id": each.id,
                "participant_id": each.participant_id,
                "role": each.role,
                "reminded_at": None,
            }
            for each in found
        ],
    )
    wave.status, wave.opened_at = WaveStatus.OPEN, uow.now
    uow.touch(wave)
    uow.emit(
        SurveyWaveOpened(survey_wave_id=wave.id, cohort_id=wave.cohort_id, invited_count=len(found))
    )
    return True


def close_survey_wave(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> SurveyWave:
    """Close an open wave: its answers are final, and can be counted from now on."""
    wave = wave_to_run(uow, survey_wave_id)
    if wave.status is WaveStatus.CLOSED:
        raise WaveClosed
    if wave.status is WaveStatus.PLANNED:
        raise WaveNotOpen
    return _close(uow, wave)


def _close(uow: UnitOfWork, wave: SurveyWave) -> SurveyWave:
    wave.status, wave.closed_at = WaveStatus.CLOSED, uow.now
    uow.touch(wave)
    counts = _counts(uow, wave.id)
    uow.emit(
        SurveyWaveClosed(
            survey_wave_id=wave.id,
            cohort_id=wave.cohort_id,
            invited_count=sum(invited for invited, _ in counts.values()),
            answered_count=sum(answered for _, answered in counts.values()),
        )
    )
    return wave


def remind_of_survey_wave(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> SurveyWave:
    """Remind everybody who has not answered yet; nobody is told who that is."""
    wave = wave_to_run(uow, survey_wave_id)
    if wave.status is not WaveStatus.OPEN or wave.closes_at <= uow.now:
        raise WaveNotOpen
    if wave.reminded_at is not None and wave.reminded_at + REMINDED_AT_MOST_EVERY > uow.now:
        raise RemindedRecently
    return _remind(uow, wave)


def _remind(uow: UnitOfWork, wave: SurveyWave) -> SurveyWave:
    silent = ~exists().where(
        SurveyResponse.organization_id == uow.organization_id,
        SurveyResponse.survey_wave_id == wave.id,
        SurveyResponse.survey_invitation_id == SurveyInvitation.id,
    )
    reminded = uow.rows.execute(
        update(SurveyInvitation)
        .where(
            SurveyInvitation.organization_id == uow.organization_id,
            SurveyInvitation.survey_wave_id == wave.id,
            silent,
        )
        .values(reminded_at=uow.now, updated_at=uow.now, version=SurveyInvitation.version + 1)
    )
    wave.reminded_at = uow.now
    uow.touch(wave)
    uow.emit(SurveyWaveReminded(survey_wave_id=wave.id, reminded_count=reminded.rowcount))
    return wave


def _due(uow: UnitOfWork, status: WaveStatus) -> Select[SurveyWave]:
    """Waves in a status, locked: what the clock does next to them is its caller's word."""
    return (
        select(SurveyWave)
        .where(SurveyWave.organization_id == uow.organization_id, SurveyWave.status == status)
        .with_for_update()
    )


def open_due_waves(uow: UnitOfWork) -> None:
    """Open the planned waves whose moment has come; one that nobody can answer waits for people."""
    for wave in uow.db.scalars(
        _due(uow, WaveStatus.PLANNED).where(
            SurveyWave.opens_at <= uow.now, SurveyWave.closes_at > uow.now
        )
    ):
        _open(uow, wave)


def close_due_waves(uow: UnitOfWork) -> None:
    """Close the open waves whose time is over."""
    for wave in uow.db.scalars(_due(uow, WaveStatus.OPEN).where(SurveyWave.closes_at <= uow.now)):
        _close(uow, wave)


def remind_of_ending_waves(uow: UnitOfWork) -> None:
    """Remind once when a wave is about to close, unless that was done by hand since."""
    for wave in uow.db.scalars(
        _due(uow, WaveStatus.OPEN).where(
            SurveyWave.closes_at > uow.now,
            SurveyWave.closes_at <= uow.now + REMINDED_BEFORE_CLOSE,
        )
    ):
        last = wave.reminded_at or wave.opened_at or uow.now
        if last < wave.closes_at - REMINDED_BEFORE_CLOSE:
            _remind(uow, wave)


def show_wave_progress(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> dict[str, Any]:
    """How many were asked and how many have answered."""
    wave = uow.one(run_waves(uow).where(SurveyWave.id == survey_wave_id))
    overall, by_role = response_rates(uow, wave.id)
    return {
        "survey_wave_id": wave.id,
        "status": wave.status,
        "overall": overall,
        "by_role": by_role,
    }


def response_rates(
    uow: UnitOfWork, survey_wave_id: uuid.UUID
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The response rate of a wave, and by role unless a role holds fewer than the minimum group."""
    minimum = minimum_group(uow)
    counts = _counts(uow, survey_wave_id)
    invited = sum(each for each, _ in counts.values())
    answered = sum(each for _, each in counts.values())
    overall = _rate(invited, answered) if invited >= minimum else _withheld()
    small = any(each < minimum for each, _ in counts.values())
    return overall, [
        {**(_withheld() if small else _rate(*found)), "role": role}
        for role, found in sorted(counts.items())
    ]


def _rate(invited: int, answered: int) -> dict[str, Any]:
    return {
        "suppressed": False,
        "reason": None,
        "invited_count": invited,
        "answered_count": answered,
        "answered_percent": round(100 * answered / invited),
    }


def _withheld() -> dict[str, Any]:
    return {
        "suppressed": True,
        "reason": SuppressionReason.GROUP_BELOW_MINIMUM,
        "invited_count": None,
        "answered_count": None,
        "answered_percent": None,
    }


def _counts(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> dict[EnrollmentRole, tuple[int, int]]:
    """By role: how many were invited and how many have answered."""
    found = uow.rows.execute(
        select(
            SurveyInvitation.role,
            func.count().label("invited"),
            func.count(SurveyResponse.id).label("answered"),
        )
        .outerjoin(
            SurveyResponse,
            (SurveyResponse.organization_id == SurveyInvitation.organization_id)
            & (SurveyResponse.survey_wave_id == SurveyInvitation.survey_wave_id)
            & (SurveyResponse.survey_invitation_id == SurveyInvitation.id),
        )
        .where(
            SurveyInvitation.organization_id == uow.organization_id,
            SurveyInvitation.survey_wave_id == survey_wave_id,
        )
        .group_by(SurveyInvitation.role)
    )
    return {row.role: (row.invited, row.answered) for row in found}


def minimum_group(uow: UnitOfWork) -> int:
    """Nobody is shown a number about fewer people than this."""
    found: int = uow.rows.execute(
        select(Organization.minimum_group).where(Organization.id == uow.organization_id)
    ).scalar_one()
    return found
