"""Whether goals were met: each goal of the cohort, and those of all pairs together."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from app.goals.attainment import elapsed_share
from app.goals.models import GoalStatus
from app.goals.progress import GoalFigures, goals_for_impact
from app.impact.attainment import Attainment, AttainmentStatus, Direction, goal_attainment
from app.impact.estimates import NotMeasurable
from app.impact.proportions import proportion
from app.impact.publishing import SHARE_DECIMALS, mean_of, measure, unmeasured, withheld
from app.impact.schemas import MeasureReason, MeasureStatus
from app.kit.work import UnitOfWork


def goals(
    uow: UnitOfWork, cohort_id: uuid.UUID, pairings: Sequence[Any], minimum: int
) -> dict[str, Any]:
    """How far the goals are, as the latest check-ins say."""
    found = goals_for_impact(uow, cohort_id)
    kept = [each for each in found if each.status is not GoalStatus.DROPPED]
    reached = {each.goal_id: _attainment(uow, each) for each in kept}
    of_pairs = [each for each in found if each.pairing_id is not None]
    return {
        "cohort_goals": [
            _cohort_goal(each, reached[each.goal_id]) for each in kept if each.cohort_id is not None
        ],
        "pair_goals": _pair_goals(of_pairs, reached, pairings, minimum),
    }


def _attainment(uow: UnitOfWork, goal: GoalFigures) -> Attainment | NotMeasurable:
    return goal_attainment(
        goal.baseline,
        goal.actual,
        goal.target,
        n=1,
        direction=Direction(goal.direction),
        tolerance=goal.tolerance,
        elapsed=elapsed_share(goal.set_on, goal.due_on, goal.ended_on or uow.today),
    )


def _cohort_goal(goal: GoalFigures, result: Attainment | NotMeasurable) -> dict[str, Any]:
    told = {"goal_id": goal.goal_id, "category": goal.category}
    if isinstance(result, NotMeasurable):
        names = ("attainment", "share", "n", "method")
        return {**told, **unmeasured(MeasureReason(result.reason), names)}
    share = None if result.share is None else round(result.share, SHARE_DECIMALS) + 0.0
    return {
        **told,
        "status": MeasureStatus.MEASURED,
        "reason": None,
        "attainment": result.status,
        "share": share,
        "n": result.n,
        "method": f"{result.method}, latest check-in, no interval",
    }


def _pair_goals(
    found: Sequence[GoalFigures],
    reached: Mapping[uuid.UUID, Attainment | NotMeasurable],
    pairings: Sequence[Any],
    minimum: int,
) -> dict[str, Any]:
    """All pairs together; each pair counts once, however many goals it has."""
    people = {each.id: {each.mentor_id, each.mentee_id} for each in pairings}
    kept = [each for each in found if each.goal_id in reached]
    shares: dict[uuid.UUID | None, list[float]] = defaultdict(list)
    statuses: dict[uuid.UUID | None, set[AttainmentStatus]] = defaultdict(set)
    reasons: Counter[MeasureReason] = Counter()
    for goal in kept:
        result = reached[goal.goal_id]
        if isinstance(result, NotMeasurable):
            reasons[MeasureReason(result.reason)] += 1
            continue
        statuses[goal.pairing_id].add(result.status)
        if result.share is not None:
            shares[goal.pairing_id].append(result.share)

    def enough(these: Any) -> bool:
        return len(set().union(*(people.get(each, set()) for each in these))) >= minimum

    told = enough({each.pairing_id for each in found})
    means = [sum(each) / len(each) for each in shares.values()]
    achieved = sum(each == {AttainmentStatus.ACHIEVED} for each in statuses.values())
    hidden = withheld(MeasureReason.GROUP_BELOW_MINIMUM)
    return {
        "pairings_count": len({each.pairing_id for each in found}) if told else None,
        "goals_count": len(kept) if told else None,
        "dropped_count": len(found) - len(kept) if told else None,
        "share": measure(mean_of(means, "share of a pair"), SHARE_DECIMALS)
        if enough(shares) or not shares
        else hidden,
        "achieved": measure(proportion(achieved, len(statuses)), SHARE_DECIMALS)
        if enough(statuses) or not statuses
        else hidden,
        "not_measurable": [
            {"reason": reason, "goals_count": count} for reason, count in sorted(reasons.items())
        ]
        if told
        else [],
    }
