"""Runs a compiled consumer against a real server: `python -m tests.consumers.live FILE`."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from app.kit.settings import Settings
from tests.server import command, running_server

EMAIL, PASSWORD = "front.end@example.com", "a sentence for this server only"


def main(program: str) -> int:
    """Serve an organization whose administrator has a password; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/consumer.sqlite3", log_level="ERROR")
        command(settings, "migrate")
        with running_server(settings, log=Path(folder) / "server.log") as (url, _):
            made = json.loads(
                command(settings, "create-organization", "Acme", "--json",
                        "--admin-email", "admin@example.com")
            )  # fmt: skip
            with httpx.Client(base_url=f"{url}/v1") as client:
                client.headers["Authorization"] = f"Bearer {made['token']}"
                wanted = {"email": EMAIL, "name": "Front end", "roles": ["administrator"]}
                invited = client.post("/accounts", json=wanted).raise_for_status().json()
                client.post(
                    "/accounts/accept-invitation",
                    json={"invitation_token": invited["invitation_token"], "password": PASSWORD},
                ).raise_for_status()
            environment = {
                **os.environ,
                "REMENTOR_URL": url,
                "REMENTOR_ORGANIZATION": made["organization_id"],
                "REMENTOR_EMAIL": EMAIL,
                "REMENTOR_PASSWORD": PASSWORD,
            }
            return subprocess.run(["node", program], env=environment, check=False).returncode  # noqa: S607  node is found through PATH


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
