"""Programs, cohorts and enrollments on the wire."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import MISSING, Field, StringConstraints, model_validator

from app.access.scopes import Role
from app.kit.wire import Code, ExternalId, In, Line, Metadata, Out, PageQuery, Prose
from app.participants.schemas import Availability, Language, WindowOut
from app.programs.models import (
    MOST_PLACES,
    CohortStatus,
    Driver,
    EnrollmentMode,
    EnrollmentRole,
    EnrollmentStatus,
    MeetingMode,
    ProgramStatus,
)

MOST_AT_ONCE = 500
MOST_PREFERENCES = 50


ProgramName = Annotated[Line, Field(examples=["Digital skills, upwards"])]
Purpose = Annotated[
    Prose,
    Field(
        description="What the program is for, in words everybody can share.",
        examples=["Senior managers learn daily digital tools from those who grew up with them."],
    ),
]
RuleValue = bool | Annotated[int, Field(ge=0, le=1_000_000)] | Line
Rules = Annotated[
    dict[Code, RuleValue],
    Field(
        max_length=60,
        description="Hard rules of matching by code: true, a number, or a word.",
        examples=[{"reporting_line": 2, "same_team": True, "shared_language": True}],
    ),
]
Weights = Annotated[
    dict[Code, Annotated[int, Field(ge=0, le=10_000)]],
    Field(
        max_length=60,
        description="Weight of each soft criterion of matching; 0 switches it off.",
        examples=[{"skill_fit": 400, "interests": 100}],
    ),
]
CohortName = Annotated[Line, Field(examples=["Spring 2027"])]
EveryDays = Annotated[int, Field(ge=1, le=365, description="One meeting in every so many days.")]
Minutes = Annotated[int, Field(ge=15, le=480, description="Length of a meeting.")]
Modes = Annotated[list[MeetingMode], Field(min_length=1, max_length=4, description="To meet in.")]
Measures = Annotated[
    list[Code], Field(max_length=50, description="Codes of the questionnaires used.")
]
ExpiryDays = Annotated[int, Field(ge=1, le=365, description="Unanswered proposals expire then.")]
Tag = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$"),
    Field(examples=["jazz"]),
]
Tags = Annotated[list[Tag], Field(max_length=30)]
Capacity = Annotated[
    int, Field(ge=1, le=MOST_PLACES, description="How many pairings at once.", examples=[1])
]
Languages = Annotated[list[Language], Field(min_length=1, max_length=20)]
Preferences = Annotated[list[UUID], Field(max_length=MOST_PREFERENCES)]
PrivatePreferences = Annotated[
    Preferences | None, Field(description="Shown to the person only; null to others.")
]


class Milestone(In):
    """Something planned for a date."""

    name: Line = Field(examples=["Half-time survey"])
    due_on: dt.date


class MilestoneOut(Out):
    """Something planned for a date."""

    name: str
    due_on: dt.date


class CohortDesign(In):
    """One run of a program. Give a name and a start; the rest is what has worked elsewhere."""

    name: CohortName
    starts_on: dt.date
    ends_on: dt.date | None = Field(
        default=None,
        description="None: room for one meeting more than planned, near seven months by default.",
    )
    enrollment_mode: EnrollmentMode = Field(
        default=EnrollmentMode.INVITED,
        description="`open`: people may also apply by themselves, and are approved.",
    )
    meeting_every_days: EveryDays = 30
    meeting_minutes: Minutes = 60
    planned_meetings_count: Annotated[int, Field(ge=1, le=200)] = 6
    modes: Modes = Field(default=[MeetingMode.IN_PERSON, MeetingMode.VIDEO])
    driver: Driver = Field(default=Driver.MENTEE, description="Who takes the initiative.")
    measures: Measures = Field(default_factory=list)
    milestones: list[Milestone] = Field(default_factory=list, max_length=50)
    proposals_expire_after_days: ExpiryDays = 14
    training_required: bool = Field(
        default=False, description="True: nobody meets before they are trained."
    )
    metadata: Metadata = Field(default_factory=dict)


class CohortPlan(CohortDesign):
    """Plan one run of a program."""

    program_id: UUID


class CohortChange(In):
    """Send only what changes. Once the cohort is launched, its plan is frozen."""

    name: CohortName | MISSING = MISSING
    starts_on: dt.date | MISSING = MISSING
    ends_on: dt.date | MISSING = MISSING
    enrollment_mode: EnrollmentMode | MISSING = MISSING
    meeting_every_days: EveryDays | MISSING = MISSING
    meeting_minutes: Minutes | MISSING = MISSING
    planned_meetings_count: Annotated[int, Field(ge=1, le=200)] | MISSING = MISSING
    modes: Modes | MISSING = MISSING
    driver: Driver | MISSING = MISSING
    measures: Measures | MISSING = MISSING
    milestones: Annotated[list[Milestone], Field(max_length=50)] | MISSING = MISSING
    proposals_expire_after_days: ExpiryDays | MISSING = MISSING
    training_required: bool | MISSING = MISSING
    metadata: Metadata | MISSING = MISSING


class CohortOut(Out):
    """One run of a program: planned, enrolling, running, completed; or cancelled."""

    resource: ClassVar[str] = "/v1/cohorts"

    id: UUID
    program_id: UUID
    name: str
    status: CohortStatus
    enrollment_mode: EnrollmentMode
    starts_on: dt.date
    ends_on: dt.date
    meeting_every_days: int
    meeting_minutes: int
    planned_meetings_count: int
    modes: list[MeetingMode] = Field(max_length=4)
    driver: Driver
    measures: list[str] = Field(max_length=50)
    milestones: list[MilestoneOut] = Field(max_length=50)
    proposals_expire_after_days: int
    training_required: bool
    plan_frozen_at: dt.datetime | None
    ended_at: dt.datetime | None
    metadata: dict[str, str] = Field(validation_alias="labels")
    created_at: dt.datetime
    updated_at: dt.datetime


class CohortQuery(PageQuery):
    program_id: UUID | None = None
    status: CohortStatus | None = None


class ProgramDesign(In):
    """Set up a program, with its first cohort if you like."""

    name: ProgramName
    purpose: Purpose
    matching_rules: Rules = Field(default_factory=dict)
    matching_weights: Weights = Field(default_factory=dict)
    metadata: Metadata = Field(default_factory=dict)
    first_cohort: CohortDesign | None = None


class ProgramChange(In):
    """Send only what changes; rules and weights are replaced as a whole."""

    name: ProgramName | MISSING = MISSING
    purpose: Purpose | MISSING = MISSING
    matching_rules: Rules | MISSING = MISSING
    matching_weights: Weights | MISSING = MISSING
    metadata: Metadata | MISSING = MISSING


class ProgramOut(Out):
    """The standing scheme: what for, and how people are matched."""

    resource: ClassVar[str] = "/v1/programs"

    id: UUID
    name: str
    purpose: str
    status: ProgramStatus
    matching_rules: dict[str, bool | int | str]
    matching_weights: dict[str, int]
    metadata: dict[str, str] = Field(validation_alias="labels")
    created_at: dt.datetime
    updated_at: dt.datetime


class ProgramSetUpOut(ProgramOut):
    """A new program, and its first cohort if there is one."""

    first_cohort_id: UUID | None


class ProgramQuery(PageQuery):
    status: ProgramStatus | None = None
    name: Line | None = Field(default=None, description="Exact.")


class ProgramEntrust(In):
    """Entrust a program to an account: it then sees, or runs, this program only."""

    account_id: UUID
    role: Literal[Role.PROGRAM_MANAGER, Role.FACILITATOR] = Field(examples=["program_manager"])


class EnrollmentFacts(In):
    """What a person brings to a cohort."""

    role: EnrollmentRole
    capacity: Capacity = 1
    availability: Availability | None = Field(
        default=None, description="In the person's own time zone. None: as the person always has."
    )
    languages: Languages | None = Field(default=None, description="None: those of the person.")
    modes: Modes | None = Field(default=None, description="None: those of the cohort.")
    motivation: Prose | None = Field(
        default=None, description="What the person hopes for: future partners read it."
    )
    interests: Tags = Field(default_factory=list)
    work_values: Tags = Field(default_factory=list, description="What matters to them at work.")
    communication_preference: Tag | None = None
    consent_source: Line | None = Field(
        default=None,
        description="Where you have the person's consent from, such as a signed form. For those who"
        " run the program: a person gives consent here themself.",
    )
    metadata: Metadata = Field(default_factory=dict)


class EnrollmentCreate(EnrollmentFacts):
    """Enroll or invite a person, or apply for yourself where the cohort is open."""

    cohort_id: UUID
    participant_id: UUID | None = Field(default=None, description="None: you.")
    invite: bool = Field(default=False, description="True: the person is asked first.")
    wishes: Preferences = Field(
        default_factory=list, description="Enrollments of wished partners, the dearest first."
    )
    vetoes: Preferences = Field(
        default_factory=list, description="Enrollments ruled out. No reason asked, no partner told."
    )


class EnrollmentItem(EnrollmentFacts):
    """One person to enroll or invite, by our key or by yours."""

    participant_id: UUID | None = None
    external_id: ExternalId | None = Field(default=None, examples=["W-10042"])
    invite: bool = Field(default=False, description="True: the person is asked first.")

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.participant_id is None) == (self.external_id is None):
            raise ValueError("give either participant_id or external_id")
        return self


class EnrollMany(In):
    """Enroll many people at once: each gets a verdict, and the good ones are stored together."""

    items: list[EnrollmentItem] = Field(
        min_length=1,
        max_length=MOST_AT_ONCE,
        examples=[[{"external_id": "W-10042", "role": "mentor", "capacity": 2}]],
    )
    dry_run: bool = Field(default=False, description="Answer the same, store nothing.")


class EnrollVerdict(StrEnum):
    ADDED = "added"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class EnrollVerdictOut(Out):
    """What became of one item. `unchanged`: the person takes part in this role already."""

    position: int = Field(description="Of the item in the request, from 0.")
    verdict: EnrollVerdict
    participant_id: UUID | None
    enrollment_id: UUID | None = Field(description="None when refused, and in a dry run.")
    code: str | None = Field(description="Why it was refused, to program against.")
    detail: str | None


class EnrollManyOut(Out):
    """What became of many enrollments, item by item."""

    dry_run: bool
    added_count: int
    unchanged_count: int
    refused_count: int
    items: list[EnrollVerdictOut] = Field(max_length=MOST_AT_ONCE)


class EnrollmentChange(In):
    """Send only what changes; null goes back to what the person always has."""

    capacity: Capacity | MISSING = MISSING
    availability: Availability | None | MISSING = MISSING
    languages: Languages | None | MISSING = MISSING
    modes: Modes | MISSING = MISSING
    motivation: Prose | None | MISSING = MISSING
    interests: Tags | MISSING = MISSING
    work_values: Tags | MISSING = MISSING
    communication_preference: Tag | None | MISSING = MISSING
    wishes: Preferences | MISSING = MISSING
    vetoes: Preferences | MISSING = MISSING
    metadata: Metadata | MISSING = MISSING


class EnrollmentOut(Out):
    """A person in a cohort, as mentor or as mentee."""

    resource: ClassVar[str] = "/v1/enrollments"

    id: UUID
    cohort_id: UUID
    participant_id: UUID
    role: EnrollmentRole
    status: EnrollmentStatus
    capacity: int
    availability: list[WindowOut] | None = Field(max_length=50)
    languages: list[str] | None = Field(max_length=20)
    modes: list[MeetingMode] = Field(max_length=4)
    motivation: str | None
    interests: list[str] = Field(max_length=30)
    work_values: list[str] = Field(max_length=30)
    communication_preference: str | None
    wishes: PrivatePreferences
    vetoes: PrivatePreferences
    consented_at: dt.datetime | None
    consent_source: str | None
    trained_at: dt.datetime | None
    waitlisted_at: dt.datetime | None
    ended_at: dt.datetime | None
    metadata: dict[str, str] = Field(validation_alias="labels")
    created_at: dt.datetime
    updated_at: dt.datetime


class EnrollmentQuery(PageQuery):
    cohort_id: UUID | None = None
    participant_id: UUID | None = None
    role: EnrollmentRole | None = None
    status: EnrollmentStatus | None = None


class ConsentGive(In):
    """Consent to taking part."""

    source: Line | None = Field(
        default=None,
        examples=["Form signed on 3 March"],
        description="Where you have it from, when it is not your own. The person sends null.",
    )


class CardOut(Out):
    """What future partners read about a person before they wish."""

    id: UUID = Field(description="The enrollment: what wishes and vetoes name.")
    cohort_id: UUID
    role: EnrollmentRole
    name: str
    department: str | None
    languages: list[str] = Field(max_length=20)
    modes: list[MeetingMode] = Field(max_length=4)
    motivation: str | None
    interests: list[str] = Field(max_length=30)


class CardQuery(PageQuery):
    role: EnrollmentRole | None = None
