"""The list of commands: it answers at once, and says what the commands say of themselves."""

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import COMMANDS, app

ROOT = Path(__file__).parents[2]
HEAVY = ("fastapi", "sqlalchemy", "scipy", "numpy", "ortools", "uvicorn", "pydantic", "httpx")


@pytest.mark.parametrize("word", COMMANDS)
def test_each_word_says_in_the_list_what_its_command_says(word):
    module, function, _, told = COMMANDS[word]
    found = getattr(importlib.import_module(module), function)
    said = found.info.help if hasattr(found, "registered_commands") else inspect.getdoc(found)
    assert said.partition("\n\n")[0].replace("\n", " ") == told


@pytest.mark.parametrize("word", COMMANDS)
def test_each_word_explains_its_options(word):
    done = CliRunner().invoke(app, [word, "--help"])
    assert done.exit_code == 0, done.output
    assert "--help" in done.output


def test_the_list_of_commands_loads_nothing_heavy():
    script = (
        "import sys\n"
        "from app.cli.__main__ import app\n"
        "app(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")
    assert "propose" in done.stdout


def test_a_word_that_is_none_is_wrong_use():
    assert CliRunner().invoke(app, ["nonsense"]).exit_code == 2


@pytest.mark.parametrize(
    ("typed", "offered"), [("rementor pub", "publish"), ("rementor events t", "tail")]
)
def test_a_shell_completes_words(typed, offered):
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli.__main__ import app; app(prog_name='rementor')"],
        cwd=ROOT,
        env={
            **os.environ,
            "_REMENTOR_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [offered], done.stderr
