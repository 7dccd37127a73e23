"""Facts in the past tense, stored with the change, in commit order, for ever."""

import builtins
import datetime as dt
import uuid
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base


class Event(BaseModel):
    """A fact others may hear, as webhooks send it: ids and figures, no name, no free text."""

    model_config = ConfigDict(frozen=True)

    type: ClassVar[str]

    @classmethod
    def kinds(cls) -> "dict[str, builtins.type[Event]]":
        """Every event of the house by its type."""
        found = {kind.type: kind for kind in cls.__subclasses__()}
        return dict(sorted(found.items()))


class EventRow(Base):
    """The event log. `position` is gapless per organization and given in commit order."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_type", "organization_id", "type", "position"),)

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[uuid.UUID]
    type: Mapped[str] = mapped_column(String(80))
    at: Mapped[dt.datetime]
    data: Mapped[dict[str, Any]]
