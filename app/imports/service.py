"""Imports as one looks at them: listed, shown row by row, discarded; and saved mappings."""

import datetime as dt
import json
import uuid
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, delete, false, select

from app.imports.models import Import, ImportFile, ImportMapping, ImportRow, ImportStatus
from app.imports.schemas import (
    ColumnRule,
    ImportField,
    ImportMappingChange,
    ImportMappingCreate,
    ImportMappingQuery,
    ImportPlan,
    ImportQuery,
    ImportRowsQuery,
)
from app.kit import jobs
from app.kit.problems import Conflict, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.participants.schemas import RowVerdict

KEPT_FOR = dt.timedelta(days=7)
"""Ours: so long the rows of an import, which hold personal data, may be looked at."""
SORTS = {"created_at": Import.id}
ROW_SORTS = {"created_at": ImportRow.id}
MAPPING_SORTS = {"created_at": ImportMapping.id, "name": ImportMapping.name}

Mapping = dict[ImportField, ColumnRule]
_mapping: TypeAdapter[Mapping] = TypeAdapter(Mapping)


class MappingNameTaken(Conflict):
    slug, title = "mapping-name-taken", "There is a mapping with this name already"
    constraints = ("uq_import_mappings_organization_id_name",)


class ImportNotPlanned(Conflict):
    slug, title = "import-not-planned", "The import does not wait to be applied"


class ImportUnderWay(Conflict):
    slug, title = "import-under-way", "The import is being applied, or was"


def visible(uow: UnitOfWork) -> Select[Import]:
    """Imports: of those who keep the roster, and of nobody else."""
    stmt = select(Import).where(Import.organization_id == uow.organization_id)
    return stmt if participants.keeps_the_roster(uow) else stmt.where(false())


def list_imports(uow: UnitOfWork, query: ImportQuery) -> dict[str, Any]:
    stmt = visible(uow)
    stmt = narrowed(stmt, (Import.status, query.status))
    return uow.page(stmt, Import.id, query, SORTS)


def get_import(uow: UnitOfWork, import_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible(uow).where(Import.id == import_id))


def list_import_rows(
    uow: UnitOfWork, import_id: uuid.UUID, query: ImportRowsQuery
) -> dict[str, Any]:
    """The rows of an import, last to be written first; `sort=created_at` for the other way."""
    uow.one(visible(uow).where(Import.id == import_id))
    stmt = select(ImportRow).where(
        ImportRow.organization_id == uow.organization_id, ImportRow.import_id == import_id
    )
    stmt = narrowed(stmt, (ImportRow.verdict, query.verdict))
    page = uow.page(stmt, ImportRow.id, query, ROW_SORTS)
    return {**page, "items": [_shown(row) for row in page["items"]]}


def _shown(row: Any) -> dict[str, Any]:
    known = row.verdict is not RowVerdict.REFUSED
    return {
        "id": row.id, "line": row.line, "external_id": row.external_id, "verdict": row.verdict,
        "participant_id": row.participant_id if known else None, "mistakes": row.mistakes,
        "changes": [
            {"field": field, "before": _as_text(before), "after": _as_text(after)}
            for field, (before, after) in row.changes.items()
        ],
    }  # fmt: skip


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return None if value is None else str(value)


def discard_import(uow: UnitOfWork, import_id: uuid.UUID) -> None:
    """Forget a plan and its rows now. Raises ImportUnderWay."""
    plan = uow.to_change(visible(uow).where(Import.id == import_id))
    if plan.status in (ImportStatus.APPLYING, ImportStatus.APPLIED):
        raise ImportUnderWay
    reads = plan.status is ImportStatus.READING
    if plan.status in (ImportStatus.READING, ImportStatus.PLANNED):
        plan.status = ImportStatus.DISCARDED
        uow.touch(plan)
    if reads and plan.job_id is not None:
        jobs.cancel(uow, plan.job_id)
    forget_rows(uow, plan.id)


