"""Weekly availability as quarter-hours of a UTC week, one picture per offset regime."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

QUARTER_MINUTES = 15
WEEK_QUARTERS = 7 * 24 * 4
DAY_MINUTES = 24 * 60

Window = tuple[int, str, str]
"""(weekday with Monday = 0, start "HH:MM", end "HH:MM") on the person's own clock."""


def utc_offset_minutes(zone: str, day: date) -> int:
    """Return how far `zone` is ahead of UTC at noon of `day`, in minutes."""
    return _offset(zone, day)


def offset_regimes(zones: Iterable[str], starts_on: date, ends_on: date) -> tuple[date, ...]:
    """Return the first day of every stretch between the dates in which no offset changes.

    Rome moves its clocks and Mumbai does not: two people who share an hour in January may share
    none in April. A pair must have its hours in every regime the cohort lives through; regimes
    in which every zone has the offsets of an earlier one are left out.
    """
    names = sorted(set(zones))
    regimes: dict[tuple[int, ...], date] = {}
    day = starts_on
    while day <= ends_on:
        regimes.setdefault(tuple(_offset(zone, day) for zone in names), day)
        day += timedelta(days=1)
    return tuple(regimes.values())


def availability_bits(
    windows: Iterable[Window], zone: str, regimes: Sequence[date]
) -> tuple[int, ...]:
    """Turn weekly windows in the time zone `zone` into one 672-bit number per regime.

    Bit q stands for the q-th quarter-hour of a UTC week from Monday 00:00. Only whole free
    quarter-hours count. A window that ends at or before its start runs past midnight, and one
    that leaves the week re-enters it at the other end. Raises `ValueError` for a bad clock time.
    """
    return _bits(tuple(windows), zone, tuple(regimes))


@lru_cache(maxsize=4096)
def _bits(windows: tuple[Window, ...], zone: str, regimes: tuple[date, ...]) -> tuple[int, ...]:
    return tuple(_regime_bits(windows, _offset(zone, day)) for day in regimes)


def _regime_bits(windows: tuple[Window, ...], offset: int) -> int:
    bits = 0
    for weekday, start, end in windows:
        if not 0 <= weekday <= 6:
            raise ValueError(f"weekday {weekday} is not between 0 (Monday) and 6 (Sunday)")
        opens, closes = _minutes(start), _minutes(end)
        if closes <= opens:
            closes += DAY_MINUTES
        shift = weekday * DAY_MINUTES - offset
        first = -(-(opens + shift) // QUARTER_MINUTES)
        last = (closes + shift) // QUARTER_MINUTES
        for quarter in range(first, last):
            bits |= 1 << (quarter % WEEK_QUARTERS)
    return bits


def _minutes(clock: str) -> int:
    if clock == "24:00":
        return DAY_MINUTES
    moment = time.fromisoformat(clock)
    return moment.hour * 60 + moment.minute


@lru_cache(maxsize=65536)
def _offset(zone: str, day: date) -> int:
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone))
    offset = noon.utcoffset() or timedelta()
    return int(offset.total_seconds() // 60)
