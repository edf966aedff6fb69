"""Rates that were just stored, on their way from the handlers to the relay job."""

import asyncio
from collections import deque

from movieserver.models import Rate

LIMIT = 20_000
"""The most rates held. A rate that does not fit is not lost: it is pending in the rate store."""


class Announcements:
    """A bounded queue that only saves time: whatever is in it is also pending in the rate store."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._rates: deque[Rate] = deque()
        self._limit = limit
        self._offered = asyncio.Event()

    def __len__(self) -> int:
        return len(self._rates)

    def offer(self, rate: Rate) -> None:
        """Queue ``rate`` to be announced soon; if the queue is full, the relay's sweep finds it."""
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
