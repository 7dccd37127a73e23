"""Plans, what was applied, and templates, on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from app.blueprints.differing import BlueprintAction
from app.blueprints.models import BlueprintPart
from app.kit.wire import PLAIN, Out

MOST_CHANGES = 20_000

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1_000), PLAIN]


class Asking(BaseModel):
    """What a query of this room may hold; anything else is a 422."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class BlueprintPlanQuery(Asking):
    prune: bool = Field(
        default=False,
        description="Also remove what the program has and the document has not: goals are dropped,"
        " planned cohorts cancelled, planned surveys called off.",
    )
    reason: Reason | None = Field(
        default=None, description="Why figures of goals move that progress was measured against."
    )


class BlueprintApplyQuery(BlueprintPlanQuery):
    digest: str = Field(
        min_length=64,
        max_length=64,
        pattern=r"^[0-9a-f]{64}$",
        description="Of the plan that is to be made so, asked for with the same query.",
    )


class WrittenAs(Asking):
    format: Literal["json", "yaml"] | None = Field(
        default=None, description="How the document is written; else as `Accept` prefers."
    )


class BlueprintChangeOut(Out):
    """One change: of a field, or of a whole thing."""

    model_config = ConfigDict(serialize_by_alias=True)

    action: BlueprintAction
    what: BlueprintPart
    key: str
    within: str | None = Field(description="Key of the cohort it belongs to.")
    field: str | None = Field(description="Null: the whole thing.")
    before: JsonValue = Field(serialization_alias="from", description="What it is now.")
    after: JsonValue = Field(serialization_alias="to", description="What it becomes.")
    sentence: str = Field(description="The same in words.")


class BlueprintRefusalOut(Out):
    """Something that no document may do; with one of these nothing is applied."""

    code: str
    what: BlueprintPart
    key: str
    within: str | None
    reason: str
    line: int | None
    column: int | None


class BlueprintPlanOut(Out):
    """What applying a document would do. Nothing is stored."""

    digest: str = Field(description="Names exactly this plan: send it to apply.")
    program_id: UUID | None = Field(description="Null: the program is new.")
    summary: str
    has_changes: bool
    can_be_applied: bool
    added_count: int
    changed_count: int
    removed_count: int
    needed_scopes: list[str] = Field(max_length=10, description="What applying it takes.")
    changes: list[BlueprintChangeOut] = Field(max_length=MOST_CHANGES)
    refusals: list[BlueprintRefusalOut] = Field(max_length=1_000)


class BlueprintAppliedOut(Out):
    """What was done."""

    digest: str
    program_id: UUID
    summary: str
    added_count: int
    changed_count: int
    removed_count: int
    changes: list[BlueprintChangeOut] = Field(max_length=MOST_CHANGES)


class BlueprintTemplateOut(Out):
    """A program that comes with Rementor, to be changed and applied."""

    name: str
    title: str
    purpose: str
    goals_count: int
    training_modules_count: int
    messages_count: int
    surveys_count: int


class BlueprintTemplatesOut(Out):
    """The programs that come with Rementor."""

    templates: list[BlueprintTemplateOut] = Field(max_length=100)
