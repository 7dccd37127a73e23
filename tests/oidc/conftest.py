"""A provider that is real and one that lies, both on this machine."""

from collections.abc import Iterator

import pytest

from app.kit.clock import SystemClock
from tests.given.providers import Forger, allow, forging, real_provider
from tests.house import House


@pytest.fixture(scope="session")
def real_issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_provider(tmp_path_factory.mktemp("provider")) as issuer:
        yield issuer


@pytest.fixture
def issuer(house: House, real_issuer: str) -> Iterator[str]:
    """Of the real provider, which lives in today's time."""
    before = house.lanes.settings
    house.clock.travel_to(SystemClock().now())
    allow(house, real_issuer)
    yield real_issuer
    house.lanes.settings = before


@pytest.fixture
def forger(house: House) -> Iterator[Forger]:
    before = house.lanes.settings
    house.clock.travel_to(SystemClock().now())
    with forging() as found:
        allow(house, found.issuer)
        yield found
    house.lanes.settings = before
