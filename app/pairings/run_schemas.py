"""Match runs on the wire: what to compute, what came out, why, and what is proved."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.kit.wire import Code, In, KeptProblem, Out, PageQuery
from app.matching.problem import Objective
from app.pairings.models import AskedBecause, MatchRunStatus, PairingSide
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
        default=30,
        ge=1,
        le=3600,
        description="Then the best so far is given, with its gap. Above 120 the answer is 202.",
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
    time_limit_seconds: int = Field(
        default=30, ge=1, le=3600, description="Above 120 the answer is 202."
    )
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
    matcher_version: str | None
    objective: Objective
    rules: dict[str, bool | int | str | None]
    weights: dict[str, int]
    seed: int
    rules_version: str | None
    input_digest: str
    counts: CountsOut | None = Field(description="Null until the run is computed.")
    coverage: float | None = Field(
        ge=0, le=1, description="People with a partner, of all who take part; null until computed."
    )
    scores: ScoresOut | None = Field(description="Null until the run is computed.")
    optimality: OptimalityOut | None = Field(description="Null until the run is computed.")
    asked_because: AskedBecause | None = Field(
        description="Why the house asked for it by itself: `leavers` have left people without a "
        "partner. Null: a person asked. Either way somebody decides whether to publish it."
    )
    job_id: UUID | None = Field(description="The job that computes it; null where none was needed.")
    problem: KeptProblem | None = Field(description="Why it failed; null unless it has.")
    finished_at: dt.datetime | None
    published_at: dt.datetime | None
    people_erased_at: dt.datetime | None = Field(
        description="When somebody of the run was last erased: since then it can be read, but "
        "neither be verified nor asked why not, as it no longer knows what that person brought."
    )
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


class RunProgressOut(Out):
    """How far a run is that is being computed."""

    phase: str
    round: int
    share: float = Field(ge=0, le=1, description="Of the present pass over all pairs.")
    value: float | None = Field(description="What the present level has reached.")
    bound: float | None = Field(description="What it is proved not to exceed.")
    gap: float | None = Field(description="What could still be won: bound less value.")


class MatchRunProgressOut(Out):
    """What is told to those who watch a run."""

    id: UUID
    status: MatchRunStatus
    progress: RunProgressOut | None
    problem: KeptProblem | None


class MatchRunOut(MatchRunBrief):
    """One run of a matcher: the pairs with their reasons, who stays alone and why, the proof."""

    dry_run: bool
    pairs: list[PairOut] = Field(max_length=MOST_PEOPLE)
    unmatched: list[UnmatchedOut] = Field(max_length=MOST_PEOPLE)
    notes: list[str] = Field(max_length=1000)
    progress: RunProgressOut | None = Field(description="Only while it is being computed.")
    repair: RepairOut | None = Field(description="Only of a repair: what moves, and its price.")


class MatchRunQuery(PageQuery):
    cohort_id: UUID | None = None
    status: MatchRunStatus | None = None


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
