"""Writes app/client/models.py and app/client/operations.py from the contract: `make contract`.

The models leave bounds and patterns to the server, so that an older client reads a newer server.
"""

import json
import keyword
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BOUNDS = (
    "maxLength", "minLength", "pattern", "maximum", "minimum", "exclusiveMinimum",
    "exclusiveMaximum", "maxItems", "minItems", "maxProperties", "minProperties", "default",
    "propertyNames", "uniqueItems",
)  # fmt: skip
HEAD = '''"""The operations of the contract, one method each. Written by openapi/tools/client.py."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

from app.client import models
from app.client.transport import Transport


class Rementor(Transport):
    """A typed connection to a Rementor server: every method is named as its operation.

    Lists are iterators over all pages. A change goes to the version given by `if_match`, such as
    `participant.etag`; without one, to the version of now.
    """

    def each_event(
        self, *, after: int = 0, type: str | None = None, follow: bool = False
    ) -> Iterator[models.EventOut]:
        """What happened after a position, in the order of commit; `follow` waits for more."""
        for event in self.feed(after, kind=type, follow=follow):
            yield models.EventOut.model_validate(event)
'''


def loosened(node: Any) -> Any:
    """The schema without bounds: what a client needs to know is the shape."""
    if isinstance(node, dict):
        named = isinstance(node.get("properties"), dict)
        return {
            key: {name: loosened(each) for name, each in value.items()}
            if key == "properties" and named
            else loosened(value)
            for key, value in node.items()
            if key not in BOUNDS and (key, value) != ("format", "email")
        }
    if isinstance(node, list):
        return [loosened(each) for each in node]
    return node


def write_models(document: dict[str, Any]) -> str:
    """Pydantic models of every schema, by datamodel-code-generator."""
    schemas = {
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": {},
        "components": {"schemas": loosened(document["components"]["schemas"])},
    }
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "contract.json", Path(scratch) / "models.py"
        source.write_text(json.dumps(schemas), encoding="utf-8")
        subprocess.run(  # noqa: S603  our own interpreter, our own file
            [
                sys.executable, "-m", "datamodel_code_generator", "--input", source,
                "--input-file-type", "openapi", "--output", target, "--target-python-version",
                "3.11", "--output-model-type", "pydantic_v2.BaseModel", "--use-union-operator",
                "--use-standard-collections", "--strict-nullable", "--disable-timestamp",
                "--use-annotated", "--use-subclass-enum", "--enum-field-as-literal", "none",
                "--collapse-root-models", "--use-schema-description", "--formatters", "builtin",
                "--base-class", "app.client.told.Told",
            ],
            check=True,
        )  # fmt: skip
        return opened(target.read_text(encoding="utf-8"))


def opened(models: str) -> str:
    """Enums that take values they do not know yet: a newer server tells more of them."""
    return (
        models.replace("(StrEnum):", "(Open):")
        .replace("from enum import StrEnum\n", "")
        .replace("import Told\n", "import Open, Told\n")
    )


def write_operations(document: dict[str, Any]) -> str:
    """The typed methods."""
    methods = []
    for path, item in sorted(document["paths"].items()):
        if not path.startswith("/v1/"):  # of other standards, for which there are libraries
            continue
        for method, operation in sorted(item.items()):
            if "operationId" in operation and not streams(document, operation):
                methods.append((operation["operationId"], method, path, operation))
    return HEAD + "".join(
        one_method(document, *each) for each in sorted(methods, key=lambda each: each[0])
    )


def streams(document: dict[str, Any], operation: dict[str, Any]) -> bool:
    """Whether an operation answers without end; `wait` looks again instead."""
    return any(
        list(resolved(document, response).get("content", {})) == ["text/event-stream"]
        for response in operation["responses"].values()
    )


