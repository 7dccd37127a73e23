"""What becomes of a session: changed, held, missed, cancelled; and forgotten with its people."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import delete, or_, select, update

from app.kit.problems import Conflict, Forbidden
from app.kit.work import UnitOfWork
from app.pairings.models import Pairing, PairingSide, PairingStatus
from app.sessions.events import SessionCancelled, SessionCompleted, SessionMissed
from app.sessions.models import (
    Attendance,
    ChangeReason,
    MentoringSession,
    Rescheduling,
    SessionAction,
    SessionActor,
    SessionNote,
    SessionStatus,
)
from app.sessions.schemas import SessionCancel, SessionChange, SessionComplete
from app.sessions.service import Shown, acting, show, visible


class OnlyThePair(Forbidden):
    slug, title = "only-the-pair", "Only the two of the pairing write what they meet about"


class SessionNotScheduled(Conflict):
    slug, title = "session-not-scheduled", "The session is over, or was cancelled"


class SessionNotBegun(Conflict):
    slug, title = "session-not-begun", "The session has not begun: nobody can have come"


class SessionBegun(Conflict):
    slug, title = "session-begun", "The session has begun: record who came"


def to_move(uow: UnitOfWork, session_id: uuid.UUID) -> tuple[MentoringSession, SessionActor]:
    """A session that is still to come about, locked, and as what the caller acts on it.

    Raises NotFound, NotYourProgram, SessionNotScheduled.
    """
    found = uow.to_change(visible(uow).where(MentoringSession.id == session_id))
    actor = acting(uow, found.cohort_id, show(uow, found).my_side)
    if found.status is not SessionStatus.SCHEDULED:
        raise SessionNotScheduled(f"The session is {found.status}.")
    return found, actor


def change_session(uow: UnitOfWork, session_id: uuid.UUID, wanted: SessionChange) -> Shown:
    """Change what a session is about, or how the two meet."""
    found, actor = to_move(uow, session_id)
    changes = wanted.model_dump()
    if "agenda" in changes:
        must_be_partner(actor)
    for name, value in changes.items():
        setattr(found, name, value)
    return show(uow, uow.touch(found))


def must_be_partner(actor: SessionActor) -> None:
    """What the two talk about is theirs: the program sees attendance, not content."""
    if actor is SessionActor.PROGRAM:
        raise OnlyThePair


def complete_session(uow: UnitOfWork, session_id: uuid.UUID, wanted: SessionComplete) -> Shown:
    """Record who came: completed when both did, else missed. Raises SessionNotBegun."""
    found, actor = to_move(uow, session_id)
    if uow.now < found.starts_at:
        raise SessionNotBegun(f"It starts at {found.starts_at.isoformat()}.")
    found.mentor_attendance = wanted.mentor_attendance
    found.mentee_attendance = wanted.mentee_attendance
    found.completed_at, found.completed_by = uow.now, actor
    facts: dict[str, Any] = {
        "session_id": found.id, "pairing_id": found.pairing_id, "cohort_id": found.cohort_id,
        "starts_at": found.starts_at,
    }  # fmt: skip
    if wanted.mentor_attendance == wanted.mentee_attendance == Attendance.ATTENDED:
        found.status = SessionStatus.COMPLETED
        found.actual_minutes = wanted.actual_minutes or found.duration_minutes
        uow.emit(SessionCompleted(**facts, actual_minutes=found.actual_minutes))
    else:
        found.status = SessionStatus.MISSED
        uow.emit(SessionMissed(**facts))
    return show(uow, uow.touch(found))


def cancel_session(uow: UnitOfWork, session_id: uuid.UUID, wanted: SessionCancel) -> Shown:
    """Say that a session will not take place. Raises SessionBegun."""
    found, actor = to_move(uow, session_id)
    must_lie_ahead(uow, found)
    cancel(uow, found, actor, wanted.reason, wanted.words)
    return show(uow, found)


def must_lie_ahead(uow: UnitOfWork, found: MentoringSession) -> None:
    if found.starts_at <= uow.now:
        raise SessionBegun(f"It began at {found.starts_at.isoformat()}.")


def cancel(
    uow: UnitOfWork,
    found: MentoringSession,
    by: SessionActor,
    reason: ChangeReason,
    words: str | None = None,
) -> None:
    found.status, found.cancelled_at, found.cancelled_by = SessionStatus.CANCELLED, uow.now, by
    found.cancel_reason, found.cancel_words = reason, words
    found.notice_minutes = notice(uow, found)
    uow.touch(found)
    uow.emit(
        SessionCancelled(
            session_id=found.id,
            pairing_id=found.pairing_id,
            cohort_id=found.cohort_id,
            starts_at=found.starts_at,
            by=by,
            notice_minutes=found.notice_minutes,
        )
    )


def notice(uow: UnitOfWork, found: MentoringSession) -> int:
    """Whole minutes from now to the start of a session."""
    return (found.starts_at - uow.now) // dt.timedelta(minutes=1)


def cancel_coming_sessions(
    uow: UnitOfWork, pairing_id: uuid.UUID, while_pairing_is: PairingStatus, reason: ChangeReason
) -> None:
    """Cancel what lies ahead of a pairing, if it still is what it was told to be."""
    status = uow.rows.scalar(
        select(Pairing.status)
        .where(Pairing.organization_id == uow.organization_id, Pairing.id == pairing_id)
        .with_for_update(read=True)
    )
    if status is not while_pairing_is:
        return
    coming = visible(uow).where(
        MentoringSession.pairing_id == pairing_id,
        MentoringSession.status == SessionStatus.SCHEDULED,
        MentoringSession.starts_at > uow.now,
    )
    for found in uow.db.scalars(coming.order_by(MentoringSession.id).with_for_update()):
        cancel(uow, found, SessionActor.SYSTEM, reason)


def erase_words(uow: UnitOfWork, participant_id: uuid.UUID) -> None:
    """Delete what an erased person wrote; when they met, and whether they came, stays."""
    own = SessionNote.organization_id == uow.organization_id
    uow.rows.execute(delete(SessionNote).where(own, SessionNote.author_id == participant_id))
    for side, column in (
        (PairingSide.MENTOR, MentoringSession.mentor_id),
        (PairingSide.MENTEE, MentoringSession.mentee_id),
    ):
        theirs = (MentoringSession.organization_id == uow.organization_id, column == participant_id)
        ids = select(MentoringSession.id).where(*theirs)
        uow.rows.execute(
            delete(SessionAction).where(
                SessionAction.organization_id == uow.organization_id,
                SessionAction.session_id.in_(ids),
                or_(SessionAction.author_id == participant_id, SessionAction.owner == side),
            )
        )
        uow.rows.execute(
            update(Rescheduling)
            .where(
                Rescheduling.organization_id == uow.organization_id,
                Rescheduling.session_id.in_(ids),
                Rescheduling.words.is_not(None),
            )
            .values(words=None, updated_at=uow.now, version=Rescheduling.version + 1)
        )
        uow.rows.execute(
            update(MentoringSession)
            .where(
                *theirs,
                or_(
                    MentoringSession.agenda.is_not(None), MentoringSession.cancel_words.is_not(None)
                ),
            )
            .values(
                agenda=None,
                cancel_words=None,
                updated_at=uow.now,
                version=MentoringSession.version + 1,
            )
        )
