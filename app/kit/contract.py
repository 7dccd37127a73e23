"""The last step of the contract: says what FastAPI's document leaves unsaid."""

import json
import re
from collections.abc import Iterator
from typing import Any

from app.kit.contract_headers import (
    ETAG,
    EVERYWHERE,
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_KEY_SAYS,
    IF_MATCH_SAYS,
    LAST_EVENT_ID,
    LAST_EVENT_ID_SAYS,
    PREFER,
    PREFER_SAYS,
    header,
    headers,
)
from app.kit.problems import (
    PROBLEM_JSON,
    Conflict,
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    PreconditionRequired,
    Problem,
    Stale,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    problems,
)
from app.kit.wire import TEXT

Json = dict[str, Any]

LONGEST_TEXT, LONGEST_LIST, SAFE_INTEGER = 20_000, 10_000, 2**53 - 1
LONGEST = {"uuid": 36, "date": 10, "time": 32, "date-time": 40, "duration": 40, "email": 320}
SUCCESS = {
    "200": "The answer.",
    "201": "Created; `Location` is its address.",
    "202": "Accepted; `Location` tells how far it is.",
    "204": "Done; there is nothing to add.",
}


def polish(document: Json) -> Json:
    """The OpenAPI 3.1 document FastAPI generated, completed; the argument stays as it is.

    Bounds are filled in only where we answer. What a caller may send is bounded by the models,
    which also enforce it: a bound missing there stays missing, and `make check` names the place.
    """
    # pydantic writes Page[GoalOut] as Page_GoalOut_: in a generated client that is a type's name
    contract: Json = json.loads(re.sub(r"\bPage_(\w+?)_\b", r"PageOf\1", json.dumps(document)))
    _frame(contract)
    for path, method, operation in _operations(contract):
        _describe(operation)
        _sign_the_door(operation)
        _name_headers(method, operation, contract)
        for parameter in operation["parameters"]:
            _settle_parameter(parameter)
        _answer_problems(path, operation)
    _link_creates(contract)
    _bound_everything(contract)
    _drop_unused(contract)
    _share_problems(contract)
    return contract


def _frame(contract: Json) -> None:
    # oas3-api-servers, owasp:api9 inventory-access and -environment
    for server in contract.setdefault("servers", [{"url": "/"}]):
        server.setdefault("description", "The production server that gave you this document")
        server.setdefault("x-internal", False)
    # openapi-tags-alphabetical
    contract["tags"] = sorted(contract.get("tags", []), key=lambda tag: str(tag["name"]))
    components = contract.setdefault("components", {})
    components.setdefault("schemas", {})
    components["headers"] = headers()
    components["responses"] = {}


def _describe(operation: Json) -> None:
    """The docstring's first sentence is the summary: people read it in every generated client."""
    told = str(operation.get("description") or operation.get("summary") or "")
    operation["description"] = told
    operation["summary"] = told.partition("\n\n")[0].replace("\n", " ").rstrip(".")


def _sign_the_door(operation: Json) -> None:
    # owasp:api2 write-restricted: an operation for anyone says so, instead of saying nothing
    door = operation.setdefault("security", [{}])
    # oas3-operation-security-defined: only OAuth flows list scopes, so ours stand beside the scheme
    scopes = sorted({scope for way in door for found in way.values() for scope in found})
    operation["security"] = [{scheme: [] for scheme in way} for way in door]
    if scopes:
        operation["x-required-scopes"] = scopes
        needed = ", ".join(f"`{scope}`" for scope in scopes)
        operation["description"] += f"\n\nNeeds the scope {needed}."


def _name_headers(method: str, operation: Json, contract: Json) -> None:
    """The headers that the route class reads and writes for every operation."""
    parameters = operation.setdefault("parameters", [])
    free = operation.pop("x-without-precondition", False)
    if operation.pop("x-may-answer-later", False):
        parameters.append(header("Prefer", PREFER, PREFER_SAYS))
    elif "text/event-stream" in operation["responses"].get("200", {}).get("content", {}):
        parameters.append(header("Last-Event-ID", LAST_EVENT_ID, LAST_EVENT_ID_SAYS))
        operation["responses"]["204"] = {"description": SUCCESS["204"]}
    kept = _has_id(operation, contract)
    if method == "patch":
        _name_merge_patch(operation)
    if method == "post" and operation.get("security"):
        parameters.append(header("Idempotency-Key", IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_SAYS))
    elif method in ("patch", "put", "delete") and not free:
        parameters.append(header("If-Match", ETAG, IF_MATCH_SAYS, required=True))
    elif method == "get" and kept:
        parameters.append(header("If-None-Match", ETAG, "The `ETag` you have: 304 if current."))
        operation["responses"]["304"] = {"description": "You have the current version."}
    declared = operation["responses"]
    for status, response in declared.items():
        if status.startswith(("2", "3")):
            names = [
                *(["Location"] if status in ("201", "202") else []),
                *(["Retry-After"] if status == "202" else []),
                *(["Preference-Applied"] if status == "202" and "201" in declared else []),
                *(["ETag"] if kept else []),
                *(["Idempotency-Replayed"] if method == "post" else []),
            ]
            response["headers"] = {name: _ref("headers", name) for name in names}


