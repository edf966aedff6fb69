"""What a SQLite file promises beyond the stores' interfaces: one writer, time limits, refusals."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext, Topic
from movieserver.backends.sqlite import SqliteBackend
from movieserver.backends.sqlite.database import Database
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
LATER = 1000
"""A version of the schema that is yet to come."""
FULL_SOON = f"PRAGMA max_page_count = {64 * 1024 // PAGE}"
LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
OPEN = """
import asyncio, os, sys
from pathlib import Path
from movieserver.backends import StoreContext
from movieserver.backends.sqlite import SqliteBackend
from movieserver.errors import StoreRefused
if os.geteuid() == 0:  # who may write everything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
store = SqliteBackend().rate_store("sqlite:///file.db", StoreContext(Path(sys.argv[1])))
try:
    asyncio.run(store.open())
except StoreRefused as error:
    print(error)
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


async def use(store: RateStore) -> None:
    """Open the store, write and read."""
    await store.open()
    await store.put_many(rates(5000))
    await scanned(store)
    await store.close()


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
async def test_what_waits_is_bounded(
    store: SqliteRateStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movieserver.backends.sqlite.writer.WAITING", 3)
    async with occupied(database):
        puts = [asyncio.ensure_future(store.put(rate)) for rate in rates(5)]
        await asyncio.sleep(0)
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
    outcomes = await asyncio.gather(*(store.put(r) for r in rates(5000)), return_exceptions=True)
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


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\0" + bytes(999)])
def test_a_file_that_is_no_database(path: Path, content: bytes, io_loop: IOLoop) -> None:
    path.write_bytes(content)
    store = rate_store(path)
    with pytest.raises(StoreRefused, match=rf"{path}: it is not a SQLite database"):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)
    assert path.read_bytes() == content
    path.unlink()
    io_loop.run_sync(lambda: use(store))


def test_a_file_that_is_damaged(path: Path, io_loop: IOLoop) -> None:
    store = rate_store(path)
    io_loop.run_sync(lambda: use(store))
    content = path.read_bytes()
    path.write_bytes(content[:PAGE] + b"\xff" * (len(content) - PAGE))
    with pytest.raises(StoreRefused, match=rf"{path}: it is corrupt; restore it from a backup"):
        io_loop.run_sync(lambda: use(store))
    io_loop.run_sync(store.close)


def test_a_folder_in_the_files_place(path: Path, io_loop: IOLoop) -> None:
    path.mkdir()
    store = rate_store(path)
    with pytest.raises(StoreRefused, match=str(path)):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)


def test_a_file_in_the_folders_place(data: Path, io_loop: IOLoop) -> None:
    data.write_bytes(b"")
    store = rate_store(data / "file.db")
    with pytest.raises(StoreRefused, match=str(data)):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)


def test_a_file_of_a_later_movieserver(path: Path, io_loop: IOLoop) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {LATER}")
    store = rate_store(path)
    with pytest.raises(StoreRefused, match=rf"{path}.*version {LATER}.*run a later"):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)


def test_a_file_that_may_only_be_read(io_loop: IOLoop) -> None:
    # Not in the tests' folder, to which another user has no way.
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "file.db")
        io_loop.run_sync(lambda: use(rate_store(path)))
        path.chmod(0o444)
        command = [sys.executable, "-c", OPEN, folder]
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert said.stdout.startswith(str(path))
    assert "permission" in said.stdout.lower()


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
