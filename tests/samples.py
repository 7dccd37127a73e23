"""Valid requests made from the contract alone: the smallest body an operation takes."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from app.main import contract, describe

NOBODY = UUID("018f0000-0000-7000-8000-000000000000")
"""An id that names nothing."""
READY_MADE = {"uuid": str(NOBODY), "date": "2026-05-04", "date-time": "2026-05-04T09:00:00Z"}
# Where a pattern says what a generator cannot guess, and no example stands in the contract.
BY_NAME = {
    "invitation_token": "rmi_" + "0" * 36,
    "refresh_token": "rmr_" + "0" * 36,
    "mapping": {"external_id": {"column": "ID"}},
    "starts_at": "09:00",
    "ends_at": "10:00",
}


@dataclass(frozen=True)
class Sample:
    """One operation of the contract, and how to ask for it."""

    contract: dict[str, Any]
    path: str
    method: str
    operation: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.operation["operationId"])

    @property
    def headers(self) -> dict[str, str]:
        """What the operation demands besides a token."""
        named = {each["name"] for each in self.operation["parameters"]}
        return {"If-Match": '"1"'} if "If-Match" in named else {}

    @property
    def takes_body(self) -> bool:
        return "requestBody" in self.operation

    @property
    def open_to_anyone(self) -> bool:
        return not self.operation.get("x-required-scopes")

    def path_with(self, **values: str) -> str:
        """The path with these values, and an id of nothing for the rest."""
        names = [each["name"] for each in self.operation["parameters"] if each["in"] == "path"]
        return self.path.format(**{name: values.get(name, str(NOBODY)) for name in names})

    @property
    def content(self) -> dict[str, Any]:
        """What the operation takes, of the media type it names first."""
        return next(iter(self.operation["requestBody"]["content"].values()))

    @cached_property
    def body(self) -> Any:
        """The smallest body that fits: what is required, and one member of what is not."""
        if "example" in self.content:
            return self.content["example"]
        return self._value(self.content["schema"], "")

    def kind_at(self, place: tuple[Any, ...]) -> str | None:
        """The JSON type that stands at a place of the body, where one type does."""
        schema = self.content["schema"]
        for part in place:
            schema = self._resolved(schema)
            while "properties" not in schema and "anyOf" in schema:
                schema = self._resolved(schema["anyOf"][0])
            inner = "items" if isinstance(part, int) else "additionalProperties"
            schema = schema.get("properties", {}).get(part) or schema.get(inner) or {}
        schema = self._resolved(schema)
        while "type" not in schema and "anyOf" in schema:
            schema = self._resolved(schema["anyOf"][0])
        return schema.get("type")

    def _value(self, schema: dict[str, Any], name: str) -> Any:
        schema = self._resolved(schema)
        if "default" in schema and schema["default"] is not None:
            return schema["default"]
        if schema.get("examples"):
            return schema["examples"][0]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if name in BY_NAME:
            return BY_NAME[name]
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self._value(schema[several][0], name)
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return [self._value(schema["items"], name)] * schema.get("minItems", 0)
        if kind == "string":
            shortest = max(schema.get("minLength", 1), 1)
            return READY_MADE.get(schema.get("format", ""), "x" * shortest)
        if kind in ("integer", "number"):
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        return {"boolean": True, "null": None}[str(kind)]

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        known = schema.get("properties", {})
        wanted = schema.get("required") or list(known)[:1]
        return {name: self._value(known[name], name) for name in wanted}

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return self.contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


@cache
def contract_of_this_code() -> dict[str, Any]:
    """Made once in a process, as it takes a second: to read, not to change."""
    return contract(describe())


@cache
def samples() -> tuple[Sample, ...]:
    """Every operation of the contract, but the few of other standards: those have own tests."""
    document = contract_of_this_code()
    return tuple(
        Sample(document, path, method.upper(), operation)
        for path, methods in document["paths"].items()
        if path.startswith("/v1/")
        for method, operation in methods.items()
    )