def _name_merge_patch(operation: Json) -> None:
    """RFC 7396: what a PATCH takes is a merge patch.

    `application/json` is taken, too, but only told: where an operation lists two media types,
    openapi-python-client writes a module that cannot be imported.
    """
    body = operation.get("requestBody", {})
    if "application/json" in body.get("content", {}):
        body["content"] = {"application/merge-patch+json": body["content"]["application/json"]}
        body["description"] = "A JSON merge patch; plain `application/json` is taken, too."


def _settle_parameter(parameter: Json) -> None:
    name, schema = parameter["name"], parameter["schema"]
    # oas3-parameter-description
    of_path = f"Which {name.removesuffix('_id').replace('_', ' ')}."
    parameter.setdefault(
        "description", of_path if parameter["in"] == "path" else f"Only those with this `{name}`."
    )
    # A query string knows no null: what may be absent is simply not required.
    choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if choices:
        del schema["anyOf"]
        schema.update(choices[0] if len(choices) == 1 else {"anyOf": choices})


def _answer_problems(path: str, operation: Json) -> None:
    """Which problems every operation of its kind may answer (owasp:api4, api8), beside its own."""
    responses, names = operation["responses"], {each["name"] for each in operation["parameters"]}
    # The body FastAPI invents for 422 is not ours.
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    scoped, sent = "x-required-scopes" in operation, "requestBody" in operation
    expected: list[tuple[type[Problem], bool]] = [
        (Unauthenticated, True),
        (Forbidden, scoped),
        (NotFound, "{" in path),
        (Conflict, "Idempotency-Key" in names),
        (Stale, "If-Match" in names),
        (TooLarge, sent),
        (UnsupportedMediaType, sent),
        (Invalid, True),
        (PreconditionRequired, "If-Match" in names),
        (TooMany, True),
        (Internal, True),
        (Unavailable, True),
    ]
    for kind, applies in expected:
        if applies:
            responses.setdefault(str(kind.status), _problem(kind))
    operation["responses"] = dict(sorted(responses.items()))
    for status, response in responses.items():
        _complete(status, response)


def _complete(status: str, response: Json) -> None:
    # owasp:api4 rate-limit and api8 define-cors-origin want their headers on each answer
    names = ["Retry-After"] if status in ("429", "503") else []
    names += EVERYWHERE
    response.setdefault("headers", {}).update({name: _ref("headers", name) for name in names})
    content = response.get("content", {})
    if status >= "400":
        # FastAPI files the model under the type of success; RFC 9457 has a type of its own
        model = content.pop("application/json", content.pop("text/event-stream", {}))
        content.setdefault(PROBLEM_JSON, {}).update(model)
    else:
        response["description"] = SUCCESS.get(status, response["description"])


def _link_creates(contract: Json) -> None:
    """A link from each create to everything one can do with what was created."""
    for path, method, operation in _operations(contract):
        if method != "post" or "201" not in operation["responses"]:
            continue
        if not _has_id(operation, contract):
            continue
        base = f"/{path.split('/')[1]}/{path.rsplit('/')[-1]}/{{"
        names = {each[len(base) : each.index("}")] for each in contract["paths"] if base in each}
        links = {}
        for _, _, target in _operations(contract):
            taken = {
                f"{each['in']}.{each['name']}": "$response.body#/id"
                for each in target["parameters"]
                if each["name"] in names and each["in"] in ("path", "query")
            }
            if not taken:
                continue
            if any(each["name"] == "If-Match" for each in target["parameters"]):
                taken["header.If-Match"] = "$response.header.ETag"
            links[target["operationId"]] = {
                "operationId": target["operationId"],
                "parameters": taken,
            }
        if links:
            operation["responses"]["201"]["links"] = links


def _bound_everything(contract: Json) -> None:
    operations = [operation for *_, operation in _operations(contract)]
    asked = _reachable(contract, [_asked(operation) for operation in operations])
    answers = [operation["responses"] for operation in operations]
    for name, schema in contract["components"]["schemas"].items():
        (answers if name not in asked else operations).append(schema)
    for part in schemas_in(answers):
        bound(part, answered=True)
    for part in schemas_in(operations):  # what is bounded already stays as it is
        bound(part, answered=False)


