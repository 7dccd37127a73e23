"""What a day brings that was known beforehand: last days, and managers who begin."""

from app.kit.work import UnitOfWork
from app.participants.managing import due_plans, forget_plans
from app.participants.models import EmploymentStatus, Participant
from app.participants.service import apply_changes, lock_reporting_lines, stands_above, visible

AT_ONCE = 500
"""People that one round of a chore looks at; the next takes the next ones."""


def let_go_whose_last_day_is_over(uow: UnitOfWork) -> None:
    """Whoever had their last day yesterday has left."""
    people = uow.db.scalars(
        visible(uow)
        .where(
            Participant.leaves_on < uow.today,
            Participant.employment_status != EmploymentStatus.LEFT,
        )
        .order_by(Participant.leaves_on, Participant.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for person in people:
        apply_changes(uow, person, {"employment_status": EmploymentStatus.LEFT})


def begin_planned_managers(uow: UnitOfWork) -> None:
    """Where a manager was planned from today on, they manage now; a circle ends the plan."""
    plans = due_plans(uow, AT_ONCE)
    if not plans:
        return
    lock_reporting_lines(uow)
    people = uow.db.scalars(
        visible(uow).where(Participant.id.in_(plans)).order_by(Participant.id).with_for_update()
    ).all()
    forget_plans(uow, list(plans))
    for person in people:
        manager_id, _ = plans[person.id]
        if manager_id is None or not stands_above(uow, person.id, manager_id):
            apply_changes(uow, person, {"manager_id": manager_id})
