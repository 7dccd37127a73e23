"""Where transactions come from: reads and writes take different lanes; the only commit."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.clock import Clock, clock_of
from app.kit.database import Base, Organization, reading_engine, writing_engine
from app.kit.driver import as_sqlalchemy_says
from app.kit.problems import Problem
from app.kit.settings import Environment, Settings
from app.kit.threads import Threads
from app.kit.wire import Cursors
from app.kit.work import Principal, UnitOfWork, bind_organization


class Installation(Base):
    """The one row about this installation itself: the secret that signs cursors."""

    __tablename__ = "installations"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[bytes]


class Lanes:
    """Engines, threads and clock of one process; opens every unit of work."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Clock = clock_of(settings)
        self.on_postgresql = settings.on_postgresql
        full_sync = settings.environment is Environment.PRODUCTION
        self._writes = writing_engine(
            settings.database_url, settings.pool_size, full_sync=full_sync
        )
        self._reads = reading_engine(settings.database_url, settings.pool_size)
        threads = settings.pool_size if self.on_postgresql else 1  # SQLite has one writer
        self.writers = Threads(threads, "write")
        self.readers = self.writers if self.on_postgresql else Threads(4, "read")
        self.thinkers = Threads(4, "think")  # passwords must not wait for matching
        self.callers = Threads(32, "call")  # and nobody for another system
        self._glance: Connection | None = None
        self._cursors: Cursors | None = None

    def cursors(self, rows: Connection) -> Cursors:
        """Signs cursors with the installation's secret, read once, over the connection at hand.

        Over one of its own, the first units that hold the whole pool would wait for each other.
        """
        if self._cursors is None:
            self._cursors = Cursors(rows.execute(select(Installation.secret)).scalar_one())
        return self._cursors

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads; on PostgreSQL in a transaction, for row security."""
        with self._reads.connect() as rows:
            try:
                yield rows
            except Problem:  # an answer like any other: nothing is broken
                self._end(rows)
                raise
            self._end(rows)

    def _end(self, rows: Connection) -> None:
        """End what a read began, with COMMIT though nothing was written.

        After a ROLLBACK, which the pool would send, the driver forgets what it has prepared, and
        PostgreSQL would plan every statement of every request anew.
        """
        if self.on_postgresql:
            driver: Any = rows.connection.driver_connection
            try:
                driver.commit()
            except rows.dialect.loaded_dbapi.Error as broken:
                raise as_sqlalchemy_says(rows, "COMMIT", broken) from broken

    def glance(self) -> Connection:
        """SQLite, on the event loop's thread only: the standing connection for bounded reads."""
        if self._glance is None:
            self._glance = self._reads.connect()
        return self._glance

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that commits when the block ends well."""
        with self._writes.begin() as rows:
            yield rows

    @contextmanager
    def unit(
        self,
        principal: Principal,
        action: str,
        now: dt.datetime | None = None,
        request_id: str = "-",
    ) -> Iterator[UnitOfWork]:
        """A writing unit of work outside a request: worker, command line, tests."""
        with self.writing() as rows:
            bind_organization(rows, principal.organization_id)
            cursors = self.cursors(rows)
            moment = now or self.clock.now()
            uow = UnitOfWork(rows, principal, moment, cursors, self.settings, request_id, action)
            yield uow
            uow.finish()

    def tend(self) -> None:
        """Let SQLite look at its tables anew, as PostgreSQL does by itself; cheap when repeated."""
        if not self.on_postgresql:
            with self.writing() as rows:
                rows.exec_driver_sql("PRAGMA optimize = 0x10002")

    def close(self) -> None:
        for pool in (self.writers, self.readers, self.thinkers, self.callers):
            pool.close()
        if self._glance is not None:
            self._glance.close()
        self._reads.dispose()
        self._writes.dispose()


def system(organization_id: uuid.UUID | None, name: str = "worker") -> Principal:
    """The house itself: background work in one organization, with every right in it."""
    return Principal(
        actor=f"system:{name}",
        organization_id=organization_id,
        roles=frozenset({"administrator"}),
    )


def organizations(lanes: Lanes) -> list[uuid.UUID]:
    """Every organization of the installation; on PostgreSQL through a function of the owner's."""
    with lanes.reading() as rows:
        if lanes.on_postgresql:
            return list(rows.scalars(text("SELECT id FROM list_organizations() AS id")))
        return list(rows.scalars(select(Organization.id).order_by(Organization.id)))
