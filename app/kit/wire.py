"""What crosses the wire: strict input, output without defaults, pages with a signed cursor."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
import uuid
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.problems import Invalid

MOST_PER_PAGE = 200


class In(BaseModel):
    """A payload: unknown members are refused, nothing is coerced, numbers are finite."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, str_strip_whitespace=True, frozen=True
    )


class Document(In):
    """A payload that people write, which comes in other forms than JSON, too."""

    media_types: ClassVar[frozenset[str]]

    @classmethod
    @abstractmethod
    def read(cls, media_type: str, body: bytes) -> Self:
        """The payload, which came as one of `media_types`. Raises Invalid."""


class Out(BaseModel):
    """An answer: no defaults, so a generated client never shows a false optional."""

    model_config = ConfigDict(from_attributes=True)

    resource: ClassVar[str | None] = None
    """The collection this thing lives in, `/v1/goals`: for `Location` and the contract's links."""


class KeptProblem(Out):
    """Why something that was asked for has failed, in the words of a problem of this API."""

    type: str = Field(examples=["/problems/job-failed"])
    code: str = Field(examples=["job-failed"], description="Stable: branch on this.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str


class PageQuery(BaseModel):
    """The query of every list. Rooms add their filters; an unknown parameter is a 422."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

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


# Tab, line feed and carriage return are text; the other control characters are not.
TEXT = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f]*$"
INVISIBLE = (
    r"\s\u0000-\u0020\u0085\u00ad\u061c\u115f\u1160\u180e"
    r"\u200b-\u200f\u2060-\u206f\u3164\ufeff\uffa0"
)
"""Blanks, and characters that only steer others: a name of these alone shows as nothing."""
SOME_TEXT = TEXT[:-1] + f"[^{INVISIBLE}]" + TEXT[1:]
VISIBLE = re.compile(f"[^{INVISIBLE}]")
ANYTHING = r"^[\s\S]*$"  # passwords and files: what they hold is not for us to say


_STRANGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class PlainText:
    """Text of any script, without control characters; where it has a least length, not blank.

    Stands behind the lengths: `Annotated[str, StringConstraints(max_length=64), PLAIN]`.
    A type that has its lengths, such as `Line`, is not given others: the server would hold them,
    and the contract would not say so.
    """

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        inner = handler(source)
        rule = _some_text if inner.get("min_length") else _no_strange_characters
        return no_info_after_validator_function(rule, inner)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell the contract as a pattern what the caller is told in a sentence."""
        found = handler(schema)
        return {**found, "pattern": SOME_TEXT if found.get("minLength") else TEXT}


def _no_strange_characters(text: str) -> str:
    if _STRANGE.search(text):
        raise ValueError("control characters are not text")
    return text


def _some_text(text: str) -> str:
    if not VISIBLE.search(text):
        raise ValueError("there is nothing to see in it")
    return _no_strange_characters(text)


PLAIN = PlainText()
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), PLAIN]
"""One line of any script: names, titles."""
Prose = Annotated[str, StringConstraints(min_length=1, max_length=10_000), PLAIN]
Code = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")
]
"""A short machine-readable name."""
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200), PLAIN]


def _a_moment_of_the_calendar(moment: dt.datetime) -> dt.datetime:
    try:
        moment.astimezone(dt.UTC)
    except OverflowError as wrong:
        raise ValueError("lies outside of the years 1 to 9999 in UTC") from wrong
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_a_moment_of_the_calendar)]
"""An instant, with its offset; stored in UTC."""
Id = uuid.UUID
Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=40), PLAIN],
        Annotated[str, StringConstraints(max_length=500), PLAIN],
    ],
    Field(max_length=50, description="The integrator's own keys; kept, never interpreted."),
]


class Cursors:
    """Signs cursors with the installation's secret, so that none can be made up or carried over."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def write(self, place: list[Any], bound_to: str) -> str:
        payload = json.dumps(place, separators=(",", ":"), default=str).encode()
        mark = hmac.digest(self.secret, bound_to.encode() + payload, hashlib.sha256)[:9]
        return base64.urlsafe_b64encode(mark + payload).rstrip(b"=").decode()

    def read(self, cursor: str, bound_to: str) -> list[Any]:
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError:
            raw = b""
        mark, payload = raw[:9], raw[9:]
        expected = hmac.digest(self.secret, bound_to.encode() + payload, hashlib.sha256)[:9]
        if not hmac.compare_digest(mark, expected):
            raise Invalid.at("/query/cursor", "Not a cursor of this list.", "cursor_invalid")
        place: list[Any] = json.loads(payload)
        return place


def narrowed(stmt: Select[Any], *filters: tuple[InstrumentedAttribute[Any], Any]) -> Select[Any]:
    """The statement with those filters of a list that were given: column equals value."""
    given = [column == value for column, value in filters if value is not None]
    return stmt.where(*given) if given else stmt


Sorts = Mapping[str, InstrumentedAttribute[Any]]


@dataclass(frozen=True)
class Place:
    """Where a page begins and in which order it goes on: a keyset, as fast at any depth."""

    column: InstrumentedAttribute[Any]
    key: InstrumentedAttribute[uuid.UUID]
    downwards: bool
    bound_to: str

    @classmethod
    def of(
        cls,
        key: InstrumentedAttribute[uuid.UUID],
        query: PageQuery,
        sorts: Sorts,
        organization_id: uuid.UUID | None,
    ) -> "Place":
        name = query.sort.removeprefix("-")
        if name not in sorts:
            known = ", ".join(sorted(sorts))
            raise Invalid.at("/query/sort", f"Sort by one of {known}.", "sort_unknown")
        bound_to = f"{organization_id}{key.class_.__tablename__}{query.sort}"
        return cls(sorts[name], key, query.sort.startswith("-"), bound_to)

    def begin(self, stmt: Select[Any], query: PageQuery, cursors: Cursors) -> Select[Any]:
        """The statement of one page, with one row more than is shown. Raises Invalid."""
        columns = (self.key,) if self.column is self.key else (self.column, self.key)
        if query.cursor is not None:
            seen = cursors.read(query.cursor, self.bound_to)[-len(columns) :]
            bound = tuple_(*(_revived(value, of) for value, of in zip(seen, columns, strict=True)))
            here = tuple_(*columns)
            stmt = stmt.where(here < bound if self.downwards else here > bound)
        order = [each.desc() if self.downwards else each.asc() for each in columns]
        return stmt.order_by(*order).limit(query.limit + 1)

    def end(self, column: Any, key: Any, cursors: Cursors) -> str:
        """The cursor behind a row with these values."""
        return cursors.write([column, key], self.bound_to)


def _revived(value: Any, column: InstrumentedAttribute[Any]) -> Any:
    kind = column.type.python_type
    if kind is uuid.UUID:
        return uuid.UUID(value)
    if kind is dt.datetime:
        moment = dt.datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    return value
