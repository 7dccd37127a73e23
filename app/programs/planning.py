"""Planning: programs, and their cohorts from the first idea to the end."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.access import service as access
from app.access.models import RoleGrant
from app.access.schemas import GrantCreate
from app.kit.events import Event
from app.kit.problems import Conflict, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.programs import service
from app.programs.events import (
    CohortCancelled,
    CohortChanged,
    CohortCompleted,
    CohortLaunched,
    CohortPlanned,
    EnrollmentOpened,
    ProgramChanged,
    ProgramClosed,
    ProgramSetUp,
)
from app.programs.models import LIVE_COHORTS, Cohort, CohortStatus, Program, ProgramStatus
from app.programs.schemas import (
    CohortChange,
    CohortDesign,
    CohortPlan,
    CohortQuery,
    ProgramChange,
    ProgramDesign,
    ProgramEntrust,
    ProgramQuery,
)

SORTS = {"created_at": Program.id, "name": Program.name}
COHORT_SORTS = {"created_at": Cohort.id, "starts_on": Cohort.starts_on}
PLAN = frozenset(
    {
        "starts_on", "ends_on", "meeting_every_days", "meeting_minutes", "planned_meetings_count",
        "modes", "driver", "measures", "milestones", "training_required",
    }
)  # fmt: skip
"""What freezes when a cohort is launched: what was promised, and is measured against."""


Judge = Callable[[UnitOfWork, Mapping[str, Any], Mapping[str, int], str, str], None]
_judges: list[Judge] = []


def judged_by(judge: Judge) -> Judge:
    """Have a room above judge rules and weights before they are kept: it alone knows the codes.

    It gets both, and the pointers to them in the request, and raises Invalid.
    """
    _judges.append(judge)
    return judge


def _must_be_matchable(
    uow: UnitOfWork, rules: Mapping[str, Any], weights: Mapping[str, int]
) -> None:
    for judge in _judges:
        judge(uow, rules, weights, "/matching_rules", "/matching_weights")


class ProgramNameTaken(Conflict):
    slug, title = "program-name-taken", "There is a program with this name already"
    constraints = ("uq_programs_organization_id_name",)


class ProgramIsClosed(Conflict):
    slug, title = "program-closed", "The program is closed"


class ProgramHasLiveCohorts(Conflict):
    slug, title = "program-has-live-cohorts", "Complete or cancel the program's cohorts first"


class CohortNotPlanned(Conflict):
    slug, title = "cohort-not-planned", "The cohort is past planning"


class CohortNameTaken(Conflict):
    slug, title = "cohort-name-taken", "The program has a cohort with this name already"
    constraints = ("uq_cohorts_organization_id_program_id_name",)


class PlanFrozen(Conflict):
    slug, title = "plan-frozen", "The plan was frozen when the cohort was launched"


def list_programs(uow: UnitOfWork, query: ProgramQuery) -> dict[str, Any]:
    stmt = service.visible(uow)
    stmt = narrowed(
        stmt,
        (Program.status, query.status),
        (Program.name, query.name),
    )
    return uow.page(stmt, Program.id, query, SORTS)


def set_up_program(uow: UnitOfWork, wanted: ProgramDesign) -> dict[str, Any]:
    """Set up a program, and plan its first cohort when one is given. Raises NotYourProgram."""
    if not uow.principal.has(*service.MANAGING):
        raise service.NotYourProgram("Programs are set up by those who manage all of them.")
    _must_be_matchable(uow, wanted.matching_rules, wanted.matching_weights)
    program = uow.add(
        Program(
            name=wanted.name,
            purpose=wanted.purpose,
            status=ProgramStatus.ACTIVE,
            matching_rules=dict(wanted.matching_rules),
            matching_weights=dict(wanted.matching_weights),
            matching_objective=wanted.matching_objective,
            labels=dict(wanted.metadata),
        )
    )
    uow.emit(ProgramSetUp(program_id=program.id))
    first = None
    if wanted.first_cohort is not None:
        first = _plan(uow, program.id, wanted.first_cohort, "/first_cohort")
    shown = uow.rows.execute(service.visible(uow).where(Program.id == program.id)).mappings()
    return {**shown.one(), "first_cohort_id": first and first.id}


def change_program(uow: UnitOfWork, program_id: uuid.UUID, wanted: ProgramChange) -> Program:
    program = _to_run(uow, program_id)
    if program.status is ProgramStatus.CLOSED:
        raise ProgramIsClosed
    changes = wanted.model_dump()
    _must_be_matchable(uow, changes.get("matching_rules", {}), changes.get("matching_weights", {}))
    changed = _apply(program, changes)
    if changed:
        uow.touch(program)
        uow.emit(ProgramChanged(program_id=program.id, fields=changed))
    return program


def _apply(record: Program | Cohort, changes: dict[str, Any]) -> list[str]:
    """Set what differs; returns the names of what did, as on the wire."""
    changed = []
    for name, value in changes.items():
        column = "labels" if name == "metadata" else name
        if getattr(record, column) != value:
            setattr(record, column, value)
            changed.append(name)
    return sorted(changed)


def close_program(uow: UnitOfWork, program_id: uuid.UUID) -> Program:
    """Close a program whose cohorts are over; it stays readable. Closing twice is harmless."""
    program = _to_run(uow, program_id)
    if program.status is ProgramStatus.CLOSED:
        return program
    live = uow.rows.execute(
        select(Cohort.id)
        .where(
            Cohort.organization_id == uow.organization_id,
            Cohort.program_id == program.id,
            Cohort.status.in_(LIVE_COHORTS),
        )
        .limit(1)
    ).first()
    if live is not None:
        raise ProgramHasLiveCohorts
    program.status = ProgramStatus.CLOSED
    uow.touch(program)
    uow.emit(ProgramClosed(program_id=program.id))
    return program


def entrust_program(uow: UnitOfWork, program_id: uuid.UUID, wanted: ProgramEntrust) -> RoleGrant:
    """Let an account run or facilitate this program, and no other."""
    program = uow.one(service.visible(uow).where(Program.id == program_id))
    service.must_run_program(uow, program.id)
    return access.grant_role(
        uow, wanted.account_id, GrantCreate(role=wanted.role, program_id=program.id)
    )


def _to_run(uow: UnitOfWork, program_id: uuid.UUID) -> Program:
    program = uow.to_change(service.visible(uow).where(Program.id == program_id))
    service.must_run_program(uow, program.id)
    return program


def list_cohorts(uow: UnitOfWork, query: CohortQuery) -> dict[str, Any]:
    stmt = service.visible_cohorts(uow)
    stmt = narrowed(
        stmt,
        (Cohort.program_id, query.program_id),
        (Cohort.status, query.status),
    )
    return uow.page(stmt, Cohort.id, query, COHORT_SORTS)


def plan_cohort(uow: UnitOfWork, wanted: CohortPlan) -> Cohort:
    """Plan one run of an active program."""
    program = uow.rows.execute(
        service.visible(uow).where(Program.id == wanted.program_id).with_for_update(read=True)
    ).one_or_none()
    if program is None:
        raise Invalid.at("/program_id", "There is no program with this id.", "unknown_reference")
    service.must_run_program(uow, program.id)
    if program.status is ProgramStatus.CLOSED:
        raise ProgramIsClosed
    return _plan(uow, program.id, wanted, "")


def _plan(uow: UnitOfWork, program_id: uuid.UUID, wanted: CohortDesign, where: str) -> Cohort:
    facts = wanted.model_dump(exclude={"program_id", "metadata", "milestones", "ends_on"})
    ends_on = wanted.ends_on
    if ends_on is None:
        ends_on = usual_end(
            wanted.starts_on, wanted.planned_meetings_count, wanted.meeting_every_days
        )
    _must_end_after_start(wanted.starts_on, ends_on, where)
    cohort = uow.add(
        Cohort(
            **facts,
            program_id=program_id,
            ends_on=ends_on,
            status=CohortStatus.PLANNED,
            milestones=wanted.model_dump(mode="json")["milestones"],
            labels=dict(wanted.metadata),
        )
    )
    uow.emit(CohortPlanned(cohort_id=cohort.id, program_id=program_id))
    return cohort


def usual_end(starts_on: dt.date, planned_meetings_count: int, every_days: int) -> dt.date:
    """When a cohort ends that does not say it: with room for one meeting more than planned."""
    days = (planned_meetings_count + 1) * every_days
    return dt.date.fromordinal(min(starts_on.toordinal() + days, dt.date.max.toordinal()))


def _must_end_after_start(starts_on: dt.date, ends_on: dt.date, where: str = "") -> None:
    if ends_on <= starts_on:
        raise Invalid.at(f"{where}/ends_on", "A cohort ends after it starts.", "ends_before_start")


def change_cohort(uow: UnitOfWork, cohort_id: uuid.UUID, wanted: CohortChange) -> Cohort:
    """Change a cohort. After its launch the plan is frozen; after its end nothing changes."""
    cohort = _to_run_cohort(uow, cohort_id)
    if cohort.status not in LIVE_COHORTS:
        raise service.CohortClosed(f"The cohort is {cohort.status}.")
    changes = wanted.model_dump()
    if "milestones" in changes:
        changes["milestones"] = wanted.model_dump(mode="json")["milestones"]
    changed = _apply(cohort, changes)
    if cohort.plan_frozen_at is not None and (frozen := sorted(PLAN.intersection(changed))):
        raise PlanFrozen(f"Frozen since the launch: {', '.join(frozen)}.", fields=frozen)
    _must_end_after_start(cohort.starts_on, cohort.ends_on)
    if changed:
        uow.touch(cohort)
        uow.emit(CohortChanged(cohort_id=cohort.id, fields=changed))
    return cohort


@dataclass(frozen=True)
class CohortStep:
    """One way on in the life of a cohort."""

    before: tuple[CohortStatus, ...]
    after: CohortStatus
    refused: type[Conflict]


OPEN = CohortStep((CohortStatus.PLANNED,), CohortStatus.ENROLLING, CohortNotPlanned)
LAUNCH = CohortStep((CohortStatus.ENROLLING,), CohortStatus.RUNNING, service.CohortNotEnrolling)
COMPLETE = CohortStep((CohortStatus.RUNNING,), CohortStatus.COMPLETED, service.CohortNotRunning)
CANCEL = CohortStep(LIVE_COHORTS, CohortStatus.CANCELLED, service.CohortClosed)


def open_enrollment(uow: UnitOfWork, cohort_id: uuid.UUID) -> Cohort:
    """Let people in from now on: planned → enrolling."""
    return _step(uow, cohort_id, OPEN, EnrollmentOpened(cohort_id=cohort_id))


def launch_cohort(uow: UnitOfWork, cohort_id: uuid.UUID) -> Cohort:
    """Start the run and freeze its plan: enrolling → running."""
    return _step(uow, cohort_id, LAUNCH, CohortLaunched(cohort_id=cohort_id))


def complete_cohort(uow: UnitOfWork, cohort_id: uuid.UUID) -> Cohort:
    """End the run as planned: running → completed."""
    return _step(uow, cohort_id, COMPLETE, CohortCompleted(cohort_id=cohort_id))


def cancel_cohort(uow: UnitOfWork, cohort_id: uuid.UUID) -> Cohort:
    """Call a cohort off that is not over."""
    return _step(uow, cohort_id, CANCEL, CohortCancelled(cohort_id=cohort_id))


def _step(uow: UnitOfWork, cohort_id: uuid.UUID, step: CohortStep, told: Event) -> Cohort:
    cohort = _to_run_cohort(uow, cohort_id)
    if cohort.status not in step.before:
        raise step.refused(f"The cohort is {cohort.status}.")
    cohort.status = step.after
    if step is LAUNCH:
        cohort.plan_frozen_at = uow.now
    if step.after not in LIVE_COHORTS:
        cohort.ended_at = uow.now
    uow.touch(cohort)
    uow.emit(told)
    return cohort


def _to_run_cohort(uow: UnitOfWork, cohort_id: uuid.UUID) -> Cohort:
    cohort = uow.to_change(service.visible_cohorts(uow).where(Cohort.id == cohort_id))
    service.must_run_program(uow, cohort.program_id)
    return cohort
