"""The programs that come with Rementor, and the schema of their documents."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.blueprints.document import Blueprint
from app.blueprints.schemas import WrittenAs
from app.blueprints.service import form_of, written_as
from app.blueprints.things import plain
from app.kit.problems import NotFound
from app.kit.work import UnitOfWork
from app.kit.writing import Written

SHELF = Path(__file__).with_name("shelf")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def shelf() -> Mapping[str, tuple[bytes, Blueprint]]:
    """Every template by its name: the text as it was written, and what it says."""
    texts = {each.stem: each.read_bytes() for each in sorted(SHELF.glob("*.yaml"))}
    return MappingProxyType(
        {name: (text, Blueprint.read("application/yaml", text)) for name, text in texts.items()}
    )


def list_templates(_: UnitOfWork) -> dict[str, Any]:
    """What there is to begin with."""
    return {
        "templates": [
            {
                "name": name,
                "title": document.program.name,
                "purpose": document.program.purpose,
                "goals_count": len(document.goals) + sum(len(c.goals) for c in document.cohorts),
                "training_modules_count": len(document.training),
                "messages_count": len(document.messages),
                "surveys_count": sum(len(each.surveys) for each in document.cohorts),
            }
            for name, (_, document) in shelf().items()
        ]
    }


def get_template(uow: UnitOfWork, template_name: str, query: WrittenAs) -> Written:
    """One template; as YAML with the remarks of those who wrote it. Raises NotFound."""
    found = shelf().get(template_name)
    if found is None:
        raise NotFound(f"There are {', '.join(shelf())}.")
    text, document = found
    if form_of(uow, query) == "yaml":
        return Written(text, media_type="application/yaml")
    return written_as(plain(document), "json")


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of documents, for editors."""
    return {
        "$schema": DIALECT,
        "$id": "https://rementor.example/schemas/blueprint-v1.json",
        **Blueprint.model_json_schema(),
        "title": "Rementor blueprint",
    }


def write_schema(_: UnitOfWork) -> Written:
    return written_as(schema(), "json")
