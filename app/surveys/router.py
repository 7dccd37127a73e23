"""/v1/surveys, /v1/survey-waves, /v1/survey-invitations: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation
from app.kit.wire import Page
from app.kit.work import UnitOfWork
from app.programs import service as programs
from app.surveys import answering, sending, service
from app.surveys.schemas import (
    AnswerReceipt,
    InvitationQuery,
    QuestionnaireOut,
    QuestionnaireQuery,
    RecordOut,
    ResponsesRecord,
    SurveyAnswer,
    SurveyDefine,
    SurveyInvitationOut,
    SurveyOut,
    SurveyQuery,
    SurveyResponseOut,
    SurveyWaveOut,
    WaveChange,
    WavePlan,
    WaveProgress,
    WaveQuery,
)

RECORD_LIMIT = 16 * 1024 * 1024

router = APIRouter(prefix="/v1", tags=["surveys"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.SURVEYS_READ)]
LongRead = Annotated[UnitOfWork, work(Scope.SURVEYS_READ, long=True)]
Write = Annotated[UnitOfWork, work(Scope.SURVEYS_WRITE)]
Answer = Annotated[UnitOfWork, work(Scope.SURVEYS_ANSWER)]


@router.post(
    "/surveys", status_code=201, response_model=SurveyOut,
    responses=problems(service.SurveyEditionTaken, service.SurveyCodeBuiltIn),
)  # fmt: skip
def define_survey(uow: Write, wanted: SurveyDefine) -> Any:
    """Publish a questionnaire of your own; it never changes after."""
    return service.define_survey(uow, wanted)


@router.get("/surveys", response_model=Page[SurveyOut])
def list_surveys(uow: LongRead, query: Annotated[SurveyQuery, Query()]) -> Any:
    """List questionnaires, your own newest first, then those that come with Rementor."""
    return service.list_surveys(uow, query)


@router.get("/surveys/{survey_id}", response_model=SurveyOut, responses=problems(NotFound))
def get_survey(uow: Read, survey_id: UUID) -> Any:
    """Show one questionnaire with its scales and items."""
    return service.get_survey(uow, survey_id)


@router.post(
    "/survey-waves", status_code=201, response_model=SurveyWaveOut,
    responses=problems(programs.NotYourProgram, programs.CohortClosed),
)  # fmt: skip
def plan_survey_wave(uow: Write, wanted: WavePlan) -> Any:
    """Plan a sending of questionnaires to a cohort."""
    return service.plan_survey_wave(uow, wanted)


@router.get("/survey-waves", response_model=Page[SurveyWaveOut])
def list_survey_waves(uow: Read, query: Annotated[WaveQuery, Query()]) -> Any:
    """List sendings, newest first."""
    return service.list_survey_waves(uow, query)


@router.get(
    "/survey-waves/{survey_wave_id}", response_model=SurveyWaveOut, responses=problems(NotFound)
)
def get_survey_wave(uow: Read, survey_wave_id: UUID) -> Any:
    """Show one sending."""
    return service.get_survey_wave(uow, survey_wave_id)


@router.patch(
    "/survey-waves/{survey_wave_id}", response_model=SurveyWaveOut,
    responses=problems(
        NotFound, programs.NotYourProgram, service.WaveNotPlanned, service.WaveClosed
    ),
)  # fmt: skip
def change_survey_wave(uow: Write, survey_wave_id: UUID, wanted: WaveChange) -> Any:
    """Rename a sending or move its dates."""
    return service.change_survey_wave(uow, survey_wave_id, wanted)


@router.post(
    "/survey-waves/{survey_wave_id}/open", response_model=SurveyWaveOut,
    responses=problems(
        NotFound, programs.NotYourProgram, service.WaveNotPlanned, service.WaveClosed,
        sending.NobodyToAsk,
    ),
)  # fmt: skip
def open_survey_wave(uow: Write, survey_wave_id: UUID) -> Any:
    """Open a sending now: everybody it asks is invited."""
    return sending.open_survey_wave(uow, survey_wave_id)


@router.post(
    "/survey-waves/{survey_wave_id}/remind", response_model=SurveyWaveOut,
    responses=problems(
        NotFound, programs.NotYourProgram, sending.WaveNotOpen, sending.RemindedRecently
    ),
)  # fmt: skip
def remind_of_survey_wave(uow: Write, survey_wave_id: UUID) -> Any:
    """Remind everybody who has not answered; nobody is told who that is."""
    return sending.remind_of_survey_wave(uow, survey_wave_id)


@router.post(
    "/survey-waves/{survey_wave_id}/close", response_model=SurveyWaveOut,
    responses=problems(
        NotFound, programs.NotYourProgram, sending.WaveNotOpen, service.WaveClosed
    ),
)  # fmt: skip
def close_survey_wave(uow: Write, survey_wave_id: UUID) -> Any:
    """Close a sending now: its answers are final."""
    return sending.close_survey_wave(uow, survey_wave_id)


@router.get(
    "/survey-waves/{survey_wave_id}/progress", response_model=WaveProgress,
    responses=problems(NotFound),
)  # fmt: skip
def show_wave_progress(uow: LongRead, survey_wave_id: UUID) -> Any:
    """Show how many were asked and how many have answered."""
    return sending.show_wave_progress(uow, survey_wave_id)


@router.post(
    "/survey-waves/{survey_wave_id}/responses", response_model=RecordOut,
    responses=problems(NotFound, programs.NotYourProgram, sending.WaveNotOpen),
    max_body_size=RECORD_LIMIT,
)  # fmt: skip
def record_responses(uow: Write, survey_wave_id: UUID, wanted: ResponsesRecord) -> Any:
    """Record answers collected elsewhere, with a verdict for each person."""
    return answering.record_responses(uow, survey_wave_id, wanted)


@router.get("/survey-invitations", response_model=Page[SurveyInvitationOut])
def list_survey_invitations(uow: Read, query: Annotated[InvitationQuery, Query()]) -> Any:
    """List who is asked by open and closed sendings, newest first."""
    return answering.list_survey_invitations(uow, query)


@router.get(
    "/survey-invitations/{survey_invitation_id}", response_model=SurveyInvitationOut,
    responses=problems(NotFound),
)  # fmt: skip
def get_survey_invitation(uow: Read, survey_invitation_id: UUID) -> Any:
    """Show one invitation to answer."""
    return answering.get_survey_invitation(uow, survey_invitation_id)


@router.get(
    "/survey-invitations/{survey_invitation_id}/questionnaire", response_model=QuestionnaireOut,
    responses=problems(NotFound),
)  # fmt: skip
def show_questionnaire(
    uow: Answer, survey_invitation_id: UUID, query: Annotated[QuestionnaireQuery, Query()]
) -> Any:
    """Show the questions to the person invited, and what they are told before the first."""
    return answering.show_questionnaire(uow, survey_invitation_id, query)


@router.post(
    "/survey-invitations/{survey_invitation_id}/answer", response_model=AnswerReceipt,
    responses=problems(NotFound, sending.WaveNotOpen, answering.AnsweredAlready),
)  # fmt: skip
def answer_survey(uow: Answer, survey_invitation_id: UUID, wanted: SurveyAnswer) -> Any:
    """Answer as the person invited, once."""
    return answering.answer_survey(uow, survey_invitation_id, wanted)


@router.get(
    "/survey-invitations/{survey_invitation_id}/response", response_model=SurveyResponseOut,
    responses=problems(NotFound),
)  # fmt: skip
def get_own_response(uow: Answer, survey_invitation_id: UUID) -> Any:
    """Show your own answers; nobody else can see them."""
    return answering.get_own_response(uow, survey_invitation_id)
