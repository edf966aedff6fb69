"""The threads that read."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from movieserver.backends.sqlite.file import DatabaseFile
from movieserver.errors import StoreUnavailable

T = TypeVar("T")

STEPS = 100_000
"""Instructions of SQLite's virtual machine between two checks of the deadline: milliseconds."""


class Readers:
    """Runs works on a few connections; each work sees the file as of one moment."""

    def __init__(self, file: DatabaseFile, timeout: float, threads: int) -> None:
        """Prepare ``threads`` threads; a work succeeds or fails within ``timeout`` seconds."""
        self._file = file
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(threads, f"reader of {file.path}")
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of ``work``. Raises ``StoreError``."""
        deadline = self._loop.time() + self._timeout
        try:
            async with asyncio.timeout_at(deadline):
                return await self._loop.run_in_executor(self._threads, self._run, work, deadline)
        except TimeoutError as error:
            message = f"{self._file.path}: too busy, a read took {self._timeout:g} s"
            raise StoreUnavailable(message) from error

    async def close(self) -> None:
        """Wait for running works to end, and disconnect."""
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()

    def _run(self, work: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        connection = self._connection()
        self._local.deadline = deadline
        try:
            connection.execute("BEGIN")
            result = work(connection)
            connection.execute("ROLLBACK")
        except BaseException as error:
            self._discard(connection)
            if isinstance(error, sqlite3.Error):
                raise self._file.failure(error) from error
            raise
        return result

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._file.connect()
            self._connections.append(connection)
            connection.set_progress_handler(self._is_overdue, STEPS)
        return connection

    def _discard(self, connection: sqlite3.Connection) -> None:
        """Close a connection on which a work failed.

        A statement that was not read to its end survives a ROLLBACK while a traceback refers to
        it, and holds the connection at the snapshot that it saw.
        """
        self._local.connection = None
        self._connections.remove(connection)
        connection.close()

    def _is_overdue(self) -> bool:
        """Whether SQLite should interrupt what the calling thread has it do."""
        return bool(self._loop.time() > self._local.deadline)
