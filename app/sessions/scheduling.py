"""When the two meet: one session, a series by cadence, another time, and times that suit both."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.kit.database import uuid7
from app.kit.problems import Conflict, Invalid, NotFound
from app.kit.work import UnitOfWork
from app.pairings import service as pairings
from app.sessions.booking import (
    Pair,
    book,
    check_available,
    check_day,
    check_free,
    check_time,
    local_text,
    meant_by,
    pair_of,
    pair_to_book,
    shared_free_time,
    taken_within,
    times_of,
)
from app.sessions.calendar import (
    Meant,
    instant_of,
    local_of,
    series_from,
    settled_again,
    zone_named,
)
from app.sessions.events import SessionRescheduled
from app.sessions.lifecycle import cancel, must_be_partner, must_lie_ahead, notice, to_move
from app.sessions.models import (
    ChangeReason,
    MentoringSession,
    Rescheduling,
    SessionActor,
    SessionStatus,
)
from app.sessions.schemas import (
    LONGEST_SEARCH_DAYS,
    MOST_IN_SERIES,
    YEARS,
    SeriesSchedule,
    SessionCancel,
    SessionReschedule,
    SessionSchedule,
    SuggestedTimesQuery,
)
from app.sessions.service import Shown, acting, get_session, show, visible
from app.sessions.shared_time import Span, clipped_to, nearest_slot, slots_in, without

DAY = dt.timedelta(days=1)
USUAL_SEARCH_DAYS = 14
LAST_DAY = dt.date(YEARS[-1], 12, 31)


class NoSharedTime(Conflict):
    slug, title = "no-shared-time", "In one of the periods there is no time at which both are free"


@dataclass(frozen=True)
class Series:
    """What was scheduled together, in the order of time."""

    id: uuid.UUID
    pairing_id: uuid.UUID
    sessions: list[Shown]


def schedule_session(uow: UnitOfWork, wanted: SessionSchedule) -> Shown:
    """Arrange a meeting of an active pairing, at a time that both can be there."""
    pair = pair_to_book(uow, wanted.pairing_id)
    actor = acting(uow, pair.pairing.cohort_id, pair.my_side)
    if wanted.agenda is not None:
        must_be_partner(actor)
    meant = meant_by(wanted, pair.time_zone)
    length = _length(wanted.duration_minutes or pair.cohort.meeting_minutes)
    _check(uow, pair, meant, length, wanted)
    (session_id,) = book(uow, pair, [meant], length, mode=wanted.mode, agenda=wanted.agenda)
    return get_session(uow, session_id)


def _length(minutes: int) -> dt.timedelta:
    return dt.timedelta(minutes=minutes)


def _check(
    uow: UnitOfWork,
    pair: Pair,
    meant: Meant,
    length: dt.timedelta,
    wanted: SessionSchedule | SessionReschedule,
    apart_from: uuid.UUID | None = None,
) -> None:
    check_time(uow, pair, meant, length, despite_leave=wanted.despite_leave)
    if wanted.within_availability:
        check_available(pair, meant, length)
    within = (meant.starts_at, meant.starts_at + length)
    check_free(taken_within(uow, pair, within, apart_from=apart_from), meant, length)


def reschedule_session(uow: UnitOfWork, session_id: uuid.UUID, wanted: SessionReschedule) -> Shown:
    """Move a session that has not begun to another time. It stays the same session."""
    found, actor = to_move(uow, session_id)
    must_lie_ahead(uow, found)
    pair = pair_of(uow, found.pairing_id, lock=True)
    meant = meant_by(wanted, wanted.time_zone or found.time_zone)
    length = _length(wanted.duration_minutes or found.duration_minutes)
    _check(uow, pair, meant, length, wanted, apart_from=found.id)
    move(uow, found, meant, length, actor, wanted.reason, wanted.words)
    return show(uow, found)


def move(
    uow: UnitOfWork,
    found: MentoringSession,
    meant: Meant,
    length: dt.timedelta,
    by: SessionActor,
    reason: ChangeReason,
    words: str | None = None,
) -> None:
    moved = Rescheduling(
        session_id=found.id,
        from_starts_at=found.starts_at,
        to_starts_at=meant.starts_at,
        by=by,
        reason=reason,
        words=words,
        notice_minutes=notice(uow, found),
    )
    for name, value in times_of(meant, length).items():
        setattr(found, name, value)
    found.duration_minutes = length // dt.timedelta(minutes=1)
    found.rescheduled_count += 1
    uow.touch(found)
    uow.add(moved)
    uow.emit(
        SessionRescheduled(
            session_id=found.id,
            pairing_id=found.pairing_id,
            cohort_id=found.cohort_id,
            from_starts_at=moved.from_starts_at,
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            by=by,
            notice_minutes=moved.notice_minutes,
        )
    )


def schedule_series(uow: UnitOfWork, wanted: SeriesSchedule) -> Series:
    """Arrange meetings at a cadence, all or none."""
    pair = pair_to_book(uow, wanted.pairing_id)
    acting(uow, pair.pairing.cohort_id, pair.my_side)
    length = _length(wanted.duration_minutes or pair.cohort.meeting_minutes)
    every_days = wanted.every_days or pair.cohort.meeting_every_days
    meetings = series_from(
        meant_by(wanted, pair.time_zone),
        every_days,
        count=wanted.count or MOST_IN_SERIES + 1,
        until=wanted.until_on,
    )
    if len(meetings) > MOST_IN_SERIES:
        raise Invalid.at(
            "/until_on", f"At most {MOST_IN_SERIES} meetings at once.", "series_too_long"
        )
    if meetings[0].local_time.date() > (wanted.until_on or dt.date.max):
        raise Invalid.at("/until_on", "The first meeting is after it.", "value_error")
    check_day(pair, meetings[-1], _length(1))
    ends = meetings[-1].starts_at + every_days * DAY + length
    taken = taken_within(uow, pair, (min(uow.now, meetings[0].starts_at), ends))
    if wanted.within_availability:
        free = shared_free_time(pair, (uow.now, ends), taken)
        meetings = _moved_to_free_time(pair, meetings, every_days, length, free)
    for meant in meetings:
        check_time(uow, pair, meant, length, despite_leave=wanted.despite_leave)
    for meant in meetings:
        check_free(taken, meant, length)
    series_id = uuid7()
    book(uow, pair, meetings, length, mode=wanted.mode, series_id=series_id)
    return get_series(uow, series_id)


def _moved_to_free_time(
    pair: Pair, meetings: list[Meant], every_days: int, length: dt.timedelta, free: list[Span]
) -> list[Meant]:
    """Each meeting at the nearest shared free time of its period. Raises NoSharedTime."""
    found: list[Meant] = []
    for meant in meetings:
        first_on = meant.local_time.date()
        last_on = min(first_on + (every_days - 1) * DAY, pair.cohort.ends_on)
        period = _from_day_to_day(first_on, last_on, meant.time_zone)
        start = nearest_slot(clipped_to(free, period), length, meant.starts_at)
        if start is None:
            raise NoSharedTime(
                f"From {first_on} to {last_on} the two share no {length // _length(1)} minutes.",
                from_on=first_on.isoformat(),
                until_on=last_on.isoformat(),
            )
        found.append(meant if start == meant.starts_at else local_of(start, meant.time_zone))
        free = without(free, ((start, start + length),))
    return found


def _from_day_to_day(first_on: dt.date, last_on: dt.date, time_zone: str) -> Span:
    """From the first minute of a day to the last of another."""
    begins, ends = (
        instant_of(dt.datetime.combine(day, dt.time()), time_zone).starts_at
        for day in (first_on, last_on + DAY)
    )
    return begins, ends


def get_series(uow: UnitOfWork, series_id: uuid.UUID) -> Series:
    """What was scheduled together. Raises NotFound."""
    stmt = visible(uow).where(MentoringSession.series_id == series_id)
    found = uow.rows.execute(stmt.order_by(MentoringSession.starts_at, MentoringSession.id)).all()
    if not found:
        raise NotFound
    viewer = pairings.Viewer.of(uow)
    return Series(series_id, found[0].pairing_id, [Shown(each, viewer) for each in found])


def cancel_series(uow: UnitOfWork, series_id: uuid.UUID, wanted: SessionCancel) -> Series:
    """Cancel what lies ahead of a series; what was held stays as it is."""
    first = get_series(uow, series_id).sessions[0]
    actor = acting(uow, first.cohort_id, first.my_side)
    coming = visible(uow).where(
        MentoringSession.series_id == series_id,
        MentoringSession.status == SessionStatus.SCHEDULED,
        MentoringSession.starts_at > uow.now,
    )
    for found in uow.db.scalars(coming.order_by(MentoringSession.id).with_for_update()):
        cancel(uow, found, actor, wanted.reason, wanted.words)
    return get_series(uow, series_id)


def suggest_times(uow: UnitOfWork, query: SuggestedTimesQuery) -> dict[str, Any]:
    """Times at which both are free in their week, have no leave and no other session."""
    pair = pair_of(uow, query.pairing_id)
    zone = zone_named(pair.time_zone)
    first_on = max(query.from_on or uow.now.astimezone(zone).date(), pair.cohort.starts_on)
    last_on = min(query.until_on or pair.cohort.ends_on, pair.cohort.ends_on, LAST_DAY)
    minutes = query.duration_minutes or pair.cohort.meeting_minutes
    times: list[dict[str, Any]] = []
    if first_on <= last_on:
        days = USUAL_SEARCH_DAYS if query.until_on is None else LONGEST_SEARCH_DAYS
        last_on = min(last_on, first_on + (days - 1) * DAY)
        begins, ends = _from_day_to_day(first_on, last_on, pair.time_zone)
        within = (max(begins, uow.now), ends)
        free = shared_free_time(pair, within, taken_within(uow, pair, within))
        for start in slots_in(free, _length(minutes)):
            if len(times) == query.limit:
                break
            times.append(
                {
                    "starts_at": start,
                    "ends_at": start + _length(minutes),
                    "mentor_local_time": _on_the_wall(start, pair.mentor.time_zone),
                    "mentee_local_time": _on_the_wall(start, pair.mentee.time_zone),
                }
            )
    return {
        "pairing_id": pair.pairing.id,
        "duration_minutes": minutes,
        "mentor_time_zone": pair.mentor.time_zone,
        "mentee_time_zone": pair.mentee.time_zone,
        "times": times,
    }


def _on_the_wall(moment: dt.datetime, time_zone: str) -> str:
    return local_text(local_of(moment, time_zone).local_time)


def settle_coming_sessions(uow: UnitOfWork) -> None:
    """Move coming sessions whose zone has other rules by now: what counts is the wall's clock."""
    coming = select(
        MentoringSession.id,
        MentoringSession.local_time,
        MentoringSession.time_zone,
        MentoringSession.starts_at,
        MentoringSession.adjusted,
    ).where(
        MentoringSession.organization_id == uow.organization_id,
        MentoringSession.status == SessionStatus.SCHEDULED,
        MentoringSession.starts_at > uow.now,
    )
    moved = {}
    for each in uow.rows.execute(coming):
        local = dt.datetime.fromisoformat(each.local_time)
        again = settled_again(Meant(local, each.time_zone, each.starts_at, each.adjusted))
        if again.starts_at != each.starts_at:
            moved[each.id] = again
    for session_id in sorted(moved):
        found = uow.to_change(visible(uow).where(MentoringSession.id == session_id))
        if found.status is SessionStatus.SCHEDULED:
            length = _length(found.duration_minutes)
            by, reason = SessionActor.SYSTEM, ChangeReason.ZONE_RULES_CHANGED
            move(uow, found, moved[session_id], length, by, reason)
