"""Two people and the time they have: what a meeting must keep to, and how it is written down."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select

from app.kit.database import uuid7
from app.kit.problems import Conflict, Invalid, NotFound
from app.kit.work import UnitOfWork
from app.pairings import service as pairings
from app.pairings.models import PairingSide
from app.participants.models import Leave, Participant
from app.programs.models import Cohort, Enrollment, MeetingMode
from app.sessions.calendar import Meant, OffsetUnknown, instant_of, local_of, zone_named
from app.sessions.events import SessionScheduled
from app.sessions.models import MentoringSession, SessionStatus
from app.sessions.schemas import LONGEST_MINUTES, When
from app.sessions.service import ids_of
from app.sessions.shared_time import Days, Span, common_to, free_spans, without


class SessionInPast(Conflict):
    slug, title = "session-in-past", "That time has passed"


class SessionOutsideCohort(Conflict):
    slug, title = "session-outside-cohort", "The cohort does not run on that day"


class SessionOverlap(Conflict):
    slug, title = "session-overlap", "One of the two has another session at that time"


class OnLeave(Conflict):
    slug, title = "on-leave", "One of the two has leave on that day"


class OutsideAvailability(Conflict):
    slug, title = "outside-availability", "Not both of them are free in their week at that time"


@dataclass(frozen=True)
class Person:
    """One of the two: where they live, when they are free, when they are away."""

    id: uuid.UUID
    side: PairingSide
    time_zone: str
    windows: list[dict[str, Any]]
    away: list[Days]


@dataclass(frozen=True)
class Pair:
    """An active pairing with its cohort's plan, and the two with their time."""

    pairing: Any
    cohort: Any
    my_side: PairingSide | None
    mentor: Person
    mentee: Person

    @cached_property
    def people(self) -> tuple[Person, Person]:
        return self.mentor, self.mentee

    @property
    def time_zone(self) -> str:
        """The wall on which times hang where none is named."""
        mine = self.mentor if self.my_side is PairingSide.MENTOR else self.mentee
        return mine.time_zone

    @property
    def mode(self) -> MeetingMode:
        """How the two meet where nobody says it."""
        return MeetingMode(self.cohort.modes[0]) if self.cohort.modes else MeetingMode.HYBRID


def pair_of(uow: UnitOfWork, pairing_id: uuid.UUID, *, lock: bool = False) -> Pair:
    """The pair, if it is active. Raises NotFound, PairingNotActive.

    With `lock`, the pairing cannot end and neither of the two can be booked elsewhere while this
    unit of work goes on: their rows are locked in the order of their ids, so that nobody waits in
    a circle.
    """
    pairing = pairings.active_pairing(uow, pairing_id, lock=lock)
    cohort = uow.rows.execute(
        select(
            Cohort.starts_on,
            Cohort.ends_on,
            Cohort.meeting_every_days,
            Cohort.meeting_minutes,
            Cohort.modes,
        ).where(Cohort.organization_id == uow.organization_id, Cohort.id == pairing.cohort_id)
    ).one()
    mentor, mentee = _people_of(uow, pairing, lock=lock)
    return Pair(pairing, cohort, pairings.my_side(uow, pairing), mentor, mentee)


def pair_to_book(uow: UnitOfWork, pairing_id: uuid.UUID) -> Pair:
    """The pair that a body names, locked. Raises Invalid, PairingNotActive."""
    try:
        return pair_of(uow, pairing_id, lock=True)
    except NotFound as unknown:
        raise Invalid.at(
            "/pairing_id", "There is no pairing with this id.", "unknown_reference"
        ) from unknown


