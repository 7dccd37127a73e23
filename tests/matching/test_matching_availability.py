"""Hours of a week across time zones and clock changes."""

import datetime as dt

import pytest

from app.matching.availability import availability_bits, offset_regimes, utc_offset_minutes

WINTER, SUMMER = dt.date(2027, 1, 11), dt.date(2027, 4, 12)


def hours(bits):
    """Return the whole UTC hours of the week in which somebody is free."""
    return [hour for hour in range(168) if (bits >> (4 * hour)) & 0b1111 == 0b1111]


def test_rome_moves_and_mumbai_does_not():
    rome = availability_bits([(0, "09:00", "11:00")], "Europe/Rome", (WINTER, SUMMER))
    mumbai = availability_bits([(0, "14:30", "15:30")], "Asia/Kolkata", (WINTER, SUMMER))
    assert [hours(bits) for bits in rome] == [[8, 9], [7, 8]]
    assert [hours(bits) for bits in mumbai] == [[9], [9]]
    assert [a & b != 0 for a, b in zip(rome, mumbai, strict=True)] == [True, False]


def test_the_stretches_between_clock_changes_are_found():
    zones = ["Europe/Rome", "America/New_York", "Asia/Kolkata", "Europe/Rome"]
    found = offset_regimes(zones, WINTER, dt.date(2027, 7, 1))
    assert found == (WINTER, dt.date(2027, 3, 14), dt.date(2027, 3, 28))


def test_a_year_that_returns_to_its_first_offsets_has_two_regimes():
    found = offset_regimes(["Europe/Rome"], WINTER, dt.date(2027, 12, 31))
    assert found == (WINTER, dt.date(2027, 3, 28))


def test_a_window_over_midnight_and_the_end_of_the_week_comes_round():
    (bits,) = availability_bits([(6, "23:00", "01:00")], "UTC", (WINTER,))
    assert hours(bits) == [0, 167]


def test_a_day_may_end_at_24():
    (bits,) = availability_bits([(0, "22:00", "24:00")], "UTC", (WINTER,))
    assert hours(bits) == [22, 23]


def test_only_whole_quarters_count():
    (bits,) = availability_bits([(0, "00:05", "00:40")], "UTC", (WINTER,))
    assert bits == 0b10


def test_kathmandu_is_at_a_quarter():
    assert utc_offset_minutes("Asia/Kathmandu", WINTER) == 345
    (bits,) = availability_bits([(0, "05:45", "06:45")], "Asia/Kathmandu", (WINTER,))
    assert hours(bits) == [0]


@pytest.mark.parametrize(
    "window", [(7, "09:00", "10:00"), (0, "9", "10:00"), (0, "09:00", "25:00")]
)
def test_a_bad_window_is_refused(window):
    with pytest.raises(ValueError):  # noqa: PT011
        availability_bits([window], "UTC", (WINTER,))
