"""Rosters as text: CSV and JSON lines to rows, and each row to the facts it tells."""

import csv
import datetime as dt
import io
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.kit.problems import Invalid, said
from app.kit.wire import ExternalId
from app.participants.schemas import (
    ColumnRule,
    FromColumn,
    ImportField,
    ImportFormat,
    ParticipantImport,
    ParticipantPut,
    RowVerdict,
)

LISTS = frozenset({ImportField.LANGUAGES})
NUMBERS = frozenset({ImportField.JOB_LEVEL})
MOST_COLUMNS = 1_000
FACTS = (
    "given_name", "family_name", "preferred_name", "work_email", "job_title", "job_level",
    "department", "location", "time_zone", "languages", "hired_on", "career_stage",
    "employment_status",
)  # fmt: skip
"""What a roster says about a person, besides the two keys."""

Cells = tuple[int, dict[str, Any]]
_external_id: TypeAdapter[str] = TypeAdapter(ExternalId)


@dataclass
class Row:
    """One row on its way in."""

    line: int
    external_id: str | None = None
    wanted: ParticipantPut | None = None
    verdict: RowVerdict = RowVerdict.REFUSED
    participant_id: uuid.UUID | None = None
    changed_fields: list[str] = field(default_factory=list)
    mistakes: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, name: str, detail: str, code: str) -> None:
        self.verdict, self.participant_id = RowVerdict.REFUSED, None
        if len(self.mistakes) < 20:
            self.mistakes.append({"field": name, "detail": detail, "code": code})


def read_roster(wanted: ParticipantImport, known: Mapping[str, Any]) -> tuple[list[str], list[Row]]:
    """The columns of a file, and a row for each line of it. Raises Invalid.

    `known` are the people there are, by external id: of them, a file may tell a part.
    """
    columns, cells = _cells(wanted)
    rows = [_read(line, values, wanted.mapping, known) for line, values in cells]
    first: dict[str, int] = {}
    for row in rows:
        if row.external_id is None:
            continue
        if row.external_id in first:
            told = f"Stands already in line {first[row.external_id]}."
            row.refuse("external_id", told, "repeated")
        else:
            first[row.external_id] = row.line
    return columns, rows


def _cells(wanted: ParticipantImport) -> tuple[list[str], Iterator[Cells]]:
    content = wanted.content.removeprefix("\ufeff")
    if wanted.format is ImportFormat.JSON_LINES:
        return [], _json_lines(content)
    reader = csv.DictReader(io.StringIO(content, newline=""), restkey="", strict=True)
    try:
        columns = list(reader.fieldnames or [])
    except csv.Error as wrong:
        raise Invalid.at("/content", f"Not CSV: {wrong}", "csv_invalid") from wrong
    if len(columns) > MOST_COLUMNS:
        raise Invalid.at("/content", f"At most {MOST_COLUMNS} columns.", "too_many_columns")
    if len(set(columns)) != len(columns):
        raise Invalid.at("/content", "Two columns have the same name.", "column_repeated")
    for name, rule in wanted.mapping.items():
        if isinstance(rule, FromColumn) and rule.column not in columns:
            raise Invalid.at(
                f"/mapping/{name}/column",
                f"The file has no column {rule.column!r}. It has {_listed(columns)}.",
                "column_missing",
            )
    return columns, _csv_rows(reader)


def _listed(columns: list[str]) -> str:
    """The columns a file has, as far as one reads in a sentence."""
    told = ", ".join(repr(column[:60]) for column in columns[:20])
    return told + (f" and {len(columns) - 20} more" if len(columns) > 20 else "") or "none"


def _csv_rows(reader: "csv.DictReader[str]") -> Iterator[Cells]:
    try:
        for values in reader:
            yield reader.line_num, values
    except csv.Error as wrong:
        raise Invalid.at("/content", f"Line {reader.line_num}: {wrong}", "csv_invalid") from wrong


def _json_lines(content: str) -> Iterator[Cells]:
    # Only a line feed ends a line: U+2028 and its kin may stand inside a JSON string.
    for line, text in enumerate(content.split("\n"), start=1):
        if not text.strip():
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as wrong:
            raise Invalid.at("/content", f"Line {line} is not JSON.", "line_invalid") from wrong
        if not isinstance(values, dict):
            raise Invalid.at("/content", f"Line {line} is not an object.", "line_invalid")
        yield line, values


def _read(
    line: int,
    values: dict[str, Any],
    mapping: Mapping[ImportField, ColumnRule],
    known: Mapping[str, Any],
) -> Row:
    row = Row(line)
    facts: dict[str, Any] = {}
    for name, rule in mapping.items():
        found = _cell(name, values, rule)
        if _holds_structure(found):
            row.refuse(str(name), "A text, a number, or a list of texts.", "structure")
        elif found is not None:
            facts[str(name)] = found
    row.external_id = _key(row, facts.pop("external_id", None))
    _keep_what_is_not_told(facts, mapping, known.get(row.external_id or ""))
    try:
        row.wanted = ParticipantPut.model_validate_json(json.dumps(facts))
    except ValidationError as wrong:
        for each in wrong.errors(include_url=False, include_context=False, include_input=False):
            row.refuse(
                str(each["loc"][0]) if each["loc"] else "row", said(each["msg"]), each["type"]
            )
    except ValueError:
        row.refuse("row", "The row holds text that is not Unicode.", "value_error")
    if not row.mistakes:
        row.verdict = RowVerdict.ADDED
    return row


def _cell(name: ImportField, values: dict[str, Any], rule: ColumnRule) -> Any:
    """What a row says about one field; None where it says nothing."""
    found = values.get(rule.column) if isinstance(rule, FromColumn) else rule.value
    if isinstance(found, str):
        found = found.strip() or None
    if found is None or _holds_structure(found):
        return found
    separator = ";"
    if isinstance(rule, FromColumn):
        found, separator = rule.values.get(str(found), found), rule.separator
    if name in LISTS and isinstance(found, str):
        return [item.strip() for item in found.split(separator) if item.strip()]
    if name in NUMBERS and isinstance(found, str):
        return _number(found)
    return found


def _number(text: str) -> int | str:
    """A whole number where the text is one; else the text, which the schema then refuses."""
    try:
        return int(text) if len(text) < 20 else text
    except ValueError:
        return text


def _holds_structure(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(each, (list, dict)) for each in value)
    return isinstance(value, dict)


def _key(row: Row, found: Any) -> str | None:
    if found is None:
        row.refuse("external_id", "The row has no external_id.", "missing")
        return None
    try:
        if isinstance(found, bool) or not isinstance(found, (str, int)):
            raise TypeError
        key = _external_id.validate_python(str(found))
        key.encode()  # half a surrogate pair passes for text until it is written
    except (TypeError, ValueError):
        row.refuse("external_id", "1 to 200 characters of text.", "external_id_invalid")
        return None
    return key


def _keep_what_is_not_told(
    facts: dict[str, Any], mapping: Mapping[ImportField, ColumnRule], before: Any | None
) -> None:
    """A field that no rule names stays as it is, for those who are known already."""
    if before is None:
        return
    for name in FACTS:
        if name not in mapping:
            kept = getattr(before, name)
            facts[name] = kept.isoformat() if isinstance(kept, dt.date) else kept
