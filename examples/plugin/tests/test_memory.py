"""The memory backend keeps to the interface of a rate store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from movieserver_example.memory import MemoryBackend
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext
from movieserver.testing import ManualClock
from movieserver.testing.rate_store_contract import RateStoreContract

BACKEND = MemoryBackend()


@contextmanager
def opened(data: Path, clock: ManualClock, io_loop: IOLoop) -> Iterator[RateStore]:
    """An open store, named after the test's folder."""
    store = BACKEND.rate_store(f"memory://{data.name}", StoreContext(data, clock))
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)


class TestMemoryRateStore(RateStoreContract):
    """The public contract suite, with the fixtures that it needs."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def rate_store(
        self, tmp_path: Path, clock: ManualClock, io_loop: IOLoop
    ) -> Iterator[RateStore]:
        with opened(tmp_path, clock, io_loop) as store:
            yield store

    @pytest.fixture
    def second_rate_store(
        self, tmp_path: Path, clock: ManualClock, io_loop: IOLoop
    ) -> Iterator[RateStore]:
        with opened(tmp_path, clock, io_loop) as store:
            yield store
