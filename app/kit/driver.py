"""The few statements that every request or every write runs, handed to the driver as text.

SQLAlchemy compiles them once; running them through it each time would cost more than they do.
Failures come back as SQLAlchemy's, so that nobody above needs to know.
"""

from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ClauseElement


def through_driver(rows: Connection, text: str, parameters: Any) -> Any:
    """Execute text in the connection's transaction; returns the driver's cursor."""
    driver: Any = rows.connection.driver_connection
    failures = rows.dialect.loaded_dbapi.Error
    try:
        return driver.execute(text, parameters)
    except failures as broken:
        gone = rows.dialect.is_disconnect(broken, rows.connection, None)
        if gone:
            rows.invalidate(broken)
        raise DBAPIError.instance(
            text, None, broken, failures, connection_invalidated=gone, dialect=rows.dialect
        ) from broken


def begin_unless_begun(rows: Connection) -> str:
    """`BEGIN; ` for the reading lane of PostgreSQL, to travel in front of its first statement.

    A BEGIN of its own would be one of the four journeys that a read takes.
    """
    driver: Any = rows.connection.driver_connection
    idle = driver.autocommit and driver.info.transaction_status.name == "IDLE"
    return "BEGIN; " if idle else ""


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
