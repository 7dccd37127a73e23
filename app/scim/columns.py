"""Which SQL stands for which attribute, so that the database filters, sorts and counts."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, null, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.participants.models import EmploymentStatus, Participant
from app.scim.models import ScimGroup, ScimMember, ScimUser
from app.scim.schemas import EnterpriseUser, Group, User

Sql = ColumnElement[Any] | InstrumentedAttribute[Any]


class Kind(Enum):
    TEXT = auto()
    """Compared in any case."""
    FOLDED = auto()
    """Stored in lower case already."""
    EXACT = auto()
    FLAG = auto()
    """One or zero, or null where nothing is said."""
    MOMENT = auto()
    KEY = auto()
    """An id: equality runs over the stored key, the rest over its text."""


@dataclass(frozen=True)
class Column:
    """How one attribute is read in SQL."""

    sql: Sql
    kind: Kind
    key: Sql | None = None
    """The stored key behind the text of a KEY."""


Columns = Mapping[str, Column]
"""By the attribute's URN, in lower case."""


def text_of_key(key: InstrumentedAttribute[Any], dialect: str) -> Sql:
    """An id as it is told; SQLite keeps it without hyphens."""
    if dialect != "sqlite":
        return cast(key, String)
    digits = cast(key, String)
    parts: list[ColumnElement[str]] = [
        func.substr(digits, *group, type_=String) for group in _GROUPS
    ]
    return reduce(lambda text, part: text + "-" + part, parts)


_GROUPS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))

_NEW: ColumnElement[bool] = ScimUser.id.is_(None)
"""The provider has not said anything about this participant yet."""


def _said(word: Any, otherwise: Any) -> Sql:
    return case((_NEW, otherwise), else_=word)


def user_columns(dialect: str) -> Columns:
    """The attributes of a user; the statement joins ScimUser outwards."""
    core, extension = str(User.__schema__), str(EnterpriseUser.__schema__)
    has_email = Participant.work_email.is_not(None)
    own_id = text_of_key(Participant.id, dialect)
    found = {
        "id": Column(own_id, Kind.KEY, Participant.id),
        "externalId": Column(Participant.external_id, Kind.EXACT),
        "userName": Column(
            _said(ScimUser.user_name_key, func.coalesce(Participant.work_email, own_id)),
            Kind.FOLDED,
        ),
        "name.givenName": Column(
            case((ScimUser.given_name_said.is_(False), null()), else_=Participant.given_name),
            Kind.TEXT,
        ),
        "name.familyName": Column(
            case((ScimUser.family_name_said.is_(False), null()), else_=Participant.family_name),
            Kind.TEXT,
        ),
        "displayName": Column(
            _said(ScimUser.display_name, Participant.given_name + " " + Participant.family_name),
            Kind.TEXT,
        ),
        "nickName": Column(_said(ScimUser.nick_name, Participant.preferred_name), Kind.TEXT),
        "title": Column(Participant.job_title, Kind.TEXT),
        "preferredLanguage": Column(ScimUser.preferred_language, Kind.TEXT),
        "locale": Column(ScimUser.locale, Kind.TEXT),
        "timezone": Column(_said(ScimUser.time_zone, Participant.time_zone), Kind.TEXT),
        "active": Column(
            case(
                (ScimUser.active_said.is_(False), null()),
                (Participant.employment_status == EmploymentStatus.LEFT, 0),
                else_=1,
            ),
            Kind.FLAG,
        ),
        "emails.value": Column(Participant.work_email, Kind.FOLDED),
        "emails.type": Column(
            case((has_email, _said(ScimUser.email_type, literal("work"))), else_=null()), Kind.TEXT
        ),
        "emails.primary": Column(
            case(
                (and_(has_email, _NEW), 1),
                (and_(has_email, ScimUser.email_primary.is_(True)), 1),
                (and_(has_email, ScimUser.email_primary.is_(False)), 0),
                else_=null(),
            ),
            Kind.FLAG,
        ),
        "meta.created": Column(Participant.created_at, Kind.MOMENT),
        "meta.lastModified": Column(
            case(
                (ScimUser.updated_at > Participant.updated_at, ScimUser.updated_at),
                else_=Participant.updated_at,
            ),
            Kind.MOMENT,
        ),
        "meta.resourceType": Column(literal("User"), Kind.EXACT),
    }
    enterprise = {
        "employeeNumber": Column(ScimUser.employee_number, Kind.TEXT),
        "costCenter": Column(ScimUser.cost_center, Kind.TEXT),
        "organization": Column(ScimUser.organization_name, Kind.TEXT),
        "division": Column(ScimUser.division, Kind.TEXT),
        "department": Column(Participant.department, Kind.TEXT),
        "manager.value": Column(
            func.coalesce(text_of_key(Participant.manager_id, dialect), ScimUser.manager_said),
            Kind.KEY,
            Participant.manager_id,
        ),
    }
    return {
        **{f"{core}:{name}".lower(): column for name, column in found.items()},
        **{f"{extension}:{name}".lower(): column for name, column in enterprise.items()},
    }


def group_columns(dialect: str) -> Columns:
    """The attributes of a group; its members are asked for apart."""
    core = str(Group.__schema__)
    found = {
        "id": Column(text_of_key(ScimGroup.id, dialect), Kind.KEY, ScimGroup.id),
        "externalId": Column(ScimGroup.external_id, Kind.EXACT),
        "displayName": Column(ScimGroup.display_name_key, Kind.FOLDED),
        "meta.created": Column(ScimGroup.created_at, Kind.MOMENT),
        "meta.lastModified": Column(ScimGroup.updated_at, Kind.MOMENT),
        "meta.resourceType": Column(literal("Group"), Kind.EXACT),
    }
    return {f"{core}:{name}".lower(): column for name, column in found.items()}


def member_columns(dialect: str) -> Columns:
    """The attributes of one member of a group, inside of the question whether there is one."""
    core = str(Group.__schema__)
    key = ScimMember.participant_id
    return {
        f"{core}:members.value".lower(): Column(text_of_key(key, dialect), Kind.KEY, key),
        f"{core}:members.type".lower(): Column(literal("User"), Kind.TEXT),
    }


def people_named(organization_id: uuid.UUID, name: str) -> ColumnElement[bool]:
    """The participants whose userName this is, found by an index: vendors ask before they write."""
    word, person = aliased(ScimUser), aliased(Participant)
    spoken_of = select(word.participant_id).where(word.organization_id == organization_id)
    by_email = select(person.id).where(
        person.organization_id == organization_id,
        person.work_email == name,
        ~spoken_of.where(word.participant_id == person.id).exists(),
    )
    said = spoken_of.where(word.user_name_key == name)
    found: ColumnElement[bool] = Participant.id.in_(said.union_all(by_email))
    if (key := key_of(name)) is not None:  # who has no userName at all is called by the id
        found |= and_(
            Participant.id == key,
            Participant.work_email.is_(None),
            ~spoken_of.where(word.participant_id == key).exists(),
        )
    return found


def key_of(text: str) -> uuid.UUID | None:
    """The id that this text is, spelled as we spell it."""
    try:
        key = uuid.UUID(text)
    except ValueError:
        return None
    return key if str(key) == text else None
