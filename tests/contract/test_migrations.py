"""One linear history for both databases: from nothing to now and back, and no table forgotten."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.kit.database import Base
from app.kit.migrating import migrate, owner_engine
from app.kit.settings import Settings
from tests.postgres import Cluster

pytestmark = pytest.mark.contract

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[Settings]:
    """Settings that lead to a database without a table."""
    if request.param == "sqlite":
        yield Settings(database_url=f"sqlite:///{tmp_path}/empty.sqlite3")
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"migrations_{worker_id}"
    urls = cluster.make_database(name)
    yield Settings(database_url=urls.app, migration_url=urls.owner)
    cluster.drop_database(name)


def tables(settings: Settings) -> set[str]:
    engine = owner_engine(settings)
    found = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return found - {"alembic_version"}


def test_history_is_one_line():
    history = ScriptDirectory.from_config(config())
    assert len(history.get_heads()) == 1
    assert len(history.get_bases()) == 1
    assert not [each for each in history.walk_revisions() if each.is_merge_point]


def test_migrations_are_sorted_by_date_and_named_by_intent():
    dated = re.compile(r"^\d{4}_\d\d_\d\d_\d{4}_[a-z][a-z0-9_]+\.py$")
    newest_first = [
        Path(each.path).name for each in ScriptDirectory.from_config(config()).walk_revisions()
    ]
    assert all(dated.match(name) for name in newest_first), newest_first
    assert newest_first == sorted(newest_first, reverse=True)


def test_up_builds_every_table_of_the_models_and_nothing_else_drifts(empty: Settings):
    migrate(empty)
    assert tables(empty) == set(Base.metadata.tables)
    engine = owner_engine(empty)
    with engine.connect() as rows:
        checked = config()
        checked.attributes["connection"] = rows
        command.check(checked)
    engine.dispose()


def test_up_and_down_and_up_again_leaves_the_same_schema(empty: Settings):
    migrate(empty)
    before = shape(empty)
    migrate(empty, "base")
    assert tables(empty) == set()
    migrate(empty)
    assert shape(empty) == before


def test_migrating_twice_changes_nothing(empty: Settings):
    first = migrate(empty)
    assert migrate(empty) == first


def shape(settings: Settings) -> dict[str, list[str]]:
    """Columns, constraints and indexes of every table, as text."""
    engine = owner_engine(settings)
    seen = sa.inspect(engine)
    found = {
        table: sorted(
            str(plain(each))
            for each in [
                *seen.get_columns(table),
                *seen.get_foreign_keys(table),
                *seen.get_unique_constraints(table),
                *seen.get_check_constraints(table),
                *seen.get_indexes(table),
            ]
        )
        for table in seen.get_table_names()
    }
    engine.dispose()
    return found


def plain(found: object) -> object:
    """Types and clauses as their SQL, so that two inspections can be compared."""
    if isinstance(found, dict):
        return {key: plain(value) for key, value in found.items()}
    return str(found)
