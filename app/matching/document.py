"""A problem as one JSON document, and its result: matching without any database."""

from dataclasses import asdict
from typing import Any

from app.matching.assessing import Solution, assess
from app.matching.certificate import Certificate
from app.matching.plain import each, invalid, members, pair, text
from app.matching.problem import (
    UNLIMITED,
    UNWATCHED,
    Control,
    Limits,
    MatchingProblem,
)
from app.matching.reading import read_problem
from app.matching.solving import solve
from app.matching.verify import pair_fault, verify

CLAIMS = ("pairs", "value", "bound", "gap", "status", "levels")
"""What a verifier works out again and compares."""


def match_document(
    document: Any,
    objective: str | None = None,
    matcher: str | None = None,
    control: Control = UNWATCHED,
    limits: Limits = UNLIMITED,
) -> dict[str, Any]:
    """Match a document and return its result, ready for JSON.

    Raises `ProblemInvalid` (`document-invalid` with the place in the document, and the codes of
    a problem) and `MatcherFailed`.
    """
    problem = read_problem(document, objective)
    return write_result(problem, solve(problem, matcher, control, limits))


def write_result(problem: MatchingProblem, solution: Solution) -> dict[str, Any]:
    """Return a solution as plain values."""
    optimality = solution.optimality
    return {
        "objective": problem.objective.value,
        "matcher": solution.matcher,
        "matcher_version": solution.matcher_version,
        "status": optimality.status,
        "value": optimality.value,
        "bound": optimality.bound,
        "gap": optimality.gap,
        "levels": [asdict(level) | {"proved": level.proved} for level in optimality.levels],
        "pairs": [asdict(pair) for pair in solution.pairs],
        "unmatched_mentors": list(solution.unmatched_mentors),
        "unmatched_mentees": list(solution.unmatched_mentees),
        "pairs_considered": optimality.pairs_considered,
        "pairs_certified": optimality.pairs_certified,
        "rounds": optimality.rounds,
        "notes": [asdict(note) for note in solution.notes],
        "certificate": solution.certificate.to_json() if solution.certificate else None,
    }


def verify_document(document: Any, result: Any, control: Control = UNWATCHED) -> dict[str, Any]:
    """Check a result against its document: every claim, and the proof if there is one.

    Returns `accepted`, `proved`, `objections` (codes of `verify.Report`, or `claim-wrong`) and
    the levels worked out again. Raises `ProblemInvalid` as `match_document` does, and
    `document-invalid` also for a result that cannot be read.
    """
    claims = members(result, "result", None)
    problem = read_problem(document, text(claims.get("objective"), "result.objective"))
    pinned = {(pin.mentor, pin.mentee) for pin in problem.pins}
    pairs = [named for named in each(claims, "pairs", _named) if named not in pinned]
    certificate = _certificate(claims.get("certificate"))
    if certificate is None:
        fault = pair_fault(problem, pairs)
        objections = [fault] if fault else []
    else:
        objections = list(verify(problem, pairs, certificate, control).objections)
    if objections:
        return {"accepted": False, "proved": False, "objections": objections, "levels": []}
    found = write_result(problem, assess(problem, pairs, certificate, "", ""))
    if any(found[name] != claims.get(name) for name in CLAIMS):
        objections.append("claim-wrong")
    return {
        "accepted": not objections,
        "proved": not objections and found["status"] == "proved",
        "objections": objections,
        "levels": found["levels"],
    }


def _named(value: Any, where: str) -> tuple[str, str]:
    found = members(value, where, None)
    return pair([found.get("mentor"), found.get("mentee")], where)


def _certificate(value: Any) -> Certificate | None:
    if value is None:
        return None
    try:
        return Certificate.from_json(value)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise invalid("result.certificate", "cannot be read") from error
