"""Jobs over HTTP: how far they are, for those who asked; watched as a stream; cancelled."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.access.models import Token
from app.kit import hands, watching
from app.kit.hands import Hands
from app.kit.jobs import background, enqueue, lasting_job
from app.kit.lanes import system
from app.kit.running import Running
from app.kit.watching import Watchers
from app.kit.work import Principal


@pytest.fixture(autouse=True)
def _only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "lasting", {})


def ask(house, client, work, account_id: str | None = None) -> str:
    """A job, asked for by an account of the organization, or by the system."""
    principal = system(UUID(client.organization_id))
    if account_id is not None:
        principal = Principal(
            actor=f"account:{account_id}",
            organization_id=UUID(client.organization_id),
            account_id=UUID(account_id),
        )
    with house.lanes.unit(principal, "ask") as uow:
        return str(enqueue(uow, work, {"secret": "of the machine"}, resource="/v1/things/1"))


def counting() -> Any:
    @lasting_job
    def count(running: Running, _: dict[str, Any]) -> None:
        for number in (1, 2, 3):
            running.report("counting", number, 3, bound=4.5)
            with running.step():
                pass
        running.result = {"counted": 3}

    return count


def test_a_job_is_shown_to_who_asked_and_to_administrators(house, admin):
    me = admin.get("/me").json()["account_id"]
    count = counting()
    mine, systems = ask(house, admin, count, me), ask(house, admin, count)
    stranger = house.organization("Globex", "admin@globex.example")
    assert [each["id"] for each in admin.get("/jobs").json()["items"]] == [systems, mine]
    assert stranger.get("/jobs").json()["items"] == []
    for verb, path in (("GET", ""), ("GET", "/progress"), ("POST", "/cancel")):
        assert stranger.request(verb, f"/jobs/{mine}{path}").status_code == 404
    house.work_off()
    job = admin.get(f"/jobs/{mine}").json()
    moment = job.pop("created_at")
    assert job == {
        "id": mine, "name": "count", "status": "succeeded", "phase": "counting", "done_count": 3,
        "total_count": 3, "figures": {"bound": 4.5}, "result": {"counted": 3},
        "resource_path": "/v1/things/1", "problem": None, "attempts": 1,
        "requested_by_account_id": me, "cancel_requested_at": None, "started_at": moment,
        "finished_at": moment,
    }  # fmt: skip
    assert admin.get(f"/jobs/{systems}").json()["requested_by_account_id"] is None


def test_jobs_are_found_by_status_and_name(house, admin):
    count = counting()
    done = ask(house, admin, count)
    house.work_off()
    waits = ask(house, admin, count)
    for query, found in (
        ({"status": "queued"}, [waits]),
        ({"status": "succeeded"}, [done]),
        ({"name": "count"}, [waits, done]),
        ({"name": "other"}, []),
    ):
        listed = admin.get("/jobs", params=query).json()["items"]
        assert [each["id"] for each in listed] == found, query


def test_a_job_is_cancelled_once(house, admin):
    job_id = ask(house, admin, counting())
    response = admin.post(f"/jobs/{job_id}/cancel")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert response.json()["cancel_requested_at"] == response.json()["finished_at"]
    again = admin.post(f"/jobs/{job_id}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "job-ended")
    house.work_off()
    assert admin.get(f"/jobs/{job_id}").json()["attempts"] == 0


def events_of(text: str) -> list[tuple[str, str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":")
        if lines:
            found.append((lines["event"], lines["id"], json.loads(lines["data"])))
    return found


def test_a_job_is_watched_from_its_beginning_to_its_end(real_house, monkeypatch):
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(watching, "STILL_HERE_SECONDS", 0.0)
    monkeypatch.setattr(hands, "LOOK_SECONDS", 0.05)
    admin = real_house.organization()
    job_id = ask(real_house, admin, counting())
    with Hands(real_house.lanes):
        response = admin.get(f"/jobs/{job_id}/progress")
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    told = events_of(response.text)
    assert {name for name, _, _ in told[:-1]} <= {"progress"}
    assert [number for _, number, _ in told[:-1]] == [str(n) for n in range(1, len(told))]
    name, number, last = told[-1]
    assert (name, number, last["status"]) == ("ended", "ended", "succeeded")
    assert last == admin.get(f"/jobs/{job_id}").json()
    ended = {"Last-Event-ID": "ended"}
    assert admin.get(f"/jobs/{job_id}/progress", headers=ended).status_code == 204


def test_who_loses_the_right_to_see_a_job_is_told_so_and_the_stream_ends(real_house, monkeypatch):
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)
    admin = real_house.organization()
    job_id = ask(real_house, admin, counting())
    key = admin.post("/tokens", json={"name": "to be revoked"}).json()
    watcher = real_house.client(key["token"])
    looks = []

    def pause(_):
        looks.append("looked")
        if len(looks) == 2:
            revoke(real_house, admin, key["id"])
        return 0.01

    monkeypatch.setattr(Watchers, "_pause", pause)
    response = watcher.get(f"/jobs/{job_id}/progress")
    name, _, problem = events_of(response.text)[-1]
    assert (name, problem["code"]) == ("problem", "unauthenticated")


def revoke(house, admin, key_id: str) -> None:
    with house.lanes.unit(system(UUID(admin.organization_id)), "revoke") as uow:
        uow.rows.execute(
            update(Token)
            .where(Token.organization_id == uow.organization_id, Token.id == UUID(key_id))
            .values(revoked_at=uow.now)
        )


def test_watchers_are_counted_and_more_are_told_to_ask_from_time_to_time(house, admin, monkeypatch):
    job_id = ask(house, admin, counting())
    for name in ("MOST_OF_ONE_TOKEN", "MOST_WATCHERS"):
        with monkeypatch.context() as patched:
            patched.setattr(watching, name, 0)
            refused = admin.get(f"/jobs/{job_id}/progress")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    admin.post(f"/jobs/{job_id}/cancel")
    for _ in range(watching.MOST_OF_ONE_TOKEN + 1):  # places are given back
        assert admin.get(f"/jobs/{job_id}/progress").status_code == 200


def test_a_stream_ends_after_its_time_and_when_its_client_is_gone(house, admin, monkeypatch):
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)
    job_id = ask(house, admin, counting())
    with monkeypatch.context() as patched:
        patched.setattr(watching, "LONGEST_SECONDS", 0.05)
        told = events_of(admin.get(f"/jobs/{job_id}/progress").text)
    assert [name for name, _, _ in told] == ["progress"]

    sent: list[dict[str, Any]] = []
    begun = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        begun.set()

    path = f"/v1/jobs/{job_id}/progress"
    key = admin.headers["Authorization"].encode()
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"authorization", key)],
    }  # fmt: skip
    house.loop.run_until_complete(house.app(scope, receive, send))
    assert sent[0]["status"] == 200
    assert sent[-1] == {"type": "http.response.body", "body": b""}
    assert house.app.watchers._by_token.total() == 0
