"""What happens in programs because of what happened to people."""

from app.kit.jobs import on
from app.kit.work import UnitOfWork
from app.participants.events import ParticipantErased, ParticipantLeft
from app.programs import taking_part


@on(ParticipantLeft)
def withdraw_the_leaver_from_cohorts(uow: UnitOfWork, event: ParticipantLeft) -> None:
    taking_part.withdraw_leaver(uow, event.participant_id)


@on(ParticipantErased)
def erase_what_the_person_brought_along(uow: UnitOfWork, event: ParticipantErased) -> None:
    taking_part.erase_words(uow, event.participant_id)
