"""The gate knows what breaks a client, and what does not."""

import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ROOT / "openapi" / "tools" / "breaking.py"


@pytest.fixture(name="gate", scope="module")
def gate_by_path():
    told = importlib.util.spec_from_file_location("breaking", COMMAND)
    module = importlib.util.module_from_spec(told)
    sys.modules["breaking"] = module
    told.loader.exec_module(module)
    return module


def contract():
    """A small house: people are listed and added."""
    person = {
        "type": "object",
        "required": ["id", "name", "status", "boss"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "name": {"type": "string", "title": "Name", "description": "As spoken."},
            "status": {"$ref": "#/components/schemas/Status"},
            "boss": {"anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]},
        },
    }
    adding = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 200},
            "title": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
            "level": {"type": "integer", "minimum": 1, "maximum": 10},
            "status": {"$ref": "#/components/schemas/Status"},
            "tags": {"type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 20}},
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
            "door": {"oneOf": [kind("key", "hex"), kind("code", "digits")]},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "0.1.0"},
        "paths": {
            "/people": {
                "get": {
                    "operationId": "list_people",
                    "security": [{"token": []}],
                    "x-required-scopes": ["people:read"],
                    "parameters": [
                        {
                            "in": "query",
                            "name": "limit",
                            "schema": {"type": "integer", "default": 50},
                        },
                        {"in": "query", "name": "sort", "schema": {"enum": ["name", "-name"]}},
                    ],
                    "responses": {
                        "200": answer({"type": "array", "items": reference("Person")}),
                        "404": {"description": "Nobody."},
                    },
                },
                "post": {
                    "operationId": "add_person",
                    "requestBody": {"content": {"application/json": {"schema": reference("Add")}}},
                    "responses": {"201": answer(reference("Person"), "Location")},
                },
            }
        },
        "webhooks": {
            "person.added": {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["id"],
                                    "properties": {"id": {"type": "string"}},
                                }
                            }
                        }
                    }
                }
            }
        },
        "components": {
            "schemas": {
                "Person": person,
                "Add": adding,
                "Status": {"type": "string", "enum": ["active", "leave"]},
            }
        },
    }


def kind(name, member):
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"const": name, "type": "string"}, member: {"type": "string"}},
    }


def reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def answer(schema, *headers):
    return {
        "description": "The answer.",
        "headers": {name: {"schema": {"type": "string"}} for name in headers},
        "content": {"application/json": {"schema": schema}},
    }


LIST, POST = ("paths", "/people", "get"), ("paths", "/people", "post")
ADD, PERSON = ("components", "schemas", "Add"), ("components", "schemas", "Person")
GONE = object()
TAKEN = ("application/json", "schema")


def changed(document, place, value):
    """The document with one place set to a value, or without it."""
    document = copy.deepcopy(document)
    node = document
    for step in place[:-1]:
        node = node[step]
    if value is GONE:
        del node[place[-1]]
    else:
        node[place[-1]] = value
    return document


