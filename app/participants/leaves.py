"""Days on which people are away."""

import uuid
from typing import Any

from sqlalchemy import Row, Select, select

from app.kit.problems import Forbidden
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants.models import Leave
from app.participants.schemas import LeaveCreate, LeaveQuery
from app.participants.service import is_mine, keeps_the_roster, mine, must_see, sees_everybody

SORTS = {"created_at": Leave.id, "starts_on": Leave.starts_on}


def visible_leaves(uow: UnitOfWork) -> Select[Leave]:
    """Leave of those whom the caller may see."""
    stmt = select(Leave).where(Leave.organization_id == uow.organization_id)
    if not sees_everybody(uow):
        stmt = stmt.where(Leave.participant_id == mine(uow))
    return stmt


def add_leave(uow: UnitOfWork, wanted: LeaveCreate) -> Leave:
    """Note days on which oneself is away; HR may for anybody."""
    must_see(uow, wanted.participant_id, "/participant_id")
    _must_be_ones_own(uow, wanted.participant_id)
    return uow.add(Leave(**wanted.model_dump()))


def list_leaves(uow: UnitOfWork, query: LeaveQuery) -> dict[str, Any]:
    stmt = visible_leaves(uow)
    stmt = narrowed(stmt, (Leave.participant_id, query.participant_id))
    return uow.page(stmt, Leave.id, query, SORTS)


def get_leave(uow: UnitOfWork, leave_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_leaves(uow).where(Leave.id == leave_id))


def remove_leave(uow: UnitOfWork, leave_id: uuid.UUID) -> None:
    leave = uow.to_change(visible_leaves(uow).where(Leave.id == leave_id))
    _must_be_ones_own(uow, leave.participant_id)
    uow.remove(leave)


def _must_be_ones_own(uow: UnitOfWork, participant_id: uuid.UUID) -> None:
    if not keeps_the_roster(uow) and not is_mine(uow, participant_id):
        raise Forbidden("Leave is noted by the person who takes it, or by HR.")
