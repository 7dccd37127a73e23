"""The API: settings, lanes, rooms and contract put together. The only list of routers."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline
from pydantic import AwareDatetime, BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.access.router import router as access
from app.blueprints.router import router as blueprints
from app.competences.router import router as competences
from app.goals.router import router as goals
from app.impact.router import router as impact
from app.imports.router import router as imports
from app.jobs.router import router as jobs
from app.kit.announcements import announce
from app.kit.clock import ControlledClock
from app.kit.contract import polish
from app.kit.events import Event
from app.kit.front import Front, known_by, operations_of
from app.kit.lanes import Lanes
from app.kit.log import set_up_logging
from app.kit.problems import PROBLEM_JSON, MethodNotAllowed, NotFound
from app.kit.readiness import NotReady, check_role, check_schema
from app.kit.settings import Settings
from app.oauth.described import describe_oauth
from app.oauth.router import router as oauth
from app.oauth.router import tokens as oauth_tokens
from app.oidc.router import router as oidc
from app.pairings.router import router as pairings
from app.participants.router import router as participants
from app.programs.router import router as programs
from app.scim.door import ScimDoor
from app.sessions.router import router as sessions
from app.surveys.router import router as surveys
from app.webhooks.router import router as webhooks
from app.webhooks.schemas import WebhookTest

VERSION = "0.1.0"
EXEMPLIFIED = {"application/json", "application/yaml", "text/event-stream"}
EXAMPLES = Path(__file__).with_name("examples.json")
ROUTERS: tuple[APIRouter, ...] = (
    access, oauth, oauth_tokens, oidc, jobs, participants, competences, webhooks, programs,
    pairings, imports, goals, sessions, surveys, impact, blueprints,
)  # fmt: skip
DOORS = (ScimDoor(),)
"""What speaks a protocol of its own, with its own discovery: not in the contract."""

CONTACT = {"name": "The Rementor project"}
LICENSE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
TAGS = [
    {"name": "access", "description": "Organizations, accounts, roles, sign-in and API keys."},
    {"name": "audit", "description": "Who did what: append-only, chained, checkable."},
    {
        "name": "blueprints",
        "description": "A whole program as one document: plan the changes, apply them, export.",
    },
    {
        "name": "competences",
        "description": "Competence frameworks, what people offer and want, and how levels change.",
    },
    {"name": "enrollments", "description": "Who takes part in which cohort, as mentor or mentee."},
    {"name": "events", "description": "What happened, in the order it was committed."},
    {"name": "goals", "description": "Goals, progress, shared statements and agreements."},
    {"name": "impact", "description": "What a cohort changed and how sure that is: n and method."},
    {"name": "jobs", "description": "What takes longer than a request: progress, end, cancelling."},
    {"name": "imports", "description": "Rosters from the HRIS: planned, looked at, then applied."},
    {
        "name": "oauth",
        "description": "Systems that fetch their own short-lived access tokens.",
    },
    {"name": "oidc", "description": "Signing in through the organization's OpenID provider."},
    {"name": "pairings", "description": "Proposals, answers, pairs and the runs that match them."},
    {"name": "participants", "description": "People as HR knows them, with managers and leave."},
    {"name": "programs", "description": "Programs, and their cohorts with a plan that freezes."},
    {
        "name": "sessions",
        "description": "Meetings of a pairing: times, series, attendance, notes and actions.",
    },
    {"name": "surveys", "description": "Questionnaires, sendings to a cohort, and answers."},
    {"name": "webhooks", "description": "Events sent to other systems: signed, retried, logged."},
]

ABOUT = """
Rementor runs reverse mentoring programs: less senior employees mentor senior ones.

Everything happens in one order: **people** arrive from the HRIS, a **program** gets a **cohort**,
people **enroll** as mentor or mentee, `POST /v1/pairings/propose` finds the best **pairings**, they
are published and accepted, **goals** are set and shared, **sessions** are held, **surveys** are
answered, and **impact** says what changed and how sure that is.

