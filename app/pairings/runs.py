"""Reading match runs: what came out, why, why not, what is proved, and one run beside another."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.kit.problems import Conflict, Invalid
from app.kit.wire import narrowed
from app.kit.work import Thinking, UnitOfWork
from app.matching import criteria as soft
from app.matching.assessing import Solution, assess
from app.matching.certificate import Certificate
from app.matching.explain import WhyNot, exact_loss
from app.matching.people import Weights
from app.matching.problem import Limits, MatchingProblem, Objective
from app.matching.registry import BUILT_IN, load_criteria, load_rules, matcher_names
from app.matching.verify import Report, verify
from app.pairings.computing import (
    CRITERIA_SAID,
    RULES_SAID,
    shown_codes,
    told_as_problems,
)
from app.pairings.explanation_schemas import WhyNotQuery
from app.pairings.frozen import FrozenInput
from app.pairings.models import LIVE, MatchRun, Pairing
from app.pairings.queueing import progress_of
from app.pairings.run_schemas import CompareQuery, MatchRunQuery
from app.pairings.storing import ShownRun, visible_runs

SORTS = {"created_at": MatchRun.id}
PATIENCE = 5.0
"""Seconds for the question what a forced pair loses; then the answer is a lower bound."""
BRIEF = [
    each
    for each in MatchRun.__table__.c
    if each.key not in ("input", "asked", "result", "certificate")
]
"""What a list shows of a run; the rest may be megabytes."""


class NoCertificate(Conflict):
    slug, title = "no-certificate", "The matcher of this run gave no proof"


class MatchRunNotComputed(Conflict):
    slug, title = "match-run-not-computed", "The run has no result"


class MatchRunPeopleErased(Conflict):
    slug, title = (
        "match-run-people-erased",
        "Somebody of this run was erased, so it cannot be worked out again",
    )


def list_match_runs(uow: UnitOfWork, query: MatchRunQuery) -> dict[str, Any]:
    stmt = visible_runs(uow).with_only_columns(*BRIEF)
    stmt = narrowed(
        stmt,
        (MatchRun.cohort_id, query.cohort_id),
        (MatchRun.status, query.status),
    )
    page = uow.page(stmt, MatchRun.id, query, SORTS)
    return {**page, "items": [ShownRun(each) for each in page["items"]]}


def get_match_run(uow: UnitOfWork, match_run_id: uuid.UUID) -> ShownRun:
    run = uow.one(visible_runs(uow).where(MatchRun.id == match_run_id))
    return ShownRun(run, progress_of(uow, run))


def _computed(uow: UnitOfWork, match_run_id: uuid.UUID) -> ShownRun:
    """Raises MatchRunNotComputed."""
    run = ShownRun(uow.one(visible_runs(uow).where(MatchRun.id == match_run_id)))
    _must_be_computed(run)
    return run


def _whole(uow: UnitOfWork, match_run_id: uuid.UUID) -> ShownRun:
    """A run that can be worked out again. Raises MatchRunNotComputed, MatchRunPeopleErased."""
    run = _computed(uow, match_run_id)
    if run.people_erased_at is not None:
        raise MatchRunPeopleErased("Propose pairs anew to have a run that can be verified.")
    return run


def _must_be_computed(run: ShownRun) -> None:
    if run.result is None:
        raise MatchRunNotComputed(f"The run is {run.status}.")


def explain_match_run(uow: UnitOfWork, match_run_id: uuid.UUID) -> dict[str, Any]:
    """Everything that was found out about a run when it was computed."""
    run = _computed(uow, match_run_id)
    return {
        "match_run_id": run.id,
        **{name: run.result[name] for name in (
            "pairs", "unmatched", "relaxations", "worst_pair", "scarcity", "pin_prices", "fairness",
        )},
        "criteria": _criteria_said(),
        "rules": _rules_said(),
    }  # fmt: skip


@dataclass(frozen=True)
class _Replay:
    """A run thawed: the problem and the solution, as the engine had them."""

    problem: MatchingProblem
    solution: Solution

    @classmethod
    def of(cls, run: ShownRun) -> "_Replay":
        """Raises the engine's ProblemInvalid where a plug-in is not installed any more."""
        problem = FrozenInput.from_json(run.input).to_problem()
        certificate = Certificate.from_json(run.certificate) if run.certificate else None
        solution = assess(problem, _new_couples(run), certificate, run.matcher, run.matcher_version)
        return cls(problem, solution)


def _new_couples(run: ShownRun) -> list[tuple[str, str]]:
    return [
        (pair["mentor_enrollment_id"], pair["mentee_enrollment_id"])
        for pair in run.result["pairs"]
        if not pair["pinned"]
    ]


def say_why_not(uow: UnitOfWork, match_run_id: uuid.UUID, query: WhyNotQuery) -> Thinking[WhyNot]:
    """Why two people are not a pair in this run, and what forcing them together would lose."""
    run = _whole(uow, match_run_id)
    mentor, mentee = str(query.mentor_id), str(query.mentee_id)

    def think() -> WhyNot:
        with told_as_problems():
            replay = _Replay.of(run)
            return exact_loss(
                replay.problem, replay.solution, mentor, mentee, limits=Limits(seconds=PATIENCE)
            )

    return Thinking(think, lambda _, told: _why_not_shown(told))


