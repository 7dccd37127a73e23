"""What a service may answer besides the thing itself."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Accepted:
    """The answer is yes, but later: 202, with `Location` of the thing that will tell how far it is.

    For operations marked `@may_answer_later`; others are 202 by their `status_code` alone.
    """

    thing: Any
    """What is shown, with an `id`."""
