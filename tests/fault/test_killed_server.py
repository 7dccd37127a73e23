"""`kill -9` at any moment of an import, then the same request again: the rows are there once."""

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from app.access.service import open_organization
from app.kit.idempotency import IdempotencyRecord
from app.kit.lanes import Lanes, system
from app.kit.settings import Settings
from app.kit.work import Principal
from app.participants.models import ManagerAssignment, Participant
from tests.given.rosters import COLUMNS, person, table
from tests.server import running_server

pytestmark = pytest.mark.fault

COUNT = 10_000
KILLS = 10
ROSTER = table(*(person(str(n), "" if n == 0 else str(n // 8)) for n in range(COUNT)))
WANTED = {"format": "csv", "content": ROSTER, "mapping": COLUMNS}


@pytest.fixture(name="lanes")
def lanes_beside_the_server(own_settings: Settings) -> Iterator[Lanes]:
    lanes = Lanes(own_settings)
    yield lanes
    lanes.close()


def organization(lanes: Lanes) -> tuple[UUID, dict[str, str]]:
    """A new organization, and the headers its import is sent with, each time."""
    with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
        made, token = open_organization(uow, "Acme", "admin@example.com")
    return made.id, {"Authorization": f"Bearer {token}", "Idempotency-Key": "the-roster"}


def send(address: str, headers: dict[str, str]) -> httpx.Response:
    """The import, as often as the server asks to wait for an earlier try of the same."""
    while True:
        answer = httpx.post(
            f"{address}/v1/participants/import", json=WANTED, headers=headers, timeout=300
        )
        if answer.status_code != 409 or answer.json()["code"] != "idempotency-in-progress":
            return answer
        time.sleep(float(answer.headers["Retry-After"]))


def counted(lanes: Lanes, organization_id: UUID, kind: type) -> int:
    with lanes.unit(system(organization_id), "look") as uow:
        return uow.rows.scalar(
            select(func.count()).select_from(kind).where(kind.organization_id == organization_id)
        )


def plain(answer: httpx.Response) -> list[tuple[str, str, int]]:
    """What an answer says besides ids, which differ from organization to organization."""
    told = answer.json()
    assert told["added_count"] == COUNT
    return [(row["external_id"], row["verdict"], row["line"]) for row in told["rows"]]


@dataclass
class Trial:
    """One import that was sent to a server that was killed meanwhile."""

    organization_id: UUID
    headers: dict[str, str]
    answer: httpx.Response | None = None
    """What came before the server died, if anything."""

    def try_to_send(self, address: str) -> None:
        with contextlib.suppress(httpx.TransportError):
            self.answer = send(address, self.headers)

    def send_again(self, address: str, lanes: Lanes, whole: list[tuple[str, str, int]]) -> float:
        """The same request to the server that stood up again: one effect, the same answer.

        Returns the seconds it took.
        """
        assert counted(lanes, self.organization_id, Participant) in (0, COUNT), "all or nothing"
        began = time.monotonic()
        again = send(address, self.headers)
        took = time.monotonic() - began
        assert again.status_code == 200, again.text
        assert plain(again) == whole
        third = send(address, self.headers)
        assert third.headers["Idempotency-Replayed"] == "true"
        assert third.content == again.content
        if self.answer is not None:
            assert again.content == self.answer.content
        client = {"Authorization": self.headers["Authorization"]}
        verdict = httpx.get(f"{address}/v1/audit-entries/verify", headers=client, timeout=60)
        assert verdict.json()["whole"] is True
        events = httpx.get(f"{address}/v1/events", headers=client).json()["items"]
        assert [each["type"] for each in events] == [
            "organization.opened", "participants.imported",
        ]  # fmt: skip
        assert counted(lanes, self.organization_id, Participant) == COUNT
        assert counted(lanes, self.organization_id, ManagerAssignment) == COUNT - 1
        assert counted(lanes, self.organization_id, IdempotencyRecord) == 1
        return took


def test_an_import_killed_at_any_moment_is_there_once_when_it_is_sent_again(
    lanes: Lanes, own_settings: Settings, tmp_path: Path
) -> None:
    log = tmp_path / "server.log"
    dice, trials = random.Random(20260302), []
    for number in range(KILLS):
        with running_server(own_settings, log=log) as (address, process):
            if number == 0:
                started = time.monotonic()
                whole = plain(send(address, organization(lanes)[1]))
                takes = time.monotonic() - started
            else:
                took = trials[-1].send_again(address, lanes, whole)
                if trials[-1].answer is None:  # a whole import: a database that has seen some
                    takes = took  # is quicker than at the first
            trials.append(Trial(*organization(lanes)))
            sending = threading.Thread(target=trials[-1].try_to_send, args=(address,))
            sending.start()
            # Evenly over the whole import, with some luck in each tenth of it.
            time.sleep(takes * (number + dice.random()) / KILLS)
            process.kill()
            process.wait()
            sending.join()
    with running_server(own_settings, log=log) as (address, _):
        trials[-1].send_again(address, lanes, whole)
    interrupted = [each for each in trials if each.answer is None]
    assert len(interrupted) >= KILLS // 2, "a kill that comes too late proves nothing"
