"""Programs and cohorts on the wire."""

import datetime as dt
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import MISSING, Field

from app.access.scopes import Role
from app.kit.wire import Code, In, Line, Metadata, Out, PageQuery, Prose
from app.programs.models import (
    CohortStatus,
    Driver,
    EnrollmentMode,
    MatchingObjective,
    MeetingMode,
    ProgramStatus,
)

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
    matching_objective: MatchingObjective = MatchingObjective.PARTICIPATION
    metadata: Metadata = Field(default_factory=dict)
    first_cohort: CohortDesign | None = None


class ProgramChange(In):
    """Send only what changes; rules and weights are replaced as a whole."""

    name: ProgramName | MISSING = MISSING
    purpose: Purpose | MISSING = MISSING
    matching_rules: Rules | MISSING = MISSING
    matching_weights: Weights | MISSING = MISSING
    matching_objective: MatchingObjective | MISSING = MISSING
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
    matching_objective: MatchingObjective
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
