"""The results of a closed wave: what groups said, scale by scale, choice by choice."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.impact.estimates import FloatArray, deviation, observed
from app.impact.publishing import (
    EFFECT_DECIMALS,
    NUMBERS,
    UNIT_DECIMALS,
    hidden_groups,
    measure,
    withheld,
)
from app.impact.scales import cronbach_alpha
from app.impact.schemas import MeasureReason, MeasureStatus
from app.kit.work import UnitOfWork
from app.programs.models import EnrollmentRole
from app.surveys.models import ItemFormat, SurveyWave
from app.surveys.questionnaires import Item, Scale, pinned
from app.surveys.scores import Respondent, people, respondents, scales_of
from app.surveys.scoring import keyed
from app.surveys.sending import minimum_group, response_rates
from app.surveys.service import run_waves

Scored = tuple[Respondent, float]

CHOICE_MINIMUM = 10  # a distribution says more about each person than a mean does
FIGURE = ("n", "mean", "standard_deviation")
NOTICE = (
    "Built-in questionnaires are face-valid drafts, not yet psychometrically validated. Those who"
    " did not answer may think otherwise."
)


def show_wave_results(uow: UnitOfWork, survey_wave_id: uuid.UUID) -> dict[str, Any]:
    """What a closed wave says. Raises WaveNotClosed: there is no result before."""
    wave = uow.one(run_waves(uow).where(SurveyWave.id == survey_wave_id))
    found = respondents(uow, wave)
    minimum = minimum_group(uow)
    overall, by_role = response_rates(uow, wave.id)
    asked = scales_of(pinned(uow, wave.surveys))
    return {
        "survey_wave_id": wave.id,
        "cohort_id": wave.cohort_id,
        "moment": wave.moment,
        "mode": wave.mode,
        "closed_at": wave.closed_at,
        "minimum_group": minimum,
        "overall": overall,
        "by_role": by_role,
        "scales": [
            {"survey_code": survey.code, **_scale(scale, found, minimum)}
            for survey, scale in asked
            if not is_choice(scale)
        ],
        "choices": [
            {"survey_code": survey.code, **_choice(scale.items[0], found, minimum)}
            for survey, scale in asked
            if is_choice(scale)
        ],
        "notice": NOTICE,
    }


def is_choice(scale: Scale) -> bool:
    return scale.items[0].format is ItemFormat.CHOICE


def _scale(scale: Scale, found: Sequence[Respondent], minimum: int) -> dict[str, Any]:
    """One scale: everybody's figure, and each role's unless one of them must be withheld."""
    scored = [(each, value) for each in found if (value := each.score(scale)) is not None]
    groups = {
        role: [each for each in scored if each[0].role is role]
        for role in EnrollmentRole
        if scale.rated(role)
    }
    item = scale.items[0]
    return {
        "scale_code": scale.code,
        "title": scale.title,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "overall": _figure(scale, scored, _hidden({None: scored}, minimum).get(None)),
        "by_role": [
            {**_figure(scale, group, _hidden(groups, minimum).get(role)), "role": role}
            for role, group in groups.items()
        ],
    }


def _hidden(groups: Mapping[Any, Sequence[Scored]], minimum: int) -> dict[Any, MeasureReason]:
    return hidden_groups(
        {key: people([each for each, _ in group]) for key, group in groups.items()},
        minimum,
        {key: _alike(group) for key, group in groups.items()},
    )


def _alike(group: Sequence[Scored]) -> bool:
    """Whether the told deviation would be 0: then everybody's score is the told mean."""
    values = observed([value for _, value in group])
    return values.size > 1 and round(deviation(values), UNIT_DECIMALS) == 0


def _figure(scale: Scale, group: Sequence[Scored], hidden: MeasureReason | None) -> dict[str, Any]:
    if hidden is not None:
        return {**withheld(hidden, FIGURE), "reliability": withheld(hidden, NUMBERS)}
    values = observed([value for _, value in group])
    table = _table(scale, [each for each, _ in group])
    return {
        "status": MeasureStatus.MEASURED,
        "reason": None,
        "n": values.size,
        "mean": round(float(values.mean()), UNIT_DECIMALS),
        "standard_deviation": round(deviation(values), UNIT_DECIMALS),
        "reliability": measure(cronbach_alpha(table), EFFECT_DECIMALS),
    }


def _table(scale: Scale, group: Sequence[Respondent]) -> FloatArray:
    """Keyed answers, float64[n, k]; forms of the two roles stand item by item in one column."""
    asked = {role: scale.rated(role) for role in EnrollmentRole}
    table = np.full((len(group), max(2, *map(len, asked.values()))), np.nan)
    for row, each in enumerate(group):
        for column, item in enumerate(asked[each.role]):
            answer = each.answers.get(item.code)
            if answer is not None:
                table[row, column] = keyed(answer, item)
    return table


def _choice(item: Item, found: Sequence[Respondent], minimum: int) -> dict[str, Any]:
    """One choice: shares of its options, the rarest merged until they hold the minimum group."""
    chosen = [each for each in found if each.answers.get(item.code) is not None]
    told = {"item_code": item.code, "text": item.text}
    counts = Counter(each.answers[item.code] for each in chosen)
    merged, rest = [], 0
    for option in sorted(item.labels, key=lambda code: (counts[code], code)):
        if counts[option] >= minimum and (rest == 0 or rest >= minimum):
            break
        merged.append(option)
        rest += counts[option]
    if people(chosen) < max(minimum, CHOICE_MINIMUM) or len(merged) == len(item.labels):
        return {
            **told,
            **withheld(MeasureReason.GROUP_BELOW_MINIMUM, ("n", "merged_percent")),
            "options": [],
            "merged_options": sorted(item.labels),
        }
    if rest == 0 and counts.most_common(1)[0][1] == len(chosen):
        return {
            **told,
            **withheld(MeasureReason.HOMOGENEOUS, ("n", "merged_percent")),
            "options": [],
            "merged_options": sorted(item.labels),
        }
    return {
        **told,
        "status": MeasureStatus.MEASURED,
        "reason": None,
        "n": len(chosen),
        "options": [
            {"option": code, "label": label, "percent": round(100 * counts[code] / len(chosen))}
            for code, label in item.labels.items()
            if code not in merged
        ],
        "merged_options": sorted(merged),
        "merged_percent": round(100 * rest / len(chosen)),
    }
