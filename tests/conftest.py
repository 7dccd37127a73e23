"""How a run begins and ends: who loads the house, in which order tests come, what is told."""

import gc
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)  # coverage begins to count with the session: only then load
def pytest_sessionstart(session: pytest.Session) -> None:
    """Load the house where tests run: who only hands them out to workers need not wait for it."""
    config = session.config
    if hasattr(config, "workerinput") or getattr(config.option, "dist", "no") == "no":
        gc.disable()  # what is loaded now stays to the end
        config.pluginmanager.import_plugin("tests.floor")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of one database together: each worker migrates each database once."""
    items.sort(key=lambda item: ("postgresql" in item.nodeid, str(Path(item.path))))


def pytest_collection_finish() -> None:
    """Look for garbage from here on: only in what the tests make, and seldom in the old of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what ran on which database."""
    passed = terminalreporter.stats.get("passed", [])
    on = {
        name: sum(name in report.nodeid for report in passed) for name in ("sqlite", "postgresql")
    }
    neither = len(passed) - sum(on.values())
    terminalreporter.write_line(
        f"passed on SQLite: {on['sqlite']}, on PostgreSQL: {on['postgresql']},"
        f" without a database: {neither}"
    )
