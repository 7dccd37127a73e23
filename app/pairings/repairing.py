"""Mends the open proposals of a cohort after a change, so that as few people as possible move."""

from typing import Any

from sqlalchemy import Row

from app.kit.work import Thinking, UnitOfWork
from app.matching.problem import Objective
from app.pairings.candidates import Gathered, Wanted, gather, state_of
from app.pairings.computing import Computed
from app.pairings.mending import mend
from app.pairings.models import MatchRun, MatchRunStatus
from app.pairings.proposing import must_be_as_it_was, rules_and_weights
from app.pairings.queueing import is_for_later, must_fit_a_request, queue_run
from app.pairings.run_schemas import PairingsRepair
from app.pairings.storing import keep_run, visible_runs
from app.programs import service as programs


def repair_pairings(uow: UnitOfWork, wanted: PairingsRepair) -> Thinking[Any]:
    """Find the least disturbing change: pairs that work are left alone, who lost one comes first.

    What both or one of the two have accepted stands. Other proposals may move, at a price.
    """
    must_fit_a_request(wanted)
    gathered, state = read_cohort(uow, wanted), state_of(uow, wanted.cohort_id)
    if is_for_later(uow, wanted, gathered):
        return queue_run(wanted, gathered)

    def conclude(uow: UnitOfWork, computed: Computed) -> Any:
        if not wanted.dry_run and state_of(uow, wanted.cohort_id) != state:
            must_be_as_it_was(gathered, read_cohort(uow, wanted))
        return keep_run(uow, wanted, gathered, computed)

    return Thinking(lambda: mend(gathered, wanted.time_limit_seconds), conclude)


def read_cohort(uow: UnitOfWork, wanted: PairingsRepair) -> Gathered:
    """What a repair takes from the cohort as it is now. Raises what a caller may not do."""
    cohort = programs.open_cohort(uow, wanted.cohort_id, "/cohort_id")
    programs.must_run_program(uow, cohort.program_id)
    rules, weights = rules_and_weights(uow, cohort, {}, {})
    asked = Wanted(
        rules, weights, _objective(uow, cohort), wanted.seed, calm=wanted.calm, proposals_move=True
    )
    return gather(uow, cohort, asked)


def _objective(uow: UnitOfWork, cohort: Row[Any]) -> Objective:
    """What the cohort was matched by: the run that was published, or else the program.

    Another objective would move pairs that nothing happened to. Only a stable matching cannot be
    mended by its own: it knows neither who lost a partner nor what calm is worth.
    """
    published = uow.rows.execute(
        visible_runs(uow)
        .with_only_columns(MatchRun.objective)
        .where(MatchRun.cohort_id == cohort.id, MatchRun.status == MatchRunStatus.PUBLISHED)
    ).scalar()
    program = programs.get_program(uow, cohort.program_id)
    objective = Objective(published or program.matching_objective)
    return Objective.PARTICIPATION if objective is Objective.STABLE else objective
