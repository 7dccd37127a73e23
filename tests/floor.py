"""What every test stands on, loaded by conftest.py: the house, on both databases."""

import asyncio
import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from app.access import passwords
from app.kit.front import Front
from app.kit.lanes import Lanes
from app.kit.migrating import migrate
from app.kit.settings import Settings
from app.main import create_app
from tests.contract_check import ContractCheck
from tests.house import House, SavepointLanes, StillClock
from tests.postgres import Cluster, DatabaseUrls, cluster
from tests.recorder import Recorder
from tests.samples import contract_of_this_code

__all__ = ["cluster"]


@pytest.fixture(scope="session")
def contract_check() -> Iterator[ContractCheck]:
    recorder = Recorder.wanted()
    check = ContractCheck(contract_of_this_code(), recorder)
    if recorder is None:
        yield check
        return
    recorder.keep(name for name, errors in check.examples().items() if not errors)
    yield check
    recorder.write()


@pytest.fixture(scope="session", autouse=True)
def dear_passwords() -> Iterator[Any]:
    """The hasher of the house; for the tests it is replaced by one that costs next to nothing.

    A test signs somebody in to ask something else. That a guess is dear is a test of its own.
    """
    dear = passwords._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", dear.using(memory_cost=8, time_cost=1))
        patch.setattr(passwords, "_NOBODYS", passwords.hash_password("of nobody"))
        yield dear


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Settings:
    """A migrated, empty database of this worker's own."""
    if request.param == "sqlite":
        found = Settings(
            database_url=f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.sqlite3'}",
            log_level="ERROR",
        )
        migrate(found)
        return found
    cluster: Cluster = request.getfixturevalue("cluster")
    template = cluster.make_template("migrated", _migrate)
    urls = cluster.make_database(f"test_{worker_id}", template=template)
    return Settings(database_url=urls.app, migration_url=urls.owner, pool_size=4, log_level="ERROR")


def _migrate(urls: DatabaseUrls) -> None:
    migrate(Settings(database_url=urls.app, migration_url=urls.owner))


@pytest.fixture(scope="session")
def built(
    settings: Settings,
) -> Iterator[tuple[SavepointLanes, Front, asyncio.AbstractEventLoop]]:
    lanes, loop = SavepointLanes(settings), asyncio.new_event_loop()
    app = create_app(settings, lanes)
    gc.freeze()  # it stays to the end, too
    yield lanes, app, loop
    loop.close()
    lanes.close()


@pytest.fixture
def house(
    built: tuple[SavepointLanes, Front, asyncio.AbstractEventLoop], contract_check: ContractCheck
) -> Iterator[House]:
    lanes, app, loop = built
    with lanes.rolled_back():
        yield House(lanes, app, loop, contract_check)


@pytest.fixture
def own_settings(
    settings: Settings, request: pytest.FixtureRequest, tmp_path: Path, worker_id: str
) -> Iterator[Settings]:
    """A migrated, empty database of this test's own, thrown away behind it."""
    if not settings.on_postgresql:
        file = tmp_path / "own.sqlite3"
        migrated = make_url(settings.database_url).database
        with closing(sqlite3.connect(migrated)) as old, closing(sqlite3.connect(file)) as new:
            old.backup(new)
        yield settings.model_copy(update={"database_url": f"sqlite:///{file}"})
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"own_{worker_id}"
    urls = cluster.make_database(name, template="migrated")
    yield settings.model_copy(update={"database_url": urls.app, "migration_url": urls.owner})
    cluster.drop_database(name)


@pytest.fixture
def real_house(own_settings: Settings, contract_check: ContractCheck) -> Iterator[House]:
    """The house on real lanes: units commit, threads race, time stands still all the same."""
    lanes, loop = Lanes(own_settings), asyncio.new_event_loop()
    lanes.clock = StillClock()
    yield House(lanes, create_app(own_settings, lanes), loop, contract_check)
    loop.close()
    lanes.close()


@pytest.fixture
def admin(house: House) -> httpx.Client:
    """The administrator of a new organization, Acme."""
    return house.organization()
