"""A disk that is full and a file that is damaged: only what is kept is acknowledged."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from movieserver.backends import RateStore, StoreContext
from movieserver.backends.sqlite import SqliteBackend, failures
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.failures import failure
from movieserver.backends.sqlite.rate_store import SqliteRateStore
from movieserver.clock import SystemClock
from movieserver.errors import StoreRefused, StoreUnavailable
from movieserver.models import Rate

URL = "sqlite:///file.db"
PAGE = 4096
RATES = [Rate(f"user {n}", "tt1", 5, 1) for n in range(5000)]
FULL_SOON = f"PRAGMA max_page_count = {64 * 1024 // PAGE}"


@pytest.fixture
def path(data: Path) -> Path:
    data.mkdir()
    return data / "file.db"


def rate_store(path: Path) -> RateStore:
    """A store on the file that shares nothing in memory with another."""
    return SqliteBackend().rate_store(URL, StoreContext(path.parent))


async def scanned(store: RateStore) -> set[Rate]:
    return {state async for states in store.scan() for state in states}


@pytest.mark.gen_test
async def test_a_full_disk_acknowledges_nothing_that_is_not_kept(path: Path) -> None:
    database = Database(path, SystemClock(), timeout=5.0)
    store = SqliteRateStore(database, SystemClock())
    await store.open()
    await database.write(lambda connection: connection.execute(FULL_SOON).fetchall())
    outcomes: list[bool | BaseException] = []
    for first in range(0, 5000, 200):
        puts = (store.put(rate) for rate in RATES[first : first + 200])
        outcomes += await asyncio.gather(*puts, return_exceptions=True)
    acknowledged = {r for r, outcome in zip(RATES, outcomes, strict=True) if outcome is True}
    failures = [outcome for outcome in outcomes if outcome is not True]
    assert acknowledged
    assert {type(failure) for failure in failures} == {StoreUnavailable}
    assert "full" in str(failures[0])
    with pytest.raises(StoreUnavailable, match="full"):
        await store.put_many(RATES)
    await store.ping()
    another = rate_store(path)
    await another.open()
    assert await scanned(another) == await scanned(store) == acknowledged
    await another.put_many(RATES)
    assert await scanned(store) == {*RATES}
    await another.close()
    await store.close()


@pytest.mark.gen_test
async def test_nothing_is_acknowledged_into_a_file_that_was_found_to_be_damaged(path: Path) -> None:
    store = rate_store(path)
    await store.open()
    await store.put_many(RATES)
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
async def test_a_lock_that_does_not_go_away_is_no_store_that_can_be_written(path: Path) -> None:
    store = SqliteBackend().rate_store(URL, StoreContext(path.parent, timeout=0.2))
    await store.open()
    await store.put(RATES[0])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="too busy"):
            await store.put(RATES[1])
        with pytest.raises(StoreUnavailable, match="too busy"):
            await store.ping()
        other.execute("ROLLBACK")
    await store.ping()
    await store.close()
