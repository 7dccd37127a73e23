"""What the room answers to itself and to rooms above: who sees and runs what, who takes part."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, null, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from app.access.scopes import Role
from app.kit.problems import Conflict, Forbidden, Invalid, NotFound
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.participants.models import EmploymentStatus, Participant
from app.programs.models import (
    OPEN_COHORTS,
    Cohort,
    CohortStatus,
    Enrollment,
    EnrollmentMode,
    EnrollmentRole,
    EnrollmentStatus,
    Generation,
    Program,
)

MANAGING = (Role.ADMINISTRATOR, Role.PROGRAM_MANAGER, Role.INTEGRATION)
"""Roles that run programs: for the whole organization, or for the programs granted."""
SEEING_PEOPLE = (*MANAGING, Role.FACILITATOR)
"""Roles that see who takes part."""
SEEING_PLANS = (*SEEING_PEOPLE, Role.CONFIDANT, Role.SPONSOR, Role.AUDITOR)
"""Roles that see what is planned."""

PREFERENCES = ("wishes", "vetoes")
PRIVATE = (*PREFERENCES, "generation")
Column = InstrumentedAttribute[uuid.UUID]


class NotYourProgram(Forbidden):
    slug, title = "not-your-program", "Only those who run the program may do that"


class CohortNotEnrolling(Conflict):
    slug, title = "cohort-not-enrolling", "The cohort does not take people at this stage"


class CohortNotRunning(Conflict):
    slug, title = "cohort-not-running", "The cohort is not running"


class CohortClosed(Conflict):
    slug, title = "cohort-closed", "The cohort is completed or cancelled"


# Who sees what. Rooms above build their own `visible()` from these.


def granted_programs(uow: UnitOfWork, *roles: Role) -> list[uuid.UUID]:
    """Ids of the programs granted to the caller in one of these roles (default: SEEING_PEOPLE)."""
    return uow.principal.granted(*(roles or SEEING_PEOPLE))


def granted_cohorts(uow: UnitOfWork, *roles: Role) -> Select[uuid.UUID]:
    """Ids of the cohorts of `granted_programs`, as a subquery for `.in_()`."""
    return select(Cohort.id).where(
        Cohort.organization_id == uow.organization_id,
        Cohort.program_id.in_(granted_programs(uow, *roles)),
    )


def within_reach(
    uow: UnitOfWork, cohort_id: Column, *people: Column, roles: tuple[Role, ...] = SEEING_PEOPLE
) -> ColumnElement[bool]:
    """The condition under which the caller sees a row that belongs to a cohort.

    True with one of `roles` for the whole organization; else the cohort is of a program granted in
    one of these roles, or one of the columns `people` (participant ids) names the caller.
    """
    if uow.principal.has(*roles):
        return true()
    reasons = [column == participants.mine(uow) for column in people]
    if granted_programs(uow, *roles):
        reasons.append(cohort_id.in_(granted_cohorts(uow, *roles)))
    return or_(false(), *reasons)


def runs_program(uow: UnitOfWork, program_id: uuid.UUID) -> bool:
    """Whether the caller runs this program: manages the organization's programs, or this one."""
    return uow.principal.has(*MANAGING) or program_id in granted_programs(uow, *MANAGING)


def sees_people(uow: UnitOfWork, program_id: uuid.UUID) -> bool:
    """Whether the caller may see everybody who takes part in this program."""
    return uow.principal.has(*SEEING_PEOPLE) or program_id in granted_programs(uow)


def must_run_program(uow: UnitOfWork, program_id: uuid.UUID) -> None:
    """Raises NotYourProgram."""
    if not runs_program(uow, program_id):
        raise NotYourProgram


def visible(uow: UnitOfWork) -> Select[Program]:
    """Programs: all for those who plan or oversee, else the granted and those one may join."""
    stmt = select(Program).where(Program.organization_id == uow.organization_id)
    if uow.principal.has(*SEEING_PLANS):
        return stmt
    theirs = visible_cohorts(uow).with_only_columns(Cohort.program_id)
    return stmt.where(
        or_(Program.id.in_(theirs), Program.id.in_(granted_programs(uow, *SEEING_PLANS)))
    )


