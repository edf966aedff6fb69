"""A time limit for many waits at once, at the price of one timer."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

PRECISION = 0.05
"""How late a wait may be cut off, as a part of the limit."""


@dataclass(slots=True, eq=False)
class Wait:
    """A task that waits, or no longer does."""

    task: "asyncio.Task[Any] | None"
    deadline: float
    """By the loop's time."""
    cut_off: bool = False


class TimeLimit:
    """Does what ``asyncio.timeout`` does, for one number of seconds.

    That makes a timer for every wait and takes it back, a tenth of what a stored rate costs.
    Here all waits have the same limit, so they end in the order in which they begin, and one
    timer now and then looks at the oldest.
    """

    def __init__(self, seconds: float) -> None:
        """Take the limit; it is counted from the beginning of each wait."""
        self._seconds = seconds
        self._waits: deque[Wait] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, answer: Awaitable[T]) -> T:
        """What ``answer`` comes to; cancels it and raises ``TimeoutError`` after the limit."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can wait")
        cancelling = task.cancelling()
        wait = Wait(task, loop.time() + self._seconds)
        self._waits.append(wait)
        if self._timer is None:
            self._timer = loop.call_later(self._seconds * PRECISION, self._sweep, loop)
        try:
            return await answer
        except asyncio.CancelledError as error:
            # Others may have cancelled the task as well; theirs has to go on its way.
            if wait.cut_off and task.uncancel() <= cancelling:
                raise TimeoutError from error
            raise
        finally:
            wait.task = None

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._waits and (self._waits[0].task is None or self._waits[0].deadline <= now):
            wait = self._waits.popleft()
            if wait.task is not None:
                wait.cut_off = True
                wait.task.cancel()
        again = self._seconds * PRECISION
        self._timer = loop.call_later(again, self._sweep, loop) if self._waits else None
