"""How long a put to Cassandra may be under way, and how many are at once."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any, cast

import pytest

from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.pending import AHEAD, READ
from movieserver.backends.cassandra.rate_store import CassandraRateStore
from movieserver.backends.cassandra.registry import NOBODY
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.errors import StoreUnavailable
from movieserver.models import Rate
from movieserver.testing import ManualClock
from tests.unit.fake_cassandra import TIMEOUT, FakeCluster, QuickSession, Row

AT_ONCE = 10
RATES = [Rate("ann", f"tt{n:03}", 5, 1 + n) for n in range(25 * AT_ONCE + 1)]


class SlowSession(QuickSession):
    """Takes a turn of the loop for a write, and notes how many rates are under way."""

    def __init__(self, cluster: FakeCluster) -> None:
        super().__init__(cluster)
        self.address = Address.of(f"cassandra://localhost/movieserver?in_flight={AT_ONCE}")
        self.under_way = self.most = 0

    async def write(self, bounds: Sequence[Sequence[Any]]) -> None:
        self.under_way += len(bounds)
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
            await super().write(bounds)
        finally:
            self.under_way -= len(bounds)


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster(ManualClock(), random.Random(1))


@pytest.fixture
def session(cluster: FakeCluster) -> SlowSession:
    return SlowSession(cluster)


def made(session: SlowSession) -> CassandraRateStore:
    return CassandraRateStore(cast("CassandraSession", session), session._cluster.clock, TIMEOUT)


@pytest.mark.gen_test
async def test_of_many_no_more_are_begun_than_have_their_turn(
    session: SlowSession, cluster: FakeCluster
) -> None:
    await made(session).put_many(RATES)
    assert cluster.held() == {*RATES}
    assert session.most == AT_ONCE


class LameSession(SlowSession):
    """Has the rows of each user on a node of their own, some of which are away."""

    def __init__(self, cluster: FakeCluster) -> None:
        super().__init__(cluster)
        self.away: set[str] = set()
        self.reads = 0

    def replicas(self, bound: Sequence[Any]) -> tuple[object, ...]:
        return (bound[0],)

    async def write(self, bounds: Sequence[Sequence[Any]]) -> None:
        if bounds[0][0] in self.away:
            raise StoreUnavailable("no replica of it is there")
        await super().write(bounds)

    async def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        self.reads += statement == READ
        return await super().rows(statement, values)


class TestDoubts:
    @pytest.fixture
    def session(self, cluster: FakeCluster) -> LameSession:
        return LameSession(cluster)

    @pytest.fixture
    def store(self, session: LameSession) -> CassandraRateStore:
        return made(session)

    async def fails(self, store: CassandraRateStore, user: str, count: int) -> set[Rate]:
        rates = {Rate(user, f"tt{n}", 5, 1) for n in range(count)}
        for rate in rates:
            with pytest.raises(StoreUnavailable):
                await store.put(rate)
        return rates

    @pytest.mark.gen_test
    async def test_a_node_that_is_away_hides_nothing_that_others_have(
        self, store: CassandraRateStore, session: LameSession
    ) -> None:
        session.away = {"bob"}
        failed = await self.fails(store, "bob", 1)
        await store.put(RATES[0])
        assert await store.pending(10) == [RATES[0]]
        await store.mark_announced(RATES[:1])
        session.away.clear()
        assert {*await store.pending(10)} == failed

    @pytest.mark.gen_test
    async def test_those_that_fail_again_are_tried_after_the_others(
        self, store: CassandraRateStore, session: LameSession
    ) -> None:
        session.away = {"bob", "carl"}
        await self.fails(store, "bob", AT_ONCE)
        failed = await self.fails(store, "carl", AT_ONCE)
        session.away = {"bob"}
        assert await store.pending(100) == []
        assert {*await store.pending(100)} == failed

    @pytest.mark.gen_test
    async def test_however_often_one_fails_a_look_reads_no_more_for_it(
        self, store: CassandraRateStore, session: LameSession, cluster: FakeCluster
    ) -> None:
        session.away = {"bob"}
        await self.fails(store, "bob", 1)
        reads = []
        for _ in range(20):
            cast("ManualClock", cluster.clock).advance(4)
            before = session.reads
            assert await store.pending(10) == []
            reads.append(session.reads - before)
        assert reads[-1] <= reads[3]

    @pytest.mark.gen_test
    async def test_buckets_that_wait_for_long_keep_none_from_being_read(
        self, store: CassandraRateStore, session: LameSession, cluster: FakeCluster
    ) -> None:
        session.away = {"bob"}
        for number in range(AHEAD + 1):
            with pytest.raises(StoreUnavailable):
                await store.put(Rate("bob", f"tt{number}", 5, 1))
            cast("ManualClock", cluster.clock).advance(4)
        await made(LameSession(cluster)).put(RATES[0])
        assert await store.pending(10) == [RATES[0]]

    @pytest.mark.gen_test
    async def test_nothing_is_left_of_one_that_failed_twice_in_one_bucket(
        self, store: CassandraRateStore, session: LameSession, cluster: FakeCluster
    ) -> None:
        session.away = {"bob"}
        failed = await self.fails(store, "bob", 1)
        await self.fails(store, "bob", 1)
        session.away.clear()
        await store.mark_announced(await store.pending(10))
        assert cluster.held() == failed
        await store.close()
        assert not any(row for process, row in cluster.relay.items() if process != NOBODY)
