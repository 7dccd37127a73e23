"""Who is asked, what they are asked, and what they answer."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, case, exists, insert, or_, select

from app.access.scopes import Role
from app.kit.problems import Conflict, Forbidden, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants.service import mine
from app.programs.models import EnrollmentRole
from app.surveys.events import SurveyAnswered, SurveyAnswersRecorded
from app.surveys.models import (
    Collection,
    SurveyInvitation,
    SurveyResponse,
    SurveyWave,
    WaveMode,
    WaveStatus,
)
from app.surveys.questionnaires import Item, Questionnaire, asked, pinned, questionnaires
from app.surveys.schemas import (
    InvitationQuery,
    QuestionnaireQuery,
    RecordVerdict,
    ResponsesRecord,
    SurveyAnswer,
)
from app.surveys.sending import WaveNotOpen, minimum_group
from app.surveys.service import run_waves, wave_to_run

INVITATION_SORTS = {"created_at": SurveyInvitation.id}
MOST_MISTAKES = 20

NOTICES = {
    WaveMode.IDENTIFIED: "Your answers are stored with your name. You alone can read them again."
    " Those who run the program see numbers about at least {minimum} people, never single"
    " answers. You may leave any question out.",
}


class AnsweredAlready(Conflict):
    slug, title = "survey-answered-already", "This invitation has been answered"
    constraints = ("uq_survey_responses_invitation",)


def _my_invitations(uow: UnitOfWork) -> Select[SurveyInvitation]:
    return select(SurveyInvitation).where(
        SurveyInvitation.organization_id == uow.organization_id,
        SurveyInvitation.participant_id == mine(uow),
    )


def visible_invitations(uow: UnitOfWork) -> Select[Any]:
    """One's own, with whether they were answered; and those of waves one runs, without."""
    own = SurveyInvitation.participant_id == mine(uow)
    answered = exists().where(
        SurveyResponse.organization_id == SurveyInvitation.organization_id,
        SurveyResponse.survey_wave_id == SurveyInvitation.survey_wave_id,
        SurveyResponse.survey_invitation_id == SurveyInvitation.id,
    )
    table = SurveyInvitation.__table__.c
    shown = [column for column in table if column.name not in ("reminded_at", "version")]
    return select(
        *shown,
        case((own, answered)).label("answered"),
        case((own, SurveyInvitation.reminded_at)).label("reminded_at"),
    ).where(
        SurveyInvitation.organization_id == uow.organization_id,
        or_(
            own,
            SurveyInvitation.survey_wave_id.in_(run_waves(uow).with_only_columns(SurveyWave.id)),
        ),
    )


def list_survey_invitations(uow: UnitOfWork, query: InvitationQuery) -> dict[str, Any]:
    stmt = visible_invitations(uow)
    stmt = narrowed(
        stmt,
        (SurveyInvitation.survey_wave_id, query.survey_wave_id),
        (SurveyInvitation.participant_id, query.participant_id),
        (SurveyInvitation.role, query.role),
    )
    return uow.page(stmt, SurveyInvitation.id, query, INVITATION_SORTS)


def get_survey_invitation(uow: UnitOfWork, survey_invitation_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_invitations(uow).where(SurveyInvitation.id == survey_invitation_id))


def show_questionnaire(
    uow: UnitOfWork, survey_invitation_id: uuid.UUID, query: QuestionnaireQuery
) -> dict[str, Any]:
    """What the person is asked, and what they are told before the first question."""
    invitation = uow.one(_my_invitations(uow).where(SurveyInvitation.id == survey_invitation_id))
    wave = _wave_of(uow, invitation)
    surveys = _in_language(uow, pinned(uow, wave.surveys), query.language)
    return {
        "survey_invitation_id": invitation.id,
        "survey_wave_id": wave.id,
        "title": wave.title,
        "role": invitation.role,
        "mode": wave.mode,
        "notice": NOTICES[wave.mode].format(minimum=minimum_group(uow)),
        "closes_at": wave.closes_at,
        "surveys": [
            {
                "code": each.code,
                "version": each.version,
                "language": each.language,
                "title": each.title,
                "prefer_not_to_say": each.prefer_not_to_say,
                "items": list(items.values()),
            }
            for each in surveys
            if (items := asked([each], invitation.role))
        ],
    }


def _in_language(
    uow: UnitOfWork, surveys: list[Questionnaire], language: str | None
) -> list[Questionnaire]:
    if language is None:
        return surveys
    found = questionnaires(uow, [(each.code, each.version, language) for each in surveys])
    return [found.get((each.code, each.version, language), each) for each in surveys]


def _wave_of(uow: UnitOfWork, invitation: Any, *, held: bool = False) -> Row[Any]:
    """The wave of an invitation; held: it cannot close before this unit is done."""
    stmt = select(SurveyWave).where(
        SurveyWave.organization_id == uow.organization_id,
        SurveyWave.id == invitation.survey_wave_id,
    )
    return uow.one(stmt.with_for_update(read=True) if held else stmt)


def answer_survey(
    uow: UnitOfWork, survey_invitation_id: uuid.UUID, wanted: SurveyAnswer
) -> dict[str, Any]:
    """Answer as the person invited, once, while the wave is open."""
    invitation = uow.one(_my_invitations(uow).where(SurveyInvitation.id == survey_invitation_id))
    wave = _wave_of(uow, invitation, held=True)
    _must_be_open(uow, wave)
    surveys = pinned(uow, wave.surveys)
    mistakes = mistakes_in(surveys, invitation.role, wanted.answers)
    if mistakes:
        raise Invalid("; ".join(each["detail"] for each in mistakes[:3]), errors=mistakes)
    _store(uow, Collection.GIVEN, wave.id, {invitation.id: wanted.answers})
    uow.leave_unnamed()  # who has answered is told to nobody, auditors included
    uow.emit(SurveyAnswered(survey_wave_id=wave.id))
    answered = sum(answer is not None for answer in wanted.answers.values())
    return {
        "survey_wave_id": wave.id,
        "survey_invitation_id": invitation.id,
        "answered_count": answered,
        "unanswered_count": len(asked(surveys, invitation.role)) - answered,
    }


