"""Requests to Cassandra that go wrong, with a driver that is none."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from cassandra import AuthenticationFailed, InvalidRequest, Unauthorized
from cassandra.cluster import NoHostAvailable
from cassandra.pool import _HostReconnectionHandler
from cassandra.protocol import OverloadedErrorMessage, SyntaxException
from cassandra.query import SimpleStatement

from movieserver.backends.cassandra import schema
from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.driver import make_cluster
from movieserver.backends.cassandra.failures import failure
from movieserver.backends.cassandra.rate_store import CassandraRateStore
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.clock import SystemClock
from movieserver.errors import ConfigurationError, StoreError, StoreRefused, StoreUnavailable

RESET = ConnectionResetError(104, "Connection reset by peer")
NO_HOST = NoHostAvailable("no host left", {"127.0.0.2": RESET})


class FakeDriver:
    """Answers each request with the next of its outcomes, and then none any more."""

    _paging_state = None

    def __init__(self, outcomes: Sequence[Any]) -> None:
        self._outcomes = list(outcomes)

    def execute_async(self, *_: object, **__: object) -> "FakeDriver":
        return self

    def add_callbacks(
        self, succeeded: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> None:
        if not self._outcomes:
            return
        outcome = self._outcomes.pop(0)
        (failed if isinstance(outcome, Exception) else succeeded)(outcome)


def session(*outcomes: Any, timeout: float = 1.0) -> CassandraSession:
    made = CassandraSession(Address.of("cassandra://localhost/movieserver?in_flight=1"), timeout)
    made._session = FakeDriver(outcomes)
    return made


SYNTAX = SyntaxException(0x2000, "line 1:5 no viable alternative at input 'ü'", None)
OVERLOADED = OverloadedErrorMessage(0x1001, "too many requests", None)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (SYNTAX, StoreRefused, "movieserver: .*no viable alternative .*; check the URL"),
        (OVERLOADED, StoreUnavailable, "movieserver: .*too many requests"),
    ],
)
@pytest.mark.gen_test
async def test_an_answer_that_the_driver_has_no_exception_for_is_one_of_ours(
    error: Exception, kind: type[StoreError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        await session(error)._request(SimpleStatement("SELECT"))


def test_a_keyspace_that_is_a_word_of_the_language_is_quoted() -> None:
    made = CassandraSession(Address.of("cassandra://localhost/table"), 1.0)
    assert made._text("DROP TABLE {ks}.rates") == 'DROP TABLE "table".rates'


@pytest.mark.parametrize(
    "name", ["", "MovieServer", "_x", "1x", "é", "a-b", "a/b", 'a"b', "a%22b", "a\n", "x" * 49]
)
def test_a_keyspace_that_cassandra_does_not_take_as_it_is(name: str) -> None:
    with pytest.raises(ConfigurationError, match="1 to 48 of a-z, 0-9 and _, beginning"):
        Address.of(f"cassandra://localhost/{name}")


@pytest.mark.parametrize("name", ["x", "movieserver_2", "x" * 48])
def test_a_keyspace_that_cassandra_takes(name: str) -> None:
    assert Address.of(f"cassandra://localhost/{name}").keyspace == name


@pytest.mark.parametrize("error", [StoreUnavailable("away"), ValueError("3/1")])
@pytest.mark.gen_test
async def test_a_store_that_cannot_be_opened_leaves_no_connection(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again, each time with a connection of its own."""
    made, closed = session(), asyncio.Event()

    async def connect() -> None:
        """Nothing to do."""

    async def check(_session: CassandraSession) -> None:
        raise error

    async def close() -> None:
        closed.set()

    monkeypatch.setattr(made, "connect", connect)
    monkeypatch.setattr(made, "close", close)
    monkeypatch.setattr(schema, "check", check)
    with pytest.raises(type(error)):
        await CassandraRateStore(made, SystemClock(), 1.0).open()
    assert closed.is_set()


@pytest.mark.parametrize("error", [RESET, NO_HOST])
@pytest.mark.gen_test
async def test_the_request_that_finds_its_connection_broken_is_made_again(error: Exception) -> None:
    rows, _ = await session(error, [("row",)])._request(SimpleStatement("SELECT"))
    assert rows == [("row",)]


@pytest.mark.gen_test
async def test_it_is_made_again_once() -> None:
    with pytest.raises(StoreUnavailable, match="reset by peer"):
        await session(RESET, RESET, [("row",)])._request(SimpleStatement("SELECT"))


@pytest.mark.gen_test
async def test_a_request_ends_in_time_and_so_does_the_wait_for_its_turn() -> None:
    made = session(timeout=0.01)
    requests = [made._request(SimpleStatement("SELECT")) for _ in range(3)]
    for outcome in await asyncio.gather(*requests, return_exceptions=True):
        assert isinstance(outcome, StoreUnavailable)
        assert str(outcome).endswith("/movieserver: no answer within the time limit")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AuthenticationFailed("Provided username ann and/or password are incorrect"), StoreRefused),
        (AuthenticationFailed("Unable to perform authentication: no quorum"), StoreUnavailable),
        (Unauthorized("User ann has no SELECT permission"), StoreRefused),
        (Unauthorized("Unable to perform authorization of permissions"), StoreUnavailable),
    ],
)
def test_a_node_that_cannot_look_up_who_may_log_in_is_away(
    error: Exception, kind: type[StoreError]
) -> None:
    assert type(failure(error, "Cassandra")) is kind
    hosts = NoHostAvailable("no host left", {"127.0.0.2": error})
    if isinstance(error, AuthenticationFailed):
        assert type(failure(hosts, "Cassandra")) is kind


def test_what_a_guardrail_forbids_is_no_fault_of_the_schema() -> None:
    said = "Guardrail maximum_timestamp violated: The modification to table rates has a timestamp"
    refusal = failure(InvalidRequest(f'code=2200 [Invalid query] message="{said}"'), "Cassandra")
    assert type(refusal) is StoreRefused
    assert "relax that guardrail" in str(refusal)
    assert "migrate" not in str(refusal)


def test_a_node_is_tried_again_after_a_log_in_that_failed() -> None:
    """The driver would give it up for good."""
    tried: list[float] = []
    scheduler = SimpleNamespace(schedule=lambda delay, _run: tried.append(delay))

    def refuse() -> None:
        raise AuthenticationFailed("Unable to perform authentication: no quorum")

    handler = _HostReconnectionHandler(
        SimpleNamespace(address="127.0.0.2"),
        refuse,
        False,
        None,
        None,
        scheduler,
        iter([1.0, 2.0]),
        lambda: None,
    )
    handler.run()
    handler.run()
    assert tried == [1.0, 2.0]


def test_hosts_that_hang_share_the_time_limit() -> None:
    cluster = make_cluster(Address.of("cassandra://127.0.0.1,127.0.0.2,127.0.0.3/ks"), 6.0)
    assert cluster.connect_timeout == 2.0
    cluster.shutdown()
