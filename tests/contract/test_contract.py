"""The contract as a whole: it is current, and it keeps the manners of the house."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Enum, String

from app.kit.database import Base
from app.main import EXAMPLES, describe
from tests.contract_check import ContractCheck

pytestmark = pytest.mark.contract

CONTRACT = Path(__file__).parents[2] / "openapi" / "openapi.json"
RECORD = "run `make examples`, or what tests/recorder.py says for one room"
# Whoever calls these has no token yet; each checks a secret of its own.
FOR_ANYONE = {
    "accept_invitation", "begin_sign_in", "describe_authorization_server", "finish_sign_in",
    "issue_access_token", "refresh_tokens", "sign_in",
}  # fmt: skip
NOT_STORED = {"SignInFinish.code: 4000 > 101"}  # of the provider: shown to it once, then gone
# Where a standard says what a path is called.
BY_STANDARD = {"/.well-known/oauth-authorization-server", "/oauth/token"}


@pytest.fixture(name="contract", scope="module")
def contract_of_this_code() -> dict[str, Any]:
    return describe().openapi()


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def named(contract: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, or the one it refers to."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return contract["components"]["schemas"][name] if name else schema


def test_the_contract_in_the_repository_is_the_one_of_this_code(contract):
    kept = json.loads(CONTRACT.read_text(encoding="utf-8"))
    assert kept == contract, "run `make contract` and read the difference"


def test_no_two_operations_share_a_name(contract):
    names = [operation["operationId"] for *_, operation in operations(contract)]
    assert sorted(names) == sorted(set(names))


def test_every_operation_says_which_scope_it_needs_or_is_known_to_need_none(contract):
    free = {
        operation["operationId"]
        for *_, operation in operations(contract)
        if not operation.get("x-required-scopes")
    }
    assert free <= FOR_ANYONE | {"get_blueprint_schema"}  # what it tells is known to all


def test_every_path_is_plural_kebab_case_under_the_version(contract):
    odd = [
        path
        for path in contract["paths"].keys() - BY_STANDARD
        if not path.startswith("/v1/")
        or any(
            part != part.lower() or "_" in part
            for part in path.split("/")
            if not part.startswith("{")
        )
    ]
    assert not odd


def test_every_list_is_a_page_that_can_be_followed(contract):
    for path, method, operation in operations(contract):
        answer = operation["responses"].get("200", {}).get("content", {})
        shown = named(contract, answer.get("application/json", {}).get("schema", {}))
        taken = {each["name"] for each in operation["parameters"]}
        assert shown.get("type") != "array", f"{method} {path} answers with a bare list"
        if "items" in shown.get("properties", {}) and method == "get":
            onwards = [name[5:] for name in shown["properties"] if name.startswith("next_")]
            assert len(onwards) == 1, path
            assert {"limit", *onwards} <= taken, path


def test_every_operation_has_a_sentence_and_a_tag(contract):
    for path, method, operation in operations(contract):
        assert operation["summary"], f"{method} {path}"
        assert operation["tags"], f"{method} {path}"
    used = {tag for *_, operation in operations(contract) for tag in operation["tags"]}
    assert used == {tag["name"] for tag in contract["tags"]}
    assert all(tag["description"] for tag in contract["tags"])


def test_every_body_shows_an_example(contract):
    bare = [
        operation["operationId"]
        for *_, operation in operations(contract)
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if not shows_an_example(contract, content)
    ]
    assert not bare


def test_every_answer_shows_one_that_was_really_given(contract):
    bare = [
        operation["operationId"]
        for *_, operation in operations(contract)
        for status, response in operation["responses"].items()
        for content in response.get("content", {}).values()
        if status.startswith("2") and "example" not in content
    ]
    assert not bare, RECORD
    known = {operation["operationId"] for *_, operation in operations(contract)}
    assert json.loads(EXAMPLES.read_text(encoding="utf-8")).keys() <= known, RECORD


def test_the_examples_are_what_their_operations_answer_today(contract):
    wrong = {name: why for name, why in ContractCheck(contract).examples().items() if why}
    assert not wrong, RECORD


def shows_an_example(contract: dict[str, Any], content: dict[str, Any]) -> bool:
    schemas = [contract["components"]["schemas"][name] for name in reachable(contract, content)]
    return any("'example" in str(part) for part in [content, *schemas])


def reachable(contract: dict[str, Any], part: Any) -> set[str]:
    """The names of the schemas a part of the contract refers to, directly or not."""
    found: set[str] = set()
    waiting = [str(part)]
    while waiting:
        for name in re.findall(r"'#/components/schemas/([\w-]+)'", waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(str(contract["components"]["schemas"][name]))
    return found


def asked(contract: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Everything a caller fills in: parameters, and the schemas that bodies are made of."""
    for *_, operation in operations(contract):
        for each in operation["parameters"]:
            yield f"{operation['operationId']}.{each['name']}", each["schema"]
        for name in reachable(contract, operation.get("requestBody")):
            yield name, contract["components"]["schemas"][name]


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all that is inside it, but for examples and defaults."""
    if isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            if key not in ("default", "examples", "enum", "const"):
                yield from parts(value)
    elif isinstance(schema, list):
        for each in schema:
            yield from parts(each)


def test_what_a_caller_sends_is_bounded_by_the_models_themselves(contract):
    open_ended = set()
    for where, schema in asked(contract):
        for part in parts(schema):
            known = part.keys()
            kind = part.get("type")
            text = kind == "string" and not known & {"enum", "const"}
            if (
                (text and ("maxLength" not in known or not known & {"pattern", "format"}))
                or (kind == "array" and "maxItems" not in known)
                or (kind == "integer" and not known & {"maximum", "exclusiveMaximum"})
                or (kind == "integer" and not known & {"minimum", "exclusiveMinimum"})
            ):
                open_ended.add(f"{where}: {part}")
    assert not open_ended, "use a type of app/kit/wire.py, such as Line or Text\n" + "\n".join(
        sorted(open_ended)
    )


def test_no_text_is_longer_than_its_column(contract):
    columns: dict[str, float] = {}  # the widest of that name, in any table
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, String) and not isinstance(column.type, Enum):
                longest = column.type.length or math.inf
                columns[column.name] = max(longest, columns.get(column.name, 0))
    too_long = {
        f"{where}.{name}: {part['maxLength']} > {columns[name]}"
        for where, schema in asked(contract)
        for name, field in schema.get("properties", {}).items()
        for part in [field, *field.get("anyOf", [])]
        if name in columns and part.get("format") is None and not part.keys() & {"enum", "const"}
        if part.get("maxLength", 0) > columns[name]
    }
    assert not too_long - NOT_STORED


def test_every_create_is_linked_to_what_one_can_do_next(contract):
    for path, method, operation in operations(contract):
        created = operation["responses"].get("201")
        if method == "post" and created is not None and f"{path}/{{" in str(contract["paths"]):
            assert created.get("links"), path


def test_every_body_refuses_what_it_does_not_know(contract):
    for path, method, operation in operations(contract):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = named(contract, content["schema"])
            if schema.get("type") == "object" and path not in BY_STANDARD:  # RFC 6749: ignored
                assert schema.get("additionalProperties") is False, f"{method} {path}"
