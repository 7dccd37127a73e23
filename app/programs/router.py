"""/v1/programs, /v1/cohorts, /v1/enrollments: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.schemas import GrantOut
from app.access.scopes import Scope
from app.access.service import RoleGrantedAlready
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation
from app.kit.wire import Page
from app.kit.work import UnitOfWork
from app.programs import enrolling, materials, planning, service, taking_part
from app.programs.enrollment_schemas import (
    CardOut,
    CardQuery,
    ConsentGive,
    EnrollMany,
    EnrollManyOut,
    EnrollmentChange,
    EnrollmentCreate,
    EnrollmentOut,
    EnrollmentQuery,
)
from app.programs.material_schemas import (
    MessageTemplateOut,
    MessageTemplateQuery,
    TrainingModuleOut,
    TrainingModuleQuery,
)
from app.programs.schemas import (
    CohortChange,
    CohortOut,
    CohortPlan,
    CohortQuery,
    ProgramChange,
    ProgramDesign,
    ProgramEntrust,
    ProgramOut,
    ProgramQuery,
    ProgramSetUpOut,
)

MANY_LIMIT = 5 * 1024 * 1024

router = APIRouter(prefix="/v1", route_class=Operation)

ProgramsRead = Annotated[UnitOfWork, work(Scope.PROGRAMS_READ)]
ProgramsWrite = Annotated[UnitOfWork, work(Scope.PROGRAMS_WRITE)]
Entrust = Annotated[UnitOfWork, work(Scope.PROGRAMS_WRITE, Scope.ACCOUNTS_WRITE)]
Read = Annotated[UnitOfWork, work(Scope.ENROLLMENTS_READ)]
Write = Annotated[UnitOfWork, work(Scope.ENROLLMENTS_WRITE)]

NOT_YOURS = (NotFound, service.NotYourProgram)
STEP = (*NOT_YOURS, service.CohortClosed)


@router.post(
    "/programs", tags=["programs"], status_code=201, response_model=ProgramSetUpOut,
    responses=problems(service.NotYourProgram, planning.ProgramNameTaken),
)  # fmt: skip
def set_up_program(uow: ProgramsWrite, wanted: ProgramDesign) -> Any:
    """Set up a program, with its first cohort if you like."""
    return planning.set_up_program(uow, wanted)


@router.get("/programs", tags=["programs"], response_model=Page[ProgramOut])
def list_programs(uow: ProgramsRead, query: Annotated[ProgramQuery, Query()]) -> Any:
    """List programs, newest first."""
    return planning.list_programs(uow, query)


@router.get(
    "/programs/{program_id}", tags=["programs"], response_model=ProgramOut,
    responses=problems(NotFound),
)  # fmt: skip
def get_program(uow: ProgramsRead, program_id: UUID) -> Any:
    """Show a program."""
    return service.get_program(uow, program_id)


@router.patch(
    "/programs/{program_id}", tags=["programs"], response_model=ProgramOut,
    responses=problems(*NOT_YOURS, planning.ProgramIsClosed, planning.ProgramNameTaken),
)  # fmt: skip
def change_program(uow: ProgramsWrite, program_id: UUID, wanted: ProgramChange) -> Any:
    """Change a program's name, purpose, rules or weights."""
    return planning.change_program(uow, program_id, wanted)


@router.post(
    "/programs/{program_id}/close", tags=["programs"], response_model=ProgramOut,
    responses=problems(*NOT_YOURS, planning.ProgramHasLiveCohorts),
)  # fmt: skip
def close_program(uow: ProgramsWrite, program_id: UUID) -> Any:
    """Close a program whose cohorts are over."""
    return planning.close_program(uow, program_id)


@router.post(
    "/programs/{program_id}/entrust", tags=["programs"], status_code=201, response_model=GrantOut,
    responses=problems(*NOT_YOURS, RoleGrantedAlready),
)  # fmt: skip
def entrust_program(uow: Entrust, program_id: UUID, wanted: ProgramEntrust) -> Any:
    """Let an account run or facilitate this program, and no other."""
    return planning.entrust_program(uow, program_id, wanted)


@router.post(
    "/cohorts", tags=["programs"], status_code=201, response_model=CohortOut,
    responses=problems(service.NotYourProgram, planning.ProgramIsClosed, planning.CohortNameTaken),
)  # fmt: skip
def plan_cohort(uow: ProgramsWrite, wanted: CohortPlan) -> Any:
    """Plan one run of a program; a name and a start are enough."""
    return planning.plan_cohort(uow, wanted)


@router.get("/cohorts", tags=["programs"], response_model=Page[CohortOut])
def list_cohorts(uow: ProgramsRead, query: Annotated[CohortQuery, Query()]) -> Any:
    """List cohorts, newest first."""
    return planning.list_cohorts(uow, query)


@router.get(
    "/cohorts/{cohort_id}", tags=["programs"], response_model=CohortOut,
    responses=problems(NotFound),
)  # fmt: skip
def get_cohort(uow: ProgramsRead, cohort_id: UUID) -> Any:
    """Show a cohort with its plan."""
    return service.get_cohort(uow, cohort_id)


