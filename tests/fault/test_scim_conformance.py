"""The conformance check of scim2-tester against a running server finds no failure."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.kit.settings import Settings
from tests.server import command, running_server

pytestmark = pytest.mark.fault


def test_the_conformance_check_finds_no_failure(own_settings: Settings, tmp_path):
    made = command(own_settings, "create-organization", "Acme", "--admin-email", "a@example.com")
    (admin,) = re.findall(r"rmk_\w+", made)
    with running_server(own_settings, log=tmp_path / "server.log") as (address, _):
        key = httpx.post(
            f"{address}/v1/tokens",
            headers={"Authorization": f"Bearer {admin}"},
            json={"name": "IdP", "scopes": ["scim"]},
        ).json()["token"]
        checked = subprocess.run(
            [Path(sys.executable).with_name("scim"), "--url", f"{address}/scim/v2", "test"],
            env={**os.environ, "SCIM_CLI_HEADERS": f"Authorization: Bearer {key}"},
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    verdicts = re.findall(r"^([A-Z]+) \w+$", checked.stdout, re.MULTILINE)
    assert len(verdicts) > 90, checked.stdout + checked.stderr
    assert set(verdicts) == {"SUCCESS"}, checked.stdout
