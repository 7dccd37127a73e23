"""When two people are both free, across time zones and changes of clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sessions.shared_time import (
    QUARTER,
    common_to,
    free_spans,
    joined,
    nearest_slot,
    slots_in,
    without,
)

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HOUR = dt.timedelta(hours=1)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def spans(*pairs: tuple[str, str]):
    return [(utc(begins), utc(ends)) for begins, ends in pairs]


def window(day: str, begins: str, ends: str):
    return {"weekday": day, "starts_at": begins, "ends_at": ends}


def on_sunday(begins: str, ends: str, day: str, zone: str = "Europe/Rome"):
    """What a Sunday's window is, in UTC, on one Sunday."""
    around = (utc(f"{day}T00:00") - 24 * HOUR, utc(f"{day}T00:00") + 48 * HOUR)
    return free_spans([window("sunday", begins, ends)], zone, [], around)


WINDOWS = [
    (
        "an ordinary Sunday", "09:00", "10:00", "2026-03-22",
        [("2026-03-22T08:00", "2026-03-22T09:00")],
    ),
    (
        "clocks go forward", "01:00", "04:00", "2026-03-29",
        [("2026-03-29T00:00", "2026-03-29T02:00")],
    ),
    ("inside the gap", "02:00", "03:00", "2026-03-29", []),
    (
        "after the gap", "09:00", "24:00", "2026-03-29",
        [("2026-03-29T07:00", "2026-03-29T22:00")],
    ),
    (
        "clocks go back", "01:00", "04:00", "2026-10-25",
        [("2026-10-24T23:00", "2026-10-25T03:00")],
    ),
    (
        "the hour that comes twice, by halves", "02:00", "02:30", "2026-10-25",
        [("2026-10-25T00:00", "2026-10-25T00:30"), ("2026-10-25T01:00", "2026-10-25T01:30")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("begins", "ends", "day", "expected"), [w[1:] for w in WINDOWS],
                         ids=[w[0] for w in WINDOWS])  # fmt: skip
def test_a_weekly_window_in_rome_is_this_time(begins, ends, day, expected):
    assert on_sunday(begins, ends, day) == spans(*expected)


def test_a_window_of_the_day_that_apia_skipped_is_empty():
    week = [window("friday", "09:00", "17:00")]
    around = (utc("2011-12-26T00:00"), utc("2012-01-02T00:00"))
    assert free_spans(week, "Pacific/Apia", [], around) == []


def test_windows_that_meet_at_midnight_are_one_time():
    week = [window("monday", "22:00", "24:00"), window("tuesday", "00:00", "01:30")]
    found = free_spans(
        week, "Asia/Kathmandu", [], (utc("2026-06-01T00:00"), utc("2026-06-03T00:00"))
    )
    assert found == spans(("2026-06-01T16:15", "2026-06-01T19:45"))


def test_leave_takes_whole_days_of_the_persons_own_zone():
    week = [window("monday", "00:00", "24:00"), window("tuesday", "00:00", "24:00")]
    away = [(dt.date(2026, 6, 1), dt.date(2026, 6, 1))]
    found = free_spans(week, "Asia/Tokyo", away, (utc("2026-05-31T00:00"), utc("2026-06-04T00:00")))
    assert found == spans(("2026-06-01T15:00", "2026-06-02T15:00"))


def test_two_people_share_another_hour_in_the_weeks_between_their_changes_of_clocks():
    """New York changes on 2026-03-08, Rome on 2026-03-29: in between they are an hour nearer."""
    rome = [window("monday", "14:00", "18:00")]
    new_york = [window("monday", "09:00", "11:00")]
    shared = []
    for monday in ("2026-03-02", "2026-03-16", "2026-03-30"):
        within = (utc(f"{monday}T00:00"), utc(f"{monday}T00:00") + 24 * HOUR)
        shared += common_to(
            free_spans(rome, "Europe/Rome", [], within),
            free_spans(new_york, "America/New_York", [], within),
        )
    assert shared == spans(
        ("2026-03-02T14:00", "2026-03-02T16:00"),
        ("2026-03-16T13:00", "2026-03-16T15:00"),
        ("2026-03-30T13:00", "2026-03-30T15:00"),
    )


def test_what_is_taken_leaves_the_time_before_and_after_it():
    free = spans(("2026-06-01T08:00", "2026-06-01T12:00"), ("2026-06-01T13:00", "2026-06-01T14:00"))
    busy = spans(("2026-06-01T09:00", "2026-06-01T09:50"), ("2026-06-01T11:00", "2026-06-01T15:00"))
    assert without(free, busy) == spans(
        ("2026-06-01T08:00", "2026-06-01T09:00"), ("2026-06-01T09:50", "2026-06-01T11:00")
    )


def test_slots_start_at_a_quarter_of_an_hour_and_follow_each_other():
    free = spans(("2026-06-01T08:05", "2026-06-01T10:20"))
    assert list(slots_in(free, dt.timedelta(minutes=50))) == [
        utc("2026-06-01T08:15"),
        utc("2026-06-01T09:15"),
    ]


NEAREST = [
    ("itself, where it is free", "2026-06-01T09:07", 60, "2026-06-01T09:07"),
    ("later in the morning", "2026-06-01T06:00", 60, "2026-06-01T08:15"),
    ("the last that ends in time", "2026-06-01T11:30", 60, "2026-06-01T11:15"),
    ("of two as near, the earlier", "2026-06-01T14:15", 60, "2026-06-01T11:15"),
    ("none long enough", "2026-06-01T09:00", 300, None),
]


@pytest.mark.parametrize(("wanted", "minutes", "expected"), [n[1:] for n in NEAREST],
                         ids=[n[0] for n in NEAREST])  # fmt: skip
def test_the_nearest_slot_is(wanted, minutes, expected):
    free = spans(("2026-06-01T08:05", "2026-06-01T12:15"), ("2026-06-01T17:15", "2026-06-01T18:20"))
    found = nearest_slot(free, dt.timedelta(minutes=minutes), utc(wanted))
    assert found == (expected and utc(expected))


QUARTERS = [f"{q // 4:02}:{q % 4 * 15:02}" for q in range(96)] + ["24:00"]


@st.composite
def windows(draw):
    opens = draw(st.integers(0, 95))
    closes = draw(st.integers(opens + 1, 96))
    return window(draw(st.sampled_from(DAYS)), QUARTERS[opens], QUARTERS[closes])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(windows(), max_size=6),
    st.sampled_from(
        ["Europe/Rome", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut",
         "America/Havana", "Pacific/Chatham"]
    ),
    st.sampled_from(["2026-03-05", "2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23",
                     "2011-12-27", "2026-09-04"]),
)  # fmt: skip
def test_somebody_is_free_exactly_when_the_clock_on_their_wall_is_inside_a_window(week, zone, day):
    first = utc(f"{day}T00:00")
    within = (first, first + 6 * 24 * HOUR)
    expected = []
    moment = first
    while moment < within[1]:
        local = moment.astimezone(ZoneInfo(zone))
        clock = f"{local.hour:02}:{local.minute:02}"
        if any(
            DAYS[local.weekday()] == w["weekday"] and w["starts_at"] <= clock < w["ends_at"]
            for w in week
        ):
            expected.append((moment, moment + QUARTER))
        moment += QUARTER
    assert free_spans(week, zone, [], within) == joined(expected)
