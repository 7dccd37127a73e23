"""One person on their way in: what a row tells, checked, and what becomes of it."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from app.kit.problems import said
from app.participants.models import EmploymentStatus
from app.participants.schemas import RosterFacts, RowVerdict

FACTS = (
    "given_name", "family_name", "preferred_name", "work_email", "job_title", "job_level",
    "department", "location", "time_zone", "languages", "hired_on", "leaves_on", "career_stage",
    "employment_status",
)  # fmt: skip
"""What a roster says about a person, besides the keys."""
NEEDED = ("given_name", "family_name", "time_zone")
UNTOLD: dict[str, Any] = {
    **dict.fromkeys(FACTS), "languages": [], "employment_status": EmploymentStatus.ACTIVE,
}  # fmt: skip
"""What is stored of who is new where the row tells nothing."""


@dataclass(slots=True)
class Row:
    """One person on their way in."""

    line: int | None = None
    external_id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    """What the row tells, checked."""
    tells_manager: bool = False
    boss: str | None = None
    """The external id of the manager."""
    since: dt.date | None = None
    """From when on the manager is the manager."""
    verdict: RowVerdict = RowVerdict.ADDED
    participant_id: uuid.UUID | None = None
    manager_id: uuid.UUID | None = None
    is_new: bool = False
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """Field → before and after."""
    mistakes: list[dict[str, str]] = field(default_factory=list)

    @property
    def changed_fields(self) -> list[str]:
        return list(self.changes)

    @property
    def writes(self) -> bool:
        return self.verdict in (RowVerdict.ADDED, RowVerdict.CHANGED, RowVerdict.LEAVING)

    def let_go(self) -> None:
        """Forget what the row tells and changes, once it is written down: most of its memory."""
        self.facts, self.changes, self.mistakes = {}, {}, []

    def refuse(self, name: str, detail: str, code: str) -> None:
        self.verdict = RowVerdict.REFUSED
        if len(self.mistakes) < 20:
            self.mistakes.append({"field": name, "detail": detail, "code": code})

    def tell(self, facts: dict[str, Any]) -> None:
        """Take what the row says, by the names of `RosterFacts`; refuse what does not fit."""
        try:
            checked = RosterFacts.model_validate_json(json.dumps(facts))
        except ValidationError as wrong:
            for each in wrong.errors(include_url=False, include_context=False, include_input=False):
                where = str(each["loc"][0]) if each["loc"] else "row"
                self.refuse(where, said(each["msg"]), each["type"])
        except ValueError:
            self.refuse("row", "The row holds text that is not Unicode.", "value_error")
        else:
            self.keep(checked)

    def keep(self, checked: RosterFacts) -> None:
        found = checked.__dict__
        self.facts = {name: found[name] for name in checked.model_fields_set if name in UNTOLD}
        self.tells_manager = "manager_external_id" in checked.model_fields_set
        if self.tells_manager:
            self.boss = found["manager_external_id"]
            if "manager_since" in checked.model_fields_set:
                self.since = found["manager_since"]
