"""The one entry: a problem in, a checked solution out. No matcher is trusted."""

import threading
import time
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from app.matching.assessing import Solution, assess
from app.matching.certificate import Certificate
from app.matching.problem import (
    UNLIMITED,
    UNWATCHED,
    Control,
    Limits,
    Matcher,
    MatcherFailed,
    MatchingProblem,
    Objective,
    Proposal,
)
from app.matching.registry import BUILT_IN, load_matcher
from app.matching.verify import pair_fault, verify

GRACE_SECONDS = 5.0
"""How long a plug-in may go on after its time limit or a stop before it counts as hung."""

POLL_SECONDS = 0.05


def solve(
    problem: MatchingProblem,
    matcher: str | Matcher | None = None,
    control: Control = UNWATCHED,
    limits: Limits = UNLIMITED,
) -> Solution:
    """Match, check what came back, score it again, and say what is proved about it.

    `matcher` is a name of the registry or an object; without one the objective chooses. Raises
    `ProblemInvalid` for a wrong problem, and `MatcherFailed` with a code for a matcher that
    raised, hung, returned strangers, repeats, forbidden pairs, too many pairs, anything but pairs
    of ids, or a proof that does not hold.
    """
    name = matcher or ("stable" if problem.objective is Objective.STABLE else "optimal")
    found = load_matcher(name) if isinstance(name, str) else name
    trusted = isinstance(name, str) and name in BUILT_IN
    run = found.match if trusted else partial(_guarded, found)
    raw = run(problem, control, limits)
    proposal = raw if isinstance(raw, Proposal) else Proposal(raw)
    pairs, certificate = _unpacked(proposal.pairs), proposal.certificate
    fault = pair_fault(problem, pairs)
    if fault:
        raise MatcherFailed(fault, f"The result of {found.name} cannot be used.")
    if certificate is not None and not trusted:
        _check_proof(problem, pairs, certificate)
    return assess(problem, pairs, certificate, found.name, str(found.version), proposal.memory)


def _guarded(matcher: Matcher, problem: MatchingProblem, control: Control, limits: Limits) -> Any:
    """Run a plug-in aside, so that it can neither hang nor break the host."""
    box: list[Any] = []

    def run() -> None:
        try:
            raw = matcher.match(problem, control, limits)
            box.append(raw if isinstance(raw, Proposal) else Proposal(_listed(raw)))
        except BaseException as error:  # noqa: BLE001 (foreign code: whatever it raises)
            box.append(error)

    thread = threading.Thread(target=run, name=f"matcher-{matcher.name}", daemon=True)
    thread.start()
    ends: float | None = None
    if limits.seconds is not None:
        ends = time.monotonic() + limits.seconds + GRACE_SECONDS
    while thread.is_alive():
        thread.join(POLL_SECONDS)
        if ends is None and control.stopped():
            ends = time.monotonic() + GRACE_SECONDS
        if thread.is_alive() and ends is not None and time.monotonic() > ends:
            raise MatcherFailed("matcher-hung", f"{matcher.name} did not stop when asked to.")
    if isinstance(box[0], MatcherFailed):
        raise box[0]
    if isinstance(box[0], BaseException):
        detail = f"{matcher.name} raised {type(box[0]).__name__}."
        raise MatcherFailed("matcher-raised", detail) from box[0]
    return box[0]


def _listed(pairs: Any) -> list[Any]:
    if not isinstance(pairs, Iterable) or isinstance(pairs, str):
        raise MatcherFailed("result-malformed", "A matcher returns pairs of ids.")
    return list(pairs)


def _unpacked(pairs: Any) -> list[tuple[str, str]]:
    result = []
    for pair in _listed(pairs):
        # a tuple is known at once, an abstract class is asked for long
        is_pair = isinstance(pair, (tuple, Sequence)) and not isinstance(pair, str)
        if not is_pair or len(pair) != 2:
            raise MatcherFailed("result-malformed", f"{pair!r} is no (mentor id, mentee id).")
        mentor, mentee = pair[0], pair[1]
        if not isinstance(mentor, str) or not isinstance(mentee, str):
            raise MatcherFailed("result-malformed", f"{pair!r} holds something that is no id.")
        result.append((mentor, mentee))
    return sorted(result)


def _check_proof(problem: MatchingProblem, pairs: list[tuple[str, str]], certificate: Any) -> None:
    if not isinstance(certificate, Certificate):
        raise MatcherFailed("proof-wrong", "The certificate is no certificate.")
    report = verify(problem, pairs, certificate)
    if not report.accepted:
        raise MatcherFailed("proof-wrong", f"The certificate does not hold: {report.objections}.")
