"""What the OAuth clients leave behind: forgets what is over."""

import datetime as dt

from sqlalchemy import delete

from app.access.models import Token
from app.kit.jobs import every
from app.kit.work import UnitOfWork
from app.oauth.models import SpentAssertion

DEAD_TOKENS_KEPT = dt.timedelta(days=7)  # ours: there are six an hour for each client


@every(hours=1)
def forget_what_clients_spent(uow: UnitOfWork) -> None:
    """Assertions that could not be shown again anyway, and access tokens dead for a week."""
    for kind, over in (
        (SpentAssertion, SpentAssertion.expires_at <= uow.now),
        (
            Token,
            Token.oauth_client_id.is_not(None) & (Token.expires_at <= uow.now - DEAD_TOKENS_KEPT),
        ),
    ):
        uow.rows.execute(delete(kind).where(kind.organization_id == uow.organization_id, over))
