"""Rosters in: CSV or JSON lines, a declared mapping, a verdict for every row, one transaction."""

import csv
import hashlib
import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, insert, select, update

from app.kit.database import uuid7
from app.kit.problems import Invalid
from app.kit.work import UnitOfWork
from app.participants.events import (
    ParticipantsImported,
    ReportingLineChanged,
)
from app.participants.models import EmploymentStatus, ManagerAssignment, Participant
from app.participants.schemas import (
    WORKING_WEEK,
    ColumnRule,
    FromColumn,
    ImportField,
    ImportFormat,
    ParticipantImport,
    ParticipantPut,
    RowVerdict,
)
from app.participants.service import employment_event, sort_name

LISTS = frozenset({ImportField.LANGUAGES})
NUMBERS = frozenset({ImportField.JOB_LEVEL})
MOST_COLUMNS = 1_000
COMPARED = (
    "given_name", "family_name", "preferred_name", "work_email", "job_title", "job_level",
    "department", "location", "time_zone", "languages", "hired_on", "career_stage",
    "employment_status",
)  # fmt: skip


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
        self.verdict = RowVerdict.REFUSED
        self.mistakes.append({"field": name, "detail": detail, "code": code})


def import_participants(uow: UnitOfWork, wanted: ParticipantImport) -> dict[str, Any]:
    """Add and change the people of a roster; refused rows are left out, the rest commits as one."""
    columns, cells = _cells(wanted)
    named = {rule.column for rule in wanted.mapping.values() if isinstance(rule, FromColumn)}
    rows = [_read(line, values, wanted.mapping) for line, values in cells]
    _refuse_doubles(rows)
    known = _known(uow)
    _link(rows, known)
    if not wanted.dry_run:
        _store(uow, rows, known)
    counts = {verdict: sum(row.verdict is verdict for row in rows) for verdict in RowVerdict}
    if not wanted.dry_run and (counts[RowVerdict.ADDED] or counts[RowVerdict.CHANGED]):
        uow.emit(
            ParticipantsImported(
                added_count=counts[RowVerdict.ADDED],
                changed_count=counts[RowVerdict.CHANGED],
                unchanged_count=counts[RowVerdict.UNCHANGED],
                refused_count=counts[RowVerdict.REFUSED],
                digest=hashlib.sha256(wanted.content.encode()).hexdigest(),
            )
        )
    return {
        "dry_run": wanted.dry_run,
        "added_count": counts[RowVerdict.ADDED],
        "changed_count": counts[RowVerdict.CHANGED],
        "unchanged_count": counts[RowVerdict.UNCHANGED],
        "refused_count": counts[RowVerdict.REFUSED],
        "unread_columns": [column for column in columns if column not in named],
        "rows": rows,
    }


def _cells(wanted: ParticipantImport) -> tuple[list[str], Iterator[tuple[int, dict[str, Any]]]]:
    """The columns, and each row as column → cell with its line number. Raises Invalid."""
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
                f"The file has no column {rule.column!r}.",
                "column_missing",
            )
    return columns, _csv_rows(reader)


