"""One SQLite file, shared by all the stores of a process that are on it."""

import asyncio
import fcntl
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from movieserver.backends.sqlite.failures import translated
from movieserver.backends.sqlite.writer import Writer
from movieserver.clock import Clock
from movieserver.errors import StoreRefused, StoreUnavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

SCHEMA_VERSION = 1
"""Kept in the file; a file of a later version is refused."""
READERS = 2
POLL = 0.05
"""Seconds between two looks for the changes of other processes."""
SETTINGS = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
"""


class Database:
    """Reads on a few threads, writes on one; opened as often as it is closed."""

    def __init__(self, path: Path, clock: Clock, timeout: float) -> None:
        """Take the file's path; ``timeout`` bounds, in seconds, the wait for other processes."""
        self.path = path
        self.generation = 0
        """Grows with every change that this process knows of."""
        self.clock = clock
        self._timeout = timeout
        self._users = 0
        self._opening = asyncio.Lock()
        self._writer: Writer | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._changed = asyncio.Event()
        self._watchers = 0
        self._watch: asyncio.Task[None] | None = None

    async def open(self, schema: str) -> None:
        """Open the file, made if absent, and run ``schema``, which has to bear repetition."""
        async with self._opening:
            if self._writer is None:
                connection = await asyncio.to_thread(self._connect_writer)
                self._writer = Writer(connection, self.path)
                self._readers = ThreadPoolExecutor(READERS, "sqlite reader")
                self._watch = asyncio.create_task(self._watch_others())
            self._users += 1
        await self.write(lambda connection: _prepare(connection, schema, self.path))

    async def close(self) -> None:
        """Close the file when the last of its users does."""
        async with self._opening:
            self._users -= 1
            if self._users or self._writer is None or self._readers is None or not self._watch:
                return
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            await asyncio.to_thread(self._readers.shutdown)
            for connection in self._connections:
                connection.close()
            await self._writer.close()
            self._writer = self._readers = self._watch = None
            self._connections, self._local = [], threading.local()

    async def write(self, work: Work[T]) -> T:
        """The result of ``work`` once the transaction that it is part of is on the disk.

        ``work`` must be repeatable and touch nothing but its connection.
        """
        if self._writer is None:
            raise StoreUnavailable(f"{self.path}: not open")
        result: T = await self._writer.submit(work)
        self._note_change()
        return result

    async def read(self, work: Work[T]) -> T:
        """The result of ``work``, which sees the file as it is at one moment."""
        if self._readers is None:
            raise StoreUnavailable(f"{self.path}: not open")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work)

    async def wait_changed(self, generation: int, timeout: float) -> None:
        """Return when anybody has written since ``generation``, or after ``timeout`` seconds."""
        changed = self._changed
        if self.generation != generation:
            return
        self._watchers += 1
        try:
            async with asyncio.timeout(timeout):
                await changed.wait()
        except TimeoutError:
            return
        finally:
            self._watchers -= 1

    def _note_change(self) -> None:
        self.generation += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def _watch_others(self) -> None:
        seen, connection = 0, await asyncio.to_thread(self._connect)
        while True:
            await self.clock.sleep(POLL)
            if self._watchers:
                version = await asyncio.to_thread(_data_version, connection)
                if version != seen:
                    self._note_change()
                seen = version

    def _read(self, work: Work[T]) -> T:
        with translated(self.path):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = self._connect()
                connection.execute("PRAGMA query_only = 1")
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                connection.execute("ROLLBACK")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        self._connections.append(connection)
        return connection

    def _connect_writer(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self.path.with_name(self.path.name + ".lock").open("w")
        except OSError as error:
            raise StoreRefused(f"{self.path}: {error.strerror}") from error
        # One process at a time: a switch to WAL does not wait for another one's.
        with lock, translated(self.path):
            fcntl.flock(lock, fcntl.LOCK_EX)
            connection = sqlite3.connect(
                self.path, timeout=self._timeout, isolation_level=None, check_same_thread=False
            )
            connection.executescript(SETTINGS)
        return connection


def statements(script: str) -> Iterator[str]:
    """The statements of a script; unlike ``executescript`` this leaves a transaction open."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _prepare(connection: sqlite3.Connection, schema: str, path: Path) -> None:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StoreRefused(
            f"{path}: it has schema version {version} and this movieserver knows "
            f"{SCHEMA_VERSION}; run a later movieserver"
        )
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    for statement in statements(schema):
        connection.execute(statement)


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
