"""The one entry: a problem in, a checked solution out. No matcher is trusted."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from app.matching.candidates import Field
from app.matching.certificate import Certificate, Level, Proof, levels_of
from app.matching.gain import Gain
from app.matching.prices import Prices
from app.matching.problem import (
    FORBIDDEN,
    UNLIMITED,
    UNWATCHED,
    Control,
    Limits,
    Matcher,
    MatcherFailed,
    MatchingProblem,
    Objective,
    Pair,
    Proposal,
)
from app.matching.registry import BUILT_IN, load_matcher
from app.matching.verify import pair_fault, verify

GRACE_SECONDS = 5.0
"""How long a plug-in may go on after its time limit or a stop before it counts as hung."""

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know about a result: a stable code and a sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimality:
    """What is proved about a result, in points of pairs beyond the pins.

    `value` and `bound` are those of the last level of the objective: the total, stability
    bonuses included. `status` is `proved` only if every level is.
    """

    status: str
    value: int
    bound: int
    levels: tuple[Level, ...]
    pairs_considered: int
    pairs_certified: int
    rounds: int

    @property
    def gap(self) -> int:
        """Return how many points a better result could have at most."""
        return self.bound - self.value


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """Pairs in order of ids, pins included, and what is proved about them."""

    pairs: tuple[Pair, ...]
    matcher: str
    matcher_version: str
    optimality: Optimality
    certificate: Certificate | None
    unmatched_mentors: tuple[str, ...]
    unmatched_mentees: tuple[str, ...]
    notes: tuple[Note, ...] = ()

    @property
    def proposed(self) -> tuple[Pair, ...]:
        """The pairs that are new: all but the pins."""
        return tuple(pair for pair in self.pairs if not pair.pinned)


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
    pairs, certificate = _unpacked(raw)
    field = Field(problem)
    fault = pair_fault(problem, field, pairs)
    if fault:
        raise MatcherFailed(fault, f"The result of {found.name} cannot be used.")
    if certificate is not None and not trusted:
        _check_proof(problem, pairs, certificate)
    return _solution(problem, field, found, pairs, certificate)


def _guarded(matcher: Matcher, problem: MatchingProblem, control: Control, limits: Limits) -> Any:
    """Run a plug-in aside, so that it can neither hang nor break the host."""
    box: list[Any] = []

    def run() -> None:
        try:
            raw = matcher.match(problem, control, limits)
            box.append(raw if isinstance(raw, Proposal) else _listed(raw))
        except Exception as error:  # noqa: BLE001 (foreign code: whatever it raises)
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
    if isinstance(box[0], Exception):
        detail = f"{matcher.name} raised {type(box[0]).__name__}."
        raise MatcherFailed("matcher-raised", detail) from box[0]
    return box[0]


def _listed(pairs: Any) -> list[Any]:
    if not isinstance(pairs, Iterable) or isinstance(pairs, str):
        raise MatcherFailed("result-malformed", "A matcher returns pairs of ids.")
    return list(pairs)


def _unpacked(raw: Any) -> tuple[list[tuple[str, str]], Any]:
    pairs, certificate = (raw.pairs, raw.certificate) if isinstance(raw, Proposal) else (raw, None)
    result = []
    for pair in _listed(pairs):
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise MatcherFailed("result-malformed", f"{pair!r} is no (mentor id, mentee id).")
        if not all(isinstance(name, str) for name in pair):
            raise MatcherFailed("result-malformed", f"{pair!r} holds something that is no id.")
        result.append((pair[0], pair[1]))
    return sorted(result), certificate


def _check_proof(problem: MatchingProblem, pairs: list[tuple[str, str]], certificate: Any) -> None:
    if not isinstance(certificate, Certificate):
        raise MatcherFailed("proof-wrong", "The certificate is no certificate.")
    report = verify(problem, pairs, certificate)
    if not report.accepted:
        raise MatcherFailed("proof-wrong", f"The certificate does not hold: {report.objections}.")


def _solution(
    problem: MatchingProblem,
    field: Field,
    matcher: Matcher,
    pairs: list[tuple[str, str]],
    certificate: Certificate | None,
) -> Solution:
    rows, cols = problem.positions(pairs)
    considered, proofs = _loose_proofs(problem, field) if certificate is None else (0, ())
    if certificate is not None:
        considered, proofs = certificate.pairs_considered, certificate.proofs
    levels = levels_of(problem, field, rows, cols, proofs)
    total = levels[-1]
    scores = problem.pair_scores(rows, cols).tolist()
    found = [Pair(a, b, score) for (a, b), score in zip(pairs, scores, strict=True)]
    pins, notes = _pinned(problem)
    everything = tuple(sorted([*found, *pins], key=lambda pair: (pair.mentor, pair.mentee)))
    mentors, mentees = {p.mentor for p in everything}, {p.mentee for p in everything}
    return Solution(
        pairs=everything,
        matcher=matcher.name,
        matcher_version=str(matcher.version),
        optimality=Optimality(
            status="proved" if all(level.proved for level in levels) else "bounded",
            value=total.value,
            bound=total.bound,
            levels=levels,
            pairs_considered=considered,
            pairs_certified=considered,
            rounds=certificate.rounds if certificate else 0,
        ),
        certificate=certificate,
        unmatched_mentors=tuple(name for name in problem.mentors if name not in mentors),
        unmatched_mentees=tuple(name for name in problem.mentees if name not in mentees),
        notes=tuple(notes),
    )


def _pinned(problem: MatchingProblem) -> tuple[list[Pair], list[Note]]:
    pins, notes = [], []
    for pin in problem.pins:
        row, col = problem.mentor_at[pin.mentor], problem.mentee_at[pin.mentee]
        score = problem.score(row, col)
        if score == FORBIDDEN:
            detail = f"{pin.mentor} with {pin.mentee} stands although it breaks a hard rule."
            notes.append(Note("pin-overrides-rule", detail))
        pins.append(Pair(pin.mentor, pin.mentee, max(score, 0), pinned=True))
    return pins, notes


def _loose_proofs(problem: MatchingProblem, field: Field) -> tuple[int, tuple[Proof, ...]]:
    """Bound any result by one look at all pairs: nobody beats having their best partner."""
    row = np.full(len(problem.mentors), FORBIDDEN, np.int64)
    col = np.full(len(problem.mentees), FORBIDDEN, np.int64)
    considered = 0
    for rows in field.bands:
        for cols in field.tiles:
            scores = field.block(rows, cols)
            considered += int(np.count_nonzero(scores >= 0))
            row[rows] = np.maximum(row[rows], scores.max(axis=1))
            col[cols] = np.maximum(col[cols], scores.max(axis=0))
    mentors, mentees = field.sides(1)
    nobody = Prices(-mentors.bonus, -mentees.bonus)
    anybody = Prices(np.where(row >= 0, 0, nobody.row), np.where(col >= 0, 0, nobody.col))
    bonus = problem.stability_bonus if problem.previous else 0
    richest = Prices(np.maximum(row, 0) + bonus, np.zeros_like(col))
    total = Proof("total", Gain(), 0, richest, bonus=True)
    if problem.objective is Objective.QUALITY:
        return considered, (total,)
    above = Gain(problem.scores.max_score + 1, counts_score=False)
    return considered, (
        Proof("people", Gain(counts_score=False), 1, anybody),
        Proof("worst", above, 1, nobody),
        total,
    )
