"""The one source of now, and a controlled clock for the demo and the tests."""

import datetime as dt
from pathlib import Path
from typing import Protocol

from app.kit.settings import ClockKind, Settings


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """The current moment, in UTC."""


class SystemClock:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


class ControlledClock:
    """Stands still until told to move. Kept in a file, so that API and worker agree."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seen: tuple[int, dt.datetime] | None = None

    def now(self) -> dt.datetime:
        if not self.file.exists():
            self.travel_to(dt.datetime.now(dt.UTC).replace(microsecond=0))
        stamp = self.file.stat().st_mtime_ns
        if self._seen is None or self._seen[0] != stamp:
            self._seen = (stamp, dt.datetime.fromisoformat(self.file.read_text().strip()))
        return self._seen[1]

    def travel_to(self, moment: dt.datetime) -> None:
        """Move to a moment with a time zone; backwards is allowed, as a test may want it."""
        scratch = self.file.with_suffix(".next")
        scratch.write_text(moment.astimezone(dt.UTC).isoformat())
        scratch.replace(self.file)  # a reader never sees half a moment
        self._seen = None


def clock_of(settings: Settings) -> Clock:
    if settings.clock is ClockKind.CONTROLLED:
        return ControlledClock(settings.clock_file)
    return SystemClock()