def bound(schema: Json, *, answered: bool) -> None:
    """Bounds for one schema (owasp:api4: string-limit, string-restricted, array-, integer-)."""
    schema.pop("title", None)  # pydantic repeats the name of the field
    if len(by_pattern := schema.get("patternProperties", {})) == 1:
        # pydantic writes dict[Code, int] so that any other key would be welcome, too
        del schema["patternProperties"]
        ((pattern, value),) = by_pattern.items()
        schema["additionalProperties"] = value
        schema.setdefault("propertyNames", {})["pattern"] = pattern
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "string" in kinds and not schema.keys() & {"enum", "const"}:
        longest = LONGEST.get(schema.get("format", ""), LONGEST_TEXT if answered else None)
        if longest is not None:
            schema.setdefault("maxLength", longest)
        if answered and not schema.keys() & {"format", "pattern"}:
            schema["pattern"] = TEXT
    if "array" in kinds and answered:
        schema.setdefault("maxItems", LONGEST_LIST)
    if "integer" in kinds:
        if answered and "exclusiveMinimum" not in schema:
            schema.setdefault("minimum", -SAFE_INTEGER)
        if answered and "exclusiveMaximum" not in schema:
            schema.setdefault("maximum", SAFE_INTEGER)
        highest = schema.get("maximum") or schema.get("exclusiveMaximum") or 0
        schema.setdefault("format", "int32" if 0 < highest < 2**31 else "int64")


def schemas_in(node: Any) -> Iterator[Json]:
    """Every schema in a part of the document; examples and defaults are data, not schemas."""
    if isinstance(node, list):
        for each in node:
            yield from schemas_in(each)
    elif isinstance(node, dict):
        if isinstance(node.get("type"), str | list) or isinstance(node.get("title"), str):
            yield node
        for key, value in node.items():
            if key in ("properties", "$defs"):
                yield from schemas_in(list(value.values()))
            elif key not in ("default", "const", "enum", "example", "examples", "links"):
                yield from schemas_in(value)


def _operations(contract: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in contract.get("paths", {}).items():
        for method, operation in methods.items():
            yield path, method, operation


def _asked(operation: Json) -> list[Any]:
    """The parts of an operation that a caller fills in."""
    return [operation.get("parameters", []), operation.get("requestBody", {})]


def _reachable(contract: Json, start: Any) -> set[str]:
    """The names of the schemas that a part of the document refers to, directly or not."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            waiting.extend(node.values())
            name = str(node.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in contract["components"]["schemas"] and name not in found:
                found.add(name)
                waiting.append(contract["components"]["schemas"][name])
    return found


def _drop_unused(contract: Json) -> None:
    # oas3-unused-component: above all FastAPI's own validation error
    components = contract["components"]
    used = _reachable(contract, contract["paths"])
    components["schemas"] = {
        name: schema for name, schema in components["schemas"].items() if name in used
    }
    text = str(contract["paths"])
    components["headers"] = {
        name: header
        for name, header in components["headers"].items()
        if f"#/components/headers/{name}'" in text
    }


def _share_problems(contract: Json) -> None:
    """A failure that several operations answer alike is written once."""
    seen: dict[str, list[tuple[Json, str]]] = {}
    for *_, operation in _operations(contract):
        for status, response in operation["responses"].items():
            if status >= "400":
                alike = json.dumps(response, sort_keys=True)
                seen.setdefault(alike, []).append((operation["responses"], status))
    for alike, places in seen.items():
        if len(places) > 1:
            response = json.loads(alike)
            slugs = response["content"][PROBLEM_JSON]["examples"]
            name = "Or".join(slug.title().replace("-", "") for slug in slugs)
            contract["components"]["responses"][name] = response
            for responses, status in places:
                responses[status] = _ref("responses", name)


def _has_id(operation: Json, contract: Json) -> bool:
    """Whether the operation answers with one thing that has an id."""
    for status, response in operation["responses"].items():
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").removeprefix("#/components/schemas/")
        found = contract["components"]["schemas"].get(name, schema)
        if status.startswith("2") and "id" in found.get("properties", {}):
            return True
    return False


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _problem(kind: type[Problem]) -> Json:
    """What FastAPI makes of the same problem, declared at a route."""
    declared = problems(kind)[kind.status]
    response: Json = {key: declared[key] for key in ("description", "content")}
    response["content"][PROBLEM_JSON]["schema"] = _ref("schemas", "ProblemOut")
    return response
