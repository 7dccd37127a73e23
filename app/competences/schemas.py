"""Frameworks, skills and assessments on the wire."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.competences.models import AssessmentMoment, AssessmentSource, Direction
from app.kit.wire import PLAIN, ExternalId, In, Line, Out, PageQuery, Prose
from app.participants.schemas import Language

MOST_LEVELS = 8
MOST_PEOPLE = 2_000
MOST_SKILLS = 100
OWN_CODE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
FRAMEWORK_CODE = r"[a-z0-9][a-z0-9-]*"

FrameworkVersion = Annotated[
    str, StringConstraints(min_length=1, max_length=40), PLAIN, Field(examples=["1.0"])
]
FrameworkCode = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=f"^{FRAMEWORK_CODE}$")
]
CompetenceCode = Annotated[
    str,
    StringConstraints(min_length=3, max_length=101, pattern=f"^{FRAMEWORK_CODE}:{OWN_CODE}$"),
    Field(examples=["digcomp:2.1"]),
]
"""Framework and own code: what everything else refers to."""
Level = Annotated[int, Field(ge=1, le=MOST_LEVELS)]
Skills = Annotated[
    dict[CompetenceCode, Level],
    Field(max_length=MOST_SKILLS, json_schema_extra={"additionalProperties": False}),
]


class LevelIn(In):
    """What a person can do at this level, in the first person."""

    group: Line | None = Field(default=None, examples=["foundation"])
    prompt: Line = Field(examples=["I manage simple tasks mostly alone."])


class LevelOut(Out):
    """What a person can do at this level, in the first person."""

    level: int
    group: str | None
    prompt: str


class CompetenceIn(In):
    """One competence of a framework."""

    code: Annotated[
        str, StringConstraints(min_length=1, max_length=60, pattern=f"^{OWN_CODE}$")
    ] = Field(examples=["prompting"], description="Unique in its framework.")
    area: Line = Field(examples=["Working with AI"])
    title: Line = Field(examples=["Asking a language model well"])
    description: Prose | None = None


class FrameworkAdd(In):
    """A framework of your own, whole: it is not changed later, since measurements refer to it."""

    code: FrameworkCode = Field(
        examples=["acme-ai"], description="Goes in front of each competence: `acme-ai:prompting`."
    )
    title: Line = Field(examples=["AI at Acme"])
    framework_version: Annotated[str, StringConstraints(min_length=1, max_length=40), PLAIN] = (
        Field(examples=["1.0"])
    )
    language: Language = "en"
    url: Annotated[str | None, StringConstraints(max_length=500, pattern=r"^https?://[!-~]+$")] = (
        Field(default=None, description="Where the framework comes from.")
    )
    license: Line | None = Field(default=None, examples=["CC-BY-4.0"])
    attribution: Prose | None = Field(default=None, description="How its source wants to be named.")
    levels: Annotated[list[LevelIn], Field(min_length=1, max_length=MOST_LEVELS)] = Field(
        description="From the lowest; level 1 is the first."
    )
    competences: Annotated[list[CompetenceIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _no_code_twice(self) -> Self:
        codes = [each.code for each in self.competences]
        if len(set(codes)) != len(codes):
            raise ValueError("two competences have the same code")
        return self


class FrameworkOut(Out):
    """A competence framework; its competences are listed by `/v1/competences?framework_id=`."""

    resource: ClassVar[str] = "/v1/frameworks"

    id: UUID
    code: str
    title: str
    framework_version: str
    language: str
    url: str | None
    license: str | None
    attribution: str | None
    built_in: bool = Field(description="Comes with the product: every organization has it.")
    competences_count: int
    retired_at: dt.datetime | None = Field(description="Since when it takes nothing new.")
    created_at: dt.datetime


class FrameworkQuery(PageQuery):
    code: FrameworkCode | None = None
    built_in: bool | None = None


class CompetenceOut(Out):
    """One competence; everything refers to its `code`."""

    id: UUID
    framework_id: UUID
    code: str
    area: str
    title: str
    description: str | None
    levels: list[LevelOut] = Field(max_length=MOST_LEVELS)
    retired_at: dt.datetime | None


class CompetenceQuery(PageQuery):
    framework_id: UUID | None = None
    area: Line | None = None


class SkillsPut(In):
    """Everything a person offers and wants: competence → level. What is not said is gone."""

    offered: Skills = Field(
        default_factory=dict,
        examples=[{"digcomp:2.1": 6}],
        description="What the person can teach, and at which level.",
    )
    wanted: Skills = Field(
        default_factory=dict,
        examples=[{"digcomp:3.4": 4}],
        description="What the person wants to learn, and which level to reach.",
    )


class SkillsOut(Out):
    """Everything a person offers and wants: competence → level."""

    participant_id: UUID
    offered: dict[str, int]
    wanted: dict[str, int]


class SkillOut(Out):
    """One thing a person offers or wants."""

    id: UUID
    participant_id: UUID
    competence: str
    direction: Direction
    level: int


class SkillQuery(PageQuery):
    participant_id: UUID | None = None
    competence: CompetenceCode | None = None
    direction: Direction | None = None


class WhoIn(In):
    """A person, by our id or by yours."""

    participant_id: UUID | None = None
    external_id: ExternalId | None = Field(default=None, examples=["W-10042"])

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.participant_id is None) == (self.external_id is None):
            raise ValueError("give either participant_id or external_id")
        return self


class PersonsSkills(WhoIn, SkillsPut):
    """One person's skills, as a whole."""


