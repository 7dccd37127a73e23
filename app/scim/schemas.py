"""SCIM on the wire: the attributes we keep, nothing of what we would have no purpose for."""

from typing import Annotated, Any, ClassVar, Union

from pydantic import EmailStr, Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    ExtensibleStringEnum,
    Extension,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

from app.kit.wire import MOST_PER_PAGE

MOST_OPERATIONS = 100  # ours: one bulk request is one transaction, which others wait for
MOST_BYTES = 1024 * 1024


class Name(ComplexAttribute):
    family_name: str | None = None
    """The family name, or last name in most Western languages."""

    given_name: str | None = None
    """The given name, or first name in most Western languages."""


class Email(ComplexAttribute):
    class Type(ExtensibleStringEnum):
        work = "work"
        home = "home"
        other = "other"

    value: EmailStr | None = None
    """The address."""

    type: Type | None = None
    """What it is for, such as 'work'."""

    primary: bool | None = None
    """Whether it is the preferred one."""


class User(Resource[AnyExtension]):
    """A participant."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """Unique in any case."""

    name: Name | None = None
    """The name, in its two parts."""

    Name: ClassVar[type[ComplexAttribute]] = Name

    display_name: str | None = None
    """The whole name, suitable for display."""

    nick_name: str | None = None
    """What the person is called; the participant's preferred_name."""

    title: str | None = None
    """The participant's job_title."""

    preferred_language: str | None = None
    """A language the person speaks, such as 'en' or 'de-AT'."""

    locale: str | None = None
    """Where no preferredLanguage is given, its language is taken."""

    timezone: str | None = None
    """IANA time zone, such as 'Europe/Rome'."""

    active: bool | None = None
    """False: the person has left, their pairings end."""

    emails: list[Email] | None = None
    """One address is kept: that for work, else the primary one, else the first."""

    Emails: ClassVar[type[ComplexAttribute]] = Email


# named as the resource type is, not as the class
ToUser = Reference["User"]  # type: ignore[type-arg]
"""The address of a user; told relative to the root, and made whole where it is sent."""


class Manager(ComplexAttribute):
    value: Annotated[str | None, CaseExact.true] = None
    """The manager's id; their externalId or userName is understood as well."""

    ref: Annotated[ToUser | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the manager."""


class EnterpriseUser(Extension):
    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = None
    """The number HR has given."""

    cost_center: str | None = None
    """The cost centre."""

    organization: str | None = None
    """The name of the organization."""

    division: str | None = None
    """The name of the division."""

    department: str | None = None
    """The participant's department."""

    manager: Manager | None = None
    """The direct manager: kept with dates, and watched for conflicts of interest."""


class GroupMember(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of the member."""

    ref: Annotated[ToUser | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the member."""

    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    """Members are people; a group in a group is not kept."""


class Group(Resource[Any]):
    """A named set of participants."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """Unique in any case."""

    members: list[GroupMember] | None = None
    """The people in it."""

    Members: ClassVar[type[ComplexAttribute]] = GroupMember


UserOut = User[EnterpriseUser]
Found = Union[UserOut, Group]  # noqa: UP007  what scim2-models subscribes its messages with

POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=MOST_BYTES),
    filter=Filter(supported=True, max_results=MOST_PER_PAGE),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="API key",
            description="An API key (rmk_…) of the organization that holds the scope `scim`.",
            primary=True,
        )
    ],
)
PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[
        ResourceType.from_resource(UserOut),
        ResourceType.from_resource(Group),
    ],
    config=CONFIG,
    policy=POLICY,
)
