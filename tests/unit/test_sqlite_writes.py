"""What all stores on SQLite promise beyond their interfaces: groups of writes, time limits."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.rate_store import SqliteRateStore
from movieserver.clock import SystemClock
from movieserver.errors import StoreUnavailable
from movieserver.models import Rate

LIMIT = 1.0
"""Seconds that a store may take to answer where a test makes it late."""
LATENESS = 0.5
"""Seconds that a busy machine may add."""
ENDLESS = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT sum(n) FROM n"
LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(data: Path) -> Path:
    data.mkdir()
    return data / "file.db"


@pytest.fixture
def database(path: Path, io_loop: IOLoop) -> Database:
    return Database(path, SystemClock(), timeout=LIMIT)


@pytest.fixture
def store(database: Database, io_loop: IOLoop) -> Iterator[SqliteRateStore]:
    store = SqliteRateStore(database, SystemClock())
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)


def rates(count: int) -> list[Rate]:
    return [Rate(f"user {n}", "tt1", 5, 1) for n in range(count)]


async def scanned(store: RateStore) -> set[Rate]:
    return {state async for states in store.scan() for state in states}


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    command = [sys.executable, "-c", LOCK, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        yield
        process.communicate()


@asynccontextmanager
async def occupied(database: Database) -> AsyncIterator[None]:
    """The writer is in the midst of a work."""
    begun, end = threading.Event(), threading.Event()

    def work(_: sqlite3.Connection) -> None:
        begun.set()
        end.wait()

    writing = asyncio.ensure_future(database.write(work))
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        end.set()
        await writing


async def turns() -> None:
    """Let the loop start a task, and then what the task has put off to the next turn."""
    for _ in range(3):
        await asyncio.sleep(0)


def fail(_: sqlite3.Connection) -> None:
    raise ValueError("a mistake in a work")


@pytest.mark.gen_test
async def test_a_work_that_fails_takes_nobody_with_it(
    store: SqliteRateStore, database: Database
) -> None:
    async with occupied(database):
        group = [
            asyncio.ensure_future(each)
            for each in (
                store.put(Rate("ann", "tt1", 5, 1)),
                database.write(fail),
                store.put(Rate("bob", "tt1", 6, 1)),
                database.write(lambda connection: connection.execute("no SQL").fetchall()),
                store.put(Rate("cem", "tt1", 7, 1)),
            )
        ]
        await asyncio.sleep(0)
    first, mistake, second, wrong, third = await asyncio.gather(*group, return_exceptions=True)
    assert (first, second, third) == (True, True, True)
    assert isinstance(mistake, ValueError)
    assert isinstance(wrong, StoreUnavailable)
    assert isinstance(wrong.__cause__, sqlite3.OperationalError)
    assert {state.user_id for state in await scanned(store)} == {"ann", "bob", "cem"}


@pytest.mark.gen_test
async def test_puts_of_one_turn_are_one_work(
    store: SqliteRateStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movieserver.backends.sqlite.writer.WAITING", 1)
    async with occupied(database):
        puts = [asyncio.ensure_future(store.put(rate)) for rate in rates(50)]
        await asyncio.sleep(0)
        puts[7].cancel()
    outcomes = await asyncio.gather(*puts, return_exceptions=True)
    assert outcomes[:7] + outcomes[8:] == [True] * 49
    assert isinstance(outcomes[7], asyncio.CancelledError)
    assert await scanned(store) >= set(rates(50)) - {rates(50)[7]}


@pytest.mark.gen_test
async def test_who_no_longer_waits_for_a_write_does_not_disturb_the_others(
    store: SqliteRateStore, database: Database
) -> None:
    async with occupied(database):
        first, second = (asyncio.ensure_future(store.put(rate)) for rate in rates(2))
        await asyncio.sleep(0)
        first.cancel()
    await second
    assert rates(2)[1] in await scanned(store)


@pytest.mark.gen_test
async def test_what_waits_is_bounded(
    store: SqliteRateStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movieserver.backends.sqlite.writer.WAITING", 3)
    async with occupied(database):
        puts = []
        for rate in rates(5):
            puts.append(asyncio.ensure_future(store.put(rate)))
            await turns()
    outcomes = await asyncio.gather(*puts, return_exceptions=True)
    assert outcomes[:3] == [True] * 3
    assert [type(outcome) for outcome in outcomes[3:]] == [StoreUnavailable] * 2
    assert await scanned(store) == set(rates(3))


@pytest.mark.gen_test
async def test_another_process_that_writes_for_too_long(store: SqliteRateStore, path: Path) -> None:
    clock = SystemClock()
    await store.put(Rate("ann", "tt1", 5, 1))
    with locked(path):
        started = clock.monotonic()
        puts = (store.put(Rate("bob", "tt1", 6, 1)), store.put_many(rates(10)))
        outcomes = await asyncio.gather(*puts, return_exceptions=True)
        assert clock.monotonic() - started < LIMIT + LATENESS
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 2
        assert str(path) in str(outcomes[0])
        assert await scanned(store) == {Rate("ann", "tt1", 5, 1)}
        # Until a write succeeds, a ping waits for one.
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await store.ping()
    await store.put(Rate("cem", "tt1", 7, 1))
    await store.ping()
    assert {state.user_id for state in await scanned(store)} == {"ann", "cem"}


@pytest.mark.gen_test
async def test_a_read_that_takes_too_long(store: SqliteRateStore, database: Database) -> None:
    clock = SystemClock()
    started = clock.monotonic()
    with pytest.raises(StoreUnavailable, match=str(database.path)):
        await database.read(lambda connection: connection.execute(ENDLESS).fetchall())
    assert clock.monotonic() - started < LIMIT + LATENESS
    await store.put(Rate("ann", "tt1", 5, 1))
    assert await scanned(store) == {Rate("ann", "tt1", 5, 1)}