BREAKING = [
    (LIST, GONE, "GET /people: the operation is gone"),
    (("paths", "/people"), GONE, "POST /people: the operation is gone"),
    ((*LIST, "operationId"), "get_people", "operationId 'list_people' became 'get_people'"),
    ((*LIST, "x-required-scopes"), ["people:read", "all"], "asks for the scope all"),
    ((*POST, "security"), [{"token": []}], "no longer lets in a caller without a token"),
    ((*LIST, "security"), [{"oauth": []}], "no longer lets in token"),
    ((*LIST, "parameters", 0), GONE, "query parameter `limit` is gone"),
    ((*LIST, "parameters", 0, "required"), True, "query parameter `limit` became required"),
    ((*LIST, "parameters", 0, "schema", "default"), 20, "50 was meant; now 20"),
    ((*LIST, "parameters", 0, "schema", "maximum"), 100, "maximum none became 100"),
    ((*LIST, "parameters", 1, "schema", "enum"), ["name"], 'no longer takes "-name"'),
    (
        (*LIST, "parameters"),
        [*contract()["paths"]["/people"]["get"]["parameters"],
         {"in": "query", "name": "of", "required": True, "schema": {}}],
        "new required query parameter `of`",
    ),
    ((*POST, "requestBody"), GONE, "takes no body any more"),
    ((*POST, "requestBody", "required"), True, "the body became required"),
    ((*POST, "requestBody", "content"), {"text/csv": {}}, "no longer takes application/json"),
    ((*ADD, "required"), ["name", "level"], "`level` is now required"),
    ((*ADD, "properties", "title"), GONE, "`title` is gone"),
    ((*ADD, "properties", "title"), {"type": "string", "default": None}, "no longer takes null"),
    ((*ADD, "properties", "title", "default"), "", "None was meant; now ''"),
    ((*ADD, "properties", "name", "maxLength"), 100, "`name`: maxLength 200 became 100"),
    ((*ADD, "properties", "name", "minLength"), 2, "`name`: minLength 1 became 2"),
    ((*ADD, "properties", "name", "pattern"), "^A", "`name`: pattern None became ^A"),
    ((*ADD, "properties", "name", "format"), "email", "`name`: format None became email"),
    ((*ADD, "properties", "name", "enum"), ["A", "B"], '`name`: takes only "A" or "B" now'),
    ((*ADD, "properties", "level", "type"), "string", "no longer takes integer"),
    ((*ADD, "properties", "level", "multipleOf"), 2, "`multipleOf` changed"),
    ((*ADD, "properties", "tags", "maxItems"), 4, "maxItems 5 became 4"),
    ((*ADD, "properties", "tags", "uniqueItems"), True, "items must now differ"),
    ((*ADD, "properties", "tags", "items", "maxLength"), 9, "each item of body"),
    ((*ADD, "properties", "metadata", "additionalProperties"), False, "unknown members are now"),
    ((*ADD, "properties", "metadata", "additionalProperties", "maxLength"), 9, "every other"),
    ((*ADD, "properties", "metadata", "propertyNames"), {"maxLength": 9}, "each name in"),
    ((*ADD, "properties", "door", "oneOf"), [kind("key", "hex")], "no longer takes object"),
    ((*ADD, "properties", "door", "oneOf", 1, "properties", "digits"), GONE, "`digits` is gone"),
    (("components", "schemas", "Status", "enum"), ["active"], 'no longer takes "leave"'),
    ((*PERSON, "properties", "name"), GONE, "answer 201: `name` is gone"),
    ((*PERSON, "properties", "name", "type"), "integer", "`name`: may now be integer"),
    ((*PERSON, "properties", "id", "format"), GONE, "`id`: format uuid became None"),
    ((*PERSON, "properties", "id", "type"), ["string", "null"], "`id`: may now be null"),
    ((*PERSON, "properties", "status"), {"type": "string"}, "is no longer one of a list"),
    ((*PERSON, "required"), ["id", "status", "boss"], "`name` may now be absent"),
    ((*LIST, "responses", "200", "content", "application/json", "schema", "type"), "object",
     "may now be object"),
    ((*POST, "responses"), {"200": answer(reference("Person"))}, "no longer answers 201"),
    ((*POST, "responses", "202"), {"description": "Later."}, "may now answer 202"),
    ((*POST, "responses", "201", "headers"), {}, "header Location is gone"),
    ((*POST, "responses", "201", "content"), {"text/csv": {}}, "no longer application/json"),
    (("webhooks", "person.added"), GONE, "webhook person.added: gone"),
    (("webhooks", "person.added", "post", "requestBody", "content", *TAKEN, "properties", "id"),
     GONE, "webhook person.added: `id` is gone"),
]  # fmt: skip

