"""Whose goals one may see and write, and what becomes of a goal: set, changed, reached, dropped."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, Select, or_, select, union_all

from app.competences import service as competences
from app.goals.attainment import Attainment, attainment, elapsed_share
from app.goals.events import GoalChanged, GoalDropped, GoalReached, GoalSet
from app.goals.models import SCOPES, Goal, GoalStatus, TargetChange
from app.goals.schemas import GoalChange, GoalQuery, GoalSetIn
from app.kit.problems import Conflict, Forbidden, Invalid, NotFound
from app.kit.work import UnitOfWork
from app.pairings import service as pairings
from app.pairings.models import Pairing
from app.participants import service as participants
from app.participants.models import Participant
from app.programs import service as programs
from app.programs.models import Cohort, CohortStatus, Program, ProgramStatus

FIGURES = ("baseline", "target", "tolerance")
PRIVATE = ("title", "indicator", "unit", *FIGURES, "actual")
"""What of a pair's or a person's goal only they read."""


class GoalTitleTaken(Conflict):
    slug, title = "goal-title-taken", "There is a goal with this title already"
    constraints = tuple(f"uq_goals_organization_id_{scope}_title" for scope in SCOPES)


class GoalScopeClosed(Conflict):
    slug, title = "goal-scope-closed", "The program or cohort is over: it takes no new goals"


class GoalClosed(Conflict):
    slug, title = "goal-closed", "The goal was reached or dropped already"


class TargetLocked(Conflict):
    slug, title = (
        "target-locked",
        "Progress was measured against these figures: move them only with a reason",
    )


class NotYourGoal(Forbidden):
    slug, title = "not-your-goal", "Only those whose goal it is may do that"


class NotYourPairing(Forbidden):
    slug, title = "not-your-pairing", "Only the two of the pairing may do that"


SORTS = {"created_at": Goal.id}


class Scoped(Protocol):
    """What belongs to exactly one program, cohort, pairing or person."""

    @property
    def program_id(self) -> uuid.UUID | None: ...
    @property
    def cohort_id(self) -> uuid.UUID | None: ...
    @property
    def pairing_id(self) -> uuid.UUID | None: ...
    @property
    def participant_id(self) -> uuid.UUID | None: ...


@dataclass(frozen=True)
class Shown:
    """A goal as one caller may read it: of other people's goals only the progress."""

    goal: Goal | Row[Any]
    in_full: bool
    today: dt.date

    def __getattr__(self, name: str) -> Any:
        if name in PRIVATE and not self.in_full:
            return None
        return getattr(self.goal, name)

    @property
    def attainment(self) -> dict[str, Any]:
        found = attainment_of(self.goal, self.today)
        shown = {
            name: getattr(found, name) for name in ("status", "reason", "share", "n", "method")
        }
        return {**shown, "deviation": found.deviation if self.in_full else None}


def attainment_of(goal: Goal | Row[Any], today: dt.date) -> Attainment:
    """How far a goal is on a day."""
    return attainment(
        goal.baseline,
        goal.actual,
        goal.target,
        direction=goal.direction,
        tolerance=goal.tolerance,
        elapsed=elapsed_share(goal.set_on, goal.due_on, today),
    )


def own_id(uow: UnitOfWork) -> uuid.UUID | None:
    """The caller's participant id; None for those who are no participant."""
    if uow.principal.account_id is None:
        return None
    found: uuid.UUID | None = uow.rows.scalar(select(participants.mine(uow)))
    return found


def own_pairings(uow: UnitOfWork) -> Select[uuid.UUID]:
    """Ids of the caller's pairings, for `.in_()`."""
    me = participants.mine(uow)
    return select(Pairing.id).where(
        Pairing.organization_id == uow.organization_id,
        or_(Pairing.mentor_id == me, Pairing.mentee_id == me),
    )


def readable(uow: UnitOfWork) -> ColumnElement[bool]:
    """The condition under which the caller reads a goal in full: shared goals, and their own."""
    shared = or_(Goal.program_id.is_not(None), Goal.cohort_id.is_not(None))
    if uow.principal.account_id is None:
        return shared
    return or_(
        shared,
        Goal.pairing_id.in_(own_pairings(uow)),
        Goal.participant_id == participants.mine(uow),
    )


