"""Mentoring sessions, series and suggested times, on the wire."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import (
    MISSING,
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.kit.wire import In, Line, Moment, Out, PageQuery, Prose
from app.pairings.models import PairingSide
from app.participants.schemas import TimeZone
from app.programs.models import MeetingMode
from app.sessions.calendar import Adjusted
from app.sessions.models import (
    Attendance,
    ChangeReason,
    SessionActor,
    SessionStatus,
)

LONGEST_MINUTES = 480
MOST_IN_SERIES = 60
LONGEST_SEARCH_DAYS = 62
YEARS = range(2000, 2200)


def _a_year_we_know(moment: dt.datetime) -> dt.datetime:
    if moment.year not in YEARS:
        raise ValueError(f"the year is not between {YEARS[0]} and {YEARS[-1]}")
    return moment


def _a_whole_minute(moment: dt.datetime) -> dt.datetime:
    if moment.second or moment.microsecond:
        raise ValueError("a session starts at a whole minute")
    return moment


def _a_day_we_know(day: dt.date) -> dt.date:
    if day.year not in YEARS:
        raise ValueError(f"the year is not between {YEARS[0]} and {YEARS[-1]}")
    return day


def _a_time_on_the_wall(text: str) -> str:
    dt.datetime.fromisoformat(text)  # 30 February has the pattern, and is no day
    return text


Instant = Annotated[Moment, AfterValidator(_a_year_we_know)]
Day = Annotated[dt.date, AfterValidator(_a_day_we_know)]
LocalTime = Annotated[
    str,
    StringConstraints(pattern=r"^2[01]\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d$", max_length=16),
    AfterValidator(_a_time_on_the_wall),
    Field(
        examples=["2026-03-30T09:00"],
        description="What the clock on the wall shows there and then: no offset, no seconds.",
    ),
]
UtcOffset = Annotated[
    str,
    StringConstraints(pattern=r"^[+-](0\d|1[0-4]):(00|15|30|45)$", max_length=6),
    Field(
        examples=["+01:00"],
        description="Chooses, where the clocks go back and the local time comes twice.",
    ),
]
Duration = Annotated[int, Field(ge=5, le=LONGEST_MINUTES, examples=[60])]
ReasonGiven = Literal[
    ChangeReason.OTHER_MEETING, ChangeReason.WORKLOAD, ChangeReason.ABSENCE,
    ChangeReason.TECHNOLOGY, ChangeReason.NOT_PREPARED, ChangeReason.NO_LONGER_NEEDED,
    ChangeReason.OTHER,
]  # fmt: skip
Words = Annotated[
    Line | None, Field(description="In your own words; read by the two of the pairing only.")
]
DespiteLeave = Annotated[
    bool, Field(description="Meet although one of the two has leave on that day.")
]


class When(In):
    """A time: either `starts_at`, an instant, or `local_time` with the zone of its wall."""

    starts_at: Annotated[Instant, AfterValidator(_a_whole_minute)] | None = None
    local_time: LocalTime | None = None
    time_zone: TimeZone | None = Field(
        default=None, description="None: your own if you are one of the two, else the mentee's."
    )
    utc_offset: UtcOffset | None = None

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> Self:
        if (self.starts_at is None) == (self.local_time is None):
            raise ValueError("give either starts_at or local_time")
        if self.utc_offset is not None and self.local_time is None:
            raise ValueError("utc_offset belongs to local_time")
        return self


class SessionSchedule(
    When,
    json_schema_extra={
        "examples": [
            {
                "pairing_id": "01a212f3-eb1a-7086-b66e-73bef69e6bfb",
                "local_time": "2026-03-30T09:00",
                "time_zone": "Europe/Rome",
            }
        ]
    },
):
    """Arrange a meeting of a pairing."""

    pairing_id: UUID
    duration_minutes: Duration | None = Field(
        default=None, description="None: as long as the cohort's plan says."
    )
    mode: MeetingMode | None = Field(
        default=None, description="None: the first mode of the cohort's plan."
    )
    agenda: Prose | None = Field(
        default=None, description="Only the two write and read it.", examples=["Your first prompt"]
    )
    within_availability: bool = Field(
        default=False, description="Refuse a time at which not both are free in their week."
    )
    despite_leave: DespiteLeave = False


class SeriesSchedule(
    When,
    json_schema_extra={
        "examples": [
            {
                "pairing_id": "01a212f3-eb1a-7086-b66e-73bef69e6bfb",
                "local_time": "2026-03-30T09:00",
                "every_days": 14,
                "count": 6,
                "within_availability": True,
            }
        ]
    },
):
    """Arrange meetings at a cadence: the time on the wall stays, whatever the clocks do."""

    pairing_id: UUID
    every_days: int | None = Field(
        default=None, ge=1, le=366, examples=[14], description="None: the cohort's cadence."
    )
    count: int | None = Field(default=None, ge=1, le=MOST_IN_SERIES, examples=[6])
    until_on: Day | None = Field(default=None, description="The last day a meeting may be on.")
    duration_minutes: Duration | None = Field(
        default=None, description="None: as long as the cohort's plan says."
    )
    mode: MeetingMode | None = Field(
        default=None, description="None: the first mode of the cohort's plan."
    )
    within_availability: bool = Field(
        default=False,
        description=(
            "Move each meeting to the nearest time in its period at which both are free; a period"
            " lasts from its day until the next meeting's. Refused where a period has no such time."
        ),
    )
    despite_leave: DespiteLeave = False

    @model_validator(mode="after")
    def _it_ends(self) -> Self:
        if (self.count is None) == (self.until_on is None):
            raise ValueError("give either count or until_on")
        return self


class SessionReschedule(
    When,
    json_schema_extra={"examples": [{"local_time": "2026-04-02T14:00", "reason": "other_meeting"}]},
):
    """Move a session to another time."""

    duration_minutes: Duration | None = Field(default=None, description="None: as it was.")
    reason: ReasonGiven = Field(examples=["other_meeting"])
    words: Words = None
    within_availability: bool = Field(
        default=False, description="Refuse a time at which not both are free in their week."
    )
    despite_leave: DespiteLeave = False


class SessionCancel(
    In,
    json_schema_extra={"examples": [{"reason": "workload", "words": "The audit takes all of us."}]},
):
    """Say that a session will not take place."""

    reason: ReasonGiven = Field(examples=["workload"])
    words: Words = None


class SessionComplete(
    In,
    json_schema_extra={
        "examples": [
            {"mentor_attendance": "attended", "mentee_attendance": "attended", "actual_minutes": 55}
        ]
    },
):
    """Record who came. When both attended, the session is completed; else it was missed."""

    mentor_attendance: Attendance = Field(examples=["attended"])
    mentee_attendance: Attendance = Field(examples=["attended"])
    actual_minutes: int | None = Field(
        default=None,
        ge=1,
        le=2 * LONGEST_MINUTES,
        description="How long they met; None: as planned. Only when both attended.",
    )

    @model_validator(mode="after")
    def _minutes_need_two(self) -> Self:
        both = self.mentor_attendance == self.mentee_attendance == Attendance.ATTENDED
        if self.actual_minutes is not None and not both:
            raise ValueError("actual_minutes are given only when both attended")
        return self


class SessionChange(In, json_schema_extra={"examples": [{"agenda": "Your first prompt"}]}):
    """Send only what changes; `agenda: null` takes it away."""

    agenda: Prose | None | MISSING = MISSING
    mode: MeetingMode | MISSING = MISSING


class SessionOut(Out):
    """A meeting of a pairing.

    `local_time` and `time_zone` are what was meant, `starts_at` is the instant that is, and
    `adjusted` says what the clocks did to it. Agenda and words are for the two of the pairing, and
    null to everybody else.
    """

    resource: ClassVar[str] = "/v1/sessions"

    id: UUID
    pairing_id: UUID
    cohort_id: UUID
    series_id: UUID | None
    mentor_id: UUID
    mentee_id: UUID
    my_side: PairingSide | None
    status: SessionStatus
    local_time: str
    time_zone: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    adjusted: Adjusted
    duration_minutes: int
    mode: MeetingMode
    agenda: str | None
    rescheduled_count: int
    cancelled_at: dt.datetime | None
    cancelled_by: SessionActor | None
    cancel_reason: ChangeReason | None
    cancel_words: str | None
    notice_minutes: int | None = Field(description="How long before its start it was cancelled.")
    mentor_attendance: Attendance | None
    mentee_attendance: Attendance | None
    actual_minutes: int | None
    completed_at: dt.datetime | None = Field(description="When attendance was recorded.")
    completed_by: SessionActor | None
    created_at: dt.datetime
    updated_at: dt.datetime


class SeriesOut(Out):
    """What was scheduled together, in the order of time."""

    resource: ClassVar[str] = "/v1/session-series"

    id: UUID
    pairing_id: UUID
    sessions: list[SessionOut] = Field(max_length=MOST_IN_SERIES)


class SessionQuery(PageQuery):
    pairing_id: UUID | None = None
    cohort_id: UUID | None = None
    participant_id: UUID | None = Field(default=None, description="On either side.")
    series_id: UUID | None = None
    status: SessionStatus | None = None
    starts_at_from: Instant | None = Field(default=None, description="At this instant or later.")
    starts_at_to: Instant | None = Field(default=None, description="Before this instant.")


class ReschedulingOut(Out):
    """A session was moved. The words are for the two of the pairing, and null to everybody else."""

    id: UUID
    session_id: UUID
    from_starts_at: dt.datetime
    to_starts_at: dt.datetime
    by: SessionActor
    reason: ChangeReason
    words: str | None
    notice_minutes: int = Field(description="How long before its old start it was moved.")
    created_at: dt.datetime


class ReschedulingQuery(PageQuery):
    pass


class SuggestedTimesQuery(BaseModel):
    """For whom, how long, and between which days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pairing_id: UUID
    from_on: dt.date | None = Field(default=None, description="First day; None: today.")
    until_on: dt.date | None = Field(
        default=None,
        description="Last day; None: two weeks in all. At most 62 days are looked at.",
    )
    duration_minutes: int | None = Field(
        default=None, ge=5, le=LONGEST_MINUTES, description="None: as the cohort's plan says."
    )
    limit: int = Field(default=10, ge=1, le=100, description="At most so many times.")


class SuggestedTime(Out):
    """A time at which both are free, as each of them reads it on their own wall."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    mentor_local_time: str
    mentee_local_time: str


class SuggestedTimes(Out):
    """Times at which both are free, soonest first; none overlaps another."""

    pairing_id: UUID
    duration_minutes: int
    mentor_time_zone: str
    mentee_time_zone: str
    times: list[SuggestedTime] = Field(max_length=100)
