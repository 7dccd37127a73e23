"""What others may hear about frameworks and skills."""

from uuid import UUID

from app.kit.events import Event


class FrameworkAdded(Event):
    """The organization has a competence framework of its own."""

    type = "framework.added"
    framework_id: UUID
    competences_count: int


class FrameworkRetired(Event):
    """A framework takes no new skills or assessments; what there is stays."""

    type = "framework.retired"
    framework_id: UUID


class SkillsSet(Event):
    """What a person offers and wants to learn is known anew."""

    type = "skills.set"
    participant_id: UUID
    offered_count: int
    wanted_count: int


class SkillsImported(Event):
    """What many people offer and want was read: how many changed, stayed, were refused."""

    type = "skills.imported"
    changed_count: int
    unchanged_count: int
    refused_count: int
    digest: str


class SkillAssessed(Event):
    """A level was judged."""

    type = "skill.assessed"
    assessment_id: UUID
    participant_id: UUID
    competence: str
    moment: str
    source: str


class AssessmentsImported(Event):
    """Many levels were read: how many were added, were there already, were refused."""

    type = "assessments.imported"
    added_count: int
    unchanged_count: int
    refused_count: int
    digest: str
