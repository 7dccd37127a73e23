"""/v1/participants, /v1/leaves: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.schemas import InvitationOut
from app.access.scopes import Scope
from app.access.service import EmailTaken
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation, without_if_match
from app.kit.wire import ExternalId, Page
from app.kit.work import UnitOfWork
from app.participants import leaves, service, upserting
from app.participants.schemas import (
    LeaveCreate,
    LeaveOut,
    LeaveQuery,
    ParticipantAdd,
    ParticipantChange,
    ParticipantOut,
    ParticipantPut,
    ParticipantQuery,
    ParticipantsPut,
    ReportingLine,
    SearchQuery,
    UpsertsOut,
)

BULK_LIMIT = 4 * 1024 * 1024

router = APIRouter(prefix="/v1", tags=["participants"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.PARTICIPANTS_READ)]
LongRead = Annotated[UnitOfWork, work(Scope.PARTICIPANTS_READ, long=True)]
Change = Annotated[UnitOfWork, work(Scope.PARTICIPANTS_CHANGE)]
Write = Annotated[UnitOfWork, work(Scope.PARTICIPANTS_WRITE)]
Invite = Annotated[UnitOfWork, work(Scope.PARTICIPANTS_WRITE, Scope.ACCOUNTS_WRITE)]


@router.post(
    "/participants", status_code=201, response_model=ParticipantOut,
    responses=problems(service.ExternalIdTaken),
)  # fmt: skip
def add_participant(uow: Write, wanted: ParticipantAdd) -> Any:
    """Add a person."""
    return service.add_participant(uow, wanted)


@router.get("/participants", response_model=Page[ParticipantOut])
def list_participants(uow: Read, query: Annotated[ParticipantQuery, Query()]) -> Any:
    """List people, newest first, with filters."""
    return service.list_participants(uow, query)


@router.get("/participants/search", response_model=Page[ParticipantOut])
def search_participants(uow: LongRead, query: Annotated[SearchQuery, Query()]) -> Any:
    """Find people by a part of their name."""
    return service.search_participants(uow, query)


@router.put("/participants/bulk", response_model=UpsertsOut, max_body_size=BULK_LIMIT)
@without_if_match
def put_participants(uow: Write, wanted: ParticipantsPut) -> Any:
    """Add or change up to a thousand people by their external ids, with a verdict for each."""
    return upserting.put_participants(uow, wanted)


@router.put(
    "/participants-by-external-id/{external_id}", response_model=ParticipantOut,
    responses=problems(service.ReportingLineCircle),
)  # fmt: skip
@without_if_match
def put_participant(uow: Write, external_id: ExternalId, wanted: ParticipantPut) -> Any:
    """Add or change the person with this external id: the HRIS's word is final."""
    return service.put_participant(uow, external_id, wanted)


@router.get(
    "/participants/{participant_id}", response_model=ParticipantOut, responses=problems(NotFound)
)
def get_participant(uow: Read, participant_id: UUID) -> Any:
    """Show one person."""
    return service.get_participant(uow, participant_id)


@router.patch(
    "/participants/{participant_id}", response_model=ParticipantOut,
    responses=problems(NotFound, service.ReportingLineCircle, service.ParticipantErasedAlready),
)  # fmt: skip
def change_participant(uow: Change, participant_id: UUID, wanted: ParticipantChange) -> Any:
    """Change facts about a person."""
    return service.change_participant(uow, participant_id, wanted)


@router.get(
    "/participants/{participant_id}/reporting-line",
    response_model=ReportingLine,
    responses=problems(NotFound),
)
def show_reporting_line(uow: Read, participant_id: UUID) -> Any:
    """Show the managers above a person."""
    return service.show_reporting_line(uow, participant_id)


@router.post(
    "/participants/{participant_id}/invite", status_code=201, response_model=InvitationOut,
    responses=problems(
        NotFound, EmailTaken, service.AccountLinkedAlready, service.WorkEmailMissing,
        service.ParticipantErasedAlready,
    ),
)  # fmt: skip
def invite_participant(uow: Invite, participant_id: UUID) -> Any:
    """Give a person an account of their own and a one-time invitation."""
    return service.invite_participant(uow, participant_id)


@router.post(
    "/participants/{participant_id}/erase", response_model=ParticipantOut,
    responses=problems(NotFound, service.ParticipantErasedAlready),
)  # fmt: skip
def erase_participant(uow: Invite, participant_id: UUID) -> Any:
    """Erase what identifies a person; the id stays and means nobody."""
    return service.erase_participant(uow, participant_id)


@router.post("/leaves", status_code=201, response_model=LeaveOut)
def add_leave(uow: Change, wanted: LeaveCreate) -> Any:
    """Note days on which a person is away."""
    return leaves.add_leave(uow, wanted)


@router.get("/leaves", response_model=Page[LeaveOut])
def list_leaves(uow: Read, query: Annotated[LeaveQuery, Query()]) -> Any:
    """List leave, newest first."""
    return leaves.list_leaves(uow, query)


@router.get("/leaves/{leave_id}", response_model=LeaveOut, responses=problems(NotFound))
def get_leave(uow: Read, leave_id: UUID) -> Any:
    """Show one leave."""
    return leaves.get_leave(uow, leave_id)


@router.delete("/leaves/{leave_id}", status_code=204, responses=problems(NotFound))
@without_if_match
def remove_leave(uow: Change, leave_id: UUID) -> None:
    """Take a leave back."""
    leaves.remove_leave(uow, leave_id)
