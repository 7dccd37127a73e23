"""Goals, check-ins, statements and agreements on the wire."""

import datetime as dt
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import MISSING, Field, StringConstraints, model_validator

from app.competences.schemas import CompetenceCode
from app.goals.alignment import AlignmentStatus, WhyNotAligned
from app.goals.attainment import AttainmentStatus, WhyNotMeasurable
from app.goals.models import SCOPES, GoalCategory, GoalDirection, GoalStatus
from app.kit.wire import PLAIN, In, Line, Out, PageQuery, Prose
from app.pairings.models import PairingSide

MOST_GOALS = 20

Title = Annotated[Line, Field(examples=["Run one meeting in the new chat tool"])]
Figure = Annotated[float, Field(ge=-1e12, le=1e12)]
Tolerance = Annotated[float, Field(ge=0, le=1e12)]
Unit = Annotated[
    str, StringConstraints(min_length=1, max_length=40), PLAIN, Field(examples=["meetings"])
]
Codes = Annotated[list[CompetenceCode], Field(max_length=10)]


class GoalSetIn(In):
    """A goal for exactly one of: a program, a cohort, a pairing, a person."""

    program_id: UUID | None = None
    cohort_id: UUID | None = None
    pairing_id: UUID | None = None
    participant_id: UUID | None = Field(default=None, description="Yourself.")
    title: Title
    category: GoalCategory
    competences: Codes = Field(
        default_factory=list, description="Codes of the competences it is about."
    )
    indicator: Prose | None = Field(
        default=None, examples=["Meetings run in the chat tool"], description="What is counted."
    )
    unit: Unit | None = None
    direction: GoalDirection = GoalDirection.UP
    baseline: Figure | None = Field(default=None, examples=[0])
    target: Figure | None = Field(default=None, examples=[4])
    tolerance: Tolerance | None = Field(
        default=None, description="To maintain: how far from the target still counts."
    )
    due_on: dt.date | None = None
    owner_id: UUID | None = Field(default=None, description="The person who looks after it.")

    @model_validator(mode="after")
    def _exactly_one_scope(self) -> Self:
        if sum(getattr(self, scope) is not None for scope in SCOPES) != 1:
            raise ValueError(f"give exactly one of {', '.join(SCOPES)}")
        return self


class GoalChange(In):
    """Send only what changes; null clears. A figure moved after a check-in needs a reason."""

    title: Title | MISSING = MISSING
    category: GoalCategory | MISSING = MISSING
    competences: Codes | MISSING = MISSING
    indicator: Prose | None | MISSING = MISSING
    unit: Unit | None | MISSING = MISSING
    direction: GoalDirection | MISSING = MISSING
    baseline: Figure | None | MISSING = MISSING
    target: Figure | None | MISSING = MISSING
    tolerance: Tolerance | None | MISSING = MISSING
    due_on: dt.date | None | MISSING = MISSING
    owner_id: UUID | None | MISSING = MISSING
    reason: Prose | MISSING = Field(
        default=MISSING, description="Why a figure moves; kept beside both values."
    )


class AttainmentOut(Out):
    """How far a goal is, or why that cannot be said."""

    status: AttainmentStatus
    reason: WhyNotMeasurable | None
    share: float | None = Field(description="0 at the baseline, 1 at the target.")
    deviation: float | None = Field(description="Actual minus target; null where it is not yours.")
    n: int = Field(description="Observations the figure rests on.")
    method: str


class GoalOut(Out):
    """A goal. Of other people's, those who run programs see progress, and null for the rest."""

    resource: ClassVar[str] = "/v1/goals"

    id: UUID
    program_id: UUID | None
    cohort_id: UUID | None
    pairing_id: UUID | None
    participant_id: UUID | None
    title: str | None
    category: GoalCategory
    competences: list[str] = Field(max_length=10)
    indicator: str | None
    unit: str | None
    direction: GoalDirection
    baseline: float | None
    target: float | None
    tolerance: float | None
    due_on: dt.date | None
    owner_id: UUID | None
    status: GoalStatus
    set_on: dt.date
    ended_on: dt.date | None
    actual: float | None
    actual_on: dt.date | None
    check_ins_count: int
    attainment: AttainmentOut
    created_at: dt.datetime
    updated_at: dt.datetime


class GoalQuery(PageQuery):
    program_id: UUID | None = None
    cohort_id: UUID | None = None
    pairing_id: UUID | None = None
    participant_id: UUID | None = None
    status: GoalStatus | None = None
    category: GoalCategory | None = None


