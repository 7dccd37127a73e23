"""Imports and saved mappings on the wire."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import MISSING, Field, StringConstraints, model_validator

from app.imports.models import ImportMode, ImportStatus
from app.kit.wire import ANYTHING, In, Line, Out, PageQuery
from app.participants.schemas import RowMistake, RowVerdict

LARGEST_FILE = 20_000_000
"""Characters of a file, or of its Base64; our bound: 100 000 people take about half of it."""


class ImportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "json_lines"


class Encoding(StrEnum):
    """What HR systems write; without a word from you it is found out, and the answer says it."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    WINDOWS_1252 = "windows-1252"
    LATIN_1 = "latin-1"


class Delimiter(StrEnum):
    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"
    BAR = "|"


class SameForAll(In):
    """One value for every row, where the file has no such column."""

    value: Line = Field(examples=["Europe/Rome"])


class FromColumn(In):
    """A column of the file."""

    column: Line = Field(examples=["Worker ID"])
    values: Annotated[dict[str, Line], Field(max_length=500)] = Field(
        default_factory=dict,
        description="Translates what stands in the column, such as `VP` to `9`.",
    )
    separator: Annotated[str, StringConstraints(pattern=r"^[;,|/]{1,3}$", max_length=3)] = Field(
        default=";", description="Between the items of a list, such as languages."
    )


ColumnRule = FromColumn | SameForAll


class ImportField(StrEnum):
    EXTERNAL_ID = "external_id"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    PREFERRED_NAME = "preferred_name"
    WORK_EMAIL = "work_email"
    JOB_TITLE = "job_title"
    JOB_LEVEL = "job_level"
    DEPARTMENT = "department"
    LOCATION = "location"
    TIME_ZONE = "time_zone"
    LANGUAGES = "languages"
    MANAGER_EXTERNAL_ID = "manager_external_id"
    MANAGER_SINCE = "manager_since"
    HIRED_ON = "hired_on"
    LEAVES_ON = "leaves_on"
    CAREER_STAGE = "career_stage"
    EMPLOYMENT_STATUS = "employment_status"


Mapping = Annotated[dict[ImportField, ColumnRule], Field(min_length=1, max_length=20)]
Content = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=LARGEST_FILE, pattern=ANYTHING, strip_whitespace=False
    ),
]

COLUMNS: dict[str, Any] = {
    "external_id": {"column": "ID"},
    "given_name": {"column": "First"},
    "family_name": {"column": "Last"},
    "job_level": {"column": "Grade", "values": {"VP": "9", "IC2": "2"}},
    "manager_external_id": {"column": "Boss"},
    "time_zone": {"value": "Europe/Berlin"},
}
ROSTER = "ID,First,Last,Grade,Boss\nW-1,Ada,Osei,VP,\nW-2,Jun,Park,IC2,W-1\n"


class RosterFile(In):
    """A file: text as `content`, anything else (XLSX, another encoding) as `content_base64`."""

    format: ImportFormat
    content: Content | None = None
    content_base64: (
        Annotated[
            str,
            StringConstraints(
                min_length=4, max_length=LARGEST_FILE, pattern=r"^[A-Za-z0-9+/]+={0,2}$"
            ),
        ]
        | None
    ) = Field(default=None, description="The bytes of the file, in Base64.")
    encoding: Encoding | None = Field(
        default=None, description="Of `content_base64`; None: found out, and told in the answer."
    )
    delimiter: Delimiter | None = Field(
        default=None, description="None: the one that the heading row shows."
    )
    sheet: Line | None = Field(default=None, description="Of a workbook; None: its first sheet.")

    @model_validator(mode="after")
    def _has_one_content(self) -> Self:
        if (self.content is None) == (self.content_base64 is None):
            raise ValueError("give either content or content_base64")
        if self.format is ImportFormat.XLSX and self.content is not None:
            raise ValueError("a workbook comes as content_base64")
        return self


class ParticipantImport(
    RosterFile,
    json_schema_extra={
        "examples": [
            {"format": "csv", "content": ROSTER, "mapping": COLUMNS, "dry_run": True},
        ]
    },
):
    """A roster, and which column is which field. Columns that no rule names are not read."""

    mapping: Mapping
    dry_run: bool = Field(default=False, description="Answer the same, store nothing.")


class ImportRowVerdict(Out):
    """What became of one row of the file."""

    line: int = Field(description="Of the file, the header being line 1.")
    external_id: str | None
    verdict: RowVerdict
    participant_id: UUID | None
    changed_fields: list[str] = Field(max_length=20)
    mistakes: list[RowMistake] = Field(max_length=20)


class ParticipantImportOut(Out):
    """What became of a roster, row by row."""

    dry_run: bool
    added_count: int
    changed_count: int
    unchanged_count: int
    refused_count: int
    encoding: str | None
    delimiter: str | None
    unread_columns: list[str] = Field(max_length=10_000)
    rows: list[ImportRowVerdict] = Field(max_length=1_000_000)


