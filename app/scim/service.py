"""SCIM 2.0 over our unit of work: one request, one transaction, one audit entry."""

import logging
from typing import Any

from scim2_models import (
    Error,
    InvalidFilterException,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    SearchRequest,
)
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation
from scim2_server.service import ScimService

from app.kit.json_guard import guard_json
from app.kit.problems import Internal, Problem
from app.kit.ruptures import RUPTURES, problem_of, worth_another_try
from app.kit.work import UnitOfWork
from app.scim.habits import put_right
from app.scim.schemas import PROVIDER, User
from app.scim.storage import Storage
from app.scim.telling import error_of

log = logging.getLogger("rementor.scim")
LONGEST_FILTER = 4_000  # ours: characters
READING = frozenset(
    {
        Operation.query, Operation.search, Operation.search_with_body, Operation.resource_types,
        Operation.resource_type, Operation.schemas, Operation.schema,
        Operation.service_provider_config,
    }
)  # fmt: skip


class Service(ScimService):
    """The library's protocol with our problems in SCIM's shape, and users shown after a PATCH."""

    @staticmethod
    def error_of(exception: Exception) -> Error:
        if isinstance(exception, RUPTURES):
            exception = problem_of(exception)
        if isinstance(exception, Problem):
            return error_of(exception)
        return ScimService.error_of(exception)

    def bulk_failure(self, outcome: dict[str, Any], exception: Exception) -> dict[str, Any]:
        """An operation's failure; a lost race runs the whole request again instead."""
        if isinstance(exception, RUPTURES) and worth_another_try(exception):
            raise exception
        if not isinstance(exception, (SCIMException, Problem, *RUPTURES)):
            log.error("internal", exc_info=exception)
        return super().bulk_failure(outcome, exception)

    def patch_response(
        self,
        base_url: str,
        resource: Resource[Any],
        response_parameters: ResponseParameters[Any],
    ) -> ScimResponse:
        """Okta reads the user it has changed; a group may hold thousands and is not sent back."""
        if isinstance(resource, User):
            return self.replacement_response(base_url, resource, response_parameters)
        return super().patch_response(base_url, resource, response_parameters)

    def read_search(
        self, resource_types: list[ResourceType], payload: Any
    ) -> tuple[SearchRequest[Any], Any]:
        """The search, unless its filter is longer than anybody writes."""
        for name, value in payload.items() if isinstance(payload, dict) else ():
            if name.lower() == "filter" and len(str(value)) > LONGEST_FILTER:
                raise InvalidFilterException(detail=f"At most {LONGEST_FILTER} characters.")
        return super().read_search(resource_types, payload)


SERVICE = Service(PROVIDER)


def serve_request(uow: UnitOfWork, request: ScimRequest) -> ScimResponse:
    """The answer to one request. Raises Problem, SCIMException."""
    operation = SERVICE.match(request).operation
    bulk = operation is Operation.bulk
    storage = Storage(
        uow,
        changes=operation not in READING,
        step_by_step=bulk,
        tells_members=not bulk and (operation is not Operation.patch or bool(request.query)),
    )
    return ScimHandler(SERVICE, storage).handle(request)


def serve_discovery(request: ScimRequest) -> ScimResponse:
    """The ServiceProviderConfig, which needs no token and no database (RFC 7643 §5)."""
    return SERVICE.service_provider_config(request.url, request.query)


def prepare_request(request: ScimRequest) -> None:
    """Refuse what nobody should have to read; put vendors' habits right. Raises Problem."""
    if request.body:
        SERVICE.ensure_json(request.header("Content-Type"))
        guard_json(request.body)
        request.body = put_right(request.body)


def told_problem(wrong: Exception) -> ScimResponse:
    """A failure in SCIM's shape."""
    answer = SERVICE.error_response(wrong)
    if isinstance(wrong, Problem):
        answer.headers.update(wrong.headers)
    return answer


def is_our_failure(wrong: Exception) -> bool:
    """Whether the log needs to know."""
    return isinstance(wrong, Internal) or not isinstance(wrong, (Problem, SCIMException))
