"""/v1/pairings, /v1/pairing-questions, /v1/match-runs: HTTP and nothing else."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.gate import work
from app.access.scopes import Scope
from app.kit.jobs import JobEnded
from app.kit.problems import NotFound, problems
from app.kit.routes import Operation, may_answer_later
from app.kit.watching import EventStream
from app.kit.wire import Page
from app.kit.work import UnitOfWork
from app.pairings import (
    answering,
    computing,
    lifecycle,
    proposing,
    publishing,
    queueing,
    repairing,
    runs,
    service,
)
from app.pairings.explanation_schemas import ExplanationsOut, WhyNotOut, WhyNotQuery
from app.pairings.proof_schemas import CertificateOut, VerificationOut
from app.pairings.run_schemas import (
    CompareQuery,
    ComparisonOut,
    MatchersOut,
    MatchRunBrief,
    MatchRunOut,
    MatchRunQuery,
    PairingsPropose,
    PairingsRepair,
)
from app.pairings.schemas import (
    PairingAccept,
    PairingAsk,
    PairingDecline,
    PairingEnd,
    PairingOut,
    PairingPropose,
    PairingQuery,
    PartnerOut,
    QuestionAnswer,
    QuestionOut,
    QuestionQuery,
)
from app.programs.service import CohortClosed, CohortNotEnrolling, NotYourProgram

router = APIRouter(prefix="/v1", tags=["pairings"], route_class=Operation)

Read = Annotated[UnitOfWork, work(Scope.PAIRINGS_READ)]
Write = Annotated[UnitOfWork, work(Scope.PAIRINGS_WRITE)]
Propose = Annotated[UnitOfWork, work(Scope.PAIRINGS_PROPOSE)]
LongPropose = Annotated[UnitOfWork, work(Scope.PAIRINGS_PROPOSE, long=True)]
LongRead = Annotated[UnitOfWork, work(Scope.PAIRINGS_READ, long=True)]


@router.post(
    "/pairings/propose", status_code=201, response_model=MatchRunOut,
    responses=problems(
        NotYourProgram, CohortNotEnrolling, CohortClosed, proposing.CohortChanged,
        computing.MatcherFailed, computing.MatcherUnavailable, queueing.MatchRunUnderWay,
    ),
)  # fmt: skip
@may_answer_later
def propose_pairings(uow: LongPropose, wanted: PairingsPropose) -> Any:
    """Compute the best pairs of a cohort, with reasons and proof; publish the run to propose them.

    With `dry_run` nothing is stored: `id` is null and there is no `Location`. A large cohort (more
    than 90 000 possible pairs), and one with `Prefer: respond-async`, is answered 202: the run is
    computed meanwhile from what the cohort is now, one run of a cohort at a time.
    """
    return proposing.propose_pairings(uow, wanted)


@router.post(
    "/pairings/repair", status_code=201, response_model=MatchRunOut,
    responses=problems(
        NotYourProgram, CohortNotEnrolling, CohortClosed, proposing.CohortChanged,
        computing.MatcherFailed, computing.MatcherUnavailable, queueing.MatchRunUnderWay,
    ),
)  # fmt: skip
@may_answer_later
def repair_pairings(uow: LongPropose, wanted: PairingsRepair) -> Any:
    """Compute the least disturbing change after somebody left or a pair failed, with its price.

    It is matched by the objective of the run that was published, else the program's; for `stable`
    by `participation`. Publish the run to carry it out: proposals that move are withdrawn, new ones
    are made. Like a proposal it is answered 202 where it is large, or with `Prefer: respond-async`.
    """
    return repairing.repair_pairings(uow, wanted)


@router.post(
    "/pairings", status_code=201, response_model=PairingOut,
    responses=problems(
        NotYourProgram, CohortNotEnrolling, CohortClosed, service.NotTakingPart,
        computing.PairForbidden, proposing.AlreadyPaired, computing.MatcherUnavailable,
    ),
)  # fmt: skip
def propose_pairing(uow: Propose, wanted: PairingPropose) -> Any:
    """Propose two people to each other by hand."""
    return proposing.propose_pairing(uow, wanted)


@router.get("/pairings", response_model=Page[PairingOut])
def list_pairings(uow: Read, query: Annotated[PairingQuery, Query()]) -> Any:
    """List pairings, newest first: of a cohort, of a person, of a match run, by status."""
    return service.list_pairings(uow, query)


@router.get("/pairings/{pairing_id}", response_model=PairingOut, responses=problems(NotFound))
def get_pairing(uow: Read, pairing_id: UUID) -> Any:
    """Show one pairing."""
    return service.get_pairing(uow, pairing_id)


@router.get(
    "/pairings/{pairing_id}/partner", response_model=PartnerOut, responses=problems(NotFound)
)
def show_partner(uow: Read, pairing_id: UUID) -> Any:
    """Show the card of one's partner; the e-mail address only while the pairing is active."""
    return service.show_partner(uow, pairing_id)


