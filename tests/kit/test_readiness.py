"""The house refuses to start where it could not keep its promises, and says what to do."""

import pytest
from sqlalchemy import text

from app.kit.lanes import Lanes
from app.kit.migrating import migrate, owner_engine
from app.kit.readiness import NotReady, check_role, check_schema, known_head
from app.kit.settings import Settings


def refusal(check, settings: Settings) -> str:
    """What a check says when it refuses."""
    lanes = Lanes(settings)
    try:
        with pytest.raises(NotReady) as why:
            check(lanes)
    finally:
        lanes.close()
    return str(why.value)


def as_owner(settings: Settings, *sentences: str) -> None:
    engine = owner_engine(settings)
    with engine.begin() as rows:
        for sentence in sentences:
            rows.execute(text(sentence))
    engine.dispose()


def on_postgresql(settings: Settings) -> None:
    if not settings.on_postgresql:
        pytest.skip("SQLite has no roles")


def test_a_migrated_database_is_ready(own_settings):
    lanes = Lanes(own_settings)
    check_schema(lanes)
    check_role(lanes)
    lanes.close()


def test_a_database_of_another_version_is_refused_with_both_named(own_settings):
    as_owner(own_settings, "UPDATE alembic_version SET version_num = 'from_the_future'")
    told = refusal(check_schema, own_settings)
    assert "from_the_future" in told
    assert known_head() in told
    assert "rementor migrate" in told


def test_an_empty_database_is_refused_and_the_command_is_named(own_settings):
    migrate(own_settings, "base")
    assert refusal(check_schema, own_settings) == (
        "The database is empty. Run `rementor migrate` first."
    )


def test_a_server_on_another_version_says_that_it_is_not_ready(real_house, own_settings):
    assert real_house.unchecked.get("/readyz").json() == {"status": "ready"}
    as_owner(own_settings, "UPDATE alembic_version SET version_num = 'from_the_future'")
    answer = real_house.unchecked.get("/readyz")
    assert answer.status_code == 503
    assert "from_the_future" in answer.json()["detail"]
    assert real_house.unchecked.get("/livez").status_code == 200


def test_the_owner_of_the_tables_is_refused(own_settings):
    on_postgresql(own_settings)
    owner = own_settings.model_copy(update={"database_url": own_settings.migration_url})
    told = refusal(check_role, owner)
    assert "rm_owner owns the tables" in told
    assert "REMENTOR_MIGRATION_URL" in told


def test_a_superuser_is_refused(own_settings):
    on_postgresql(own_settings)
    address = own_settings.database_url.replace("rm_app@", "postgres@")
    told = refusal(check_role, own_settings.model_copy(update={"database_url": address}))
    assert "postgres is a superuser or has BYPASSRLS" in told


@pytest.mark.parametrize("less", ["NO FORCE", "DISABLE"])
@pytest.mark.parametrize("table", ["participants", "organizations"])
def test_a_table_without_row_security_is_refused(own_settings, less, table):
    on_postgresql(own_settings)
    as_owner(own_settings, f"ALTER TABLE {table} {less} ROW LEVEL SECURITY")
    assert "1 tables lack row-level security" in refusal(check_role, own_settings)


def test_a_database_that_goes_away_is_not_ready_and_the_server_lives(real_house, own_settings):
    assert real_house.unchecked.get("/readyz").status_code == 200
    as_owner(own_settings, "ALTER TABLE alembic_version RENAME TO gone")
    answer = real_house.unchecked.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert real_house.unchecked.get("/livez").status_code == 200


def test_a_controlled_clock_is_refused_in_production():
    with pytest.raises(ValueError, match="refused in production"):
        Settings(environment="production", clock="controlled")


@pytest.mark.parametrize(
    "wrong",
    [
        {"pool_size": 0},
        {"requests_per_minute": 0},
        {"body_limit_bytes": 1},
        {"environment": "staging"},
        {"clock": "sundial"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)


def test_the_application_role_cannot_touch_what_only_the_owner_may(own_settings):
    on_postgresql(own_settings)
    lanes = Lanes(own_settings)
    for sentence in (
        "UPDATE alembic_version SET version_num = 'x'",
        "INSERT INTO installations (id, secret) VALUES (2, 'x')",
        "DELETE FROM audit_entries",
        "UPDATE events SET type = 'x'",
        "TRUNCATE audit_entries",
        "ALTER TABLE participants DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (id int)",
        "SET ROLE rm_owner",
    ):
        with (
            lanes._writes.connect() as rows,
            pytest.raises(Exception, match=r"permission denied|must be owner"),
        ):
            rows.execute(text(sentence))
    lanes.close()
