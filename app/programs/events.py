"""What others may hear about programs, cohorts and who takes part: ids and facts, no free text."""

from uuid import UUID

from app.kit.events import Event
from app.programs.models import EnrollmentRole


class ProgramSetUp(Event):
    """A program exists."""

    type = "program.set_up"
    program_id: UUID


class ProgramChanged(Event):
    """A program's name, purpose, rules or weights changed."""

    type = "program.changed"
    program_id: UUID
    fields: list[str]


class ProgramClosed(Event):
    """A program takes no more cohorts."""

    type = "program.closed"
    program_id: UUID


class TrainingPathSet(Event):
    """A program has another training path than before."""

    type = "program.training_path_set"
    program_id: UUID
    modules_count: int


class MessageTemplatesSet(Event):
    """A program writes to people in other words than before."""

    type = "program.message_templates_set"
    program_id: UUID
    templates_count: int


class CohortPlanned(Event):
    """A run of a program is planned."""

    type = "cohort.planned"
    cohort_id: UUID
    program_id: UUID


class CohortChanged(Event):
    """A cohort's name or plan changed."""

    type = "cohort.changed"
    cohort_id: UUID
    fields: list[str]


class EnrollmentOpened(Event):
    """A cohort takes people from now on."""

    type = "cohort.enrollment_opened"
    cohort_id: UUID


class CohortLaunched(Event):
    """A cohort runs; its plan is frozen."""

    type = "cohort.launched"
    cohort_id: UUID


class CohortCompleted(Event):
    """A cohort ran to its end: pairings complete."""

    type = "cohort.completed"
    cohort_id: UUID


class CohortCancelled(Event):
    """A cohort was called off: pairings end."""

    type = "cohort.cancelled"
    cohort_id: UUID


class ParticipantInvited(Event):
    """A person was invited to a cohort, and has not answered yet."""

    type = "enrollment.invited"
    enrollment_id: UUID
    cohort_id: UUID
    participant_id: UUID
    role: EnrollmentRole


class ParticipantApplied(Event):
    """A person wants to take part in an open cohort, and waits for approval."""

    type = "enrollment.applied"
    enrollment_id: UUID
    cohort_id: UUID
    participant_id: UUID
    role: EnrollmentRole


class ParticipantEnrolled(Event):
    """A person takes part: enrolled, approved, joined, or admitted from the waitlist."""

    type = "enrollment.enrolled"
    enrollment_id: UUID
    cohort_id: UUID
    participant_id: UUID
    role: EnrollmentRole


class ParticipantWaitlisted(Event):
    """A person waits for a place."""

    type = "enrollment.waitlisted"
    enrollment_id: UUID
    cohort_id: UUID
    participant_id: UUID
    role: EnrollmentRole


class EnrollmentDeclined(Event):
    """An invitation or an application was declined."""

    type = "enrollment.declined"
    enrollment_id: UUID
    cohort_id: UUID
    participant_id: UUID
    role: EnrollmentRole


class EnrollmentWithdrawn(Event):
    """A person takes part no longer: pairings end, the partner comes first in repair."""

    type = "enrollment.withdrawn"
    enrollment_id: UUID
    cohort_id: UUID
    participant_id: UUID
    role: EnrollmentRole


class EnrollmentsAdded(Event):
    """Many people were enrolled at once: how many were added, there already, refused."""

    type = "enrollments.added"
    cohort_id: UUID
    added_count: int
    unchanged_count: int
    refused_count: int
    digest: str


class EnrollmentChanged(Event):
    """Facts of an enrollment changed. Wishes, vetoes, generation are told as `preferences` only."""

    type = "enrollment.changed"
    enrollment_id: UUID
    cohort_id: UUID
    fields: list[str]


class ConsentGiven(Event):
    """A person consented to taking part."""

    type = "enrollment.consent_given"
    enrollment_id: UUID
    cohort_id: UUID


class ConsentWithdrawn(Event):
    """A person took the consent back."""

    type = "enrollment.consent_withdrawn"
    enrollment_id: UUID
    cohort_id: UUID


class TrainingRecorded(Event):
    """A person was trained for the role."""

    type = "enrollment.trained"
    enrollment_id: UUID
    cohort_id: UUID
