"""The parts of a document: a program, its goals, training, messages and cohorts, as written."""

import datetime as dt
import re
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from app.goals.models import GoalCategory, GoalDirection
from app.goals.schemas import Codes, Figure, Title, Tolerance, Unit
from app.kit.wire import In, Line, Metadata, Moment, Prose
from app.participants.schemas import Language
from app.programs.models import (
    Driver,
    EnrollmentMode,
    ForWhom,
    MatchingObjective,
    MessageOccasion,
    TrainingTopic,
)
from app.programs.schemas import (
    CohortName,
    EveryDays,
    ExpiryDays,
    Measures,
    Minutes,
    Modes,
    ProgramName,
    Purpose,
    Rules,
    Weights,
)
from app.surveys.models import Audience, WaveMode, WaveMoment
from app.surveys.schemas import SurveyPin

FURTHEST_DAYS = 3_650
PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
PLACEHOLDERS = frozenset(
    {
        "given_name", "partner_name", "program_name", "cohort_name", "starts_on", "ends_on",
        "due_on", "link", "contact",
    }
)  # fmt: skip
"""What a front end fills in when it sends a message."""

Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*$"),
    Field(
        description="Names the thing for good: what it is called may change, its key may not.",
        examples=["run-meetings"],
    ),
]
Days = Annotated[int, Field(ge=-FURTHEST_DAYS, le=FURTHEST_DAYS)]
DaysAhead = Annotated[int, Field(ge=0, le=FURTHEST_DAYS)]
AtLeastADay = Annotated[int, Field(ge=1, le=FURTHEST_DAYS)]
MeetingsCount = Annotated[int, Field(ge=1, le=200)]


def _one_of(thing: In, *names: str) -> None:
    """Raises ValueError where two of these are given."""
    given = [name for name in names if getattr(thing, name) is not None]
    if len(given) > 1:
        raise ValueError(f"give either {' or '.join(given)}")


class BlueprintMatching(In):
    """How people are matched."""

    objective: MatchingObjective = MatchingObjective.PARTICIPATION
    rules: Rules = Field(default_factory=dict)
    weights: Weights = Field(default_factory=dict)


class BlueprintCohortDefaults(In):
    """How a cohort runs. What is not said is as usual: six meetings, one hour, every 30 days."""

    enrollment_mode: EnrollmentMode | None = None
    meeting_every_days: EveryDays | None = None
    meeting_minutes: Minutes | None = None
    planned_meetings_count: MeetingsCount | None = None
    modes: Modes | None = None
    driver: Driver | None = Field(default=None, description="Who takes the initiative.")
    measures: Measures | None = None
    proposals_expire_after_days: ExpiryDays | None = None
    training_required: bool | None = None


class BlueprintProgram(In):
    """The standing scheme."""

    key: Key = Field(examples=["digital-skills"])
    name: ProgramName
    purpose: Purpose
    metadata: Metadata = Field(default_factory=dict)
    matching: BlueprintMatching = Field(default_factory=BlueprintMatching)
    cohort_defaults: BlueprintCohortDefaults = Field(
        default_factory=BlueprintCohortDefaults,
        description="What its cohorts have unless they say otherwise.",
    )


class BlueprintGoal(In):
    """What shall be reached by the whole program, or by one cohort."""

    key: Key
    title: Title
    category: GoalCategory
    competences: Codes = Field(
        default_factory=list, description="Codes of competences: `digcomp:2.1`, or your own."
    )
    indicator: Prose | None = Field(default=None, description="What is counted.")
    unit: Unit | None = None
    direction: GoalDirection = GoalDirection.UP
    baseline: Figure | None = None
    target: Figure | None = None
    tolerance: Tolerance | None = None
    due_on: dt.date | None = None


class BlueprintCohortGoal(BlueprintGoal):
    """What one cohort shall reach."""

    due_after_days: Days | None = Field(
        default=None, description="Counted from the cohort's start; instead of `due_on`."
    )

    @model_validator(mode="after")
    def _one_date(self) -> Self:
        _one_of(self, "due_on", "due_after_days")
        return self


