"""Notes and actions of mentoring sessions, on the wire."""

import datetime as dt
from typing import ClassVar
from uuid import UUID

from pydantic import MISSING, Field

from app.kit.wire import In, Line, Out, PageQuery, Prose
from app.pairings.models import PairingSide
from app.sessions.models import NoteVisibility
from app.sessions.schemas import Day


class NoteWrite(
    In,
    json_schema_extra={
        "examples": [
            {
                "session_id": "01a212f3-eb1a-7086-b66e-73bef69e6bfc",
                "visibility": "private",
                "text": "We tried the new tool.",
            }
        ]
    },
):
    """Write something down about a session."""

    session_id: UUID
    visibility: NoteVisibility = Field(
        examples=["private"],
        description="`private`: read by you and nobody else, ever. `shared`: by the two of you.",
    )
    text: Prose = Field(examples=["We tried the new chat tool together."])


class NoteChange(In, json_schema_extra={"examples": [{"text": "We tried two new tools."}]}):
    """Send only what changes. A private note never becomes shared by accident: write another."""

    text: Prose | MISSING = MISSING


class NoteOut(Out):
    """What one of the two wrote down."""

    resource: ClassVar[str] = "/v1/session-notes"

    id: UUID
    session_id: UUID
    author_id: UUID
    author_side: PairingSide
    visibility: NoteVisibility
    text: str
    created_at: dt.datetime
    updated_at: dt.datetime


class NoteQuery(PageQuery):
    session_id: UUID | None = None
    visibility: NoteVisibility | None = None


class ActionAdd(
    In,
    json_schema_extra={
        "examples": [
            {
                "session_id": "01a212f3-eb1a-7086-b66e-73bef69e6bfc",
                "owner": "mentee",
                "text": "Invite the mentor to the budget meeting",
                "due_on": "2026-04-30",
            }
        ]
    },
):
    """Note what one of the two will do."""

    session_id: UUID
    owner: PairingSide = Field(examples=["mentee"], description="Whose it is to do.")
    text: Line = Field(examples=["Invite the mentor to the budget meeting"])
    due_on: Day | None = None


class ActionChange(In, json_schema_extra={"examples": [{"due_on": "2026-05-15"}]}):
    """Send only what changes; `due_on: null` takes the date away."""

    owner: PairingSide | MISSING = MISSING
    text: Line | MISSING = MISSING
    due_on: Day | None | MISSING = MISSING


class ActionOut(Out):
    """What one of the two took upon themselves in a session."""

    resource: ClassVar[str] = "/v1/session-actions"

    id: UUID
    session_id: UUID
    pairing_id: UUID
    author_id: UUID
    owner: PairingSide
    text: str
    due_on: dt.date | None
    done_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class ActionQuery(PageQuery):
    session_id: UUID | None = None
    pairing_id: UUID | None = None
    owner: PairingSide | None = None
    done: bool | None = Field(default=None, description="False: those still to be done.")
