"""Pairings and questions about them, on the wire."""

import datetime as dt
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.wire import PLAIN, In, Out, PageQuery
from app.pairings.models import (
    DeclineReason,
    EndReason,
    PairingAnswer,
    PairingSide,
    PairingStatus,
)

OnBehalfOf = Annotated[
    PairingSide | None,
    Field(
        examples=["mentor"],
        description=(
            "Only for those who run the program: records an answer that this side gave elsewhere,"
            " and the audit trail says so. Leave it out when you answer for yourself."
        ),
    ),
]
RuleCode = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_.:-]*$")]


class PairingPropose(In):
    """Propose two people to each other by hand, without a matcher."""

    mentor_enrollment_id: UUID = Field(description="An enrollment with the role mentor.")
    mentee_enrollment_id: UUID = Field(description="One of the same cohort with the role mentee.")
    override_rules: list[RuleCode] = Field(
        default_factory=list,
        max_length=20,
        examples=[["same_team"]],
        description=(
            "Hard rules you set aside, knowing it; the pairing shows them. A veto, an earlier"
            " refusal and a missing consent are the people's own and cannot be set aside."
        ),
    )


class PairingAccept(In):
    """Say yes to a proposal."""

    on_behalf_of: OnBehalfOf = None


class PairingDecline(In):
    """Say no to a proposal. Nobody asks for a reason; one that is given stays with the managers."""

    on_behalf_of: OnBehalfOf = None
    reason: DeclineReason = Field(default=DeclineReason.NO_REASON_GIVEN, examples=["no_time"])


class PairingAsk(In):
    """Ask those who run the program before answering; the proposal stays open meanwhile."""

    on_behalf_of: OnBehalfOf = None
    question: Annotated[str, StringConstraints(min_length=1, max_length=2000), PLAIN] = Field(
        examples=["How much time does the program take in a month?"]
    )


class PairingEnd(In):
    """End a pairing. Either side may, at any time, and nobody has to say why."""

    reason: Literal[EndReason.NO_FAULT_CHANGE, EndReason.COMPLETED] = Field(
        default=EndReason.NO_FAULT_CHANGE,
        examples=["no_fault_change"],
        description="`completed` when the two have reached what they came for.",
    )


class QuestionAnswer(In):
    """Answer a question about a proposal; only who asked will read it."""

    answer: Annotated[str, StringConstraints(min_length=1, max_length=5000), PLAIN] = Field(
        examples=["One hour a month, for six months."]
    )


class PairingOut(Out):
    """Two people of a cohort, from proposal to end.

    Each side sees its own answer; the partner's only when the proposal is decided. Points, decline
    reasons and overridden rules are for those who run the program, and null to everybody else.
    """

    resource: ClassVar[str] = "/v1/pairings"

    id: UUID
    cohort_id: UUID
    match_run_id: UUID | None
    mentor_enrollment_id: UUID
    mentee_enrollment_id: UUID
    mentor_id: UUID
    mentee_id: UUID
    status: PairingStatus
    my_side: PairingSide | None
    mentor_answer: PairingAnswer | None
    mentee_answer: PairingAnswer | None
    decline_reason: DeclineReason | None
    end_reason: EndReason | None
    score: int | None = Field(description="Points of 10 000.")
    breakdown: dict[str, int] | None = Field(
        description="Points by criterion; they add up to the score."
    )
    overridden_rules: list[str] | None = Field(max_length=20)
    expires_at: dt.datetime | None = Field(
        description="When an unanswered proposal lapses; waiting for information does not count."
    )
    accepted_at: dt.datetime | None
    activated_at: dt.datetime | None
    paused_at: dt.datetime | None
    paused_minutes: int = Field(description="Earlier pauses; the present one counts when it ends.")
    ended_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class PairingQuery(PageQuery):
    cohort_id: UUID | None = None
    match_run_id: UUID | None = None
    participant_id: UUID | None = Field(default=None, description="On either side.")
    enrollment_id: UUID | None = Field(default=None, description="On either side.")
    status: PairingStatus | None = None


class PartnerOut(Out):
    """The partner's card: what one may know about the other before and while working together."""

    pairing_id: UUID
    participant_id: UUID
    side: PairingSide = Field(description="What the partner is in this pairing.")
    given_name: str
    family_name: str
    preferred_name: str | None
    job_title: str | None
    department: str | None
    location: str | None
    time_zone: str
    languages: list[str] = Field(max_length=20)
    motivation: str | None = Field(description="What they hope for, in their own words.")
    work_email: str | None = Field(description="Only while the pairing is active.")


class QuestionOut(Out):
    """What somebody wants to know before answering a proposal, and the answer."""

    resource: ClassVar[str] = "/v1/pairing-questions"

    id: UUID
    pairing_id: UUID
    asked_by_id: UUID
    side: PairingSide
    question: str
    answer: str | None
    answered_at: dt.datetime | None
    created_at: dt.datetime


class QuestionQuery(PageQuery):
    pairing_id: UUID | None = None
    answered: bool | None = Field(default=None, description="False: those still to be answered.")
