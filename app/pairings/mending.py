"""The least disturbing change to the open proposals of a cohort, computed without a database."""

from dataclasses import replace

from app.matching.people import Person
from app.matching.problem import UNWATCHED, Control, Limits
from app.matching.repair import Repair, repair
from app.pairings.candidates import Gathered
from app.pairings.computing import Computed, explained, told_as_problems


def mend(gathered: Gathered, seconds: float, control: Control = UNWATCHED) -> Computed:
    """Compute the repair of a cohort; needs no database. Raises Invalid and matchers' problems."""
    standing = [(each.mentor, each.mentee) for each in gathered.live if each.movable]
    with told_as_problems():
        found = repair(
            gathered.input.to_problem(),
            standing,
            with_price=True,
            control=control,
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