class ImportPlan(
    RosterFile,
    json_schema_extra={"examples": [{"format": "csv", "content": ROSTER, "mapping": COLUMNS}]},
):
    """A roster to be looked at: nothing changes until the import is applied."""

    mapping: Mapping | None = None
    mapping_name: Line | None = Field(default=None, description="Of a saved mapping.")
    mode: ImportMode = Field(
        default=ImportMode.PARTIAL,
        description="`full`: who has an external id and is not in the file, has left.",
    )

    @model_validator(mode="after")
    def _has_one_mapping(self) -> Self:
        if (self.mapping is None) == (self.mapping_name is None):
            raise ValueError("give either mapping or mapping_name")
        return self


class ImportApply(In, json_schema_extra={"examples": [{"allow_leavers_count": 12}]}):
    """Do what the plan says."""

    allow_leavers_count: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        description="How many people who are not in the file you know will leave. Needed where"
        " that is more than a tenth of those at work: half of a file looks like that, too.",
    )


class ImportCounts(Out):
    """How many rows there are of each kind, and pairings concerned."""

    rows: int
    added: int
    changed: int
    unchanged: int
    refused: int
    leaving: int = Field(description="Not in the full roster any more.")
    outdated: int = Field(description="Changed by others after the plan, and left alone.")
    at_work: int = Field(description="People at work before, who have an external id.")
    in_circles: int = Field(description="Rows refused: their reporting line runs in a circle.")
    orphans: int = Field(description="Rows refused: nobody has the external id of their manager.")
    pairings_ending: int
    pairings_pausing: int
    pairings_resumable: int = Field(description="Paused, and the person is back.")
    pairings_in_conflict: int = Field(description="Partners who would stand in one reporting line.")


class PairingEffect(StrEnum):
    ENDS = "ends"
    PAUSES = "pauses"
    MAY_RESUME = "may_resume"
    IN_CONFLICT = "in_conflict"


class PairingEffectOut(Out):
    """What would become of one pairing, and through whom."""

    pairing_id: UUID
    cohort_id: UUID
    effect: PairingEffect
    participant_id: UUID = Field(description="Who leaves, is away, is back, or stands above.")
    levels: int | None = Field(description="In conflict: how many levels apart.")


class ImportFailure(Out):
    """The problem that ended an import."""

    code: str
    detail: str


class ImportOut(Out):
    """A roster, what it would do or has done, and how it was read."""

    resource: ClassVar[str] = "/v1/imports"

    id: UUID
    status: ImportStatus
    mode: ImportMode
    format: ImportFormat
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    columns: list[str] = Field(max_length=1000)
    unread_columns: list[str] = Field(max_length=1000)
    counts: ImportCounts
    effects: list[PairingEffectOut] = Field(
        max_length=1000, description="The first thousand pairings concerned."
    )
    failure: ImportFailure | None
    job_id: UUID | None = Field(description="Of a large file: the job that reads or applies it.")
    digest: str = Field(description="SHA-256 of the file.")
    planned_at: dt.datetime | None
    applied_at: dt.datetime | None
    expires_at: dt.datetime = Field(description="When its rows are deleted, applied or not.")
    created_at: dt.datetime
    updated_at: dt.datetime


class ImportQuery(PageQuery):
    status: ImportStatus | None = None


class ImportRowsQuery(PageQuery):
    verdict: RowVerdict | None = None


class FieldChange(Out):
    """One field, as it was and as the file has it: text, or null."""

    field: str
    before: str | None
    after: str | None


class ImportRowOut(Out):
    """What one row would change, field by field."""

    id: UUID
    line: int | None = Field(description="Of the file; null: the person is not in it.")
    external_id: str | None
    verdict: RowVerdict
    participant_id: UUID | None = Field(description="Null: refused, and not known before.")
    changes: list[FieldChange] = Field(max_length=20)
    mistakes: list[RowMistake] = Field(max_length=20)


class ImportMappingCreate(
    In, json_schema_extra={"examples": [{"name": "Workday nightly", "mapping": COLUMNS}]}
):
    """Keep which column is which field, under a name."""

    name: Line
    mapping: Mapping


class ImportMappingChange(In, json_schema_extra={"examples": [{"name": "Workday weekly"}]}):
    """Send only what changes; a mapping is replaced as a whole."""

    name: Line | MISSING = MISSING
    mapping: Mapping | MISSING = MISSING


class ColumnRuleOut(Out):
    """Where a field comes from: a column, or one value for all."""

    column: str | None
    values: dict[str, str]
    separator: str | None
    value: str | None


class ImportMappingOut(Out):
    """Which column is which field, under a name."""

    resource: ClassVar[str] = "/v1/import-mappings"

    id: UUID
    name: str
    mapping: dict[str, ColumnRuleOut]
    created_at: dt.datetime
    updated_at: dt.datetime


class ImportMappingQuery(PageQuery):
    name: Line | None = None
