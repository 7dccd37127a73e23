"""An independent check of a certificate: no solver, every pair scored again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.matching.candidates import Field
from app.matching.certificate import (
    Certificate,
    Level,
    Proof,
    levels_of,
    pairs_hash,
    problem_hash,
)
from app.matching.gain import Gain
from app.matching.problem import (
    FORBIDDEN,
    UNWATCHED,
    Control,
    Ints,
    MatchingProblem,
    Objective,
    Progress,
)
from app.matching.terms import NamedPairs


@dataclass(frozen=True, slots=True)
class Report:
    """What the verifier found: accepted when there are no objections.

    Objections are codes: `tampered`, `other-problem`, `other-pairs`, `pair-unknown`,
    `pair-repeated`, `pair-forbidden`, `capacity-exceeded`, `shape-wrong`, `price-too-low`,
    `threshold-missed`, `proof-missing`, `bound-broken`.
    """

    objections: tuple[str, ...]
    levels: tuple[Level, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether every claim of the certificate holds."""
        return not self.objections

    @property
    def proved(self) -> bool:
        """Whether the pairs are proved to be the best possible."""
        return self.accepted and all(level.proved for level in self.levels)


def verify(
    problem: MatchingProblem,
    pairs: Sequence[tuple[str, str]],
    certificate: Certificate,
    control: Control = UNWATCHED,
) -> Report:
    """Check pairs (beyond the pins) and their certificate against the problem itself."""
    objections = []
    if certificate.content_hash() != certificate.digest:
        objections.append("tampered")
    if certificate.problem_hash != problem_hash(problem):
        objections.append("other-problem")
    if certificate.pairs_hash != pairs_hash(pairs):
        objections.append("other-pairs")
    fault = pair_fault(problem, pairs)
    if fault:
        return Report((*objections, fault))
    rows, cols = problem.positions(pairs)
    proofs = certificate.proofs
    if any(not _fits(problem, proof) for proof in proofs):
        return Report((*objections, "shape-wrong"))
    if not _is_complete(problem, proofs, paired=bool(pairs)):
        objections.append("proof-missing")
    scores = problem.pair_scores(rows, cols)
    lowest = max((p.gain.threshold for p in proofs if p.name != "worst"), default=0)
    if len(scores) and int(scores.min()) < lowest:
        objections.append("threshold-missed")
    field = Field(problem)
    if not _covers_all(problem, field, proofs, control):
        objections.append("price-too-low")
    levels = levels_of(problem, field, rows, cols, proofs)
    for level in levels:
        better = level.value - level.bound
        if (better if level.name != "below" else -better) > 0:
            objections.append("bound-broken")
    return Report(tuple(dict.fromkeys(objections)), levels)


def pair_fault(problem: MatchingProblem, pairs: Sequence[tuple[str, str]]) -> str | None:
    """Return the code of the first thing wrong with pairs (beyond the pins) as such, or None."""
    field = Field(problem)
    if len(set(pairs)) != len(pairs):
        return "pair-repeated"
    if any(a not in problem.mentor_at or b not in problem.mentee_at for a, b in pairs):
        return "pair-unknown"
    if not set(pairs).isdisjoint((pin.mentor, pin.mentee) for pin in problem.pins):
        return "pair-repeated"
    rows, cols = problem.positions(pairs)
    for at, places in ((rows, field.mentor_places), (cols, field.mentee_places)):
        if np.any(np.bincount(at, minlength=len(places)) > np.maximum(places, 0)):
            return "capacity-exceeded"
    if np.any(problem.pair_scores(rows, cols) == FORBIDDEN):
        return "pair-forbidden"
    return None


