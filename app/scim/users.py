"""SCIM users: participants, read and changed through the room they live in."""

import uuid
from collections.abc import Sequence
from typing import Any

from scim2_models import InvalidValueException, PreconditionFailedException
from scim2_server.storage import SearchPage
from sqlalchemy import Select, and_, delete, func

from app.kit.database import folded
from app.kit.problems import Conflict, NotFound
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.participants.models import EmploymentStatus, Participant
from app.participants.schemas import ParticipantAdd
from app.scim.columns import key_of, people_named
from app.scim.facts import (
    Facts,
    Provision,
    apply_word,
    changes_to,
    facts_of,
    said_about,
    user_of,
)
from app.scim.filters import Window
from app.scim.models import ScimMember, ScimUser
from app.scim.schemas import User, UserOut


class UserNameTaken(Conflict):
    slug, title = "user-name-taken", "Somebody has this userName already"
    constraints = ("uq_scim_users_organization_id_user_name_key",)


def visible(uow: UnitOfWork) -> Select[Any]:
    """People as an identity provider sees them: all but the erased and the deleted."""
    return (
        participants.visible(uow)
        .outerjoin(
            ScimUser,
            and_(
                ScimUser.organization_id == Participant.organization_id,
                ScimUser.participant_id == Participant.id,
            ),
        )
        .add_columns(ScimUser)
        .where(Participant.erased_at.is_(None), ScimUser.deleted_at.is_(None))
    )


def read_user(uow: UnitOfWork, user_id: str, *, to_change: bool = False) -> User[Any]:
    """One user. Raises NotFound."""
    person, said = _row(uow, user_id, to_change=to_change)
    return _told(uow, [(person, said)])[0]


def search_users(uow: UnitOfWork, window: Window) -> SearchPage:
    """One page of the users a filter keeps, and how many there are."""
    stmt = window.narrow(visible(uow), UserOut, uow)
    total = uow.rows.scalar(stmt.with_only_columns(func.count(), maintain_column_froms=True))
    if window.count == 0:
        return SearchPage(total, [])
    found = uow.db.execute(window.cut(stmt, UserOut, Participant.id, uow)).all()
    return SearchPage(total, [*_told(uow, [(person, said) for person, said in found])])


def add_user(uow: UnitOfWork, user: User[Any]) -> User[Any]:
    """Add a participant. Raises UserNameTaken, ExternalIdTaken."""
    participants.lock_reporting_lines(uow)
    facts = facts_of(user)
    _must_be_free(uow, facts.user_name)
    changes = changes_to(None, facts, Facts())
    left = changes.pop("employment_status", None)
    manager_id, waiting_for = _manager(uow, facts.manager)
    wanted = {"time_zone": "UTC", **changes, "manager_id": manager_id}
    person = participants.add_participant(uow, ParticipantAdd.model_validate(wanted))
    said = ScimUser(participant_id=person.id)
    apply_word(said, facts)
    said.manager_said = waiting_for
    uow.add(said)
    if left is not None:
        participants.change_participant(uow, person.id, Provision(employment_status=left))
    return read_user(uow, str(person.id))


def change_user(uow: UnitOfWork, user: User[Any], expected_version: str | None) -> User[Any]:
    """Make a user equal to this. Raises NotFound, UserNameTaken, ExternalIdTaken."""
    person, said = _row(uow, str(user.id), to_change=True)
    known = _told(uow, [(person, said)])[0]
    must_be_version(known, expected_version)
    before, facts = facts_of(known), facts_of(user)
    changed = facts.changed_from(before)
    if not changed:
        return known
    if folded(facts.user_name) != folded(before.user_name):
        _must_be_free(uow, facts.user_name)
    if said is None:
        said = uow.add(said_about(person))
    changes = changes_to(person, facts, before)
    if "manager" in changed:
        changes["manager_id"], said.manager_said = _manager(uow, facts.manager)
    apply_word(said, facts)
    uow.touch(said)
    if changes:
        participants.change_participant(uow, person.id, Provision.model_validate(changes))
    return read_user(uow, str(person.id))


