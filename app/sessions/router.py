"""/v1/sessions, /v1/session-series, -notes and -actions: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation, without_if_match
from app.kit.wire import Page
from app.kit.work import UnitOfWork
from app.pairings.service import PairingNotActive
from app.programs.service import NotYourProgram
from app.sessions import booking, lifecycle, notes, scheduling, service
from app.sessions.note_schemas import (
    ActionAdd,
    ActionChange,
    ActionOut,
    ActionQuery,
    NoteChange,
    NoteOut,
    NoteQuery,
    NoteWrite,
)
from app.sessions.schemas import (
    ReschedulingOut,
    ReschedulingQuery,
    SeriesOut,
    SeriesSchedule,
    SessionCancel,
    SessionChange,
    SessionComplete,
    SessionOut,
    SessionQuery,
    SessionReschedule,
    SessionSchedule,
    SuggestedTimes,
    SuggestedTimesQuery,
)

router = APIRouter(prefix="/v1", tags=["sessions"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.SESSIONS_READ)]
LongRead = Annotated[UnitOfWork, work(Scope.SESSIONS_READ, long=True)]
Write = Annotated[UnitOfWork, work(Scope.SESSIONS_WRITE)]

TIME = (
    PairingNotActive, NotYourProgram, booking.SessionInPast, booking.SessionOutsideCohort,
    booking.SessionOverlap, booking.OnLeave,
)  # fmt: skip
"""How a time is refused."""
OVER = (NotFound, NotYourProgram, lifecycle.SessionNotScheduled)


@router.post(
    "/sessions", status_code=201, response_model=SessionOut,
    responses=problems(*TIME, lifecycle.OnlyThePair, booking.OutsideAvailability),
)  # fmt: skip
def schedule_session(uow: Write, wanted: SessionSchedule) -> Any:
    """Arrange a meeting of a pairing, by an instant or by the time on a wall."""
    return scheduling.schedule_session(uow, wanted)


@router.get("/sessions", response_model=Page[SessionOut])
def list_sessions(uow: Read, query: Annotated[SessionQuery, Query()]) -> Any:
    """List sessions, newest first, with filters."""
    return service.list_sessions(uow, query)


@router.get(
    "/sessions/suggested-times", response_model=SuggestedTimes,
    responses=problems(NotFound, PairingNotActive),
)  # fmt: skip
def suggest_times(uow: LongRead, query: Annotated[SuggestedTimesQuery, Query()]) -> Any:
    """Suggest times at which both are free, in both their time zones."""
    return scheduling.suggest_times(uow, query)


@router.get("/sessions/{session_id}", response_model=SessionOut, responses=problems(NotFound))
def get_session(uow: Read, session_id: UUID) -> Any:
    """Show one session."""
    return service.get_session(uow, session_id)


@router.patch(
    "/sessions/{session_id}", response_model=SessionOut,
    responses=problems(*OVER, lifecycle.OnlyThePair),
)  # fmt: skip
def change_session(uow: Write, session_id: UUID, wanted: SessionChange) -> Any:
    """Change what a session is about, or how the two meet."""
    return lifecycle.change_session(uow, session_id, wanted)


@router.post(
    "/sessions/{session_id}/reschedule", response_model=SessionOut,
    responses=problems(*OVER, lifecycle.SessionBegun, *TIME, booking.OutsideAvailability),
)  # fmt: skip
def reschedule_session(uow: Write, session_id: UUID, wanted: SessionReschedule) -> Any:
    """Move a session to another time, saying why."""
    return scheduling.reschedule_session(uow, session_id, wanted)


@router.get(
    "/sessions/{session_id}/reschedulings", response_model=Page[ReschedulingOut],
    responses=problems(NotFound),
)  # fmt: skip
def list_reschedulings(
    uow: Read, session_id: UUID, query: Annotated[ReschedulingQuery, Query()]
) -> Any:
    """List when a session was moved, by whom and why, newest first."""
    return service.list_reschedulings(uow, session_id, query)


@router.post(
    "/sessions/{session_id}/cancel", response_model=SessionOut,
    responses=problems(*OVER, lifecycle.SessionBegun),
)  # fmt: skip
def cancel_session(uow: Write, session_id: UUID, wanted: SessionCancel) -> Any:
    """Say that a session will not take place, and why."""
    return lifecycle.cancel_session(uow, session_id, wanted)


@router.post(
    "/sessions/{session_id}/complete", response_model=SessionOut,
    responses=problems(*OVER, lifecycle.SessionNotBegun),
)  # fmt: skip
def complete_session(uow: Write, session_id: UUID, wanted: SessionComplete) -> Any:
    """Record who came to a session, once it has begun."""
    return lifecycle.complete_session(uow, session_id, wanted)


@router.post(
    "/session-series", status_code=201, response_model=SeriesOut,
    responses=problems(*TIME, scheduling.NoSharedTime),
)  # fmt: skip
def schedule_series(uow: Write, wanted: SeriesSchedule) -> Any:
    """Arrange meetings at a cadence, all or none, each at the same time on the wall."""
    return scheduling.schedule_series(uow, wanted)


@router.get("/session-series/{series_id}", response_model=SeriesOut, responses=problems(NotFound))
def get_series(uow: Read, series_id: UUID) -> Any:
    """Show what was scheduled together."""
    return scheduling.get_series(uow, series_id)


@router.post(
    "/session-series/{series_id}/cancel", response_model=SeriesOut,
    responses=problems(NotFound, NotYourProgram),
)  # fmt: skip
def cancel_series(uow: Write, series_id: UUID, wanted: SessionCancel) -> Any:
    """Cancel the sessions of a series that lie ahead."""
    return scheduling.cancel_series(uow, series_id, wanted)


@router.post("/session-notes", status_code=201, response_model=NoteOut)
def write_note(uow: Write, wanted: NoteWrite) -> Any:
    """Write something down about a session, for yourself or for both."""
    return notes.write_note(uow, wanted)


@router.get("/session-notes", response_model=Page[NoteOut])
def list_notes(uow: Read, query: Annotated[NoteQuery, Query()]) -> Any:
    """List your notes and those shared with you, newest first."""
    return notes.list_notes(uow, query)


@router.get("/session-notes/{note_id}", response_model=NoteOut, responses=problems(NotFound))
def get_note(uow: Read, note_id: UUID) -> Any:
    """Show one note."""
    return notes.get_note(uow, note_id)


@router.patch(
    "/session-notes/{note_id}", response_model=NoteOut,
    responses=problems(NotFound, notes.NotYourNote),
)  # fmt: skip
def change_note(uow: Write, note_id: UUID, wanted: NoteChange) -> Any:
    """Change a note that you wrote."""
    return notes.change_note(uow, note_id, wanted)


@router.delete(
    "/session-notes/{note_id}", status_code=204, responses=problems(NotFound, notes.NotYourNote)
)
@without_if_match
def remove_note(uow: Write, note_id: UUID) -> None:
    """Delete a note that you wrote."""
    notes.remove_note(uow, note_id)


@router.post("/session-actions", status_code=201, response_model=ActionOut)
def add_action(uow: Write, wanted: ActionAdd) -> Any:
    """Note what one of the two will do."""
    return notes.add_action(uow, wanted)


@router.get("/session-actions", response_model=Page[ActionOut])
def list_actions(uow: Read, query: Annotated[ActionQuery, Query()]) -> Any:
    """List the actions of your sessions, newest first, with filters."""
    return notes.list_actions(uow, query)


@router.get("/session-actions/{action_id}", response_model=ActionOut, responses=problems(NotFound))
def get_action(uow: Read, action_id: UUID) -> Any:
    """Show one action."""
    return notes.get_action(uow, action_id)


@router.patch(
    "/session-actions/{action_id}", response_model=ActionOut, responses=problems(NotFound)
)
def change_action(uow: Write, action_id: UUID, wanted: ActionChange) -> Any:
    """Change what one of the two will do."""
    return notes.change_action(uow, action_id, wanted)


@router.delete("/session-actions/{action_id}", status_code=204, responses=problems(NotFound))
@without_if_match
def remove_action(uow: Write, action_id: UUID) -> None:
    """Delete an action."""
    notes.remove_action(uow, action_id)


@router.post(
    "/session-actions/{action_id}/finish", response_model=ActionOut,
    responses=problems(NotFound, notes.ActionDone),
)  # fmt: skip
def finish_action(uow: Write, action_id: UUID) -> Any:
    """Say that an action is done."""
    return notes.finish_action(uow, action_id)


@router.post(
    "/session-actions/{action_id}/reopen", response_model=ActionOut,
    responses=problems(NotFound, notes.ActionNotDone),
)  # fmt: skip
def reopen_action(uow: Write, action_id: UUID) -> Any:
    """Say that an action is still to be done."""
    return notes.reopen_action(uow, action_id)
