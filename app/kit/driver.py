"""The few statements that every request or every write runs, handed to the driver as text.

SQLAlchemy compiles them once; running them through it each time would cost more than they do.
Failures come back as SQLAlchemy's, so that nobody above needs to know. What SQLAlchemy itself asks
of PostgreSQL's driver with each statement is answered by a cursor of ours.
"""

from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ClauseElement


def through_driver(rows: Connection, text: str, parameters: Any) -> Any:
    """Execute text in the connection's transaction; returns the driver's cursor."""
    driver: Any = rows.connection.driver_connection
    try:
        return driver.execute(text, parameters)
    except rows.dialect.loaded_dbapi.Error as broken:
        raise as_sqlalchemy_says(rows, text, broken) from broken


def as_sqlalchemy_says(rows: Connection, text: str, broken: Any) -> DBAPIError:
    """A failure of the driver's as SQLAlchemy would have raised it."""
    gone = rows.dialect.is_disconnect(broken, rows.connection, None)
    if gone:
        rows.invalidate(broken)
    failures = rows.dialect.loaded_dbapi.Error
    told: DBAPIError = DBAPIError.instance(
        text, None, broken, failures, connection_invalidated=gone, dialect=rows.dialect
    )
    return told


def begin_unless_begun(rows: Connection) -> str:
    """`BEGIN; ` for the reading lane of PostgreSQL, to travel in front of its first statement.

    A BEGIN of its own would be one of the four journeys that a read takes.
    """
    driver: Any = rows.connection.driver_connection
    idle = driver.autocommit and driver.info.transaction_status.name == "IDLE"
    return "BEGIN; " if idle else ""


def quick_cursor(cursor: Any) -> Any:
    """A kind of PostgreSQL's cursor that tells of its columns what SQLAlchemy asks: name and type.

    The driver's own makes an object of each column, for each statement; of a row of 27 that took a
    quarter of the time that the whole statement did. Made from the driver's class when there is
    one, since who uses SQLite need not wait for PostgreSQL's driver to be imported.
    """

    class QuickCursor(cursor):  # type: ignore[misc]  # a class that is known when it is needed
        @property
        def description(self) -> list[Any] | None:
            """Of each column a name, a type and the five further values that DB-API foresees."""
            found = self.pgresult
            if found is None or not found.nfields:
                return None
            return [
                (found.fname(place).decode(), found.ftype(place), None, None, None, None, None)
                for place in range(found.nfields)
            ]

    return QuickCursor


class Fixed:
    """A statement that never changes, with its parameters' types."""

    def __init__(self, statement: Executable) -> None:
        if not isinstance(statement, ClauseElement):
            raise TypeError("only a statement that can be compiled")
        self._statement = statement
        self._compiled: dict[str, tuple[str, list[tuple[str, Any]], bool]] = {}

    def run(self, rows: Connection, parameters: dict[str, Any]) -> Any:
        """Execute with these parameters; returns the driver's cursor."""
        known = self._compiled.get(rows.dialect.name)
        if known is None:
            known = self._compiled[rows.dialect.name] = self._compile(rows.dialect)
        text, binds, positional = known
        values = [
            (name, parameters[name] if process is None else process(parameters[name]))
            for name, process in binds
        ]
        return through_driver(
            rows, text, [value for _, value in values] if positional else dict(values)
        )

    def _compile(self, dialect: Dialect) -> tuple[str, list[tuple[str, Any]], bool]:
        compiled: Any = self._statement.compile(dialect=dialect)
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        binds = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in names
        ]
        return str(compiled), binds, bool(compiled.positional)
