"""/v1/goals, /v1/check-ins, /v1/goal-statements, /v1/agreements: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.goals import agreements, progress, service, statements
from app.goals.schemas import (
    AcknowledgementCounts,
    AcknowledgementOut,
    AcknowledgementQuery,
    AgreementOut,
    AgreementQuery,
    AgreementWrite,
    AlignmentOut,
    CheckInOut,
    CheckInQuery,
    GoalChange,
    GoalCheckIn,
    GoalOut,
    GoalQuery,
    GoalSetIn,
    StatementAcknowledge,
    StatementOut,
    StatementPublish,
    StatementQuery,
    TargetChangeOut,
    TargetChangeQuery,
)
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation
from app.kit.wire import Page
from app.kit.work import UnitOfWork
from app.pairings.service import PairingNotActive
from app.programs.service import NotYourProgram

router = APIRouter(prefix="/v1", tags=["goals"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.GOALS_READ)]
LongRead = Annotated[UnitOfWork, work(Scope.GOALS_READ, long=True)]
Write = Annotated[UnitOfWork, work(Scope.GOALS_WRITE)]

NOT_YOURS = (NotYourProgram, service.NotYourPairing, service.NotYourGoal)
TO_AN_OPEN_GOAL = problems(NotFound, *NOT_YOURS, PairingNotActive, service.GoalClosed)


@router.post(
    "/goals", status_code=201, response_model=GoalOut,
    responses=problems(
        *NOT_YOURS, PairingNotActive, service.GoalTitleTaken, service.GoalScopeClosed
    ),
)  # fmt: skip
def set_goal(uow: Write, wanted: GoalSetIn) -> Any:
    """Set a goal for a program, a cohort, your pairing or yourself."""
    return service.set_goal(uow, wanted)


@router.get("/goals", response_model=Page[GoalOut])
def list_goals(uow: Read, query: Annotated[GoalQuery, Query()]) -> Any:
    """List goals, newest first; of other people's goals only the progress."""
    return service.list_goals(uow, query)


@router.get("/goals/{goal_id}", response_model=GoalOut, responses=problems(NotFound))
def get_goal(uow: Read, goal_id: UUID) -> Any:
    """Show one goal and how far it is."""
    return service.get_goal(uow, goal_id)


@router.patch(
    "/goals/{goal_id}", response_model=GoalOut,
    responses=problems(
        NotFound, *NOT_YOURS, PairingNotActive, service.GoalClosed, service.GoalTitleTaken,
        service.TargetLocked,
    ),
)  # fmt: skip
def change_goal(uow: Write, goal_id: UUID, wanted: GoalChange) -> Any:
    """Change an open goal; after the first check-in figures move only with a reason."""
    return service.change_goal(uow, goal_id, wanted)


@router.post("/goals/{goal_id}/reach", response_model=GoalOut, responses=TO_AN_OPEN_GOAL)
def reach_goal(uow: Write, goal_id: UUID) -> Any:
    """Say that a goal is reached."""
    return service.reach_goal(uow, goal_id)


@router.post("/goals/{goal_id}/drop", response_model=GoalOut, responses=TO_AN_OPEN_GOAL)
def drop_goal(uow: Write, goal_id: UUID) -> Any:
    """Pursue a goal no longer."""
    return service.drop_goal(uow, goal_id)


@router.post(
    "/goals/{goal_id}/check-in", status_code=201, response_model=CheckInOut,
    responses=TO_AN_OPEN_GOAL,
)  # fmt: skip
def check_in_on_goal(uow: Write, goal_id: UUID, wanted: GoalCheckIn) -> Any:
    """Note how far a goal is, with a value, a note or evidence."""
    return progress.check_in_on_goal(uow, goal_id, wanted)


@router.get("/check-ins", response_model=Page[CheckInOut])
def list_check_ins(uow: Read, query: Annotated[CheckInQuery, Query()]) -> Any:
    """List looks at progress, newest first."""
    return progress.list_check_ins(uow, query)


@router.get("/check-ins/{check_in_id}", response_model=CheckInOut, responses=problems(NotFound))
def get_check_in(uow: Read, check_in_id: UUID) -> Any:
    """Show one look at progress."""
    return progress.get_check_in(uow, check_in_id)


@router.get("/target-changes", response_model=Page[TargetChangeOut])
def list_target_changes(uow: Read, query: Annotated[TargetChangeQuery, Query()]) -> Any:
    """List figures that moved after the first check-in, with the reason for each."""
    return progress.list_target_changes(uow, query)


