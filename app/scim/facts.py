"""Between a SCIM user and a participant: what is read, what is said, what is applied."""

import re
import zoneinfo
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import MISSING, TypeAdapter, ValidationError
from scim2_models import InvalidValueException, Meta

from app.kit.database import folded
from app.kit.wire import ExternalId, Line
from app.participants.models import EmploymentStatus, Participant
from app.participants.schemas import ParticipantChange
from app.scim.models import ScimUser
from app.scim.schemas import Email, EnterpriseUser, Manager, Name, ToUser, User, UserOut

LONGEST_KEY = 400  # what the columns of folded names hold, and an index of PostgreSQL
_LINE: TypeAdapter[str] = TypeAdapter(Line)
NOT_KNOWN = "-"
"""Stands in a name where the provider has said only one part of it: we invent none."""
_ZONES = zoneinfo.available_timezones()
_LANGUAGE = re.compile(r"^([A-Za-z]{2,3})([-_][A-Za-z0-9]{2,8})*$")


class Provision(ParticipantChange):
    """What only an identity provider changes: also the key under which it knows a person."""

    external_id: ExternalId | None | MISSING = MISSING


@dataclass
class Facts:
    """A SCIM user, flat; None is what nobody says."""

    user_name: str | None = None
    external_id: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    display_name: str | None = None
    nick_name: str | None = None
    title: str | None = None
    preferred_language: str | None = None
    locale: str | None = None
    timezone: str | None = None
    active: bool | None = None
    email: str | None = None
    email_type: str | None = None
    email_primary: bool | None = None
    employee_number: str | None = None
    cost_center: str | None = None
    organization: str | None = None
    division: str | None = None
    department: str | None = None
    manager: str | None = None

    def changed_from(self, before: "Facts") -> dict[str, Any]:
        """What is said now and was not before."""
        known = asdict(before)
        return {name: value for name, value in asdict(self).items() if known[name] != value}


def facts_of(user: User[Any]) -> Facts:
    """What a provider says about a user."""
    name = user.name or Name()
    work = user[EnterpriseUser] or EnterpriseUser()
    email = _the_address(user.emails or [])
    manager = work.manager.value if work.manager else None
    return Facts(
        user_name=text_of(user.user_name),
        external_id=text_of(user.external_id),
        given_name=text_of(name.given_name),
        family_name=text_of(name.family_name),
        display_name=text_of(user.display_name),
        nick_name=text_of(user.nick_name),
        title=text_of(user.title),
        preferred_language=text_of(user.preferred_language),
        locale=text_of(user.locale),
        timezone=text_of(user.timezone),
        active=user.active,
        email=email.value.lower() if email and email.value else None,
        email_type=text_of(email.type) if email else None,
        email_primary=email.primary if email else None,
        employee_number=text_of(work.employee_number),
        cost_center=text_of(work.cost_center),
        organization=text_of(work.organization),
        division=text_of(work.division),
        department=text_of(work.department),
        manager=text_of(manager),
    )


def text_of(said: str | None) -> str | None:
    """Empty text says nothing. Raises InvalidValueException for what is no line of text."""
    if said is None or not said.strip():
        return None
    try:
        text = _LINE.validate_python(str(said).strip())
    except ValidationError as wrong:
        detail = wrong.errors(include_url=False)[0]["msg"]
        raise InvalidValueException(detail=f"{said[:40]!r}: {detail}") from wrong
    if len(str(folded(text))) > LONGEST_KEY:
        raise InvalidValueException(detail=f"{said[:40]!r} is too long where case is folded.")
    return text


def _the_address(emails: list[Email]) -> Email | None:
    """The one address we keep: for work, else the primary one, else the first."""
    told = [each for each in emails if each.value]
    ranked = sorted(told, key=lambda each: (each.type != Email.Type.work, not each.primary))
    return ranked[0] if ranked else None


def user_of(person: Participant, said: ScimUser | None, manager: str | None) -> User[Any]:
    """A participant as SCIM tells them; `manager` is the id of one who is there."""
    new = said is None
    said = said or said_about(person)
    email = None
    if person.work_email is not None:
        kind = Email.Type(said.email_type) if said.email_type else None
        email = Email(value=person.work_email, type=kind, primary=said.email_primary)
    name = Name(
        given_name=person.given_name if said.given_name_said else None,
        family_name=person.family_name if said.family_name_said else None,
    )
    work = EnterpriseUser(
        employee_number=said.employee_number,
        cost_center=said.cost_center,
        organization=said.organization_name,
        division=said.division,
        department=person.department,
        manager=_manager(manager, said.manager_said),
    )
    user = UserOut(
        id=str(person.id),
        external_id=person.external_id,
        user_name=said.user_name,
        name=name if name.given_name or name.family_name else None,
        display_name=said.display_name,
        nick_name=said.nick_name,
        title=person.job_title,
        preferred_language=said.preferred_language,
        locale=said.locale,
        timezone=said.time_zone,
        active=person.employment_status != EmploymentStatus.LEFT if said.active_said else None,
        emails=[email] if email else None,
        meta=Meta(
            resource_type="User",
            created=person.created_at,
            last_modified=person.updated_at if new else max(person.updated_at, said.updated_at),
            version=f'W/"{person.version}.{0 if new else said.version}"',
        ),
    )
    if any(value is not None for value in work.__dict__.values()):
        user[EnterpriseUser] = work
    return user


