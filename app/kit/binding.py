"""How an operation's parameters are read from a request, worked out once when the route is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_origin
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from app.kit.json_guard import guard_json
from app.kit.problems import Invalid
from app.kit.wire import Document

JSON = frozenset({"application/json"})


@dataclass(frozen=True)
class Binding:
    """The readers of one operation: path values, one query model, one body model."""

    path: tuple[tuple[str, str, TypeAdapter[Any]], ...]
    query: tuple[str, type[BaseModel]] | None
    several: frozenset[str]
    """Query parameters that may be given more than once."""
    body: tuple[str, type[BaseModel]] | None

    @classmethod
    def of(cls, dependant: Dependant) -> "Binding":
        """Raises TypeError for a signature that the house does not know."""
        path = tuple(
            (each.name, each.alias, _path_value(each.field_info)) for each in dependant.path_params
        )
        query = _only_model(dependant.query_params, "query")
        body = _only_model(dependant.body_params, "body")
        several = frozenset(
            name
            for name, info in (query[1].model_fields.items() if query else ())
            if get_origin(info.annotation) in (list, tuple)
        )
        return cls(path, query, several, body)

    def takes(self, media_type: str, method: str) -> bool:
        """Whether a body may come as this."""
        if method == "PATCH" and media_type == "application/merge-patch+json":
            return True
        model = self.body[1] if self.body else BaseModel
        return media_type in (model.media_types if issubclass(model, Document) else JSON)

    def arguments(
        self, path: Mapping[str, str], query_string: bytes, body: bytes, media_type: str = ""
    ) -> dict[str, Any]:
        """The endpoint's arguments. Raises Invalid."""
        found: dict[str, Any] = {}
        for name, alias, adapter in self.path:
            try:
                found[name] = adapter.validate_python(path[alias])
            except ValidationError as wrong:
                raise Invalid.from_pydantic(wrong, f"/path/{alias}") from wrong
        if self.query is not None:
            name, model = self.query
            try:
                found[name] = model.model_validate(self._query(query_string))
            except ValidationError as wrong:
                raise Invalid.from_pydantic(wrong, "/query") from wrong
        elif query_string:
            raise Invalid.at(
                "/query", "This operation takes no query parameters.", "extra_forbidden"
            )
        if self.body is not None:
            name, model = self.body
            found[name] = _read(model, media_type, body)
        elif body.strip() not in (b"", b"{}"):
            raise Invalid.at("", "This operation takes no body.", "extra_forbidden")
        return found

    def _query(self, query_string: bytes) -> dict[str, Any]:
        if not query_string:
            return {}
        try:
            pairs = parse_qsl(
                query_string.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=100,
            )
        except ValueError as wrong:
            raise Invalid.at("/query", "The query string is not UTF-8.", "query_invalid") from wrong
        values: dict[str, Any] = {}
        for name, value in pairs:
            if "\x00" in value:
                raise Invalid.at(f"/query/{name}", "Holds the character NUL.", "string_with_nul")
            if name in self.several:
                values.setdefault(name, []).append(value)
            elif name in values:
                raise Invalid.at(f"/query/{name}", "Given twice.", "query_repeated")
            else:
                values[name] = value
        return values


def _read(model: type[BaseModel], media_type: str, body: bytes) -> BaseModel:
    if issubclass(model, Document):
        return model.read(media_type, body)
    guard_json(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as wrong:
        raise Invalid.from_pydantic(wrong) from wrong


def _path_value(info: Any) -> TypeAdapter[Any]:
    """The reader of one path value, with every rule of its annotation; trimmed like a body's."""
    whole: Any = Annotated[info.annotation, info]
    return TypeAdapter(whole, config=ConfigDict(str_strip_whitespace=True))


def _only_model(fields: list[Any], place: str) -> tuple[str, type[BaseModel]] | None:
    if not fields:
        return None
    (field,) = fields
    model = field.field_info.annotation
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"The {place} of an operation is one model; {field.name} is {model}.")
    return field.name, model
