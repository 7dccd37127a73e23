"""What the two write down and take upon themselves; nobody else reads it, whatever their role."""

import uuid
from typing import Any

from sqlalchemy import Row, Select, select, union_all
from sqlalchemy.orm import aliased

from app.kit.problems import Conflict, Forbidden, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.sessions.models import MentoringSession, NoteVisibility, SessionAction, SessionNote
from app.sessions.note_schemas import (
    ActionAdd,
    ActionChange,
    ActionQuery,
    NoteChange,
    NoteQuery,
    NoteWrite,
)
from app.sessions.service import Shown, ids_of, of_mine, show

NOTE_SORTS = {"created_at": SessionNote.id}
ACTION_SORTS = {"created_at": SessionAction.id}
_NOTE, _ACTION = aliased(SessionNote), aliased(SessionAction)
"""The tables again, inside statements about them."""


class NotYourNote(Forbidden):
    slug, title = "not-your-note", "Only its author changes a note"


class ActionDone(Conflict):
    slug, title = "action-done", "The action is done"


class ActionNotDone(Conflict):
    slug, title = "action-not-done", "The action is still to be done"


def visible_notes(uow: UnitOfWork) -> Select[SessionNote]:
    """One's own notes, and the shared ones of one's own sessions: no role opens more."""
    readable = union_all(
        select(_NOTE.id).where(
            _NOTE.organization_id == uow.organization_id, _NOTE.author_id == participants.mine(uow)
        ),
        select(_NOTE.id).where(
            _NOTE.organization_id == uow.organization_id,
            _NOTE.session_id.in_(ids_of(uow, participants.mine(uow))),
            _NOTE.visibility == NoteVisibility.SHARED,
        ),
    )
    return select(SessionNote).where(
        SessionNote.organization_id == uow.organization_id, SessionNote.id.in_(readable)
    )


def visible_actions(uow: UnitOfWork) -> Select[SessionAction]:
    """The actions of one's own sessions: no role opens more."""
    readable = select(_ACTION.id).where(
        _ACTION.organization_id == uow.organization_id,
        _ACTION.session_id.in_(ids_of(uow, participants.mine(uow))),
    )
    return select(SessionAction).where(
        SessionAction.organization_id == uow.organization_id, SessionAction.id.in_(readable)
    )


def _own_session(uow: UnitOfWork, session_id: uuid.UUID) -> Shown:
    """A session of the caller's own, named in a body. Raises Invalid."""
    stmt = select(MentoringSession).where(
        MentoringSession.organization_id == uow.organization_id,
        MentoringSession.id == session_id,
        of_mine(uow),
    )
    found = uow.rows.execute(stmt).one_or_none()
    if found is None:
        raise Invalid.at(
            "/session_id", "There is no session of yours with this id.", "unknown_reference"
        )
    return show(uow, found)


def write_note(uow: UnitOfWork, wanted: NoteWrite) -> SessionNote:
    """Write something down, for oneself or for both."""
    found = _own_session(uow, wanted.session_id)
    return uow.add(
        SessionNote(
            **wanted.model_dump(),
            author_id=found.viewer.participant_id,
            author_side=found.my_side,
        )
    )


def list_notes(uow: UnitOfWork, query: NoteQuery) -> dict[str, Any]:
    stmt = visible_notes(uow)
    stmt = narrowed(
        stmt,
        (SessionNote.session_id, query.session_id),
        (SessionNote.visibility, query.visibility),
    )
    return uow.page(stmt, SessionNote.id, query, NOTE_SORTS)


def get_note(uow: UnitOfWork, note_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_notes(uow).where(SessionNote.id == note_id))


def change_note(uow: UnitOfWork, note_id: uuid.UUID, wanted: NoteChange) -> SessionNote:
    note = _own_note(uow, note_id)
    for name, value in wanted.model_dump().items():
        setattr(note, name, value)
    return uow.touch(note)


def remove_note(uow: UnitOfWork, note_id: uuid.UUID) -> None:
    uow.remove(_own_note(uow, note_id))


def _own_note(uow: UnitOfWork, note_id: uuid.UUID) -> SessionNote:
    """A note that the caller wrote, locked. Raises NotFound, NotYourNote."""
    note = uow.to_change(visible_notes(uow).where(SessionNote.id == note_id))
    if note.author_id != uow.rows.scalar(select(participants.mine(uow))):
        raise NotYourNote
    return note


def add_action(uow: UnitOfWork, wanted: ActionAdd) -> SessionAction:
    """Note what one of the two will do."""
    found = _own_session(uow, wanted.session_id)
    return uow.add(
        SessionAction(
            **wanted.model_dump(),
            pairing_id=found.pairing_id,
            author_id=found.viewer.participant_id,
        )
    )


def list_actions(uow: UnitOfWork, query: ActionQuery) -> dict[str, Any]:
    stmt = visible_actions(uow)
    stmt = narrowed(
        stmt,
        (SessionAction.session_id, query.session_id),
        (SessionAction.pairing_id, query.pairing_id),
        (SessionAction.owner, query.owner),
    )
    if query.done is not None:
        done = SessionAction.done_at.is_not(None)
        stmt = stmt.where(done if query.done else ~done)
    return uow.page(stmt, SessionAction.id, query, ACTION_SORTS)


def get_action(uow: UnitOfWork, action_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_actions(uow).where(SessionAction.id == action_id))


def change_action(uow: UnitOfWork, action_id: uuid.UUID, wanted: ActionChange) -> SessionAction:
    action = _to_change(uow, action_id)
    for name, value in wanted.model_dump().items():
        setattr(action, name, value)
    return uow.touch(action)


def finish_action(uow: UnitOfWork, action_id: uuid.UUID) -> SessionAction:
    action = _to_change(uow, action_id)
    if action.done_at is not None:
        raise ActionDone
    action.done_at = uow.now
    return uow.touch(action)


def reopen_action(uow: UnitOfWork, action_id: uuid.UUID) -> SessionAction:
    action = _to_change(uow, action_id)
    if action.done_at is None:
        raise ActionNotDone
    action.done_at = None
    return uow.touch(action)


def remove_action(uow: UnitOfWork, action_id: uuid.UUID) -> None:
    uow.remove(_to_change(uow, action_id))


def _to_change(uow: UnitOfWork, action_id: uuid.UUID) -> SessionAction:
    return uow.to_change(visible_actions(uow).where(SessionAction.id == action_id))
