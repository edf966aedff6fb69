"""The rate store on Cassandra keeps to the interface: the suite that SQLite passes too."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext
from movieserver.backends.cassandra import CassandraBackend
from movieserver.testing import ManualClock
from movieserver.testing.rate_store_contract import RateStoreContract
from tests.engines.cassandra.keyspaces import execute, url_of

URL = url_of("test")


@pytest.fixture(scope="module", autouse=True)
def _keyspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    loop = IOLoop(make_current=False)
    store = CassandraBackend().rate_store(URL, StoreContext(tmp_path_factory.mktemp("c")))
    loop.run_sync(store.migrate)
    yield
    loop.run_sync(lambda: execute(URL, "DROP KEYSPACE {ks}"))
    loop.close()


@contextmanager
def opened(data: Path, clock: ManualClock, io_loop: IOLoop) -> Iterator[RateStore]:
    store = CassandraBackend().rate_store(URL, StoreContext(data, clock, timeout=20.0))
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)


class TestCassandraRateStore(RateStoreContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def rate_store(self, data: Path, clock: ManualClock, io_loop: IOLoop) -> Iterator[RateStore]:
        io_loop.run_sync(lambda: execute(URL, "TRUNCATE {ks}.rates", "TRUNCATE {ks}.relay"))
        with opened(data, clock, io_loop) as store:
            yield store

    @pytest.fixture
    def second_rate_store(
        self, rate_store: RateStore, data: Path, clock: ManualClock, io_loop: IOLoop
    ) -> Iterator[RateStore]:
        with opened(data, clock, io_loop) as store:
            yield store