@router.patch(
    "/cohorts/{cohort_id}", tags=["programs"], response_model=CohortOut,
    responses=problems(
        *NOT_YOURS, planning.PlanFrozen, planning.CohortNameTaken, service.CohortClosed
    ),
)  # fmt: skip
def change_cohort(uow: ProgramsWrite, cohort_id: UUID, wanted: CohortChange) -> Any:
    """Change a cohort; its plan only before the launch."""
    return planning.change_cohort(uow, cohort_id, wanted)


@router.post(
    "/cohorts/{cohort_id}/open-enrollment", tags=["programs"], response_model=CohortOut,
    responses=problems(*NOT_YOURS, planning.CohortNotPlanned),
)  # fmt: skip
def open_enrollment(uow: ProgramsWrite, cohort_id: UUID) -> Any:
    """Let people into a planned cohort from now on."""
    return planning.open_enrollment(uow, cohort_id)


@router.post(
    "/cohorts/{cohort_id}/launch", tags=["programs"], response_model=CohortOut,
    responses=problems(*NOT_YOURS, service.CohortNotEnrolling),
)  # fmt: skip
def launch_cohort(uow: ProgramsWrite, cohort_id: UUID) -> Any:
    """Start a cohort and freeze its plan."""
    return planning.launch_cohort(uow, cohort_id)


@router.post(
    "/cohorts/{cohort_id}/complete", tags=["programs"], response_model=CohortOut,
    responses=problems(*NOT_YOURS, service.CohortNotRunning),
)  # fmt: skip
def complete_cohort(uow: ProgramsWrite, cohort_id: UUID) -> Any:
    """End a running cohort as planned."""
    return planning.complete_cohort(uow, cohort_id)


@router.post(
    "/cohorts/{cohort_id}/cancel", tags=["programs"], response_model=CohortOut,
    responses=problems(*NOT_YOURS, service.CohortClosed),
)  # fmt: skip
def cancel_cohort(uow: ProgramsWrite, cohort_id: UUID) -> Any:
    """Call off a cohort that is not over."""
    return planning.cancel_cohort(uow, cohort_id)


@router.post(
    "/cohorts/{cohort_id}/enroll", tags=["enrollments"], response_model=EnrollManyOut,
    max_body_size=MANY_LIMIT,
    responses=problems(
        *STEP, service.CohortNotEnrolling, enrolling.AlreadyEnrolled
    ),
)  # fmt: skip
def enroll_many(uow: Write, cohort_id: UUID, wanted: EnrollMany) -> Any:
    """Enroll or invite up to 500 people at once, with a verdict for each."""
    return enrolling.enroll_many(uow, cohort_id, wanted)


@router.get(
    "/cohorts/{cohort_id}/cards", tags=["enrollments"], response_model=Page[CardOut],
    responses=problems(NotFound),
)  # fmt: skip
def list_cards(uow: Read, cohort_id: UUID, query: Annotated[CardQuery, Query()]) -> Any:
    """List the cards of possible partners, to wish for or rule out."""
    return taking_part.list_cards(uow, cohort_id, query)


@router.post(
    "/enrollments", tags=["enrollments"], status_code=201, response_model=EnrollmentOut,
    responses=problems(
        service.NotYourProgram, service.CohortNotEnrolling, service.CohortClosed,
        enrolling.CohortByInvitation, enrolling.AlreadyEnrolled, enrolling.PersonLeft,
        enrolling.CapacityInUse, enrolling.GenerationSwitchedOff,
    ),
)  # fmt: skip
def enroll_participant(uow: Write, wanted: EnrollmentCreate) -> Any:
    """Enroll or invite a person, or apply for yourself where the cohort is open."""
    return enrolling.enroll_participant(uow, wanted)


@router.get("/enrollments", tags=["enrollments"], response_model=Page[EnrollmentOut])
def list_enrollments(uow: Read, query: Annotated[EnrollmentQuery, Query()]) -> Any:
    """List enrollments, newest first, with filters."""
    return taking_part.list_enrollments(uow, query)


@router.get(
    "/enrollments/{enrollment_id}", tags=["enrollments"], response_model=EnrollmentOut,
    responses=problems(NotFound),
)  # fmt: skip
def get_enrollment(uow: Read, enrollment_id: UUID) -> Any:
    """Show an enrollment."""
    return service.get_enrollment(uow, enrollment_id)


@router.patch(
    "/enrollments/{enrollment_id}", tags=["enrollments"], response_model=EnrollmentOut,
    responses=problems(
        *STEP, taking_part.EnrollmentEnded, enrolling.CapacityInUse,
        enrolling.GenerationSwitchedOff,
    ),
)  # fmt: skip
def change_enrollment(uow: Write, enrollment_id: UUID, wanted: EnrollmentChange) -> Any:
    """Change what a person brings along: time, capacity, topics, wishes and vetoes."""
    return taking_part.change_enrollment(uow, enrollment_id, wanted)


