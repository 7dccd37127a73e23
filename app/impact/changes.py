"""What changed between before and after, in scales and in skills; and what is missing."""

import datetime as dt
import statistics
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.competences.assessing import SkillChange, skill_changes
from app.competences.models import Direction, Skill
from app.competences.service import in_parts
from app.impact.estimates import deviation, observed
from app.impact.measures import paired_change, standardised_change
from app.impact.ordinal import signed_rank
from app.impact.proportions import proportion
from app.impact.publishing import (
    EFFECT_DECIMALS,
    NUMBERS,
    RANK_NUMBERS,
    SHARE_DECIMALS,
    UNIT_DECIMALS,
    gives_away_the_rest,
    hidden_groups,
    measure,
    rank_measure,
    unmeasured,
    withheld,
)
from app.impact.results import is_choice
from app.impact.schemas import MeasureReason
from app.impact.taking_part import Placed
from app.kit.work import UnitOfWork
from app.programs.models import EnrollmentRole
from app.surveys.models import Collection, WaveMoment
from app.surveys.questionnaires import Questionnaire, Scale, pinned
from app.surveys.scores import (
    Respondent,
    closed_waves,
    invited,
    people,
    respondents,
    scales_of,
)
from app.surveys.sending import response_rates

JUDGED_BEFORE = dt.timedelta(days=120)  # ours: a baseline level may be told when enrolling
JUDGED_AFTER = dt.timedelta(days=90)

Person = tuple[uuid.UUID, EnrollmentRole]


@dataclass(frozen=True, slots=True)
class Score:
    """One person's score in one wave, and whether the person gave it."""

    given: bool
    value: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A closed wave with what it asked and who answered."""

    wave: Any
    scales: list[tuple[Questionnaire, Scale]]
    respondents: list[Respondent]

    def people(self) -> set[Person]:
        return {(each.participant_id, each.role) for each in self.respondents}

    def scores(self, scale: Scale) -> dict[Person, Score]:
        """Everybody who has a score on the scale."""
        return {
            (each.participant_id, each.role): Score(each.collection is Collection.GIVEN, value)
            for each in self.respondents
            if (value := each.score(scale)) is not None
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """One person's two scores."""

    participant_id: uuid.UUID
    given: bool
    """Whether the person gave one of the answers, rather than both being recorded."""
    before: float
    after: float


def answered_waves(uow: UnitOfWork, cohort_id: uuid.UUID) -> dict[WaveMoment, list[Answered]]:
    """The closed baseline and end waves of a cohort, in the order they closed."""
    found: dict[WaveMoment, list[Answered]] = {WaveMoment.BASELINE: [], WaveMoment.END: []}
    for wave in closed_waves(uow, cohort_id):
        if wave.moment in found:
            asked = [
                each for each in scales_of(pinned(uow, wave.surveys)) if not is_choice(each[1])
            ]
            found[wave.moment].append(Answered(wave, asked, respondents(uow, wave)))
    return found


def scale_changes(
    waves: Mapping[WaveMoment, Sequence[Answered]], minimum: int
) -> list[dict[str, Any]]:
    """Every scale asked at the baseline or at the end, with its change in those who answered both.

    Where a scale was asked in several baselines the first counts, in several ends the last.
    """
    before = _by_scale(reversed(waves[WaveMoment.BASELINE]))
    after = _by_scale(waves[WaveMoment.END])
    found = []
    for key in dict.fromkeys([*before, *after]):
        survey, scale = (before.get(key) or after[key])[1]
        told = _scale_change(
            scale,
            before[key][0] if key in before else None,
            after[key][0] if key in after else None,
            minimum,
        )
        found.append({"survey_code": survey.code, **told})
    return found


def _by_scale(
    waves: Any,
) -> dict[tuple[str, str, str], tuple[Answered, tuple[Questionnaire, Scale]]]:
    """The last wave that asks each scale, by (survey code, version, scale code)."""
    return {
        (survey.code, survey.version, scale.code): (each, (survey, scale))
        for each in waves
        for survey, scale in each.scales
    }


