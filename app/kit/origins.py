"""Which front ends' browsers may call: the installation's origins, and each organization's own."""

import asyncio
import json
import logging
import time
import uuid

from sqlalchemy import select, text

from app.kit.database import Organization
from app.kit.lanes import Lanes
from app.kit.ruptures import RUPTURES

log = logging.getLogger("rementor.origins")

KNOWN_FOR = 5.0  # ours, seconds: how soon every process has heard of a change
_ON_POSTGRESQL = text("SELECT organization_id, allowed_origins FROM list_allowed_origins()")
_ON_SQLITE = select(Organization.id, Organization.allowed_origins)


class Origins:
    """Read only when a browser calls from elsewhere, and then once in a few seconds."""

    def __init__(self, lanes: Lanes) -> None:
        self.everywhere = frozenset(origin.encode() for origin in lanes.settings.cors_origins)
        self._lanes = lanes
        self._of: dict[bytes, frozenset[uuid.UUID]] = {}
        self._read_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def may_call(self, origin: bytes, organization_id: uuid.UUID | None) -> bool:
        """Whether a page of this origin may read an answer of this organization.

        An answer that belongs to none (a preflight, a refused token, a sign-in that failed early)
        may be read from any origin that some organization lists: it tells what anybody may ask.
        """
        if origin in self.everywhere:
            return True
        if not self._fresh():
            async with self._one_at_a_time:
                if not self._fresh():
                    await self._read_again()
        of = self._of.get(origin)
        return of is not None and (organization_id is None or organization_id in of)

    def forget(self) -> None:
        """Read again at the next call."""
        self._read_at = float("-inf")

    def _fresh(self) -> bool:
        return time.monotonic() < self._read_at + KNOWN_FOR

    async def _read_again(self) -> None:
        try:
            self._of = await self._lanes.readers.run(self._read)
        except RUPTURES:  # what was known stays known; the request itself has its answer already
            log.warning("origins not read", exc_info=True)
        self._read_at = time.monotonic()

    def _read(self) -> dict[bytes, frozenset[uuid.UUID]]:
        found: dict[bytes, set[uuid.UUID]] = {}
        with self._lanes.reading() as rows:
            stmt = _ON_POSTGRESQL if self._lanes.on_postgresql else _ON_SQLITE
            for organization_id, listed in rows.execute(stmt):
                for origin in json.loads(listed) if isinstance(listed, str) else listed:
                    found.setdefault(origin.encode(), set()).add(organization_id)
        return {origin: frozenset(of) for origin, of in found.items()}