Every failure is an RFC 9457 problem with a stable `code`. Every list is followed by `next_cursor`.
Every POST takes an `Idempotency-Key`; every change takes `If-Match`.
"""


class Moment(BaseModel):
    """What the controlled clock shows."""

    now: AwareDatetime


def create_app(settings: Settings | None = None, lanes: Lanes | None = None) -> Front:
    """The ASGI application; it refuses to start on a database it does not know."""
    settings = settings or Settings()
    lanes = lanes or Lanes(settings)
    set_up_logging(settings.log_level)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(check_schema, lanes)
        await asyncio.to_thread(check_role, lanes)
        gc.collect()
        gc.freeze()  # what was built to stay is not searched for garbage at every request
        yield
        lanes.close()

    inner = describe(lifespan)

    @inner.api_route("/livez", methods=["GET", "HEAD"], include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "alive", "version": VERSION}

    @inner.api_route("/readyz", methods=["GET", "HEAD"], include_in_schema=False)
    async def readyz() -> JSONResponse:
        try:
            try:
                await asyncio.to_thread(check_schema, lanes)
            except DBAPIError:  # a connection that died while it waited; its pool is new now
                await asyncio.to_thread(check_schema, lanes)
        except Exception as why:  # noqa: BLE001  whatever it is, the answer is "not ready"
            told = str(why) if isinstance(why, NotReady) else "The database does not answer."
            return JSONResponse({"status": "not ready", "detail": told}, 503, {"Retry-After": "1"})
        return JSONResponse({"status": "ready"})

    if isinstance(lanes.clock, ControlledClock):
        hang_clock(inner, lanes.clock)
    return Front(inner, operations_of(inner.routes), lanes, DOORS)


def hang_clock(inner: FastAPI, clock: ControlledClock) -> None:
    """For demos and tests: read the time, and travel. Refused in production by the settings."""

    @inner.get("/clock", include_in_schema=False)
    async def read_clock() -> Moment:
        return Moment(now=clock.now())

    @inner.put("/clock", include_in_schema=False)
    async def travel(moment: Moment) -> Moment:
        clock.travel_to(moment.now)
        return Moment(now=clock.now())


def describe(lifespan: Any = None) -> FastAPI:
    """The application without a database: enough for the contract and the documentation page."""
    app = FastAPIOffline(
        title="Rementor",
        version=VERSION,
        summary="Reverse mentoring programs, from roster to measured outcome.",
        description=ABOUT,
        redirect_slashes=False,
        redoc_url=None,
        lifespan=lifespan,
    )
    for router in ROUTERS:  # flat: nesting costs every request (docs/decisions/0003)
        app.router.routes.extend(router.routes)
    app.openapi = lambda: contract(app)  # type: ignore[method-assign]  # as FastAPI has it done
    for status in (404, 405):
        app.add_exception_handler(status, tell_inner_problem)
    return app


async def tell_inner_problem(request: Request, refused: Exception) -> Response:
    """404 and 405 of the paths beside the contract, in the same shape as everywhere."""
    problem = NotFound() if getattr(refused, "status_code", 404) == 404 else MethodNotAllowed()
    request_id = known_by(request.headers.get("x-request-id", ""))
    headers = {**(getattr(refused, "headers", None) or {}), "X-Request-Id": request_id}
    return Response(problem.body(request_id), problem.status, headers, PROBLEM_JSON)


def contract(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, polished; made once."""
    if app.openapi_schema is None:
        document = polish(
            get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
                contact=CONTACT,
                license_info=LICENSE,
                tags=TAGS,
            )
        )
        told = [kind for kind in Event.kinds().values() if kind.__module__.startswith("app.")]
        announce(document, [*told, WebhookTest])
        describe_oauth(document)
        show_examples(document, json.loads(EXAMPLES.read_text(encoding="utf-8")))
        app.openapi_schema = document
    return app.openapi_schema


def show_examples(document: dict[str, Any], examples: dict[str, dict[str, Any]]) -> None:
    """Beside each answer one that was really given: recorded by the tests, without secrets."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, body in examples.get(operation["operationId"], {}).items():
                content = operation["responses"].get(status, {}).get("content", {})
                for kind in content.keys() & EXEMPLIFIED:
                    content[kind]["example"] = body
