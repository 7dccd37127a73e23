"""What a database refuses, told as a named problem: the same on SQLite and PostgreSQL."""

import re

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty
from sqlalchemy.orm.exc import StaleDataError

from app.kit.database import Base
from app.kit.problems import Conflict, Internal, Problem, Stale, Unavailable

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)$")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\w+)$")
Rupture = DBAPIError | StaleDataError | PoolIsEmpty
RUPTURES = (DBAPIError, StaleDataError, PoolIsEmpty)
"""Everything with which a unit of work fails because of the database, not because of a rule."""

_AGAIN = frozenset({"40001", "40P01"})  # serialization failure, deadlock


class StorageFull(Problem):
    status, slug = 507, "storage-full"
    title = "The database has no room left; nothing was stored"


class DanglingReference(Conflict):
    slug, title = (
        "dangling-reference",
        "The request refers to something that is not there, or is still used",
    )


class DatabaseUnavailable(Unavailable):
    slug, title = "database-unavailable", "The database does not answer at the moment"


class AlreadyThere(Conflict):
    slug, title = "already-there", "There is one already"


def worth_another_try(broken: Rupture) -> bool:
    """Whether the whole unit may be run again: it lost a race that a second run can win."""
    if isinstance(broken, StaleDataError):  # it read what another has changed before it could
        return True
    return isinstance(broken, DBAPIError) and getattr(broken.orig, "sqlstate", None) in _AGAIN


def problem_of(broken: Rupture) -> Problem:
    """The problem a broken constraint or an absent database is told as."""
    if isinstance(broken, StaleDataError):
        return Stale()
    if isinstance(broken, PoolIsEmpty):
        return DatabaseUnavailable(retry_after=1)
    if isinstance(broken, IntegrityError):
        name = broken_constraint(broken)
        for kind in _all_problems(Problem):
            if name in kind.constraints:
                return kind()
        if name is None or name.startswith("fk_"):
            return DanglingReference()
        if name.startswith(("uq_", "pk_", "ix_")):
            return AlreadyThere()
        return Conflict(f"The rule {name} does not allow this.")
    message = str(broken.orig)
    if "disk is full" in message or getattr(broken.orig, "sqlstate", None) == "53100":
        return StorageFull()
    state = getattr(broken.orig, "sqlstate", None) or ""
    if (
        "locked" in message
        or broken.connection_invalidated
        or state[:2] in ("08", "40", "53", "55", "57")
    ):
        return DatabaseUnavailable(retry_after=1)
    if state == "" and type(broken.orig).__name__ == "OperationalError":
        return DatabaseUnavailable(retry_after=1)
    return Internal()


def broken_constraint(broken: IntegrityError) -> str | None:
    """The constraint's name; SQLite tells only the columns, from which the name follows."""
    diagnosis = getattr(broken.orig, "diag", None)
    if diagnosis is not None:
        name: str | None = diagnosis.constraint_name
        return name
    message = str(broken.orig)
    if (check := _SQLITE_CHECK.search(message)) is not None:
        return check[1]
    unique = _SQLITE_UNIQUE.search(message)
    if unique is None:
        return None
    columns = [each.strip() for each in unique[1].split(",")]
    table = Base.metadata.tables[columns[0].partition(".")[0]]
    names = [each.partition(".")[2] for each in columns]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.columns.keys() == names:
            return str(constraint.name)
    for index in table.indexes:
        if index.unique and index.columns.keys() == names:
            return index.name
    return f"pk_{table.name}"


def _all_problems(kind: type[Problem]) -> list[type[Problem]]:
    return [kind, *(found for each in kind.__subclasses__() for found in _all_problems(each))]
