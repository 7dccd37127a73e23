"""Impact on the wire: every number with its n, interval and method, or why there is none."""

import datetime as dt
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.impact.attainment import AttainmentStatus
from app.impact.power import Design
from app.kit.wire import Out
from app.programs.models import EnrollmentRole
from app.surveys.models import WaveMode, WaveMoment
from app.surveys.schemas import ResponseRate, RoleResponseRate


class MeasureStatus(StrEnum):
    """Measured; or there is nothing to measure; or there is, and it is not told."""

    MEASURED = "measured"
    NOT_MEASURABLE = "not_measurable"
    SUPPRESSED = "suppressed"


class MeasureReason(StrEnum):
    """Why there is no number. The last three belong to suppressed ones."""

    TOO_FEW = "too_few"
    NO_VARIATION = "no_variation"
    IMPROPER_SOLUTION = "improper_solution"
    BASELINE_MISSING = "baseline_missing"
    ACTUAL_MISSING = "actual_missing"
    TARGET_MISSING = "target_missing"
    TARGET_EQUALS_BASELINE = "target_equals_baseline"
    TARGET_AGAINST_DIRECTION = "target_against_direction"
    TOLERANCE_MISSING = "tolerance_missing"
    GROUP_BELOW_MINIMUM = "group_below_minimum"
    COMPLEMENTARY = "complementary"
    HOMOGENEOUS = "homogeneous"


class MeasureOut(Out):
    """One number with its n, interval and method; or the reason why there is none."""

    status: MeasureStatus
    reason: MeasureReason | None
    value: float | None
    low: float | None = Field(description="Lower end of the interval.")
    high: float | None = Field(description="Upper end of the interval.")
    confidence: float | None = Field(description="Of the interval, 0.95.")
    n: int | None = Field(description="Observations; withheld with a suppressed number.")
    method: str | None


class RankOut(Out):
    """A rank test: effect from -1 (all fell) to 1 (all rose), and its two-sided p."""

    status: MeasureStatus
    reason: MeasureReason | None
    effect: float | None
    p: float | None
    n: int | None = Field(description="Pairs of answers that differ.")
    method: str | None


class ScaleFigure(Out):
    """What one group said on one scale."""

    status: MeasureStatus
    reason: MeasureReason | None
    n: int | None = Field(description="People with a score; withheld with a suppressed figure.")
    mean: float | None = Field(description="On the metric of the items, to one decimal.")
    standard_deviation: float | None
    reliability: MeasureOut = Field(description="Cronbach's alpha; 30 people, 3 items at least.")


class RoleScaleFigure(ScaleFigure):
    """The same for one role."""

    role: EnrollmentRole


class ScaleResult(Out):
    """One scale of a wave: everybody, and each role that was asked."""

    survey_code: str
    scale_code: str
    title: str
    minimum: int = Field(description="Lower end of the scale.")
    maximum: int = Field(description="Upper end of the scale.")
    overall: ScaleFigure
    by_role: list[RoleScaleFigure] = Field(max_length=2)


class OptionShare(Out):
    """How many of a hundred chose an option."""

    option: str
    label: str
    percent: int


class ChoiceResult(Out):
    """One choice of a wave. Options that fewer than the minimum group chose are merged."""

    survey_code: str
    item_code: str
    text: str
    status: MeasureStatus
    reason: MeasureReason | None
    n: int | None
    options: list[OptionShare] = Field(max_length=30)
    merged_options: list[str] = Field(max_length=30)
    merged_percent: int | None


class WaveResults(Out):
    """What a closed wave says: about groups, never about one person."""

    survey_wave_id: UUID
    cohort_id: UUID
    moment: WaveMoment
    mode: WaveMode
    closed_at: dt.datetime
    minimum_group: int
    overall: ResponseRate
    by_role: list[RoleResponseRate] = Field(max_length=2)
    scales: list[ScaleResult] = Field(max_length=600)
    choices: list[ChoiceResult] = Field(max_length=600)
    notice: str


class EvidenceGrade(StrEnum):
    """How much a result can bear. C: before and after. D: after only."""

    C = "C"
    D = "D"


class Evidence(Out):
    """What kind of evidence these numbers are."""

    grade: EvidenceGrade
    statement: str


class Coverage(Out):
    """How many who enrolled found a partner. Whose only pair rests is left out."""

    enrolled_count: int | None
    paired_count: int | None
    unmatched_count: int | None
    paused_count: int | None
    paired: MeasureOut


class RoleCoverage(Coverage):
    """The same for one role."""

    role: EnrollmentRole


class CoverageByRole(Out):
    """Who found a partner, of all and of each role."""

    overall: Coverage
    by_role: list[RoleCoverage] = Field(max_length=2)


class Cadence(Out):
    """Whether pairs met as often as agreed while they were active; pauses are left out."""

    meeting_every_days: int
    planned_meetings_count: int
    kept: MeasureOut = Field(description="Share of pairs that met at least as often as agreed.")
    meetings: MeasureOut = Field(description="Meetings held per pair.")
    not_due_count: int | None = Field(description="Pairs too young to owe a meeting.")
    paused_count: int | None = Field(description="Pairs that rest now, left out.")


