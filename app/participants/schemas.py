"""People, their availability and leave, and the import of rosters, on the wire."""

import datetime as dt
import zoneinfo
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import MISSING, AfterValidator, Field, StringConstraints, model_validator

from app.access.schemas import Email
from app.kit.wire import PLAIN, ExternalId, In, Line, Metadata, Out, PageQuery
from app.participants.models import EmploymentStatus

_ZONES = zoneinfo.available_timezones()


def _a_known_zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("is not an IANA time zone, such as Europe/Rome")
    return name


TimeZone = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"),
    AfterValidator(_a_known_zone),
    Field(examples=["Europe/Rome"], description="IANA time zone."),
]
Language = Annotated[
    str,
    StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
    Field(examples=["en"], description="BCP 47 tag."),
]
CareerStage = Annotated[str, StringConstraints(min_length=1, max_length=64), PLAIN]
JobLevel = Annotated[
    int,
    Field(
        ge=0,
        le=100,
        examples=[3],
        description="Seniority; higher is more senior. Labels are mapped on import.",
    ),
]
TimeOfDay = Annotated[
    str,
    StringConstraints(pattern=r"^([01]\d|2[0-3]):(00|15|30|45)$|^24:00$", max_length=5),
    Field(examples=["09:00"], description="HH:MM at a quarter of an hour."),
]


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class WeeklyWindow(In):
    """A stretch of the week, in the person's own time zone."""

    weekday: Weekday
    starts_at: TimeOfDay = Field(examples=["13:00"])
    ends_at: TimeOfDay = Field(examples=["15:30"])

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("a window ends after it starts; split one that crosses midnight")
        return self


class WindowOut(Out):
    """A stretch of the week, in the person's own time zone."""

    weekday: Weekday
    starts_at: str
    ends_at: str


Availability = Annotated[list[WeeklyWindow], Field(max_length=50)]

WORKING_WEEK: list[dict[str, Any]] = [
    {"weekday": str(day), "starts_at": "09:00", "ends_at": "17:00"} for day in list(Weekday)[:5]
]


LEAVES_ON = Field(
    default=None,
    description="The last day here, known beforehand: the day after, the person has left.",
)


class ParticipantFacts(In):
    """What HR says about a person; only the names and the time zone are needed."""

    given_name: Line = Field(examples=["Łukasz"])
    family_name: Line = Field(examples=["O'Neil"])
    preferred_name: Line | None = None
    work_email: Email | None = None
    job_title: Line | None = None
    job_level: JobLevel | None = None
    department: Line | None = None
    location: Line | None = None
    time_zone: TimeZone
    languages: list[Language] = Field(default_factory=list, max_length=20)
    hired_on: dt.date | None = None
    leaves_on: dt.date | None = LEAVES_ON
    career_stage: CareerStage | None = None


class ParticipantAdd(
    ParticipantFacts,
    json_schema_extra={
        "examples": [
            {
                "external_id": "W-10042",
                "given_name": "Łukasz",
                "family_name": "O'Neil",
                "job_level": 3,
                "department": "Finance",
                "time_zone": "Europe/Warsaw",
                "languages": ["pl", "en"],
                "metadata": {"cost_center": "4711"},
            }
        ]
    },
):
    """Add a person. Give your own key as `external_id`, so that you find them again."""

    external_id: ExternalId | None = Field(default=None, examples=["W-10042"])
    manager_id: UUID | None = None
    availability: Availability | None = Field(
        default=None, description="None: Monday to Friday, nine to five, in their own time zone."
    )
    metadata: Metadata = Field(default_factory=dict)


class ParticipantPut(
    ParticipantFacts,
    json_schema_extra={
        "examples": [
            {
                "given_name": "太郎",
                "family_name": "山田",
                "preferred_name": "Taro",
                "work_email": "taro.yamada@example.com",
                "job_level": 7,
                "time_zone": "Asia/Tokyo",
                "languages": ["ja", "en"],
                "manager_external_id": "W-10001",
                "employment_status": "active",
            }
        ]
    },
):
    """A person as the HRIS has them now, under your own key: added when unknown, else changed."""

    manager_external_id: ExternalId | None = None
    employment_status: EmploymentStatus = EmploymentStatus.ACTIVE


class ParticipantChange(
    In, json_schema_extra={"examples": [{"department": "Marketing", "manager_id": None}]}
):
    """Send only what changes; null clears."""

    given_name: Line | MISSING = MISSING
    family_name: Line | MISSING = MISSING
    preferred_name: Line | None | MISSING = MISSING
    work_email: Email | None | MISSING = MISSING
    job_title: Line | None | MISSING = MISSING
    job_level: JobLevel | None | MISSING = MISSING
    department: Line | None | MISSING = MISSING
    location: Line | None | MISSING = MISSING
    time_zone: TimeZone | MISSING = MISSING
    languages: Annotated[list[Language], Field(max_length=20)] | MISSING = MISSING
    hired_on: dt.date | None | MISSING = MISSING
    leaves_on: dt.date | None | MISSING = MISSING
    career_stage: CareerStage | None | MISSING = MISSING
    manager_id: UUID | None | MISSING = MISSING
    employment_status: EmploymentStatus | MISSING = MISSING
    availability: Availability | MISSING = MISSING
    metadata: Metadata | MISSING = MISSING


