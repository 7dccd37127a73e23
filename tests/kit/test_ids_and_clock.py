"""Ids that sort by birth, instants that keep their zone, a clock that can be told the time."""

import datetime as dt
import itertools
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.access.models import SignInAttempt
from app.kit import database
from app.kit.clock import ControlledClock, SystemClock, clock_of
from app.kit.database import UtcDateTime, uuid7
from app.kit.lanes import system
from app.kit.settings import Settings


def test_ids_are_of_version_7_and_sort_by_birth():
    made = [uuid7() for _ in range(10_000)]
    assert all((each.version, each.variant) == (7, uuid.RFC_4122) for each in made)
    assert made == sorted(made)
    assert [str(each) for each in made] == sorted(str(each) for each in made)
    assert len(set(made)) == len(made)


def test_ids_tell_the_moment_of_their_birth():
    before = dt.datetime.now(dt.UTC)
    born = dt.datetime.fromtimestamp((uuid7().int >> 80) / 1000, dt.UTC)
    assert abs(born - before) < dt.timedelta(minutes=1)


def test_ids_of_many_threads_are_unique_and_sorted_in_each():
    together = threading.Barrier(8)

    def make(_: int) -> list[uuid.UUID]:
        together.wait()
        return [uuid7() for _ in range(3_000)]

    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(make, range(8)))
    assert all(each == sorted(each) for each in batches)
    assert len(set(itertools.chain(*batches))) == 24_000


@pytest.mark.parametrize("jump", [0, -1, -3_600_000, 1])
def test_ids_sort_and_stay_unique_when_the_system_clock_stands_or_jumps_back(monkeypatch, jump):
    moment = [1_800_000_000_000]

    def time_ns() -> int:
        return moment[0] * 1_000_000

    monkeypatch.setattr(database, "_last_id", (0, 0))
    monkeypatch.setattr(database.time, "time_ns", time_ns)
    made = [uuid7()]
    for _ in range(9_000):  # more than the counter of a millisecond holds
        moment[0] += jump
        made.append(uuid7())
    assert made == sorted(set(made))


@pytest.mark.parametrize(
    "moment",
    [
        dt.datetime(2026, 3, 29, 2, 30, tzinfo=ZoneInfo("Europe/Rome")),
        dt.datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Rome"), fold=1),
        dt.datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
        dt.datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=ZoneInfo("Pacific/Apia")),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(house, admin, moment):
    organization_id = uuid.UUID(admin.organization_id)
    with house.lanes.unit(system(organization_id), "test") as uow:
        uow.rows.execute(
            SignInAttempt.__table__.insert(),
            {"organization_id": organization_id, "id": uuid7(), "subject": "x", "at": moment},
        )
        kept = uow.rows.scalar(select(SignInAttempt.at))
    assert kept == moment.astimezone(dt.UTC)
    assert kept.utcoffset() == dt.timedelta()


def test_a_moment_without_a_zone_is_never_stored():
    with pytest.raises(ValueError, match="without a time zone"):
        UtcDateTime().process_bind_param(dt.datetime(2026, 1, 1), None)  # noqa: DTZ001


def test_a_controlled_clock_stands_still_until_it_is_moved(tmp_path):
    file = tmp_path / "clock"
    clock, other = ControlledClock(file), ControlledClock(file)
    first = clock.now()
    assert clock.now() == first == other.now()
    later = first + dt.timedelta(days=200)
    clock.travel_to(later.astimezone(ZoneInfo("Asia/Tokyo")))
    assert clock.now() == later == other.now(), "API and worker agree"
    clock.travel_to(first)
    assert other.now() == first, "a test may go back"


def test_the_system_clock_is_in_utc():
    assert isinstance(clock_of(Settings()), SystemClock)
    assert SystemClock().now().utcoffset() == dt.timedelta()
