"""What the competences do because of something below: forget the skills of an erased person."""

from sqlalchemy import delete

from app.competences.models import Skill, SkillAssessment
from app.kit.jobs import on
from app.kit.work import UnitOfWork
from app.participants.events import ParticipantErased


@on(ParticipantErased)
def forget_skills(uow: UnitOfWork, event: ParticipantErased) -> None:
    """Remove what an erased person offered, wanted and judged."""
    for kind in (Skill, SkillAssessment):
        uow.rows.execute(
            delete(kind).where(
                kind.organization_id == uow.organization_id,
                kind.participant_id == event.participant_id,
            )
        )
