"""Versions on Cassandra, which go on above those of others, gone or not, whatever clocks show."""

import random
from typing import cast

import pytest

from movieserver.backends.cassandra.rate_store import CassandraRateStore
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.models import Rate
from movieserver.testing import ManualClock
from tests.unit.fake_cassandra import TIMEOUT, FakeCluster, QuickSession

HOUR = 3600.0
BUCKET = 4.0
"""Seconds after which a process is at another bucket."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def cluster(clock: ManualClock) -> FakeCluster:
    return FakeCluster(clock, random.Random(1))


def process(cluster: FakeCluster) -> CassandraRateStore:
    session = cast("CassandraSession", QuickSession(cluster))
    return CassandraRateStore(session, cluster.clock, TIMEOUT)


def now(clock: ManualClock) -> int:
    return int(clock.time() * 1_000_000)


@pytest.mark.parametrize("is_announced", [True, False])
@pytest.mark.gen_test
async def test_they_outlive_the_processes_that_gave_them(
    cluster: FakeCluster, clock: ManualClock, is_announced: bool
) -> None:
    store = process(cluster)
    await store.put(Rate("ann", "tt1", 9, 1))
    clock.advance(1)
    last = Rate("ann", "tt1", 8, now(clock))
    await store.put(last)
    if is_announced:
        await store.mark_announced([Rate("ann", "tt1", 9, 1), last])
    await store.close()
    clock.set_back(HOUR)
    assert await process(cluster).latest() >= last.version


@pytest.mark.gen_test
async def test_nobody_is_no_process_with_rates(cluster: FakeCluster, clock: ManualClock) -> None:
    store, other = process(cluster), process(cluster)
    await store.put(Rate("ann", "tt1", 9, 1))
    await store.mark_announced([Rate("ann", "tt1", 9, 1)])
    await store.close()
    for _ in range(3):
        assert await other.pending(10) == []
        assert await other.pending_count() == 0
        clock.advance(30)


@pytest.mark.gen_test
async def test_others_follow_versions_that_a_process_drew_ahead_with(
    cluster: FakeCluster, clock: ManualClock
) -> None:
    fast, other = process(cluster), process(cluster)
    ahead = now(clock) + 3_600_000_000
    for version in range(ahead, ahead + 5000, 1000):
        await fast.put(Rate("ann", "tt1", 9, version))
        clock.advance(BUCKET)
        await other.pending(10)
        assert await other.latest() >= version


@pytest.mark.gen_test
async def test_own_ones_count_at_once(cluster: FakeCluster, clock: ManualClock) -> None:
    store = process(cluster)
    for version in (now(clock), now(clock) + 3_600_000_000):
        await store.put(Rate("ann", "tt1", 9, version))
        assert await store.latest() >= version


@pytest.mark.gen_test
async def test_they_outlive_a_process_that_was_killed(
    cluster: FakeCluster, clock: ManualClock
) -> None:
    killed, other = process(cluster), process(cluster)
    await killed.put(Rate("ann", "tt1", 9, now(clock)))
    clock.advance(1)
    last = Rate("ann", "tt1", 8, now(clock))
    await killed.put(last)
    clock.set_back(HOUR)
    for _ in range(3):
        await other.mark_announced(await other.pending(10, grace=2))
        clock.advance(TIMEOUT + BUCKET + 2)
    for store in (other, process(cluster)):
        await store.pending(10, grace=2)
        assert await store.latest() >= last.version


@pytest.mark.gen_test
async def test_old_versions_take_nothing_back(cluster: FakeCluster, clock: ManualClock) -> None:
    store, other = process(cluster), process(cluster)
    ahead = now(clock) + 3_600_000_000
    await store.put(Rate("ann", "tt1", 9, ahead))
    clock.advance(BUCKET)
    await store.put_many([Rate("ann", f"tt{n}", 5, n) for n in range(2, 9)])
    await store.erase("ann", 100)
    await other.pending(10)
    assert await other.latest() >= ahead
