"""What can be done with people: add, change, find, follow their reporting line, erase."""

import json
import uuid
from typing import Any

from sqlalchemy import Select, delete, false, literal, select

from app.access import service as access
from app.access.schemas import AccountInvite
from app.access.scopes import Role
from app.kit.database import OrganizationHead
from app.kit.idempotency import blank_answers_with
from app.kit.problems import Conflict, Forbidden, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.kit.writing import Written
from app.participants.events import (
    ParticipantAdded,
    ParticipantChanged,
    ParticipantErased,
    ParticipantLeft,
    ParticipantReturned,
    ParticipantWentOnLeave,
    ReportingLineChanged,
)
from app.participants.managing import assign_many
from app.participants.models import (
    EmploymentStatus,
    Leave,
    ManagerAssignment,
    ManagerPlan,
    Participant,
)
from app.participants.schemas import (
    WORKING_WEEK,
    ParticipantAdd,
    ParticipantChange,
    ParticipantOut,
    ParticipantPut,
    ParticipantQuery,
    SearchQuery,
)

DEEPEST_LINE = 100


class ExternalIdTaken(Conflict):
    slug, title = "external-id-taken", "Somebody has this external_id already"
    constraints = ("uq_participants_organization_id_external_id",)


class ReportingLineCircle(Conflict):
    slug, title = "reporting-line-circle", "Nobody can be above themselves in the reporting line"


class ParticipantErasedAlready(Conflict):
    slug, title = "participant-erased", "This person's data was erased"


class AccountLinkedAlready(Conflict):
    slug, title = "account-linked-already", "The person has an account already"
    constraints = ("uq_participants_organization_id_account_id",)


class WorkEmailMissing(Conflict):
    slug, title = "work-email-missing", "The person has no work_email to invite"


SORTS = {
    "created_at": Participant.id,  # ids of version 7 sort by birth, and have an index already
    "name": Participant.sort_name,
}

PARTICIPANTS_OWN = frozenset({"preferred_name", "languages", "availability", "time_zone"})
"""What a person may change about themselves; the rest is HR's word."""


def visible(uow: UnitOfWork) -> Select[Participant]:
    """People: all for those who run programs, else only oneself."""
    stmt = select(Participant).where(Participant.organization_id == uow.organization_id)
    if not sees_everybody(uow):
        stmt = stmt.where(Participant.account_id == uow.principal.account_id)
    return stmt


def sees_everybody(uow: UnitOfWork) -> bool:
    seeing = (Role.ADMINISTRATOR, Role.PROGRAM_MANAGER, Role.INTEGRATION, Role.FACILITATOR)
    return uow.principal.has(*seeing) or bool(uow.principal.granted(*seeing))


def must_keep_the_roster(uow: UnitOfWork) -> None:
    """Who is in the roster, and what it says, is HR's word. Raises Forbidden."""
    if not keeps_the_roster(uow):
        raise Forbidden("Only administrators and the HRIS keep the roster.")


def keeps_the_roster(uow: UnitOfWork) -> bool:
    return uow.principal.has(Role.ADMINISTRATOR, Role.INTEGRATION)


def is_mine(uow: UnitOfWork, participant_id: uuid.UUID) -> bool:
    """Whether this is the caller."""
    return uow.rows.scalar(select(mine(uow))) == participant_id


def mine(uow: UnitOfWork) -> Any:
    """The caller's own participant id, as a subquery for the `visible()` of rooms above."""
    return (
        select(Participant.id)
        .where(
            Participant.organization_id == uow.organization_id,
            # the worker has no account: it is nobody, not everybody without one
            Participant.account_id == uow.principal.account_id
            if uow.principal.account_id is not None
            else false(),
        )
        .scalar_subquery()
    )


def list_participants(uow: UnitOfWork, query: ParticipantQuery) -> Written:
    stmt = visible(uow)
    stmt = narrowed(
        stmt,
        (Participant.external_id, query.external_id),
        (Participant.work_email, query.work_email and query.work_email.lower()),
        (Participant.manager_id, query.manager_id),
        (Participant.department, query.department),
        (Participant.employment_status, query.employment_status),
    )
    if query.job_level_from is not None:
        stmt = stmt.where(Participant.job_level >= query.job_level_from)
    if query.job_level_to is not None:
        stmt = stmt.where(Participant.job_level <= query.job_level_to)
    return uow.written_page(ParticipantOut, stmt, Participant.id, query, SORTS)


def search_participants(uow: UnitOfWork, query: SearchQuery) -> dict[str, Any]:
    """People whose name holds these words, in any case and order of family and given name."""
    stmt = visible(uow)
    for word in query.text.casefold().split():
        stmt = stmt.where(Participant.sort_name.contains(word, autoescape=True))
    return uow.page(stmt, Participant.id, query, SORTS)


