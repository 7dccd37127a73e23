"""What happens to a person's account when they leave, and when they come back."""

from app.access import service as access
from app.kit.jobs import on
from app.kit.work import UnitOfWork
from app.participants.events import ParticipantLeft, ParticipantReturned
from app.participants.models import EmploymentStatus, Participant


@on(ParticipantLeft)
def close_account_of_leaver(uow: UnitOfWork, event: ParticipantLeft) -> None:
    """Who has left the organization no longer comes in."""
    person = uow.db.get(Participant, (uow.organization_id, event.participant_id))
    if person is not None and person.account_id is not None and _has_left(person):
        access.suspend_account(uow, person.account_id)


@on(ParticipantReturned)
def open_account_of_returner(uow: UnitOfWork, event: ParticipantReturned) -> None:
    """Who is back may sign in again; their old tokens stay dead."""
    person = uow.db.get(Participant, (uow.organization_id, event.participant_id))
    if person is not None and person.account_id is not None and not _has_left(person):
        access.readmit_account(uow, person.account_id)


def _has_left(person: Participant) -> bool:
    return person.employment_status is EmploymentStatus.LEFT
