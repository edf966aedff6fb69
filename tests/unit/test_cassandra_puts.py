"""How long a put to Cassandra may be under way, and how many are at once."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any, cast

import pytest

from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.rate_store import CassandraRateStore
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.errors import StoreUnavailable
from movieserver.models import Rate
from movieserver.testing import ManualClock
from tests.unit.fake_cassandra import TIMEOUT, FakeCluster, QuickSession

AT_ONCE = 10
RATES = [Rate("ann", f"tt{n:03}", 5, 1 + n) for n in range(25 * AT_ONCE + 1)]


class SlowSession(QuickSession):
    """Has writes wait while there is a ``gate``, and notes how many rates are under way."""

    def __init__(self, cluster: FakeCluster) -> None:
        super().__init__(cluster)
        self.address = Address.of(f"cassandra://localhost/movieserver?in_flight={AT_ONCE}")
        self.gate: asyncio.Event | None = None
        self.under_way = self.most = 0

    async def write(self, bounds: Sequence[Sequence[Any]]) -> None:
        self.under_way += len(bounds)
        self.most = max(self.most, self.under_way)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
            await super().write(bounds)
        finally:
            self.under_way -= len(bounds)


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster(ManualClock(), random.Random(1))


@pytest.fixture
def session(cluster: FakeCluster) -> SlowSession:
    return SlowSession(cluster)


def made(session: SlowSession, timeout: float = TIMEOUT) -> CassandraRateStore:
    return CassandraRateStore(cast("CassandraSession", session), session._cluster.clock, timeout)


@pytest.mark.gen_test
async def test_a_write_that_does_not_get_its_turn_in_time_is_given_up(
    session: SlowSession, cluster: FakeCluster
) -> None:
    store, session.gate = made(session, 0.01), asyncio.Event()
    with pytest.raises(StoreUnavailable, match="movieserver: no answer within the time limit"):
        await store.put(RATES[0])
    assert session.under_way == 0
    assert cluster.held() == set()


@pytest.mark.gen_test
async def test_one_that_was_given_up_is_put_again(
    session: SlowSession, cluster: FakeCluster
) -> None:
    store, session.gate = made(session, 0.01), asyncio.Event()
    with pytest.raises(StoreUnavailable):
        await store.put(RATES[0])
    session.gate = None
    assert await store.pending(10) == [RATES[0]]
    assert cluster.held() == {RATES[0]}


@pytest.mark.gen_test
async def test_of_many_no_more_are_begun_than_have_their_turn(
    session: SlowSession, cluster: FakeCluster
) -> None:
    await made(session).put_many(RATES)
    assert cluster.held() == {*RATES}
    assert session.most == AT_ONCE
