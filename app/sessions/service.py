"""Whose sessions one may see, what of them, and what other rooms ask about meetings."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, or_, select, union_all
from sqlalchemy.orm import aliased

from app.kit.events import EventRow
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.pairings import service as pairings
from app.pairings.events import PairingPaused, PairingResumed
from app.pairings.models import Pairing, PairingSide
from app.participants import service as participants
from app.programs import service as programs
from app.sessions.models import MentoringSession, Rescheduling, SessionActor, SessionStatus
from app.sessions.schemas import ReschedulingQuery, SessionQuery

SORTS = {"created_at": MentoringSession.id, "starts_at": MentoringSession.starts_at}
RESCHEDULING_SORTS = {"created_at": Rescheduling.id}
_INSIDE = aliased(MentoringSession)
"""The table again, inside a statement about it."""


def visible(uow: UnitOfWork) -> Select[MentoringSession]:
    """The sessions this caller may see: those of the programs granted, and one's own."""
    return select(MentoringSession).where(
        MentoringSession.organization_id == uow.organization_id,
        or_(programs.within_reach(uow, MentoringSession.cohort_id), of_mine(uow)),
    )


def of_mine(uow: UnitOfWork) -> ColumnElement[bool]:
    """The condition that the caller is one of the two."""
    return MentoringSession.id.in_(ids_of(uow, participants.mine(uow)))


def ids_of(
    uow: UnitOfWork, *people: Any, during: tuple[dt.datetime, dt.datetime] | None = None
) -> CompoundSelect[uuid.UUID]:
    """Ids of the sessions that these people have, on either side; `during`: that start then.

    Each person and side is a look-up in an index of its own: an OR would read every session of
    the organization.
    """
    row = _INSIDE
    conditions = [row.organization_id == uow.organization_id]
    if during is not None:
        conditions += [row.starts_at > during[0], row.starts_at < during[1]]
    return union_all(
        *(
            select(row.id).where(*conditions, column == person)
            for person in people
            for column in (row.mentor_id, row.mentee_id)
        )
    )


@dataclass(frozen=True)
class Shown:
    """A session as one viewer may see it: what it is about is shown to the two only."""

    mentoring_session: MentoringSession | Row[Any]
    viewer: pairings.Viewer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.mentoring_session, name)

    @property
    def my_side(self) -> PairingSide | None:
        return side_in(self.mentoring_session, self.viewer)

    @property
    def agenda(self) -> str | None:
        return self.mentoring_session.agenda if self.my_side else None

    @property
    def cancel_words(self) -> str | None:
        return self.mentoring_session.cancel_words if self.my_side else None


def side_in(
    mentoring_session: MentoringSession | Row[Any], viewer: pairings.Viewer
) -> PairingSide | None:
    """The viewer's side in a session, or None."""
    if viewer.participant_id is None:
        return None
    if mentoring_session.mentor_id == viewer.participant_id:
        return PairingSide.MENTOR
    return PairingSide.MENTEE if mentoring_session.mentee_id == viewer.participant_id else None


def show(uow: UnitOfWork, mentoring_session: MentoringSession | Row[Any]) -> Shown:
    return Shown(mentoring_session, pairings.Viewer.of(uow))


def acting(uow: UnitOfWork, cohort_id: uuid.UUID, side: PairingSide | None) -> SessionActor:
    """As what the caller acts: one of the two, or the program. Raises NotYourProgram."""
    if side is not None:
        return SessionActor(side.value)
    pairings.must_run(uow, cohort_id)
    return SessionActor.PROGRAM


def list_sessions(uow: UnitOfWork, query: SessionQuery) -> dict[str, Any]:
    stmt = visible(uow)
    if not programs.granted_programs(uow) and not uow.principal.has(*programs.SEEING_PEOPLE):
        stmt = _beginning_with(stmt, ids_of(uow, participants.mine(uow)))
    if query.participant_id is not None:
        stmt = _beginning_with(stmt, ids_of(uow, query.participant_id))
    stmt = narrowed(
        stmt,
        (MentoringSession.pairing_id, query.pairing_id),
        (MentoringSession.cohort_id, query.cohort_id),
        (MentoringSession.series_id, query.series_id),
        (MentoringSession.status, query.status),
    )
    if query.starts_at_from is not None:
        stmt = stmt.where(MentoringSession.starts_at >= query.starts_at_from)
    if query.starts_at_to is not None:
        stmt = stmt.where(MentoringSession.starts_at < query.starts_at_to)
    page = uow.page(stmt, MentoringSession.id, query, SORTS)
    viewer = pairings.Viewer.of(uow)
    return {**page, "items": [Shown(each, viewer) for each in page["items"]]}