def _scale_change(
    scale: Scale, before: Answered | None, after: Answered | None, minimum: int
) -> dict[str, Any]:
    item = scale.items[0]
    told = {
        "scale_code": scale.code,
        "title": scale.title,
        "minimum": item.minimum,
        "maximum": item.maximum,
    }
    roles = [role for role in EnrollmentRole if scale.rated(role)]
    if before is None or after is None:
        reason = MeasureReason.BASELINE_MISSING if before is None else MeasureReason.ACTUAL_MISSING
        nothing = _no_change(unmeasured, reason)
        return {**told, "overall": nothing, "by_role": [{**nothing, "role": r} for r in roles]}
    first, second = before.scores(scale), after.scores(scale)
    groups: dict[EnrollmentRole | None, list[Pair]] = {
        role: _pairs(first, second, role) for role in roles
    }
    everybody = {None: [pair for group in groups.values() for pair in group]}
    length = float((item.maximum or 0) - (item.minimum or 0))
    hidden, hidden_roles = (
        _hidden(each, minimum) or _telling(first, second, each, minimum, length)
        for each in (everybody, groups)
    )
    return {
        **told,
        "overall": change_of(everybody[None], hidden.get(None)),
        "by_role": [
            {**change_of(group, hidden_roles.get(role)), "role": role}
            for role, group in groups.items()
        ],
    }


def _pairs(
    before: Mapping[Person, Score], after: Mapping[Person, Score], role: EnrollmentRole
) -> list[Pair]:
    return [
        Pair(person[0], first.given or after[person].given, first.value, after[person].value)
        for person, first in before.items()
        if person[1] is role and person in after
    ]


def _hidden(groups: Mapping[Any, Sequence[Pair]], minimum: int) -> dict[Any, MeasureReason]:
    return hidden_groups(
        {key: _people(group) for key, group in groups.items()},
        minimum,
        {key: _alike(group) for key, group in groups.items()},
    )


def _telling(
    before: Mapping[Person, Score],
    after: Mapping[Person, Score],
    groups: Mapping[Any, Sequence[Pair]],
    minimum: int,
    length: float,
) -> dict[Any, MeasureReason]:
    """All groups, when the change of one would tell the few who answered one wave only."""
    for role, group in groups.items():
        for wave in (before, after):
            whole = sum(role in (None, person[1]) for person in wave)
            if gives_away_the_rest(whole, len(group), minimum, length):
                return dict.fromkeys(groups, MeasureReason.COMPLEMENTARY)
    return {}


def _people(group: Sequence[Pair]) -> int:
    """As the minimum group counts: recorded answers hide nobody among given ones."""
    given = {each.participant_id for each in group if each.given}
    return len(given or {each.participant_id for each in group})


def _alike(group: Sequence[Pair]) -> bool:
    """Whether everybody changed by the same: then the told mean is everybody's change."""
    changes = observed([each.after - each.before for each in group])
    return changes.size > 1 and deviation(changes) == 0


def change_of(group: Sequence[Pair], hidden: MeasureReason | None) -> dict[str, Any]:
    """A group's change: in its unit, in standard deviations, by rank."""
    if hidden is not None:
        return _no_change(withheld, hidden)
    before, after = [each.before for each in group], [each.after for each in group]
    return {
        "change": measure(paired_change(before, after), UNIT_DECIMALS),
        "standardised": measure(standardised_change(before, after), EFFECT_DECIMALS),
        "rank": rank_measure(signed_rank(before, after)),
    }


def _no_change(how: Any, reason: MeasureReason) -> dict[str, Any]:
    return {
        "change": how(reason, NUMBERS),
        "standardised": how(reason, NUMBERS),
        "rank": how(reason, RANK_NUMBERS),
    }


def judged_skills(uow: UnitOfWork, cohort: Any, found: Sequence[Placed]) -> list[SkillChange]:
    """How everybody in the cohort judged themselves around it, in each competence."""
    return skill_changes(
        uow,
        {each.participant_id for each in found},
        cohort.starts_on - JUDGED_BEFORE,
        cohort.ends_on + JUDGED_AFTER,
    )


