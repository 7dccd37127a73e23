"""Accounts, the roles granted to them, and the tokens they show."""

import datetime as dt
import uuid

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.access.scopes import Role
from app.access.secrets import TokenKind
from app.kit.database import Base, Record


class Account(Record):
    """A login: one per person and organization; e-mail is compared in lower case."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("organization_id", "email"),)

    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    disabled_at: Mapped[dt.datetime | None]


class RoleGrant(Record):
    """A role of an account: for the whole organization, or for one program."""

    __tablename__ = "role_grants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        Index(
            "uq_role_grants_whole", "organization_id", "account_id", "role", unique=True,
            sqlite_where=text("program_id IS NULL"), postgresql_where=text("program_id IS NULL"),
        ),
        UniqueConstraint("organization_id", "account_id", "role", "program_id"),
    )  # fmt: skip

    account_id: Mapped[uuid.UUID]
    role: Mapped[Role]
    program_id: Mapped[uuid.UUID | None]
    """A key of the floor above; that it names a program is checked where programs live."""


class Token(Record):
    """A secret's shadow: digest, kind, life; rotated refresh tokens share a family."""

    __tablename__ = "tokens"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        UniqueConstraint("digest"),
        Index("ix_tokens_account_id", "organization_id", "account_id"),
        Index("ix_tokens_family_id", "organization_id", "family_id"),
    )

    account_id: Mapped[uuid.UUID]
    kind: Mapped[TokenKind]
    digest: Mapped[bytes]
    last_four: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[str] | None]
    """None: everything the account may."""
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    used_at: Mapped[dt.datetime | None]
    """When a one-time secret (refresh, invitation) was spent."""
    family_id: Mapped[uuid.UUID | None]
    oauth_client_id: Mapped[uuid.UUID | None]
    """Which client of the floor above fetched it."""


class SignInAttempt(Base):
    """A failed sign-in, kept a quarter of an hour to slow down guessing; no name, no address."""

    __tablename__ = "sign_in_attempts"

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[dt.datetime]
