"""How the driver is set up: time limits, whom it asks, and what it asks again."""

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
from cassandra.query import BoundStatement, Statement, tuple_factory

from movieserver.backends.cassandra.address import Address

PROTOCOL = 5
"""Version of the native protocol that Cassandra speaks from 4.0 on."""
SPECULATION = ConstantSpeculativeExecutionPolicy(delay=0.1, max_attempts=2)
"""An idempotent read that has had no answer for 0.1 s is asked of another replica as well."""
WRITES = "writes"
"""The execution profile of what is not asked of another replica as well."""
RECONNECTION = ExponentialReconnectionPolicy(base_delay=0.5, max_delay=10.0)
"""Seconds between two looks for a node that is away; the driver's own go up to ten minutes."""
HEARTBEAT, SILENCE = 1.0, 3.0
"""Seconds after which a connection without an answer is asked whether its node is alive, and within
which that has to be answered: a node that hangs is as good as one that is down."""


class WriteAgain(RetryPolicy):  # type: ignore[misc]
    """A write whose replicas did not answer their coordinator is asked once of another one.

    All of ours bear repetition, and a replica that died is not missed before it is known as dead.
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


def make_cluster(address: Address, timeout: float) -> Cluster:
    """The driver for a cluster, not connected yet; a request may last ``timeout`` seconds."""
    auth = PlainTextAuthProvider(address.user, address.password) if address.user else None
    return Cluster(
        address.hosts,
        protocol_version=PROTOCOL,
        auth_provider=auth,
        ssl_context=address.tls(),
        connect_timeout=timeout,
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
    """How a statement is executed: the driver would send a slow write to every replica as well."""
    if isinstance(statement, BoundStatement):
        text = statement.prepared_statement.query_string
        return EXEC_PROFILE_DEFAULT if text.lstrip().startswith("SELECT") else WRITES
    return WRITES


def _profile(
    address: Address, timeout: float, speculation: SpeculativeExecutionPolicy | None
) -> ExecutionProfile:
    """How requests are executed, and how soon another replica is asked as well."""
    return ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(address.dc)),
        consistency_level=address.level,
        request_timeout=timeout * 0.8,
        row_factory=tuple_factory,
        speculative_execution_policy=speculation,
        retry_policy=WriteAgain(),
    )
