"""The unit of work: caller, moment, transaction and events, carried through every call."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Connection,
    FromClause,
    Insert,
    Row,
    Select,
    bindparam,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from app.kit.audit import AuditEntry, chained
from app.kit.database import Base, Organization, OrganizationHead, Record, uuid7
from app.kit.driver import Fixed, begin_unless_begun, through_driver
from app.kit.events import Event, EventRow
from app.kit.problems import Forbidden, NotFound, Stale
from app.kit.sealing import Sealing
from app.kit.settings import Environment, Settings
from app.kit.wire import Cursors, Out, PageQuery, Place, Sorts
from app.kit.writing import Written, writer_of

R = TypeVar("R", bound=Base)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Principal:
    """Who is calling: an account's token, the worker, or an operator at the machine."""

    actor: str
    """`account:<id>`, `system:worker`, `operator`: what the audit trail shows."""
    organization_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None
    token_id: uuid.UUID | None = None
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    """Roles held for the whole organization."""
    grants: frozenset[tuple[str, uuid.UUID]] = frozenset()
    """Roles held for one thing only: (role, id of the thing)."""

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def has(self, *roles: str) -> bool:
        """Whether one of these roles is held for the whole organization."""
        return any(role in self.roles for role in roles)

    def granted(self, *roles: str) -> list[uuid.UUID]:
        """The things for which one of these roles is held."""
        return sorted(thing for role, thing in self.grants if role in roles)


NOBODY = Principal(actor="anyone")


@dataclass(frozen=True)
class Thinking(Generic[Found]):
    """Heavy work that must not hold a transaction: read first, think outside, then conclude.

    An operation that returns one gets its first unit for reading only; `think` runs without any
    transaction, and `conclude` in a writing unit of its own, where it checks that what was read
    still holds.
    """

    think: Callable[[], Found]
    conclude: Callable[["UnitOfWork", Found], Any]
    calls_out: bool = False
    """Waits for another system instead of computing: in threads of its own."""


