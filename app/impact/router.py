"""/v1/impact and the results of survey waves: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.impact import results, service
from app.impact.schemas import CohortImpact, PowerOut, PowerQuery, WaveResults
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation
from app.kit.work import UnitOfWork
from app.surveys.scores import WaveNotClosed

router = APIRouter(prefix="/v1", tags=["impact"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.IMPACT_READ, long=True)]
ReadSurveys = Annotated[UnitOfWork, work(Scope.SURVEYS_READ, long=True)]


@router.get(
    "/impact/cohorts/{cohort_id}", response_model=CohortImpact, responses=problems(NotFound)
)
def show_cohort_impact(uow: Read, cohort_id: UUID) -> Any:
    """Show what a cohort changed and how sure that is."""
    return service.show_cohort_impact(uow, cohort_id)


@router.get("/impact/power", response_model=PowerOut)
def show_power(uow: Read, query: Annotated[PowerQuery, Query()]) -> Any:
    """Show what effect a cohort of this size could show at all."""
    return service.show_power(uow, query)


@router.get(
    "/survey-waves/{survey_wave_id}/results", response_model=WaveResults,
    responses=problems(NotFound, WaveNotClosed),
)  # fmt: skip
def show_wave_results(uow: ReadSurveys, survey_wave_id: UUID) -> Any:
    """Show what a closed sending says: about groups, never about one person."""
    return results.show_wave_results(uow, survey_wave_id)
