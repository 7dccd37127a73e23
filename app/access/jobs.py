"""What access does behind the requests: forgets what is over."""

import datetime as dt

from sqlalchemy import delete

from app.access.models import SignInAttempt, Token
from app.access.signing_in import WINDOW
from app.kit.idempotency import forget_old_answers
from app.kit.jobs import every
from app.kit.queue import Job, JobStatus
from app.kit.work import UnitOfWork

DEAD_TOKENS_KEPT = dt.timedelta(days=90)  # ours: for those who look into what a lost key has done
DONE_JOBS_KEPT = dt.timedelta(days=7)  # ours: long enough to look into what happened last week


@every(hours=1)
def forget_what_is_over(uow: UnitOfWork) -> None:
    """Kept answers after a day, failed sign-ins after their window, dead tokens, done jobs.

    Jobs that failed for good stay: somebody has to look at them.
    """
    forget_old_answers(uow.rows, uow.organization_id, uow.now)
    for kind, over in (
        (SignInAttempt, SignInAttempt.at <= uow.now - WINDOW),
        (Token, Token.expires_at <= uow.now - DEAD_TOKENS_KEPT),
        (
            Job,
            (Job.status != JobStatus.FAILED) & (Job.finished_at <= uow.now - DONE_JOBS_KEPT),
        ),
    ):
        uow.rows.execute(delete(kind).where(kind.organization_id == uow.organization_id, over))