def get_participant(uow: UnitOfWork, participant_id: uuid.UUID) -> Written:
    stmt = visible(uow).where(Participant.id == participant_id)
    return uow.written(ParticipantOut, Participant, stmt)


def add_participant(uow: UnitOfWork, wanted: ParticipantAdd) -> Participant:
    """Add a person."""
    must_keep_the_roster(uow)
    facts = wanted.model_dump(exclude={"metadata", "availability"})
    if wanted.manager_id is not None:
        must_see(uow, wanted.manager_id, "/manager_id")
    windows = wanted.model_dump(mode="json")["availability"]
    participant = uow.add(
        Participant(
            **facts,
            sort_name=sort_name(wanted.family_name, wanted.given_name),
            employment_status=EmploymentStatus.ACTIVE,
            availability=WORKING_WEEK if windows is None else windows,
            labels=dict(wanted.metadata),
        )
    )
    if wanted.manager_id is not None:
        assign_many(uow, [(participant.id, wanted.manager_id, uow.today)], new={participant.id})
    uow.emit(ParticipantAdded(participant_id=participant.id))
    return participant


def put_participant(uow: UnitOfWork, external_id: str, wanted: ParticipantPut) -> Participant:
    """Add the person with this external id, or make what is known about them equal to this."""
    must_keep_the_roster(uow)
    lock_reporting_lines(uow)
    facts = wanted.model_dump(exclude={"manager_external_id", "employment_status"})
    manager_id = None
    if wanted.manager_external_id is not None:
        manager_id = uow.rows.scalar(
            select(Participant.id).where(
                Participant.organization_id == uow.organization_id,
                Participant.external_id == wanted.manager_external_id,
            )
        )
        if manager_id is None:
            raise Invalid.at(
                "/manager_external_id", "Nobody has this external_id.", "unknown_reference"
            )
    known = uow.db.scalars(
        visible(uow).where(Participant.external_id == external_id).with_for_update()
    ).one_or_none()
    if known is None:
        known = add_participant(
            uow,
            ParticipantAdd.model_validate(
                {**facts, "external_id": external_id, "manager_id": manager_id}
            ),
        )
    apply_changes(
        uow,
        known,
        {**facts, "manager_id": manager_id, "employment_status": wanted.employment_status},
    )
    return known


def change_participant(
    uow: UnitOfWork, participant_id: uuid.UUID, wanted: ParticipantChange
) -> Participant:
    """Change facts about a person; people may change their own name, languages, availability."""
    changes = wanted.model_dump()
    if "manager_id" in changes:
        lock_reporting_lines(uow)
    participant = uow.to_change(visible(uow).where(Participant.id == participant_id))
    if not keeps_the_roster(uow):
        if not is_mine(uow, participant_id):
            raise Forbidden("People change what is said about themselves; HR changes the rest.")
        if foreign := sorted(set(changes) - PARTICIPANTS_OWN):
            raise Forbidden(f"Only HR changes {', '.join(foreign)}.")
    if changes.get("manager_id") is not None:
        must_see(uow, changes["manager_id"], "/manager_id")
    if "availability" in changes:
        changes["availability"] = wanted.model_dump(mode="json")["availability"]
    if "metadata" in changes:
        changes["labels"] = changes.pop("metadata")
    apply_changes(uow, participant, changes)
    return participant


def apply_changes(uow: UnitOfWork, person: Participant, changes: dict[str, Any]) -> None:
    """Write changes that were checked, and say what happened."""
    if person.erased_at is not None:
        raise ParticipantErasedAlready
    changed = sorted(name for name, value in changes.items() if getattr(person, name) != value)
    for name in changed:
        setattr(person, name, changes[name])
    if not changed:
        return
    person.sort_name = sort_name(person.family_name, person.given_name)
    if "manager_id" in changed:
        if person.manager_id is not None and stands_above(uow, person.id, person.manager_id):
            raise ReportingLineCircle
        assign_many(uow, [(person.id, person.manager_id, uow.today)], new=())
        uow.emit(ReportingLineChanged(participant_id=person.id, manager_id=person.manager_id))
    if "employment_status" in changed:
        person.left_on = uow.today if person.employment_status is EmploymentStatus.LEFT else None
        uow.emit(employment_event(person.id, person.employment_status))
    uow.touch(person)
    uow.emit(ParticipantChanged(participant_id=person.id, fields=changed))


def employment_event(
    participant_id: uuid.UUID, after: EmploymentStatus
) -> ParticipantLeft | ParticipantWentOnLeave | ParticipantReturned:
    """What a change of employment to this status is called."""
    if after is EmploymentStatus.LEFT:
        return ParticipantLeft(participant_id=participant_id)
    if after is EmploymentStatus.ON_LEAVE:
        return ParticipantWentOnLeave(participant_id=participant_id)
    return ParticipantReturned(participant_id=participant_id)


