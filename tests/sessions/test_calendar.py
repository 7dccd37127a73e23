"""Times as people mean them, and the instants they are: through every kind of change of clocks."""

import datetime as dt
import io
import itertools
import struct
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sessions import calendar
from app.sessions.calendar import (
    Adjusted,
    Meant,
    OffsetUnknown,
    instant_of,
    local_of,
    series_from,
    settled_again,
)

NONE, SHIFTED, FIRST = Adjusted.NONE, Adjusted.SHIFTED_FORWARD, Adjusted.FIRST_OF_TWO

# Hand-made from the published rules: zone, time on the wall, instant in UTC, what was adjusted.
MOMENTS = [
    ("Europe/Rome", "2026-03-28T09:00", "2026-03-28T08:00", NONE),
    ("Europe/Rome", "2026-03-29T01:59", "2026-03-29T00:59", NONE),
    ("Europe/Rome", "2026-03-29T02:00", "2026-03-29T01:00", SHIFTED),  # shown as 03:00
    ("Europe/Rome", "2026-03-29T02:30", "2026-03-29T01:30", SHIFTED),  # shown as 03:30
    ("Europe/Rome", "2026-03-29T03:00", "2026-03-29T01:00", NONE),
    ("Europe/Rome", "2026-10-25T01:59", "2026-10-24T23:59", NONE),
    ("Europe/Rome", "2026-10-25T02:30", "2026-10-25T00:30", FIRST),
    ("Europe/Rome", "2026-10-25T03:00", "2026-10-25T02:00", NONE),
    ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30", FIRST),  # the south, in autumn
    ("America/Santiago", "2026-09-06T00:30", "2026-09-06T04:30", SHIFTED),  # and in spring
    ("Australia/Sydney", "2026-10-04T02:15", "2026-10-03T16:15", SHIFTED),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45", SHIFTED),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30", NONE),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", FIRST),
    ("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30", NONE),
    ("Pacific/Apia", "2011-12-29T09:00", "2011-12-29T19:00", NONE),
    ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T19:00", SHIFTED),  # a day that never was
    ("Pacific/Apia", "2011-12-31T09:00", "2011-12-30T19:00", NONE),
    ("Asia/Kathmandu", "2026-06-01T09:00", "2026-06-01T03:15", NONE),
    ("UTC", "2026-06-01T09:00", "2026-06-01T09:00", NONE),
]


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def wall(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def hours(number: float) -> dt.timedelta:
    return dt.timedelta(hours=number)


@pytest.mark.parametrize(("zone", "local", "expected", "adjusted"), MOMENTS)
def test_a_time_on_the_wall_is_this_instant(zone, local, expected, adjusted):
    assert instant_of(wall(local), zone) == Meant(wall(local), zone, utc(expected), adjusted)


@pytest.mark.parametrize(("offset", "expected"), [(2, "2026-10-25T00:30"), (1, "2026-10-25T01:30")])
def test_an_offset_chooses_which_of_two_is_meant(offset, expected):
    meant = instant_of(wall("2026-10-25T02:30"), "Europe/Rome", hours(offset))
    assert (meant.starts_at, meant.adjusted) == (utc(expected), NONE)


@pytest.mark.parametrize(
    ("local", "offset"),
    [
        ("2026-10-25T02:30", 3),
        ("2026-06-01T09:00", 1),
        ("2026-03-29T02:30", 1),
        ("2026-03-29T02:30", 2),
    ],
)
def test_an_offset_that_the_wall_never_has_is_refused(local, offset):
    with pytest.raises(OffsetUnknown, match="Europe/Rome"):
        instant_of(wall(local), "Europe/Rome", hours(offset))


SERIES = [
    # weekly at nine in Rome across both changes: the instant moves, the wall does not
    (
        "Europe/Rome", "2026-03-16T09:00", 7, 4,
        ["2026-03-16T08:00", "2026-03-23T08:00", "2026-03-30T07:00", "2026-04-06T07:00"],
    ),
    (
        "Europe/Rome", "2026-10-12T09:00", 7, 4,
        ["2026-10-12T07:00", "2026-10-19T07:00", "2026-10-26T08:00", "2026-11-02T08:00"],
    ),
    # on Sundays at half past two: one jumped over, none twice
    (
        "Europe/Rome", "2026-03-22T02:30", 7, 3,
        ["2026-03-22T01:30", "2026-03-29T01:30", "2026-04-05T00:30"],
    ),
    (
        "Europe/Rome", "2026-10-18T02:30", 7, 3,
        ["2026-10-18T00:30", "2026-10-25T00:30", "2026-11-01T01:30"],
    ),
    (
        "America/Santiago", "2026-03-31T18:00", 7, 3,
        ["2026-03-31T21:00", "2026-04-07T22:00", "2026-04-14T22:00"],
    ),
    (
        "Australia/Lord_Howe", "2026-09-27T02:15", 7, 3,
        ["2026-09-26T15:45", "2026-10-03T15:45", "2026-10-10T15:15"],
    ),
    # Apia went to bed on Thursday and woke on Saturday: the weekly meeting moves by that day …
    (
        "Pacific/Apia", "2011-12-23T09:00", 7, 3,
        ["2011-12-23T19:00", "2011-12-30T19:00", "2012-01-05T19:00"],
    ),
    # … and the daily one has no Friday, but three meetings
    (
        "Pacific/Apia", "2011-12-29T09:00", 1, 3,
        ["2011-12-29T19:00", "2011-12-30T19:00", "2011-12-31T19:00"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "first", "every_days", "count", "expected"), SERIES)
def test_a_series_keeps_the_time_on_the_wall(zone, first, every_days, count, expected):
    found = series_from(instant_of(wall(first), zone), every_days, count=count)
    assert [each.starts_at for each in found] == [utc(each) for each in expected]


def test_what_was_adjusted_inside_a_series_is_told_for_that_meeting_alone():
    found = series_from(instant_of(wall("2026-03-22T02:30"), "Europe/Rome"), 7, count=3)
    assert [each.adjusted for each in found] == [NONE, SHIFTED, NONE]
    assert [each.local_time.hour for each in found] == [2, 2, 2]


def test_a_series_ends_with_the_last_day_that_is_not_after_its_end():
    first = instant_of(wall("2026-03-02T09:00"), "Europe/Rome")
    assert len(series_from(first, 7, until=dt.date(2026, 3, 23))) == 4
    assert len(series_from(first, 7, until=dt.date(2026, 3, 22))) == 3
    assert len(series_from(first, 7, until=dt.date(2026, 3, 23), count=2)) == 2
    assert series_from(first, 7, until=dt.date(2026, 1, 1)) == [first]


ZONES = st.sampled_from(
    ["Europe/Rome", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
     "Asia/Kathmandu", "America/New_York", "Asia/Tehran", "Pacific/Chatham", "UTC"]
)  # fmt: skip
LOCALS = st.datetimes(wall("2000-01-01T00:00"), wall("2037-12-31T00:00")).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


@given(ZONES, LOCALS)
def test_the_wall_shows_what_was_meant_or_later_by_the_gap(zone, local):
    meant = instant_of(local, zone)
    shown = meant.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if meant.adjusted is SHIFTED:
        assert shown > local
    else:
        assert shown == local


@given(ZONES, LOCALS, st.integers(1, 40), st.integers(1, 30))
def test_a_series_has_every_meeting_once(zone, local, every_days, count):
    found = series_from(instant_of(local, zone), every_days, count=count)
    instants = [each.starts_at for each in found]
    assert len(instants) == count
    assert instants == sorted(set(instants))
    longest = dt.timedelta(days=every_days, hours=1)
    assert all(
        later - earlier <= longest or zone == "Pacific/Apia"
        for earlier, later in itertools.pairwise(instants)
    )


@given(ZONES, LOCALS)
def test_an_instant_and_what_the_wall_shows_then_go_back_and_forth(zone, local):
    moment = local.replace(tzinfo=dt.UTC)
    shown = local_of(moment, zone)
    assert shown.starts_at == moment
    assert settled_again(shown).starts_at == moment


def zone_one_hour_ahead() -> ZoneInfo:
    """A made-up set of rules: no summer time, always one hour ahead of UTC."""
    head = struct.pack(">4sc15s6l", b"TZif", b"2", b"", 0, 0, 0, 0, 1, 4)
    body = struct.pack(">lbb4s", 3600, 0, 0, b"CET\0")
    return ZoneInfo.from_file(io.BytesIO((head + body) * 2 + b"\nCET-1\n"), key="Europe/Rome")


def test_when_a_country_gives_up_summer_time_a_meeting_keeps_its_time_on_the_wall(monkeypatch):
    summer = instant_of(wall("2026-07-01T09:00"), "Europe/Rome")
    winter = instant_of(wall("2026-12-01T09:00"), "Europe/Rome")
    abolished = zone_one_hour_ahead()
    monkeypatch.setattr(calendar, "zone_named", lambda _: abolished)
    assert settled_again(summer).starts_at == utc("2026-07-01T08:00")
    assert settled_again(winter) == winter


def test_a_chosen_second_of_two_becomes_the_only_one_when_the_rules_change(monkeypatch):
    second = instant_of(wall("2026-10-25T02:30"), "Europe/Rome", hours(1))
    assert settled_again(second) == second
    abolished = zone_one_hour_ahead()
    monkeypatch.setattr(calendar, "zone_named", lambda _: abolished)
    assert settled_again(second).starts_at == utc("2026-10-25T01:30")