def _people_of(uow: UnitOfWork, pairing: Any, *, lock: bool) -> tuple[Person, Person]:
    ids = (pairing.mentor_id, pairing.mentee_id)
    stmt = (
        select(Participant.id, Participant.time_zone, Participant.availability)
        .where(Participant.organization_id == uow.organization_id, Participant.id.in_(ids))
        .order_by(Participant.id)
    )
    if lock:
        stmt = stmt.with_for_update(key_share=True)
    people = {each.id: each for each in uow.rows.execute(stmt)}
    enrolled = uow.rows.execute(
        select(Enrollment.id, Enrollment.availability).where(
            Enrollment.organization_id == uow.organization_id,
            Enrollment.id.in_((pairing.mentor_enrollment_id, pairing.mentee_enrollment_id)),
        )
    )
    enrollments = {each.id: each for each in enrolled}
    away: dict[uuid.UUID, list[Days]] = {}
    for each in uow.rows.execute(
        select(Leave.participant_id, Leave.starts_on, Leave.ends_on).where(
            Leave.organization_id == uow.organization_id,
            Leave.participant_id.in_(ids),
            Leave.ends_on >= uow.today - dt.timedelta(days=1),  # it may still be yesterday there
        )
    ):
        away.setdefault(each.participant_id, []).append((each.starts_on, each.ends_on))

    def person(side: PairingSide, participant_id: uuid.UUID, enrollment_id: uuid.UUID) -> Person:
        known, enrollment = people[participant_id], enrollments[enrollment_id]
        return Person(
            participant_id,
            side,
            known.time_zone,
            known.availability if enrollment.availability is None else enrollment.availability,
            away.get(participant_id, []),
        )

    return (
        person(PairingSide.MENTOR, pairing.mentor_id, pairing.mentor_enrollment_id),
        person(PairingSide.MENTEE, pairing.mentee_id, pairing.mentee_enrollment_id),
    )


def meant_by(when: When, time_zone: str) -> Meant:
    """The time that a body speaks of; `time_zone` where it names none. Raises Invalid."""
    zone = when.time_zone or time_zone
    if when.local_time is None:
        assert when.starts_at is not None  # noqa: S101  the schema demands one of the two
        return local_of(when.starts_at, zone)
    local, offset = dt.datetime.fromisoformat(when.local_time), None
    if when.utc_offset is not None:
        offset = dt.datetime.fromisoformat(f"{when.local_time}:00{when.utc_offset}").utcoffset()
    try:
        return instant_of(local, zone, offset)
    except OffsetUnknown as unknown:
        raise Invalid.at("/utc_offset", str(unknown), "offset_unknown") from unknown


def check_time(
    uow: UnitOfWork, pair: Pair, meant: Meant, length: dt.timedelta, *, despite_leave: bool
) -> None:
    """Raises SessionInPast, SessionOutsideCohort, OnLeave."""
    if meant.starts_at < uow.now:
        raise SessionInPast(f"{_told(meant)} has passed.")
    check_day(pair, meant, length)
    if despite_leave:
        return
    for person in pair.people:
        here, until = _days(meant, length, person.time_zone)
        if any(here <= ends_on and until >= starts_on for starts_on, ends_on in person.away):
            raise OnLeave(f"The {person.side} has leave on that day ({_told(meant)}).")


def check_day(pair: Pair, meant: Meant, length: dt.timedelta) -> None:
    """Raises SessionOutsideCohort."""
    first, last = _days(meant, length, meant.time_zone)
    if first < pair.cohort.starts_on or last > pair.cohort.ends_on:
        raise SessionOutsideCohort(
            f"{_told(meant)} is outside the cohort, which runs from {pair.cohort.starts_on}"
            f" to {pair.cohort.ends_on}."
        )


def _told(meant: Meant) -> str:
    return f"{local_text(meant.local_time)} in {meant.time_zone}"


def local_text(local_time: dt.datetime) -> str:
    """A time on the wall as it is stored and shown: `2026-03-29T02:30`."""
    return f"{local_time:%Y-%m-%dT%H:%M}"


def _days(meant: Meant, length: dt.timedelta, time_zone: str) -> Days:
    """The first and the last day of a meeting, as somebody in this zone counts days."""
    zone = zone_named(time_zone)
    last_minute = meant.starts_at + length - dt.timedelta(minutes=1)
    return meant.starts_at.astimezone(zone).date(), last_minute.astimezone(zone).date()


@dataclass(frozen=True)
class Taken:
    """A session that somebody of a pair has already."""

    span: Span
    sides: tuple[PairingSide, ...]
    """Of this pair: who has it."""