def sort_name(family_name: str, given_name: str) -> str:
    folded = f"{family_name} {given_name}".casefold()
    return folded[:420]  # as long as its column: folding makes three letters of some


def must_see(uow: UnitOfWork, participant_id: uuid.UUID, pointer: str) -> None:
    """An id in a body is resolved like one in a path. Raises Invalid."""
    if uow.rows.execute(visible(uow).where(Participant.id == participant_id)).first() is None:
        raise Invalid.at(pointer, "There is nobody with this id.", "unknown_reference")


def lock_reporting_lines(uow: UnitOfWork) -> None:
    """One change of lines at a time: of two that are right alone, both may make a circle."""
    uow.rows.execute(
        select(OrganizationHead.organization_id)
        .where(OrganizationHead.organization_id == uow.organization_id)
        .with_for_update()
    )


def stands_above(uow: UnitOfWork, person_id: uuid.UUID, manager_id: uuid.UUID) -> bool:
    """Whether a person is this manager, or anywhere above."""
    line = select(literal(manager_id, Participant.id.type).label("id")).cte("line", recursive=True)
    line = line.union(  # which ends of itself, even in a circle
        select(Participant.manager_id)
        .join(line, Participant.id == line.c.id)
        .where(
            Participant.organization_id == uow.organization_id,
            Participant.manager_id.is_not(None),
        )
    )
    return uow.rows.scalar(select(line.c.id).where(line.c.id == person_id)) is not None


def reporting_line(uow: UnitOfWork, participant_id: uuid.UUID) -> list[uuid.UUID]:
    """The managers above a person, nearest first."""
    line = (
        select(Participant.manager_id.label("id"), literal(1).label("distance"))
        .where(Participant.organization_id == uow.organization_id, Participant.id == participant_id)
        .cte("line", recursive=True)
    )
    line = line.union_all(
        select(Participant.manager_id, line.c.distance + 1)
        .join(line, Participant.id == line.c.id)
        .where(Participant.organization_id == uow.organization_id, line.c.distance < DEEPEST_LINE)
    )
    found = uow.rows.scalars(
        select(line.c.id).where(line.c.id.is_not(None)).order_by(line.c.distance)
    )
    return list(found)


def show_reporting_line(uow: UnitOfWork, participant_id: uuid.UUID) -> dict[str, Any]:
    person = uow.one(visible(uow).where(Participant.id == participant_id))
    return {"participant_id": person.id, "manager_ids": reporting_line(uow, person.id)}


def invite_participant(uow: UnitOfWork, participant_id: uuid.UUID) -> dict[str, Any]:
    """Give a person an account of their own, with a one-time invitation."""
    person = uow.to_change(visible(uow).where(Participant.id == participant_id))
    if person.erased_at is not None:
        raise ParticipantErasedAlready
    if person.account_id is not None:
        raise AccountLinkedAlready
    if person.work_email is None:
        raise WorkEmailMissing
    name = f"{person.preferred_name or person.given_name} {person.family_name}"[:200]
    invitation = access.invite_account(
        uow, AccountInvite(email=person.work_email, name=name, roles=[Role.PARTICIPANT])
    )
    person.account_id = invitation["id"]
    uow.touch(person)
    return invitation


def erase_participant(uow: UnitOfWork, participant_id: uuid.UUID) -> Participant:
    """Erase what identifies a person. The id stays, so that partners' history keeps its shape."""
    person = uow.to_change(visible(uow).where(Participant.id == participant_id))
    if person.erased_at is not None:
        raise ParticipantErasedAlready
    if person.employment_status is not EmploymentStatus.LEFT:
        uow.emit(ParticipantLeft(participant_id=person.id))
        person.left_on = uow.today
    account_id = person.account_id
    key = json.dumps(person.external_id, ensure_ascii=False)
    blank_answers_with(
        uow.rows, uow.organization_id, f'"{person.id}"',
        *([f'"external_id":{key}'] if person.external_id else []),
    )  # fmt: skip
    for name in (
        "external_id", "preferred_name", "work_email", "job_title", "job_level", "department",
        "location", "manager_id", "hired_on", "leaves_on", "career_stage", "account_id",
    ):  # fmt: skip
        setattr(person, name, None)
    person.given_name, person.family_name, person.sort_name = "Erased", "person", "erased person"
    person.languages, person.availability, person.labels = [], [], {}
    person.time_zone = "UTC"
    person.employment_status, person.erased_at = EmploymentStatus.LEFT, uow.now
    uow.touch(person)
    if account_id is not None:
        access.erase_account(uow, account_id)
    for kind in (Leave, ManagerAssignment, ManagerPlan):
        uow.rows.execute(
            delete(kind).where(
                kind.organization_id == uow.organization_id, kind.participant_id == person.id
            )
        )
    uow.emit(ParticipantErased(participant_id=person.id))
    return person
