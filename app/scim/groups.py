"""SCIM groups: named sets of participants."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from scim2_models import InvalidValueException, Meta
from scim2_server.storage import SearchPage
from sqlalchemy import Select, delete, func, select

from app.kit.database import folded
from app.kit.problems import Conflict, NotFound
from app.kit.work import UnitOfWork
from app.participants.models import Participant
from app.participants.service import must_keep_the_roster
from app.scim import users
from app.scim.columns import key_of
from app.scim.events import GroupAdded, GroupChanged, GroupRemoved
from app.scim.facts import text_of
from app.scim.filters import Window
from app.scim.models import ScimGroup, ScimMember
from app.scim.schemas import Group, GroupMember, ToUser


class GroupNameTaken(Conflict):
    slug, title = "group-name-taken", "There is a group of this displayName already"
    constraints = ("uq_scim_groups_organization_id_display_name_key",)


def visible(uow: UnitOfWork) -> Select[ScimGroup]:
    """The groups of the organization, for those who keep its roster."""
    must_keep_the_roster(uow)
    return select(ScimGroup).where(ScimGroup.organization_id == uow.organization_id)


def read_group(
    uow: UnitOfWork, group_id: str, *, with_members: bool = True, to_change: bool = False
) -> Group:
    """One group. Raises NotFound."""
    group = _row(uow, group_id, to_change=to_change)
    return _told(group, _members(uow, [group.id])[group.id] if with_members else [])


def search_groups(uow: UnitOfWork, window: Window, *, with_members: bool) -> SearchPage:
    """One page of the groups a filter keeps, and how many there are."""
    stmt = window.narrow(visible(uow), Group, uow)
    total = uow.rows.scalar(stmt.with_only_columns(func.count(), maintain_column_froms=True))
    if window.count == 0:
        return SearchPage(total, [])
    found = uow.db.scalars(window.cut(stmt, Group, ScimGroup.id, uow)).all()
    members = _members(uow, [group.id for group in found] if with_members else [])
    return SearchPage(total, [_told(group, members[group.id]) for group in found])


def add_group(uow: UnitOfWork, wanted: Group) -> Group:
    """Make a group. Raises GroupNameTaken."""
    visible(uow)
    group = ScimGroup(member_changes=0)
    _name(group, wanted)
    _must_be_free(uow, group)
    members = _wanted_members(uow, wanted, set())
    uow.add(group)
    _join(uow, group.id, members)
    uow.emit(GroupAdded(group_id=group.id, member_count=len(members)))
    return read_group(uow, str(group.id))


def change_group(
    uow: UnitOfWork, wanted: Group, expected_version: str | None, *, with_members: bool = True
) -> Group:
    """Make a group equal to this. Raises NotFound, GroupNameTaken."""
    group = _row(uow, str(wanted.id), to_change=True)
    before = set(_members(uow, [group.id])[group.id])
    users.must_be_version(_told(group, []), expected_version)
    name = group.display_name_key
    _name(group, wanted)
    if group.display_name_key != name:
        _must_be_free(uow, group)
    members = _wanted_members(uow, wanted, before)
    joined, gone = members - before, before - members
    if joined or gone or uow.db.is_modified(group):
        _join(uow, group.id, joined)
        _leave(uow, group.id, gone)
        group.member_changes += 1
        uow.touch(group)
        uow.emit(GroupChanged(group_id=group.id, joined_count=len(joined), left_count=len(gone)))
    return read_group(uow, str(group.id), with_members=with_members)


def remove_group(uow: UnitOfWork, group_id: str, expected_version: str | None) -> None:
    """Take a group away; its people stay."""
    group = _row(uow, group_id, to_change=True)
    users.must_be_version(_told(group, []), expected_version)
    uow.rows.execute(
        delete(ScimMember).where(
            ScimMember.organization_id == uow.organization_id, ScimMember.group_id == group.id
        )
    )
    uow.remove(group)
    uow.emit(GroupRemoved(group_id=group.id))


def _row(uow: UnitOfWork, group_id: str, *, to_change: bool) -> ScimGroup:
    key = key_of(group_id.lower())
    if key is None:
        raise NotFound
    stmt = visible(uow).where(ScimGroup.id == key)
    if to_change:
        stmt = stmt.with_for_update()
    found = uow.db.scalars(stmt.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _told(group: ScimGroup, members: Iterable[uuid.UUID]) -> Group:
    return Group(
        id=str(group.id),
        external_id=group.external_id,
        display_name=group.display_name,
        members=[
            GroupMember.model_construct(
                value=str(key), ref=ToUser(f"Users/{key}"), type="User"
            )  # what we say ourselves needs no check: there may be thousands
            for key in members
        ]
        or None,
        meta=Meta(
            resource_type="Group",
            created=group.created_at,
            last_modified=group.updated_at,
            version=f'W/"{group.version}"',
        ),
    )


def _members(uow: UnitOfWork, groups: list[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    found = defaultdict[uuid.UUID, list[uuid.UUID]](list)
    if groups:
        for group_id, participant_id in uow.rows.execute(
            select(ScimMember.group_id, ScimMember.participant_id)
            .where(
                ScimMember.organization_id == uow.organization_id,
                ScimMember.group_id.in_(groups),
            )
            .order_by(ScimMember.id)
        ):
            found[group_id].append(participant_id)
    return found


def _wanted_members(uow: UnitOfWork, wanted: Group, known: set[uuid.UUID]) -> set[uuid.UUID]:
    """The people a group shall hold. Raises InvalidValueException for somebody unknown."""
    said: set[uuid.UUID] = set()
    for member in wanted.members or []:
        key = key_of(str(member.value).lower())
        if key is None or member.type not in (None, "User"):
            raise InvalidValueException(detail=f"{member.value} is not the id of a user.")
        said.add(key)
    there = set(known)
    for part in _parts(sorted(said - known)):
        stmt = users.visible(uow).where(Participant.id.in_(part))
        there.update(uow.rows.scalars(stmt.with_only_columns(Participant.id)))
    if strangers := said - there:
        raise InvalidValueException(detail=f"There is no user {min(strangers)}.")
    return said


def _parts(keys: list[uuid.UUID]) -> Iterable[list[uuid.UUID]]:
    """A thousand at a time: a statement holds only so many parameters."""
    return (keys[start : start + 1000] for start in range(0, len(keys), 1000))


def _join(uow: UnitOfWork, group_id: uuid.UUID, members: set[uuid.UUID]) -> None:
    uow.add_many(
        ScimMember, [{"group_id": group_id, "participant_id": key} for key in sorted(members)]
    )


def _leave(uow: UnitOfWork, group_id: uuid.UUID, members: set[uuid.UUID]) -> None:
    for part in _parts(sorted(members)):
        uow.rows.execute(
            delete(ScimMember).where(
                ScimMember.organization_id == uow.organization_id,
                ScimMember.group_id == group_id,
                ScimMember.participant_id.in_(part),
            )
        )


def _name(group: ScimGroup, wanted: Group) -> None:
    name = text_of(wanted.display_name)
    if name is None:
        raise InvalidValueException(detail="displayName is empty.")
    group.display_name, group.display_name_key = name, str(folded(name))
    group.external_id = text_of(wanted.external_id)


def _must_be_free(uow: UnitOfWork, group: ScimGroup) -> None:
    taken = visible(uow).where(ScimGroup.display_name_key == group.display_name_key)
    if uow.rows.scalar(taken.with_only_columns(ScimGroup.id).limit(1)) is not None:
        raise GroupNameTaken
