"""Everything an operator can set, read once from the environment and handed on."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, IPvAnyNetwork, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ClockKind(StrEnum):
    SYSTEM = "system"
    CONTROLLED = "controlled"


class Settings(BaseSettings):
    """Read from `REMENTOR_…` variables; frozen, and passed as a value, never imported as one."""

    model_config = SettingsConfigDict(env_prefix="REMENTOR_", frozen=True, extra="ignore")

    environment: Environment = Environment.DEVELOPMENT
    database_url: str = Field(
        default="sqlite:///rementor.sqlite3",
        description="SQLite file, or postgresql+psycopg://… as a role that owns nothing.",
    )
    migration_url: str | None = Field(
        default=None, description="The owner of the tables; the database URL where it is unset."
    )
    pool_size: int = Field(
        default=8, ge=1, le=200, description="PostgreSQL connections and threads of one process."
    )
    lasting_jobs_at_once: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Imports, match runs, reports… that one worker carries out at the same time.",
    )
    clock: ClockKind = ClockKind.SYSTEM
    clock_file: Path = Field(
        default=Path("rementor.clock"), description="Where the controlled clock keeps its moment."
    )
    requests_per_minute: int = Field(
        default=60_000, ge=1, description="Per token and process; more is answered with 429."
    )
    body_limit_bytes: int = Field(default=1024 * 1024, ge=1024)
    cors_origins: tuple[str, ...] = Field(
        default=(), description="Exact origins whose browsers may call the API, as a JSON list."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://[^/?#\s]+$",
        description="Where callers reach the API, without a path: the issuer of access tokens.",
    )
    provider_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description="Networks of your own where identity providers may be, as a JSON list.",
    )
    provider_ports: tuple[int, ...] = Field(
        default=(443,), description="Ports of identity providers, as a JSON list."
    )
    secret_keys: tuple[Annotated[str, Field(min_length=32)], ...] = Field(
        default=(),
        repr=False,
        description="Seal other systems' secrets; the first seals, all open. A JSON list.",
    )
    webhook_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="Networks of your own that webhooks may reach, as a JSON list."
    )
    webhook_ports: tuple[int, ...] = Field(
        default=(443,), description="Ports that webhooks may reach, as a JSON list."
    )
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _a_controlled_clock_never_runs_in_production(self) -> Self:
        if self.clock is ClockKind.CONTROLLED and self.environment is Environment.PRODUCTION:
            raise ValueError(
                "REMENTOR_CLOCK=controlled is refused in production: unset one of the two."
            )
        return self

    @property
    def on_postgresql(self) -> bool:
        return self.database_url.startswith("postgresql")

    @property
    def owner_url(self) -> str:
        return self.migration_url or self.database_url
