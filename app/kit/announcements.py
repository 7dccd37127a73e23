"""The contract's webhooks: every event as it is sent, with its schema and an example."""

import datetime as dt
import enum
import inspect
import types
import uuid
from collections.abc import Iterable
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from app.kit.contract import Json, bound, schemas_in

EXAMPLE_ID = "01a21396-e9ef-70b3-a863-e0ebaf0be334"
EXAMPLE_MOMENT = "2026-03-02T09:00:00.000Z"
TOLD_BY_TYPE: dict[type, Any] = {
    bool: True,
    int: 3,
    float: 0.5,
    uuid.UUID: EXAMPLE_ID,
    dt.datetime: "2026-03-02T09:00:00Z",
    dt.date: "2026-03-02",  # a datetime is one, too
    str: "text",
}
HEADERS = (
    ("webhook-id", "Names the message, the same on every attempt: what you have seen, leave out.",
     {"type": "string", "format": "uuid", "maxLength": 36}),
    ("webhook-timestamp", "When this attempt was made, in seconds since 1970.",
     {"type": "string", "pattern": "^[0-9]{1,12}$", "maxLength": 12}),
    ("webhook-signature", "`v1,` and HMAC-SHA256 of `id.timestamp.body` in Base64; or two of them.",
     {"type": "string", "pattern": "^v1,[A-Za-z0-9+/=]+(?: v1,[A-Za-z0-9+/=]+)*$",
      "maxLength": 200}),
)  # fmt: skip
HOW = (
    "Sent by POST to the endpoints that wish for it (`/v1/webhook-endpoints`), signed as Standard"
    " Webhooks say; the body is a CloudEvents 1.0 event, too. Answer 2xx within 15 seconds."
)


def announce(contract: Json, kinds: Iterable[type[Any]]) -> None:
    """Add what is sent to other systems to the document."""
    components = contract["components"]
    components["parameters"] = {
        name: {"name": name, "in": "header", "required": True, "description": said, "schema": shape}
        for name, said, shape in HEADERS
    }
    components["responses"]["MessageTaken"] = {"description": "Any 2xx: the message has arrived."}
    contract["webhooks"] = {kind.type: {"post": _message(kind)} for kind in kinds}


def _message(kind: type[Any]) -> Json:
    said = inspect.getdoc(kind) or ""
    return {
        "operationId": f"hear_{kind.type.replace('.', '_')}",
        "tags": ["webhooks"],
        "summary": said.partition("\n\n")[0].replace("\n", " ").rstrip("."),
        "description": f"{said}\n\n{HOW}",
        "security": [{}],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name, *_ in HEADERS],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _schema_of(kind), "example": _example_of(kind)}
            },
        },
        "responses": {"2XX": {"$ref": "#/components/responses/MessageTaken"}},
    }


def _schema_of(kind: type[Any]) -> Json:
    data = _inlined(kind.model_json_schema(), {})
    data.pop("description", None)
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    members: Json = {
        "specversion": {**text, "const": "1.0"},
        "id": {**text, "format": "uuid", "description": "Of the event, as in `/v1/events`."},
        "source": {**text, "pattern": "^/v1/organizations/[0-9a-f-]{36}$", "maxLength": 54},
        "type": {**text, "const": kind.type},
        "time": moment,
        "datacontenttype": {**text, "const": "application/json"},
        "timestamp": dict(moment),
        "position": {"type": "integer", "minimum": 0, "description": "As in `/v1/events`."},
        "data": data,
    }
    schema = {"type": "object", "properties": members, "required": list(members)}
    for part in schemas_in(schema):
        bound(part, answered=True)
    return schema


def _inlined(node: Any, known: Json) -> Any:
    """The schema with every definition in its place: events hold nothing that holds itself."""
    if isinstance(node, list):
        return [_inlined(each, known) for each in node]
    if not isinstance(node, dict):
        return node
    known = {**known, **node.get("$defs", {})}
    if "$ref" in node:
        return _inlined(known[node["$ref"].rpartition("/")[2]], known)
    return {key: _inlined(value, known) for key, value in node.items() if key != "$defs"}


def _example_of(kind: type[Any]) -> Json:
    data = {name: _told(field.annotation, name) for name, field in kind.model_fields.items()}
    return {
        "specversion": "1.0",
        "id": EXAMPLE_ID,
        "source": f"/v1/organizations/{EXAMPLE_ID}",
        "type": kind.type,
        "time": EXAMPLE_MOMENT,
        "datacontenttype": "application/json",
        "timestamp": EXAMPLE_MOMENT,
        "position": 42,
        "data": data,
    }


def _told(annotation: Any, name: str) -> Any:
    """Something that a field of this type may hold."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _told(next(each for each in inner if each is not types.NoneType), name)
    if origin is list:
        return [_told(inner[0], name)]
    if origin is dict:
        return {"text": _told(inner[1], name)}
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return next(iter(annotation)).value
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return {key: _told(field.annotation, key) for key, field in fields}
    return next(
        example
        for known, example in TOLD_BY_TYPE.items()
        if isinstance(annotation, type) and issubclass(annotation, known)
    )