def remove_user(uow: UnitOfWork, user_id: str, expected_version: str | None) -> None:
    """The provider knows this person no more: they have left, and their names are free.

    The participant stays, as history does; to erase a person is another verb, and HR's.
    """
    person, said = _row(uow, user_id, to_change=True)
    must_be_version(_told(uow, [(person, said)])[0], expected_version)
    if said is None:
        said = uow.add(said_about(person))
    forget_word(uow, said)
    changes: dict[str, Any] = {"external_id": None}
    if person.employment_status != EmploymentStatus.LEFT:
        changes["employment_status"] = EmploymentStatus.LEFT
    participants.change_participant(uow, person.id, Provision.model_validate(changes))


def forget_word(uow: UnitOfWork, said: ScimUser) -> None:
    """Nothing of the provider's word stays but that it is over; no group holds the person."""
    apply_word(said, Facts())
    said.manager_said, said.deleted_at = None, uow.now
    uow.touch(said)
    uow.rows.execute(
        delete(ScimMember).where(
            ScimMember.organization_id == uow.organization_id,
            ScimMember.participant_id == said.participant_id,
        )
    )


def must_be_version(known: Any, expected: str | None) -> None:
    """Raises PreconditionFailedException."""
    if expected is not None and known.meta.version != expected:
        raise PreconditionFailedException


def _row(
    uow: UnitOfWork, user_id: str, *, to_change: bool = False
) -> tuple[Participant, ScimUser | None]:
    key = key_of(user_id.lower())
    if key is None:
        raise NotFound
    stmt = visible(uow).where(Participant.id == key)
    if to_change:
        participants.lock_reporting_lines(uow)  # first, as everywhere: a line may change, too
        stmt = stmt.with_for_update(of=Participant)
    found = uow.db.execute(stmt.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _told(uow: UnitOfWork, rows: Sequence[tuple[Participant, ScimUser | None]]) -> list[User[Any]]:
    """People as SCIM tells them; a manager whom the provider does not know is not told."""
    wanted = {person.manager_id for person, _ in rows if person.manager_id is not None}
    there: set[uuid.UUID] = set()
    if wanted:
        stmt = visible(uow).where(Participant.id.in_(wanted))
        there = set(uow.rows.scalars(stmt.with_only_columns(Participant.id)))
    return [
        user_of(person, said, str(person.manager_id) if person.manager_id in there else None)
        for person, said in rows
    ]


def _must_be_free(uow: UnitOfWork, user_name: str | None) -> None:
    if user_name is None:
        raise InvalidValueException(detail="userName is empty.")
    taken = people_named(uow.organization_id, str(folded(user_name)))
    stmt = visible(uow).where(taken).with_only_columns(Participant.id).limit(1)
    if uow.rows.scalar(stmt) is not None:
        raise UserNameTaken


def _manager(uow: UnitOfWork, said: str | None) -> tuple[uuid.UUID | None, str | None]:
    """The participant this is, or the word to wait with until somebody comes who is it."""
    if said is None:
        return None, None
    found = find_by_any_name(uow, said)
    return (found, None) if found is not None else (None, said)


def find_by_any_name(uow: UnitOfWork, name: str) -> uuid.UUID | None:
    """By id, else by externalId, else by userName: providers send any of them as a manager."""
    key = key_of(name.lower())
    for condition in (
        Participant.id == key if key is not None else None,
        Participant.external_id == name,
        people_named(uow.organization_id, str(folded(name))),
    ):
        if condition is None:
            continue
        stmt = visible(uow).where(condition).with_only_columns(Participant.id).limit(1)
        found: uuid.UUID | None = uow.rows.scalar(stmt)
        if found is not None:
            return found
    return None
