"""Lists read page by page while others add, rename and erase: nothing is missed or seen twice."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from app.access.service import open_organization
from app.kit.lanes import Lanes, system
from app.kit.migrating import owner_engine
from app.kit.settings import Settings
from app.kit.work import Principal
from app.participants.models import EmploymentStatus, Participant
from tests.server import running_server

pytestmark = pytest.mark.fault

COUNT = 100_000
WRITERS = 4
SYLLABLES = ("an", "be", "co", "da", "ed", "fa", "gi", "ho", "il", "jo")


@pytest.fixture(name="lanes")
def lanes_beside_the_server(own_settings: Settings) -> Iterator[Lanes]:
    lanes = Lanes(own_settings)
    yield lanes
    lanes.close()


def seeded(lanes: Lanes) -> tuple[str, list[str]]:
    """An organization of 10^5 people, of whom hundreds share each name; token and ids."""
    with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
        made, token = open_organization(uow, "Acme", "admin@example.com")
    ids: list[UUID] = []
    names = [f"{a}{b}{c}" for a, b, c in itertools.product(SYLLABLES, repeat=3)]
    for start in range(0, COUNT, 20_000):
        with lanes.unit(system(made.id), "seed") as uow:
            ids += uow.add_many(
                Participant,
                [
                    {
                        "external_id": f"W-{n}", "given_name": "Rosa",
                        "family_name": names[n * 7 % 1_000],
                        "sort_name": f"{names[n * 7 % 1_000]} rosa", "time_zone": "UTC",
                        "languages": [], "availability": [], "labels": {},
                        "employment_status": EmploymentStatus.ACTIVE,
                    }
                    for n in range(start, start + 20_000)
                ],
            )  # fmt: skip
    return token, [str(each) for each in ids]


class Writer(threading.Thread):
    """Adds, renames and erases people of its own share, until it is told to stop."""

    def __init__(self, address: str, token: str, share: list[str], stop: threading.Event) -> None:
        super().__init__()
        self.client = httpx.Client(
            base_url=f"{address}/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
        self.share, self.stop, self.strange = share, stop, []
        self.touched: set[str] = set()

    def run(self) -> None:
        for number in itertools.count():
            if self.stop.is_set():
                return
            name = SYLLABLES[number % 10] * 2
            told = {"given_name": "New", "family_name": name, "time_zone": "UTC"}
            answers = [self.client.post("/participants", json=told)]
            if number % 2 == 0:
                victim = self.share[number % len(self.share)]
                self.touched.add(victim)
                path = f"/participants/{victim}"
                tag = self.client.get(path).headers["ETag"]
                answers.append(
                    self.client.patch(path, json={"family_name": name}, headers={"If-Match": tag})
                )
            elif number % 5 == 0:
                victim = self.share[-1 - number % len(self.share)]
                self.touched.add(victim)
                answers.append(self.client.post(f"/participants/{victim}/erase"))
            self.strange += [
                each.text for each in answers if each.status_code not in (200, 201, 409)
            ]


def test_who_is_there_all_along_is_on_exactly_one_page_in_every_order(
    lanes: Lanes, own_settings: Settings, tmp_path: Path
) -> None:
    token, ids = seeded(lanes)
    owner = owner_engine(own_settings)
    with owner.begin() as rows:  # as PostgreSQL's own housekeeping does, which tests switch off
        rows.exec_driver_sql("ANALYZE")
    owner.dispose()
    with running_server(own_settings, log=tmp_path / "server.log") as (address, _):
        for number, sort in enumerate(("name", "-name", "created_at", "-created_at")):
            shares = [
                ids[place * 1_000 : (place + 1) * 1_000]
                for place in range(number * WRITERS, (number + 1) * WRITERS)
            ]
            stop = threading.Event()
            writers = [Writer(address, token, share, stop) for share in shares]
            for each in writers:
                each.start()
            seen = scanned(address, token, sort)
            stop.set()
            for each in writers:
                each.join()
                each.client.close()
            assert not [told for each in writers for told in each.strange]
            touched = set().union(*(each.touched for each in writers))
            assert len(touched) > 10, "the writers did write"
            still = [each for each in ids if each not in touched or sort.endswith("created_at")]
            assert [each for each in still if seen[each] != 1] == []


def scanned(address: str, token: str, sort: str) -> Counter[str]:
    """How often each id is seen on the pages of the whole list."""
    seen, cursor = Counter[str](), None
    with httpx.Client(
        base_url=f"{address}/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as client:
        while True:
            query = {"sort": sort, "limit": 200} | ({"cursor": cursor} if cursor else {})
            answer = client.get("/participants", params=query)
            assert answer.status_code == 200, answer.text
            seen.update(each["id"] for each in answer.json()["items"])
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                return seen
