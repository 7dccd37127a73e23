"""Our problems in SCIM's shape (RFC 7644 §3.12)."""

from http import HTTPStatus

from scim2_models import Error

from app.kit.problems import Problem
from app.participants.service import ExternalIdTaken
from app.scim.groups import GroupNameTaken
from app.scim.users import UserNameTaken

_TAKEN = (ExternalIdTaken, GroupNameTaken, UserNameTaken)


def error_of(problem: Problem) -> Error:
    """A problem as an identity provider reads it: 422 is a 400 that says what kind."""
    if problem.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        word = "uniqueness" if isinstance(problem, _TAKEN) else None
        return Error(status=problem.status, scim_type=word, detail=problem.detail)
    codes = {each.get("code", "") for each in problem.members.get("errors", [])}
    broken = any(code.startswith("json_") or code == "string_with_nul" for code in codes)
    word = "invalidSyntax" if broken else "invalidValue"
    return Error(status=HTTPStatus.BAD_REQUEST, scim_type=word, detail=problem.detail)