def _manager(key: str | None, said: str | None) -> Manager | None:
    if key is not None:
        return Manager(value=key, ref=ToUser(f"Users/{key}"))
    return Manager(value=said) if said is not None else None


def said_about(person: Participant) -> ScimUser:
    """What stands for the provider's word before it has said any; not stored."""
    user_name = person.work_email or str(person.id)
    return ScimUser(
        participant_id=person.id,
        user_name=user_name,
        user_name_key=folded(user_name),
        given_name_said=True,
        family_name_said=True,
        active_said=True,
        display_name=f"{person.given_name} {person.family_name}"[:200],
        nick_name=person.preferred_name,
        time_zone=person.time_zone,
        email_type="work" if person.work_email else None,
        email_primary=True if person.work_email else None,
    )


def apply_word(said: ScimUser, facts: Facts) -> None:
    """Write the provider's word where it stands."""
    said.user_name, said.user_name_key = facts.user_name, folded(facts.user_name)
    said.given_name_said = facts.given_name is not None
    said.family_name_said = facts.family_name is not None
    said.active_said = facts.active is not None
    said.display_name = facts.display_name
    said.nick_name = facts.nick_name
    said.preferred_language = facts.preferred_language
    said.locale = facts.locale
    said.time_zone = facts.timezone
    said.email_type, said.email_primary = facts.email_type, facts.email_primary
    said.employee_number = facts.employee_number
    said.cost_center = facts.cost_center
    said.organization_name = facts.organization
    said.division = facts.division


def full_name(facts: Facts) -> tuple[str, str]:
    """Given and family name, as far as the provider says them in any way."""
    if facts.given_name or facts.family_name:
        return facts.given_name or NOT_KNOWN, facts.family_name or NOT_KNOWN
    given, _, family = (facts.display_name or "").rpartition(" ")
    if given:
        return given, family
    return (family or facts.user_name or NOT_KNOWN).partition("@")[0] or NOT_KNOWN, NOT_KNOWN


def changes_to(person: Participant | None, facts: Facts, before: Facts) -> dict[str, Any]:
    """What the provider's new word changes about a participant, by the participant's fields.

    Whose manager somebody is, is not said here: that needs a look at the others.
    """
    changed = facts.changed_from(before)
    found: dict[str, Any] = {
        field: changed[name]
        for name, field in (
            ("external_id", "external_id"), ("title", "job_title"), ("email", "work_email"),
            ("department", "department"),
        )
        if name in changed
    }  # fmt: skip
    named = facts.given_name is not None and facts.family_name is not None
    from_elsewhere = not named and {"display_name", "user_name"} & changed.keys()
    if from_elsewhere or {"given_name", "family_name"} & changed.keys():
        found["given_name"], found["family_name"] = full_name(facts)
    if "nick_name" in changed and (
        facts.nick_name is not None
        or (person is not None and person.preferred_name == before.nick_name)
    ):
        found["preferred_name"] = facts.nick_name
    if changed.get("timezone") in _ZONES:
        found["time_zone"] = facts.timezone
    if {"preferred_language", "locale"} & changed.keys():
        spoken = list(person.languages) if person else []
        found["languages"] = _with_language(spoken, facts.preferred_language or facts.locale)
    left = person is not None and person.employment_status == EmploymentStatus.LEFT
    if changed.get("active") is False and not left:
        found["employment_status"] = EmploymentStatus.LEFT
    elif changed.get("active") is True and left:
        found["employment_status"] = EmploymentStatus.ACTIVE
    return found


def _with_language(spoken: list[str], said: str | None) -> list[str]:
    """The languages of a person with this one among them: matching compares whole tags."""
    found = _LANGUAGE.match(said or "")
    if found is None:
        return spoken
    language = found[1].lower()
    if any(each.lower().partition("-")[0] == language for each in spoken):
        return spoken
    return [language, *spoken][:20]