class BlueprintStatement(In):
    """The goals in words that all should share."""

    text: Prose = Field(examples=["We close the gap: seniors learn the tools, juniors the why."])
    goals: Annotated[list[Key], Field(max_length=20)] = Field(
        default_factory=list, description="Keys of the goals each person may rank, in order."
    )


class BlueprintTrainingModule(In):
    """One step of the training path; the order of the list is the order of the path."""

    key: Key
    title: Line
    audience: ForWhom = ForWhom.BOTH
    topic: TrainingTopic
    minutes: Annotated[int, Field(ge=1, le=480)]
    summary: Prose
    url: Annotated[str | None, StringConstraints(max_length=500, pattern=r"^https?://[!-~]+$")] = (
        None
    )
    required: bool = True


class BlueprintMessage(In):
    """What people are written on an occasion, with placeholders such as `{{given_name}}`."""

    key: Key
    occasion: MessageOccasion
    audience: ForWhom = ForWhom.BOTH
    language: Language = "en"
    subject: Line
    body: Prose

    @field_validator("subject", "body")
    @classmethod
    def _placeholders_are_known(cls, text: str) -> str:
        for name in PLACEHOLDER.findall(text):
            if name not in PLACEHOLDERS:
                known = ", ".join(sorted(PLACEHOLDERS))
                raise ValueError(f"nothing is known as {{{{{name[:60]}}}}}; there are {known}")
        return text


class BlueprintMilestone(In):
    """Something planned for a date."""

    name: Line
    due_on: dt.date | None = None
    after_days: Days | None = Field(default=None, description="Counted from the cohort's start.")

    @model_validator(mode="after")
    def _exactly_one_date(self) -> Self:
        if (self.due_on is None) == (self.after_days is None):
            raise ValueError("give either due_on or after_days")
        return self


class BlueprintWave(In):
    """One sending of questionnaires to the cohort."""

    key: Key
    title: Line = Field(examples=["Before the first meetings"])
    moment: WaveMoment
    mode: WaveMode = WaveMode.IDENTIFIED
    audience: Audience = Audience.BOTH
    questionnaires: list[SurveyPin] = Field(
        min_length=1, max_length=20, description="By code, version and language."
    )
    opens_at: Moment | None = None
    opens_after_days: Days | None = Field(
        default=None, description="Counted from the cohort's start; negative: before it."
    )
    closes_at: Moment | None = None
    open_for_days: AtLeastADay | None = None

    @model_validator(mode="after")
    def _exactly_two_dates(self) -> Self:
        for names in (("opens_at", "opens_after_days"), ("closes_at", "open_for_days")):
            if sum(getattr(self, name) is not None for name in names) != 1:
                raise ValueError(f"give either {' or '.join(names)}")
        return self


class BlueprintCohort(BlueprintCohortDefaults):
    """One run of the program, with its own goals and surveys."""

    key: Key = Field(examples=["spring-2027"])
    name: CohortName
    starts_on: dt.date | None = None
    starts_in_days: DaysAhead | None = Field(
        default=None,
        description="Counted from the day the cohort is planned; once planned, its start stands.",
    )
    ends_on: dt.date | None = Field(
        default=None, description="None: room for one meeting more than planned."
    )
    lasts_months: Annotated[int, Field(ge=1, le=60)] | None = None
    milestones: Annotated[list[BlueprintMilestone], Field(max_length=50)] = Field(
        default_factory=list
    )
    metadata: Metadata = Field(default_factory=dict)
    goals: Annotated[list[BlueprintCohortGoal], Field(max_length=50)] = Field(default_factory=list)
    statement: BlueprintStatement | None = None
    surveys: Annotated[list[BlueprintWave], Field(max_length=20)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_start_and_one_end(self) -> Self:
        if (self.starts_on is None) == (self.starts_in_days is None):
            raise ValueError("give either starts_on or starts_in_days")
        _one_of(self, "ends_on", "lasts_months")
        return self
