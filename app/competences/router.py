"""/v1/frameworks, /v1/competences, /v1/skills, /v1/assessments: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.competences import assessing, service, skills
from app.competences.schemas import (
    AssessmentAdd,
    AssessmentImport,
    AssessmentOut,
    AssessmentQuery,
    CompetenceCode,
    CompetenceOut,
    CompetenceQuery,
    FrameworkAdd,
    FrameworkOut,
    FrameworkQuery,
    SkillImport,
    SkillOut,
    SkillQuery,
    SkillsOut,
    SkillsPut,
    VerdictsOut,
)
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation, without_if_match
from app.kit.wire import Page
from app.kit.work import UnitOfWork

IMPORT_LIMIT = 20 * 1024 * 1024

router = APIRouter(prefix="/v1", tags=["competences"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.COMPETENCES_READ)]
Write = Annotated[UnitOfWork, work(Scope.COMPETENCES_WRITE)]
WriteSkills = Annotated[UnitOfWork, work(Scope.SKILLS_WRITE)]


@router.post(
    "/frameworks", status_code=201, response_model=FrameworkOut,
    responses=problems(service.FrameworkCodeTaken),
)  # fmt: skip
def add_framework(uow: Write, wanted: FrameworkAdd) -> Any:
    """Add a competence framework of your own, with all its competences."""
    return service.add_framework(uow, wanted)


@router.get("/frameworks", response_model=Page[FrameworkOut])
def list_frameworks(uow: Read, query: Annotated[FrameworkQuery, Query()]) -> Any:
    """List competence frameworks: DigComp is always there, your own beside it."""
    return service.list_frameworks(uow, query)


@router.get("/frameworks/{framework_id}", response_model=FrameworkOut, responses=problems(NotFound))
def get_framework(uow: Read, framework_id: UUID) -> Any:
    """Show one framework, with its source."""
    return service.get_framework(uow, framework_id)


@router.post(
    "/frameworks/{framework_id}/retire", response_model=FrameworkOut,
    responses=problems(NotFound, service.FrameworkBuiltIn, service.FrameworkRetiredAlready),
)  # fmt: skip
def retire_framework(uow: Write, framework_id: UUID) -> Any:
    """Take nothing new for a framework of your own; what was measured stays."""
    return service.retire_framework(uow, framework_id)


@router.get("/competences", response_model=Page[CompetenceOut])
def list_competences(uow: Read, query: Annotated[CompetenceQuery, Query()]) -> Any:
    """List competences with their levels."""
    return service.list_competences(uow, query)


@router.get("/competences/{competence}", response_model=CompetenceOut, responses=problems(NotFound))
def get_competence(uow: Read, competence: CompetenceCode) -> Any:
    """Show one competence by its code."""
    return service.get_competence(uow, competence)


@router.get("/skills", response_model=Page[SkillOut])
def list_skills(uow: Read, query: Annotated[SkillQuery, Query()]) -> Any:
    """List who offers or wants what."""
    return skills.list_skills(uow, query)


@router.post("/skills/import", response_model=VerdictsOut, max_body_size=IMPORT_LIMIT)
def import_skills(uow: WriteSkills, wanted: SkillImport) -> Any:
    """Set what up to 2000 people offer and want, with a verdict for each."""
    return skills.import_skills(uow, wanted)


@router.get(
    "/participants/{participant_id}/skills", response_model=SkillsOut, responses=problems(NotFound)
)
def show_skills(uow: Read, participant_id: UUID) -> Any:
    """Show what a person offers and wants to learn."""
    return skills.show_skills(uow, participant_id)


@router.put(
    "/participants/{participant_id}/skills", response_model=SkillsOut, responses=problems(NotFound)
)
@without_if_match
def set_skills(uow: WriteSkills, participant_id: UUID, wanted: SkillsPut) -> Any:
    """Set everything a person offers and wants to learn."""
    return skills.set_skills(uow, participant_id, wanted)


@router.post("/assessments", status_code=201, response_model=AssessmentOut)
def assess_skill(uow: WriteSkills, wanted: AssessmentAdd) -> Any:
    """Note how a person's level in a competence is judged on a day."""
    return assessing.assess_skill(uow, wanted)


@router.post("/assessments/import", response_model=VerdictsOut, max_body_size=IMPORT_LIMIT)
def import_assessments(uow: WriteSkills, wanted: AssessmentImport) -> Any:
    """Note up to 2000 judged levels, with a verdict for each."""
    return assessing.import_assessments(uow, wanted)


@router.get("/assessments", response_model=Page[AssessmentOut])
def list_assessments(uow: Read, query: Annotated[AssessmentQuery, Query()]) -> Any:
    """List judged levels, newest first."""
    return assessing.list_assessments(uow, query)


@router.get(
    "/assessments/{assessment_id}", response_model=AssessmentOut, responses=problems(NotFound)
)
def get_assessment(uow: Read, assessment_id: UUID) -> Any:
    """Show one judged level."""
    return assessing.get_assessment(uow, assessment_id)