def one_method(
    document: dict[str, Any], name: str, method: str, path: str, operation: dict[str, Any]
) -> str:
    parameters = [resolved(document, each) for each in operation.get("parameters", [])]
    takes = operation.get("requestBody", {}).get("content", {})
    body = schema_name(takes)
    sends = body is None and bool(takes)
    answer = answer_of(document, operation)
    listed = item_of(document, answer)
    raw = None if answer else raw_answer_of(document, operation)
    query = [
        each
        for each in parameters
        if each["in"] == "query" and not (listed and each["name"] == "cursor")
    ]
    matched = method != "post" and any(each["name"] == "If-Match" for each in parameters)
    readable = "get" in document["paths"][path]
    given = ", ".join(f'"{each["name"]}": {safe(each["name"])}' for each in query)
    place = place_of(path, parameters)
    returns = f"Iterator[models.{listed}]" if listed else f"models.{answer}" if answer else raw
    keywords = [
        *([f'content_type: str = "{next(iter(takes))}"'] if sends else []),
        *(["if_match: str | None = None" if readable else "if_match: str"] if matched else []),
        *(["idempotency_key: str | None = None"] if method == "post" else []),
    ]
    positions = [
        *(f"{each['name']}: {path_type(each)}" for each in parameters if each["in"] == "path"),
        *([f"wanted: models.{body}"] if body else []),
        *(["content: bytes | str"] if sends else []),
    ]
    lines = [
        f"def {name}({signature(positions, query, keywords)}) -> {returns}:",
        f'    """{operation.get("summary", name).rstrip(".")}."""',
    ]
    if listed:
        spread = f", **{{{given}}}" if given else ""
        lines += [
            f"    for item in self.every({place}{spread}):",
            f"        yield models.{listed}.model_validate(item)",
        ]
    else:
        version = f"if_match or self.version({place})" if readable else "if_match"
        parts = [
            f'"{method.upper()}"',
            place,
            'wanted.model_dump(mode="json", exclude_unset=True)' if body else "",
            f"query={{{given}}}" if given else "",
            f"if_match={version}" if matched else "",
            "idempotency_key=idempotency_key" if method == "post" else "",
            "content=content, content_type=content_type" if sends else "",
        ]
        asked = f"self.ask({', '.join(part for part in parts if part)})"
        if answer:
            lines.append(f"    return models.{answer}.of({asked})")
        elif raw:
            lines += [f"    told: {raw} = {asked}.body", "    return told"]
        else:
            lines.append(f"    {asked}")
    return "\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def place_of(path: str, parameters: list[dict[str, Any]]) -> str:
    """The path as an f-string; a key of your own may hold any character."""
    where = path.removeprefix("/v1")
    for each in parameters:
        if each["in"] == "path" and path_type(each) == "str":
            where = where.replace(f"{{{each['name']}}}", f"{{quote({each['name']}, safe='')}}")
    return f'f"{where}"' if "{" in where else f'"{where}"'


def signature(positions: list[str], query: list[dict[str, Any]], keywords: list[str]) -> str:
    needed = [f"{safe(q['name'])}: {python_type(q['schema'])}" for q in query if q.get("required")]
    optional = [
        f"{safe(q['name'])}: {python_type(q['schema'])} | None = None"
        for q in query
        if not q.get("required")
    ]
    named = [*needed, *keywords, *optional]
    return ", ".join(["self", *positions, *(["*", *named] if named else [])])


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def schema_name(content: dict[str, Any]) -> str | None:
    kind = next((each for each in content if each.endswith(("/json", "+json"))), "")
    schema = content.get(kind, {}).get("schema", {})
    return schema["$ref"].rsplit("/", 1)[-1] if "$ref" in schema else None


def answer_of(document: dict[str, Any], operation: dict[str, Any]) -> str | None:
    for status, response in sorted(operation["responses"].items()):
        if status.startswith("2"):
            return schema_name(resolved(document, response).get("content", {}))
    return None


def raw_answer_of(document: dict[str, Any], operation: dict[str, Any]) -> str | None:
    """What an operation answers that is not JSON: text or bytes."""
    for status, response in sorted(operation["responses"].items()):
        kinds = resolved(document, response).get("content", {})
        if status.startswith("2") and kinds:
            return (
                "str"
                if all(kind.startswith("text/") or "yaml" in kind for kind in kinds)
                else "bytes"
            )
    return None


def item_of(document: dict[str, Any], answer: str | None) -> str | None:
    """What a page holds, if the answer is a page that `next_cursor` goes on from."""
    schema = document["components"]["schemas"].get(answer or "", {})
    properties = schema.get("properties", {})
    if "next_cursor" not in properties or "items" not in properties:
        return None
    found: str = properties["items"]["items"]["$ref"]
    return found.rsplit("/", 1)[-1]


def path_type(parameter: dict[str, Any]) -> str:
    return "UUID | str" if parameter["schema"].get("format") == "uuid" else "str"


def python_type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"models.{schema['$ref'].rsplit('/', 1)[-1]} | str"
    options = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    if len(options) != 1:
        return "Any"
    (only,) = options
    if "$ref" in only:
        return f"models.{only['$ref'].rsplit('/', 1)[-1]} | str"
    if only.get("type") == "array":
        return f"list[{python_type(only['items'])}]"
    if only.get("format") == "uuid":
        return "UUID | str"
    known = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
    return known.get(only.get("type", ""), "Any")


def safe(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def formatted(text: str) -> str:
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "client/operations.py"]
    done = subprocess.run(  # noqa: S603  our own interpreter
        [*ruff, "-"], input=text, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout


def main() -> None:
    """Write both files; with `--check`, leave with 1 where they are not what is checked in."""
    document = json.loads((ROOT / "openapi/openapi.json").read_text(encoding="utf-8"))
    stale = False
    for name, text in (
        ("models.py", write_models(document)),
        ("operations.py", formatted(write_operations(document))),
    ):
        target = ROOT / "app/client" / name
        if "--check" in sys.argv:
            stale |= not target.exists() or target.read_text(encoding="utf-8") != text
        else:
            target.write_text(text, encoding="utf-8")
    if stale:
        sys.exit("The client is not that of the contract: run `make contract`.")


if __name__ == "__main__":
    main()
