"""A route that takes a form and refuses as OAuth libraries expect: RFC 6749, not RFC 9457."""

from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.types import Receive

from app.kit.idempotency import Kept, Retry
from app.kit.lanes import Lanes
from app.kit.limits import Limiter
from app.kit.problems import Invalid, UnsupportedMediaType
from app.kit.routes import Call, Operation
from app.kit.watching import Watching
from app.kit.work import Principal
from app.oauth.authenticating import InvalidRequest

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 50


class FormOperation(Operation):
    """Only 400 and 401 have OAuth's shape; what HTTP itself refuses is told as everywhere."""

    async def answer(
        self, call: Call, lanes: Lanes, limiter: Limiter, receive: Receive
    ) -> Kept | Watching:
        try:
            return await super().answer(call, lanes, limiter, receive)
        except (Invalid, UnsupportedMediaType) as wrong:
            raise InvalidRequest(wrong.detail) from wrong

    def _arguments(self, call: Call) -> dict[str, Any]:
        if call.content_type.partition(";")[0].strip().lower() != FORM:
            raise UnsupportedMediaType(f"Send {FORM}.")
        if call.query_string or self.binding.body is None:
            raise InvalidRequest("Send the parameters in the body.")
        try:
            pairs = parse_qsl(
                call.body.decode("utf-8"), errors="strict", max_num_fields=MOST_FIELDS
            )  # a parameter without a value counts as absent (RFC 6749 §3.2)
        except ValueError as wrong:
            raise InvalidRequest("The body is not a form.") from wrong
        if len({name for name, _ in pairs}) < len(pairs):
            raise InvalidRequest("A parameter is given twice.")
        name, model = self.binding.body
        try:
            return {name: model.model_validate(dict(pairs))}
        except ValidationError as wrong:
            raise Invalid.from_pydantic(wrong) from wrong

    def _retry(self, call: Call, principal: Principal) -> Retry | None:
        return None  # every request is a new token; an Idempotency-Key means nothing here