def _is_complete(problem: MatchingProblem, proofs: Sequence[Proof], *, paired: bool) -> bool:
    """Whether every level of the objective has the proof it needs, asked the way it must be."""
    wanted: list[tuple[str, Gain]] = []
    floors: tuple[tuple[int, int], ...] = ()
    if problem.objective is not Objective.QUALITY:
        wanted.append(("people", Gain(counts_score=False)))
    if problem.objective is Objective.PARTICIPATION and paired:
        wanted.append(("worst", Gain(counts_score=False)))
    if problem.objective is Objective.FAIR:
        for floor in problem.floors:
            floors = (*floors, (floor, 1))
            wanted.append(("below", Gain(floors=floors, counts_score=False)))
    wanted.append(("total", Gain(floors=floors)))
    return len(wanted) == len(proofs) and all(
        _asks(proof, name, gain) for proof, (name, gain) in zip(proofs, wanted, strict=True)
    )


def _asks(proof: Proof, name: str, gain: Gain) -> bool:
    """Whether a proof is about this level. Weights of earlier levels may be any; they cancel."""
    given = proof.gain
    same_floors = [floor for floor, _ in given.floors] == [floor for floor, _ in gain.floors]
    own_penalty = name != "below" or given.floors[-1][1:] == (1,)
    return (
        proof.name == name
        and given.counts_score == gain.counts_score
        and same_floors
        and own_penalty
        and all(penalty > 0 for _, penalty in given.floors)
        and (name in ("total", "worst") or given.threshold == 0)
        and (name not in ("people", "worst") or proof.place == 1)
        and proof.place >= 0
        and proof.bonus == (name == "total")
    )


def _fits(problem: MatchingProblem, proof: Proof) -> bool:
    prices, extra = proof.prices, proof.prices.extra
    height, width = len(problem.mentors), len(problem.mentees)
    return (
        prices.row.shape == (height,)
        and prices.col.shape == (width,)
        and bool(np.all(extra.values >= 0))
        and bool(np.all((extra.rows >= 0) & (extra.rows < height)))
        and bool(np.all((extra.cols >= 0) & (extra.cols < width)))
    )


class _Cover:
    """The claim that prices cover every pair, looked at tile by tile."""

    def __init__(self, problem: MatchingProblem, proof: Proof) -> None:
        self.proof = proof
        self._extra = NamedPairs([proof.prices.extra], len(problem.mentors), len(problem.mentees))
        self._row, self._col = proof.prices.row, proof.prices.col

    def holds(self, rows: Ints, cols: Ints, scores: Ints) -> bool:
        """Whether no pair of the tile is worth more than its prices."""
        gain, row, col = self.proof.gain, self._row[rows], self._col[cols]
        if int(gain.values(scores.max(keepdims=True))[0, 0]) <= int(row.min()) + int(col.min()):
            return True
        value = gain.values(scores)
        narrow = abs(row).max() + abs(col).max() + abs(int(value.min())) < 1 << 30
        kind = value.dtype if narrow else np.int64
        over = value - row.astype(kind)[:, None] - col.astype(kind)
        at_row, at_col, extra = self._extra.inside(rows, cols)
        over[at_row, at_col] -= extra.astype(kind)
        return not np.any((over > 0) & (scores >= max(gain.threshold, 0)))

    def holds_for_previous(self, problem: MatchingProblem, field: Field) -> bool:
        """Whether pairs of the previous proposal are covered together with their bonus."""
        rows, cols = field.previous_pairs()
        if not self.proof.bonus or not len(rows):
            return True
        scores = problem.pair_scores(rows, cols)
        value = self.proof.gain.values(scores) + problem.stability_bonus
        over = value - self._row[rows] - self._col[cols]
        over -= self._extra.values_at(rows, cols)
        return not np.any((over > 0) & (scores >= self.proof.gain.threshold))


def _covers_all(
    problem: MatchingProblem, field: Field, proofs: Sequence[Proof], control: Control
) -> bool:
    covers = [_Cover(problem, proof) for proof in proofs]
    if not all(cover.holds_for_previous(problem, field) for cover in covers):
        return False
    for band, rows in enumerate(field.bands):
        control.report(Progress("verify", done=band / len(field.bands)))
        for cols in field.tiles:
            scores = field.block(rows, cols)
            if not all(cover.holds(rows, cols, scores) for cover in covers):
                return False
    return True
