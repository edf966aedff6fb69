"""Which stores are not open yet, and why."""

import asyncio
from collections.abc import Collection

from movieserver.errors import StoreError


class Openings:
    """Records which stores are open, for code that asks, or waits until they are.

    A store counts as open once it also holds the data that the profile loads at the start.
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
        """Why one of the stores for ``roles`` is not open, or None if all are."""
        return next((self._reasons[role] for role in roles if role in self._reasons), None)

    async def wait(self, roles: Collection[str]) -> None:
        """Return when the stores for ``roles`` are open."""
        while self.reason(roles) is not None:
            await self._opened.wait()