@router.post(
    "/goal-statements", status_code=201, response_model=StatementOut,
    responses=problems(NotYourProgram, statements.StatementPublishedMeanwhile),
)  # fmt: skip
def publish_statement(uow: Write, wanted: StatementPublish) -> Any:
    """Publish the goals of a program or cohort in words; a new version asks everybody again."""
    return statements.publish_statement(uow, wanted)


@router.get("/goal-statements", response_model=Page[StatementOut])
def list_statements(uow: Read, query: Annotated[StatementQuery, Query()]) -> Any:
    """List versions of the goals in words, and which of them you acknowledged."""
    return statements.list_statements(uow, query)


@router.get(
    "/goal-statements/{statement_id}", response_model=StatementOut, responses=problems(NotFound)
)
def get_statement(uow: Read, statement_id: UUID) -> Any:
    """Show one version of the goals in words."""
    return statements.get_statement(uow, statement_id)


@router.post(
    "/goal-statements/{statement_id}/acknowledge", status_code=201,
    response_model=AcknowledgementOut,
    responses=problems(
        NotFound, statements.NotEnrolled, statements.StatementSuperseded,
        statements.AcknowledgedAlready,
    ),
)  # fmt: skip
def acknowledge_statement(uow: Write, statement_id: UUID, wanted: StatementAcknowledge) -> Any:
    """Say that you have read and share the goals; restate or rank them."""
    return statements.acknowledge_statement(uow, statement_id, wanted)


@router.get(
    "/goal-statements/{statement_id}/acknowledgement-counts",
    response_model=AcknowledgementCounts,
    responses=problems(NotFound),
)
def count_acknowledgements(uow: LongRead, statement_id: UUID) -> Any:
    """Count how many of those enrolled share a statement."""
    return statements.count_acknowledgements(uow, statement_id)


@router.get("/acknowledgements", response_model=Page[AcknowledgementOut])
def list_acknowledgements(uow: Read, query: Annotated[AcknowledgementQuery, Query()]) -> Any:
    """List your own acknowledgements."""
    return statements.list_acknowledgements(uow, query)


@router.get(
    "/acknowledgements/{acknowledgement_id}",
    response_model=AcknowledgementOut,
    responses=problems(NotFound),
)
def get_acknowledgement(uow: Read, acknowledgement_id: UUID) -> Any:
    """Show one of your own acknowledgements."""
    return statements.get_acknowledgement(uow, acknowledgement_id)


@router.get(
    "/pairings/{pairing_id}/alignment", response_model=AlignmentOut,
    responses=problems(NotFound, service.NotYourPairing),
)  # fmt: skip
def show_pairing_alignment(uow: Read, pairing_id: UUID) -> Any:
    """Show the two of a pairing whether they rank the goals alike."""
    return statements.show_pairing_alignment(uow, pairing_id)


@router.get(
    "/cohorts/{cohort_id}/alignment", response_model=AlignmentOut, responses=problems(NotFound)
)
def show_cohort_alignment(uow: LongRead, cohort_id: UUID) -> Any:
    """Show whether partners in a cohort rank the goals alike, never below the minimum group."""
    return statements.show_cohort_alignment(uow, cohort_id)


@router.post(
    "/agreements", status_code=201, response_model=AgreementOut,
    responses=problems(
        service.NotYourPairing, PairingNotActive, agreements.AgreementChangedMeanwhile
    ),
)  # fmt: skip
def write_agreement(uow: Write, wanted: AgreementWrite) -> Any:
    """Write what the two of a pairing want from it; both sign every version."""
    return agreements.write_agreement(uow, wanted)


@router.get("/agreements", response_model=Page[AgreementOut])
def list_agreements(uow: Read, query: Annotated[AgreementQuery, Query()]) -> Any:
    """List versions of agreements, newest first."""
    return agreements.list_agreements(uow, query)


@router.get("/agreements/{agreement_id}", response_model=AgreementOut, responses=problems(NotFound))
def get_agreement(uow: Read, agreement_id: UUID) -> Any:
    """Show one version of an agreement."""
    return agreements.get_agreement(uow, agreement_id)


@router.post(
    "/agreements/{agreement_id}/sign", response_model=AgreementOut,
    responses=problems(
        NotFound, service.NotYourPairing, PairingNotActive, agreements.AgreementSuperseded,
        agreements.SignedAlready,
    ),
)  # fmt: skip
def sign_agreement(uow: Write, agreement_id: UUID) -> Any:
    """Sign the latest version of your agreement."""
    return agreements.sign_agreement(uow, agreement_id)
