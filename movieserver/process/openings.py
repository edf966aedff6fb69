"""Which stores are not open yet, and why."""

import asyncio
from collections.abc import Collection

from movieserver.errors import StoreError


class Openings:
    """Told by whoever opens the stores; asked and awaited by whoever works with them.

    A store is open once it holds what the profile wants in it from the start.
    """

    def __init__(self) -> None:
        self._reasons: dict[str, StoreError] = {}
        self._opened = asyncio.Event()

    def fail(self, role: str, error: StoreError) -> None:
        """Note that the store for ``role`` could not be opened."""
        self._reasons[role] = error

    def succeed(self, role: str) -> None:
        """Note that the store for ``role`` is open."""
        self._reasons.pop(role, None)
        self._opened.set()
        self._opened = asyncio.Event()

    def reason(self, roles: Collection[str]) -> StoreError | None:
        """Why one of the stores for ``roles`` is not open; None where all are."""
        return next((self._reasons[role] for role in roles if role in self._reasons), None)

    async def wait(self, roles: Collection[str]) -> None:
        """Return when the stores for ``roles`` are open."""
        while self.reason(roles) is not None:
            await self._opened.wait()
