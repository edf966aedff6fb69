"""Versions go on above those of processes that are ahead, or were, and have gone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext
from movieserver.backends.cassandra import CassandraBackend
from movieserver.models import Rate
from movieserver.testing import ManualClock
from tests.engines.cassandra.keyspaces import execute, url_of

URL = url_of("versions")
HOUR = 3600.0
BUCKET = 4.0
"""Seconds after which a process is at another bucket."""

Make = Callable[[], RateStore]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make(io_loop: IOLoop, tmp_path: Path, clock: ManualClock) -> Iterator[Make]:
    """Makes stores, which are closed after the test, on a keyspace that is dropped."""
    made: list[RateStore] = []

    def store() -> RateStore:
        context = StoreContext(tmp_path, clock, timeout=20.0)
        made.append(CassandraBackend().rate_store(URL, context))
        return made[-1]

    io_loop.run_sync(store().migrate)
    yield store
    for each in made:
        io_loop.run_sync(each.close)
    io_loop.run_sync(lambda: execute(URL, "DROP KEYSPACE {ks}"))


@pytest.mark.gen_test(timeout=60)
async def test_a_clock_that_is_set_back_while_all_are_stopped(
    make: Make, clock: ManualClock
) -> None:
    first = make()
    await first.open()
    last = Rate("ann", "tt1", 9, int(clock.time() * 1_000_000) + 1000)
    await first.put(last)
    await first.mark_announced([last])
    await first.close()
    clock.set_back(HOUR)
    second = make()
    await second.open()
    latest = await second.latest()
    assert latest >= last.version
    await second.put(Rate("ann", "tt1", 3, latest + 1))
    assert await second.get("ann", "tt1") == Rate("ann", "tt1", 3, latest + 1)


@pytest.mark.gen_test(timeout=60)
async def test_a_process_that_is_ahead_takes_the_others_along(
    make: Make, clock: ManualClock
) -> None:
    fast, other = make(), make()
    await fast.open()
    await other.open()
    ahead = int((clock.time() + HOUR) * 1_000_000)
    for version in range(ahead, ahead + 3000, 1000):
        await fast.put(Rate("ann", "tt1", 9, version))
        clock.advance(BUCKET)
        await other.pending(10)
        assert await other.latest() >= version
