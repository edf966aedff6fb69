"""How the driver is set up: its time limits, which nodes it asks, and what it asks again."""

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import (
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    RetryPolicy,
    SpeculativeExecutionPolicy,
    TokenAwarePolicy,
)
from cassandra.pool import _HostReconnectionHandler
from cassandra.query import BoundStatement, Statement, tuple_factory

from movieserver.backends.cassandra.address import Address

PROTOCOL = 5
"""Version of the native protocol; Cassandra speaks it from 4.0 on."""
SPECULATION = ConstantSpeculativeExecutionPolicy(delay=0.1, max_attempts=2)
"""A read without an answer for 0.1 s is sent to another replica as well, and then to a third."""
WRITES = "writes"
"""The execution profile of statements that are not sent to further replicas."""
RECONNECTION = ExponentialReconnectionPolicy(base_delay=0.5, max_delay=10.0)
"""Seconds between attempts to reach a lost node; the driver's default goes up to ten minutes."""
HEARTBEAT, SILENCE = 1.0, 3.0
"""Seconds of silence after which a connection is asked whether its node is alive, and seconds in
which it must answer: a node that hangs is as good as down."""


class WriteAgain(RetryPolicy):  # type: ignore[misc]
    """Repeats a write once, at another coordinator, if the replicas did not answer the first.

    All our writes are idempotent, and a coordinator waits for a dead replica until it knows that
    the replica is down.
    """

    def on_write_timeout(
        self,
        query: object,
        consistency: int,
        write_type: str,
        required_responses: int,
        received_responses: int,
        retry_num: int,
    ) -> tuple[int, int | None]:
        if retry_num:
            return self.RETHROW, None
        return self.RETRY_NEXT_HOST, consistency


def _try_again(_handler: object, _error: Exception, _delay: float) -> bool:
    """Return that a node is to be tried again, whatever the error was.

    The driver gives a node up for good after a log-in that failed. But a node refuses every log-in
    while it cannot read the keyspace ``system_auth``, as in a cluster that is just coming back.
    """
    return True


_HostReconnectionHandler.on_exception = _try_again


def make_cluster(address: Address, timeout: float) -> Cluster:
    """The driver for a cluster, not yet connected; a request fails within ``timeout`` seconds."""
    auth = PlainTextAuthProvider(*address.login) if address.login else None
    return Cluster(
        address.hosts,
        protocol_version=PROTOCOL,
        auth_provider=auth,
        ssl_context=address.tls,
        # The driver tries one host after the other, and all of them may hang.
        connect_timeout=timeout / len(address.hosts),
        control_connection_timeout=timeout,
        reconnection_policy=RECONNECTION,
        idle_heartbeat_interval=HEARTBEAT,
        idle_heartbeat_timeout=SILENCE,
        execution_profiles={
            EXEC_PROFILE_DEFAULT: _profile(address, timeout, SPECULATION),
            WRITES: _profile(address, timeout, None),
        },
    )


def profile_of(statement: Statement) -> object:
    """The execution profile: reads may go to further replicas, writes may not, even slow ones."""
    if isinstance(statement, BoundStatement):
        text = statement.prepared_statement.query_string
        return EXEC_PROFILE_DEFAULT if text.lstrip().startswith("SELECT") else WRITES
    return WRITES


def _profile(
    address: Address, timeout: float, speculation: SpeculativeExecutionPolicy | None
) -> ExecutionProfile:
    """An execution profile; ``speculation`` says how soon another replica is asked as well."""
    return ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(address.dc)),
        consistency_level=address.level,
        request_timeout=timeout * 0.8,
        row_factory=tuple_factory,
        speculative_execution_policy=speculation,
        retry_policy=WriteAgain(),
    )
