"""One SQLite file, shared by all the stores of a process that are on it."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from movieserver.backends.sqlite.file import SCHEMA_VERSION, DatabaseFile
from movieserver.backends.sqlite.readers import Readers
from movieserver.backends.sqlite.writer import Writer
from movieserver.clock import Clock
from movieserver.errors import StoreError, StoreUnavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

READERS = 2
POLL = 0.05
"""Seconds between two checks for changes by other processes."""

log = logging.getLogger(__name__)


class Database:
    """Reads on a few threads, writes on one; every store on the file opens and closes it."""

    def __init__(self, path: Path, clock: Clock, timeout: float) -> None:
        """Take the file's path, and the time limit for an answer in seconds."""
        self.path = path
        self.clock = clock
        self.timeout = timeout
        """In seconds; may be changed until the file is opened."""
        self.generation = 0
        """Grows with every change that this process knows of."""
        self._users = 0
        self._opening = asyncio.Lock()
        self._file: DatabaseFile | None = None
        self._writer: Writer | None = None
        self._readers: Readers | None = None
        self._watch: asyncio.Task[None] | None = None
        self._watchers = 0
        self._changed = asyncio.Event()

    async def open(self, schema: str) -> None:
        """Open the file, creating it if absent, and run ``schema``, which must be idempotent.

        Raises ``StoreError``, and then leaves nothing open that was not.
        """
        async with self._opening:
            if self._writer is None:
                await self._start()
            self._users += 1
        try:
            await self.write(lambda connection: _prepare(connection, schema))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the file when its last user closes it."""
        async with self._opening:
            self._users -= 1
            if self._users or not (self._writer and self._readers and self._watch):
                return
            writer, self._writer = self._writer, None
            readers, self._readers = self._readers, None
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            await readers.close()
            await writer.close()

    def missing_file(self) -> Path | None:
        """The file's path if there is no such file, else None."""
        try:
            self.path.stat()
        except FileNotFoundError:
            return self.path
        except OSError:
            return None  # opening it will report what is wrong
        return None

    def write(self, work: Work[T]) -> "asyncio.Future[T]":
        """Run ``work``; the future has its result once its transaction is on the disk.

        ``work`` must be repeatable and touch nothing but its connection.
        """
        if self._writer is None:
            raise self._closed()
        return self._writer.submit(work)

    async def read(self, work: Work[T]) -> T:
        """The result of ``work``, which sees the file as of one moment."""
        if self._readers is None:
            raise self._closed()
        return await self._readers.run(work)

    async def ping(self) -> None:
        """Read from the file, and write to it if the last transaction failed.

        Raises ``StoreError`` if it cannot, or if the file was found damaged, removed or replaced.
        """
        await self.read(lambda connection: connection.execute("PRAGMA schema_version").fetchone())
        if self._file:
            self._file.check()
        if self._writer and self._writer.failing:
            await self.write(_rewrite_version)

    async def wait_changed(self, generation: int, timeout: float) -> None:
        """Return once anybody has written since ``generation``, or after ``timeout`` seconds."""
        if self.generation != generation:
            return
        changed = asyncio.ensure_future(self._changed.wait())
        due = asyncio.ensure_future(self.clock.sleep(timeout))
        self._watchers += 1
        try:
            await asyncio.wait({changed, due}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._watchers -= 1
            changed.cancel()
            due.cancel()

    async def _start(self) -> None:
        self._file = file = DatabaseFile(self.path, self.timeout)
        writer = Writer(file, self.timeout, self._note_change)
        await writer.open()
        self._writer = writer
        self._readers = Readers(file, self.timeout, READERS)
        self._watch = asyncio.create_task(self._watch_others(file))

    def _closed(self) -> StoreUnavailable:
        return StoreUnavailable(f"{self.path}: not open")

    def _note_change(self) -> None:
        self.generation += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def _watch_others(self, file: DatabaseFile) -> None:
        """Note the changes of other processes while somebody waits for a change."""
        seen = -1
        reader = Readers(file, self.timeout, 1)  # data_version compares within one connection only
        try:
            while True:
                await self.clock.sleep(POLL)
                if self._watchers:
                    version = await self._version(reader)
                    if version != seen:
                        self._note_change()
                    seen = version
        finally:
            await reader.close()

    async def _version(self, reader: Readers) -> int:
        """The file's data version; -1 if it cannot be read."""
        try:
            return await reader.run(_data_version)
        except StoreError as error:
            log.warning("cannot look for changes: %s", error)
            return -1


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def statements(script: str) -> Iterator[str]:
    """The statements of a script; unlike ``executescript``, running them commits nothing."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _prepare(connection: sqlite3.Connection, schema: str) -> None:
    for statement in statements(schema):
        connection.execute(statement)
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA_VERSION:
        _rewrite_version(connection)


def _rewrite_version(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
