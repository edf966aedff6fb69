"""The thread that writes: everything that has gathered goes into one transaction."""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from movieserver.backends.sqlite.failures import failure
from movieserver.errors import StoreUnavailable

GROUP = 2000
"""Works committed together at most."""
WAITING = 20_000
"""Works that wait at most."""


class Write(NamedTuple):
    """A work and who waits for it."""

    work: Callable[[sqlite3.Connection], Any]
    future: "asyncio.Future[Any]"


Outcome = tuple[Write, Any, Exception | None]


class Writer:
    """Runs works on a connection of its own, and answers after their commit has reached the disk.

    Works that wait at the same time are committed together. Should one fail, all of them are
    run again, each in a transaction of its own, so that only the culprit's future fails; a
    work must therefore be repeatable and touch nothing but the connection that it is given.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Take the connection, and start; to be called on the event loop."""
        self._connection = connection
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Write] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"writer of {path}", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], Any]) -> "asyncio.Future[Any]":
        """The future of ``work``'s result; raises ``StoreUnavailable`` where too many wait."""
        if len(self._waiting) >= WAITING:
            raise StoreUnavailable(f"{self._path}: {WAITING} writes are waiting already")
        future: asyncio.Future[Any] = self._loop.create_future()
        with self._changed:
            self._waiting.append(Write(work, future))
            self._changed.notify()
        return future

    async def close(self) -> None:
        """Write what waits, then end the thread and close the connection."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while group := self._next_group():
            outcomes = self._committed(group)
            if outcomes is None:
                outcomes = [outcome for write in group for outcome in self._alone(write)]
            self._loop.call_soon_threadsafe(_hand_over, outcomes)
        self._connection.close()

    def _next_group(self) -> list[Write]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            count = min(GROUP, len(self._waiting))
            return [self._waiting.popleft() for _ in range(count)]

    def _committed(self, group: list[Write]) -> list[Outcome] | None:
        """The outcomes of a group that was committed; None where a part of it failed."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes: list[Outcome] = [(w, w.work(self._connection), None) for w in group]
            self._connection.execute("COMMIT")
        except Exception:  # noqa: BLE001 - whose fault it is shows when each runs alone
            self._roll_back()
            return None
        return outcomes

    def _alone(self, write: Write) -> list[Outcome]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            result = write.work(self._connection)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            translated = failure(error, self._path)
            translated.__cause__ = error
            return [(write, None, translated)]
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the work
            self._roll_back()
            return [(write, None, error)]
        return [(write, result, None)]

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                # SQLite has rolled back by itself, as it does when the disk is full.
                return


def _hand_over(outcomes: list[Outcome]) -> None:
    for write, result, error in outcomes:
        if not write.future.done():
            if error is None:
                write.future.set_result(result)
            else:
                write.future.set_exception(error)
