"""For commands over HTTP: no profile of yours, and the house behind the wire."""

import httpx
import pytest
from typer.testing import CliRunner

from app.cli.__main__ import app

PLAIN_CLIENT = httpx.Client


@pytest.fixture(name="home", autouse=True)
def home_without_profiles(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("REMENTOR_URL", "REMENTOR_TOKEN", "REMENTOR_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(name="key")
def key_of_an_administrator(admin) -> str:
    return admin.headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture(name="wire")
def wire_of_every_client(monkeypatch):
    """Every client that is made from here on speaks through this transport."""

    def lay(transport: httpx.BaseTransport) -> None:
        monkeypatch.setattr(
            "app.client.transport.httpx.Client",
            lambda **how: PLAIN_CLIENT(**{**how, "transport": transport}),
        )

    return lay


@pytest.fixture(name="rementor")
def typed_command(house, key, wire, monkeypatch):
    """Runs `rementor …` against the house; returns what it printed, and how it ended."""
    wire(house.transport)
    monkeypatch.setenv("REMENTOR_URL", "http://test")

    def run(*words: str, typed: str | bytes | None = None, token: str | None = key):
        env = {"REMENTOR_TOKEN": token} if token else {}
        return CliRunner().invoke(app, words, input=typed, env=env)

    return run
