"""What goals do because of something below: a pair ends, a person's data is erased."""

from sqlalchemy import delete, select, update

from app.goals.models import Acknowledgement, CheckIn, Goal, GoalStatus, TargetChange
from app.goals.service import give_up
from app.kit.jobs import on
from app.kit.work import UnitOfWork
from app.pairings.events import PairingEnded
from app.participants.events import ParticipantErased


@on(PairingEnded)
def drop_open_goals(uow: UnitOfWork, event: PairingEnded) -> None:
    """Drop what the two had not reached when their pairing ended."""
    left = uow.db.scalars(
        select(Goal)
        .where(
            Goal.organization_id == uow.organization_id,
            Goal.pairing_id == event.pairing_id,
            Goal.status == GoalStatus.OPEN,
        )
        .order_by(Goal.id)
        .with_for_update()
    )
    for goal in left:
        give_up(uow, goal)


@on(ParticipantErased)
def forget_own_words(uow: UnitOfWork, event: ParticipantErased) -> None:
    """Remove an erased person's own goals, and their words elsewhere; figures of pairs stay."""
    own = select(Goal.id).where(
        Goal.organization_id == uow.organization_id, Goal.participant_id == event.participant_id
    )
    for kind in (CheckIn, TargetChange):
        uow.rows.execute(
            delete(kind).where(kind.organization_id == uow.organization_id, kind.goal_id.in_(own))
        )
    uow.rows.execute(
        delete(Goal).where(
            Goal.organization_id == uow.organization_id,
            Goal.participant_id == event.participant_id,
        )
    )
    uow.rows.execute(
        update(CheckIn)
        .where(
            CheckIn.organization_id == uow.organization_id,
            CheckIn.author_id == event.participant_id,
        )
        .values(note=None, evidence=None)
    )
    uow.rows.execute(
        update(Acknowledgement)
        .where(
            Acknowledgement.organization_id == uow.organization_id,
            Acknowledgement.participant_id == event.participant_id,
        )
        .values(restatement=None)
    )
