"""What others may hear about people: ids and facts, no names."""

from uuid import UUID

from app.kit.events import Event


class ParticipantAdded(Event):
    """A person became known."""

    type = "participant.added"
    participant_id: UUID


class ParticipantChanged(Event):
    """Facts about a person changed."""

    type = "participant.changed"
    participant_id: UUID
    fields: list[str]


class ReportingLineChanged(Event):
    """A person has another manager: conflicts of interest are checked again."""

    type = "participant.reporting_line_changed"
    participant_id: UUID
    manager_id: UUID | None


class ParticipantWentOnLeave(Event):
    """A person is away for a while: pairings pause."""

    type = "participant.went_on_leave"
    participant_id: UUID


class ParticipantReturned(Event):
    """A person is back from leave, or works here again."""

    type = "participant.returned"
    participant_id: UUID


class ParticipantLeft(Event):
    """A person left the organization: pairings end, places open."""

    type = "participant.left"
    participant_id: UUID


class ParticipantErased(Event):
    """A person's data was erased; the id stays, and means nobody."""

    type = "participant.erased"
    participant_id: UUID


class ParticipantsImported(Event):
    """People came in together, or a part of them: how many were added, changed, refused."""

    type = "participants.imported"
    added_count: int
    changed_count: int
    unchanged_count: int
    refused_count: int
    leaving_count: int
    """In a full roster: who was not in it, and has left."""
    digest: str
