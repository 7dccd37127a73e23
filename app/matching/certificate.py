"""The proof of a result: integer prices that anybody can check without a solver."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.matching.candidates import Field
from app.matching.gain import Gain
from app.matching.prices import Prices, bound_of
from app.matching.problem import Ints, MatchingProblem
from app.matching.terms import Sparse

ENGINE_VERSION = "1"


@dataclass(frozen=True, eq=False)
class Proof:
    """Prices that cover every allowed pair of one optimisation.

    `name` is `people`, `worst`, `below` (the last floor of the gain) or `total`; `place` is what
    placing one person is worth beside the pairs; `bonus` says whether pairs of the previous
    proposal earn the stability bonus.
    """

    name: str
    gain: Gain
    place: int
    prices: Prices
    bonus: bool = False

    def bound(self, field: Field) -> int:
        """Return the sum of pair values and places that no choice of pairs exceeds."""
        return bound_of(*field.sides(self.place), self.prices)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        extra = self.prices.extra
        return {
            "name": self.name,
            "threshold": self.gain.threshold,
            "floors": [list(floor) for floor in self.gain.floors],
            "counts_score": self.gain.counts_score,
            "place": self.place,
            "bonus": self.bonus,
            "mentor_prices": self.prices.row.tolist(),
            "mentee_prices": self.prices.col.tolist(),
            "pair_prices": np.stack([extra.rows, extra.cols, extra.values], axis=1).tolist(),
        }

    @staticmethod
    def from_json(plain: dict[str, Any]) -> "Proof":
        """Read plain values; raises `KeyError`, `TypeError` or `ValueError` where they are bad."""
        extra = np.array(plain["pair_prices"], np.int64).reshape(-1, 3)
        floors = tuple((int(floor), int(penalty)) for floor, penalty in plain["floors"])
        return Proof(
            str(plain["name"]),
            Gain(int(plain["threshold"]), floors, bool(plain["counts_score"])),
            int(plain["place"]),
            Prices(
                np.array(plain["mentor_prices"], np.int64),
                np.array(plain["mentee_prices"], np.int64),
                Sparse(extra[:, 0].astype(np.int32), extra[:, 1].astype(np.int32), extra[:, 2]),
            ),
            bool(plain["bonus"]),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Certificate:
    """Everything needed to check a result again: what was asked, what was found, and the proofs."""

    objective: str
    seed: int
    rules_version: str
    problem_hash: str
    pairs_hash: str
    proofs: tuple[Proof, ...]
    rounds: int
    engine_version: str = ENGINE_VERSION
    digest: str = ""

    def seal(self) -> "Certificate":
        """Return the certificate with its digest."""
        return replace(self, digest=self.content_hash())

    def content_hash(self) -> str:
        """Return the digest of everything but the digest."""
        plain = self.to_json() | {"digest": ""}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return plain values that survive a trip through JSON."""
        return {
            "objective": self.objective,
            "seed": self.seed,
            "rules_version": self.rules_version,
            "problem_hash": self.problem_hash,
            "pairs_hash": self.pairs_hash,
            "proofs": [proof.to_json() for proof in self.proofs],
            "rounds": self.rounds,
            "engine_version": self.engine_version,
            "digest": self.digest,
        }

    @staticmethod
    def from_json(plain: dict[str, Any]) -> "Certificate":
        """Read plain values; raises `KeyError`, `TypeError` or `ValueError` where they are bad."""
        return Certificate(
            objective=str(plain["objective"]),
            seed=int(plain["seed"]),
            rules_version=str(plain["rules_version"]),
            problem_hash=str(plain["problem_hash"]),
            pairs_hash=str(plain["pairs_hash"]),
            proofs=tuple(Proof.from_json(proof) for proof in plain["proofs"]),
            rounds=int(plain["rounds"]),
            engine_version=str(plain["engine_version"]),
            digest=str(plain["digest"]),
        )


@dataclass(frozen=True, slots=True)
class Level:
    """One thing the objective asks for, in its order: what was reached, and what is possible.

    `people` counts placed people (waitlisted ones twice), `worst` is the lowest score, `below`
    the number of pairs under the floor, `total` the sum of scores and stability bonuses. Each
    bound holds among the results that are as good on all levels before it.
    """

    name: str
    value: int
    bound: int
    floor: int | None = None

    @property
    def proved(self) -> bool:
        """Whether nothing better is possible."""
        return self.value == self.bound


def problem_hash(problem: MatchingProblem) -> str:
    """Return the digest of everything a result may depend on."""
    plain = [
        problem.mentors, problem.mentees,
        np.asarray(problem.capacities).tolist(), np.asarray(problem.demands).tolist(),
        problem.scores.fingerprint(), problem.objective.value, problem.seed,
        [(pin.mentor, pin.mentee, pin.override) for pin in problem.pins],
        problem.previous, problem.stability_bonus, problem.floors,
        sorted(problem.waitlisted_mentors), sorted(problem.waitlisted_mentees),
        sorted(problem.mentor_wishes.items()), sorted(problem.mentee_wishes.items()),
        problem.rules_version,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def pairs_hash(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the digest of pairs of ids."""
    return hashlib.sha256(json.dumps(sorted(pairs)).encode()).hexdigest()


def levels_of(
    problem: MatchingProblem, field: Field, rows: Ints, cols: Ints, proofs: Sequence[Proof]
) -> tuple[Level, ...]:
    """Measure pairs on every level of the objective and hold them against the proofs.

    The pairs are those beyond the pins. A level without a proof is left out.
    """
    scores = problem.pair_scores(rows, cols)
    people = placed(field, rows, cols)
    levels = []
    for proof in proofs:
        bound = proof.bound(field)
        reached = proof.place * people
        for floor, penalty in proof.gain.floors:
            reached -= penalty * int((scores < floor).sum())
        if proof.name == "people":
            levels.append(Level("people", people, bound))
        elif proof.name == "worst":
            if len(scores):
                ceiling = proof.gain.threshold - 1 if bound < people else problem.scores.max_score
                levels.append(Level("worst", int(scores.min()), ceiling))
        elif proof.name == "below":
            floor = proof.gain.floors[-1][0]
            count = int((scores < floor).sum())
            levels.append(Level("below", count, count - (bound - reached), floor))
        else:
            total = int(scores.sum()) + bonus_of(problem, rows, cols)
            levels.append(Level("total", total, bound - reached))
    return tuple(levels)


def placed(field: Field, rows: Ints, cols: Ints) -> int:
    """Return how many people the pairs place, waitlisted ones counted twice."""
    mentors, mentees = field.sides(1)
    total = 0
    for side, at in ((mentors, rows), (mentees, cols)):
        once = np.zeros(len(side.bonus), np.bool_)
        once[at] = True
        total += int(side.bonus[once].sum())
    return total


def bonus_of(problem: MatchingProblem, rows: Ints, cols: Ints) -> int:
    """Return the stability bonus the pairs earn for being kept from the previous proposal."""
    kept = set(problem.previous)
    named = zip(rows.tolist(), cols.tolist(), strict=True)
    again = sum((problem.mentors[row], problem.mentees[col]) in kept for row, col in named)
    return again * problem.stability_bonus