class Completion(Out):
    """How many pairs that are over came to their planned end."""

    completed: MeasureOut
    running_count: int | None
    paused_count: int | None


class CohortGoal(Out):
    """How far a goal of the whole cohort is."""

    goal_id: UUID
    category: str
    status: MeasureStatus
    reason: MeasureReason | None
    attainment: AttainmentStatus | None
    share: float | None = Field(description="0 at the baseline, 1 at the target.")
    n: int | None
    method: str | None


class ReasonCount(Out):
    """How many goals have no figure for this reason."""

    reason: MeasureReason
    goals_count: int


class PairGoals(Out):
    """The goals of all pairs together; those of one pair are nobody else's business."""

    pairings_count: int | None
    goals_count: int | None
    dropped_count: int | None
    share: MeasureOut = Field(description="Mean share of the way from baseline to target, by pair.")
    achieved: MeasureOut = Field(description="Share of pairs that achieved every measured goal.")
    not_measurable: list[ReasonCount] = Field(max_length=10)


class GoalAttainment(Out):
    """Whether the goals were met."""

    cohort_goals: list[CohortGoal] = Field(max_length=1_000)
    pair_goals: PairGoals


class Change(Out):
    """A change from before to after: in its own unit, in standard deviations, and by rank."""

    change: MeasureOut
    standardised: MeasureOut
    rank: RankOut


class RoleChange(Change):
    """The same for one role."""

    role: EnrollmentRole


class ScaleChange(Out):
    """How one scale changed between baseline and end, in those who answered both."""

    survey_code: str
    scale_code: str
    title: str
    minimum: int
    maximum: int
    overall: Change
    by_role: list[RoleChange] = Field(max_length=2)


class SkillChanges(Change):
    """How people judge the competences they wanted to learn: a mean over them for each person."""

    role: EnrollmentRole
    eligible_count: int | None = Field(description="People who said what they want to learn.")
    risen: MeasureOut = Field(description="Share of people whose mean rose by a level or more.")
    looking_back: MeasureOut = Field(
        description="The change against the level before as seen at the end (then-test); it stands"
        " beside `change` and is never mixed with it."
    )


class CompetenceGap(Out):
    """How far mentors and mentees lie apart in a competence: shares from -1 to 1, and levels."""

    competence: str
    mentors_count: int
    mentees_count: int
    delta_before: MeasureOut = Field(
        description="Cliff's delta: 1 where every mentor was above every mentee, 0 at no gap."
    )
    delta_after: MeasureOut
    delta_closed: MeasureOut = Field(description="Positive where the two sides came closer.")
    distance_before: MeasureOut = Field(description="In levels, beyond what chance alone gives.")
    distance_after: MeasureOut
    distance_closed: MeasureOut = Field(description="In levels; positive where they came closer.")


class Gaps(Out):
    """The gap between the two sides, in every competence that both judged before and after."""

    least_on_each_side: int = Field(description="People that each side must have to be told.")
    competences: list[CompetenceGap] = Field(max_length=1_000)
    untold_count: int = Field(
        description="Competences too few judged, or in which one side agrees on one level."
    )


class WaveRates(Out):
    """Who answered one wave."""

    survey_wave_id: UUID
    moment: WaveMoment
    overall: ResponseRate
    by_role: list[RoleResponseRate] = Field(max_length=2)


class MissingData(Out):
    """What is not known: who did not answer, and who answered before and not after."""

    waves: list[WaveRates] = Field(max_length=200)
    eligible_count: int | None = Field(description="Invited to the baseline.")
    both_count: int | None = Field(description="Of them, answered baseline and end.")
    dropped_out: MeasureOut = Field(
        description="Of those who answered the baseline, the share who did not answer the end."
    )


class CohortImpact(Out):
    """What is known of a cohort's effect, and how surely."""

    cohort_id: UUID
    computed_at: dt.datetime
    minimum_group: int
    evidence: Evidence
    coverage: CoverageByRole
    cadence: Cadence
    completion: Completion
    goals: GoalAttainment
    skills: list[SkillChanges] = Field(max_length=2)
    gaps: Gaps
    scales: list[ScaleChange] = Field(max_length=600)
    missing: MissingData


class PowerQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    n: int = Field(
        ge=2,
        le=10_000,
        description="People measured twice; or people in each of two groups.",
        examples=[12],
    )
    design: Design = Design.PAIRED
    power: float = Field(default=0.8, ge=0.5, le=0.99)


class DetectableOut(Out):
    """The smallest true effect that so many people would show."""

    n: int
    design: Design
    power: float
    level: float = Field(description="Of the two-sided test.")
    effect: float = Field(description="In standard deviations: of the changes, or of each group.")
    method: str


class PowerOut(Out):
    """What a cohort of this size could show at all, beside usual sizes."""

    detectable: DetectableOut
    table: list[DetectableOut] = Field(max_length=20)
