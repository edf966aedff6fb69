"""Requests to Cassandra over connections that break, with a driver that is none."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from cassandra.cluster import NoHostAvailable
from cassandra.query import SimpleStatement

from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.errors import StoreUnavailable

RESET = ConnectionResetError(104, "Connection reset by peer")
NO_HOST = NoHostAvailable("no host left", {"127.0.0.2": RESET})


class FakeDriver:
    """Answers each request with the next of its outcomes."""

    _paging_state = None

    def __init__(self, outcomes: Sequence[Any]) -> None:
        self._outcomes = list(outcomes)

    def execute_async(self, *_: object, **__: object) -> "FakeDriver":
        return self

    def add_callbacks(
        self, succeeded: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> None:
        outcome = self._outcomes.pop(0)
        (failed if isinstance(outcome, Exception) else succeeded)(outcome)


def session(*outcomes: Any) -> CassandraSession:
    made = CassandraSession(Address.of("cassandra://localhost/movieserver"), 1.0)
    made._session = FakeDriver(outcomes)
    return made


@pytest.mark.parametrize("error", [RESET, NO_HOST])
@pytest.mark.gen_test
async def test_the_request_that_finds_its_connection_broken_is_made_again(error: Exception) -> None:
    rows, _ = await session(error, [("row",)])._request(SimpleStatement("SELECT"))
    assert rows == [("row",)]


@pytest.mark.gen_test
async def test_it_is_made_again_once() -> None:
    with pytest.raises(StoreUnavailable, match="reset by peer"):
        await session(RESET, RESET, [("row",)])._request(SimpleStatement("SELECT"))
