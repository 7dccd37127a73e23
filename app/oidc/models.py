"""Who an organization lets vouch for its people, whom it vouched for, and what was spent."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Base, Record


class IdentityProvider(Record):
    """An OpenID provider of one organization, and whom it may let in."""

    __tablename__ = "identity_providers"
    __table_args__ = (UniqueConstraint("organization_id", "issuer"),)

    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    client_secret: Mapped[bytes | None]
    """Sealed; none for a public client, which proves itself by PKCE alone."""
    allowed_domains: Mapped[list[str]]
    linkable_roles: Mapped[list[str]]
    redirect_uris: Mapped[list[str]]
    disabled_at: Mapped[dt.datetime | None]


class IdentityLink(Record):
    """Somebody at a provider, known by (issuer, subject) and by nothing else, and their account."""

    __tablename__ = "identity_links"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "identity_provider_id"],
            ["identity_providers.organization_id", "identity_providers.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        UniqueConstraint("organization_id", "identity_provider_id", "subject"),
        UniqueConstraint("organization_id", "account_id", "identity_provider_id"),
    )

    identity_provider_id: Mapped[uuid.UUID]
    account_id: Mapped[uuid.UUID]
    subject: Mapped[str] = mapped_column(String(255))


class SpentSignIn(Base):
    """A sign-in that came back once, kept while it could come back again."""

    __tablename__ = "spent_sign_ins"

    organization_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[dt.datetime]
