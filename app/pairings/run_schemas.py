"""Match runs on the wire: what to compute, what came out, why, and what is proved."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.kit.wire import Code, In, Out, PageQuery
from app.matching.problem import Objective
from app.pairings.models import MatchRunStatus, PairingSide
from app.programs.schemas import Rules

MOST_PEOPLE = 200_000
Points = Annotated[int, Field(description="Of 10 000 points a perfect pair has.")]
Weights = Annotated[
    dict[Code, Annotated[int, Field(ge=0, le=10_000)]],
    Field(
        max_length=60,
        description="Weight of each soft criterion; what is not named keeps the program's.",
        examples=[{"skill_fit": 4000, "interests": 500}],
    ),
]


class MustPair(In):
    """Two people who are to be a pair, whatever the scores say."""

    mentor_enrollment_id: UUID
    mentee_enrollment_id: UUID
    override: bool = Field(default=False, description="Although the pair breaks a hard rule.")


class PairingsPropose(In):
    """Compute the best pairs of a cohort. Nobody hears of them until a run is published."""

    cohort_id: UUID
    matcher: Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=80)] | None = Field(
        default=None,
        examples=["optimal"],
        description="A name from `/v1/matchers`. Null: the one that the objective asks for.",
    )
    objective: Objective | None = Field(
        default=None, examples=["participation"], description="Null: the program's."
    )
    weights: Weights = Field(default_factory=dict)
    rules: Rules = Field(
        default_factory=dict, description="Hard rules; those not named stay the program's."
    )
    must_pairs: list[MustPair] = Field(default_factory=list, max_length=1000)
    stay_close_to: UUID | None = Field(
        default=None,
        description="A match run whose pairs are kept where that costs little, so few people move.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Orders equal candidates.")
    time_limit_seconds: int = Field(
        default=30, ge=1, le=120, description="Then the best so far is given, with its gap."
    )
    dry_run: bool = Field(default=False, description="Answer the same, store nothing.")


class PairingsRepair(In):
    """Mend a cohort after a leaver, a new reporting line, a pair that failed, or a return."""

    cohort_id: UUID
    calm: int = Field(
        default=300,
        ge=0,
        le=10_000,
        examples=[300],
        description="Points a better pair must bring before an open proposal is moved for it.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Orders equal candidates.")
    time_limit_seconds: int = Field(default=30, ge=1, le=120)
    dry_run: bool = Field(default=False, description="Answer the same, store nothing.")


class PairOut(Out):
    """One mentor with one mentee, and why."""

    mentor_enrollment_id: UUID
    mentee_enrollment_id: UUID
    mentor_id: UUID
    mentee_id: UUID
    score: Points
    breakdown: dict[str, int] = Field(
        description="Points by criterion; they add up to the score. Wishes of both are one number."
    )
    pinned: bool = Field(description="Stood before anything was computed.")
    pairing_id: UUID | None = Field(description="The live pairing that pins it, if there is one.")
    overridden_rules: list[str] = Field(max_length=100)


class UnmatchedReason(StrEnum):
    NO_ELIGIBLE_PARTNER = "no_eligible_partner"
    OUT_COMPETED = "out_competed"
    ON_LEAVE = "on_leave"
    NO_PLACE = "no_place"


class MissedOut(Out):
    """A partner somebody could have had, and who has them instead."""

    enrollment_id: UUID
    score: Points
    taken_by: list[UUID] = Field(max_length=100)
    ahead_by: int | None = Field(
        description="Points by which the least fitting of those fits better; null beside a pin."
    )


class UnmatchedOut(Out):
    """Why one person has no partner, and the one change that would help most."""

    enrollment_id: UUID
    participant_id: UUID
    side: PairingSide
    reason: UnmatchedReason
    words: str
    eligible_count: int
    forbidden_by: dict[str, int] = Field(description="How many people each rule rules out.")
    only_by: dict[str, int] = Field(
        description="How many become possible if that rule alone is set aside."
    )
    relaxation: str | None = Field(description="The rule whose setting aside helps most.")
    missed: list[MissedOut] = Field(max_length=10)


class LevelOut(Out):
    """One thing the objective asks for, in its order: what was reached, and what is possible."""

    name: str
    value: int
    bound: int
    floor: int | None


class OptimalityStatus(StrEnum):
    PROVED = "proved"
    BOUNDED = "bounded"


class OptimalityOut(Out):
    """What is proved about the result: that it is the best, or how much better one could be."""

    status: OptimalityStatus
    value: int
    bound: int
    gap: int
    levels: list[LevelOut] = Field(max_length=20)
    pairs_considered: int
    pairs_certified: int
    rounds: int


class CountsOut(Out):
    """How many people took part in the run, and how many have a partner in it."""

    mentors_count: int
    mentees_count: int
    mentor_places_count: int
    mentee_places_count: int
    matched_mentors_count: int
    matched_mentees_count: int
    pairs_count: int
    new_pairs_count: int


class ScoresOut(Out):
    """How good the new pairs are; null where there are none."""

    total: int
    worst: int | None
    percentile_1: int | None
    percentile_5: int | None
    median: int | None


class MatchRunBrief(Out):
    """One run of a matcher, in figures."""

    resource: ClassVar[str] = "/v1/match-runs"

    id: UUID | None = Field(description="Null for a dry run: nothing was stored.")
    cohort_id: UUID
    status: MatchRunStatus
    matcher: str
    matcher_version: str
    objective: Objective
    rules: dict[str, bool | int | str | None]
    weights: dict[str, int]
    seed: int
    rules_version: str
    input_digest: str
    counts: CountsOut
    coverage: float = Field(ge=0, le=1, description="People with a partner, of all who take part.")
    scores: ScoresOut
    optimality: OptimalityOut
    published_at: dt.datetime | None
    created_at: dt.datetime


class EndedOut(Out):
    """An open proposal that cannot stand: somebody left it, or a rule forbids it now."""

    pairing_id: UUID
    reason: str


class RepairOut(Out):
    """What a repair changes among open proposals; publishing it withdraws those it moves."""

    ended: list[EndedOut] = Field(max_length=MOST_PEOPLE)
    moved_pairing_ids: list[UUID] = Field(max_length=MOST_PEOPLE)
    kept_count: int
    new_count: int
    price: int | None = Field(
        description="Points that the best result without regard for calm would have more."
    )


class MatchRunOut(MatchRunBrief):
    """One run of a matcher: the pairs with their reasons, who stays alone and why, the proof."""

    dry_run: bool
    pairs: list[PairOut] = Field(max_length=MOST_PEOPLE)
    unmatched: list[UnmatchedOut] = Field(max_length=MOST_PEOPLE)
    notes: list[str] = Field(max_length=1000)
    repair: RepairOut | None = Field(description="Only of a repair: what moves, and its price.")


class MatchRunQuery(PageQuery):
    cohort_id: UUID | None = None
    status: MatchRunStatus | None = None


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


class CompareQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: list[UUID] = Field(min_length=2, max_length=10, description="Match runs of one cohort.")


class ComparedOut(Out):
    """One run beside others."""

    match_run_id: UUID
    objective: str
    matcher: str
    counts: CountsOut
    coverage: float = Field(ge=0, le=1)
    scores: ScoresOut
    optimality_status: OptimalityStatus
    first_wishes_met_count: int
    blocking_pairs_count: int
    moved_people_count: int = Field(
        description="People with a live pairing today that is not in this run."
    )


class ComparisonOut(Out):
    """Several runs of one cohort, side by side."""

    cohort_id: UUID
    runs: list[ComparedOut] = Field(max_length=10)


class MatcherOut(Out):
    name: str
    built_in: bool


class MatchersOut(Out):
    """What can be asked of the engine here: matchers, objectives, hard rules, soft criteria."""

    matchers: list[MatcherOut] = Field(max_length=100)
    objectives: list[Objective] = Field(max_length=10)
    rules: dict[str, str] = Field(description="Code of each hard rule, and why it forbids a pair.")
    criteria: dict[str, str] = Field(description="Code of each criterion, and what it rewards.")
    default_weights: dict[str, int]