@router.post(
    "/pairings/{pairing_id}/accept", response_model=PairingOut,
    responses=problems(
        NotFound, lifecycle.PairingNotProposed, answering.AnsweredAlready,
        answering.CapacityReached, service.NotTakingPart, CohortClosed,
    ),
)  # fmt: skip
def accept_pairing(uow: Write, pairing_id: UUID, wanted: PairingAccept) -> Any:
    """Say yes to a proposal; the second yes takes a place on both sides."""
    return answering.accept_pairing(uow, pairing_id, wanted)


@router.post(
    "/pairings/{pairing_id}/decline", response_model=PairingOut,
    responses=problems(NotFound, lifecycle.PairingNotProposed),
)  # fmt: skip
def decline_pairing(uow: Write, pairing_id: UUID, wanted: PairingDecline) -> Any:
    """Say no to a proposal, with or without a reason."""
    return answering.decline_pairing(uow, pairing_id, wanted)


@router.post(
    "/pairings/{pairing_id}/ask-for-information", status_code=201, response_model=QuestionOut,
    responses=problems(
        NotFound, lifecycle.PairingNotProposed, answering.AnsweredAlready, answering.QuestionOpen
    ),
)  # fmt: skip
def ask_for_information(uow: Write, pairing_id: UUID, wanted: PairingAsk) -> Any:
    """Ask those who run the program before answering; the time to decide stands still."""
    return answering.ask_for_information(uow, pairing_id, wanted)


@router.post(
    "/pairings/{pairing_id}/withdraw", response_model=PairingOut,
    responses=problems(NotFound, NotYourProgram, lifecycle.PairingNotProposed),
)  # fmt: skip
def withdraw_proposal(uow: Write, pairing_id: UUID) -> Any:
    """Take a proposal back before both have said yes."""
    return lifecycle.withdraw_proposal(uow, pairing_id)


@router.post(
    "/pairings/{pairing_id}/activate", response_model=PairingOut,
    responses=problems(
        NotFound, NotYourProgram, lifecycle.PairingNotAccepted, CohortClosed
    ),
)  # fmt: skip
def activate_pairing(uow: Write, pairing_id: UUID) -> Any:
    """Let a pair begin before its cohort does."""
    return lifecycle.activate_pairing(uow, pairing_id)


@router.post(
    "/pairings/{pairing_id}/pause", response_model=PairingOut,
    responses=problems(NotFound, service.PairingNotActive),
)  # fmt: skip
def pause_pairing(uow: Write, pairing_id: UUID) -> Any:
    """Let a pair rest; it leaves every measure until it resumes."""
    return lifecycle.pause_pairing(uow, pairing_id)


@router.post(
    "/pairings/{pairing_id}/resume", response_model=PairingOut,
    responses=problems(NotFound, lifecycle.PairingNotPaused),
)  # fmt: skip
def resume_pairing(uow: Write, pairing_id: UUID) -> Any:
    """Go on after a pause."""
    return lifecycle.resume_pairing(uow, pairing_id)


@router.post(
    "/pairings/{pairing_id}/end", response_model=PairingOut,
    responses=problems(NotFound, lifecycle.PairingNotUnderWay),
)  # fmt: skip
def end_pairing(uow: Write, pairing_id: UUID, wanted: PairingEnd) -> Any:
    """End a pairing: either side may, at any time, without saying why."""
    return lifecycle.end_pairing(uow, pairing_id, wanted)


@router.get("/pairing-questions", response_model=Page[QuestionOut])
def list_pairing_questions(uow: Read, query: Annotated[QuestionQuery, Query()]) -> Any:
    """List questions about proposals, newest first; `answered=false` shows what waits."""
    return answering.list_questions(uow, query)


@router.get(
    "/pairing-questions/{question_id}", response_model=QuestionOut, responses=problems(NotFound)
)
def get_pairing_question(uow: Read, question_id: UUID) -> Any:
    """Show one question about a proposal."""
    return answering.get_question(uow, question_id)


