"""Rosters in: a declared mapping, a verdict for every row, one transaction."""

import hashlib
import uuid
from collections import defaultdict
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from app.kit.database import uuid7
from app.kit.problems import shown
from app.kit.work import UnitOfWork
from app.participants.events import ParticipantsImported, ReportingLineChanged
from app.participants.models import EmploymentStatus, ManagerAssignment, Participant
from app.participants.rosters import FACTS, Row, read_roster
from app.participants.schemas import (
    WORKING_WEEK,
    FromColumn,
    ImportField,
    ParticipantImport,
    RowVerdict,
)
from app.participants.service import (
    DEEPEST_LINE,
    employment_event,
    lock_reporting_lines,
    must_keep_the_roster,
    sort_name,
)

Known = dict[str, Any]
_ENDLESS = f"The reporting line runs in a circle, or over more than {DEEPEST_LINE} levels."

Lines = dict[uuid.UUID, uuid.UUID | None]
"""Who is directly above whom."""


def import_participants(uow: UnitOfWork, wanted: ParticipantImport) -> dict[str, Any]:
    """Add and change the people of a roster; refused rows are left out, the rest commits as one."""
    must_keep_the_roster(uow)
    lock_reporting_lines(uow)
    known, above = _known(uow)
    columns, rows = read_roster(wanted, known)
    links = _Links(rows, known, above, ImportField.MANAGER_EXTERNAL_ID in wanted.mapping)
    links.settle()
    _judge(rows, known, links)
    if not wanted.dry_run:
        _store(uow, rows, known, links)
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
    named = {rule.column for rule in wanted.mapping.values() if isinstance(rule, FromColumn)}
    return {
        "dry_run": wanted.dry_run,
        "added_count": counts[RowVerdict.ADDED],
        "changed_count": counts[RowVerdict.CHANGED],
        "unchanged_count": counts[RowVerdict.UNCHANGED],
        "refused_count": counts[RowVerdict.REFUSED],
        "unread_columns": [shown(column[:200]) for column in columns if column not in named],
        "rows": rows,
    }


def _known(uow: UnitOfWork) -> tuple[Known, Lines]:
    """Everybody with an external id, by it; and who is above whom, of all."""
    found = uow.rows.execute(
        select(
            Participant.id, Participant.external_id, Participant.manager_id, Participant.left_on,
            *(getattr(Participant, name) for name in FACTS),
        ).where(Participant.organization_id == uow.organization_id)
    ).all()  # fmt: skip
    return (
        {row.external_id: row for row in found if row.external_id is not None},
        {row.id: row.manager_id for row in found},
    )