HARMLESS = [
    (("paths", "/rooms"), {"get": {"operationId": "list_rooms", "responses": {}}}),
    (("info", "title"), "Smaller"),
    ((*LIST, "description"), "Everybody."),
    ((*LIST, "x-required-scopes"), []),
    ((*LIST, "security"), [{"token": []}, {"oauth": []}]),
    ((*LIST, "responses", "404"), GONE),
    ((*LIST, "responses", "409"), {"description": "Taken."}),
    ((*LIST, "parameters", 1, "schema", "enum"), ["name", "-name", "level"]),
    ((*POST, "responses", "201", "headers", "ETag"), {"schema": {"type": "string"}}),
    ((*ADD, "properties", "nickname"), {"type": "string"}),
    ((*ADD, "properties", "name", "maxLength"), 300),
    ((*ADD, "properties", "name", "minLength"), GONE),
    ((*ADD, "properties", "level", "type"), "number"),
    ((*ADD, "properties", "level", "type"), ["integer", "null"]),
    ((*ADD, "required"), []),
    ((*ADD, "additionalProperties"), True),
    ((*ADD, "properties", "door", "oneOf", 0, "properties", "octal"), {"type": "string"}),
    ((*PERSON, "properties", "nickname"), {"type": "string"}),
    ((*PERSON, "properties", "name", "description"), "As written."),
    ((*PERSON, "properties", "name", "maxLength"), 100),
    ((*PERSON, "properties", "boss"), {"type": "null"}),
    (("components", "schemas", "Status", "enum"), ["active", "leave", "terminated"]),
    (("webhooks", "person.left"), {"post": {}}),
]


@pytest.mark.parametrize(("place", "value", "words"), BREAKING)
def test_a_removed_or_narrowed_thing_is_told(gate, place, value, words):
    released = gate.kept(contract())
    code, told = gate.verdict(released, changed(contract(), place, value), "0.1.1")
    assert code == 1
    assert words in told


@pytest.mark.parametrize(("place", "value"), HARMLESS)
def test_what_is_added_or_widened_passes(gate, place, value):
    released = gate.kept(contract())
    code, told = gate.verdict(released, changed(contract(), place, value), "0.1.0")
    assert code == 0, told


def test_a_schema_may_move_behind_a_reference(gate):
    released = contract()
    moved = changed(released, (*ADD, "properties", "name"), reference("Name"))
    moved["components"]["schemas"]["Name"] = released["components"]["schemas"]["Add"]["properties"][
        "name"
    ]
    assert gate.verdict(gate.kept(released), moved, "0.1.0")[0] == 0


@pytest.mark.parametrize(
    ("released", "version", "may"),
    [
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0rc1", True),
        ("0.2.0", "0.1.9", False),
        ("0.9.0", "1.0.0", True),
        ("1.4.0", "1.5.0", False),
        ("1.4.0", "2.0.0.dev1", True),
        ("2.0.0", "1.9.0", False),
    ],
)
def test_a_breaking_change_needs_a_version_that_says_so(gate, released, version, may):
    old = gate.kept(changed(contract(), ("info", "version"), released))
    code, told = gate.verdict(old, changed(contract(), LIST, GONE), version)
    assert (code == 0) is may
    assert "GET /people: the operation is gone" in told


def test_the_kept_contract_holds_no_prose_and_all_names(gate):
    kept = gate.kept(contract())
    assert "As spoken." not in json.dumps(kept)
    assert "title" in kept["components"]["schemas"]["Add"]["properties"]
    assert "404" not in kept["paths"]["/people"]["get"]["responses"]
    assert json.loads(gate.written(kept)) == kept
    assert gate.verdict(kept, contract(), "0.1.0")[0] == 0


@pytest.mark.contract
def test_the_contract_breaks_no_client_of_the_last_release():
    done = subprocess.run([sys.executable, COMMAND], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.contract
def test_the_whole_contract_is_compatible_with_itself_and_losing_any_operation_is_seen(gate):
    whole = json.loads((ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8"))
    released = gate.kept(whole)
    assert list(gate.Pair(released, released).breaks()) == []
    lost = [
        list(gate.Pair(released, {**released, "paths": {**released["paths"], path: {}}}).breaks())
        for path in list(released["paths"])[:20]
    ]
    assert all(lost)