@router.post(
    "/pairing-questions/{question_id}/answer", response_model=QuestionOut,
    responses=problems(NotFound, NotYourProgram, answering.QuestionAnswered),
)  # fmt: skip
def answer_information(uow: Write, question_id: UUID, wanted: QuestionAnswer) -> Any:
    """Answer a question about a proposal; the one who asked decides now."""
    return answering.answer_information(uow, question_id, wanted)


@router.get("/match-runs", response_model=Page[MatchRunBrief])
def list_match_runs(uow: Read, query: Annotated[MatchRunQuery, Query()]) -> Any:
    """List match runs in figures, newest first."""
    return runs.list_match_runs(uow, query)


@router.get(
    "/match-runs/compare", response_model=ComparisonOut,
    responses=problems(runs.MatchRunNotComputed),
)  # fmt: skip
def compare_match_runs(uow: LongRead, query: Annotated[CompareQuery, Query()]) -> Any:
    """Compare match runs of one cohort side by side."""
    return runs.compare_match_runs(uow, query)


@router.get("/match-runs/{match_run_id}", response_model=MatchRunOut, responses=problems(NotFound))
def get_match_run(uow: LongRead, match_run_id: UUID) -> Any:
    """Show one match run: pairs, who stays alone and why, and what is proved."""
    return runs.get_match_run(uow, match_run_id)


@router.get(
    "/match-runs/{match_run_id}/progress", response_class=EventStream, response_model=None,
    responses=problems(NotFound),
)  # fmt: skip
def watch_match_run(uow: Read, match_run_id: UUID) -> Any:
    """Watch a run as server-sent events: `progress` at each change, `ended` at the end.

    The data of each event has the run's `status`, its `progress` and, if it failed, its `problem`.
    """
    return queueing.watch_match_run(uow, match_run_id)


@router.post(
    "/match-runs/{match_run_id}/cancel", response_model=MatchRunOut,
    responses=problems(NotFound, queueing.MatchRunNotUnderWay, JobEnded),
)  # fmt: skip
def cancel_match_run(uow: Propose, match_run_id: UUID) -> Any:
    """Stop computing a run: from now on nothing of it is stored."""
    return queueing.cancel_match_run(uow, match_run_id)


@router.post(
    "/match-runs/{match_run_id}/publish", response_model=MatchRunOut,
    responses=problems(
        NotFound, publishing.MatchRunNotOpen, publishing.MatchRunOutdated,
        proposing.AlreadyPaired, CohortNotEnrolling, CohortClosed,
    ),
)  # fmt: skip
def publish_match_run(uow: Propose, match_run_id: UUID) -> Any:
    """Turn the pairs of a run into proposals, all or none; one publisher wins."""
    return publishing.publish_match_run(uow, match_run_id)


@router.get(
    "/match-runs/{match_run_id}/explanations",
    response_model=ExplanationsOut,
    responses=problems(NotFound, runs.MatchRunNotComputed),
)
def explain_match_run(uow: LongRead, match_run_id: UUID) -> Any:
    """Explain a run: each pair, each person alone, scarce places, prices of pins, fairness."""
    return runs.explain_match_run(uow, match_run_id)


@router.get(
    "/match-runs/{match_run_id}/why-not", response_model=WhyNotOut,
    responses=problems(NotFound, runs.MatchRunNotComputed, runs.MatchRunPeopleErased),
)  # fmt: skip
def say_why_not(uow: LongRead, match_run_id: UUID, query: Annotated[WhyNotQuery, Query()]) -> Any:
    """Say why two people are not a pair, and what the program would lose by making them one."""
    return runs.say_why_not(uow, match_run_id, query)


@router.get(
    "/match-runs/{match_run_id}/certificate", response_model=CertificateOut,
    responses=problems(NotFound, runs.NoCertificate, runs.MatchRunNotComputed),
)  # fmt: skip
def show_certificate(uow: LongRead, match_run_id: UUID) -> Any:
    """Show the proof of a run: prices that no allowed pair exceeds."""
    return runs.show_certificate(uow, match_run_id)


@router.post(
    "/match-runs/{match_run_id}/verify", response_model=VerificationOut,
    responses=problems(
        NotFound, runs.NoCertificate, runs.MatchRunNotComputed, runs.MatchRunPeopleErased
    ),
)  # fmt: skip
def verify_match_run(uow: LongRead, match_run_id: UUID) -> Any:
    """Check the proof of a run again, without any solver."""
    return runs.verify_match_run(uow, match_run_id)


@router.get("/matchers", response_model=MatchersOut)
def list_matchers(uow: LongRead) -> Any:
    """List matchers, objectives, hard rules and criteria that can be asked for here."""
    return runs.list_matchers(uow)
