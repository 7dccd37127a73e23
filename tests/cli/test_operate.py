"""The operators' commands, each as typed, on both databases."""

import json

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import app
from app.kit.settings import Settings


@pytest.fixture(name="rementor")
def typed_command(own_settings: Settings):
    """Runs `rementor …` on this test's database; returns what it printed, and how it ended."""
    runner = CliRunner()
    variables = {"REMENTOR_DATABASE_URL": own_settings.database_url}
    if own_settings.migration_url:
        variables["REMENTOR_MIGRATION_URL"] = own_settings.migration_url

    def run(*words: str, **more: str):
        return runner.invoke(app, words, env=variables | more)

    return run


def test_an_organization_is_set_up_with_an_administrator_who_can_call(rementor, real_house):
    done = rementor("create-organization", "Acme", "--admin-email", "Admin@Example.com", "--json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.output)
    assert set(made) == {"organization_id", "token"}
    client = real_house.client(made["token"])
    me = client.get("/me").json()
    assert (me["email"], me["roles"]) == ("admin@example.com", ["administrator"])
    assert me["organization_id"] == made["organization_id"]
    shown = client.get(f"/organizations/{made['organization_id']}").json()
    assert (shown["name"], shown["minimum_group"]) == ("Acme", 5)


def test_for_people_the_key_is_shown_with_a_warning(rementor):
    done = rementor("create-organization", "Acme", "--admin-email", "a@example.com")
    assert done.exit_code == 0
    assert "rmk_" in done.output
    assert "not shown again" in done.output


@pytest.mark.parametrize(
    ("name", "email"),
    [("", "a@example.com"), ("x" * 201, "a@example.com"), ("Acme", "nonsense"), ("A\x00", "a@b.c")],
)
def test_an_organization_that_cannot_be_is_refused_with_words(rementor, name, email):
    done = rementor("create-organization", name, "--admin-email", email)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert not isinstance(done.exception, ValueError)


def test_migrate_goes_to_the_newest_and_back(rementor):
    assert "stands at" in rementor("migrate").output
    assert rementor("migrate", "--to", "base").exit_code == 0
    refused = rementor("create-organization", "Acme", "--admin-email", "a@example.com")
    assert refused.exit_code == 2
    assert "Run `rementor migrate` first" in refused.output
    assert rementor("migrate").exit_code == 0
    assert rementor("create-organization", "Acme", "--admin-email", "a@example.com").exit_code == 0


def test_the_contract_is_written_where_one_likes(tmp_path):
    file = tmp_path / "contract.json"
    assert CliRunner().invoke(app, ["openapi", "--out", str(file)]).exit_code == 0
    assert json.loads(file.read_text())["openapi"].startswith("3.1")


def test_a_database_that_does_not_answer_is_told_in_words():
    done = CliRunner().invoke(
        app,
        ["create-organization", "Acme", "--admin-email", "a@example.com"],
        env={"REMENTOR_DATABASE_URL": "postgresql+psycopg://rm_app:hunter2@127.0.0.1:1/none"},
    )
    assert done.exit_code == 2
    assert "does not answer" in done.output
    assert "hunter2" not in done.output


def test_settings_that_cannot_be_are_told_in_words():
    done = CliRunner().invoke(
        app,
        ["migrate"],
        env={"REMENTOR_CLOCK": "controlled", "REMENTOR_ENVIRONMENT": "production"},
    )
    assert done.exit_code == 2
    assert "refused in production" in done.output
