"""/v1/participants/import, /v1/imports, /v1/import-mappings: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.imports import applying, planning, service
from app.imports.schemas import (
    ImportApply,
    ImportMappingChange,
    ImportMappingCreate,
    ImportMappingOut,
    ImportMappingQuery,
    ImportOut,
    ImportPlan,
    ImportQuery,
    ImportRowOut,
    ImportRowsQuery,
    ParticipantImport,
    ParticipantImportOut,
)
from app.kit.problems import NotFound, TooLarge, problems
from app.kit.routes import Operation, without_if_match
from app.kit.wire import Page
from app.kit.work import UnitOfWork

IMPORT_LIMIT = 24 * 1024 * 1024

router = APIRouter(prefix="/v1", tags=["imports"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.PARTICIPANTS_WRITE)]
Write = Annotated[UnitOfWork, work(Scope.PARTICIPANTS_WRITE)]
LongWrite = Annotated[UnitOfWork, work(Scope.PARTICIPANTS_WRITE, long=True)]


@router.post(
    "/participants/import", response_model=ParticipantImportOut, max_body_size=IMPORT_LIMIT,
    responses=problems(TooLarge),
)  # fmt: skip
def import_participants(uow: LongWrite, wanted: ParticipantImport) -> Any:
    """Read a roster of up to 20 000 people at once, with a verdict for every row."""
    return planning.import_participants(uow, wanted)


@router.post(
    "/imports", status_code=202, response_model=ImportOut, max_body_size=IMPORT_LIMIT
)  # fmt: skip
def plan_import(uow: LongWrite, wanted: ImportPlan) -> Any:
    """Look at a roster: what would be added, changed, ended. Nothing is, until it is applied.

    The import is `planned` at once for some 4 000 people; a larger file is `reading`, in a job.
    """
    return planning.plan_import(uow, wanted)


@router.get("/imports", response_model=Page[ImportOut])
def list_imports(uow: Read, query: Annotated[ImportQuery, Query()]) -> Any:
    """List imports, newest first."""
    return service.list_imports(uow, query)


@router.get("/imports/{import_id}", response_model=ImportOut, responses=problems(NotFound))
def get_import(uow: Read, import_id: UUID) -> Any:
    """Show what an import would do, or has done."""
    return service.get_import(uow, import_id)


@router.get(
    "/imports/{import_id}/rows", response_model=Page[ImportRowOut], responses=problems(NotFound)
)
def list_import_rows(uow: Read, import_id: UUID, query: Annotated[ImportRowsQuery, Query()]) -> Any:
    """List the rows of an import, field by field; only those of one verdict, if you like."""
    return service.list_import_rows(uow, import_id, query)


@router.post(
    "/imports/{import_id}/apply", status_code=202, response_model=ImportOut,
    responses=problems(
        NotFound, applying.ImportOutdated, applying.TooManyLeavers, service.ImportNotPlanned
    ),
)  # fmt: skip
def apply_import(uow: LongWrite, import_id: UUID, wanted: ImportApply) -> Any:
    """Do exactly what a plan says, or say that the world has changed since.

    The import is `applied` at once for up to 2 000 changes; more are written by a job.
    """
    return applying.apply_import(uow, import_id, wanted)


@router.delete(
    "/imports/{import_id}", status_code=204, responses=problems(NotFound, service.ImportUnderWay)
)
@without_if_match
def discard_import(uow: Write, import_id: UUID) -> None:
    """Forget a plan that is not wanted, and what it says about people."""
    service.discard_import(uow, import_id)


@router.post(
    "/import-mappings", status_code=201, response_model=ImportMappingOut,
    responses=problems(service.MappingNameTaken),
)  # fmt: skip
def save_mapping(uow: Write, wanted: ImportMappingCreate) -> Any:
    """Keep which column is which field, for a file that comes again."""
    return service.save_mapping(uow, wanted)


@router.get("/import-mappings", response_model=Page[ImportMappingOut])
def list_mappings(uow: Read, query: Annotated[ImportMappingQuery, Query()]) -> Any:
    """List saved mappings, newest first."""
    return service.list_mappings(uow, query)


@router.get(
    "/import-mappings/{mapping_id}", response_model=ImportMappingOut, responses=problems(NotFound)
)
def get_mapping(uow: Read, mapping_id: UUID) -> Any:
    """Show a saved mapping."""
    return service.get_mapping(uow, mapping_id)


@router.patch(
    "/import-mappings/{mapping_id}", response_model=ImportMappingOut,
    responses=problems(NotFound, service.MappingNameTaken),
)  # fmt: skip
def change_mapping(uow: Write, mapping_id: UUID, wanted: ImportMappingChange) -> Any:
    """Change a saved mapping."""
    return service.change_mapping(uow, mapping_id, wanted)


@router.delete("/import-mappings/{mapping_id}", status_code=204, responses=problems(NotFound))
@without_if_match
def remove_mapping(uow: Write, mapping_id: UUID) -> None:
    """Remove a saved mapping; imports that were read by it stay as they are."""
    service.remove_mapping(uow, mapping_id)
