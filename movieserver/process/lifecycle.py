"""The state of the server between its start and its end."""

import asyncio
from collections.abc import Callable


class Lifecycle:
    """Counts the requests in flight and says whether new ones are welcome."""

    def __init__(self) -> None:
        self.stopping = False
        self.ended = False
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._at_start: list[Callable[[], object]] = []
        self._at_stop: list[Callable[[], object]] = []

    def at_start(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` before the server listens, to get what it needs from the system."""
        self._at_start.append(callback)

    def at_stop(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` when the stop begins, to end what would go on for ever."""
        self._at_stop.append(callback)

    def start(self) -> None:
        """Note that the server is about to listen."""
        for callback in self._at_start:
            callback()

    def stop(self) -> None:
        """Note that the stop has begun."""
        self.stopping = True
        for callback in self._at_stop:
            callback()

    def end(self) -> None:
        """Note that requests are no longer waited for: one that begins now must change nothing."""
        self.ended = True

    def enter(self) -> None:
        """Note that a request has begun."""
        self._in_flight += 1
        self._idle.clear()

    def leave(self) -> None:
        """Note that a request has ended."""
        self._in_flight -= 1
        if not self._in_flight:
            self._idle.set()

    @property
    def in_flight(self) -> int:
        """The number of requests that have begun and not ended."""
        return self._in_flight

    async def idle(self) -> None:
        """Return when no request is in flight."""
        # Another request may begin between the end of the last one and this task's turn.
        while self._in_flight:
            await self._idle.wait()
