"""The database that the stores of a process share: its commits, its reads, who notices changes."""

import asyncio
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends.sqlite.database import Database
from movieserver.clock import SystemClock
from movieserver.errors import StoreRefused, StoreUnavailable
from movieserver.testing import ManualClock

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY);"
INSERT = "INSERT INTO numbers (number) VALUES (?)"
LONG = 300.0
"""Seconds that nobody waits for."""


def insert(number: int) -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute(INSERT, (number,))
        return number

    return work


def numbers(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT number FROM numbers ORDER BY number")]


def seen_by_others(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return numbers(connection)


@pytest.fixture
def path(data: Path) -> Path:
    return data / "numbers.db"


@pytest.fixture
def database(path: Path, io_loop: IOLoop) -> Iterator[Database]:
    database = Database(path, SystemClock(), timeout=5.0)
    io_loop.run_sync(lambda: database.open(SCHEMA))
    yield database
    io_loop.run_sync(database.close)


@pytest.fixture
def other(database: Database, path: Path) -> Iterator[sqlite3.Connection]:
    """A connection as another process would have one."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


@pytest.mark.gen_test
async def test_a_write_that_was_answered_is_in_the_file(database: Database, path: Path) -> None:
    for number in range(20):
        assert await database.write(insert(number)) == number
        assert seen_by_others(path) == list(range(number + 1))
        assert await database.read(numbers) == list(range(number + 1))


@pytest.mark.gen_test
async def test_what_waits_together_is_committed_together(
    database: Database, other: sqlite3.Connection, path: Path
) -> None:
    before = database.generation
    other.execute("BEGIN IMMEDIATE")
    writes = [database.write(insert(number)) for number in range(500)]
    other.execute("COMMIT")
    assert await asyncio.gather(*writes) == list(range(500))
    assert database.generation == before + 1
    assert seen_by_others(path) == list(range(500))


@pytest.mark.gen_test
async def test_every_culprit_of_a_group_fails_and_nobody_else(
    database: Database, other: sqlite3.Connection, path: Path
) -> None:
    other.execute("BEGIN IMMEDIATE")
    writes = [database.write(insert(number)) for number in (0, 1, 2, 0, 3, 3, 4, 1)]
    other.execute("COMMIT")
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [each if isinstance(each, int) else type(each) for each in outcomes] == [
        *(0, 1, 2, StoreUnavailable),
        *(3, StoreUnavailable, 4, StoreUnavailable),
    ]
    assert seen_by_others(path) == [0, 1, 2, 3, 4]


@pytest.mark.gen_test
async def test_a_write_that_nobody_waits_for_any_more_is_not_begun(
    database: Database, other: sqlite3.Connection, path: Path
) -> None:
    other.execute("BEGIN IMMEDIATE")
    writes = [database.write(insert(number)) for number in range(10)]
    for write in writes[::2]:
        write.cancel()
    other.execute("COMMIT")
    await asyncio.gather(*writes, return_exceptions=True)
    assert seen_by_others(path) == [1, 3, 5, 7, 9]


@pytest.mark.gen_test
async def test_a_read_sees_one_moment(database: Database) -> None:
    began, changed = threading.Event(), threading.Event()

    def work(connection: sqlite3.Connection) -> tuple[list[int], list[int]]:
        before = numbers(connection)
        began.set()
        changed.wait()
        return before, numbers(connection)

    reading = asyncio.create_task(database.read(work))
    await asyncio.to_thread(began.wait)
    await database.write(insert(1))
    changed.set()
    assert await reading == ([], [])
    assert await database.read(numbers) == [1]


@pytest.mark.gen_test
async def test_a_read_cannot_write(database: Database, path: Path) -> None:
    with pytest.raises(StoreRefused):
        await database.read(insert(1))
    assert seen_by_others(path) == []


@pytest.mark.gen_test
async def test_a_change_of_this_process_is_noticed(database: Database) -> None:
    generation = database.generation
    waiting = asyncio.create_task(database.wait_changed(generation, LONG))
    await asyncio.sleep(0)
    await database.write(insert(1))
    await waiting
    await database.wait_changed(generation, LONG)


@pytest.mark.gen_test
async def test_changes_of_other_processes_are_noticed(
    database: Database, other: sqlite3.Connection
) -> None:
    for number in range(5):
        generation = database.generation
        waiting = asyncio.create_task(database.wait_changed(generation, LONG))
        await asyncio.sleep(0)
        other.execute(INSERT, (number,))
        await waiting
        assert await database.read(numbers) == list(range(number + 1))


@pytest.mark.gen_test
async def test_waiting_for_a_change_ends_with_its_timeout(path: Path) -> None:
    clock = ManualClock()
    database = Database(path, clock, timeout=5.0)
    await database.open(SCHEMA)
    watching = clock.sleepers
    waiting = asyncio.create_task(database.wait_changed(database.generation, LONG))
    while clock.sleepers == watching:
        await asyncio.sleep(0)
    clock.advance(LONG)
    await waiting
    await database.close()


@pytest.mark.gen_test
async def test_it_is_open_as_long_as_anybody_uses_it(path: Path) -> None:
    database = Database(path, SystemClock(), timeout=5.0)
    await asyncio.gather(*(database.open(SCHEMA) for _ in range(3)))
    await database.close()
    await database.close()
    last = database.write(insert(1))
    await database.close()
    assert await last == 1
    assert not path.with_name("numbers.db-wal").exists()
    for attempt in (lambda: database.write(insert(2)), lambda: database.read(numbers)):
        with pytest.raises(StoreUnavailable, match="not open"):
            await attempt()
    await database.open(SCHEMA)
    assert await database.read(numbers) == [1]
    await database.close()


@pytest.mark.gen_test
async def test_a_file_that_is_refused_leaves_no_thread(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path.with_name("later.db"))) as later:
        later.execute("PRAGMA user_version = 99")
    database = Database(path.with_name("later.db"), SystemClock(), timeout=5.0)
    with pytest.raises(StoreRefused, match="version 99"):
        await database.open(SCHEMA)
    assert not [thread for thread in threading.enumerate() if "later.db" in thread.name]


@pytest.mark.gen_test
async def test_a_schema_that_is_refused_leaves_no_thread(path: Path) -> None:
    database = Database(path, SystemClock(), timeout=5.0)
    with pytest.raises(StoreUnavailable, match="syntax error"):
        await database.open("CREATE NONSENSE;")
    assert not [thread for thread in threading.enumerate() if str(path) in thread.name]


@pytest.mark.gen_test
async def test_many_open_a_new_file_at_once(path: Path) -> None:
    databases = [Database(path, SystemClock(), timeout=5.0) for _ in range(8)]
    await asyncio.gather(*(database.open(SCHEMA) for database in databases))
    await asyncio.gather(*(each.write(insert(n)) for n, each in enumerate(databases)))
    assert seen_by_others(path) == list(range(8))
    for database in databases:
        await database.close()


@pytest.mark.gen_test
async def test_the_files_are_their_owners_alone(database: Database, path: Path) -> None:
    await database.write(insert(1))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in (path, path.with_name("numbers.db-wal"), path.with_name("numbers.db-shm")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
