"""Cells to facts: what each field takes from a row by the declared mapping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from app.imports.reading import Table, open_file
from app.imports.schemas import ColumnRule, FromColumn, ImportField, ImportFormat, RosterFile
from app.imports.workbooks import FORMULA
from app.kit.problems import Invalid, shown
from app.kit.wire import ExternalId
from app.participants.rows import NEEDED, Row

LISTS = frozenset({ImportField.LANGUAGES})
NUMBERS = frozenset({ImportField.JOB_LEVEL})
_USUAL: dict[str, Any] = {"languages": [], "employment_status": "active"}
"""What an empty cell means; of other fields, that there is nothing."""
_external_id: TypeAdapter[str] = TypeAdapter(ExternalId)


@dataclass(frozen=True)
class Roster:
    """A file that was read whole: how it was understood, and a row for each of its rows."""

    table: Table
    unread_columns: list[str]
    rows: list[Row]


def read_roster(wanted: RosterFile, mapping: Mapping[ImportField, ColumnRule]) -> Roster:
    """Every row of a file with the facts it tells; needs no database. Raises Invalid."""
    table = open_file(wanted)
    rules = [_Rule.of(field, rule) for field, rule in mapping.items()]
    named = {rule.column for rule in mapping.values() if isinstance(rule, FromColumn)}
    if wanted.format is not ImportFormat.JSON_LINES:
        for name, rule in mapping.items():
            if isinstance(rule, FromColumn) and rule.column not in table.columns:
                told = f"The file has no column {rule.column!r}. It has {_listed(table.columns)}."
                raise Invalid.at(f"/mapping/{name}/column", told, "column_missing")
    return Roster(
        table,
        [shown(column[:200]) for column in table.columns if column not in named],
        [_read(line, values, rules) for line, values in table.rows],
    )


def _listed(columns: list[str]) -> str:
    """The columns a file has, as far as one reads in a sentence."""
    told = ", ".join(repr(column[:60]) for column in columns[:20])
    return told + (f" and {len(columns) - 20} more" if len(columns) > 20 else "") or "none"


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule of a mapping, taken apart once for all rows."""

    name: str
    column: str | None
    values: dict[str, str]
    separator: str | None
    """Of a list."""
    is_number: bool
    same: Any
    """The value for all, where there is no column."""

    @classmethod
    def of(cls, field: ImportField, rule: ColumnRule) -> "_Rule":
        told = rule if isinstance(rule, FromColumn) else None
        apart = cls(
            field.value,
            None if told is None else told.column,
            {} if told is None else told.values,
            (";" if told is None else told.separator) if field in LISTS else None,
            field in NUMBERS,
            None,
        )
        return (
            apart if isinstance(rule, FromColumn) else replace(apart, same=apart.typed(rule.value))
        )

    def cell(self, found: Any) -> Any:
        """What a cell says about the field; None where it says nothing."""
        if isinstance(found, str):
            found = _literal(found.strip()) or None
        if found is None or found == FORMULA or isinstance(found, list | dict):
            return found
        if self.values:
            found = self.values.get(str(found), found)
        return self.typed(found)

    def typed(self, found: Any) -> Any:
        """A text as a list or a number, where the field is one."""
        if not isinstance(found, str):
            return found
        if self.separator is not None:
            return [item.strip() for item in found.split(self.separator) if item.strip()]
        return _number(found) if self.is_number else found


def _read(line: int, values: dict[str, Any], rules: Sequence[_Rule]) -> Row:
    row = Row(line)
    facts: dict[str, Any] = {}
    for rule in rules:
        found, name = rule.same, rule.name
        if rule.column is not None:
            if rule.column not in values:
                continue  # a line of JSON tells only what stands in it
            found = rule.cell(values[rule.column])
        if found == FORMULA:
            row.refuse(name, "A formula: write down what it comes to.", "formula")
        elif isinstance(found, list | dict) and _holds_structure(found):
            row.refuse(name, "A text, a number, or a list of texts.", "structure")
        elif found is not None:
            facts[name] = found
        elif name in NEEDED:
            row.refuse(name, "Field required", "missing")
        else:
            facts[name] = _USUAL.get(name)
    row.external_id = _key(row, facts.pop("external_id", None))
    row.tell(facts)
    return row


def _literal(text: str) -> str:
    """A text as it is meant: `="00123"` is how spreadsheets keep zeros; other formulas are none."""
    if not text.startswith("="):
        return text
    if len(text) > 2 and text[1] == text[-1] == '"' and '"' not in text[2:-1]:
        return text[2:-1].strip()
    return FORMULA


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
        if not any(each["field"] == "external_id" for each in row.mistakes):
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