@dataclass
class UnitOfWork:
    """One request, job or command: everything it does commits together, or not at all."""

    rows: Connection
    principal: Principal
    now: dt.datetime
    cursors: Cursors
    settings: Settings
    request_id: str = "-"
    action: str = "-"
    expected_version: int | None = None
    """From `If-Match`: the version the caller has read."""
    accept: str = ""
    """From `Accept`: the media types the caller would like to read."""
    respond_async: bool = False
    """From `Prefer: respond-async`: the caller would rather ask again than wait."""
    _events: list[Event] = field(default_factory=list)
    _changes: list[dict[str, Any]] = field(default_factory=list)
    _unnamed: bool = False
    _stored: list[Base] = field(default_factory=list)
    """Records added before the ORM was needed."""

    @cached_property
    def db(self) -> Session:
        """The ORM on the same connection, for records that change."""
        session = Session(
            self.rows,
            expire_on_commit=False,
            autoflush=False,
            join_transaction_mode="rollback_only",  # the lane commits, never the session
        )
        session.add_all(self._stored)
        return session

    @property
    def organization_id(self) -> uuid.UUID:
        if self.principal.organization_id is None:
            raise Forbidden("This operation belongs to an organization.")
        return self.principal.organization_id

    @property
    def today(self) -> dt.date:
        """The date in UTC; a person's own date needs the person's time zone."""
        return self.now.date()

    @property
    def sealing(self) -> Sealing:
        """Seals what must be read again. Raises SealMissing where production has no key.

        Elsewhere a key is made from the installation's own secret: it keeps secrets out of logs
        and answers, not out of the hands of who holds the whole database.
        """
        if self.settings.secret_keys or self.settings.environment is Environment.PRODUCTION:
            return Sealing.of(self.settings.secret_keys)
        return Sealing.of([self.cursors.secret.hex()])

    def enter(self, principal: Principal) -> None:
        """Become a principal whose credentials this unit has checked (sign-in, invitation)."""
        self.principal = principal
        bind_organization(self.rows, principal.organization_id)

    def page(
        self,
        stmt: Select[Any],
        key: InstrumentedAttribute[uuid.UUID],
        query: PageQuery,
        sorts: Sorts,
    ) -> dict[str, Any]:
        """One page of a list: `{items, next_cursor}`."""
        place = Place.of(key, query, sorts, self.principal.organization_id)
        found = self.rows.execute(place.begin(stmt, query, self.cursors)).all()
        items, cursor = found[: query.limit], None
        if len(found) > query.limit:
            last = items[-1]
            cursor = place.end(
                getattr(last, place.column.key), getattr(last, key.key), self.cursors
            )
        return {"items": items, "next_cursor": cursor}

    def written_page(
        self,
        out: type[Out],
        stmt: Select[Any],
        key: InstrumentedAttribute[uuid.UUID],
        query: PageQuery,
        sorts: Sorts,
    ) -> Written:
        """One page of whole rows of one table, written as JSON at once: for the busiest lists."""
        place = Place.of(key, query, sorts, self.principal.organization_id)
        entity: Any = key.class_
        writer = writer_of(out, entity, self.rows.dialect.name)
        found = writer.page(self.rows, place.begin(stmt, query, self.cursors))
        cursor = "null"
        if len(found) > query.limit:
            del found[query.limit :]
            last = found[-1]
            values = last[writer.places[place.column.key]], last[writer.places[key.key]]
            cursor = f'"{place.end(*values, self.cursors)}"'
        items = ",".join(map(writer.write, found))
        return Written(f'{{"items":[{items}],"next_cursor":{cursor}}}'.encode())

    def written(self, out: type[Out], entity: type[Base], stmt: Select[Any]) -> Written:
        """The row of a `visible()` statement, written as JSON at once. Raises NotFound."""
        writer = writer_of(out, entity, self.rows.dialect.name)
        found = writer.row(self.rows, stmt)
        if found is None:
            raise NotFound
        version = writer.places.get("version")
        return Written(writer.write(found).encode(), None if version is None else found[version])

    def one(self, stmt: Select[Any]) -> Row[Any]:
        """The row of a `visible()` statement, to be shown. Raises NotFound."""
        found = self.rows.execute(stmt).one_or_none()
        if found is None:
            raise NotFound
        return found

    def to_change(self, stmt: Select[R]) -> R:
        """The record a request is about, locked, compared with If-Match. Raises NotFound, Stale."""
        found = self.db.scalars(
            stmt.with_for_update().execution_options(populate_existing=True)
        ).one_or_none()
        if found is None:
            raise NotFound
        version = getattr(found, "version", None)
        if self.expected_version is not None and version != self.expected_version:
            raise Stale(f"The version is now {version}; you sent {self.expected_version}.")
        return found

    def add(self, record: R) -> R:
        """Store a new record at once: gives it id, organization and timestamps.

        Without a flush, which costs four times as much; the ORM takes the record over, as loaded,
        the moment somebody needs it there.
        """
        if isinstance(record, Record):
            record.organization_id = self.organization_id
            if record.id is None:
                record.id = uuid7()
            record.created_at = record.updated_at = self.now
        missing = {
            column.key: None if column.default is None else column.default.arg
            for column in record.__table__.columns
            if column.key not in record.__dict__
        }
        values = {name: value for name, value in record.__dict__.items() if name[0] != "_"}
        _insert_one(record.__table__).run(self.rows, {**values, **missing})
        make_transient_to_detached(record)
        for name, value in missing.items():
            set_committed_value(record, name, value)
        if "db" in self.__dict__:
            self.db.add(record)
        else:
            self._stored.append(record)
        self._note("added", record)
        return record

    def add_many(self, kind: type[Record], values: list[dict[str, Any]]) -> list[uuid.UUID]:
        """Store many new records in one statement; returns their ids in the same order."""
        if not values:
            return []
        common: dict[str, Any] = {"organization_id": self.organization_id, "version": 1}
        common |= dict.fromkeys(("created_at", "updated_at"), self.now)
        full = [{**each, "id": each.get("id") or uuid7(), **common} for each in values]
        self.rows.execute(_insert(kind.__table__), full)
        self.note_many(kind, "added", len(full))
        return [each["id"] for each in full]

    def touch(self, record: R) -> R:
        """Store the changes of a record: sets `updated_at`, counts the version, and flushes."""
        if self.db.is_modified(record):
            fields = _changed_fields(record)
            if isinstance(record, (Record, Organization)):
                record.updated_at = self.now
            self.db.flush()
            self._note("changed", record, fields)
        return record

    def remove(self, record: Base) -> None:
        """Delete a record that nothing refers to."""
        self.db.delete(record)
        self.db.flush()
        self._note("removed", record)

    def emit(self, event: Event) -> None:
        """Say what happened; stored in order when this unit commits."""
        self._events.append(event)

    @contextmanager
    def step(self) -> Iterator[None]:
        """A part that may fail alone: it is undone whole, and what it said is unsaid."""
        said, changed = len(self._events), len(self._changes)
        try:
            with self.db.begin_nested():
                self.db.connection()  # takes the savepoint now: rows may change before the ORM does
                yield
        except BaseException:
            del self._events[said:], self._changes[changed:]
            raise

    def note_many(self, kind: type[Base], what: str, count: int) -> None:
        """Put into the audit trail that many rows were changed at once, by a statement."""
        self._changes.append({"table": kind.__tablename__, "count": count, "what": what})

    def leave_unnamed(self) -> None:
        """Keep out of the audit trail who did this and at what time of the day."""
        self._unnamed = True

    def _note(self, what: str, record: Base, fields: list[str] | None = None) -> None:
        change = {"table": record.__tablename__, "what": what}
        if (key := getattr(record, "id", None)) is not None:
            change["id"] = str(key)
        self._changes.append(change if fields is None else {**change, "fields": fields})

    def finish(self) -> None:
        """Flush, then give events and audit entry their place in the organization's order."""
        if "db" in self.__dict__:
            self.db.flush()
        if self.principal.organization_id is None or not (self._events or self._changes):
            return
        organization_id = self.principal.organization_id
        events, entries, last_hash = _LOCK_HEAD.run(
            self.rows, {"organization": organization_id}
        ).fetchone()
        for position, event in enumerate(self._events, start=events + 1):
            _ADD_EVENT.run(
                self.rows,
                {
                    "organization_id": organization_id,
                    "position": position,
                    "id": uuid7(),
                    "type": event.type,
                    "at": self.now,
                    "data": event.model_dump(mode="json"),
                },
            )
        at = (
            self.now
            if not self._unnamed
            else self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        )
        entry = chained(
            {
                "organization_id": organization_id,
                "position": entries + 1,
                "at": at.isoformat(),
                "actor": "somebody" if self._unnamed else self.principal.actor,
                "action": self.action,
                "request_id": "-" if self._unnamed else self.request_id,
                "changes": self._changes,
            },
            last_hash,
        )
        _ADD_ENTRY.run(self.rows, {**entry, "at": at})
        _MOVE_HEAD.run(
            self.rows,
            {
                "organization": organization_id,
                "events": events + len(self._events),
                "entries": entries + 1,
                "hash": entry["hash"],
            },
        )