class SkillImport(In):
    """The skills of many people; each person's replace what was known."""

    people: Annotated[list[PersonsSkills], Field(min_length=1, max_length=MOST_PEOPLE)] = Field(
        examples=[[{"external_id": "W-10042", "offered": {"digcomp:2.1": 6}}]]
    )
    dry_run: bool = Field(default=False, description="Answer the same, store nothing.")


class Verdict(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class MistakeOut(Out):
    """What is wrong with one entry."""

    pointer: str
    detail: str
    code: str


class VerdictOut(Out):
    """What became of one entry of an import, in the order they were sent."""

    participant_id: UUID | None
    external_id: str | None
    verdict: Verdict
    mistakes: list[MistakeOut] = Field(max_length=20)


class VerdictsOut(Out):
    """What became of an import, entry by entry."""

    dry_run: bool
    added_count: int
    changed_count: int
    unchanged_count: int
    refused_count: int
    entries: list[VerdictOut] = Field(max_length=MOST_PEOPLE)


class AssessedLevel(In):
    """A level on a day. 0: not at the first level yet."""

    competence: CompetenceCode
    level: int = Field(ge=0, le=MOST_LEVELS, examples=[3])
    assessed_on: dt.date | None = Field(default=None, description="None: today.")
    moment: AssessmentMoment = AssessmentMoment.OTHER
    source: AssessmentSource = AssessmentSource.SELF
    then_test: bool = Field(
        default=False,
        description="At the end, looking back: the level before, as it is seen now.",
    )

    @model_validator(mode="after")
    def _looking_back_is_done_at_the_end(self) -> Self:
        if self.then_test and self.moment is not AssessmentMoment.END:
            raise ValueError("a then_test is asked at the moment `end`")
        return self


class AssessmentAdd(AssessedLevel):
    """Note how a person's level is judged."""

    participant_id: UUID


class PersonsAssessment(WhoIn, AssessedLevel):
    """One judged level of one person."""


class AssessmentImport(In):
    """Many judged levels; one that is there already is left as it is."""

    assessments: Annotated[list[PersonsAssessment], Field(min_length=1, max_length=MOST_PEOPLE)] = (
        Field(examples=[[{"external_id": "W-10042", "competence": "digcomp:2.1", "level": 3}]])
    )
    dry_run: bool = Field(default=False, description="Answer the same, store nothing.")


class AssessmentOut(Out):
    """A level as somebody judged it on a day; never rewritten."""

    resource: ClassVar[str] = "/v1/assessments"

    id: UUID
    participant_id: UUID
    competence: str
    level: int
    assessed_on: dt.date
    moment: AssessmentMoment
    source: AssessmentSource
    then_test: bool
    created_at: dt.datetime


class AssessmentQuery(PageQuery):
    participant_id: UUID | None = None
    competence: CompetenceCode | None = None
    moment: AssessmentMoment | None = None
