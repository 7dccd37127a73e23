"""The proof of a match run on the wire, and what checking it found."""

from uuid import UUID

from pydantic import Field

from app.kit.wire import Out
from app.pairings.run_schemas import MOST_PEOPLE, LevelOut


class ProofOut(Out):
    """Integer prices of every person: no allowed pair is worth more than its two prices."""

    name: str
    threshold: int
    floors: list[list[int]] = Field(max_length=20)
    counts_score: bool
    place: int
    bonus: bool
    mentor_prices: list[int] = Field(max_length=MOST_PEOPLE)
    mentee_prices: list[int] = Field(max_length=MOST_PEOPLE)
    pair_prices: list[list[int]] = Field(max_length=MOST_PEOPLE)


class CertificateOut(Out):
    """The proof of a run: whoever has the input can check it without any solver."""

    match_run_id: UUID
    objective: str
    seed: int
    rules_version: str
    problem_hash: str
    pairs_hash: str
    proofs: list[ProofOut] = Field(max_length=20)
    rounds: int
    engine_version: str
    digest: str
    mentors: list[UUID] = Field(max_length=MOST_PEOPLE, description="In the order of the prices.")
    mentees: list[UUID] = Field(max_length=MOST_PEOPLE, description="In the order of the prices.")


class VerificationOut(Out):
    """What the independent verifier found when it scored every pair again."""

    match_run_id: UUID
    accepted: bool
    proved: bool
    objections: list[str] = Field(max_length=20)
    levels: list[LevelOut] = Field(max_length=20)