def forget_rows(uow: UnitOfWork, import_id: uuid.UUID) -> None:
    for kind in (ImportRow, ImportFile):
        uow.rows.execute(
            delete(kind).where(
                kind.organization_id == uow.organization_id, kind.import_id == import_id
            )
        )


def forget_person(uow: UnitOfWork, participant_id: uuid.UUID) -> None:
    """Of who is erased, no row stays either."""
    uow.rows.execute(
        delete(ImportRow).where(
            ImportRow.organization_id == uow.organization_id,
            ImportRow.participant_id == participant_id,
        )
    )


def forget_old_imports(uow: UnitOfWork, most: int = 5) -> None:
    """Delete the rows of imports whose week is over; what was only planned has expired."""
    old = uow.db.scalars(
        visible(uow)
        .where(Import.expires_at <= uow.now)
        .where(Import.status.in_((ImportStatus.PLANNED, ImportStatus.APPLIED, ImportStatus.FAILED)))
        .where(
            select(ImportRow.id)
            .where(
                ImportRow.organization_id == Import.organization_id,
                ImportRow.import_id == Import.id,
            )
            .exists()
        )
        .order_by(Import.expires_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for plan in old:
        if plan.status is ImportStatus.PLANNED:
            plan.status = ImportStatus.EXPIRED
            uow.touch(plan)
        forget_rows(uow, plan.id)
        uow.note_many(ImportRow, "forgotten", plan.counts["rows"])


def visible_mappings(uow: UnitOfWork) -> Select[ImportMapping]:
    """Saved mappings: of those who keep the roster."""
    stmt = select(ImportMapping).where(ImportMapping.organization_id == uow.organization_id)
    return stmt if participants.keeps_the_roster(uow) else stmt.where(false())


def save_mapping(uow: UnitOfWork, wanted: ImportMappingCreate) -> ImportMapping:
    participants.must_keep_the_roster(uow)
    return uow.add(ImportMapping(name=wanted.name, mapping=as_json(wanted.mapping)))


def list_mappings(uow: UnitOfWork, query: ImportMappingQuery) -> dict[str, Any]:
    stmt = visible_mappings(uow)
    stmt = narrowed(stmt, (ImportMapping.name, query.name))
    return uow.page(stmt, ImportMapping.id, query, MAPPING_SORTS)


def get_mapping(uow: UnitOfWork, mapping_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_mappings(uow).where(ImportMapping.id == mapping_id))


def change_mapping(
    uow: UnitOfWork, mapping_id: uuid.UUID, wanted: ImportMappingChange
) -> ImportMapping:
    found = uow.to_change(visible_mappings(uow).where(ImportMapping.id == mapping_id))
    given = wanted.model_dump()
    if "name" in given:
        found.name = given["name"]
    if isinstance(wanted.mapping, dict):
        found.mapping = as_json(wanted.mapping)
    return uow.touch(found)


def remove_mapping(uow: UnitOfWork, mapping_id: uuid.UUID) -> None:
    uow.remove(uow.to_change(visible_mappings(uow).where(ImportMapping.id == mapping_id)))


def as_json(mapping: Mapping) -> dict[str, Any]:
    """A mapping as it is stored and shown: every rule with all its members."""
    empty: dict[str, Any] = {"column": None, "values": {}, "separator": None, "value": None}
    return {field.value: empty | rule.model_dump() for field, rule in mapping.items()}


def from_json(stored: dict[str, Any]) -> Mapping:
    plain = {
        field: {name: value for name, value in rule.items() if value not in (None, {})}
        for field, rule in stored.items()
    }
    return _mapping.validate_json(json.dumps(plain))


def mapping_of(uow: UnitOfWork, wanted: ImportPlan) -> Mapping:
    """The mapping an import is read by: its own, or the saved one it names. Raises Invalid."""
    if wanted.mapping is not None:
        return wanted.mapping
    found = uow.rows.scalar(
        select(ImportMapping.mapping).where(
            ImportMapping.organization_id == uow.organization_id,
            ImportMapping.name == wanted.mapping_name,
        )
    )
    if found is None:
        raise Invalid.at("/mapping_name", "No mapping has this name.", "unknown_reference")
    return from_json(found)
