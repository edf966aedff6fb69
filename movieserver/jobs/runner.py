"""The loop around every job: steps, waits, back-off after failures, an orderly stop."""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Mapping
from typing import Any

from movieserver.clock import Clock
from movieserver.errors import StoreError
from movieserver.futures import retrieve
from movieserver.jobs.job import Job
from movieserver.metrics import Meters

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds from a failure to the next try: each pause doubles, from the first to the longest."""
FIRST_STEP = 30.0
"""Seconds that a start waits for the first step of a job that fills memory."""
LEAST = 1.0
"""Minimum seconds for the jobs' last steps at stop, and again for ``finish``."""


class JobRunner:
    """Runs the jobs of a profile until it is told to stop."""

    def __init__(self, jobs: Mapping[str, Job], clock: Clock, meters: Meters | None = None) -> None:
        """Take the jobs by name, and the meters that count their steps."""
        self._jobs = jobs
        self._clock = clock
        meters = meters or Meters()
        self._meters = {name: meters.job(name) for name in jobs}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    async def prime(self) -> None:
        """Run one step of every job that fills memory, so that the first requests are answered."""
        for name, job in self._jobs.items():
            if job.fills:
                await self._prime(name, job)

    async def _prime(self, name: str, job: Job) -> None:
        limit = asyncio.timeout(FIRST_STEP)
        try:
            if (closed := job.services.openings.reason(job.needs)) is not None:
                raise closed
            async with limit:
                await job.step()
            self._meters[name].succeeded(self._clock.time())
        except StoreError as error:
            self._meters[name].failed()
            log.warning("job %s cannot run yet: %s", name, error)
        except (Exception, asyncio.CancelledError):
            if is_cancelled():
                raise
            self._meters[name].failed()
            if limit.expired():
                log.warning("job %s cannot run yet: it took longer than %g s", name, FIRST_STEP)
            else:
                log.exception("job %s failed", name)

    def start(self) -> None:
        """Start to run the jobs."""
        self._tasks = [
            asyncio.create_task(self._run(name, job), name=name) for name, job in self._jobs.items()
        ]

    async def stop(self, end: float) -> None:
        """End the waits, let the current steps finish, then call ``finish`` on all jobs at once.

        Whatever is not done at ``end``, by the event loop's clock, is cancelled; but the steps get
        at least ``LEAST`` seconds, and so do the calls of ``finish``.
        """
        loop = asyncio.get_running_loop()
        self._stopping.set()
        if self._tasks:
            patience = max(end - loop.time(), LEAST)
            _, late = await asyncio.wait(self._tasks, timeout=patience)
            for task in late:
                log.warning("job %s took too long to stop and was cancelled", task.get_name())
                task.cancel()
            await ended(self._tasks, LEAST)
        end = max(end, loop.time() + LEAST)
        finishing = [
            asyncio.create_task(self._finish(name, job, end), name=name)
            for name, job in self._jobs.items()
        ]
        if finishing:
            await ended(finishing, end - loop.time() + LEAST)

    async def _finish(self, name: str, job: Job, end: float) -> None:
        try:
            async with asyncio.timeout_at(end):
                await job.finish()
        except (StoreError, TimeoutError) as error:
            log.warning("job %s could not finish: %s", name, str(error) or "it took too long")
        except (Exception, asyncio.CancelledError):
            log.exception("job %s could not finish", name)

    async def _run(self, name: str, job: Job) -> None:
        await self._unless_stopping(job.services.openings.wait(job.needs))
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                more = await job.step()
                self._meters[name].succeeded(self._clock.time())
                if not more:
                    await self._unless_stopping(job.wait())
                pause = FIRST_PAUSE
            except StoreError as error:
                self._meters[name].failed()
                log.warning("job %s will try again in %.2g s: %s", name, pause, error)
                await self._pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except (Exception, asyncio.CancelledError):
                if is_cancelled():
                    raise
                self._meters[name].failed()
                log.exception("job %s failed and will try again in %.2g s", name, LONGEST_PAUSE)
                await self._pause(LONGEST_PAUSE)

    async def _pause(self, seconds: float) -> None:
        await self._unless_stopping(self._clock.sleep(seconds))

    async def _unless_stopping(self, wait: Coroutine[Any, Any, None]) -> None:
        waiting = asyncio.ensure_future(wait)
        stopping = asyncio.ensure_future(self._stopping.wait())
        either: set[asyncio.Future[Any]] = {waiting, stopping}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                await waiting
        finally:
            stopping.cancel()
            waiting.cancel()
            await asyncio.wait({waiting})
            retrieve(waiting)  # an end that was asked for is no failure


def is_cancelled() -> bool:
    """Whether somebody cancelled the current task.

    A ``CancelledError`` may also come out of something that a job awaited.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def ended(tasks: Collection[asyncio.Task[None]], seconds: float) -> None:
    """Wait for ``tasks`` of jobs, but no longer: they may ignore that they are cancelled."""
    done, left = await asyncio.wait(tasks, timeout=seconds)
    await asyncio.gather(*done, return_exceptions=True)
    for task in left:
        log.warning("job %s does not end; the same signal again ends the process", task.get_name())