class ParticipantOut(Out):
    """A person of the organization."""

    resource: ClassVar[str] = "/v1/participants"

    id: UUID
    external_id: str | None
    given_name: str
    family_name: str
    preferred_name: str | None
    work_email: str | None
    job_title: str | None
    job_level: int | None
    department: str | None
    location: str | None
    time_zone: str
    languages: list[str] = Field(max_length=20)
    manager_id: UUID | None
    hired_on: dt.date | None
    leaves_on: dt.date | None
    career_stage: str | None
    employment_status: EmploymentStatus
    left_on: dt.date | None
    availability: list[WindowOut] = Field(max_length=50)
    account_id: UUID | None
    metadata: dict[str, str] = Field(validation_alias="labels")
    created_at: dt.datetime
    updated_at: dt.datetime


class ParticipantQuery(PageQuery):
    external_id: ExternalId | None = None
    work_email: Email | None = Field(default=None, description="Exact, any case.")
    manager_id: UUID | None = None
    department: Line | None = None
    employment_status: EmploymentStatus | None = None
    job_level_from: int | None = Field(default=None, ge=0, le=100)
    job_level_to: int | None = Field(default=None, ge=0, le=100)


class SearchQuery(PageQuery):
    text: Annotated[str, StringConstraints(min_length=1, max_length=100), PLAIN] = Field(
        description="Part of a name, in any case."
    )


class ReportingLine(Out):
    """The managers above a person, nearest first, as ids."""

    participant_id: UUID
    manager_ids: list[UUID] = Field(max_length=100)


class LeaveCreate(
    In,
    json_schema_extra={
        "examples": [
            {
                "participant_id": "01a212db-b1c7-7078-aff1-7075797c868e",
                "starts_on": "2026-07-01",
                "ends_on": "2026-07-21",
            }
        ]
    },
):
    """Days away, first and last included."""

    participant_id: UUID
    starts_on: dt.date
    ends_on: dt.date

    @model_validator(mode="after")
    def _ends_not_before_it_starts(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("ends_on is before starts_on")
        return self


class LeaveOut(Out):
    """Days away, first and last included."""

    resource: ClassVar[str] = "/v1/leaves"

    id: UUID
    participant_id: UUID
    starts_on: dt.date
    ends_on: dt.date
    created_at: dt.datetime


class LeaveQuery(PageQuery):
    participant_id: UUID | None = None


class RosterFacts(In):
    """What a roster tells about a person: what it does not tell stays as it is."""

    given_name: Line | MISSING = MISSING
    family_name: Line | MISSING = MISSING
    preferred_name: Line | None | MISSING = MISSING
    work_email: Email | None | MISSING = MISSING
    job_title: Line | None | MISSING = MISSING
    job_level: JobLevel | None | MISSING = MISSING
    department: Line | None | MISSING = MISSING
    location: Line | None | MISSING = MISSING
    time_zone: TimeZone | MISSING = MISSING
    languages: Annotated[list[Language], Field(max_length=20)] | MISSING = MISSING
    hired_on: dt.date | None | MISSING = MISSING
    leaves_on: dt.date | None | MISSING = MISSING
    career_stage: CareerStage | None | MISSING = MISSING
    employment_status: EmploymentStatus | MISSING = MISSING
    manager_external_id: ExternalId | None | MISSING = MISSING
    manager_since: dt.date | None | MISSING = Field(
        default=MISSING,
        description="From when on the manager is the manager; on a day to come, from that day on.",
    )


class BulkParticipant(RosterFacts):
    """A person under the HRIS's key. Who is new needs names and a time zone."""

    external_id: ExternalId = Field(examples=["W-10042"])


class ParticipantsPut(
    In,
    json_schema_extra={
        "examples": [
            {
                "participants": [
                    {
                        "external_id": "W-10001",
                        "given_name": "Ada",
                        "family_name": "Osei",
                        "time_zone": "Africa/Accra",
                    },
                    {
                        "external_id": "W-10042",
                        "given_name": "Jun",
                        "family_name": "Park",
                        "time_zone": "Asia/Seoul",
                        "manager_external_id": "W-10001",
                    },
                ]
            }
        ]
    },
):
    """Up to a thousand people at once; only the fields you send change."""

    participants: Annotated[list[BulkParticipant], Field(min_length=1, max_length=1000)]


class RowVerdict(StrEnum):
    """What becomes of one person of a roster."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    LEAVING = "leaving"
    """Not in a full roster any more."""
    OUTDATED = "outdated"
    """Changed by somebody else between the plan and its turn: left alone."""


class RowMistake(Out):
    """What is wrong in one row."""

    field: str
    detail: str
    code: str


class UpsertOut(Out):
    """What became of one person."""

    external_id: str | None
    verdict: RowVerdict
    participant_id: UUID | None
    changed_fields: list[str] = Field(max_length=20)
    mistakes: list[RowMistake] = Field(max_length=20)


class UpsertsOut(Out):
    """What became of each person, in the order they were sent."""

    added_count: int
    changed_count: int
    unchanged_count: int
    refused_count: int
    rows: list[UpsertOut] = Field(max_length=1000)
