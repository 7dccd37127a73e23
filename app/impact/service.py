"""The observatory: what is known of a cohort's effect. Reads every room, writes nothing."""

import dataclasses
import uuid
from typing import Any

from sqlalchemy import Select, select

from app.access.scopes import Role
from app.impact import attaining, changes, sides, taking_part
from app.impact.power import Detectable, detectable_effect, power_table
from app.impact.schemas import EvidenceGrade, PowerQuery
from app.kit.work import UnitOfWork
from app.programs import service as programs
from app.programs.models import Cohort
from app.surveys.models import WaveMoment
from app.surveys.sending import minimum_group

SEEING_IMPACT = (
    Role.ADMINISTRATOR, Role.PROGRAM_MANAGER, Role.INTEGRATION, Role.SPONSOR,
)  # fmt: skip
STATEMENTS = {
    EvidenceGrade.C: "Before and after only: participants volunteered; there is no"
    " comparison group.",
    EvidenceGrade.D: "Not measured before and after: participants volunteered; there is no"
    " comparison group.",
}


def visible(uow: UnitOfWork) -> Select[Cohort]:
    """The cohorts whose impact the caller may see: those one runs or sponsors."""
    return select(Cohort).where(
        Cohort.organization_id == uow.organization_id,
        programs.within_reach(uow, Cohort.id, roles=SEEING_IMPACT),
    )


def show_cohort_impact(uow: UnitOfWork, cohort_id: uuid.UUID) -> dict[str, Any]:
    """Everything measured of a cohort, each number with n, interval and method."""
    cohort = uow.one(visible(uow).where(Cohort.id == cohort_id))
    minimum = minimum_group(uow)
    pairings = taking_part.pairings_of(uow, cohort.id)
    found = taking_part.placed(uow, cohort.id, pairings)
    waves = changes.answered_waves(uow, cohort.id)
    judged = changes.judged_skills(uow, cohort, found)
    skills = changes.skills(uow, judged, found, minimum)
    pairs = [(each.mentor_id, each.mentee_id) for each in pairings]
    both = waves[WaveMoment.BASELINE] and waves[WaveMoment.END]
    grade = EvidenceGrade.C if both or _measured(skills) else EvidenceGrade.D
    return {
        "cohort_id": cohort.id,
        "computed_at": uow.now,
        "minimum_group": minimum,
        "evidence": {"grade": grade, "statement": STATEMENTS[grade]},
        "coverage": taking_part.coverage(found, minimum),
        "cadence": taking_part.cadence(uow, cohort, pairings, minimum),
        "completion": taking_part.completion(pairings, minimum),
        "goals": attaining.goals(uow, cohort.id, pairings, minimum),
        "skills": skills,
        "gaps": sides.gaps(judged, found, pairs, minimum),
        "scales": changes.scale_changes(waves, minimum),
        "missing": changes.missing(uow, cohort.id, waves, minimum),
    }


def _measured(skills: list[dict[str, Any]]) -> bool:
    return any(each["change"]["value"] is not None for each in skills)


def show_power(_: UnitOfWork, query: PowerQuery) -> dict[str, Any]:
    """What so many people could show at all, beside the table of usual sizes."""
    return {
        "detectable": _detectable(detectable_effect(query.n, query.design, query.power)),
        "table": [_detectable(each) for each in power_table()],
    }


def _detectable(found: Detectable) -> dict[str, Any]:
    return {**dataclasses.asdict(found), "effect": round(found.effect, 2)}
