"""A job that counts its steps, and a clock that does not sleep."""

import asyncio
from collections.abc import Callable

from movieserver.announcements import Announcements
from movieserver.clock import SystemClock
from movieserver.jobs import Job
from movieserver.memory.memory import Memory
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores


class EagerClock(SystemClock):
    """Sleeps no longer than a turn of the loop, and remembers for how long it should have."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Counting(Job):
    """Counts its steps; ``failures`` are raised first."""

    needs = frozenset({"movies"})

    def __init__(self, *failures: BaseException) -> None:
        clock = SystemClock()
        services = Services(Stores(), Memory(clock), Announcements(), Lifecycle())
        super().__init__(services, None)
        self.failures = list(failures)
        self.steps = 0
        self.finished = 0
        self.waiting = asyncio.Event()

    async def step(self) -> bool:
        self.steps += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.steps < 10

    async def wait(self) -> None:
        self.waiting.set()
        await asyncio.Event().wait()

    async def finish(self) -> None:
        self.finished += 1


def soon() -> float:
    """A moment by the loop's clock that is long enough for all that comes to its end."""
    return asyncio.get_running_loop().time() + 5


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)
