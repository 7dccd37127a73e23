"""What happens to imports by itself: old rows go, and those of people who are erased."""

from app.imports import service
from app.kit.jobs import every, on
from app.kit.work import UnitOfWork
from app.participants.events import ParticipantErased


@every(hours=1)
def forget_old_imports(uow: UnitOfWork) -> None:
    """A week later nobody needs to see what a file said of people."""
    service.forget_old_imports(uow)


@on(ParticipantErased)
def forget_rows_of_person(uow: UnitOfWork, event: ParticipantErased) -> None:
    service.forget_person(uow, event.participant_id)
