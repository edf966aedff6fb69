"""Works that fail while a statement of theirs is not read to its end."""

import sqlite3
from collections.abc import Awaitable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends.sqlite.database import READERS, Database
from movieserver.clock import SystemClock

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY);"
INSERT = "INSERT INTO numbers (number) VALUES (?)"


@pytest.fixture
def database(data: Path, io_loop: IOLoop) -> Iterator[Database]:
    database = Database(data / "numbers.db", SystemClock(), timeout=5.0)
    io_loop.run_sync(lambda: database.open(SCHEMA))
    io_loop.run_sync(lambda: database.write(fill))
    yield database
    io_loop.run_sync(database.close)


@pytest.fixture
def other(database: Database, data: Path) -> Iterator[sqlite3.Connection]:
    """A connection as another process would have one."""
    with closing(sqlite3.connect(data / "numbers.db", isolation_level=None)) as connection:
        yield connection


def fill(connection: sqlite3.Connection) -> None:
    connection.executemany(INSERT, ((number,) for number in range(1000)))


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM numbers").fetchone()[0])


@pytest.mark.gen_test
async def test_a_read_that_was_broken_off_holds_no_later_one_at_its_moment(
    database: Database, other: sqlite3.Connection
) -> None:
    errors = [await failure(database.read(broken)) for _ in range(READERS)]
    other.execute(INSERT, (1000,))
    for _ in range(2 * READERS):
        assert await database.read(count) == 1001
    assert len(errors) == READERS


@pytest.mark.gen_test
async def test_a_write_that_was_broken_off_keeps_no_later_one_from_the_file(
    database: Database, other: sqlite3.Connection
) -> None:
    error = await failure(database.write(broken))
    other.execute(INSERT, (1000,))
    assert await database.write(count) == 1001
    assert isinstance(error, ValueError)


def broken(connection: sqlite3.Connection) -> list[int]:
    """Begin to read, and fail over the first row."""
    # A variable, so that the traceback refers to it on every version of Python.
    rows = connection.execute("SELECT number FROM numbers")
    return [int("damaged") for _ in rows]


async def failure(work: Awaitable[object]) -> Exception:
    """The error of ``work``, with its traceback."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError("it did not fail")
