"""What signing in through providers leaves behind: forgets what is over, and who is erased."""

from sqlalchemy import delete, select

from app.access.events import AccountDisabled
from app.access.models import Account
from app.kit.jobs import every, on
from app.kit.work import UnitOfWork
from app.oidc.models import IdentityLink, SpentSignIn


@every(hours=1)
def forget_spent_sign_ins(uow: UnitOfWork) -> None:
    """Sign-ins that could not come back any more."""
    uow.rows.execute(
        delete(SpentSignIn).where(
            SpentSignIn.organization_id == uow.organization_id, SpentSignIn.expires_at <= uow.now
        )
    )


@on(AccountDisabled)
def forget_links_of_the_erased(uow: UnitOfWork, event: AccountDisabled) -> None:
    """Whom the provider knew goes with the person; a disabled account keeps its link."""
    email = uow.rows.scalar(
        select(Account.email).where(
            Account.organization_id == uow.organization_id, Account.id == event.account_id
        )
    )
    if email == f"{event.account_id}@erased.invalid":
        uow.rows.execute(
            delete(IdentityLink).where(
                IdentityLink.organization_id == uow.organization_id,
                IdentityLink.account_id == event.account_id,
            )
        )
