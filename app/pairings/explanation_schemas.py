"""Explanations on the wire: why a pair, why not, who stays alone, what is scarce, how fair."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.kit.wire import Out
from app.pairings.run_schemas import MOST_PEOPLE, PairOut, Points, UnmatchedOut


class WorthOut(Out):
    """A worth in the order of the objective: people placed, then points."""

    people: int
    points: int


class ScarcityOut(Out):
    """What one more place with this mentor could be worth at most: whom to recruit more of."""

    enrollment_id: UUID
    worth: WorthOut


class PinPriceOut(Out):
    """What the program could gain at most by giving up a pair that stood before."""

    mentor_enrollment_id: UUID
    mentee_enrollment_id: UUID
    price: WorthOut


class GroupOut(Out):
    """How often a department's people found a partner, beside everybody else's. Ten or more."""

    name: str
    people_count: int
    matched_count: int
    ratio: float = Field(description="To the best-served group.")
    four_fifths: bool = Field(description="Whether the ratio is at least four fifths.")
    p: float = Field(description="Fisher's exact two-sided p of group against rest.")


class WorstPairOut(Out):
    """Why no result that places as many people has a better worst pair."""

    score: Points
    words: str
    crowd: list[UUID] = Field(
        max_length=MOST_PEOPLE, description="Enrollments of those who compete for too few partners."
    )
    few: list[UUID] = Field(max_length=MOST_PEOPLE, description="Those whom they compete for.")
    places_count: int


class FairnessOut(Out):
    """How the result treats people."""

    wishing_people_count: int
    first_wishes_met_count: int
    blocking_pairs_count: int = Field(
        description="Pairs who would both rather have each other than whom they have."
    )
    groups: list[GroupOut] = Field(max_length=1000)


class ExplanationsOut(Out):
    """Why each pair, why each person stays alone, which places are scarce, what a pin costs."""

    match_run_id: UUID
    pairs: list[PairOut] = Field(max_length=MOST_PEOPLE)
    unmatched: list[UnmatchedOut] = Field(max_length=MOST_PEOPLE)
    relaxations: dict[str, int] = Field(
        description="Setting this rule aside gives so many of the unmatched a possible partner."
    )
    worst_pair: WorstPairOut | None = Field(
        description="Null where nothing is proved about the worst pair."
    )
    scarcity: list[ScarcityOut] = Field(max_length=MOST_PEOPLE)
    pin_prices: list[PinPriceOut] = Field(max_length=MOST_PEOPLE)
    fairness: FairnessOut
    criteria: dict[str, str] = Field(description="What each criterion rewards.")
    rules: dict[str, str] = Field(description="Why each rule forbids a pair.")


class WhyNotQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    mentor_id: UUID = Field(description="The enrollment of the mentor.")
    mentee_id: UUID = Field(description="The enrollment of the mentee.")


class WhyNotReason(StrEnum):
    PAIRED = "paired"
    FORBIDDEN = "forbidden"
    BELOW_WORST = "below_worst"
    COSTS = "costs"
    NO_PROOF = "no_proof"


class WhyNotOut(Out):
    """Why two people are not a pair, and what the program would lose by making them one."""

    mentor_enrollment_id: UUID
    mentee_enrollment_id: UUID
    reason: WhyNotReason
    words: str
    score: int | None = Field(description="Null where a rule forbids the pair.")
    broken_rules: list[str] = Field(max_length=100)
    loss: WorthOut | None = Field(description="What forcing the pair loses, proved.")
    exact: bool = Field(description="Whether the loss is exactly that; else it is at least that.")
