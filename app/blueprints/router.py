"""/v1/blueprints, /v1/templates, /v1/programs/{id}/blueprint: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

from app.access.gate import open_work, work
from app.access.scopes import Scope
from app.blueprints import applying, service, templates
from app.blueprints.document import Blueprint
from app.blueprints.schemas import (
    BlueprintAppliedOut,
    BlueprintApplyQuery,
    BlueprintPlanOut,
    BlueprintPlanQuery,
    BlueprintTemplatesOut,
    WrittenAs,
)
from app.competences import service as competences
from app.goals import service as goals
from app.goals import statements
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation
from app.kit.work import UnitOfWork
from app.programs import planning
from app.programs import service as programs
from app.surveys import service as surveys

LIMIT = 256 * 1024

router = APIRouter(prefix="/v1", tags=["blueprints"], route_class=Operation)

READING = (Scope.PROGRAMS_READ, Scope.GOALS_READ, Scope.SURVEYS_READ, Scope.COMPETENCES_READ)
Shelf = Annotated[UnitOfWork, work(Scope.PROGRAMS_READ)]
Read = Annotated[UnitOfWork, work(*READING, long=True)]
Apply = Annotated[UnitOfWork, work(*READING, Scope.PROGRAMS_WRITE, long=True)]
Anyone = Annotated[UnitOfWork, open_work()]

OF_THE_ROOMS = (
    programs.NotYourProgram, planning.ProgramNameTaken, planning.CohortNameTaken,
    goals.GoalTitleTaken, statements.StatementPublishedMeanwhile, competences.FrameworkCodeTaken,
    surveys.SurveyEditionTaken, surveys.SurveyCodeBuiltIn, applying.BlueprintKeyTaken,
)  # fmt: skip
DOCUMENT: dict[str, Any] = {"$ref": "#/components/schemas/Blueprint"}
IN_YAML = {"requestBody": {"content": {"application/yaml": {"schema": DOCUMENT}}}}
IN_BOTH: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document.",
        "content": {
            kind: {"schema": DOCUMENT} for kind in ("application/json", "application/yaml")
        },
    }
}
BEGINNING: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {"$schema": templates.DIALECT}}}}
}


@router.post(
    "/blueprints/plan", response_model=BlueprintPlanOut, max_body_size=LIMIT,
    responses=problems(*OF_THE_ROOMS), openapi_extra=IN_YAML,
)  # fmt: skip
def plan_blueprint(
    uow: Read, document: Blueprint, query: Annotated[BlueprintPlanQuery, Query()]
) -> Any:
    """Show what applying a document would change, in words and as data; nothing is stored."""
    return service.plan_blueprint(uow, document, query)


@router.post(
    "/blueprints/apply", response_model=BlueprintAppliedOut, max_body_size=LIMIT,
    responses=problems(*OF_THE_ROOMS, service.BlueprintOutdated, service.BlueprintRefused),
    openapi_extra=IN_YAML,
)  # fmt: skip
def apply_blueprint(
    uow: Apply, document: Blueprint, query: Annotated[BlueprintApplyQuery, Query()]
) -> Any:
    """Make exactly the plan so that you have seen, as a whole or not at all; twice is harmless."""
    return service.apply_blueprint(uow, document, query)


@router.get("/blueprints/schema", response_model=dict[str, Any], responses=BEGINNING)
def get_blueprint_schema(uow: Anyone) -> Any:
    """Show the JSON Schema of documents, for editors."""
    return templates.write_schema(uow)


@router.get(
    "/programs/{program_id}/blueprint", response_model=None,
    responses={
        **problems(NotFound, programs.NotYourProgram, service.BlueprintTooLarge), **IN_BOTH
    },
)  # fmt: skip
def export_blueprint(uow: Read, program_id: UUID, query: Annotated[WrittenAs, Query()]) -> Any:
    """Write what is planned for a program as a document, always in the same way."""
    return service.export_blueprint(uow, program_id, query)


@router.get("/templates", response_model=BlueprintTemplatesOut)
def list_templates(uow: Shelf) -> Any:
    """List the programs that come with Rementor."""
    return templates.list_templates(uow)


@router.get(
    "/templates/{template_name}", response_model=None,
    responses={**problems(NotFound), **IN_BOTH},
)  # fmt: skip
def get_template(
    uow: Shelf,
    template_name: Annotated[str, Path(pattern=r"^[a-z0-9-]+$", min_length=1, max_length=64)],
    query: Annotated[WrittenAs, Query()],
) -> Any:
    """Show a program that comes with Rementor, as a document."""
    return templates.get_template(uow, template_name, query)
