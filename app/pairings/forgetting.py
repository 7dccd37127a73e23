"""Takes an erased person out of the frozen inputs of match runs; what came of the runs stays."""

import uuid
from typing import Any

from sqlalchemy import Text, cast, select

from app.kit.jobs import cancel
from app.kit.work import UnitOfWork
from app.pairings.models import UNDER_WAY, MatchRun

STAYS = ("id", "role", "participant_id")
"""Of an erased person: ids that mean nobody, so that the shape of the run stays."""


def forget_features(uow: UnitOfWork, participant_id: uuid.UUID) -> None:
    """Blank what the runs were told of a person: skills, languages, place, hours, wishes.

    Such a run can be read, but not be worked out again. One that is being computed is cancelled: it
    would bring back what was to be forgotten.
    """
    told = f'"{participant_id}"'
    holding = uow.rows.scalars(
        select(MatchRun.id)
        .where(
            MatchRun.organization_id == uow.organization_id,
            cast(MatchRun.input, Text).contains(told, autoescape=True),
        )
        .order_by(MatchRun.id)
    ).all()
    for run_id in holding:  # one after the other: an input may be megabytes
        run = uow.to_change(
            select(MatchRun).where(
                MatchRun.organization_id == uow.organization_id, MatchRun.id == run_id
            )
        )
        blanked = {**run.input, **{
            side: [_blank(each, str(participant_id)) for each in run.input[side]]
            for side in ("mentors", "mentees")
        }}  # fmt: skip
        if blanked == run.input:  # somebody else's manager, once: an id that means nobody now
            continue
        if run.status in UNDER_WAY and run.job_id is not None:
            cancel(uow, run.job_id)
        run.input, run.people_erased_at = blanked, uow.now
        uow.touch(run)


def _blank(person: dict[str, Any], participant_id: str) -> dict[str, Any]:
    if person.get("participant_id") != participant_id:
        return person
    return {name: person[name] for name in STAYS}