class _Links:
    """Who will be above whom; refuses rows whose manager is nobody, or below them.

    Every refusal is followed to those it concerns, and no line is climbed further than the house
    allows: the work grows with the file, whatever stands in it.
    """

    def __init__(
        self,
        rows: list[Row],
        known: Known,
        above: Lines,
        managers_are_told: bool,  # noqa: FBT001  said by the mapping
    ) -> None:
        self.known, self.above, self.managers_are_told = known, above, managers_are_told
        self.good: dict[str, Row] = {}
        self.below: dict[str, list[Row]] = defaultdict(list)
        """Rows by the external id of the manager they name."""
        for row in rows:
            if row.verdict is RowVerdict.REFUSED or row.external_id is None:
                continue
            before = known.get(row.external_id)
            row.participant_id = uuid7() if before is None else before.id
            self.good[row.external_id] = row
            if (boss := self._boss(row)) is not None:
                self.below[boss].append(row)

    def settle(self) -> None:
        for row in list(self.good.values()):
            boss = self._boss(row)
            if boss is not None and boss not in self.good and boss not in self.known:
                self._refuse(row, "Nobody has this external_id.", "unknown_reference")
        people: dict[uuid.UUID, Row] = {}
        for row in self.good.values():
            if row.participant_id is not None:
                people[row.participant_id] = row
                self.above[row.participant_id] = self.manager_id(row)
        waiting = list(people)
        while waiting:
            person = waiting.pop()
            for each in self._circle_from(person):
                guilty = people.get(each)
                if guilty is not None and self._moves(guilty):
                    waiting += self._refuse(guilty, _ENDLESS, "circle")

    def manager_id(self, row: Row) -> uuid.UUID | None:
        """The manager a row leads to; who is known keeps theirs where the file tells none."""
        boss = self._boss(row)
        if boss is not None:
            found: uuid.UUID | None = (
                self.good[boss].participant_id if boss in self.good else self.known[boss].id
            )
            return found
        before = self.known.get(row.external_id or "")
        return None if before is None or self.managers_are_told else before.manager_id

    def _moves(self, row: Row) -> bool:
        """Whether a row gives its person another manager: all circles run through such rows."""
        before = self.known.get(row.external_id or "")
        return before is None or (
            row.verdict is not RowVerdict.REFUSED and self.manager_id(row) != before.manager_id
        )

    def _boss(self, row: Row) -> str | None:
        return None if row.wanted is None else row.wanted.manager_external_id

    def _refuse(self, row: Row, detail: str, code: str) -> list[uuid.UUID]:
        """Refuse a row, and those that need the person it would have added.

        Returns the people who keep the manager they had: their lines are looked at again.
        """
        looked_at, falling = [], [(row, detail, code)]
        while falling:
            each, why, kind = falling.pop()
            key, person = each.external_id or "", each.participant_id
            if self.good.pop(key, None) is None:
                continue
            each.refuse("manager_external_id", why, kind)
            before = self.known.get(key)
            if before is not None:
                self.above[before.id] = before.manager_id
                looked_at.append(before.id)
                continue
            if person is not None:
                self.above.pop(person, None)
            falling += [
                (other, "The row of this manager was refused.", "manager_refused")
                for other in self.below[key]
            ]
        return looked_at

    def _circle_from(self, start: uuid.UUID) -> list[uuid.UUID]:
        """The circle that a person's line runs into; the person alone where it has no end."""
        line: dict[uuid.UUID, None] = {start: None}
        place = self.above.get(start)
        while place is not None and place not in line:
            if len(line) > DEEPEST_LINE:
                return [start]
            line[place] = None
            place = self.above.get(place)
        if place is None:
            return []
        climbed = list(line)
        return climbed[climbed.index(place) :]


def _judge(rows: list[Row], known: Known, links: _Links) -> None:
    """Say of each good row what it changes."""
    for row in rows:
        before = known.get(row.external_id or "")
        if row.verdict is RowVerdict.REFUSED or before is None:
            continue
        row.changed_fields = [
            name for name in FACTS if getattr(row.wanted, name) != getattr(before, name)
        ]
        if links.manager_id(row) != before.manager_id:
            row.changed_fields.append("manager_id")
        row.verdict = RowVerdict.CHANGED if row.changed_fields else RowVerdict.UNCHANGED


def _store(uow: UnitOfWork, rows: list[Row], known: Known, links: _Links) -> None:
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    managed: list[tuple[uuid.UUID, uuid.UUID | None]] = []
    for row in rows:
        if row.verdict not in (RowVerdict.ADDED, RowVerdict.CHANGED):
            continue
        if row.wanted is None or row.participant_id is None:
            continue
        before, manager_id = known.get(row.external_id or ""), links.manager_id(row)
        facts: dict[str, Any] = {name: getattr(row.wanted, name) for name in FACTS}
        facts["sort_name"] = sort_name(row.wanted.family_name, row.wanted.given_name)
        status = row.wanted.employment_status
        facts["left_on"] = uow.today if status is EmploymentStatus.LEFT else None
        if before is None:
            added.append(
                {**facts, "id": row.participant_id, "external_id": row.external_id,
                 "availability": WORKING_WEEK, "labels": {}}
            )  # fmt: skip
        elif "employment_status" in row.changed_fields:
            uow.emit(employment_event(row.participant_id, status))
        else:
            facts["left_on"] = before.left_on
        if before is not None:
            changed.append({**facts, "key": row.participant_id})
        if manager_id is not None if before is None else "manager_id" in row.changed_fields:
            managed.append((row.participant_id, manager_id))
        if before is not None and "manager_id" in row.changed_fields:
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
