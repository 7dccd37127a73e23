"""A program's training path and message templates: written as a whole, read by front ends."""

import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, Select, select

from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.programs import service
from app.programs.events import MessageTemplatesSet, TrainingPathSet
from app.programs.material_schemas import MessageTemplateQuery, TrainingModuleQuery
from app.programs.models import MessageTemplate, Program, TrainingModule

MODULE_SORTS = {"created_at": TrainingModule.id, "position": TrainingModule.position}
TEMPLATE_SORTS = {"created_at": MessageTemplate.id}

Material = TypeVar("Material", TrainingModule, MessageTemplate)


def visible_modules(uow: UnitOfWork) -> Select[TrainingModule]:
    """The training paths of the programs one sees."""
    return select(TrainingModule).where(
        TrainingModule.organization_id == uow.organization_id,
        TrainingModule.program_id.in_(service.visible(uow).with_only_columns(Program.id)),
    )


def visible_templates(uow: UnitOfWork) -> Select[MessageTemplate]:
    """The message templates of the programs one sees."""
    return select(MessageTemplate).where(
        MessageTemplate.organization_id == uow.organization_id,
        MessageTemplate.program_id.in_(service.visible(uow).with_only_columns(Program.id)),
    )


def list_training_modules(uow: UnitOfWork, query: TrainingModuleQuery) -> dict[str, Any]:
    stmt = visible_modules(uow)
    stmt = narrowed(
        stmt,
        (TrainingModule.program_id, query.program_id),
        (TrainingModule.audience, query.audience),
    )
    return uow.page(stmt, TrainingModule.id, query, MODULE_SORTS)


def get_training_module(uow: UnitOfWork, training_module_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_modules(uow).where(TrainingModule.id == training_module_id))


def list_message_templates(uow: UnitOfWork, query: MessageTemplateQuery) -> dict[str, Any]:
    stmt = visible_templates(uow)
    stmt = narrowed(
        stmt,
        (MessageTemplate.program_id, query.program_id),
        (MessageTemplate.occasion, query.occasion),
        (MessageTemplate.language, query.language),
    )
    return uow.page(stmt, MessageTemplate.id, query, TEMPLATE_SORTS)


def get_message_template(uow: UnitOfWork, message_template_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_templates(uow).where(MessageTemplate.id == message_template_id))


def set_training_path(
    uow: UnitOfWork, program_id: uuid.UUID, modules: Sequence[dict[str, Any]]
) -> None:
    """Make these the modules of a program, in this order; those with a known key are changed.

    Raises NotYourProgram. The caller has checked the facts of each: `key` and the columns.
    """
    service.must_run_program(uow, program_id)
    placed = [{**each, "position": place} for place, each in enumerate(modules, start=1)]
    if _set(uow, TrainingModule, program_id, placed):
        uow.emit(TrainingPathSet(program_id=program_id, modules_count=len(modules)))


def set_message_templates(
    uow: UnitOfWork, program_id: uuid.UUID, templates: Sequence[dict[str, Any]]
) -> None:
    """Make these the message templates of a program, as `set_training_path` does."""
    service.must_run_program(uow, program_id)
    if _set(uow, MessageTemplate, program_id, templates):
        uow.emit(MessageTemplatesSet(program_id=program_id, templates_count=len(templates)))


def _set(
    uow: UnitOfWork,
    kind: type[Material],
    program_id: uuid.UUID,
    wanted: Sequence[dict[str, Any]],
) -> bool:
    """Store what differs; whether anything did."""
    found = uow.db.scalars(
        select(kind)
        .where(kind.organization_id == uow.organization_id, kind.program_id == program_id)
        .order_by(kind.id)
        .with_for_update()
    )
    there = {each.key: each for each in found}
    differs = False
    for facts in wanted:
        record = there.pop(facts["key"], None)
        if record is None:
            uow.add(kind(program_id=program_id, **facts))
            differs = True
            continue
        moved = {name: value for name, value in facts.items() if getattr(record, name) != value}
        for name, value in moved.items():
            setattr(record, name, value)
        uow.touch(record)
        differs = differs or bool(moved)
    for record in there.values():
        uow.remove(record)
    return differs or bool(there)