_LOCK_HEAD = Fixed(
    select(
        OrganizationHead.event_position,
        OrganizationHead.audit_position,
        OrganizationHead.audit_hash,
    )
    .where(OrganizationHead.organization_id == bindparam("organization"))
    .with_for_update()
)
_MOVE_HEAD = Fixed(
    update(OrganizationHead)
    .where(OrganizationHead.organization_id == bindparam("organization"))
    .values(
        event_position=bindparam("events"),
        audit_position=bindparam("entries"),
        audit_hash=bindparam("hash"),
    )
)


@cache
def _insert_one(table: FromClause) -> Fixed:
    """The insert of one whole row, as text: half of what SQLAlchemy would take to send it."""
    return Fixed(insert(table))  # type: ignore[arg-type]  # a FromClause that is a Table


_ADD_EVENT = Fixed(insert(EventRow))
_ADD_ENTRY = Fixed(insert(AuditEntry))


@cache
def _insert(table: FromClause) -> Insert:
    """The insert of a table, made once: building it anew costs as much as sending it."""
    return insert(table)  # type: ignore[arg-type]  # a FromClause that is a Table


def _changed_fields(record: Base) -> list[str]:
    changed = {each.key for each in inspect(record).attrs if each.history.has_changes()}
    private = record.private_fields
    return sorted(changed - private | ({"preferences"} if changed & private else set()))


def bind_organization(rows: Connection, organization_id: uuid.UUID | None) -> None:
    """On PostgreSQL, row-level security shows this transaction only the organization's rows."""
    if rows.dialect.name == "postgresql":
        name = "" if organization_id is None else str(uuid.UUID(str(organization_id)))
        begin = begin_unless_begun(rows)
        through_driver(rows, f"{begin}SELECT set_config('app.organization', '{name}', true)", None)
