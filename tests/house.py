"""The house under test: the real application, on one connection that never commits."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import httpx
from sqlalchemy import Connection

import app.worker  # noqa: F401  its list of jobs is what the worker of a test does
from app.access.service import open_organization
from app.kit.front import Front
from app.kit.lanes import Lanes
from app.kit.rounds import run_due
from app.kit.settings import Settings
from app.kit.threads import Threads
from app.kit.work import Principal
from tests.contract_check import ContractCheck

T = TypeVar("T")
BEGINNING = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)  # a Monday, before Europe's clocks change


class StillClock:
    """Time stands still unless a test moves it."""

    def __init__(self) -> None:
        self.moment = BEGINNING

    def now(self) -> dt.datetime:
        return self.moment

    def travel(self, **how_far: float) -> None:
        self.moment += dt.timedelta(**how_far)

    def travel_to(self, moment: dt.datetime) -> None:
        self.moment = moment


class AtOnce(Threads):
    """Runs work where it is handed over: a test has one thread and one connection."""

    def run(self, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            future.set_result(work(*arguments))
        except BaseException as problem:  # noqa: BLE001  handed on, as threads do
            future.set_exception(problem)
        return future


class SavepointLanes(Lanes):
    """Every unit of work is a savepoint on one connection; all is rolled back after the test."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.writers = self.readers = self.thinkers = self.callers = AtOnce(1, "at-once")
        self.clock = StillClock()
        self.connection: Connection | None = None

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        self.clock = StillClock()
        with self._writes.connect() as connection:
            self.connection = connection
            transaction = connection.begin()
            try:
                yield
            finally:
                transaction.rollback()
                self.connection = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        if self.connection is None:
            with super().reading() as rows:
                yield rows
        else:
            yield self.connection

    def glance(self) -> Connection:
        return self.connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.connection.begin_nested():
            yield self.connection


class AppTransport(httpx.BaseTransport):
    """Speaks to the application without a socket, and holds every answer against the contract."""

    def __init__(
        self, app: Front, loop: asyncio.AbstractEventLoop, check: ContractCheck | None
    ) -> None:
        self.app, self.loop, self.check = app, loop, check

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        (response,) = self.handle_together([request])
        return response

    def handle_together(self, requests: list[httpx.Request]) -> list[httpx.Response]:
        """Hand in all requests before the first is answered."""

        async def ask_all() -> list[httpx.Response]:
            return await asyncio.gather(*(self._ask(request) for request in requests))

        responses = self.loop.run_until_complete(ask_all())
        if self.check is not None:
            for request, response in zip(requests, responses, strict=True):
                self.check.hold(request, response)
        return responses

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        sent: list[dict[str, Any]] = []
        body = request.read()

        bodies = [body]

        async def receive() -> dict[str, Any]:
            if not bodies:  # a client that stays: it is never heard of again
                await asyncio.Event().wait()
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        path, _, query = request.url.raw_path.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.url.path,
            "raw_path": path,
            "root_path": "",
            "query_string": query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
        }
        await self.app(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return httpx.Response(
            sent[0]["status"], headers=sent[0]["headers"], content=content, request=request
        )


class House:
    """What a test asks for: clients, other organizations, the clock, the worker."""

    def __init__(
        self,
        lanes: Lanes,
        app: Front,
        loop: asyncio.AbstractEventLoop,
        check: ContractCheck,
    ) -> None:
        self.lanes, self.app, self.loop = lanes, app, loop
        self.transport = AppTransport(app, loop, check)

    @property
    def clock(self) -> StillClock:
        return self.lanes.clock

    def organization(self, name: str = "Acme", email: str = "admin@example.com") -> httpx.Client:
        """A new organization; returns its first administrator's client."""
        with self.lanes.unit(Principal(actor="operator"), "create_organization") as uow:
            organization, token = open_organization(uow, name, email)
        client = self.client(token)
        client.organization_id = str(organization.id)
        return client

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(transport=self.transport, base_url="http://test/v1", headers=headers)

    def at_once(self, requests: list[httpx.Request]) -> list[httpx.Response]:
        """The answers to requests that race each other: a matter for real lanes."""
        return self.transport.handle_together(requests)

    def work_off(self) -> int:
        """One round of the worker: reactions, clocks, jobs."""
        return run_due(self.lanes)

    @cached_property
    def unchecked(self) -> httpx.Client:
        """A client whose answers are not held against the contract: for requests not in it."""
        return httpx.Client(
            transport=AppTransport(self.app, self.loop, None), base_url="http://test"
        )
