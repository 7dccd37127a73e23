"""Many people at once: a verdict for every row, and the writing of those that change something."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from app.kit.work import UnitOfWork
from app.participants.events import ParticipantsImported, ReportingLineChanged
from app.participants.managing import assign_many, planned_managers
from app.participants.models import EmploymentStatus, Participant
from app.participants.rows import FACTS, UNTOLD, Row
from app.participants.schemas import WORKING_WEEK, ParticipantsPut, RowVerdict
from app.participants.service import (
    employment_event,
    lock_reporting_lines,
    must_keep_the_roster,
    sort_name,
)
from app.participants.settling import people_there, settle

AT_ONCE = 1_000
"""Rows whose people are read, or written, with one statement."""
Before = dict[uuid.UUID, Any]
"""What is stored about people: rows of `id`, `manager_id`, `left_on` and all FACTS."""


def put_participants(uow: UnitOfWork, wanted: ParticipantsPut) -> dict[str, Any]:
    """Add and change people by their external ids; refused ones are left out."""
    must_keep_the_roster(uow)
    rows = []
    for number, each in enumerate(wanted.participants):
        row = Row(number, each.external_id)
        row.keep(each)
        rows.append(row)
    digest = hashlib.sha256(wanted.model_dump_json().encode()).hexdigest()
    return {**upsert(uow, rows, digest), "rows": rows}


def upsert(uow: UnitOfWork, rows: list[Row], digest: str, *, write: bool = True) -> dict[str, int]:
    """Judge rows and write what they change, as one. Returns the counts by verdict."""
    lock_reporting_lines(uow)
    known, above = people_there(uow)
    ordered = settle(rows, known, above)
    for chunk in in_chunks(ordered):
        before = read_before(uow, [row.participant_id for row in chunk if not row.is_new])
        judge(uow, chunk, before)
        if write:
            write_people(uow, chunk, before)
    counts = counted(rows)
    if write and (counts["added_count"] or counts["changed_count"]):
        uow.emit(ParticipantsImported(**counts, leaving_count=0, digest=digest))
    return counts


def counted(rows: Iterable[Row]) -> dict[str, int]:
    found = dict.fromkeys(RowVerdict, 0)
    for row in rows:
        found[row.verdict] += 1
    verdicts = (RowVerdict.ADDED, RowVerdict.CHANGED, RowVerdict.UNCHANGED, RowVerdict.REFUSED)
    return {f"{verdict}_count": found[verdict] for verdict in verdicts}


def in_chunks(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def read_before(uow: UnitOfWork, ids: Sequence[uuid.UUID | None]) -> Before:
    """What is stored about these people."""
    if not ids:
        return {}
    found = uow.rows.execute(
        select(
            Participant.id, Participant.manager_id, Participant.left_on,
            *(getattr(Participant, name) for name in FACTS),
        ).where(Participant.organization_id == uow.organization_id, Participant.id.in_(ids))
    )  # fmt: skip
    return {row.id: row for row in found}


def judge(uow: UnitOfWork, rows: Sequence[Row], before: Before) -> None:
    """Say of each settled row what it changes."""
    later = [row for row in rows if row.since is not None and row.since > uow.today]
    planned = planned_managers(uow, [row.participant_id for row in later if row.participant_id])
    for row in rows:
        was = before.get(row.participant_id) if row.participant_id else None
        last_day = row.facts.get("leaves_on", None if was is None else was.leaves_on)
        if last_day is not None and last_day < uow.today:  # whatever else the file says
            row.facts["employment_status"] = EmploymentStatus.LEFT
        if was is None:
            row.changes = {
                name: (None, value)
                for name, value in row.facts.items()
                if value != UNTOLD[name] or name == "employment_status"
            }
            if row.manager_id is not None:
                row.changes["manager_id"] = (None, row.manager_id)
            continue
        row.changes = {
            name: (held, row.facts[name])
            for name in FACTS
            if name in row.facts and (held := getattr(was, name)) != row.facts[name]
        }
        if row.manager_id != was.manager_id and (
            planned.get(was.id) != (row.manager_id, row.since)
        ):
            row.changes["manager_id"] = (was.manager_id, row.manager_id)
        row.verdict = RowVerdict.CHANGED if row.changes else RowVerdict.UNCHANGED


def write_people(uow: UnitOfWork, rows: Sequence[Row], before: Before) -> None:
    """Write what judged rows change, managers before their people."""
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    moved: list[tuple[uuid.UUID, uuid.UUID | None, dt.date]] = []
    for row in rows:
        if not row.writes or row.participant_id is None:
            continue
        was = before.get(row.participant_id)
        facts = UNTOLD if was is None else {name: getattr(was, name) for name in FACTS}
        facts = {**facts, **{name: now for name, (_, now) in row.changes.items() if name in facts}}
        facts["sort_name"] = sort_name(facts["family_name"], facts["given_name"])
        status = facts["employment_status"]
        facts["left_on"] = uow.today if status is EmploymentStatus.LEFT else None
        moves = "manager_id" in row.changes
        since = row.since or uow.today
        facts["manager_id"] = (
            row.manager_id if since <= uow.today else None if was is None else was.manager_id
        )
        if was is None:
            added.append(
                {**facts, "id": row.participant_id, "external_id": row.external_id,
                 "availability": WORKING_WEEK, "labels": {}}
            )  # fmt: skip
        else:
            if not moves:
                facts["manager_id"] = was.manager_id
            elif since <= uow.today:
                uow.emit(
                    ReportingLineChanged(
                        participant_id=row.participant_id, manager_id=row.manager_id
                    )
                )
            if "employment_status" in row.changes:
                uow.emit(employment_event(row.participant_id, status))
            else:
                facts["left_on"] = was.left_on
            changed.append({**facts, "key": row.participant_id})
        if moves:
            moved.append((row.participant_id, row.manager_id, since))
    uow.add_many(Participant, added)
    _change_many(uow, changed)
    assign_many(uow, moved, new={each["id"] for each in added})


def outdated(row: Row, before: Before, taken: Collection[str | None]) -> bool:
    """Whether what a judged row found is not so any more. `taken`: external ids in use."""
    was = before.get(row.participant_id) if row.participant_id else None
    if row.is_new:
        return row.external_id in taken
    if was is None or any(
        getattr(was, name) != then for name, (then, _) in row.changes.items() if name in FACTS
    ):
        return True
    return "manager_id" in row.changes and was.manager_id != row.changes["manager_id"][0]


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
    uow.note_many(Participant, "changed", len(changed))
