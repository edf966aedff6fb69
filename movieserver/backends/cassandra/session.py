"""A session whose answers come to the event loop without blocking it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    ResponseFuture,
    Session,
)
from cassandra.connection import ConnectionException
from cassandra.policies import (
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    RetryPolicy,
    TokenAwarePolicy,
)
from cassandra.query import (
    BatchStatement,
    BatchType,
    BoundStatement,
    PreparedStatement,
    Statement,
    tuple_factory,
)

from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.failures import DRIVER, translated
from movieserver.errors import StoreUnavailable

Row = tuple[Any, ...]

PROTOCOL = 5
"""Version of the native protocol that Cassandra speaks from 4.0 on."""
SPECULATION = ConstantSpeculativeExecutionPolicy(delay=0.1, max_attempts=2)
"""An idempotent read that has had no answer for 0.1 s is asked of another replica as well."""
WRITES = "writes"
"""The execution profile of what is not asked of another replica as well."""
LOST = (NoHostAvailable, ConnectionException, OSError)
"""What the driver raises where a node is gone."""
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


class CassandraSession:
    """The driver's session: requests bounded in number and in time, errors translated."""

    def __init__(self, address: Address, timeout: float) -> None:
        """Take where the cluster is, and how many seconds a request may last."""
        self.address = address
        self._timeout = timeout
        self._cluster: Cluster | None = None
        self._session: Session | None = None
        self._prepared: dict[str, PreparedStatement] = {}
        self._turn = asyncio.Semaphore(address.in_flight)

    async def connect(self) -> None:
        """Connect; the keyspace need not be there."""
        with translated(self.address.place):
            await asyncio.to_thread(self._connect)

    async def prepare(self, statements: Iterable[str]) -> None:
        """Have ``statements``, in which {ks} stands for the keyspace, ready to be asked."""
        session = self._session
        if session is None:
            raise self._closed()
        with translated(self.address.place):
            for text in statements:
                self._prepared[text] = await asyncio.to_thread(self._prepare, session, text)

    async def close(self) -> None:
        """Disconnect."""
        cluster, self._cluster, self._session = self._cluster, None, None
        if cluster is not None:
            await asyncio.to_thread(cluster.shutdown)

    async def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows that answer a prepared statement."""
        return [row async for page in self.pages(statement, values) for row in page]

    async def pages(
        self, statement: str, values: Sequence[object] = ()
    ) -> AsyncIterator[list[Row]]:
        """The rows that answer a prepared statement, a page (5,000 rows) at a time."""
        rows, state = await self.page(statement, values, None)
        yield rows
        while state is not None:
            rows, state = await self.page(statement, values, state)
            yield rows

    async def page(
        self, statement: str, values: Sequence[object], state: bytes | None
    ) -> tuple[list[Row], bytes | None]:
        """One page of the answer, and what the next one goes on from."""
        return await self._request(self.bind(statement, values), state)

    def bind(self, statement: str, values: Sequence[object]) -> BoundStatement:
        """A prepared statement with its values."""
        if self._session is None:
            raise self._closed()
        with translated(self.address.place):
            return self._prepared[statement].bind(values)

    def replicas(self, bound: BoundStatement) -> tuple[object, ...]:
        """The nodes that have the row of a bound statement; none while that is not known."""
        if self._cluster is None:
            return ()
        return tuple(self._cluster.metadata.get_replicas(self.address.keyspace, bound.routing_key))

    async def write(self, bounds: Sequence[BoundStatement]) -> None:
        """Have one write acknowledged, or several as an unlogged batch."""
        if len(bounds) == 1:
            await self._request(bounds[0])
            return
        batch = BatchStatement(BatchType.UNLOGGED)
        batch.is_idempotent = True
        batch.add_all(bounds, [None] * len(bounds))
        await self._request(batch)

    async def execute(self, statement: str) -> None:
        """Run a statement of the schema, in which {ks} stands for the keyspace."""
        session = self._session
        if session is None:
            raise self._closed()
        with translated(self.address.place):
            await asyncio.to_thread(session.execute, self._text(statement), timeout=60)

    async def _request(
        self, statement: Statement, state: bytes | None = None
    ) -> tuple[list[Row], bytes | None]:
        async with self._turn:
            if self._session is None:
                raise self._closed()
            with translated(self.address.place):
                try:
                    return await self._answer(self._session, statement, state)
                except LOST:
                    # The driver asks the next node itself, and gives up where it has none left,
                    # though by now it may know of others, or have an answer on its way.
                    return await self._answer(self._session, statement, state)

    def _closed(self) -> StoreUnavailable:
        return StoreUnavailable(f"{self.address.place}: not open")

    async def _answer(
        self, session: Session, statement: Statement, state: bytes | None
    ) -> tuple[list[Row], bytes | None]:
        response: ResponseFuture = session.execute_async(
            statement, execution_profile=profile_of(statement), paging_state=state
        )
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[tuple[list[Row], bytes | None]] = loop.create_future()

        def hand_over(rows: list[Row] | None) -> None:
            state = response._paging_state
            loop.call_soon_threadsafe(_resolve, answered, (list(rows or ()), state), None)

        def fail(error: Exception) -> None:
            loop.call_soon_threadsafe(_resolve, answered, None, error)

        response.add_callbacks(hand_over, fail)
        return await answered

    def _connect(self) -> None:
        cluster = self._make_cluster()
        try:
            session = cluster.connect()
        except DRIVER:
            cluster.shutdown()
            raise
        self._cluster, self._session = cluster, session

    def _make_cluster(self) -> Cluster:
        address = self.address
        auth = PlainTextAuthProvider(address.user, address.password) if address.user else None
        profiles = {
            name: ExecutionProfile(
                load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(address.dc)),
                consistency_level=address.level,
                request_timeout=self._timeout * 0.8,
                row_factory=tuple_factory,
                speculative_execution_policy=speculation,
                retry_policy=WriteAgain(),
            )
            for name, speculation in {EXEC_PROFILE_DEFAULT: SPECULATION, WRITES: None}.items()
        }
        return Cluster(
            address.hosts,
            protocol_version=PROTOCOL,
            auth_provider=auth,
            ssl_context=address.tls(),
            connect_timeout=self._timeout,
            control_connection_timeout=self._timeout,
            reconnection_policy=RECONNECTION,
            idle_heartbeat_interval=HEARTBEAT,
            idle_heartbeat_timeout=SILENCE,
            execution_profiles=profiles,
        )

    def _text(self, statement: str) -> str:
        return statement.replace("{ks}", self.address.keyspace)

    def _prepare(self, session: Session, text: str) -> PreparedStatement:
        statement = session.prepare(self._text(text))
        # Every statement carries its own timestamp or only reads: twice is as good as once.
        statement.is_idempotent = True
        return statement


def profile_of(statement: Statement) -> object:
    """How a statement is executed: the driver would send a slow write to every replica as well."""
    if isinstance(statement, BoundStatement):
        text = statement.prepared_statement.query_string
        return EXEC_PROFILE_DEFAULT if text.lstrip().startswith("SELECT") else WRITES
    return WRITES


def _resolve(future: "asyncio.Future[Any]", value: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
