"""Rates that were just stored, on their way from the handlers to the relay job."""

import asyncio
from collections import deque

from movieserver.models import Rate

LIMIT = 20_000
"""Rates held at most. What does not fit is not lost: it is pending in the rate store."""


class Announcements:
    """A bounded queue that only saves time: the rate store knows everything that is in it."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._rates: deque[Rate] = deque()
        self._limit = limit
        self._offered = asyncio.Event()

    def __len__(self) -> int:
        return len(self._rates)

    def offer(self, rate: Rate) -> None:
        """Ask that ``rate`` be announced soon; a full queue leaves it to the relay's next sweep."""
        if len(self._rates) < self._limit:
            self._rates.append(rate)
            self._offered.set()

    def take(self, limit: int) -> list[Rate]:
        """Remove and return at most ``limit`` rates, oldest first."""
        taken = [self._rates.popleft() for _ in range(min(limit, len(self._rates)))]
        if not self._rates:
            self._offered.clear()
        return taken

    async def wait(self) -> None:
        """Return when there is something to take."""
        await self._offered.wait()
