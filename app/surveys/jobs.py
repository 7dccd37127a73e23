"""What the clock does for waves: opens, reminds of and closes them."""

from app.kit.jobs import every
from app.kit.work import UnitOfWork
from app.surveys import sending


@every(minutes=5)
def open_due_survey_waves(uow: UnitOfWork) -> None:
    """Open the planned waves whose moment has come."""
    sending.open_due_waves(uow)


@every(hours=1)
def remind_of_ending_survey_waves(uow: UnitOfWork) -> None:
    """Remind those who have not answered of waves about to close."""
    sending.remind_of_ending_waves(uow)


@every(minutes=5)
def close_due_survey_waves(uow: UnitOfWork) -> None:
    """Close the waves whose time is over."""
    sending.close_due_waves(uow)
