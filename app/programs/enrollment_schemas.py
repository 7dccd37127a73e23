"""Enrollments on the wire: what people bring to a cohort, and what partners read of it."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import MISSING, Field, StringConstraints, model_validator

from app.kit.wire import ExternalId, In, Line, Metadata, Out, PageQuery, Prose
from app.participants.schemas import Availability, Language, WindowOut
from app.programs.models import (
    MOST_PLACES,
    EnrollmentRole,
    EnrollmentStatus,
    Generation,
    MeetingMode,
)
from app.programs.schemas import Modes

MOST_AT_ONCE = 500
MOST_PREFERENCES = 50

Tag = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$"),
    Field(examples=["jazz"]),
]
Tags = Annotated[list[Tag], Field(max_length=30)]
Aspirations = Annotated[
    Tags,
    Field(
        description="Mentees: what they hope to get to know. Compared with the topics of mentors;"
        " skills to learn are `wanted` skills.",
        examples=[["artificial intelligence", "short video"]],
    ),
]
Topics = Annotated[
    Tags,
    Field(
        description="Mentors: what they can open a door to, beyond skills with a level. What they"
        " want to learn themselves are `wanted` skills.",
        examples=[["artificial intelligence", "gaming"]],
    ),
]
OwnGeneration = Annotated[
    Generation | None,
    Field(
        description="Said by the person alone and shown to nobody else, in organizations that"
        " switched it on: lets matching favour partners of another generation, if only a little.",
        examples=["generation_z"],
    ),
]
Capacity = Annotated[
    int, Field(ge=1, le=MOST_PLACES, description="How many pairings at once.", examples=[1])
]
Languages = Annotated[list[Language], Field(min_length=1, max_length=20)]
Preferences = Annotated[list[UUID], Field(max_length=MOST_PREFERENCES)]
PrivatePreferences = Annotated[
    Preferences | None, Field(description="Shown to the person only; null to others.")
]


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
    aspirations: Aspirations = Field(default_factory=list)
    topics: Topics = Field(default_factory=list)
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
    generation: OwnGeneration = None


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
    aspirations: Aspirations | MISSING = MISSING
    topics: Topics | MISSING = MISSING
    interests: Tags | MISSING = MISSING
    work_values: Tags | MISSING = MISSING
    communication_preference: Tag | None | MISSING = MISSING
    wishes: Preferences | MISSING = MISSING
    vetoes: Preferences | MISSING = MISSING
    generation: OwnGeneration | MISSING = MISSING
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
    aspirations: list[str] = Field(max_length=30)
    topics: list[str] = Field(max_length=30)
    interests: list[str] = Field(max_length=30)
    work_values: list[str] = Field(max_length=30)
    communication_preference: str | None
    wishes: PrivatePreferences
    vetoes: PrivatePreferences
    generation: Generation | None = Field(description="Shown to the person only; null to others.")
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
    topics: list[str] = Field(max_length=30)
    interests: list[str] = Field(max_length=30)


class CardQuery(PageQuery):
    role: EnrollmentRole | None = None
