"""Time that moves when a test says so."""

import asyncio
from operator import itemgetter
from typing import NoReturn

from movieserver.clock import Clock

START = 1_764_000_000.0
"""The first moment of a manual clock, in seconds since 1970: 24 November 2025."""
TICK = 0.01
"""Seconds between two steps of a clock that runs by itself."""


class ManualClock(Clock):
    """Stands still between two calls of ``advance``; belongs to one event loop."""

    def __init__(self, start: float = START) -> None:
        self._time = start
        self._monotonic = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def time(self) -> float:
        return self._time

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper = (self._monotonic + seconds, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    @property
    def sleepers(self) -> int:
        """How many coroutines are asleep."""
        return len(self._sleepers)

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass; wakes the sleepers that are due, the earliest first."""
        self._time += seconds
        self._monotonic += seconds
        for until, future in sorted(self._sleepers, key=itemgetter(0)):
            if until <= self._monotonic and not future.done():
                future.set_result(None)

    def set_back(self, seconds: float) -> None:
        """Set the machine's clock back by ``seconds``; wakes no sleeper."""
        self._time -= seconds

    async def run(self, speed: float = 1.0) -> NoReturn:
        """Let time pass by itself, ``speed`` times as fast as real time, until cancelled."""
        while True:
            await asyncio.sleep(TICK)
            self.advance(TICK * speed)
