"""Every event log that needs no engine keeps to the interface."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import EventLog, StoreContext, Topic
from movieserver.backends.sqlite import SqliteBackend
from movieserver.backends.sqlite.membership import LEASE
from movieserver.testing import ManualClock
from movieserver.testing.event_log.model import MakeEventLog, Perish
from movieserver.testing.event_log_contract import EventLogContract

SPEED = 20.0
"""How much faster than the tests the time of the logs runs."""


class Processes:
    """Event logs, each with a clock that can stand still while the others' run."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._clocks: dict[EventLog, ManualClock] = {}
        self._running: dict[EventLog, asyncio.Task[None]] = {}

    def make(self, topics: Sequence[Topic]) -> EventLog:
        clock = ManualClock(self._now())
        # A backend of its own, so that nothing in memory is shared.
        context = StoreContext(self._data, clock)
        log = SqliteBackend().event_log("sqlite:///events.db", context, topics)
        self._clocks[log] = clock
        self._running[log] = asyncio.get_event_loop().create_task(clock.run(SPEED))
        return log

    async def perish(self, log: EventLog) -> None:
        """Let the time of ``log`` end, and the others' go on."""
        self._running[log].cancel()
        for other, clock in self._clocks.items():
            if other is not log:
                until = clock.monotonic() + LEASE + 2
                async with asyncio.timeout(20):
                    while clock.monotonic() < until:
                        await asyncio.sleep(0)

    async def close(self) -> None:
        for log, task in self._running.items():
            await log.close()
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _now(self) -> float:
        return max((clock.time() for clock in self._clocks.values()), default=time.time())


class TestSqliteEventLog(EventLogContract):
    @pytest.fixture
    def processes(self, data: Path, io_loop: IOLoop) -> Iterator[Processes]:
        processes = Processes(data)
        yield processes
        io_loop.run_sync(processes.close)

    @pytest.fixture
    def make_event_log(self, processes: Processes) -> MakeEventLog:
        return processes.make

    @pytest.fixture
    def perish(self, processes: Processes) -> Perish:
        return processes.perish
