"""Training paths and message templates on the wire: what a program brings besides its plan."""

import datetime as dt
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from app.kit.wire import Out, PageQuery
from app.programs.models import ForWhom, MessageOccasion, TrainingTopic


class TrainingModuleOut(Out):
    """One step of a program's training path."""

    resource: ClassVar[str] = "/v1/training-modules"

    id: UUID
    program_id: UUID
    key: str = Field(description="Its stable name in the program's documents.")
    position: int = Field(description="The place in the path, from 1.")
    title: str
    audience: ForWhom
    topic: TrainingTopic
    minutes: int
    summary: str
    url: str | None
    required: bool
    created_at: dt.datetime
    updated_at: dt.datetime


class TrainingModuleQuery(PageQuery):
    program_id: UUID | None = None
    audience: ForWhom | None = Field(default=None, description="Exactly this one.")


class MessageTemplateOut(Out):
    """What a program writes to people on an occasion; `{{given_name}}` and the like are filled."""

    resource: ClassVar[str] = "/v1/message-templates"

    id: UUID
    program_id: UUID
    key: str = Field(description="Its stable name in the program's documents.")
    occasion: MessageOccasion
    audience: ForWhom
    language: str
    subject: str
    body: str
    created_at: dt.datetime
    updated_at: dt.datetime


class MessageTemplateQuery(PageQuery):
    program_id: UUID | None = None
    occasion: MessageOccasion | None = None
    language: str | None = Field(
        default=None, min_length=2, max_length=35, pattern=r"^[A-Za-z][A-Za-z0-9-]+$"
    )