def visible(uow: UnitOfWork) -> Select[Goal]:
    """Goals of the programs and cohorts one sees, one's own, and those one follows."""
    stmt = select(Goal).where(Goal.organization_id == uow.organization_id)
    if uow.principal.has(*programs.MANAGING):
        return stmt
    reasons = [
        Goal.program_id.in_(programs.visible(uow).with_only_columns(Program.id)),
        Goal.cohort_id.in_(programs.visible_cohorts(uow).with_only_columns(Cohort.id)),
        Goal.pairing_id.in_(own_pairings(uow)),
        Goal.participant_id == participants.mine(uow),
    ]
    if uow.principal.granted(*programs.MANAGING):
        run = programs.granted_cohorts(uow, *programs.MANAGING)
        reasons.append(
            Goal.pairing_id.in_(
                select(Pairing.id).where(
                    Pairing.organization_id == uow.organization_id, Pairing.cohort_id.in_(run)
                )
            )
        )
    # One indexed look per reason: an OR of them would read every goal of the organization.
    seen = (
        select(Goal.id).where(Goal.organization_id == uow.organization_id, reason)
        for reason in reasons
    )
    return stmt.where(Goal.id.in_(union_all(*seen)))


def list_goals(uow: UnitOfWork, query: GoalQuery) -> dict[str, Any]:
    stmt = visible(uow).add_columns(readable(uow).label("in_full"))
    for name in (*SCOPES, "status", "category"):
        value = getattr(query, name)
        if value is not None:
            stmt = stmt.where(getattr(Goal, name) == value)
    page = uow.page(stmt, Goal.id, query, SORTS)
    shown = [Shown(each, bool(each.in_full), uow.today) for each in page["items"]]
    return {**page, "items": shown}


def get_goal(uow: UnitOfWork, goal_id: uuid.UUID) -> Shown:
    stmt = visible(uow).add_columns(readable(uow).label("in_full"))
    found = uow.one(stmt.where(Goal.id == goal_id))
    return Shown(found, bool(found.in_full), uow.today)


def set_goal(uow: UnitOfWork, wanted: GoalSetIn) -> Shown:
    """Set a goal for a program or cohort that one runs, for the own pairing, or for oneself."""
    must_write(uow, wanted, in_body=True)
    _must_take_goals(uow, wanted)
    facts = wanted.model_dump()
    _must_be_known(uow, facts)
    if wanted.owner_id is None and wanted.participant_id is not None:
        facts["owner_id"] = wanted.participant_id
    goal = uow.add(Goal(**facts, status=GoalStatus.OPEN, set_on=uow.today, check_ins_count=0))
    uow.emit(
        GoalSet(
            goal_id=goal.id,
            category=goal.category,
            **{scope: getattr(goal, scope) for scope in SCOPES},
        )
    )
    return Shown(goal, in_full=True, today=uow.today)


def change_goal(uow: UnitOfWork, goal_id: uuid.UUID, wanted: GoalChange) -> Shown:
    """Change an open goal. After the first check-in figures move only with a reason."""
    goal = open_goal(uow, goal_id)
    changes = wanted.model_dump()
    reason = changes.pop("reason", None)
    changed = sorted(name for name, value in changes.items() if getattr(goal, name) != value)
    _must_be_known(uow, {name: changes[name] for name in changed})
    if goal.check_ins_count:
        _keep_moved_figures(uow, goal, {name: changes[name] for name in changed}, reason)
    for name in changed:
        setattr(goal, name, changes[name])
    if changed:
        uow.touch(goal)
        uow.emit(GoalChanged(goal_id=goal.id, fields=changed))
    return Shown(goal, in_full=True, today=uow.today)


def _keep_moved_figures(
    uow: UnitOfWork, goal: Goal, changes: dict[str, Any], reason: str | None
) -> None:
    """No moving goalposts: what was measured against stays readable. Raises TargetLocked."""
    if "direction" in changes:
        raise TargetLocked("What counts as better cannot be turned round: set another goal.")
    moved = [name for name in FIGURES if name in changes]
    if moved and reason is None:
        raise TargetLocked(f"Say why {', '.join(moved)} moves: give a reason.")
    uow.add_many(
        TargetChange,
        [
            {
                "goal_id": goal.id,
                "figure": name,
                "before": getattr(goal, name),
                "after": changes[name],
                "reason": reason,
            }
            for name in moved
        ],
    )


def reach_goal(uow: UnitOfWork, goal_id: uuid.UUID) -> Shown:
    """Say that a goal is reached."""
    goal = open_goal(uow, goal_id)
    goal.status, goal.ended_on = GoalStatus.REACHED, uow.today
    uow.touch(goal)
    uow.emit(GoalReached(goal_id=goal.id))
    return Shown(goal, in_full=True, today=uow.today)


