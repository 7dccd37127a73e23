"""From a cohort to proposals: computed, stored as a run, published by one; or made by hand."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from app.access import service as access
from app.kit.problems import Conflict, Invalid
from app.kit.work import Thinking, UnitOfWork
from app.matching.people import Rules, Weights
from app.matching.problem import Objective, Pin
from app.matching.registry import matcher_names
from app.pairings.candidates import (
    Gathered,
    Wanted,
    gather,
    state_of,
)
from app.pairings.computing import Computed, compute, look_at_pair
from app.pairings.events import PairingProposed
from app.pairings.models import (
    MatchRun,
    Pairing,
    PairingAnswer,
    PairingStatus,
)
from app.pairings.program_rules import must_be_known, rules_of, weights_of
from app.pairings.queueing import is_for_later, must_fit_a_request, queue_run
from app.pairings.run_schemas import PairingsPropose
from app.pairings.schemas import PairingPropose
from app.pairings.service import NotTakingPart, Shown, show
from app.pairings.storing import keep_run, visible_runs
from app.programs import service as programs
from app.programs.models import EnrollmentRole, EnrollmentStatus


class CohortChanged(Conflict):
    slug, title = "cohort-changed", "People of the cohort changed while pairs were computed"


class AlreadyPaired(Conflict):
    slug, title = "already-paired", "The two have a live pairing already"
    constraints = ("uq_pairings_live_pair",)


def propose_pairings(uow: UnitOfWork, wanted: PairingsPropose) -> Thinking[Any]:
    """Read a cohort, compute without a transaction, and store the run if nobody moved meanwhile.

    A large one, and one that nobody wants to wait for, is queued as it was read.
    """
    must_fit_a_request(wanted)
    if wanted.matcher is not None and wanted.matcher not in matcher_names():
        raise Invalid.at("/matcher", f"One of {', '.join(matcher_names())}.", "unknown_matcher")
    gathered, state = _read(uow, wanted), state_of(uow, wanted.cohort_id)
    if is_for_later(uow, wanted, gathered):
        return queue_run(wanted, gathered)

    def conclude(uow: UnitOfWork, computed: Computed) -> Any:
        if not wanted.dry_run and state_of(uow, wanted.cohort_id) != state:  # anything at all?
            must_be_as_it_was(gathered, _read(uow, wanted))  # then: anything of ours?
        return keep_run(uow, wanted, gathered, computed)

    return Thinking(lambda: compute(gathered, wanted.matcher, wanted.time_limit_seconds), conclude)


def must_be_as_it_was(before: Gathered, now: Gathered) -> None:
    """Raises CohortChanged."""
    if before.input.digest() != now.input.digest():
        raise CohortChanged


def _read(uow: UnitOfWork, wanted: PairingsPropose) -> Gathered:
    """The cohort as it is now. Raises what a caller may not do, or has misspelt."""
    cohort = programs.open_cohort(uow, wanted.cohort_id, "/cohort_id")
    programs.must_run_program(uow, cohort.program_id)
    rules, weights = rules_and_weights(uow, cohort, wanted.rules, wanted.weights)
    close_to: tuple[tuple[str, str], ...] = ()
    if wanted.stay_close_to is not None:
        close_to = _pairs_of(uow, wanted.stay_close_to)
    must_pairs = tuple(
        Pin(str(each.mentor_enrollment_id), str(each.mentee_enrollment_id), each.override)
        for each in wanted.must_pairs
    )
    program = programs.get_program(uow, cohort.program_id)
    objective = wanted.objective or Objective(program.matching_objective)
    asked = Wanted(rules, weights, objective, wanted.seed, must_pairs, close_to)
    return gather(uow, cohort, asked)


def rules_and_weights(
    uow: UnitOfWork, cohort: Row[Any], rules: Mapping[str, Any], weights: Mapping[str, int]
) -> tuple[Rules, Weights]:
    """The program's own, with what the request names in their place."""
    must_be_known(uow, rules, weights, "/rules", "/weights")
    program = programs.get_program(uow, cohort.program_id)
    weights = {**program.matching_weights, **weights}
    if not access.generation_matters(uow):
        weights["generation"] = 0
    return (
        rules_of({**program.matching_rules, **rules}, training=cohort.training_required),
        weights_of(weights),
    )


def _pairs_of(uow: UnitOfWork, match_run_id: uuid.UUID) -> tuple[tuple[str, str], ...]:
    run = uow.rows.execute(
        visible_runs(uow).with_only_columns(MatchRun.result).where(MatchRun.id == match_run_id)
    ).one_or_none()
    if run is None:
        raise Invalid.at("/stay_close_to", "There is no run with this id.", "unknown_reference")
    if run.result is None:
        raise Invalid.at("/stay_close_to", "This run has no result.", "unknown_reference")
    return tuple(
        (pair["mentor_enrollment_id"], pair["mentee_enrollment_id"]) for pair in run.result["pairs"]
    )


def propose_pairing(uow: UnitOfWork, wanted: PairingPropose) -> Shown:
    """Propose two people to each other by hand; hard rules hold unless set aside by name."""
    mentor = _enrolled(uow, wanted.mentor_enrollment_id, EnrollmentRole.MENTOR)
    mentee = _enrolled(uow, wanted.mentee_enrollment_id, EnrollmentRole.MENTEE)
    if mentor.cohort_id != mentee.cohort_id:
        raise Invalid.at("/mentee_enrollment_id", "The two are in different cohorts.")
    cohort = programs.open_cohort(uow, mentor.cohort_id)
    programs.must_run_program(uow, cohort.program_id)
    for each in (mentor, mentee):
        if each.status is not EnrollmentStatus.ENROLLED:
            raise NotTakingPart(f"The {each.role} is {each.status}.")
    rules, weights = rules_and_weights(uow, cohort, {}, {})
    couple = frozenset({mentor.id, mentee.id})
    breakdown, overridden = look_at_pair(
        gather(uow, cohort, Wanted(rules, weights), couple), wanted.override_rules
    )
    expires_at = uow.now + dt.timedelta(days=cohort.proposals_expire_after_days)
    pairing = uow.add(
        Pairing(
            cohort_id=cohort.id,
            mentor_enrollment_id=mentor.id,
            mentee_enrollment_id=mentee.id,
            mentor_id=mentor.participant_id,
            mentee_id=mentee.participant_id,
            status=PairingStatus.PROPOSED,
            score=sum(breakdown.values()),
            breakdown=breakdown,
            overridden_rules=overridden,
            mentor_answer=PairingAnswer.PENDING,
            mentee_answer=PairingAnswer.PENDING,
            paused_minutes=0,
            expires_at=expires_at,
        )
    )
    uow.emit(
        PairingProposed(
            pairing_id=pairing.id,
            cohort_id=pairing.cohort_id,
            mentor_id=pairing.mentor_id,
            mentee_id=pairing.mentee_id,
            match_run_id=None,
            expires_at=expires_at,
        )
    )
    return show(uow, pairing)


def _enrolled(uow: UnitOfWork, enrollment_id: uuid.UUID, role: EnrollmentRole) -> Row[Any]:
    pointer = f"/{role}_enrollment_id"
    found = programs.get_enrollment(uow, enrollment_id, pointer)
    if found.role is not role:
        raise Invalid.at(pointer, f"This enrollment is not a {role}'s.")
    return found
