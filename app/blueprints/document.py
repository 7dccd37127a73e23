"""The document `rementor/v1`: a whole program as people write it, and its mistakes in words."""

import difflib
import json
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from app.blueprints.pieces import (
    BlueprintCohort,
    BlueprintGoal,
    BlueprintMessage,
    BlueprintProgram,
    BlueprintStatement,
    BlueprintTrainingModule,
)
from app.blueprints.reading import Path, Read, read_json, read_yaml, refusal, refused
from app.competences.schemas import FrameworkAdd
from app.kit.problems import Invalid
from app.kit.wire import Document
from app.surveys.schemas import SurveyDefine

YAML = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})

Mistake = tuple[Path, str, str]
"""Where, in words, and a stable code."""
Named = list[tuple[Path, Any]]


class Blueprint(Document):
    """A whole program as one document. What is not in it stays as it is, unless you prune."""

    media_types: ClassVar[frozenset[str]] = YAML | {"application/json"}

    format: Literal["rementor/v1"]
    program: BlueprintProgram
    frameworks: Annotated[list[FrameworkAdd], Field(max_length=5)] = Field(
        default_factory=list,
        description="Your own competence frameworks; DigComp is there already: `digcomp:2.1`.",
    )
    questionnaires: Annotated[list[SurveyDefine], Field(max_length=20)] = Field(
        default_factory=list, description="Your own; those that come with Rementor are there."
    )
    goals: Annotated[list[BlueprintGoal], Field(max_length=50)] = Field(default_factory=list)
    statement: BlueprintStatement | None = None
    training: Annotated[list[BlueprintTrainingModule], Field(max_length=50)] = Field(
        default_factory=list, description="The training path, in order."
    )
    messages: Annotated[list[BlueprintMessage], Field(max_length=100)] = Field(default_factory=list)
    cohorts: Annotated[list[BlueprintCohort], Field(max_length=20)] = Field(default_factory=list)

    _text: Read | None = PrivateAttr(default=None)

    @classmethod
    def read(cls, media_type: str, body: bytes) -> Self:
        """The document of a text. Raises Invalid, with the line and column of each mistake."""
        text = read_yaml(body) if media_type in YAML else read_json(body)
        try:
            found = cls.model_validate_json(json.dumps(text.value))
        except ValidationError as wrong:
            told = [_told(text, each) for each in wrong.errors(include_url=False)]
            raise refused(sorted(told, key=_in_reading_order)) from wrong
        found.remember(text)
        mistakes = list(_mistakes(found))
        if mistakes:
            raise refused([found.refusal(*each) for each in mistakes])
        return found

    def remember(self, text: Read) -> None:
        """Keep where everything stands, to say so when something turns out to be wrong."""
        self._text = text

    def refusal(self, path: Path, detail: str, code: str) -> dict[str, Any]:
        """One entry of `errors` at a place of the document."""
        return refusal(self._text.at(path) if self._text else None, path, detail, code)

    def invalid(self, path: Path, detail: str, code: str) -> Invalid:
        """A mistake of what the document says, as a problem to raise."""
        return refused([self.refusal(path, detail, code)])


def _mistakes(document: Blueprint) -> Iterator[Mistake]:
    """Keys that stand twice, and keys of goals that nothing bears."""
    goals = _keyed((), "goals", document)
    for n, cohort in enumerate(document.cohorts):
        goals += _keyed(("cohorts", n), "goals", cohort)
        yield from _twice(_keyed(("cohorts", n), "surveys", cohort), "key")
    yield from _twice(goals, "key")
    for name in ("training", "messages", "cohorts"):
        yield from _twice(_keyed((), name, document), "key")
    frameworks: Named = [(("frameworks", n), f.code) for n, f in enumerate(document.frameworks)]
    yield from _twice(frameworks, "code")
    questionnaires: Named = [
        (("questionnaires", n), f"{each.code} {each.version} {each.language}")
        for n, each in enumerate(document.questionnaires)
    ]
    yield from _twice(questionnaires, "code")
    shared = {each.key for each in document.goals}
    yield from _unknown_goals(("statement",), document.statement, shared)
    for n, cohort in enumerate(document.cohorts):
        known = shared | {each.key for each in cohort.goals}
        yield from _unknown_goals(("cohorts", n, "statement"), cohort.statement, known)


def _keyed(path: Path, name: str, part: Any) -> Named:
    return [((*path, name, n), each.key) for n, each in enumerate(getattr(part, name))]


def _twice(named: Named, member: str) -> Iterator[Mistake]:
    seen = set[str]()
    for path, name in named:
        if name in seen:
            yield (*path, member), f"`{name}` names two things.", f"{member}_twice"
        seen.add(name)


def _unknown_goals(
    path: Path, statement: BlueprintStatement | None, known: set[str]
) -> Iterator[Mistake]:
    seen = set[str]()
    for place, key in enumerate(statement.goals if statement else []):
        where = (*path, "goals", place)
        if key not in known:
            yield where, f"No goal of the document has the key `{key}`.", "key_unknown"
        elif key in seen:
            yield where, f"`{key}` stands in the list twice.", "key_twice"
        seen.add(key)


def _in_reading_order(error: dict[str, Any]) -> tuple[int, int]:
    return error.get("line", 0), error.get("column", 0)


def _told(text: Read, error: Any) -> dict[str, Any]:
    """A mistake of form in words: an unknown name with the nearest known one."""
    path = tuple(error["loc"])
    detail = str(error["msg"])
    if error["type"] == "extra_forbidden":
        known = _names_at(path[:-1])
        near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
        detail = f"There is no `{str(path[-1])[:100]}` here"
        detail += f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(known)}."
    elif error["type"] == "string_type" and isinstance(error["input"], (int, float)):
        detail = "This is read as a number or a truth value; put it in quotes to make it a text."
    elif error["type"] == "missing":
        detail = f"`{path[-1]}` is needed here."
    return refusal(text.at(path), path, detail, str(error["type"]))


def _names_at(path: tuple[str | int, ...]) -> list[str]:
    """The names that a place of the document knows."""
    kind: Any = Blueprint
    for step in path:
        if isinstance(step, str):
            kind = kind.model_fields[step].annotation
        kind = _model_in(kind, kind)
    return list(kind.model_fields)


def _model_in(kind: Any, otherwise: Any) -> Any:
    """The model inside `list[Model]`, `Model | None` and the like."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    for each in get_args(kind):
        found = _model_in(each, None)
        if found is not None:
            return found
    return otherwise