def skills(
    uow: UnitOfWork, changes: Sequence[SkillChange], found: Sequence[Placed], minimum: int
) -> list[dict[str, Any]]:
    """How mentees, and mentors, judge themselves in what they wanted to learn, before and after."""
    wanted = _wanted(uow, {each.participant_id for each in found})
    judged: dict[uuid.UUID, list[SkillChange]] = defaultdict(list)
    for each in changes:
        if each.competence in wanted.get(each.participant_id, ()):
            judged[each.participant_id].append(each)
    told = []
    for role in (EnrollmentRole.MENTEE, EnrollmentRole.MENTOR):
        eligible = {e.participant_id for e in found if e.role is role} & wanted.keys()
        told.append({"role": role, **_skills({each: judged[each] for each in eligible}, minimum)})
    return told


def _wanted(uow: UnitOfWork, participant_ids: set[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """The competences each person wants to learn; people who want none are not there."""
    wanted: dict[uuid.UUID, set[str]] = defaultdict(set)
    for some in in_parts(sorted(participant_ids)):
        for row in uow.rows.execute(
            select(Skill.participant_id, Skill.competence).where(
                Skill.organization_id == uow.organization_id,
                Skill.participant_id.in_(some),
                Skill.direction == Direction.WANTED,
            )
        ):
            wanted[row.participant_id].add(row.competence)
    return dict(wanted)


def _skills(judged: Mapping[uuid.UUID, Sequence[SkillChange]], minimum: int) -> dict[str, Any]:
    now = _mean_levels(judged, "before")
    back = _mean_levels(judged, "looking_back")
    hidden = _hidden({None: now}, minimum).get(None)
    hidden_back = _hidden({None: back}, minimum).get(None)
    risen = sum(each.after - each.before >= 1 for each in now)
    return {
        "eligible_count": len(judged) if len(judged) >= minimum else None,
        **change_of(now, hidden),
        "risen": withheld(hidden)
        if hidden is not None
        else measure(proportion(risen, len(now)), SHARE_DECIMALS),
        "looking_back": withheld(hidden_back)
        if hidden_back is not None
        else change_of(back, None)["change"],
    }


def _mean_levels(judged: Mapping[uuid.UUID, Sequence[SkillChange]], first: str) -> list[Pair]:
    """Each person's mean level over the competences with both judgements."""
    pairs = []
    for participant_id, changes in judged.items():
        both = [
            (getattr(each, first), each.after)
            for each in changes
            if getattr(each, first) is not None and each.after is not None
        ]
        if both:
            before, after = (statistics.fmean(column) for column in zip(*both, strict=True))
            pairs.append(Pair(participant_id, given=True, before=before, after=after))
    return pairs


def missing(
    uow: UnitOfWork,
    cohort_id: uuid.UUID,
    waves: Mapping[WaveMoment, Sequence[Answered]],
    minimum: int,
) -> dict[str, Any]:
    """Who was asked and did not answer, and who answered the baseline and not the end."""
    rates = []
    for wave in closed_waves(uow, cohort_id):
        overall, by_role = response_rates(uow, wave.id)
        rates.append(
            {"survey_wave_id": wave.id, "moment": wave.moment, "overall": overall,
             "by_role": by_role}
        )  # fmt: skip
    told: dict[str, Any] = {"waves": rates, "eligible_count": None, "both_count": None}
    baseline, end = waves[WaveMoment.BASELINE], waves[WaveMoment.END]
    if not baseline or not end:
        reason = MeasureReason.ACTUAL_MISSING if baseline else MeasureReason.BASELINE_MISSING
        return {**told, "dropped_out": unmeasured(reason)}
    eligible = invited(uow, baseline[0].wave.id)
    first = baseline[0].people()
    both = first & end[-1].people()
    if people(baseline[0].respondents) < minimum:
        return {**told, "dropped_out": withheld(MeasureReason.GROUP_BELOW_MINIMUM)}
    lost = len(first) - len(both)
    return {
        **told,
        "eligible_count": len(eligible),
        "both_count": len(both),
        "dropped_out": measure(proportion(lost, len(first)), SHARE_DECIMALS),
    }