def taken_within(
    uow: UnitOfWork, pair: Pair, within: Span, *, apart_from: uuid.UUID | None = None
) -> list[Taken]:
    """The scheduled sessions that either of the two has in any pairing."""
    ids = [person.id for person in pair.people]
    earliest = within[0] - dt.timedelta(minutes=LONGEST_MINUTES)
    stmt = select(
        MentoringSession.mentor_id,
        MentoringSession.mentee_id,
        MentoringSession.starts_at,
        MentoringSession.ends_at,
    ).where(
        MentoringSession.organization_id == uow.organization_id,
        MentoringSession.id.in_(ids_of(uow, *ids, during=(earliest, within[1]))),
        MentoringSession.status == SessionStatus.SCHEDULED,
        MentoringSession.ends_at > within[0],
    )
    if apart_from is not None:
        stmt = stmt.where(MentoringSession.id != apart_from)
    return [
        Taken(
            (each.starts_at, each.ends_at),
            tuple(p.side for p in pair.people if p.id in (each.mentor_id, each.mentee_id)),
        )
        for each in uow.rows.execute(stmt)
    ]


def check_free(taken: Sequence[Taken], meant: Meant, length: dt.timedelta) -> None:
    """Raises SessionOverlap."""
    ends_at = meant.starts_at + length
    clashing = [each for each in taken if each.span[0] < ends_at and each.span[1] > meant.starts_at]
    if clashing:
        busy = sorted({side for each in clashing for side in each.sides})
        raise SessionOverlap(
            f"Another session at {_told(meant)} is in the way of the {' and the '.join(busy)}.",
            busy=busy,
        )


def shared_free_time(pair: Pair, within: Span, taken: Sequence[Taken]) -> list[Span]:
    """When both are free in their week, have no leave, and no other session."""
    mentor, mentee = (
        free_spans(person.windows, person.time_zone, person.away, within) for person in pair.people
    )
    return without(common_to(mentor, mentee), (each.span for each in taken))


def check_available(pair: Pair, meant: Meant, length: dt.timedelta) -> None:
    """Raises OutsideAvailability. Leave and other sessions are looked at elsewhere."""
    wanted = (meant.starts_at, meant.starts_at + length)
    for person in pair.people:
        if free_spans(person.windows, person.time_zone, [], wanted) != [wanted]:
            raise OutsideAvailability(f"The {person.side} is not free at {_told(meant)}.")


def book(
    uow: UnitOfWork,
    pair: Pair,
    meetings: Sequence[Meant],
    length: dt.timedelta,
    *,
    mode: MeetingMode | None,
    agenda: str | None = None,
    series_id: uuid.UUID | None = None,
) -> list[uuid.UUID]:
    """Write down meetings that were checked, and say so; returns their ids in the same order."""
    pairing = pair.pairing
    rows = [
        {
            "id": uuid7(),
            "pairing_id": pairing.id,
            "cohort_id": pairing.cohort_id,
            "mentor_id": pairing.mentor_id,
            "mentee_id": pairing.mentee_id,
            "series_id": series_id,
            "status": SessionStatus.SCHEDULED,
            "duration_minutes": length // dt.timedelta(minutes=1),
            "mode": mode or pair.mode,
            "agenda": agenda,
            "rescheduled_count": 0,
            **times_of(meant, length),
        }
        for meant in meetings
    ]
    ids = uow.add_many(MentoringSession, rows)
    for row in rows:
        uow.emit(
            SessionScheduled(
                session_id=row["id"],
                pairing_id=pairing.id,
                cohort_id=pairing.cohort_id,
                series_id=series_id,
                starts_at=row["starts_at"],
                ends_at=row["ends_at"],
            )
        )
    return ids


def times_of(meant: Meant, length: dt.timedelta) -> dict[str, Any]:
    """The columns that say when."""
    return {
        "local_time": local_text(meant.local_time),
        "time_zone": meant.time_zone,
        "starts_at": meant.starts_at,
        "ends_at": meant.starts_at + length,
        "adjusted": meant.adjusted,
    }
