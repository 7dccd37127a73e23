"""A receiver that the house may reach."""

from collections.abc import Iterator

import pytest

from tests.house import House
from tests.receiver import Receiver, allowing, receiving


@pytest.fixture
def receiver(house: House) -> Iterator[Receiver]:
    with receiving() as found, allowing(house.lanes, found.port):
        yield found
