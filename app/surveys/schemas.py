"""Surveys, waves, invitations and answers, on the wire."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import MISSING, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.kit.wire import PLAIN, Code, In, Line, Moment, Out, PageQuery, Prose
from app.participants.schemas import Language
from app.programs.models import EnrollmentRole
from app.surveys.models import (
    Audience,
    ItemFormat,
    SurveyOrigin,
    WaveMode,
    WaveMoment,
    WaveStatus,
)

MOST_ITEMS = 200
MOST_RECORDED = 2_000
RECORDED = {"survey_invitation_id": f"{UUID(int=1)}", "answers": {"RM-REL-1": 4}}

Question = Annotated[str, StringConstraints(min_length=3, max_length=500), PLAIN]
End = Annotated[int, Field(ge=-100, le=100)]
Option = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^-?[A-Za-z0-9][A-Za-z0-9_-]*$")
]
Answers = Annotated[
    dict[Code, End | Option | None],
    Field(
        min_length=1,
        max_length=MOST_ITEMS,
        description="By item code: an integer for a rating, an option's code for a choice,"
        ' null for "prefer not to say". An item left out counts as not answered.',
        examples=[{"RM-REL-1": 4, "RM-REL-2": 5, "RM-REL-4": None}],
    ),
]


class ItemDefine(In):
    """One question. A rating has two ends; a choice has labelled options and no number."""

    code: Code = Field(examples=["LOCAL-TRUST-1"])
    text: Question = Field(examples=["I would ask my counterpart for advice again."])
    audience: Audience = Audience.BOTH
    format: ItemFormat = ItemFormat.RATING
    reverse: bool = Field(
        default=False,
        description="Agreeing means less of what the scale measures. Answers are stored as given"
        " and turned round when scored.",
    )
    min: End | None = Field(default=1, description="Null for a choice.")
    max: End | None = Field(default=5, description="Null for a choice.")
    labels: Annotated[dict[Option, Line], Field(max_length=30)] = Field(
        default_factory=dict,
        description="Words for numbers of a rating, or the options of a choice.",
        examples=[{"1": "strongly disagree", "5": "strongly agree"}],
    )

    @model_validator(mode="after")
    def _fits_its_format(self) -> Self:
        if self.format is ItemFormat.CHOICE:
            if self.min is not None or self.max is not None or self.reverse:
                raise ValueError("a choice has no min, no max and is not reversed")
            if len(self.labels) < 2:
                raise ValueError("a choice has at least two labelled options")
        elif self.min is None or self.max is None or self.min >= self.max:
            raise ValueError("a rating has a min below its max")
        elif not self.labels.keys() <= {str(each) for each in range(self.min, self.max + 1)}:
            raise ValueError("the labels of a rating stand at its numbers")
        return self


class ScaleDefine(In):
    """Rating items with the same ends that are scored together, or one choice."""

    code: Code = Field(examples=["LOCAL-TRUST"])
    title: Line = Field(examples=["Trust in the counterpart"])
    items: list[ItemDefine] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _items_belong_together(self) -> Self:
        if any(item.format is ItemFormat.CHOICE for item in self.items) and len(self.items) > 1:
            raise ValueError("a choice stands alone in its scale: it is counted, not scored")
        if len({(item.min, item.max) for item in self.items}) > 1:
            raise ValueError("the items of a scale share their ends")
        return self


class SurveyDefine(In):
    """A questionnaire of your own, published at once; to change it, define another version."""

    code: Code = Field(examples=["LOCAL-TRUST"])
    version: Code = Field(default="1.0", examples=["1.0"])
    language: Language = "en"
    title: Line = Field(examples=["Trust in the counterpart"])
    origin: SurveyOrigin = Field(
        default=SurveyOrigin.CUSTOMER,
        description="`customer`: your own items. `licensed`: others', used under `license`.",
    )
    license: Prose | None = Field(
        default=None, description="What allows you to use the items; needed when they are licensed."
    )
    prefer_not_to_say: bool = Field(default=True, description="Whether null is an answer.")
    scales: list[ScaleDefine] = Field(min_length=1, max_length=30)

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if self.origin is SurveyOrigin.ORIGINAL:
            raise ValueError("original surveys are those that are built in")
        if self.origin is SurveyOrigin.LICENSED and self.license is None:
            raise ValueError("licensed items need a license")
        scales = [scale.code for scale in self.scales]
        items = [item.code for scale in self.scales for item in scale.items]
        if len(set(scales)) < len(scales) or len(set(items)) < len(items):
            raise ValueError("a code names one scale or one item")
        if len(items) > MOST_ITEMS:
            raise ValueError(f"a survey has at most {MOST_ITEMS} items")
        return self


class ItemOut(Out):
    """One question, with what scoring knows of it."""

    code: str
    text: str
    audience: Audience
    format: ItemFormat
    reverse: bool
    min: int | None
    max: int | None
    labels: dict[str, str]


class ScaleOut(Out):
    """Items that are scored together, or one choice."""

    code: str
    title: str
    items: list[ItemOut] = Field(max_length=50)


class SurveyOut(Out):
    """One version of a survey in one language; it never changes."""

    resource: ClassVar[str] = "/v1/surveys"

    id: UUID
    code: str
    version: str = Field(validation_alias="edition")
    language: str
    title: str
    origin: SurveyOrigin
    license: str | None
    built_in: bool
    prefer_not_to_say: bool
    scales: list[ScaleOut] = Field(max_length=30)
    created_at: dt.datetime


class SurveyQuery(PageQuery):
    code: Code | None = None
    language: Language | None = None
    built_in: bool | None = Field(default=None, description="Only those that come with Rementor.")


class SurveyPin(In):
    """Which version of a survey is asked."""

    code: Code = Field(examples=["RM-SAFE"])
    version: Code = "1.0"
    language: Language = "en"


class SurveyPinOut(Out):
    """Which version of a survey is asked."""

    code: str
    version: str
    language: str


class WavePlan(In):
    """A sending of surveys to a cohort. What is asked is fixed from here on."""

    cohort_id: UUID
    title: Line = Field(examples=["Before the first meetings"])
    moment: WaveMoment
    mode: WaveMode = Field(
        default=WaveMode.IDENTIFIED,
        description="Identified: answers are stored with the person, who is told so before the"
        " first question. One mode for the whole wave.",
    )
    audience: Audience = Audience.BOTH
    surveys: list[SurveyPin] = Field(min_length=1, max_length=20)
    opens_at: Moment
    closes_at: Moment

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.closes_at <= self.opens_at:
            raise ValueError("closes_at is not after opens_at")
        return self


class WaveChange(In):
    """Send only what changes. Once the wave is open, only `closes_at` can change."""

    title: Line | MISSING = Field(default=MISSING, examples=["Before the first meetings"])
    opens_at: Moment | MISSING = MISSING
    closes_at: Moment | MISSING = MISSING


class SurveyWaveOut(Out):
    """One sending of surveys to a cohort."""

    resource: ClassVar[str] = "/v1/survey-waves"

    id: UUID
    cohort_id: UUID
    title: str
    moment: WaveMoment
    mode: WaveMode
    audience: Audience
    surveys: list[SurveyPinOut] = Field(max_length=20)
    status: WaveStatus
    opens_at: dt.datetime
    closes_at: dt.datetime
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    reminded_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class WaveQuery(PageQuery):
    cohort_id: UUID | None = None
    moment: WaveMoment | None = None
    status: WaveStatus | None = None


class SuppressionReason(StrEnum):
    """Why a number is withheld. Complementary: it would give a withheld one away."""

    GROUP_BELOW_MINIMUM = "group_below_minimum"
    COMPLEMENTARY = "complementary"
    HOMOGENEOUS = "homogeneous"


class ResponseRate(Out):
    """How many were asked and how many answered."""

    suppressed: bool
    reason: SuppressionReason | None
    invited_count: int | None
    answered_count: int | None
    answered_percent: int | None = Field(description="Whole percent of those invited.")


class RoleResponseRate(ResponseRate):
    """The same for one role."""

    role: EnrollmentRole


class WaveProgress(Out):
    """How far a wave is, in counts."""

    survey_wave_id: UUID
    status: WaveStatus
    overall: ResponseRate
    by_role: list[RoleResponseRate] = Field(max_length=2)


class SurveyInvitationOut(Out):
    """One enrollment that a wave asks. Whether it was answered is told to nobody but the person."""

    id: UUID
    survey_wave_id: UUID
    enrollment_id: UUID
    participant_id: UUID
    role: EnrollmentRole
    answered: bool | None = Field(description="Null unless you are the person.")
    reminded_at: dt.datetime | None = Field(description="Null unless you are the person.")
    created_at: dt.datetime


class InvitationQuery(PageQuery):
    survey_wave_id: UUID | None = None
    participant_id: UUID | None = None
    role: EnrollmentRole | None = None


class QuestionnaireQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Language | None = Field(
        default=None, description="A translation, where there is one; else as the wave asks."
    )


class AskedItem(Out):
    """One question as the person is asked it."""

    code: str
    text: str
    format: ItemFormat
    min: int | None = Field(validation_alias="minimum")
    max: int | None = Field(validation_alias="maximum")
    labels: dict[str, str]


class AskedSurvey(Out):
    """The questions of one survey for this person's role, in order."""

    code: str
    version: str
    language: str
    title: str
    prefer_not_to_say: bool
    items: list[AskedItem] = Field(max_length=MOST_ITEMS)