@router.post(
    "/enrollments/{enrollment_id}/approve", tags=["enrollments"], response_model=EnrollmentOut,
    responses=problems(*STEP, taking_part.NotApplied),
)  # fmt: skip
def approve_enrollment(uow: Write, enrollment_id: UUID) -> Any:
    """Approve an application."""
    return taking_part.approve_enrollment(uow, enrollment_id)


@router.post(
    "/enrollments/{enrollment_id}/join", tags=["enrollments"], response_model=EnrollmentOut,
    responses=problems(*STEP, taking_part.NotInvited),
)  # fmt: skip
def join_cohort(uow: Write, enrollment_id: UUID) -> Any:
    """Accept the invitation to a cohort."""
    return taking_part.join_cohort(uow, enrollment_id)


@router.post(
    "/enrollments/{enrollment_id}/decline", tags=["enrollments"], response_model=EnrollmentOut,
    responses=problems(*STEP, taking_part.NothingToDecline),
)  # fmt: skip
def decline_enrollment(uow: Write, enrollment_id: UUID) -> Any:
    """Decline an invitation, or an application."""
    return taking_part.decline_enrollment(uow, enrollment_id)


@router.post(
    "/enrollments/{enrollment_id}/waitlist", tags=["enrollments"], response_model=EnrollmentOut,
    responses=problems(*STEP, taking_part.CannotWait, enrolling.CapacityInUse),
)  # fmt: skip
def waitlist_enrollment(uow: Write, enrollment_id: UUID) -> Any:
    """Put a person without a pairing on the waitlist."""
    return taking_part.waitlist_enrollment(uow, enrollment_id)


@router.post(
    "/enrollments/{enrollment_id}/admit", tags=["enrollments"], response_model=EnrollmentOut,
    responses=problems(*STEP, taking_part.NotWaitlisted),
)  # fmt: skip
def admit_from_waitlist(uow: Write, enrollment_id: UUID) -> Any:
    """Enroll a person from the waitlist."""
    return taking_part.admit_from_waitlist(uow, enrollment_id)


@router.post(
    "/enrollments/{enrollment_id}/withdraw", tags=["enrollments"], response_model=EnrollmentOut,
    responses=problems(*STEP, taking_part.EnrollmentEnded),
)  # fmt: skip
def withdraw_enrollment(uow: Write, enrollment_id: UUID) -> Any:
    """Leave a cohort: no reason asked, no penalty."""
    return taking_part.withdraw_enrollment(uow, enrollment_id)


@router.post(
    "/enrollments/{enrollment_id}/give-consent", tags=["enrollments"],
    response_model=EnrollmentOut, responses=problems(*NOT_YOURS, taking_part.EnrollmentEnded),
)  # fmt: skip
def give_consent(uow: Write, enrollment_id: UUID, wanted: ConsentGive) -> Any:
    """Record consent: your own, or the person's with its source."""
    return taking_part.give_consent(uow, enrollment_id, wanted)


@router.post(
    "/enrollments/{enrollment_id}/withdraw-consent", tags=["enrollments"],
    response_model=EnrollmentOut, responses=problems(*NOT_YOURS),
)  # fmt: skip
def withdraw_consent(uow: Write, enrollment_id: UUID) -> Any:
    """Take consent back, at any time."""
    return taking_part.withdraw_consent(uow, enrollment_id)


@router.post(
    "/enrollments/{enrollment_id}/record-training", tags=["enrollments"],
    response_model=EnrollmentOut, responses=problems(*NOT_YOURS, taking_part.EnrollmentEnded),
)  # fmt: skip
def record_training(uow: Write, enrollment_id: UUID) -> Any:
    """Note that a person is trained for the role."""
    return taking_part.record_training(uow, enrollment_id)


@router.get("/training-modules", tags=["programs"], response_model=Page[TrainingModuleOut])
def list_training_modules(uow: ProgramsRead, query: Annotated[TrainingModuleQuery, Query()]) -> Any:
    """List the steps of training paths; sort a program's by `position`."""
    return materials.list_training_modules(uow, query)


@router.get(
    "/training-modules/{training_module_id}", tags=["programs"], response_model=TrainingModuleOut,
    responses=problems(NotFound),
)  # fmt: skip
def get_training_module(uow: ProgramsRead, training_module_id: UUID) -> Any:
    """Show one step of a training path."""
    return materials.get_training_module(uow, training_module_id)


@router.get("/message-templates", tags=["programs"], response_model=Page[MessageTemplateOut])
def list_message_templates(
    uow: ProgramsRead, query: Annotated[MessageTemplateQuery, Query()]
) -> Any:
    """List what programs write to people."""
    return materials.list_message_templates(uow, query)


@router.get(
    "/message-templates/{message_template_id}", tags=["programs"],
    response_model=MessageTemplateOut, responses=problems(NotFound),
)  # fmt: skip
def get_message_template(uow: ProgramsRead, message_template_id: UUID) -> Any:
    """Show one message template."""
    return materials.get_message_template(uow, message_template_id)
