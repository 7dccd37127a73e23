"""What crosses the wire: strict input, output without defaults, pages with a signed cursor."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)
from sqlalchemy import ColumnElement, Connection, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.problems import Invalid

MOST_PER_PAGE = 200


class In(BaseModel):
    """A payload: unknown members are refused, nothing is coerced, numbers are finite."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, str_strip_whitespace=True, frozen=True
    )


class Out(BaseModel):
    """An answer: no defaults, so a generated client never shows a false optional."""

    model_config = ConfigDict(from_attributes=True)

    resource: ClassVar[str | None] = None
    """The collection this thing lives in, `/v1/goals`: for `Location` and the contract's links."""


class PageQuery(BaseModel):
    """The query of every list. Rooms add their filters; an unknown parameter is a 422."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=50, ge=1, le=MOST_PER_PAGE, description="Items on a page.")
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="`next_cursor` of the page before.",
    )
    sort: str = Field(
        default="-created_at",
        min_length=1,
        max_length=60,
        pattern=r"^-?[a-z_]+$",
        description="A sortable field; `-` in front turns the order round.",
    )


Item = TypeVar("Item")


class Page(Out, Generic[Item]):
    """A page of a list. Follow `next_cursor` until it is null: nothing is missed or seen twice."""

    items: list[Item] = Field(max_length=MOST_PER_PAGE)
    next_cursor: str | None


def _no_strange_characters(text: str) -> str:
    if any(ord(character) < 32 and character not in "\t\n\r" for character in text):
        raise ValueError("control characters are not text")
    return text


Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_no_strange_characters)
]
"""One line of any script: names, titles."""
Prose = Annotated[
    str, StringConstraints(min_length=1, max_length=10_000), AfterValidator(_no_strange_characters)
]
Code = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")
]
"""A short machine-readable name."""
ExternalId = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_no_strange_characters)
]
Moment = AwareDatetime
Id = uuid.UUID
Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=40)],
        Annotated[str, StringConstraints(max_length=500), AfterValidator(_no_strange_characters)],
    ],
    Field(max_length=50, description="The integrator's own keys; kept, never interpreted."),
]


class Cursors:
    """Signs cursors with the installation's secret, so that none can be made up or carried over."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def write(self, place: list[Any], bound_to: str) -> str:
        payload = json.dumps(place, separators=(",", ":"), default=str).encode()
        mark = hmac.digest(self._secret, bound_to.encode() + payload, hashlib.sha256)[:9]
        return base64.urlsafe_b64encode(mark + payload).rstrip(b"=").decode()

    def read(self, cursor: str, bound_to: str) -> list[Any]:
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError:
            raw = b""
        mark, payload = raw[:9], raw[9:]
        expected = hmac.digest(self._secret, bound_to.encode() + payload, hashlib.sha256)[:9]
        if not hmac.compare_digest(mark, expected):
            raise Invalid.at("/query/cursor", "Not a cursor of this list.", "cursor_invalid")
        place: list[Any] = json.loads(payload)
        return place


Sorts = Mapping[str, InstrumentedAttribute[Any]]


class Pager:
    """Reads one page by keyset: as fast at a million rows as at the first."""

    def __init__(
        self, rows: Connection, cursors: Cursors, organization_id: uuid.UUID | None
    ) -> None:
        self._rows, self._cursors, self._organization_id = rows, cursors, organization_id

    def page(
        self,
        stmt: Select[Any],
        key: InstrumentedAttribute[uuid.UUID],
        query: PageQuery,
        sorts: Sorts,
    ) -> dict[str, Any]:
        name = query.sort.removeprefix("-")
        if name not in sorts:
            raise Invalid.at(
                "/query/sort", f"Sort by one of {', '.join(sorted(sorts))}.", "sort_unknown"
            )
        column, downwards = sorts[name], query.sort.startswith("-")
        bound_to = f"{self._organization_id}{key.class_.__tablename__}{query.sort}"
        place = tuple_(column, key) if column is not key else tuple_(key)
        if query.cursor is not None:
            seen = [
                _revived(value, of)
                for value, of in zip(
                    self._cursors.read(query.cursor, bound_to), (column, key), strict=False
                )
            ]
            bound = tuple_(*seen) if column is not key else tuple_(seen[-1])
            beyond: ColumnElement[bool] = place < bound if downwards else place > bound
            stmt = stmt.where(beyond)
        order = (column, key) if column is not key else (key,)
        stmt = stmt.order_by(*(c.desc() if downwards else c.asc() for c in order))
        found = self._rows.execute(stmt.limit(query.limit + 1)).all()
        items, cursor = found[: query.limit], None
        if len(found) > query.limit:
            last = items[-1]
            cursor = self._cursors.write(
                [getattr(last, column.key), getattr(last, key.key)], bound_to
            )
        return {"items": items, "next_cursor": cursor}


def _revived(value: Any, column: InstrumentedAttribute[Any]) -> Any:
    kind = column.type.python_type
    if kind is uuid.UUID:
        return uuid.UUID(value)
    if kind is dt.datetime:
        return dt.datetime.fromisoformat(value)
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    return value
