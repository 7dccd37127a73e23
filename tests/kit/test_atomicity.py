"""All or nothing: whichever statement fails, a request leaves no row behind, in any table."""

import json
from collections.abc import Callable
from typing import Any, Self

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool.base import _ConnectionFairy

from app.kit.clock import SystemClock
from tests.asking import ask
from tests.given.participants import participant
from tests.given.rosters import COLUMNS, person, table
from tests.given.seeds import everything
from tests.house import House
from tests.samples import samples
from tests.stored import stored

Request = Callable[[], httpx.Response]


class FailingAt:
    """Lets a number of statements through, then fails as the driver would, whatever the next is.

    Statements reach the driver through SQLAlchemy, and a few hot ones directly: both are counted.
    """

    def __init__(self, house: House, number: int) -> None:
        self.engine, self.left, self.reached = house.lanes._writes, number, False
        self.failure = self.engine.dialect.loaded_dbapi.OperationalError
        self.patched = pytest.MonkeyPatch()

    def count(self, statement: str) -> None:
        if statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            return
        if self.left == 0:
            self.reached = True
            raise self.failure("the disk is on fire")
        self.left -= 1

    def before(self, _c: Any, _u: Any, statement: str, *_: Any) -> None:
        try:
            self.count(statement)
        except self.failure as broken:
            raise OperationalError(statement, {}, broken) from broken

    def __enter__(self) -> Self:
        event.listen(self.engine, "before_cursor_execute", self.before)
        plain = _ConnectionFairy.driver_connection.fget
        watched = property(lambda fairy: WatchedDriver(plain(fairy), self.count))
        self.patched.setattr(_ConnectionFairy, "driver_connection", watched)
        return self

    def __exit__(self, *_: object) -> None:
        self.patched.undo()
        event.remove(self.engine, "before_cursor_execute", self.before)


class WatchedDriver:
    """A driver's connection whose every statement is counted."""

    def __init__(self, driver: Any, count: Callable[[str], None]) -> None:
        self._driver, self._count = driver, count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def execute(self, statement: str, *parameters: Any) -> Any:
        self._count(statement)
        return self._driver.execute(statement, *parameters)


def break_everywhere(house: House, organization_id: str, request: Request) -> int:
    """Ask again and again, each time with the next statement failing; then let it through.

    Returns how many statements the request had. Fails where anything was left behind.
    """
    before = stored(house.lanes, organization_id)
    number = 0
    while True:
        with FailingAt(house, number) as failing:
            answer = request()
        if not failing.reached:
            assert answer.is_success, answer.text
            assert stored(house.lanes, organization_id) != before, "this one writes nothing"
            return number
        assert answer.status_code == 503, f"at statement {number}: {answer.text}"
        assert answer.json()["code"] == "database-unavailable"
        assert "fire" not in answer.text
        after = stored(house.lanes, organization_id)
        different = {name for name in before if before[name] != after[name]}
        assert not different, f"statement {number} failed, and {different} changed"
        number += 1


def post(client: httpx.Client, path: str, **body: Any) -> Request:
    key = {"Idempotency-Key": "one-and-the-same"}
    return lambda: client.post(path, json=body, headers=key)


@pytest.mark.parametrize("what", ["add", "change", "import", "invite", "erase", "key"])
def test_a_request_that_fails_at_any_statement_leaves_nothing(house, admin, what):
    rosa = participant(admin, external_id="R", work_email="rosa@example.com")
    path = f"/participants/{rosa['id']}"
    tag = {"If-Match": admin.get(path).headers["ETag"]}
    roster = table(person("1"), person("2", "1"), person("R", "2"))
    request: Request = {
        "add": post(
            admin, "/participants", given_name="A", family_name="B", time_zone="UTC",
            manager_id=rosa["id"],
        ),
        "change": lambda: admin.patch(path, json={"job_title": "Buyer"}, headers=tag),
        "import": post(
            admin, "/participants/import", format="csv", content=roster, mapping=COLUMNS
        ),
        "invite": post(admin, f"{path}/invite"),
        "erase": post(admin, f"{path}/erase"),
        "key": post(admin, "/tokens", name="key"),
    }[what]  # fmt: skip
    statements = break_everywhere(house, admin.organization_id, request)
    assert statements >= 5


@pytest.mark.fault
def test_no_operation_of_the_contract_leaves_half_of_itself(house, admin):
    """Every writing operation that succeeds on seeded things, broken at each of its statements."""
    house.clock.travel_to(SystemClock().now())
    known = everything(admin, house.client(), admin.organization_id)
    account = admin.get("/me").json()["account_id"]
    admin.post(f"/accounts/{account}/grants", json={"role": "participant"})
    broken, statements = [], 0
    for sample in samples():
        if sample.method == "GET" or sample.open_to_anyone or sample.name == "sign_out":
            continue
        tag = tag_of(admin, sample, known)
        before = stored(house.lanes, admin.organization_id)
        with house.lanes.connection.begin_nested() as tried:
            works = ask(admin, sample, known, **tag).is_success
            wrote = stored(house.lanes, admin.organization_id) != before
            tried.rollback()
        if works and wrote:
            statements += break_everywhere(
                house, admin.organization_id, lambda s=sample, t=tag: ask(admin, s, known, **t)
            )
            broken.append(sample.name)
    assert len(broken) >= 40, broken
    assert statements > 400


def tag_of(client: httpx.Client, sample: Any, known: Any) -> dict[str, str]:
    """The current ETag, where the operation asks for one."""
    if "If-Match" not in sample.headers:
        return {}
    (reader,) = [
        each for each in samples() if each.path == sample.path and each.method == "GET"
    ] or [None]
    if reader is None:
        return {}
    names = [each["name"] for each in sample.operation["parameters"] if each["in"] == "path"]
    values = {name: known.of(name, sample.name)[-1] for name in names}
    shown = client.get(sample.path_with(**values).removeprefix("/v1"))
    return {"If-Match": shown.headers.get("ETag", '"1"')}


def test_the_failing_statement_is_really_met(house, admin):
    """A harness that breaks nothing would find nothing."""
    with FailingAt(house, 2) as failing:
        answer = admin.post("/tokens", json={"name": "key"})
    assert failing.reached
    assert answer.status_code == 503
    assert json.loads(answer.text)["code"] == "database-unavailable"
