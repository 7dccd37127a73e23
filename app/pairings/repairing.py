"""Mends the open proposals of a cohort after a change, so that as few people as possible move."""

from dataclasses import replace
from typing import Any

from app.kit.work import Thinking, UnitOfWork
from app.matching.people import Person
from app.matching.problem import Limits
from app.matching.repair import Repair, repair
from app.pairings.candidates import Gathered, Wanted, gather, state_of
from app.pairings.computing import Computed, explained, told_as_problems
from app.pairings.proposing import keep_run, must_be_as_it_was, rules_and_weights
from app.pairings.run_schemas import PairingsRepair
from app.programs import service as programs


def repair_pairings(uow: UnitOfWork, wanted: PairingsRepair) -> Thinking[Computed]:
    """Find the least disturbing change: pairs that work are left alone, who lost one comes first.

    What both or one of the two have accepted stands. Other proposals may move, at a price.
    """
    gathered, state = _read(uow, wanted), state_of(uow, wanted.cohort_id)

    def conclude(uow: UnitOfWork, computed: Computed) -> Any:
        if not wanted.dry_run and state_of(uow, wanted.cohort_id) != state:
            must_be_as_it_was(gathered, _read(uow, wanted))
        return keep_run(uow, wanted, gathered, computed)

    return Thinking(lambda: mend(gathered, wanted.time_limit_seconds), conclude)


def _read(uow: UnitOfWork, wanted: PairingsRepair) -> Gathered:
    cohort = programs.open_cohort(uow, wanted.cohort_id, "/cohort_id")
    programs.must_run_program(uow, cohort.program_id)
    rules, weights = rules_and_weights(uow, cohort, {}, {})
    asked = Wanted(rules, weights, seed=wanted.seed, calm=wanted.calm, proposals_move=True)
    return gather(uow, cohort, asked)


def mend(gathered: Gathered, seconds: float) -> Computed:
    """Compute the repair of a cohort; needs no database. Raises Invalid and matchers' problems."""
    standing = [(each.mentor, each.mentee) for each in gathered.live if each.movable]
    with told_as_problems():
        found = repair(
            gathered.input.to_problem(),
            standing,
            with_price=True,
            limits=Limits(seconds=seconds),
        )
        asked = _as_asked(gathered, found)
        computed = explained(asked, asked.input.to_problem(), found.solution)
    named = {(each.mentor, each.mentee): str(each.id) for each in gathered.live}
    ended = [
        {"pairing_id": named[each.mentor, each.mentee], "reason": each.reason}
        for each in found.ended
    ]
    moved = [named[couple] for couple in found.moved]
    told = {
        "ended": ended,
        "moved_pairing_ids": moved,
        "kept_count": len(found.kept),
        "new_count": len(found.new),
        "price": found.price,
        "withdraws": [*(each["pairing_id"] for each in ended), *moved],
    }
    return replace(computed, result={**computed.result, "repair": told})


def _as_asked(gathered: Gathered, found: Repair) -> Gathered:
    """The input as the engine took it: who lost a pair waits, the other pairs are worth keeping."""
    lost = {person for each in found.ended for person in (each.mentor, each.mentee)}

    def waiting(people: tuple[Person, ...]) -> tuple[Person, ...]:
        return tuple(
            replace(each, waitlisted=each.waitlisted or each.id in lost) for each in people
        )

    asked = gathered.input
    return replace(
        gathered,
        input=replace(
            asked,
            mentors=waiting(asked.mentors),
            mentees=waiting(asked.mentees),
            previous=tuple(sorted({*found.kept, *found.moved})),
        ),
    )
