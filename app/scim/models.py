"""What an identity provider says about people beyond what HR needs, and its groups."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record


class ScimUser(Record):
    """The identity provider's word about one participant.

    Kept apart from the participant for two reasons: a person may change their own time zone,
    language and preferred name, and a provider must read back what it wrote. So its word is
    applied to the participant when it changes, and stands here.
    """

    __tablename__ = "scim_users"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        UniqueConstraint("organization_id", "participant_id"),
        UniqueConstraint("organization_id", "user_name_key"),
        Index("ix_scim_users_manager_said", "organization_id", "manager_said"),
    )

    participant_id: Mapped[uuid.UUID]
    user_name: Mapped[str | None] = mapped_column(String(200))
    user_name_key: Mapped[str | None] = mapped_column(String(400))
    """Folded, for uniqueness in any case; none once the user was deleted."""
    given_name_said: Mapped[bool]
    family_name_said: Mapped[bool]
    """False: the participant's name was taken from displayName or userName, and is not told."""
    active_said: Mapped[bool]
    display_name: Mapped[str | None] = mapped_column(String(200))
    nick_name: Mapped[str | None] = mapped_column(String(200))
    preferred_language: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str | None] = mapped_column(String(200))
    time_zone: Mapped[str | None] = mapped_column(String(200))
    email_type: Mapped[str | None] = mapped_column(String(200))
    email_primary: Mapped[bool | None]
    employee_number: Mapped[str | None] = mapped_column(String(200))
    cost_center: Mapped[str | None] = mapped_column(String(200))
    organization_name: Mapped[str | None] = mapped_column(String(200))
    division: Mapped[str | None] = mapped_column(String(200))
    manager_said: Mapped[str | None] = mapped_column(String(200))
    """A manager who is not here yet; they are linked when they come."""
    deleted_at: Mapped[dt.datetime | None]


class ScimGroup(Record):
    """A named set of participants, kept by the identity provider."""

    __tablename__ = "scim_groups"
    __table_args__ = (UniqueConstraint("organization_id", "display_name_key"),)

    display_name: Mapped[str] = mapped_column(String(200))
    display_name_key: Mapped[str] = mapped_column(String(400))
    external_id: Mapped[str | None] = mapped_column(String(200))
    member_changes: Mapped[int]
    """How often people joined or left: with it, the group's version changes."""


class ScimMember(Record):
    """A participant in a group."""

    __tablename__ = "scim_members"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "group_id"], ["scim_groups.organization_id", "scim_groups.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
        ),
        UniqueConstraint("organization_id", "group_id", "participant_id"),
        Index("ix_scim_members_participant_id", "organization_id", "participant_id"),
    )

    group_id: Mapped[uuid.UUID]
    participant_id: Mapped[uuid.UUID]
