"""What others may hear about blueprints: that one was applied, and how much it moved."""

from uuid import UUID

from app.kit.events import Event


class BlueprintApplied(Event):
    """A program was made as a document says; what changed is told by events of its own."""

    type = "blueprint.applied"
    program_id: UUID
    added_count: int
    changed_count: int
    removed_count: int
    digest: str
