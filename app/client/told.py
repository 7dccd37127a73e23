"""What the generated models stand on: an answer knows its version, an enum that it will grow."""

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, PrivateAttr

from app.client.transport import Answer


class Told(BaseModel):
    """Something the server takes or tells."""

    _etag: str | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The body of an answer; it keeps the version that came in the answer's head."""
        told = cls.model_validate(answer.body)
        told._etag = answer.etag  # noqa: SLF001  of its own class
        return told

    @property
    def etag(self) -> str:
        """The version to decide on, for `if_match`. Raises LookupError where none was told."""
        if self._etag is None:
            raise LookupError("Lists tell no versions: get the thing by its id, then change it.")
        return self._etag


class Open(StrEnum):
    """Names that grow: one that a newer server tells is kept as it came, and equals its text."""

    @classmethod
    def _missing_(cls, value: Any) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = unknown._value_ = value
        return unknown
