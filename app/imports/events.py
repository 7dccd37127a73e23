"""What others may hear about imports: ids and figures."""

from uuid import UUID

from app.kit.events import Event


class ImportPlanned(Event):
    """A roster was looked at: the import says what it would do."""

    type = "import.planned"
    import_id: UUID
    added_count: int
    changed_count: int
    refused_count: int
    leaving_count: int


class ImportApplied(Event):
    """Everything that an import said is done."""

    type = "import.applied"
    import_id: UUID
    written_count: int
    outdated_count: int


class ImportFailed(Event):
    """An import could not be read or applied to its end."""

    type = "import.failed"
    import_id: UUID
    code: str
