"""What others did to the table: rows by hand, a time to live, an index that is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext
from movieserver.backends.cassandra import CassandraBackend
from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.errors import StoreRefused
from movieserver.models import Rate
from tests.engines.cassandra.keyspaces import execute, url_of

URL = url_of("foreign")
BY_HAND = """
    INSERT INTO {ks}.rates (user_id, movie_id, rate) VALUES ('ann', 'tt1', 7);
    INSERT INTO {ks}.rates (user_id, movie_id, version) VALUES ('ann', 'tt2', -1);
    INSERT INTO {ks}.rates (user_id, movie_id, rate, version) VALUES ('ann', 'tt3', 99, 1)
"""
TTLS = (
    "SELECT TTL(rate), TTL(version) FROM {ks}.rates",
    "SELECT TTL(first), TTL(last) FROM {ks}.relay WHERE name = 'rates'",
)


@pytest.fixture
def store(io_loop: IOLoop, tmp_path: Path) -> Iterator[RateStore]:
    store = CassandraBackend().rate_store(URL, StoreContext(tmp_path, timeout=20.0))
    io_loop.run_sync(store.migrate)
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)
    io_loop.run_sync(lambda: execute(URL, "DROP KEYSPACE IF EXISTS {ks}"))


@pytest.mark.gen_test(timeout=60)
async def test_rows_that_are_no_states_are_passed_over(
    store: RateStore, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(URL, *BY_HAND.split(";"))
    sound = Rate("ann", "tt4", 9, 1)
    await store.put(sound)
    assert [rate async for rates in store.scan() for rate in rates] == [sound]
    assert await store.user_rates("ann", 10) == [sound]
    assert await store.get("ann", "tt1") is None
    assert [removal.movie_id for removal in await store.erase("ann", 2)] == ["tt4"]
    assert "the row of the user 'ann' and the movie 'tt3' is skipped" in caplog.text


@pytest.mark.gen_test(timeout=60)
async def test_no_rate_goes_with_a_tables_time_to_live_nor_that_it_is_pending(
    store: RateStore,
) -> None:
    for table in ("rates", "relay"):
        await execute(URL, f"ALTER TABLE {{ks}}.{table} WITH default_time_to_live = 1000")
    await store.put(Rate("ann", "tt1", 9, 1))
    session = CassandraSession(Address.of(URL), 20.0)
    await session.connect()
    await session.prepare(TTLS)
    for statement in TTLS:
        assert await session.rows(statement) == [(None, None)]
    await session.close()


@pytest.mark.gen_test(timeout=60)
async def test_an_index_that_is_gone_is_named(store: RateStore) -> None:
    await store.put(Rate("ann", "tt1", 9, 1))
    await execute(URL, "DROP INDEX {ks}.rates_pending")
    with pytest.raises(StoreRefused, match="index rates_pending is missing; run 'movieserver mig"):
        await store.pending(10)
