"""The thread that writes: it commits all waiting works in one transaction."""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from traceback import clear_frames
from typing import Any

from movieserver.backends.sqlite.failures import is_busy
from movieserver.backends.sqlite.file import DatabaseFile
from movieserver.errors import StoreUnavailable
from movieserver.futures import settle

GROUP = 2000
"""The most works that are committed together."""
WAITING = 20_000
"""The most works that wait."""
PAUSE = 0.001
"""Seconds between attempts to get the file's lock from another process."""
EXPIRY = 0.2
"""Interval between checks for works that waited too long, as a fraction of the time limit."""

Work = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True)
class Write:
    """A work and the future of its result."""

    work: Work
    future: "asyncio.Future[Any]"
    deadline: float
    """The loop's time after which it is too late to begin."""
    alone: bool = False
    """Whether it gets a transaction of its own, because a group with it has failed."""


Outcome = tuple["asyncio.Future[Any]", Any, Exception | None]


class Writer:
    """Runs works on a connection of its own, and answers after their commit has reached the disk.

    Works that wait at the same time are committed together. If one fails, all of them are run
    again, each in a transaction of its own, so that only the future of the failing work fails. A
    work must therefore be repeatable and touch nothing but the connection that it is given.

    A work that has not begun within the time limit fails; once it has begun, its end is awaited.
    So a failure means that nothing was written.
    """

    def __init__(self, file: DatabaseFile, timeout: float, committed: Callable[[], None]) -> None:
        """Prepare a thread; ``committed`` is called on the loop after every transaction."""
        self.failing = False
        """Whether the last transaction failed, as on a full disk, or could not begin in time."""
        self._file = file
        self._timeout = timeout
        self._committed = committed
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Write] = deque()
        self._taking = threading.Lock()
        """Held while works are taken from or put back at the front of the queue."""
        self._wake = threading.Event()
        self._closing = False
        self._expiry: asyncio.TimerHandle | None = None
        name = f"writer of {file.path}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    async def open(self) -> None:
        """Open the file and start the thread. Raises ``StoreError``."""
        self._connection = await asyncio.to_thread(self._file.open)
        self._thread.start()

    def submit(self, work: Work) -> "asyncio.Future[Any]":
        """Queue ``work``; the future gets its result. ``StoreUnavailable`` if too many wait."""
        if len(self._waiting) >= WAITING:
            raise StoreUnavailable(f"{self._file.path}: {WAITING} writes are waiting already")
        future = self._loop.create_future()
        deadline = self._loop.time() + self._timeout * (1 - EXPIRY)
        self._waiting.append(Write(work, future, deadline))
        if not self._wake.is_set():
            self._wake.set()
        if self._expiry is None:
            self._expiry = self._loop.call_later(self._timeout * EXPIRY, self._expire)
        return future

    async def close(self) -> None:
        """Write what waits, then end the thread and close the connection."""
        self._closing = True
        self._wake.set()
        await asyncio.to_thread(self._thread.join)
        if self._expiry is not None:
            self._expiry.cancel()

    def _expire(self) -> None:
        now = self._loop.time()
        with self._taking:
            while self._waiting and self._waiting[0].deadline <= now:
                self.failing = True
                self._settle([(self._waiting.popleft().future, None, self._overdue())])
            waiting = bool(self._waiting)
        again = self._timeout * EXPIRY
        self._expiry = self._loop.call_later(again, self._expire) if waiting else None

    def _overdue(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self._file.path}: too busy, a write had to wait for {self._timeout:g} s"
        )

    def _run(self) -> None:
        while not (self._closing and not self._waiting):
            self._wake.wait()
            self._wake.clear()
            while self._waiting:
                self._write_group()
        self._connection.close()

    def _write_group(self) -> None:
        """Get the lock, then take what waits and commit it."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if is_busy(error):
                time.sleep(PAUSE)
            else:
                self._roll_back()
                self._answer([(write.future, None, error) for write in self._take()])
            return
        group = self._take()
        try:
            outcomes = self._commit(group)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the work
            # A statement that was not read to its end would hold the connection at its snapshot.
            clear_frames(error.__traceback__)
            self._roll_back()
            if len(group) > 1:
                self._separate(group)
                return
            outcomes = [(write.future, None, error) for write in group]
        self._answer(outcomes)

    def _take(self) -> list[Write]:
        """The works to commit together next, without those whose futures were cancelled."""
        group: list[Write] = []
        with self._taking:
            while self._waiting and len(group) < GROUP:
                alone = self._waiting[0].alone
                if alone and group:
                    break
                write = self._waiting.popleft()
                if not write.future.cancelled():
                    group.append(write)
                    if alone:
                        break
        return group

    def _commit(self, group: Sequence[Write]) -> list[Outcome]:
        outcomes: list[Outcome] = [
            (write.future, write.work(self._connection), None) for write in group
        ]
        self._file.check()
        self._connection.execute("COMMIT")
        self.failing = False
        return outcomes

    def _separate(self, group: Sequence[Write]) -> None:
        """Put a failed group back at the front, each work for a transaction of its own."""
        for write in group:
            write.alone = True
        with self._taking:
            self._waiting.extendleft(reversed(group))

    def _roll_back(self) -> None:
        self.failing = True
        # SQLite has already rolled back after some errors, as on a full disk. If this fails, the
        # next BEGIN fails too, and the rollback is tried again.
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _answer(self, outcomes: Sequence[Outcome]) -> None:
        self._loop.call_soon_threadsafe(self._hand_over, outcomes)

    def _hand_over(self, outcomes: Sequence[Outcome]) -> None:
        self._settle(outcomes)
        self._committed()

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        for future, result, error in outcomes:
            if isinstance(error, sqlite3.Error):
                failure = self._file.failure(error)
                failure.__cause__ = error
                settle(future, None, failure)
            else:
                settle(future, result, error)
