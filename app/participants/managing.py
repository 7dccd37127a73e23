"""Who manages whom, from when until when: past, present, and on a day to come."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, insert, select, update

from app.kit.database import uuid7
from app.kit.work import UnitOfWork
from app.participants.models import ManagerAssignment, ManagerPlan

Planned = dict[uuid.UUID, tuple[uuid.UUID | None, dt.date]]
"""Person → the manager they will have, and from when on."""
Move = tuple[uuid.UUID, uuid.UUID | None, dt.date]
"""Person, manager, since when."""


def planned_managers(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> Planned:
    """Of these people, the managers they are to have from a day to come on."""
    if not ids:
        return {}
    found = uow.rows.execute(
        select(ManagerPlan.participant_id, ManagerPlan.manager_id, ManagerPlan.from_on).where(
            ManagerPlan.organization_id == uow.organization_id,
            ManagerPlan.participant_id.in_(ids),
        )
    )
    return {row.participant_id: (row.manager_id, row.from_on) for row in found}


def assign_many(uow: UnitOfWork, moves: Sequence[Move], *, new: Collection[uuid.UUID]) -> None:
    """Note who is managed by whom since when; on a day to come, that it is planned.

    People in `new` have had no manager before.
    """
    if not moves:
        return
    common = {
        "organization_id": uow.organization_id, "created_at": uow.now, "updated_at": uow.now,
        "version": 1,
    }  # fmt: skip
    now = [move for move in moves if move[2] <= uow.today]
    before = [{"person": person, "since": since} for person, _, since in now if person not in new]
    if before:
        uow.rows.execute(
            update(ManagerAssignment)
            .where(
                ManagerAssignment.organization_id == uow.organization_id,
                ManagerAssignment.participant_id == bindparam("person"),
                ManagerAssignment.until_on.is_(None),
            )
            .values(until_on=bindparam("since")),
            before,
        )
    begun = [
        {**common, "id": uuid7(), "participant_id": person, "manager_id": manager, "from_on": since}
        for person, manager, since in now
        if manager is not None
    ]
    if begun:
        uow.rows.execute(insert(ManagerAssignment), begun)
    forget_plans(uow, [person for person, _, _ in moves if person not in new])
    planned = [
        {**common, "id": uuid7(), "participant_id": person, "manager_id": manager, "from_on": since}
        for person, manager, since in moves
        if since > uow.today
    ]
    if planned:
        uow.rows.execute(insert(ManagerPlan), planned)


def forget_plans(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> None:
    """Whoever moves now, or is erased, has no other move planned."""
    if ids:
        uow.rows.execute(
            delete(ManagerPlan).where(
                ManagerPlan.organization_id == uow.organization_id,
                ManagerPlan.participant_id.in_(ids),
            )
        )


def due_plans(uow: UnitOfWork, most: int) -> Planned:
    """The plans whose day has come."""
    found = uow.rows.execute(
        select(ManagerPlan.participant_id, ManagerPlan.manager_id, ManagerPlan.from_on)
        .where(ManagerPlan.organization_id == uow.organization_id, ManagerPlan.from_on <= uow.today)
        .order_by(ManagerPlan.from_on, ManagerPlan.id)
        .limit(most)
    )
    return {row.participant_id: (row.manager_id, row.from_on) for row in found}
