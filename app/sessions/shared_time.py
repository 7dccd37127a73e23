"""When two people are both free: windows in two time zones, less leave and meetings; pure."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.participants.schemas import Weekday
from app.sessions.calendar import instant_of, zone_named

QUARTER = dt.timedelta(minutes=15)
DAY = dt.timedelta(days=1)
MIDNIGHT = dt.time(0)

Span = tuple[dt.datetime, dt.datetime]
"""From one instant until before another, in UTC."""
Days = tuple[dt.date, dt.date]
"""From one day to another, both included."""
Windows = Sequence[Mapping[str, Any]]
"""Weekly windows `{weekday, starts_at, ends_at}`, the times as "HH:MM", the last one "24:00"."""

_WEEKDAYS = list(Weekday)


def free_spans(windows: Windows, time_zone: str, away: Iterable[Days], within: Span) -> list[Span]:
    """When somebody with these weekly windows, in their own zone, is free; in order.

    Days of leave (`away`) are days of that zone. Where the clocks change, a quarter of an hour is
    free when the clock on the wall then shows a time inside a window: exact, whatever the change.
    """
    by_weekday = _minutes_by_weekday(windows)
    leave = list(away)
    zone = zone_named(time_zone)
    day, last = (moment.astimezone(zone).date() for moment in within)
    spans: list[Span] = []
    while day <= last:
        hours = by_weekday[day.weekday()]
        if hours and not any(first <= day <= until for first, until in leave):
            spans.extend(_spans_of_day(day, hours, time_zone))
        day += DAY
    return clipped_to(joined(spans), within)


def _minutes_by_weekday(windows: Windows) -> list[list[tuple[int, int]]]:
    found: list[list[tuple[int, int]]] = [[] for _ in _WEEKDAYS]
    for window in windows:
        place = _WEEKDAYS.index(Weekday(window["weekday"]))
        found[place].append((_minutes(window["starts_at"]), _minutes(window["ends_at"])))
    return [sorted(hours) for hours in found]


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _spans_of_day(day: dt.date, hours: list[tuple[int, int]], time_zone: str) -> Iterator[Span]:
    midnight = dt.datetime.combine(day, MIDNIGHT)
    begins = instant_of(midnight, time_zone).starts_at
    ends = instant_of(midnight + DAY, time_zone).starts_at
    if ends - begins == DAY:
        for opens, closes in hours:
            yield begins + dt.timedelta(minutes=opens), begins + dt.timedelta(minutes=closes)
        return
    zone = zone_named(time_zone)
    while begins < ends:
        local = begins.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if local.date() == day and any(opens <= minute < closes for opens, closes in hours):
            yield begins, begins + QUARTER
        begins += QUARTER


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time as few spans in order: those that touch or overlap become one."""
    found: list[Span] = []
    for begins, ends in sorted(spans):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


def clipped_to(spans: Iterable[Span], within: Span) -> list[Span]:
    """What of it lies between two instants."""
    clipped = ((max(begins, within[0]), min(ends, within[1])) for begins, ends in spans)
    return [(begins, ends) for begins, ends in clipped if begins < ends]


def common_to(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """What both have; both in order and without overlap."""
    found: list[Span] = []
    here = there = 0
    while here < len(one) and there < len(other):
        begins, ends = max(one[here][0], other[there][0]), min(one[here][1], other[there][1])
        if begins < ends:
            found.append((begins, ends))
        if one[here][1] < other[there][1]:
            here += 1
        else:
            there += 1
    return found


def without(free: Sequence[Span], busy: Iterable[Span]) -> list[Span]:
    """The free time that remains beside what is taken; `free` in order and without overlap."""
    left = list(free)
    for taken_from, taken_until in busy:
        left = [
            part
            for begins, ends in left
            for part in ((begins, min(ends, taken_from)), (max(begins, taken_until), ends))
            if part[0] < part[1]
        ]
    return left


def slots_in(free: Iterable[Span], length: dt.timedelta) -> Iterator[dt.datetime]:
    """Starts at a quarter of an hour for meetings of this length, one after the other."""
    for begins, ends in free:
        start = _quarter_after(begins)
        while start + length <= ends:
            yield start
            start = _quarter_after(start + length)


def nearest_slot(
    free: Iterable[Span], length: dt.timedelta, wanted: dt.datetime
) -> dt.datetime | None:
    """The start nearest to the wanted one, which itself is best; of two as near, the earlier.

    None where no free span is as long as the meeting.
    """
    starts = [
        start
        for begins, ends in free
        if (start := _start_near(wanted, begins, ends - length)) is not None
    ]
    return min(starts, key=lambda start: (abs(start - wanted), start), default=None)


def _start_near(
    wanted: dt.datetime, earliest: dt.datetime, latest: dt.datetime
) -> dt.datetime | None:
    if earliest <= wanted <= latest:
        return wanted
    if wanted < earliest:
        start = _quarter_after(earliest)
        return start if start <= latest else None
    start = _quarter_before(latest)
    return start if start >= earliest else None


def _quarter_before(moment: dt.datetime) -> dt.datetime:
    return moment - (moment - dt.datetime.min.replace(tzinfo=dt.UTC)) % QUARTER


def _quarter_after(moment: dt.datetime) -> dt.datetime:
    before = _quarter_before(moment)
    return before if before == moment else before + QUARTER
