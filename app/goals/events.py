"""What others may hear about goals: ids, never what a pair wrote or measured."""

from uuid import UUID

from app.goals.models import GoalCategory
from app.kit.events import Event
from app.pairings.models import PairingSide


class GoalSet(Event):
    """A goal was set, for exactly one of the four."""

    type = "goal.set"
    goal_id: UUID
    category: GoalCategory
    program_id: UUID | None
    cohort_id: UUID | None
    pairing_id: UUID | None
    participant_id: UUID | None


class GoalChanged(Event):
    """A goal was changed; a moved figure keeps its old value and a reason."""

    type = "goal.changed"
    goal_id: UUID
    fields: list[str]


class GoalCheckedIn(Event):
    """Somebody looked at the progress of a goal."""

    type = "goal.checked_in"
    goal_id: UUID
    check_in_id: UUID


class GoalReached(Event):
    """A goal was reached."""

    type = "goal.reached"
    goal_id: UUID


class GoalDropped(Event):
    """A goal is no longer pursued."""

    type = "goal.dropped"
    goal_id: UUID


class StatementPublished(Event):
    """The goals were put in new words: everybody who takes part is asked to acknowledge them."""

    type = "goal_statement.published"
    statement_id: UUID
    number: int
    program_id: UUID | None
    cohort_id: UUID | None


class StatementAcknowledged(Event):
    """Somebody has read and shares the goals."""

    type = "goal_statement.acknowledged"
    statement_id: UUID
    participant_id: UUID


class AgreementWritten(Event):
    """A pair's agreement has a new version: both are asked to sign."""

    type = "agreement.written"
    agreement_id: UUID
    pairing_id: UUID
    number: int
    side: PairingSide


class AgreementSigned(Event):
    """One side signed."""

    type = "agreement.signed"
    agreement_id: UUID
    pairing_id: UUID
    side: PairingSide


class AgreementConcluded(Event):
    """Both signed the same version."""

    type = "agreement.concluded"
    agreement_id: UUID
    pairing_id: UUID
