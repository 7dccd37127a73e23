"""What happens to jobs that no client can make happen: time in which a killed worker is silent."""

import datetime as dt
from uuid import UUID

import httpx
from sqlalchemy import update

from app.kit.lanes import system
from app.kit.queue import Job, JobStatus
from tests.house import House


class Killed(BaseException):
    """What SIGKILL looks like from inside: nobody catches it, nothing is written down."""


def leases_run_out(house: House, client: httpx.Client) -> None:
    """What half a minute of real time does, whatever the house's clock shows."""
    with house.lanes.unit(system(UUID(client.organization_id)), "wait") as uow:
        uow.rows.execute(
            update(Job)
            .where(Job.organization_id == uow.organization_id, Job.status == JobStatus.RUNNING)
            .values(lease_until=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        )
