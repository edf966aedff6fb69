"""Every rate store that needs no engine keeps to the interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext
from movieserver.backends.sqlite import SqliteBackend
from movieserver.testing import ManualClock
from movieserver.testing.rate_store_contract import RateStoreContract


@contextmanager
def opened(data: Path, clock: ManualClock, io_loop: IOLoop) -> Iterator[RateStore]:
    # A backend of its own, so that nothing in memory is shared.
    store = SqliteBackend().rate_store("sqlite:///rates.db", StoreContext(data, clock))
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)


class TestSqliteRateStore(RateStoreContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def rate_store(self, data: Path, clock: ManualClock, io_loop: IOLoop) -> Iterator[RateStore]:
        with opened(data, clock, io_loop) as store:
            yield store

    @pytest.fixture
    def second_rate_store(
        self, rate_store: RateStore, data: Path, clock: ManualClock, io_loop: IOLoop
    ) -> Iterator[RateStore]:
        with opened(data, clock, io_loop) as store:
            yield store
