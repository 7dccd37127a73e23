"""docs/integrating.md is true: its blocks are run, in order, against a real server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.remote import End
from app.kit.settings import Settings
from tests.server import command, environment_of, running_server

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "integrating.md"
ADDRESS = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IN_MAKE_CHECK = {"ts"}
"""Compiled and run by tests/consumers, which have Node."""


def blocks() -> list[tuple[str, str, str]]:
    """The language, the file's name where there is one, and the text of each block."""
    return BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))


def test_every_block_is_of_a_kind_that_is_run():
    assert {kind for kind, *_ in blocks()} == {"sh", "python", "csv", "json", "curl", "ts"}


def test_every_exit_code_is_told():
    told = re.findall(r"^\| (\d) \| (\w+(?: \w+)?)", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert {int(code): words for code, words in told} == {
        each.value: each.name.lower().replace("_", " ") for each in End
    }


@pytest.fixture(name="desk")
def a_desk_with_the_command_on_the_path(tmp_path):
    """A folder to work in, and the variables of whoever sits there."""
    tools = tmp_path / "bin"
    tools.mkdir()
    rementor = tools / "rementor"
    rementor.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m app.cli "$@"\n')
    rementor.chmod(0o755)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'docs.sqlite3'}", log_level="ERROR")
    command(settings, "migrate")
    variables = environment_of(settings)
    variables |= {
        "PATH": f"{tools}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "home"),
    }
    return settings, tmp_path, variables


@pytest.mark.fault
def test_every_block_does_what_it_says(desk):
    settings, folder, variables = desk
    with running_server(settings, log=folder / "server.log") as (url, _):
        for kind, file, text in blocks():
            here = text.replace(ADDRESS, url)
            if file:
                (folder / file).write_text(here, encoding="utf-8")
            elif kind == "python":
                run([sys.executable, "-c", here], folder, variables, text)
            elif kind == "sh" or (kind == "curl" and shutil.which("curl")):
                key = (
                    {"REMENTOR_TOKEN": (folder / "hris.key").read_text()} if kind == "curl" else {}
                )
                run(["sh", "-euc", here], folder, variables | key, text)
            else:
                assert kind in IN_MAKE_CHECK | {"curl"}, kind


def run(words: list[str], folder: Path, variables: dict[str, str], text: str) -> None:
    done = subprocess.run(
        words, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
