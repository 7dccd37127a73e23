"""What SCIM does when people change elsewhere: forgets the erased, links those who waited."""

import logging

from sqlalchemy import delete, select

from app.kit.jobs import on
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.participants.events import ParticipantAdded, ParticipantErased
from app.participants.models import Participant
from app.participants.schemas import ParticipantChange
from app.scim.models import ScimMember, ScimUser
from app.scim.users import visible

log = logging.getLogger("rementor.scim")


@on(ParticipantErased)
def forget_the_word_about_erased(uow: UnitOfWork, event: ParticipantErased) -> None:
    """Who is erased is in no group, and nothing the provider said about them stays."""
    for kind in (ScimMember, ScimUser):
        uow.rows.execute(
            delete(kind).where(
                kind.organization_id == uow.organization_id,
                kind.participant_id == event.participant_id,
            )
        )


@on(ParticipantAdded)
def link_those_who_waited(uow: UnitOfWork, event: ParticipantAdded) -> None:
    """A manager may come after their people: then the people get their manager."""
    person = uow.rows.execute(
        visible(uow)
        .with_only_columns(
            Participant.external_id,
            Participant.work_email,
            ScimUser.user_name,
            ScimUser.user_name_key,
            maintain_column_froms=True,
        )
        .where(Participant.id == event.participant_id)
    ).one_or_none()
    names = {name for name in person or () if name is not None}
    waiting = uow.db.scalars(
        select(ScimUser).where(
            ScimUser.organization_id == uow.organization_id, ScimUser.manager_said.in_(names)
        )
    ).all()
    for said in waiting:
        try:
            with uow.step():
                said.manager_said = None
                uow.touch(said)
                change = ParticipantChange(manager_id=event.participant_id)
                participants.change_participant(uow, said.participant_id, change)
        except participants.ReportingLineCircle:
            log.info("a manager who waited would close a circle")