class QuestionnaireOut(Out):
    """All that a person is asked in a wave. Show `notice` before the first question."""

    survey_invitation_id: UUID
    survey_wave_id: UUID
    title: str
    role: EnrollmentRole
    mode: WaveMode
    notice: str = Field(description="What is kept with the answers and who will see what.")
    closes_at: dt.datetime
    surveys: list[AskedSurvey] = Field(max_length=20)


class SurveyAnswer(In):
    answers: Answers


class AnswerReceipt(Out):
    """What came in; the answers themselves are shown to the person only."""

    survey_wave_id: UUID
    survey_invitation_id: UUID
    answered_count: int
    unanswered_count: int


class SurveyResponseOut(Out):
    """The person's own answers, as given."""

    survey_wave_id: UUID
    survey_invitation_id: UUID
    answers: dict[str, int | str | None]


class RecordedAnswers(In):
    """What one invited person answered elsewhere."""

    survey_invitation_id: UUID
    answers: Answers


class ResponsesRecord(In, json_schema_extra={"example": {"items": [RECORDED]}}):
    """Answers collected elsewhere, on paper or in another tool: at most 2 000 people at a time."""

    items: list[RecordedAnswers] = Field(min_length=1, max_length=MOST_RECORDED)


class RecordVerdict(StrEnum):
    RECORDED = "recorded"
    REFUSED = "refused"


class AnswerMistake(Out):
    """What is wrong in one person's answers."""

    pointer: str
    detail: str
    code: str


class RecordVerdictOut(Out):
    """What became of one person's answers."""

    survey_invitation_id: UUID
    verdict: RecordVerdict
    mistakes: list[AnswerMistake] = Field(max_length=20)


class RecordOut(Out):
    """What became of recorded answers, in the order sent."""

    recorded_count: int
    refused_count: int
    items: list[RecordVerdictOut] = Field(max_length=MOST_RECORDED)
