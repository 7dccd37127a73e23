"""The keys by which documents name what rooms below keep by id."""

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record


class BlueprintPart(StrEnum):
    """What a document is made of, in the order in which it is applied."""

    FRAMEWORK = "framework"
    QUESTIONNAIRE = "questionnaire"
    PROGRAM = "program"
    GOAL = "goal"
    STATEMENT = "statement"
    TRAINING_MODULE = "training_module"
    MESSAGE_TEMPLATE = "message_template"
    COHORT = "cohort"
    SURVEY_WAVE = "survey_wave"


class BlueprintKey(Record):
    """What a program's documents call a thing: its name may change, its key does not."""

    __tablename__ = "blueprint_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "program_id"], ["programs.organization_id", "programs.id"]
        ),
        UniqueConstraint("organization_id", "within_id", "what", "key", name="uq_blueprint_keys"),
        Index("ix_blueprint_keys_program_id", "organization_id", "program_id", "id"),
    )

    program_id: Mapped[uuid.UUID]
    within_id: Mapped[uuid.UUID]
    """Where the key is unique: in the organization for a program, in the cohort for a survey wave,
    else in the program."""
    what: Mapped[BlueprintPart]
    key: Mapped[str] = mapped_column(String(64))
    thing_id: Mapped[uuid.UUID]
    facts: Mapped[dict[str, Any]]
    """What only documents know of the thing: a program's defaults for its cohorts."""
