"""Stores that do not open at the first try."""

import asyncio
import re
from pathlib import Path

import pytest

from movieserver.announcements import Announcements
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.clock import SystemClock
from movieserver.composition.connections import Connections
from movieserver.errors import StoreRefused, StoreUnavailable
from movieserver.memory.memory import Memory
from movieserver.process.lifecycle import Lifecycle
from movieserver.process.openings import Openings
from movieserver.services import Services, Stores

AWAY = StoreUnavailable("away")


class EagerClock(SystemClock):
    """Sleeps no longer than a turn of the loop."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Counted(SqliteMovieStore):
    """Notes what is done with it; ``failures`` are raised first."""

    def __init__(self, database: Database, *failures: Exception) -> None:
        super().__init__(database)
        self.failures = list(failures)
        self.calls: list[str] = []

    async def open(self) -> None:
        self.calls.append("open")
        if self.failures:
            raise self.failures.pop(0)
        await super().open()

    async def close(self) -> None:
        self.calls.append("close")
        await super().close()


def services_with(store: Counted, other: Counted | None = None) -> Services:
    """Services with ``store``, and with ``other`` in the place of the rate store."""
    listed = {"movies": store} if other is None else {"movies": store, "rates": other}
    clock, stores = EagerClock(), Stores(listed)
    return Services(stores, Memory(clock), Announcements(), Lifecycle(), clock=clock)


class Slow(Counted):
    """Opens once ``other`` was tried."""

    def __init__(self, database: Database, other: Counted) -> None:
        super().__init__(database)
        self.other = other

    async def open(self) -> None:
        async with asyncio.timeout(5):
            while not self.other.calls:
                await asyncio.sleep(0)
        await super().open()


class Late(Counted):
    """Opens some turns of the loop later."""

    async def open(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        await super().open()


async def settled(services: Services) -> None:
    async with asyncio.timeout(5):
        await services.openings.wait(["movies"])


@pytest.mark.gen_test
async def test_a_store_that_cannot_be_filled_is_closed_before_it_is_opened_again(
    tmp_path: Path,
) -> None:
    store = Counted(Database(tmp_path / "m.db", SystemClock(), 5.0))
    failures = [AWAY, AWAY]

    async def opened(role: str) -> None:
        if failures:
            raise failures.pop()

    services = services_with(store)
    connections = Connections(services, opened)
    await connections.open()
    await settled(services)
    assert store.calls == ["open", "close", "open", "close", "open"]
    await connections.close()


@pytest.mark.gen_test
async def test_a_surprise_is_logged_and_does_not_end_the_tries(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Surprising(Counted):
        async def open(self) -> None:
            reasons.append(str(services.openings.reason(["movies"])))
            await super().open()

    async def opened(role: str) -> None:
        """There is nothing to do."""

    reasons: list[str] = []
    store = Surprising(Database(tmp_path / "m.db", SystemClock(), 5.0), AWAY, KeyError("surprise"))
    services = services_with(store)
    connections = Connections(services, opened)
    await connections.open()
    await settled(services)
    assert reasons == ["None", "away", "opening it failed: KeyError"]
    assert store.calls == ["open"] * 3
    assert "KeyError: 'surprise'" in caplog.text
    await connections.close()


@pytest.mark.gen_test
async def test_the_pauses_between_the_tries_grow_up_to_a_limit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def opened(role: str) -> None:
        """There is nothing to do."""

    services = services_with(Counted(Database(tmp_path / "m.db", SystemClock(), 5.0), *[AWAY] * 7))
    connections = Connections(services, opened)
    await connections.open()
    await settled(services)
    pauses = re.findall(r"next try in ([0-9.]+) s", caplog.text)
    assert pauses == ["1", "2", "4", "8", "10", "10"]
    await connections.close()


@pytest.mark.gen_test
async def test_a_store_that_is_slow_to_open_holds_no_other_back(tmp_path: Path) -> None:
    quick = Counted(Database(tmp_path / "m.db", SystemClock(), 5.0))
    slow = Slow(Database(tmp_path / "s.db", SystemClock(), 5.0), quick)

    async def opened(role: str) -> None:
        """There is nothing to do."""

    connections = Connections(services_with(slow, quick), opened)
    await connections.open()
    assert (slow.calls, quick.calls) == (["open"], ["open"])
    await connections.close()


@pytest.mark.gen_test
async def test_a_store_that_is_refused_is_so_after_the_others_were_tried(tmp_path: Path) -> None:
    clock = SystemClock()
    refused = Counted(Database(tmp_path / "m.db", clock, 5.0), StoreRefused("no such schema"))
    other = Late(Database(tmp_path / "o.db", clock, 5.0))

    async def opened(role: str) -> None:
        """There is nothing to do."""

    connections = Connections(services_with(refused, other), opened)
    with pytest.raises(StoreRefused, match="no such schema"):
        await connections.open()
    await connections.close()
    assert other.calls == ["open", "close"]


@pytest.mark.gen_test
async def test_a_store_that_stays_away_is_tried_no_more_after_the_end(tmp_path: Path) -> None:
    class Away(Counted):
        async def open(self) -> None:
            self.calls.append("open")
            raise AWAY

    async def opened(role: str) -> None:
        """There is nothing to do."""

    store = Away(Database(tmp_path / "m.db", SystemClock(), 5.0))
    connections = Connections(services_with(store), opened)
    await connections.open()
    while store.calls.count("open") < 3:
        await asyncio.sleep(0)
    await connections.close()
    assert store.calls[-1] == "close"
    calls = len(store.calls)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(store.calls) == calls


@pytest.mark.gen_test
async def test_a_store_that_cannot_be_closed_leaves_no_other_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(Counted):
        async def close(self) -> None:
            await super().close()
            raise ZeroDivisionError("a plugin's")

    clock = EagerClock()
    stuck = Stuck(Database(tmp_path / "stuck.db", clock, 5.0))
    other = Counted(Database(tmp_path / "other.db", clock, 5.0))
    connections = Connections(services_with(stuck, other), lambda _role: asyncio.sleep(0))
    await connections.open()
    await connections.close()
    assert other.calls == ["open", "close"]
    assert "the store for movies could not be closed" in caplog.text


@pytest.mark.timeout(20)
@pytest.mark.gen_test
async def test_who_waits_for_two_stores_lets_others_go_on_between_them() -> None:
    openings = Openings()
    for role in ("movies", "rates"):
        openings.fail(role, AWAY)
    waiting = asyncio.create_task(openings.wait(["movies", "rates"]))
    await asyncio.sleep(0)
    openings.succeed("movies")
    await asyncio.sleep(0)
    assert not waiting.done()
    openings.succeed("rates")
    await waiting
