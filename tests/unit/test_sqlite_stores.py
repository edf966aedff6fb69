"""What stores on SQLite say before they are opened, and what those of one process share."""

import asyncio
import threading
from pathlib import Path

import pytest

from movieserver.backends import StoreContext, Topic
from movieserver.backends.sqlite import SqliteBackend
from movieserver.errors import StoreRefused, StoreUnavailable
from movieserver.models import Rate
from movieserver.testing import ManualClock

URL = "sqlite:///file.db"


@pytest.fixture
def path(data: Path) -> Path:
    data.mkdir()
    return data / "file.db"


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


def test_stores_with_other_clocks_share_no_file(path: Path) -> None:
    backend = SqliteBackend()
    checked = backend.rate_store(URL, StoreContext(path.parent))
    clock = ManualClock()
    context = StoreContext(path.parent, clock=clock)
    made = backend._database(URL, context)
    assert made.clock is clock
    assert backend._database(URL, context) is made
    assert checked


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


@pytest.mark.gen_test
async def test_a_rate_that_comes_too_late_is_said_to_be(path: Path) -> None:
    store = SqliteBackend().rate_store(URL, StoreContext(path.parent))
    await store.open()
    await store.put(Rate("ann", "tt1", 9, 2))
    puts = [Rate("ann", "tt1", 8, 1), Rate("ann", "tt1", 8, 2), Rate("ann", "tt2", 7, 1)]
    assert await asyncio.gather(*map(store.put, puts)) == [False, False, True]
    assert await store.put(Rate("ann", "tt1", 9, 2))
    removal = Rate("bob", "tt1", None, 2)
    await store.put(removal)
    puts = [Rate("bob", "tt1", 10, 2), removal]
    assert await asyncio.gather(*map(store.put, puts)) == [False, True]
    await store.close()
