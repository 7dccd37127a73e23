"""Where the SCIM library reads and writes: in our unit of work, through our rooms."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from scim2_models import (
    NotImplementedException,
    Resource,
    ResourceType,
    SCIMException,
    SearchRequest,
)
from scim2_server.storage import ScimStorage, SearchPage

from app.kit.problems import Invalid, Problem
from app.kit.work import UnitOfWork
from app.scim import groups, users
from app.scim.filters import Window
from app.scim.schemas import Group, User
from app.scim.telling import error_of

F = TypeVar("F", bound=Callable[..., Any])


def _in_scim_words(verb: F) -> F:
    """A problem of ours is raised as the exception that SCIM has for it."""

    @wraps(verb)
    def told(*arguments: Any, **named: Any) -> Any:
        try:
            return verb(*arguments, **named)
        except Problem as problem:
            raise SCIMException.from_error(error_of(problem)) from problem
        except ValidationError as wrong:  # what SCIM allows and a participant does not hold
            raise SCIMException.from_error(error_of(Invalid.from_pydantic(wrong))) from wrong

    return cast("F", told)


class Storage(ScimStorage):
    """One request's storage.

    `changes` locks what is read; `step_by_step` where a part may fail alone; `tells_members` where
    a changed group is sent back whole.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        changes: bool,
        step_by_step: bool = False,
        tells_members: bool = True,
    ) -> None:
        self.uow, self.changes, self.step_by_step = uow, changes, step_by_step
        self.tells_members = tells_members

    @contextmanager
    def operation(self) -> Iterator[None]:
        if not self.step_by_step:
            yield
            return
        with self.uow.step():
            yield

    @_in_scim_words
    def get(
        self, resource_type: ResourceType, resource_id: str, *, response_parameters: Any = None
    ) -> Resource[Any]:
        if resource_type.name == "User":
            return users.read_user(self.uow, resource_id, to_change=self.changes)
        return groups.read_group(
            self.uow,
            resource_id,
            with_members=_members_wanted(response_parameters),
            to_change=self.changes,
        )

    @_in_scim_words
    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        if len(resource_types) > 1 and search_request.sort_by is not None:
            raise NotImplementedException(detail="Users and groups have no order in common.")
        total, skipped, left = 0, search_request.start_index_0 or 0, search_request.count
        found: list[Resource[Any]] = []
        for kind in resource_types:  # one after the other, counted as one collection
            window = Window(skipped, left, search_request)
            page = self._search_kind(kind, window)
            total += page.total or 0
            skipped = max(0, skipped - (page.total or 0))
            left = None if left is None else left - len(page.resources)
            found += page.resources
        return SearchPage(total, found)

    def _search_kind(self, kind: ResourceType, window: Window) -> SearchPage:
        if kind.name == "User":
            return users.search_users(self.uow, window)
        wanted = _members_wanted(window.request)
        return groups.search_groups(self.uow, window, with_members=wanted)

    @_in_scim_words
    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        if resource_type.name == "User":
            return users.add_user(self.uow, cast("User[Any]", resource))
        return groups.add_group(self.uow, cast("Group", resource))

    @_in_scim_words
    def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        if resource_type.name == "User":
            return users.change_user(self.uow, cast("User[Any]", resource), expected_version)
        return groups.change_group(
            self.uow,
            cast("Group", resource),
            expected_version,
            with_members=self.tells_members,
        )

    @_in_scim_words
    def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        if resource_type.name == "User":
            users.remove_user(self.uow, resource_id, expected_version)
        else:
            groups.remove_group(self.uow, resource_id, expected_version)


def _members_wanted(parameters: Any) -> bool:
    """Whether the answer holds members: thousands of rows, which vendors mostly leave out."""
    if parameters is None:
        return True
    left_out = {
        str(each).rpartition(":")[2].lower() for each in parameters.excluded_attributes or []
    }
    if "members" in left_out:
        return False
    asked_for = [str(each).rpartition(":")[2].lower() for each in parameters.attributes or []]
    return not asked_for or any(each.partition(".")[0] == "members" for each in asked_for)
