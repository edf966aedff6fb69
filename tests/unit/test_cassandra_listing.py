"""A user's list on Cassandra, which comes in pages that are in another order."""

import random
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest

from movieserver.backends.cassandra.rate_store import CassandraRateStore
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.clock import SystemClock
from movieserver.models import Rate
from tests.unit.fake_cassandra import PAGE, TIMEOUT, FakeCluster, QuickSession, Row

RATES = [Rate("ann", f"tt{n:02}", 5, 100 - n) for n in range(6 * PAGE)]


class NotingSession(QuickSession):
    """Notes what is stored whenever a page is asked for."""

    def __init__(self, cluster: FakeCluster) -> None:
        super().__init__(cluster)
        self.seen: list[set[Rate]] = []

    async def pages(self, statement: str, values: Sequence[Any]) -> AsyncIterator[list[Row]]:
        async for page in super().pages(statement, values):
            self.seen.append(self._cluster.held())
            yield page


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster(SystemClock(), random.Random(1))


@pytest.fixture
def session(cluster: FakeCluster) -> NotingSession:
    return NotingSession(cluster)


@pytest.fixture
def store(session: NotingSession) -> CassandraRateStore:
    return CassandraRateStore(cast("CassandraSession", session), SystemClock(), TIMEOUT)


@pytest.mark.gen_test
async def test_the_newest_of_all_pages_come_first(store: CassandraRateStore) -> None:
    await store.put_many(RATES[::-1])
    await store.put(Rate("ann", "tt01", None, 200))
    listed = [RATES[0], *RATES[2:]]
    assert await store.user_rates("ann", 3) == listed[:3]
    assert await store.user_rates("ann", 50, (90, "tt10")) == listed[10:]


@pytest.mark.gen_test
async def test_a_page_is_erased_before_the_next_one_is_read(
    store: CassandraRateStore, session: NotingSession
) -> None:
    await store.put_many(RATES)
    removals = await store.erase("ann", 100)
    assert {rate.movie_id for rate in removals} == {rate.movie_id for rate in RATES}
    for number, held in enumerate(session.seen):
        assert sum(rate.rate is None for rate in held) == number * PAGE
    assert await store.user_rates("ann", 10) == []


@pytest.mark.gen_test
async def test_rates_that_come_while_pages_are_erased_stay(
    store: CassandraRateStore, session: NotingSession, cluster: FakeCluster
) -> None:
    await store.put_many(RATES)
    later = Rate("ann", "tt29", 9, 101)
    pages = session.pages

    async def rated_meanwhile(statement: str, values: Sequence[Any]) -> AsyncIterator[list[Row]]:
        async for page in pages(statement, values):
            yield page
            await store.put(later)

    session.pages = rated_meanwhile  # type: ignore[method-assign]
    removals = await store.erase("ann", 100)
    assert len(removals) == len(RATES) - 1
    assert {rate for rate in cluster.held() if rate.rate is not None} == {later}
