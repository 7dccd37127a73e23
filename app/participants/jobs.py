"""What happens to people by itself: accounts of leavers, last days, managers on their day."""

from app.access import service as access
from app.kit.jobs import every, on
from app.kit.work import UnitOfWork
from app.participants import days
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


@every(hours=1)
def let_people_go(uow: UnitOfWork) -> None:
    """Whose last day is over has left, from midnight in UTC on."""
    days.let_go_whose_last_day_is_over(uow)


@every(hours=1)
def begin_new_managers(uow: UnitOfWork) -> None:
    """A manager who was planned for today manages from now on."""
    days.begin_planned_managers(uow)


def _has_left(person: Participant) -> bool:
    return person.employment_status is EmploymentStatus.LEFT