class GoalCheckIn(In):
    """A look at progress: a value, a note, or both."""

    value: Figure | None = Field(default=None, examples=[2])
    note: Prose | None = Field(default=None, examples=["Two meetings, the second without help."])
    evidence: Prose | None = Field(default=None, description="Where it can be seen.")
    checked_on: dt.date | None = Field(default=None, description="None: today.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.value is None and self.note is None and self.evidence is None:
            raise ValueError("give a value, a note or evidence")
        return self


class CheckInOut(Out):
    """One look at progress."""

    resource: ClassVar[str] = "/v1/check-ins"

    id: UUID
    goal_id: UUID
    checked_on: dt.date
    value: float | None
    note: str | None
    evidence: str | None
    author_id: UUID | None
    created_at: dt.datetime


class CheckInQuery(PageQuery):
    goal_id: UUID | None = None


class TargetChangeOut(Out):
    """A figure that moved after the first check-in."""

    id: UUID
    goal_id: UUID
    figure: str
    before: float | None
    after: float | None
    reason: str
    created_at: dt.datetime


class TargetChangeQuery(PageQuery):
    goal_id: UUID | None = None


class StatementPublish(In):
    """The goals of a program or cohort in words that all should share."""

    program_id: UUID | None = None
    cohort_id: UUID | None = None
    text: Prose = Field(examples=["We close the gap: seniors learn the tools, juniors the why."])
    goal_ids: Annotated[list[UUID], Field(max_length=MOST_GOALS)] = Field(
        default_factory=list, description="The goals each person may rank; with three, alignment."
    )

    @model_validator(mode="after")
    def _one_scope_and_no_goal_twice(self) -> Self:
        if (self.program_id is None) == (self.cohort_id is None):
            raise ValueError("give either program_id or cohort_id")
        if len(set(self.goal_ids)) != len(self.goal_ids):
            raise ValueError("a goal stands in the list twice")
        return self


class StatementOut(Out):
    """One version of the goals in words."""

    resource: ClassVar[str] = "/v1/goal-statements"

    id: UUID
    program_id: UUID | None
    cohort_id: UUID | None
    number: int
    text: str
    goal_ids: list[UUID] = Field(max_length=MOST_GOALS)
    superseded_at: dt.datetime | None
    acknowledged_at: dt.datetime | None = Field(description="When you acknowledged this version.")
    created_at: dt.datetime


class StatementQuery(PageQuery):
    program_id: UUID | None = None
    cohort_id: UUID | None = None


class StatementAcknowledge(In):
    """You have read and share the goals; say them in your own words, or rank them."""

    restatement: Prose | None = Field(
        default=None, examples=["I learn the tools, and show how we decide."]
    )
    ranking: Annotated[list[UUID], Field(max_length=MOST_GOALS)] = Field(
        default_factory=list, description="Every goal of the statement, the most important first."
    )


class AcknowledgementOut(Out):
    """Your own acknowledgement; nobody else reads it."""

    resource: ClassVar[str] = "/v1/acknowledgements"

    id: UUID
    statement_id: UUID
    participant_id: UUID
    restatement: str | None
    ranking: list[UUID] = Field(max_length=MOST_GOALS)
    created_at: dt.datetime


class AcknowledgementQuery(PageQuery):
    statement_id: UUID | None = None


class AcknowledgementCounts(Out):
    """How many of those enrolled share a statement. Who, is nobody's business."""

    statement_id: UUID
    enrolled_count: int
    acknowledged_count: int
    restated_count: int
    ranked_count: int


class AlignmentOut(Out):
    """Whether partners rank the goals alike: 1 the same order, 0 no relation, -1 the opposite."""

    status: AlignmentStatus
    reason: WhyNotAligned | None
    value: float | None
    n: int = Field(description="Of a pair: goals ranked. Of a cohort: pairs that both ranked.")
    method: str
    statement_id: UUID | None


class AgreementWrite(In):
    """What both want from it. A new version; both sign anew."""

    pairing_id: UUID
    replaces_id: UUID | None = Field(
        default=None, description="The version you changed; none for the first."
    )
    mentee_learns: Prose = Field(examples=["Run my own team meetings in the chat tool."])
    mentor_gains: Prose = Field(examples=["See how an investment is decided."])
    working_rules: Prose | None = Field(
        default=None, examples=["Cancel a day ahead. What we say stays here."]
    )


class AgreementOut(Out):
    """One version of a pair's agreement; its words are the pair's own, null for others."""

    resource: ClassVar[str] = "/v1/agreements"

    id: UUID
    pairing_id: UUID
    number: int
    mentee_learns: str | None
    mentor_gains: str | None
    working_rules: str | None
    written_by: PairingSide
    mentor_signed_at: dt.datetime | None
    mentee_signed_at: dt.datetime | None
    superseded_at: dt.datetime | None
    created_at: dt.datetime


class AgreementQuery(PageQuery):
    pairing_id: UUID | None = None