def _beginning_with(
    stmt: Select[MentoringSession], ids: CompoundSelect[uuid.UUID]
) -> Select[MentoringSession]:
    """Reads these few and sorts them, where SQLite would read the organization's in order."""
    few = ids.cte().prefix_with("MATERIALIZED")
    return stmt.join(few, few.c.id == MentoringSession.id)


def get_session(uow: UnitOfWork, session_id: uuid.UUID) -> Shown:
    return show(uow, uow.one(visible(uow).where(MentoringSession.id == session_id)))


def list_reschedulings(
    uow: UnitOfWork, session_id: uuid.UUID, query: ReschedulingQuery
) -> dict[str, Any]:
    """When a session was moved, by whom and why. Raises NotFound."""
    ours = get_session(uow, session_id).my_side is not None
    stmt = select(Rescheduling).where(
        Rescheduling.organization_id == uow.organization_id, Rescheduling.session_id == session_id
    )
    page = uow.page(stmt, Rescheduling.id, query, RESCHEDULING_SORTS)
    items = [each._asdict() | ({} if ours else {"words": None}) for each in page["items"]]
    return {**page, "items": items}


@dataclass(frozen=True)
class PairingMeetings:
    """What cadence is computed from: how long a pair was active, and when it met."""

    pairing_id: uuid.UUID
    activated_at: dt.datetime
    ended_at: dt.datetime | None
    pauses: tuple[tuple[dt.datetime, dt.datetime | None], ...]
    """From when until when the pair rested, in order; None: it still rests, or ended resting."""
    met_at: tuple[dt.datetime, ...]
    """The starts of the sessions to which both came, in order."""


def meetings_of(uow: UnitOfWork, cohort_id: uuid.UUID) -> list[PairingMeetings]:
    """The meetings of every pairing of a cohort that ever began. The caller checks who may ask."""
    pauses = _pauses_of(uow, cohort_id)
    met: dict[uuid.UUID, list[dt.datetime]] = {}
    for pairing_id, starts_at in uow.rows.execute(
        select(MentoringSession.pairing_id, MentoringSession.starts_at)
        .where(
            MentoringSession.organization_id == uow.organization_id,
            MentoringSession.cohort_id == cohort_id,
            MentoringSession.status == SessionStatus.COMPLETED,
        )
        .order_by(MentoringSession.starts_at, MentoringSession.id)
    ):
        met.setdefault(pairing_id, []).append(starts_at)
    begun = uow.rows.execute(
        select(Pairing.id, Pairing.activated_at, Pairing.ended_at)
        .where(
            Pairing.organization_id == uow.organization_id,
            Pairing.cohort_id == cohort_id,
            Pairing.activated_at.is_not(None),
        )
        .order_by(Pairing.id)
    )
    return [
        PairingMeetings(
            each.id,
            each.activated_at,
            each.ended_at,
            tuple(pauses.get(each.id, ())),
            tuple(met.get(each.id, ())),
        )
        for each in begun
    ]


def _pauses_of(
    uow: UnitOfWork, cohort_id: uuid.UUID
) -> dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime | None]]]:
    """When each pair rested, from the event log: a pairing remembers its present pause only."""
    found: dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime | None]]] = {}
    told = uow.rows.execute(
        select(EventRow.type, EventRow.at, EventRow.data)
        .where(
            EventRow.organization_id == uow.organization_id,
            EventRow.type.in_((PairingPaused.type, PairingResumed.type)),
            EventRow.data["cohort_id"].as_string() == str(cohort_id),
        )
        .order_by(EventRow.position)
    )
    for each in told:
        spans = found.setdefault(uuid.UUID(each.data["pairing_id"]), [])
        if each.type == PairingPaused.type:
            spans.append((each.at, None))
        elif spans:
            spans[-1] = (spans[-1][0], each.at)
    return found