def _why_not_shown(told: WhyNot) -> dict[str, Any]:
    reason = told.reason.replace("-", "_")
    broken = shown_codes(told.broken_rules)
    return {
        "mentor_enrollment_id": told.mentor,
        "mentee_enrollment_id": told.mentee,
        "reason": reason,
        "words": _why_not_words(reason, broken, told),
        "score": None if reason == "forbidden" else told.score,
        "broken_rules": broken,
        "loss": told.loss,
        "exact": told.exact,
    }


def _why_not_words(reason: str, broken: Sequence[str], told: WhyNot) -> str:
    said = _rules_said()
    if reason == "forbidden":
        return " ".join(said.get(code, f"The rule {code} forbids it.") for code in broken)
    if told.loss is None:
        return {
            "paired": "They are a pair in this run.",
            "below_worst": "The pair would be worse than the worst pair of this run need be.",
        }.get(reason, "The matcher of this run gave no proof, so nothing certain can be said.")
    least = "" if told.exact else "at least "
    if told.loss.people > 0:
        return f"Forcing the pair would leave {least}{told.loss.people} more without a partner."
    if told.loss.points > 0:
        return f"Forcing the pair would lose the program {least}{told.loss.points} points."
    if told.loss.points < 0:
        return "Forcing the pair would gain points, but the worst pair would be worse."
    return "The pair would do as well: it ties with what was chosen."


def show_certificate(uow: UnitOfWork, match_run_id: uuid.UUID) -> dict[str, Any]:
    """The proof, with the people in the order of the prices. Raises NoCertificate."""
    run = _computed(uow, match_run_id)
    if run.certificate is None:
        raise NoCertificate
    frozen = FrozenInput.from_json(run.input)
    return {
        "match_run_id": run.id,
        **run.certificate,
        "mentors": sorted(person.id for person in frozen.mentors),
        "mentees": sorted(person.id for person in frozen.mentees),
    }


def verify_match_run(uow: UnitOfWork, match_run_id: uuid.UUID) -> Thinking[Report]:
    """Score every pair again and hold the proof against it, without any solver."""
    run = _whole(uow, match_run_id)
    if run.certificate is None:
        raise NoCertificate

    def think() -> Report:
        with told_as_problems():
            problem = FrozenInput.from_json(run.input).to_problem()
        return verify(problem, _new_couples(run), Certificate.from_json(run.certificate))

    return Thinking(
        think,
        lambda _, report: {
            "match_run_id": run.id,
            "accepted": report.accepted,
            "proved": report.proved,
            "objections": [each.replace("-", "_") for each in report.objections],
            "levels": report.levels,
        },
    )


def compare_match_runs(uow: UnitOfWork, query: CompareQuery) -> dict[str, Any]:
    """Runs of one cohort side by side, in the order they were asked for."""
    found = {
        run.id: ShownRun(run)
        for run in uow.rows.execute(visible_runs(uow).where(MatchRun.id.in_(query.ids)))
    }
    if missing := [str(each) for each in query.ids if each not in found]:
        told = f"There is no run {missing[0]}."
        raise Invalid.at("/query/ids", told, "unknown_reference")
    runs = [found[each] for each in dict.fromkeys(query.ids)]
    for run in runs:
        _must_be_computed(run)
    cohorts = {run.cohort_id for run in runs}
    if len(cohorts) > 1:
        raise Invalid.at("/query/ids", "Compare runs of one cohort.", "several_cohorts")
    (cohort_id,) = cohorts
    today = _couples_today(uow, cohort_id)
    return {"cohort_id": cohort_id, "runs": [_compared(run, today) for run in runs]}


def _couples_today(uow: UnitOfWork, cohort_id: uuid.UUID) -> set[tuple[str, str]]:
    found = uow.rows.execute(
        select(Pairing.mentor_enrollment_id, Pairing.mentee_enrollment_id).where(
            Pairing.organization_id == uow.organization_id,
            Pairing.cohort_id == cohort_id,
            Pairing.status.in_(LIVE),
        )
    )
    return {(str(mentor), str(mentee)) for mentor, mentee in found}


def _compared(run: ShownRun, today: set[tuple[str, str]]) -> dict[str, Any]:
    own = {
        (pair["mentor_enrollment_id"], pair["mentee_enrollment_id"]) for pair in run.result["pairs"]
    }
    moved = {person for couple in today - own for person in couple}
    fairness = run.result["fairness"]
    return {
        "match_run_id": run.id,
        "objective": run.objective,
        "matcher": run.matcher,
        "counts": run.counts,
        "coverage": run.coverage,
        "scores": run.scores,
        "optimality_status": run.optimality["status"],
        "first_wishes_met_count": fairness["first_wishes_met_count"],
        "blocking_pairs_count": fairness["blocking_pairs_count"],
        "moved_people_count": len(moved),
    }


def list_matchers(_: UnitOfWork) -> dict[str, Any]:
    """What the engine of this installation offers, plug-ins included."""
    return {
        "matchers": [{"name": name, "built_in": name in BUILT_IN} for name in matcher_names()],
        "objectives": list(Objective),
        "rules": _rules_said(),
        "criteria": {**{each.code: each.sentence for each in soft.BUILT_IN}, **_plugged(soft=True)},
        "default_weights": Weights().by_code(),
    }


def _rules_said() -> dict[str, str]:
    return {**RULES_SAID, **_plugged(soft=False)}


def _criteria_said() -> dict[str, str]:
    return {**CRITERIA_SAID, **_plugged(soft=True)}


def _plugged(*, soft: bool) -> dict[str, str]:
    found = load_criteria() if soft else load_rules()
    return {code: str(each.sentence) for code, each in found.items()}
