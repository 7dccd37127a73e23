"""Who is above whom once all rows are in: refuses what cannot be, and orders the rest."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.kit.database import uuid7
from app.kit.work import UnitOfWork
from app.participants.models import Participant
from app.participants.rows import NEEDED, Row
from app.participants.schemas import RowVerdict
from app.participants.service import DEEPEST_LINE

_ENDLESS = f"The reporting line runs in a circle, or over more than {DEEPEST_LINE} levels."

Known = Mapping[str, Any]
"""The people who have an external id, by it: rows of `id`, `manager_id`, `employment_status`."""
Lines = dict[uuid.UUID, uuid.UUID | None]
"""Who is directly above whom."""


def people_there(uow: UnitOfWork) -> tuple[dict[str, Any], Lines]:
    """Everybody with an external id, by it; and who is above whom, of all."""
    found = uow.rows.execute(
        select(
            Participant.id, Participant.external_id, Participant.manager_id,
            Participant.employment_status,
        ).where(Participant.organization_id == uow.organization_id)
    ).all()  # fmt: skip
    return (
        {row.external_id: row for row in found if row.external_id is not None},
        {row.id: row.manager_id for row in found},
    )


def settle(rows: list[Row], known: Known, above: Lines) -> list[Row]:
    """Find each row's person and manager, refuse what cannot be, order the rest.

    In this order managers come before their people, and who moves in the reporting line moves
    after those who will be above: written so, no moment between two rows has a circle. Changes
    `above` into what it will be.
    """
    first: dict[str, Row] = {}
    for row in rows:
        if row.external_id is None:
            continue
        if row.external_id in first:
            row.refuse("external_id", f"Stands already in line {first[row.external_id].line}.",
                       "repeated")  # fmt: skip
            continue
        first[row.external_id] = row
        was = known.get(row.external_id)
        row.is_new = was is None
        if was is not None:
            row.participant_id = was.id
        elif row.verdict is not RowVerdict.REFUSED:
            for name in NEEDED:
                if name not in row.facts:
                    row.refuse(name, "Field required", "missing")
    links = _Links(rows, known, above)
    links.settle()
    depths = _depths(above)
    good = [row for row in links.good.values() if row.participant_id is not None]
    good.sort(key=lambda row: depths.get(row.participant_id or uuid.UUID(int=0), 0))
    return good


def _depths(above: Lines) -> dict[uuid.UUID, int]:
    """How many managers are above each person; lines end, as they were settled."""
    depths: dict[uuid.UUID, int] = {}
    for person in above:
        line: list[uuid.UUID] = []
        place = person
        while place not in depths and len(line) <= DEEPEST_LINE:
            line.append(place)
            higher = above.get(place)
            if higher is None:
                break
            place = higher
        depth = depths.get(place, -1)
        for each in reversed(line):
            depth += 1
            depths[each] = depth
    return depths


class _Links:
    """Who will be above whom; refuses rows whose manager is nobody, or below them.

    Every refusal is followed to those it concerns, and no line is climbed further than the house
    allows: the work grows with the file, whatever stands in it.
    """

    def __init__(self, rows: list[Row], known: Known, above: Lines) -> None:
        self.known, self.above = known, above
        self.good: dict[str, Row] = {}
        self.below: dict[str, list[Row]] = defaultdict(list)
        """Rows by the external id of the manager they name."""
        for row in rows:
            if row.verdict is RowVerdict.REFUSED or row.external_id is None:
                continue
            if row.participant_id is None:
                row.participant_id = uuid7()
            self.good[row.external_id] = row
            if row.boss is not None:
                self.below[row.boss].append(row)

    def settle(self) -> None:
        for row in list(self.good.values()):
            if row.boss is not None and row.boss not in self.good and row.boss not in self.known:
                self._refuse(row, "Nobody has this external_id.", "unknown_reference")
        people: dict[uuid.UUID, Row] = {}
        for row in self.good.values():
            if row.participant_id is not None:
                people[row.participant_id] = row
                self.above[row.participant_id] = self._manager_id(row)
        waiting = list(people)
        while waiting:
            for each in self._circle_from(waiting.pop()):
                guilty = people.get(each)
                if guilty is not None and self._moves(guilty):
                    waiting += self._refuse(guilty, _ENDLESS, "circle")
        for row in self.good.values():
            row.manager_id = self._manager_id(row)

    def _manager_id(self, row: Row) -> uuid.UUID | None:
        """The manager a row leads to; who is known keeps theirs where the row tells none."""
        if row.boss is not None:
            found: uuid.UUID | None = (
                self.good[row.boss].participant_id
                if row.boss in self.good
                else self.known[row.boss].id
            )
            return found
        before = self.known.get(row.external_id or "")
        return None if before is None or row.tells_manager else before.manager_id

    def _moves(self, row: Row) -> bool:
        """Whether a row gives its person another manager: all circles run through such rows."""
        before = self.known.get(row.external_id or "")
        return before is None or (
            row.verdict is not RowVerdict.REFUSED and self._manager_id(row) != before.manager_id
        )

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
                each.participant_id = None
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