def visible_cohorts(uow: UnitOfWork) -> Select[Cohort]:
    """Cohorts: of programs one oversees, those one was enrolled in, and those open to all."""
    stmt = select(Cohort).where(Cohort.organization_id == uow.organization_id)
    if uow.principal.has(*SEEING_PLANS):
        return stmt
    own = select(Enrollment.cohort_id).where(
        Enrollment.organization_id == uow.organization_id,
        Enrollment.participant_id == participants.mine(uow),
    )
    return stmt.where(
        or_(
            Cohort.program_id.in_(granted_programs(uow, *SEEING_PLANS)),
            Cohort.id.in_(own),
            and_(
                Cohort.status == CohortStatus.ENROLLING,
                Cohort.enrollment_mode == EnrollmentMode.OPEN,
            ),
        )
    )


def visible_enrollments(uow: UnitOfWork) -> Select[Enrollment]:
    """Enrollments: of programs one runs or facilitates, and one's own. Show them by `shown`."""
    return select(Enrollment).where(
        Enrollment.organization_id == uow.organization_id,
        within_reach(uow, Enrollment.cohort_id, Enrollment.participant_id),
    )


def shown(uow: UnitOfWork) -> Select[Any]:
    """Enrollments as this caller may read them: others' wishes and vetoes are null."""
    own: ColumnElement[bool] = false()
    if uow.principal.account_id is not None:
        own = Enrollment.participant_id == participants.mine(uow)
    open_to_all = (each for each in Enrollment.__table__.c if each.key not in PRIVATE)
    private = (case((own, getattr(Enrollment, name)), else_=null()).label(name) for name in PRIVATE)
    return visible_enrollments(uow).with_only_columns(*open_to_all, *private)


# What rooms above ask for. `pointer`: the id came in a body, an unknown one is Invalid there.


def get_program(uow: UnitOfWork, program_id: uuid.UUID, pointer: str | None = None) -> Row[Any]:
    """A program the caller may see. Raises NotFound, or Invalid at `pointer`."""
    return _resolved(uow, visible(uow).where(Program.id == program_id), pointer)


def get_cohort(uow: UnitOfWork, cohort_id: uuid.UUID, pointer: str | None = None) -> Row[Any]:
    """A cohort the caller may see, in any status. Raises NotFound, or Invalid at `pointer`."""
    return _resolved(uow, visible_cohorts(uow).where(Cohort.id == cohort_id), pointer)


def open_cohort(uow: UnitOfWork, cohort_id: uuid.UUID, pointer: str | None = None) -> Row[Any]:
    """A cohort that takes people: enrolling or running. Its status stands until this unit ends.

    Raises CohortNotEnrolling when planned, CohortClosed when over, and like `get_cohort`.
    """
    cohort = _held(uow, cohort_id, pointer)
    must_take_people(cohort.status)
    return cohort


def must_take_people(status: CohortStatus) -> None:
    """Raises CohortNotEnrolling, CohortClosed."""
    if status is CohortStatus.PLANNED:
        raise CohortNotEnrolling("The cohort is planned: open enrollment first.")
    if status not in OPEN_COHORTS:
        raise CohortClosed(f"The cohort is {status}.")


def _held(uow: UnitOfWork, cohort_id: uuid.UUID, pointer: str | None) -> Row[Any]:
    """A visible cohort under a shared lock: others may enroll too, nobody moves its status."""
    stmt = visible_cohorts(uow).where(Cohort.id == cohort_id).with_for_update(read=True)
    return _resolved(uow, stmt, pointer)


def _resolved(uow: UnitOfWork, stmt: Select[Any], pointer: str | None) -> Row[Any]:
    found = uow.rows.execute(stmt).one_or_none()
    if found is not None:
        return found
    if pointer is None:
        raise NotFound
    raise Invalid.at(pointer, "There is nothing with this id.", "unknown_reference")


def get_enrollment(
    uow: UnitOfWork, enrollment_id: uuid.UUID, pointer: str | None = None
) -> Row[Any]:
    """An enrollment as the caller may read it. Raises NotFound, or Invalid at `pointer`."""
    return _resolved(uow, shown(uow).where(Enrollment.id == enrollment_id), pointer)


