"""The port: what a matcher is given, what it gives back, and how it may fail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FORBIDDEN = -1
"""What a score block holds for a pair that breaks a hard rule."""

MAX_SCORE = 1_000_000_000
"""The largest score a pair may have; scores of people stay within 0..10 000 points."""

NARROW = 1 << 20
"""Below this a score fits into 32 bits together with a hash that orders equal scores."""

PAIR_CHUNK = 256
"""Pairs are scored by the block around so many of them: cheap enough, whatever the source."""

Ints = NDArray[np.integer[Any]]
Index = slice | Ints
Block = Callable[[Index, Index], NDArray[Any]]


class Trouble(Exception):  # noqa: N818 (the house calls a way to fail by its own word)
    """A named way to fail: `code` is stable, `detail` is a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class ProblemInvalid(Trouble):
    """The problem itself is wrong."""


class MatcherFailed(Trouble):
    """A matcher or another plug-in broke its promise."""


class Objective(StrEnum):
    """What "best" means; the order of the words in each line is the order of precedence."""

    PARTICIPATION = "participation"  # most people, then the best worst pair, then the total
    QUALITY = "quality"  # the largest total
    FAIR = "fair"  # most people, fewest pairs below each floor, then the total
    STABLE = "stable"  # deferred acceptance: no two people would rather have each other


@dataclass(frozen=True, slots=True)
class Pin:
    """A pair that stands before solving: an active pairing or a must-pair."""

    mentor: str
    mentee: str
    override: bool = False
    """Keep the pin although it breaks a hard rule; the solution reports it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One mentor with one mentee, and what the program's own score says about them."""

    mentor: str
    mentee: str
    score: int
    pinned: bool = False


@dataclass(frozen=True, eq=False)
class Basis:
    """What scores are made of: under an equal law, two equal people score what they did before."""

    law: object
    mentors: Sequence[object]
    mentees: Sequence[object]


class ScoreSource(Protocol):
    """Where scores come from: computed tile by tile, so that N x M is never held."""

    @property
    def max_score(self) -> int:
        """No block holds more than this."""
        ...

    @property
    def basis(self) -> Basis | None:
        """What the scores are made of. None: two sources cannot be compared."""
        ...

    def block(self, rows: Index, cols: Index) -> Ints:
        """Return the points of mentors `rows` x mentees `cols`, `FORBIDDEN` where not allowed.

        Each index is a slice or an array without repeats.
        """
        ...

    def pairs(self, rows: Ints, cols: Ints) -> NDArray[np.int64]:
        """Return what `block` says about the pairs (rows[k], cols[k]), one by one."""
        ...

    def fingerprint(self) -> str:
        """Return a digest of everything the scores depend on."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Memory:
    """The core of an earlier run, by the ids it knew, and what its last look at all pairs saw."""

    mentors: tuple[str, ...]
    mentees: tuple[str, ...]
    rows: Ints
    cols: Ints
    seen: object = None
    """A `bargains.Seen`: where people and law are the same as then, nobody looks again."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MatchingProblem:
    """Everything a matcher may know. Ids are sorted; positions are rows (mentors), cols (mentees).

    Raises `ProblemInvalid` with one of the codes `ids-unsorted`, `capacity-invalid`,
    `score-too-large`, `pin-unknown`, `pin-repeated`, `pin-exceeds-capacity`, `pin-forbidden`,
    `previous-unknown`, `floors-unordered`.
    """

    mentors: tuple[str, ...]
    mentees: tuple[str, ...]
    capacities: Ints
    demands: Ints
    scores: ScoreSource
    objective: Objective = Objective.PARTICIPATION
    seed: int = 0
    pins: tuple[Pin, ...] = ()
    previous: tuple[tuple[str, str], ...] = ()
    stability_bonus: int = 300
    floors: tuple[int, ...] = (3000, 4500)
    waitlisted_mentors: frozenset[str] = frozenset()
    waitlisted_mentees: frozenset[str] = frozenset()
    mentor_wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mentee_wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules_version: str = ""
    memory: "Memory | None" = None
    """What an earlier run left behind; it makes a run faster and changes no value."""

    def __post_init__(self) -> None:
        for ids, places in ((self.mentors, self.capacities), (self.mentees, self.demands)):
            if any(a >= b for a, b in pairwise(ids)):
                raise ProblemInvalid("ids-unsorted", "Ids must be sorted and must not repeat.")
            if len(places) != len(ids) or (len(ids) and int(places.min()) < 0):
                raise ProblemInvalid("capacity-invalid", "Every person has a capacity, 0 or more.")
        if self.scores.max_score > MAX_SCORE:
            raise ProblemInvalid("score-too-large", f"Scores end at {MAX_SCORE}.")
        if list(self.floors) != sorted(set(self.floors)) or any(f < 1 for f in self.floors):
            raise ProblemInvalid("floors-unordered", "Floors rise and start above 0.")
        for mentor, mentee in self.previous:
            if mentor not in self.mentor_at or mentee not in self.mentee_at:
                raise ProblemInvalid("previous-unknown", f"{mentor} with {mentee} is not enrolled.")
        self._check_pins()

    def _check_pins(self) -> None:
        used_mentor: dict[str, int] = {}
        used_mentee: dict[str, int] = {}
        seen: set[tuple[str, str]] = set()
        for pin in self.pins:
            name = f"The pin of {pin.mentor} with {pin.mentee}"
            if pin.mentor not in self.mentor_at or pin.mentee not in self.mentee_at:
                raise ProblemInvalid("pin-unknown", f"{name} names somebody who is not enrolled.")
            if (pin.mentor, pin.mentee) in seen:
                raise ProblemInvalid("pin-repeated", f"{name} is given twice.")
            seen.add((pin.mentor, pin.mentee))
            row, col = self.mentor_at[pin.mentor], self.mentee_at[pin.mentee]
            used_mentor[pin.mentor] = used_mentor.get(pin.mentor, 0) + 1
            used_mentee[pin.mentee] = used_mentee.get(pin.mentee, 0) + 1
            if (
                used_mentor[pin.mentor] > self.capacities[row]
                or used_mentee[pin.mentee] > self.demands[col]
            ):
                raise ProblemInvalid("pin-exceeds-capacity", f"{name} exceeds a capacity.")
            if not pin.override and self.score(row, col) == FORBIDDEN:
                raise ProblemInvalid("pin-forbidden", f"{name} breaks a hard rule; override it.")

    def positions(self, pairs: Sequence[tuple[str, str]]) -> tuple[Ints, Ints]:
        """Return rows and columns of pairs of ids; raises `ProblemInvalid` (`person-unknown`)."""
        for mentor, mentee in pairs:
            if mentor not in self.mentor_at or mentee not in self.mentee_at:
                raise ProblemInvalid("person-unknown", f"{mentor} with {mentee} is not enrolled.")
        rows = np.array([self.mentor_at[mentor] for mentor, _ in pairs], np.int64)
        return rows, np.array([self.mentee_at[mentee] for _, mentee in pairs], np.int64)

    @cached_property
    def mentor_at(self) -> dict[str, int]:
        """Row of every mentor."""
        return {name: row for row, name in enumerate(self.mentors)}

    @cached_property
    def mentee_at(self) -> dict[str, int]:
        """Column of every mentee."""
        return {name: col for col, name in enumerate(self.mentees)}

    def block(self, rows: Index, cols: Index) -> Ints:
        """Return points of mentors `rows` x mentees `cols`, `FORBIDDEN` (-1) where not allowed."""
        return self.scores.block(rows, cols)

    def allowed_block(self, rows: Index, cols: Index) -> NDArray[np.bool_]:
        """Return which of the pairs break no hard rule."""
        return self.block(rows, cols) >= 0

    def score_block(self, rows: Index, cols: Index) -> Ints:
        """Return the points of the pairs, 0 where not allowed."""
        return np.maximum(self.block(rows, cols), 0)

    def score(self, row: int, col: int) -> int:
        """Return the points of one pair, or `FORBIDDEN`."""
        return int(self.block(np.array([row]), np.array([col]))[0, 0])

    def pair_scores(self, rows: Ints, cols: Ints) -> NDArray[np.int64]:
        """Return the points of the pairs (rows[k], cols[k])."""
        return self.scores.pairs(rows, cols)


