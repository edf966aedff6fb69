"""Time, injected.

What decides anything by the time asks a ``Clock``. Only the limits of threads that block, and the
``Date`` header, are by the system's own.
"""

import asyncio
import time
from abc import ABC, abstractmethod


class Clock(ABC):
    """Where time comes from; tests use ``movieserver.testing.ManualClock``."""

    @abstractmethod
    def time(self) -> float:
        """Seconds since 1970 (UTC). May step backwards when the machine's clock is set."""

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


LATEST = 253_402_300_799_999_999
"""The last microsecond of the year 9999: no clock gives a version after it."""


class VersionClock:
    """Gives the versions of rates: microseconds since 1970, strictly increasing in one process.

    Two processes may give the same version, or versions that disagree with the order of their
    answers by the difference of their clocks; the contract's rule (``Rate.precedence``) settles
    which of two states holds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def follow(self, version: int) -> None:
        """Give none from now on that is not later than ``version``, which somebody else gave.

        One that no clock can have given is passed over: after it there may be none to give.
        """
        if version <= LATEST:
            self._last = max(self._last, version)

    def next(self) -> int:
        """A version later than every one that this object gave before."""
        self._last = max(self._last + 1, int(self._clock.time() * 1_000_000))
        return self._last