def _must_be_open(uow: UnitOfWork, wave: Any) -> None:
    if wave.status is not WaveStatus.OPEN or wave.closes_at <= uow.now:
        raise WaveNotOpen(
            "It is not open yet." if wave.status is WaveStatus.PLANNED else "It has closed."
        )


def mistakes_in(
    surveys: Sequence[Questionnaire], role: EnrollmentRole, answers: Mapping[str, int | str | None]
) -> list[dict[str, str]]:
    """What does not fit the pinned questionnaires, each with its pointer; empty when all does."""
    mine_to_answer = asked(surveys, role)
    known = {item.code for each in surveys for item in each.items()}
    silence = {item.code for each in surveys if each.prefer_not_to_say for item in each.items()}
    found = []
    for code, answer in answers.items():
        mistake: tuple[str, str] | None = None
        item: Item | None = mine_to_answer.get(code)
        if item is None:
            mistake = (
                (f"{code} is not asked of a {role}.", "not_of_the_audience")
                if code in known
                else (f"{code} is not asked in this wave.", "unknown_item")
            )
        elif answer is not None:
            mistake = item.mistake_in(answer)
        elif code not in silence:
            mistake = ("An answer: this survey knows no null.", "null_not_allowed")
        if mistake is not None:
            found.append({"pointer": f"/answers/{code}", "detail": mistake[0], "code": mistake[1]})
    return found[:MOST_MISTAKES]


def _store(
    uow: UnitOfWork,
    collection: Collection,
    survey_wave_id: uuid.UUID,
    answers: Mapping[uuid.UUID, Mapping[str, int | str | None]],
) -> None:
    """Keep answers by invitation. Not by `uow.add`: the audit trail knows no response's key."""
    uow.rows.execute(
        insert(SurveyResponse),
        [
            {
                "organization_id": uow.organization_id,
                "id": uuid.uuid4(),
                "survey_wave_id": survey_wave_id,
                "survey_invitation_id": invitation_id,
                "collection": collection,
                "answers": dict(given),
            }
            for invitation_id, given in answers.items()
        ],
    )


def get_own_response(uow: UnitOfWork, survey_invitation_id: uuid.UUID) -> Row[Any]:
    """The answers one gave. Nobody else has a way to them."""
    invitation = uow.one(_my_invitations(uow).where(SurveyInvitation.id == survey_invitation_id))
    return uow.one(
        select(SurveyResponse).where(
            SurveyResponse.organization_id == uow.organization_id,
            SurveyResponse.survey_wave_id == invitation.survey_wave_id,
            SurveyResponse.survey_invitation_id == invitation.id,
        )
    )


def record_responses(
    uow: UnitOfWork, survey_wave_id: uuid.UUID, wanted: ResponsesRecord
) -> dict[str, Any]:
    """Store answers collected elsewhere, with a verdict for each person."""
    if not uow.principal.has(Role.ADMINISTRATOR, Role.INTEGRATION):
        raise Forbidden("Only administrators and integrations record answers of others.")
    wave = wave_to_run(uow, survey_wave_id)  # held: nobody closes it or records meanwhile
    _must_be_open(uow, wave)
    surveys = pinned(uow, wave.surveys)
    roles = _roles(uow, wave.id)
    answered = _answered(uow, wave.id)
    good: dict[uuid.UUID, Mapping[str, int | str | None]] = {}
    verdicts = []
    for each in wanted.items:
        role = roles.get(each.survey_invitation_id)
        if role is None:
            mistakes = [_of_invitation("No invitation of this wave.", "unknown_reference")]
        elif each.survey_invitation_id in good:
            mistakes = [_of_invitation("Stands already further up.", "repeated")]
        else:  # whether somebody has answered is told only for answers that would be stored
            mistakes = mistakes_in(surveys, role, each.answers)
            if not mistakes and each.survey_invitation_id in answered:
                mistakes = [_of_invitation("Has been answered.", "answered_already")]
        if not mistakes:
            good[each.survey_invitation_id] = each.answers
        verdicts.append(
            {
                "survey_invitation_id": each.survey_invitation_id,
                "verdict": RecordVerdict.REFUSED if mistakes else RecordVerdict.RECORDED,
                "mistakes": mistakes,
            }
        )
    if good:
        _store(uow, Collection.RECORDED, wave.id, good)
        uow.emit(SurveyAnswersRecorded(survey_wave_id=wave.id, recorded_count=len(good)))
    return {
        "recorded_count": len(good),
        "refused_count": len(verdicts) - len(good),
        "items": verdicts,
    }


def _of_invitation(detail: str, code: str) -> dict[str, str]:
    return {"pointer": "/survey_invitation_id", "detail": detail, "code": code}


def _roles(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> dict[uuid.UUID, EnrollmentRole]:
    found = uow.rows.execute(
        select(SurveyInvitation.id, SurveyInvitation.role).where(
            SurveyInvitation.organization_id == uow.organization_id,
            SurveyInvitation.survey_wave_id == survey_wave_id,
        )
    )
    return {row.id: row.role for row in found}


def _answered(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> set[uuid.UUID]:
    return set(
        uow.rows.scalars(
            select(SurveyResponse.survey_invitation_id).where(
                SurveyResponse.organization_id == uow.organization_id,
                SurveyResponse.survey_wave_id == survey_wave_id,
            )
        )
    )