def at_pairs(block: Block, rows: Ints, cols: Ints) -> NDArray[np.int64]:
    """Return what a block function says about the pairs (rows[k], cols[k]), in small blocks."""
    result = np.empty(len(rows), np.int64)
    for start in range(0, len(rows), PAIR_CHUNK):
        part = slice(start, start + PAIR_CHUNK)
        own_rows, row_at = np.unique(rows[part], return_inverse=True)
        own_cols, col_at = np.unique(cols[part], return_inverse=True)
        result[part] = block(own_rows, own_cols)[row_at, col_at]
    return result


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a matcher is: shown to people while they wait."""

    phase: str
    round: int = 0
    done: float = 0.0
    """Share of the present pass, 0 to 1."""
    value: int | None = None
    bound: int | None = None


def _ignore(progress: Progress) -> None:
    del progress


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Control:
    """How the host hears from a matcher and stops it. A stopped matcher returns its best."""

    report: Callable[[Progress], None] = _ignore
    stopped: Callable[[], bool] = _never


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When to end early, with the best solution and its proved gap. None: no limit."""

    seconds: float | None = None
    rounds: int | None = None
    edges: int | None = None
    """How many candidate pairs may be held in memory at once (about 100 bytes each)."""


UNWATCHED = Control()
UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a matcher returns: pairs of ids, beyond the pins, and its certificate if it has one."""

    pairs: Iterable[tuple[str, str]]
    certificate: Any = None
    memory: Memory | None = None


class Matcher(Protocol):
    """A way to match. Found by its name among the entry points `rementor.matchers`."""

    @property
    def name(self) -> str:
        """The name people ask for."""
        ...

    @property
    def version(self) -> str:
        """Stored with every run."""
        ...

    def match(
        self, problem: MatchingProblem, control: Control, limits: Limits
    ) -> Proposal | Iterable[tuple[str, str]]:
        """Return pairs of (mentor id, mentee id); stop soon after `control.stopped()`."""
        ...
