"""From the time people mean to the instant it is, through every change of clocks; pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo


class Adjusted(StrEnum):
    """What the clocks did to the time that was meant."""

    NONE = "none"
    SHIFTED_FORWARD = "shifted_forward"
    """The clocks jump over that local time: it was moved on by as much as they jump."""
    FIRST_OF_TWO = "first_of_two"
    """The clocks go back, so that local time comes twice: the first of the two was taken."""


class OffsetUnknown(ValueError):  # noqa: N818  told as a problem, named like one
    """The zone's clocks never show that local time at that distance from UTC."""


@dataclass(frozen=True)
class Meant:
    """A time as it was meant, and the instant it is."""

    local_time: dt.datetime
    """What the clock on the wall was meant to show; without a zone, to the minute."""
    time_zone: str
    """IANA name of the zone the wall stands in."""
    starts_at: dt.datetime
    """The instant, in UTC."""
    adjusted: Adjusted


def instant_of(
    local_time: dt.datetime, time_zone: str, utc_offset: dt.timedelta | None = None
) -> Meant:
    """The instant at which clocks in `time_zone` show `local_time` (naive).

    A local time that the clocks jump over is moved forward by the gap. One that comes twice is
    its first occurrence, unless `utc_offset` chooses. Raises OffsetUnknown.
    """
    zone = zone_named(time_zone)
    first, second = (
        local_time.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)
    )
    if first.astimezone(zone).replace(tzinfo=None) != local_time:
        if utc_offset is not None:
            raise OffsetUnknown(f"The clocks of {time_zone} jump over this time.")
        return Meant(local_time, time_zone, first, Adjusted.SHIFTED_FORWARD)
    if utc_offset is not None:
        wanted = (local_time - utc_offset).replace(tzinfo=dt.UTC)
        if wanted not in (first, second):
            raise OffsetUnknown(f"The clocks of {time_zone} have another offset at this time.")
        return Meant(local_time, time_zone, wanted, Adjusted.NONE)
    twice = first != second
    return Meant(local_time, time_zone, first, Adjusted.FIRST_OF_TWO if twice else Adjusted.NONE)


def local_of(starts_at: dt.datetime, time_zone: str) -> Meant:
    """What the clocks in `time_zone` show at an instant; nothing needs adjusting."""
    local = starts_at.astimezone(zone_named(time_zone)).replace(tzinfo=None, fold=0)
    return Meant(local, time_zone, starts_at.astimezone(dt.UTC), Adjusted.NONE)


def series_from(
    first: Meant, every_days: int, *, count: int | None = None, until: dt.date | None = None
) -> list[Meant]:
    """The first meeting and those after it, at the same time on the wall every so many days.

    Ends after `count` meetings, or with the last one whose local date is not after `until`,
    whichever is first; give at least one. No instant occurs twice: on the day that a zone skips
    entirely (Apia, 2011-12-30) a daily meeting would fall onto the next day's, and gives way.
    """
    found = [first]
    step = 0
    while count is None or len(found) < count:
        step += 1
        local = first.local_time + dt.timedelta(days=step * every_days)
        if until is not None and local.date() > until:
            break
        meant = instant_of(local, first.time_zone)
        if meant.starts_at <= found[-1].starts_at:
            found[-1] = meant
        else:
            found.append(meant)
    return found


def settled_again(meant: Meant) -> Meant:
    """The same meeting under the zone's present rules; what an offset chose stays chosen."""
    again = instant_of(meant.local_time, meant.time_zone)
    second = meant.local_time.replace(tzinfo=zone_named(meant.time_zone), fold=1)
    if again.adjusted is Adjusted.FIRST_OF_TWO and second.astimezone(dt.UTC) == meant.starts_at:
        return meant
    return again


@lru_cache(maxsize=1024)
def zone_named(time_zone: str) -> ZoneInfo:
    """The rules of an IANA zone; `UTC` and its aliases included."""
    return ZoneInfo(time_zone)