def _csv_rows(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        for values in reader:
            yield reader.line_num, values
    except csv.Error as wrong:
        raise Invalid.at("/content", f"Line {reader.line_num}: {wrong}", "csv_invalid") from wrong


def _json_lines(content: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, text in enumerate(content.splitlines(), start=1):
        if not text.strip():
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as wrong:
            raise Invalid.at("/content", f"Line {line} is not JSON.", "line_invalid") from wrong
        if not isinstance(values, dict):
            raise Invalid.at("/content", f"Line {line} is not an object.", "line_invalid")
        yield line, values


def _cell(name: ImportField, values: dict[str, Any], rule: ColumnRule) -> Any:
    """What a row says about one field; None where it says nothing."""
    found = values.get(rule.column) if isinstance(rule, FromColumn) else rule.value
    if isinstance(found, str):
        found = found.strip() or None
    if found is None:
        return None
    separator = ";"
    if isinstance(rule, FromColumn):
        found, separator = rule.values.get(str(found), found), rule.separator
    if name in LISTS and isinstance(found, str):
        return [item.strip() for item in found.split(separator) if item.strip()]
    if name in NUMBERS and isinstance(found, str) and found.lstrip("-").isdigit():
        return int(found[:19])
    return found


def _read(line: int, values: dict[str, Any], mapping: dict[ImportField, ColumnRule]) -> Row:
    row = Row(line)
    facts: dict[str, Any] = {}
    for name, rule in mapping.items():
        found = _cell(name, values, rule)
        if found is not None:
            facts[name] = found
    external_id = facts.pop(ImportField.EXTERNAL_ID, None)
    if external_id is None:
        row.refuse("external_id", "The row has no external_id.", "missing")
    elif not isinstance(external_id, (str, int)) or not 1 <= len(str(external_id)) <= 200:
        row.refuse("external_id", "1 to 200 characters.", "string_too_long")
    else:
        row.external_id = str(external_id)
    try:
        row.wanted = ParticipantPut.model_validate_json(json.dumps(facts))
    except ValidationError as wrong:
        for each in wrong.errors(include_url=False, include_context=False, include_input=False):
            row.refuse(str(each["loc"][0]) if each["loc"] else "row", each["msg"], each["type"])
    except ValueError:
        row.refuse("row", "The row holds text that is not Unicode.", "value_error")
    if not row.mistakes:
        row.verdict = RowVerdict.ADDED
    row.mistakes = row.mistakes[:20]
    return row


def _refuse_doubles(rows: list[Row]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        if row.external_id is None:
            continue
        if row.external_id in first:
            row.refuse(
                "external_id", f"Stands already in line {first[row.external_id]}.", "repeated"
            )
        else:
            first[row.external_id] = row.line


def _known(uow: UnitOfWork) -> dict[str, Any]:
    """Everybody with an external id, by it."""
    found = uow.rows.execute(
        select(
            Participant.id, Participant.external_id, Participant.manager_id,
            *(getattr(Participant, name) for name in COMPARED),
        ).where(
            Participant.organization_id == uow.organization_id,
            Participant.external_id.is_not(None),
        )
    )  # fmt: skip
    return {row.external_id: row for row in found}


def _link(rows: list[Row], known: dict[str, Any]) -> None:
    """Give every row its id, its verdict and its manager; refuse dangling managers and circles."""
    good = {row.external_id: row for row in rows if row.verdict is not RowVerdict.REFUSED}
    above: dict[uuid.UUID, uuid.UUID | None] = {each.id: each.manager_id for each in known.values()}
    for external_id, row in good.items():
        before = known.get(external_id or "")
        row.participant_id = uuid7() if before is None else before.id
    refused_one = True
    while refused_one:  # a refused manager leaves those below without one
        refused_one = False
        for row in list(good.values()):
            boss = row.wanted.manager_external_id if row.wanted else None
            if boss is not None and boss not in good and boss not in known:
                row.refuse(
                    "manager_external_id", "Nobody has this external_id.", "unknown_reference"
                )
                row.participant_id = None
                del good[row.external_id]
                refused_one = True
    for row in good.values():
        if row.participant_id is not None:
            above[row.participant_id] = _manager_id(row, good, known)
    for row in list(good.values()):
        if row.participant_id is not None and _in_circle(row.participant_id, above):
            row.refuse("manager_external_id", "The reporting line runs in a circle.", "circle")
    for row in good.values():
        before = known.get(row.external_id or "")
        if row.verdict is RowVerdict.REFUSED or row.wanted is None:
            row.participant_id = None
        elif before is not None:
            manager_id = _manager_id(row, good, known)
            row.changed_fields = [
                name for name in COMPARED if getattr(row.wanted, name) != getattr(before, name)
            ] + (["manager_id"] if manager_id != before.manager_id else [])
            row.verdict = RowVerdict.CHANGED if row.changed_fields else RowVerdict.UNCHANGED


def _manager_id(row: Row, good: dict[str | None, Row], known: dict[str, Any]) -> uuid.UUID | None:
    boss = row.wanted.manager_external_id if row.wanted else None
    if boss is None:
        return None
    if boss in good:
        return good[boss].participant_id
    found: uuid.UUID = known[boss].id
    return found


def _in_circle(start: uuid.UUID, above: dict[uuid.UUID, uuid.UUID | None]) -> bool:
    """Whether climbing from a person comes back to that person."""
    seen, place = {start}, above.get(start)
    while place is not None and place not in seen:
        seen.add(place)
        place = above.get(place)
    return place == start


def _store(uow: UnitOfWork, rows: list[Row], known: dict[str, Any]) -> None:
    good: dict[str | None, Row] = {
        row.external_id: row for row in rows if row.verdict is not RowVerdict.REFUSED
    }
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    managed: list[tuple[uuid.UUID, uuid.UUID | None]] = []
    for row in good.values():
        if row.wanted is None or row.participant_id is None or row.verdict is RowVerdict.UNCHANGED:
            continue
        facts: dict[str, Any] = {name: getattr(row.wanted, name) for name in COMPARED}
        facts["sort_name"] = sort_name(row.wanted.family_name, row.wanted.given_name)
        facts["left_on"] = (
            uow.today if row.wanted.employment_status is EmploymentStatus.LEFT else None
        )
        if row.verdict is RowVerdict.ADDED:
            added.append(
                {**facts, "id": row.participant_id, "external_id": row.external_id,
                 "availability": WORKING_WEEK, "labels": {}}
            )  # fmt: skip
        else:
            changed.append({**facts, "key": row.participant_id})
        if row.verdict is RowVerdict.ADDED or "manager_id" in row.changed_fields:
            managed.append((row.participant_id, _manager_id(row, good, known)))
        before = known.get(row.external_id or "")
        if before is not None and "employment_status" in row.changed_fields:
            uow.emit(employment_event(row.participant_id, row.wanted.employment_status))
        if before is not None and "manager_id" in row.changed_fields:
            manager_id = _manager_id(row, good, known)
            uow.emit(ReportingLineChanged(participant_id=row.participant_id, manager_id=manager_id))
    uow.add_many(Participant, added)
    _change_many(uow, changed)
    _manage_many(uow, managed)


def _change_many(uow: UnitOfWork, changed: list[dict[str, Any]]) -> None:
    if not changed:
        return
    names = [name for name in changed[0] if name != "key"]
    uow.rows.execute(
        update(Participant)
        .where(
            Participant.organization_id == uow.organization_id, Participant.id == bindparam("key")
        )
        .values(
            **{name: bindparam(name) for name in names},
            updated_at=uow.now,
            version=Participant.version + 1,
        ),
        changed,
    )


def _manage_many(uow: UnitOfWork, managed: list[tuple[uuid.UUID, uuid.UUID | None]]) -> None:
    """Managers last, when everybody is there: a file may name them below their people."""
    if not managed:
        return
    uow.rows.execute(
        update(Participant)
        .where(
            Participant.organization_id == uow.organization_id, Participant.id == bindparam("key")
        )
        .values(manager_id=bindparam("manager")),
        [{"key": person, "manager": manager} for person, manager in managed],
    )
    uow.rows.execute(
        update(ManagerAssignment)
        .where(
            ManagerAssignment.organization_id == uow.organization_id,
            ManagerAssignment.participant_id == bindparam("person"),
            ManagerAssignment.until_on.is_(None),
        )
        .values(until_on=uow.today),
        [{"person": person} for person, _ in managed],
    )
    begun = [
        {
            "id": uuid7(), "organization_id": uow.organization_id, "created_at": uow.now,
            "updated_at": uow.now, "version": 1, "participant_id": person,
            "manager_id": manager, "from_on": uow.today,
        }
        for person, manager in managed
        if manager is not None
    ]  # fmt: skip
    if begun:
        uow.rows.execute(insert(ManagerAssignment), begun)