def drop_goal(uow: UnitOfWork, goal_id: uuid.UUID) -> Shown:
    """Pursue a goal no longer."""
    goal = open_goal(uow, goal_id)
    give_up(uow, goal)
    return Shown(goal, in_full=True, today=uow.today)


def give_up(uow: UnitOfWork, goal: Goal) -> None:
    """Drop a goal that is locked and open."""
    goal.status, goal.ended_on = GoalStatus.DROPPED, uow.today
    uow.touch(goal)
    uow.emit(GoalDropped(goal_id=goal.id))


def open_goal(uow: UnitOfWork, goal_id: uuid.UUID) -> Goal:
    """An open goal that the caller may write, locked. Raises NotFound, Forbidden, GoalClosed."""
    goal = uow.to_change(visible(uow).where(Goal.id == goal_id))
    must_write(uow, goal)
    if goal.status is not GoalStatus.OPEN:
        raise GoalClosed(f"The goal is {goal.status}.")
    return goal


def must_write(uow: UnitOfWork, what: Scoped, *, in_body: bool = False) -> None:
    """Raises Forbidden to those whose it is not; what `in_body` nobody knows is Invalid."""
    if what.program_id is not None:
        programs.get_program(uow, what.program_id, "/program_id" if in_body else None)
        programs.must_run_program(uow, what.program_id)
    elif what.cohort_id is not None:
        cohort = programs.get_cohort(uow, what.cohort_id, "/cohort_id" if in_body else None)
        programs.must_run_program(uow, cohort.program_id)
    elif what.pairing_id is not None:
        own_active_pairing(uow, what.pairing_id, "/pairing_id" if in_body else None)
    elif what.participant_id != own_id(uow):
        _must_see(uow, what.participant_id, "/participant_id")
        raise NotYourGoal


def own_pairing(uow: UnitOfWork, pairing_id: uuid.UUID, pointer: str | None = None) -> Any:
    """A pairing the caller is one of. Raises NotFound (Invalid at `pointer`), NotYourPairing."""
    found = uow.rows.execute(pairings.visible(uow).where(Pairing.id == pairing_id)).one_or_none()
    if found is None and pointer is None:
        raise NotFound
    if found is None:
        raise Invalid.at(pointer or "", "There is nothing with this id.", "unknown_reference")
    if pairings.my_side(uow, found) is None:
        raise NotYourPairing
    return found


def own_active_pairing(uow: UnitOfWork, pairing_id: uuid.UUID, pointer: str | None = None) -> Any:
    """Like `own_pairing`, and active until this unit ends. Raises PairingNotActive, too."""
    own_pairing(uow, pairing_id, pointer)
    return pairings.active_pairing(uow, pairing_id, lock=True)


def _must_take_goals(uow: UnitOfWork, wanted: GoalSetIn) -> None:
    if wanted.program_id is not None:
        over = programs.get_program(uow, wanted.program_id).status is ProgramStatus.CLOSED
    elif wanted.cohort_id is not None:
        ended = (CohortStatus.COMPLETED, CohortStatus.CANCELLED)
        over = programs.get_cohort(uow, wanted.cohort_id).status in ended
    else:
        return
    if over:
        raise GoalScopeClosed


def _must_be_known(uow: UnitOfWork, facts: dict[str, Any]) -> None:
    """Owner and competences of a goal exist. Raises Invalid."""
    if facts.get("owner_id") is not None:
        _must_see(uow, facts["owner_id"], "/owner_id")
    codes = facts.get("competences") or []
    known = competences.highest_levels(uow, codes)
    for place, code in enumerate(codes):
        if code not in known:
            told = f"No framework in use has the competence {code}."
            raise Invalid.at(f"/competences/{place}", told, "unknown_reference")


def _must_see(uow: UnitOfWork, participant_id: uuid.UUID | None, pointer: str) -> None:
    """A person the caller knows of: whom they may see, or their partner. Raises Invalid."""
    seen = uow.rows.execute(
        participants.visible(uow).where(Participant.id == participant_id)
    ).first()
    if seen is None and not _is_partner(uow, participant_id):
        raise Invalid.at(pointer, "There is nobody with this id.", "unknown_reference")


def _is_partner(uow: UnitOfWork, participant_id: uuid.UUID | None) -> bool:
    theirs = or_(Pairing.mentor_id == participant_id, Pairing.mentee_id == participant_id)
    return uow.rows.execute(own_pairings(uow).where(theirs).limit(1)).first() is not None
