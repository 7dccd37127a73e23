"""The programs that come with Rementor, and the schema of documents."""

import json
from pathlib import Path

import jsonschema
import pytest

from app.blueprints.reading import read_yaml
from app.blueprints.templates import shelf
from tests.given.blueprints import applied, blueprint, exported, plan

NAMES = sorted(shelf())
SCHEMA = Path(__file__).parents[2] / "openapi" / "blueprint.schema.json"


def test_there_are_programs_to_begin_with(admin):
    found = admin.get("/templates").json()["templates"]
    assert [each["name"] for each in found] == NAMES
    for each in found:
        assert each["goals_count"] >= 3
        assert each["training_modules_count"] >= 4
        assert each["messages_count"] >= 4
        assert each["surveys_count"] >= 3


def test_a_template_that_does_not_exist_is_not_found(admin):
    answer = admin.get("/templates/perpetual-motion")
    assert answer.status_code == 404
    assert NAMES[0] in answer.json()["detail"]


@pytest.mark.parametrize("name", NAMES)
def test_a_template_plans_and_applies_cleanly_and_its_export_applies_to_itself(house, admin, name):
    text = admin.get(f"/templates/{name}", params={"format": "yaml"}).content
    told = plan(admin, text)
    assert told["can_be_applied"]
    first = exported(admin, applied(admin, text)["program_id"])
    for document in (text, first, admin.get(f"/templates/{name}").json()):
        assert plan(admin, document)["summary"] == "No change: everything is as the document says."
    house.clock.travel(days=3)
    assert plan(admin, text)["has_changes"] is False, "a start that was planned stands"
    other = house.organization("Globex", "admin@globex.example")
    assert exported(other, applied(other, first)["program_id"]) == first


def test_the_schema_of_documents_is_shown_to_anyone_and_checked_in(house):
    answer = house.client().get("/blueprints/schema")
    assert answer.status_code == 200
    assert answer.json() == json.loads(SCHEMA.read_text(encoding="utf-8"))


def test_the_schema_takes_what_the_server_takes_and_says_what_it_does_not_know():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for text, _ in shelf().values():
        validator.validate(read_yaml(text).value)
    validator.validate(blueprint())
    assert not validator.is_valid({**blueprint(), "cohort": []})
