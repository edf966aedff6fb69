"""Time, injected.

Decisions about data ask a ``Clock``. Time limits use the event loop's clock; threads and the
supervisor use the system's.
"""

import asyncio
import time
from abc import ABC, abstractmethod

from movieserver.models import LAST_MOMENT


class Clock(ABC):
    """Where time comes from; tests use ``movieserver.testing.ManualClock``."""

    @abstractmethod
    def time(self) -> float:
        """Seconds since 1970 (UTC); may step backwards when the machine's clock is set."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never steps backwards."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds``."""


class SystemClock(Clock):
    """The machine's clock."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class VersionClock:
    """Gives rates their versions: microseconds since 1970, strictly increasing in one process.

    Two processes may give the same version. If their clocks differ, their versions may contradict
    the order of their answers by that difference. ``Rate.precedence`` settles which of two states
    holds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.last = 0
        """The highest version that was given or followed."""

    def follow(self, version: int) -> None:
        """From now on give only versions above ``version``, which another process gave.

        Ignores a version that no clock can have given, since there might be none left above it.
        """
        if version <= LAST_MOMENT:
            self.last = max(self.last, version)

    def next(self) -> int:
        """A version above all that this object gave before."""
        self.last = max(self.last + 1, int(self._clock.time() * 1_000_000))
        return self.last