def lock_enrollment(uow: UnitOfWork, enrollment_id: uuid.UUID) -> Enrollment:
    """One enrollment, locked and fresh: neither status nor capacity moves until this unit ends.

    Not limited to what the caller sees: a room above has checked that the caller may act on what
    hangs on it (a mentor who accepts a pairing locks the mentee's too). Raises NotFound.
    """
    found = lock_enrollments(uow, [enrollment_id])
    if not found:
        raise NotFound
    return found[enrollment_id]


def lock_enrollments(
    uow: UnitOfWork, enrollment_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, Enrollment]:
    """Several enrollments by id, locked in the order of their ids: no two units deadlock.

    Like `lock_enrollment`; ids that do not exist are left out.
    """
    found = uow.db.scalars(
        select(Enrollment)
        .where(
            Enrollment.organization_id == uow.organization_id,
            Enrollment.id.in_(list(enrollment_ids)),
        )
        .order_by(Enrollment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {each.id: each for each in found}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enrollment with what matching needs of the person."""

    enrollment_id: uuid.UUID
    participant_id: uuid.UUID
    role: EnrollmentRole
    status: EnrollmentStatus
    capacity: int
    availability: list[dict[str, Any]]
    """Weekly windows `{weekday, starts_at, ends_at}` in `time_zone`."""
    time_zone: str
    languages: list[str]
    """For this cohort, else the person's."""
    modes: list[str]
    aspirations: list[str]
    topics: list[str]
    interests: list[str]
    work_values: list[str]
    communication_preference: str | None
    generation: Generation | None
    wishes: list[uuid.UUID]
    """Enrollment ids, the dearest first."""
    vetoes: list[uuid.UUID]
    consented_at: dt.datetime | None
    trained_at: dt.datetime | None
    waitlisted_at: dt.datetime | None
    """Who waited before comes first."""
    job_level: int | None
    hired_on: dt.date | None
    department: str | None
    location: str | None
    career_stage: str | None
    manager_id: uuid.UUID | None
    employment_status: EmploymentStatus


_FROM_ENROLLMENT = (
    "participant_id", "role", "status", "capacity", "modes", "aspirations", "topics", "interests",
    "work_values", "communication_preference", "generation", "wishes", "vetoes", "consented_at",
    "trained_at", "waitlisted_at",
)  # fmt: skip
_FROM_PERSON = (
    "time_zone", "job_level", "hired_on", "department", "location", "career_stage", "manager_id",
    "employment_status",
)  # fmt: skip


def enrollments_for_matching(
    uow: UnitOfWork,
    cohort_id: uuid.UUID,
    statuses: Collection[EnrollmentStatus] = (EnrollmentStatus.ENROLLED,),
) -> list[Candidate]:
    """Everybody of a cohort in these statuses, consented or not, by enrollment id; one query.

    Vetoes and wishes are in here: for the matcher, never for an answer. Leavers are left out,
    people on leave are not. The caller has resolved the cohort and may run the program.
    """
    found = uow.rows.execute(
        select(
            Enrollment.id.label("enrollment_id"),
            func.coalesce(Enrollment.availability, Participant.availability).label("availability"),
            func.coalesce(Enrollment.languages, Participant.languages).label("languages"),
            *(getattr(Enrollment, name) for name in _FROM_ENROLLMENT),
            *(getattr(Participant, name) for name in _FROM_PERSON),
        )
        .join(
            Participant,
            and_(
                Participant.organization_id == Enrollment.organization_id,
                Participant.id == Enrollment.participant_id,
            ),
        )
        .where(
            Enrollment.organization_id == uow.organization_id,
            Enrollment.cohort_id == cohort_id,
            Enrollment.status.in_(list(statuses)),
            Participant.employment_status != EmploymentStatus.LEFT,
        )
        .order_by(Enrollment.id)
    ).mappings()
    return [
        Candidate(
            **{
                **each,
                "wishes": [uuid.UUID(key) for key in each["wishes"]],
                "vetoes": [uuid.UUID(key) for key in each["vetoes"]],
            }
        )
        for each in found
    ]
