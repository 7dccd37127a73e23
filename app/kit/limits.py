"""Requests per minute and token, counted in this process."""

import math
import time
import uuid

from app.kit.problems import TooMany


class Limiter:
    """A fixed window of a minute for each token; forgets all windows when the minute turns."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = 0
        self._counts: dict[uuid.UUID, int] = {}

    def count(self, token_id: uuid.UUID) -> dict[str, str]:
        """Count one request; returns the RateLimit headers. Raises TooMany."""
        moment = time.monotonic()
        minute = int(moment // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        used = self._counts[token_id] = self._counts.get(token_id, 0) + 1
        reset = math.ceil((minute + 1) * 60 - moment)
        if used > self.per_minute:
            raise TooMany(f"At most {self.per_minute} requests a minute.", retry_after=reset)
        return {
            "RateLimit-Limit": str(self.per_minute),
            "RateLimit-Remaining": str(self.per_minute - used),
            "RateLimit-Reset": str(reset),
        }
