"""What all stores on SQLite promise beyond their interfaces: groups of writes, time limits."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext, Topic
from movieserver.backends.sqlite import SqliteBackend, failures
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.failures import failure
from movieserver.backends.sqlite.rate_store import SqliteRateStore
from movieserver.clock import SystemClock
from movieserver.errors import StoreRefused, StoreUnavailable
from movieserver.models import Rate

URL = "sqlite:///file.db"
LIMIT = 1.0
"""Seconds that a store may take to answer where a test makes it late."""
LATENESS = 0.5
"""Seconds that a busy machine may add."""
PAGE = 4096
FULL_SOON = f"PRAGMA max_page_count = {64 * 1024 // PAGE}"
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


def rate_store(path: Path) -> RateStore:
    """A store on the file that shares nothing in memory with another."""
    return SqliteBackend().rate_store(URL, StoreContext(path.parent))


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
    assert (first, second, third) == (None, None, None)
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
    assert outcomes[:7] + outcomes[8:] == [None] * 49
    assert isinstance(outcomes[7], asyncio.CancelledError)
    assert await scanned(store) >= set(rates(50)) - {rates(50)[7]}


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
    assert outcomes[:3] == [None] * 3
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
    await store.put(Rate("cem", "tt1", 7, 1))
    assert {state.user_id for state in await scanned(store)} == {"ann", "cem"}


@pytest.mark.gen_test
async def test_a_full_disk_acknowledges_nothing_that_is_not_kept(
    store: SqliteRateStore, database: Database, path: Path
) -> None:
    await database.write(lambda connection: connection.execute(FULL_SOON).fetchall())
    outcomes: list[BaseException | None] = []
    for first in range(0, 5000, 200):
        puts = (store.put(rate) for rate in rates(5000)[first : first + 200])
        outcomes += await asyncio.gather(*puts, return_exceptions=True)
    acknowledged = {r for r, outcome in zip(rates(5000), outcomes, strict=True) if outcome is None}
    failures = [outcome for outcome in outcomes if outcome is not None]
    assert acknowledged
    assert {type(failure) for failure in failures} == {StoreUnavailable}
    assert "full" in str(failures[0])
    with pytest.raises(StoreUnavailable, match="full"):
        await store.put_many(rates(5000))
    await store.ping()
    another = rate_store(path)
    await another.open()
    assert await scanned(another) == await scanned(store) == acknowledged
    await another.put_many(rates(5000))
    assert await scanned(store) == set(rates(5000))
    await another.close()


@pytest.mark.gen_test
async def test_nothing_is_acknowledged_into_a_file_that_was_found_to_be_damaged(path: Path) -> None:
    store = rate_store(path)
    await store.open()
    await store.put_many(rates(5000))
    await store.close()
    await store.open()
    damage(path)
    with pytest.raises(StoreRefused, match="corrupt; restore it"):
        await scanned(store)
    for call in (store.put(Rate("new", "tt1", 5, 1)), store.ping()):
        with pytest.raises(StoreRefused, match="corrupt; restore it"):
            await call
    await store.close()


def damage(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xa5" * (size // 4))


def test_a_disk_without_room_is_told_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR | 1 << 8
    assert "full" not in str(failure(error, path))
    assert "full" not in str(failure(error, path / "gone" / "file"))
    monkeypatch.setattr(failures, "disk_usage", lambda _folder: Mock(free=0))
    assert str(failure(error, path)).endswith("disk I/O error; its disk is full")


@pytest.mark.gen_test
async def test_a_topic_with_other_partitions_says_how_to_go_on(path: Path) -> None:
    backend, context = SqliteBackend(), StoreContext(path.parent)
    log = backend.event_log(URL, context, [Topic("rates", 4)])
    await log.open()
    other = SqliteBackend().event_log(URL, context, [Topic("rates", 3)])
    with pytest.raises(StoreRefused, match=r"rates.* 4 .* 3: set events\.partitions to 4"):
        await other.open()
    await other.close()
    await log.ping()
    await log.close()


@pytest.mark.gen_test
async def test_no_store_answers_before_it_is_opened(path: Path) -> None:
    backend, context = SqliteBackend(), StoreContext(path.parent)
    rates, movies = backend.rate_store(URL, context), backend.movie_store(URL, context)
    events = backend.event_log(URL, context, [Topic("rates", 4)])
    for attempt in (
        *(store.ping() for store in (rates, movies, events)),
        rates.put(Rate("ann", "tt1", 5, 1)),
        rates.get("ann", "tt1"),
        movies.apply([Rate("ann", "tt1", 5, 1)]),
        movies.top10(),
        events.publish("rates", []),
        events.subscribe("rates", "group"),
    ):
        with pytest.raises(StoreUnavailable, match=f"{path}: not open"):
            await attempt


@pytest.mark.gen_test
async def test_a_read_that_takes_too_long(store: SqliteRateStore, database: Database) -> None:
    clock = SystemClock()
    started = clock.monotonic()
    with pytest.raises(StoreUnavailable, match=str(database.path)):
        await database.read(lambda connection: connection.execute(ENDLESS).fetchall())
    assert clock.monotonic() - started < LIMIT + LATENESS
    await store.put(Rate("ann", "tt1", 5, 1))
    assert await scanned(store) == {Rate("ann", "tt1", 5, 1)}


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
async def test_stores_of_one_process_share_their_file(path: Path) -> None:
    backend, context = SqliteBackend(), StoreContext(path.parent)
    rate_store, event_log = (
        backend.rate_store(URL, context),
        backend.event_log(f"sqlite:///{path}", context, [Topic("rates", 4)]),
    )
    await rate_store.open()
    await event_log.open()
    assert [each.name for each in threading.enumerate() if "writer of" in each.name] == [
        f"writer of {path}"
    ]
    await rate_store.close()
    await event_log.ping()
    await event_log.close()
    assert not [each for each in threading.enumerate() if str(path) in each.name]


async def turns() -> None:
    """Let the loop start a task, and then what the task has put off to the next turn."""
    for _ in range(3):
        await asyncio.sleep(0)
