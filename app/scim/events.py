"""What others may hear about the identity provider's groups: ids and counts, no names."""

from uuid import UUID

from app.kit.events import Event


class GroupAdded(Event):
    """The identity provider made a group."""

    type = "group.added"
    group_id: UUID
    member_count: int


class GroupChanged(Event):
    """A group has another name, or other members."""

    type = "group.changed"
    group_id: UUID
    joined_count: int
    left_count: int


class GroupRemoved(Event):
    """The identity provider took a group away; its people stay."""

    type = "group.removed"
    group_id: UUID
