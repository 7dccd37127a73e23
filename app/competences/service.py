"""Competence frameworks, built in and own; and who may see and write skills."""

import uuid
from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from sqlalchemy import Row, Select, select, update

from app.access.scopes import Role
from app.competences.built_in import CODES, ORGANIZATION, EveryCompetence, EveryFramework
from app.competences.events import FrameworkAdded, FrameworkRetired
from app.competences.models import Competence, Framework
from app.competences.schemas import CompetenceQuery, FrameworkAdd, FrameworkQuery
from app.kit.problems import Conflict, Forbidden
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants.models import Participant

AT_ONCE = 5_000  # ours: ids in one statement, well below what either database takes

Key = TypeVar("Key")


class FrameworkCodeTaken(Conflict):
    slug, title = "framework-code-taken", "There is a framework with this code already"
    constraints = ("uq_frameworks_organization_id_code", "uq_competences_organization_id_code")


class FrameworkBuiltIn(Conflict):
    slug, title = "framework-built-in", "A framework that comes with the product stays as it is"


class FrameworkRetiredAlready(Conflict):
    slug, title = "framework-retired", "The framework is retired already"


FRAMEWORK_SORTS = {"created_at": EveryFramework.id, "code": EveryFramework.code}
COMPETENCE_SORTS = {"created_at": EveryCompetence.id, "code": EveryCompetence.code}


def runs_programs(uow: UnitOfWork) -> bool:
    """Whether the caller may write the skills of others: not with a grant for one program only."""
    return uow.principal.has(Role.ADMINISTRATOR, Role.PROGRAM_MANAGER, Role.INTEGRATION)


def writable_people(uow: UnitOfWork) -> Select[Participant]:
    """Whose skills the caller may write: everybody's for those who run programs, else one's own."""
    stmt = select(Participant).where(
        Participant.organization_id == uow.organization_id, Participant.erased_at.is_(None)
    )
    if not runs_programs(uow):
        stmt = stmt.where(Participant.account_id == uow.principal.account_id)
    return stmt


def visible_frameworks(uow: UnitOfWork) -> Select[Framework]:
    """The built-in frameworks and the organization's own."""
    return select(EveryFramework).params({ORGANIZATION: uow.organization_id})


def visible(uow: UnitOfWork) -> Select[Competence]:
    """The competences of every framework the organization has."""
    return select(EveryCompetence).params({ORGANIZATION: uow.organization_id})


def add_framework(uow: UnitOfWork, wanted: FrameworkAdd) -> Framework:
    """Add a framework of the organization's own, with all its competences."""
    if not runs_programs(uow):
        raise Forbidden("Only those who run programs add frameworks.")
    if wanted.code in CODES:
        raise FrameworkCodeTaken
    framework = uow.add(
        Framework(
            **wanted.model_dump(exclude={"levels", "competences"}),
            built_in=False,
            competences_count=len(wanted.competences),
        )
    )
    levels = [
        {"level": place, **each.model_dump()} for place, each in enumerate(wanted.levels, start=1)
    ]
    uow.add_many(
        Competence,
        [
            {
                **each.model_dump(),
                "code": f"{wanted.code}:{each.code}",
                "framework_id": framework.id,
                "levels": levels,
                "highest_level": len(levels),
                "retired_at": None,
            }
            for each in wanted.competences
        ],
    )
    uow.emit(
        FrameworkAdded(framework_id=framework.id, competences_count=framework.competences_count)
    )
    return framework


def list_frameworks(uow: UnitOfWork, query: FrameworkQuery) -> dict[str, Any]:
    stmt = visible_frameworks(uow)
    stmt = narrowed(
        stmt,
        (EveryFramework.code, query.code),
        (EveryFramework.built_in, query.built_in),
    )
    return uow.page(stmt, EveryFramework.id, query, FRAMEWORK_SORTS)


def get_framework(uow: UnitOfWork, framework_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_frameworks(uow).where(EveryFramework.id == framework_id))


def retire_framework(uow: UnitOfWork, framework_id: uuid.UUID) -> Framework:
    """Take nothing new for a framework; what refers to it keeps its meaning."""
    if get_framework(uow, framework_id).built_in:
        raise FrameworkBuiltIn
    if not runs_programs(uow):
        raise Forbidden("Only those who run programs retire frameworks.")
    framework = uow.to_change(
        select(Framework).where(
            Framework.organization_id == uow.organization_id, Framework.id == framework_id
        )
    )
    if framework.retired_at is not None:
        raise FrameworkRetiredAlready
    framework.retired_at = uow.now
    uow.rows.execute(
        update(Competence)
        .where(
            Competence.organization_id == uow.organization_id,
            Competence.framework_id == framework_id,
        )
        .values(retired_at=uow.now)
    )
    uow.emit(FrameworkRetired(framework_id=framework_id))
    return uow.touch(framework)


def list_competences(uow: UnitOfWork, query: CompetenceQuery) -> dict[str, Any]:
    stmt = visible(uow)
    stmt = narrowed(
        stmt,
        (EveryCompetence.framework_id, query.framework_id),
        (EveryCompetence.area, query.area),
    )
    return uow.page(stmt, EveryCompetence.id, query, COMPETENCE_SORTS)


def get_competence(uow: UnitOfWork, competence: str) -> Row[Any]:
    return uow.one(visible(uow).where(EveryCompetence.code == competence))


def highest_levels(uow: UnitOfWork, codes: Collection[str]) -> dict[str, int]:
    """The highest level of each competence in use; those unknown or retired are absent."""
    found: dict[str, int] = {}
    for some in in_parts(sorted(set(codes))):
        rows = uow.rows.execute(
            visible(uow)
            .with_only_columns(EveryCompetence.code, EveryCompetence.highest_level)
            .where(EveryCompetence.code.in_(some), EveryCompetence.retired_at.is_(None))
        )
        found.update((code, highest) for code, highest in rows)
    return found


def in_parts(keys: Collection[Key]) -> Iterator[list[Key]]:
    """Keys in lists that one statement can take."""
    every = list(keys)
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]
