"""A time limit for many waits at once, at the cost of one timer."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

PRECISION = 0.05
"""How late a wait may be cut off, as a fraction of the limit."""


@dataclass(slots=True, eq=False)
class Wait:
    """One wait; its task is None once the wait has ended."""

    task: "asyncio.Task[Any] | None"
    deadline: float
    """By the loop's time."""
    cut_off: bool = False


class TimeLimit:
    """Does what ``asyncio.timeout`` does, for one fixed number of seconds.

    ``asyncio.timeout`` creates and cancels a timer per wait, a tenth of the cost of storing a rate.
    Here all waits have the same limit, so their deadlines come in the order in which they begin,
    and one timer checks the oldest from time to time.
    """

    def __init__(self, seconds: float) -> None:
        """Take the limit, which counts from the beginning of each wait."""
        self._seconds = seconds
        self._waits: deque[Wait] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, answer: Awaitable[T]) -> T:
        """The result of ``answer``; cancelled after the limit: ``TimeoutError``."""
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
            # Somebody else may have cancelled the task as well; that has to be passed on.
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
