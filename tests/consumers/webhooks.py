"""Runs the receiver of docs/webhooks.md under Node: `python -m tests.consumers.webhooks FOLDER`.

FOLDER lies below the `node_modules` with `standardwebhooks` and `cloudevents`. A real server and a
real worker send to it; it must verify every message and read it as a CloudEvent.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from ipaddress import ip_network
from pathlib import Path

import httpx

from app.kit.settings import Settings
from tests.given.participants import participant
from tests.given.webhooks import endpoint
from tests.server import ROOT, command, free_port, running_server

PATIENCE = 60.0
EXPECTED = ["webhook.test", "participant.added", "participant.added"]


def main(folder: str) -> int:
    """Returns the exit code: 0 where all messages arrived, verified and read."""
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```js\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    program = Path(folder) / "hear.mjs"
    program.parent.mkdir(exist_ok=True)
    program.write_text(example, encoding="utf-8")
    port = free_port()
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(
            database_url=f"sqlite:///{scratch}/consumer.sqlite3",
            log_level="ERROR",
            webhook_networks=(ip_network("127.0.0.0/8"),),
            webhook_ports=(port,),
        )
        command(settings, "migrate")
        made = json.loads(
            command(settings, "create-organization", "Acme", "--json",
                    "--admin-email", "admin@example.com")
        )  # fmt: skip
        bearer = {"Authorization": f"Bearer {made['token']}"}
        with (
            running_server(settings, log=Path(scratch) / "log", worker=True) as (url, _),
            httpx.Client(base_url=f"{url}/v1", headers=bearer, timeout=PATIENCE) as client,
        ):
            hook = endpoint(
                client, url=f"http://127.0.0.1:{port}/", event_types=["participant.added"]
            )
            environment = {**os.environ, "WEBHOOK_SECRET": hook["secret"], "PORT": str(port)}
            with subprocess.Popen(
                ["node", str(program)], env=environment, stdout=subprocess.PIPE, text=True  # noqa: S607  node is found through PATH
            ) as node:  # fmt: skip
                patience = threading.Timer(PATIENCE, node.kill)
                patience.start()
                try:
                    return hears_everything(client, hook["id"], node)
                finally:
                    patience.cancel()
                    node.kill()


def hears_everything(client: httpx.Client, hook_id: str, node: "subprocess.Popen[str]") -> int:
    client.post(f"/webhook-endpoints/{hook_id}/send-test-event").raise_for_status()
    people = [participant(client, external_id=f"W-{number}")["id"] for number in range(2)]
    heard = [node.stdout.readline().rstrip("\n").partition(" ") for _ in EXPECTED]
    told = [json.loads(data).get("participant_id") for _, _, data in heard[1:] if data]
    if [kind for kind, *_ in heard] != EXPECTED or told != people:
        sys.stderr.write(f"Node did not hear what was sent: {heard}\n")
        return 1
    give_up = time.monotonic() + PATIENCE
    while client.get("/webhook-deliveries", params={"status": "pending"}).json()["items"]:
        if time.monotonic() > give_up:
            sys.stderr.write("Node did not take what was sent.\n")
            return 1
        time.sleep(0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
