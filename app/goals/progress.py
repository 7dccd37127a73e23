"""Looking at progress: check-ins, figures that moved, and what impact reads."""

import datetime as dt
import uuid
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, Select, or_, select

from app.goals.events import GoalCheckedIn
from app.goals.models import CheckIn, Goal, GoalCategory, GoalDirection, GoalStatus, TargetChange
from app.goals.schemas import CheckInQuery, GoalCheckIn, TargetChangeQuery
from app.goals.service import open_goal, own_id, readable, visible
from app.kit.problems import Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.pairings.models import Pairing

CHECK_IN_SORTS = {"created_at": CheckIn.id, "checked_on": CheckIn.checked_on}
TARGET_CHANGE_SORTS = {"created_at": TargetChange.id}
AHEAD_OF_UTC = dt.timedelta(days=1)  # where a person lives it may be tomorrow already


def check_in_on_goal(uow: UnitOfWork, goal_id: uuid.UUID, wanted: GoalCheckIn) -> CheckIn:
    """Note how far a goal is; the value of the latest day counts."""
    goal = open_goal(uow, goal_id)
    checked_on = wanted.checked_on or uow.today
    if checked_on > uow.today + AHEAD_OF_UTC:
        raise Invalid.at("/checked_on", "Nobody has seen that day yet.", "date_in_the_future")
    check_in = uow.add(
        CheckIn(
            goal_id=goal.id,
            checked_on=checked_on,
            value=wanted.value,
            note=wanted.note,
            evidence=wanted.evidence,
            author_id=own_id(uow),
        )
    )
    goal.check_ins_count += 1
    if wanted.value is not None and (goal.actual_on is None or checked_on >= goal.actual_on):
        goal.actual, goal.actual_on = wanted.value, checked_on
    uow.touch(goal)
    uow.emit(GoalCheckedIn(goal_id=goal.id, check_in_id=check_in.id))
    return check_in


def _readable_goals(uow: UnitOfWork) -> Select[uuid.UUID]:
    return visible(uow).with_only_columns(Goal.id).where(readable(uow))


def visible_check_ins(uow: UnitOfWork) -> Select[CheckIn]:
    """Check-ins on the goals one reads in full."""
    return select(CheckIn).where(
        CheckIn.organization_id == uow.organization_id, CheckIn.goal_id.in_(_readable_goals(uow))
    )


def list_check_ins(uow: UnitOfWork, query: CheckInQuery) -> dict[str, Any]:
    stmt = visible_check_ins(uow)
    stmt = narrowed(stmt, (CheckIn.goal_id, query.goal_id))
    return uow.page(stmt, CheckIn.id, query, CHECK_IN_SORTS)


def get_check_in(uow: UnitOfWork, check_in_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_check_ins(uow).where(CheckIn.id == check_in_id))


def visible_target_changes(uow: UnitOfWork) -> Select[TargetChange]:
    """Moved figures of the goals one reads in full."""
    return select(TargetChange).where(
        TargetChange.organization_id == uow.organization_id,
        TargetChange.goal_id.in_(_readable_goals(uow)),
    )


def list_target_changes(uow: UnitOfWork, query: TargetChangeQuery) -> dict[str, Any]:
    stmt = visible_target_changes(uow)
    stmt = narrowed(stmt, (TargetChange.goal_id, query.goal_id))
    return uow.page(stmt, TargetChange.id, query, TARGET_CHANGE_SORTS)


@dataclass(frozen=True, slots=True)
class GoalFigures:
    """A goal as impact reads it: figures, no words."""

    goal_id: uuid.UUID
    cohort_id: uuid.UUID | None
    """Set for a goal of the cohort itself, else None."""
    pairing_id: uuid.UUID | None
    category: GoalCategory
    competences: list[str]
    direction: GoalDirection
    baseline: float | None
    target: float | None
    tolerance: float | None
    actual: float | None
    actual_on: dt.date | None
    set_on: dt.date
    due_on: dt.date | None
    ended_on: dt.date | None
    status: GoalStatus
    check_ins_count: int


def goals_for_impact(uow: UnitOfWork, cohort_id: uuid.UUID) -> list[GoalFigures]:
    """The goals of a cohort and of its pairings, dropped ones included, oldest first.

    For impact, which answers for who may see it and for the minimum group.
    """
    pairings = select(Pairing.id).where(
        Pairing.organization_id == uow.organization_id, Pairing.cohort_id == cohort_id
    )
    rows = uow.rows.execute(
        select(
            Goal.id.label("goal_id"),
            *(getattr(Goal, each.name) for each in fields(GoalFigures)[1:]),
        )
        .where(
            Goal.organization_id == uow.organization_id,
            or_(Goal.cohort_id == cohort_id, Goal.pairing_id.in_(pairings)),
        )
        .order_by(Goal.id)
    ).mappings()
    return [GoalFigures(**each) for each in rows]
