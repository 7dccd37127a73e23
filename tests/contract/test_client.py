"""The client is that of the contract."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.contract
def test_the_generated_client_is_current():
    done = subprocess.run(
        [sys.executable, "openapi/tools/client.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
