"""Systems that fetch access tokens themselves, and the assertions they have spent."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base, Record


class ClientAuthentication(StrEnum):
    """How a client proves who it is (RFC 6749 §2.3.1; RFC 7523)."""

    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105  its name in the standard
    PRIVATE_KEY_JWT = "private_key_jwt"


class OAuthClient(Record):
    """A system with credentials of its own, which acts for one account within its scopes."""

    __tablename__ = "oauth_clients"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        Index("ix_oauth_clients_account_id", "organization_id", "account_id"),
    )

    account_id: Mapped[uuid.UUID]
    client_id: Mapped[str] = mapped_column(String(80))
    """As it travels: the organization and the id, so that it is found before anyone is let in."""
    name: Mapped[str] = mapped_column(String(200))
    authentication: Mapped[ClientAuthentication]
    scopes: Mapped[list[str]]
    public_keys: Mapped[list[dict[str, Any]]]
    secret_digest: Mapped[bytes | None]
    secret_last_four: Mapped[str | None] = mapped_column(String(4))
    secret_expires_at: Mapped[dt.datetime | None]
    previous_secret_digest: Mapped[bytes | None]
    """Two live secrets are the most: the new one, and the one it takes over from."""
    previous_secret_expires_at: Mapped[dt.datetime | None]
    disabled_at: Mapped[dt.datetime | None]


class SpentAssertion(Base):
    """The `jti` of a client's assertion, kept while it could be shown again."""

    __tablename__ = "spent_assertions"

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the client and its `jti`."""
    expires_at: Mapped[dt.datetime]
