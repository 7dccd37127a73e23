"""What webhooks do behind the requests: forget deliveries that are long over."""

import datetime as dt

from sqlalchemy import delete

from app.kit.jobs import every
from app.kit.work import UnitOfWork
from app.webhooks.models import DeliveryStatus, WebhookDelivery

KEPT = {  # ours: long enough to look into what happened, and to send again what was given up
    DeliveryStatus.DELIVERED: dt.timedelta(days=30),
    DeliveryStatus.FAILED: dt.timedelta(days=90),
}


@every(hours=24)
def forget_old_deliveries(uow: UnitOfWork) -> None:
    """Events themselves stay in the log, so nothing that happened is lost."""
    for status, kept in KEPT.items():
        uow.rows.execute(
            delete(WebhookDelivery).where(
                WebhookDelivery.organization_id == uow.organization_id,
                WebhookDelivery.status == status,
                WebhookDelivery.finished_at <= uow.now - kept,
            )
        )
