"""A session that passes answers to the event loop without blocking it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from cassandra.cluster import Cluster, NoHostAvailable, ResponseFuture, Session
from cassandra.connection import ConnectionException
from cassandra.query import (
    BatchStatement,
    BatchType,
    BoundStatement,
    PreparedStatement,
    Statement,
)

from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.driver import make_cluster, profile_of
from movieserver.backends.cassandra.failures import DRIVER, check_datacentre, translated
from movieserver.errors import StoreUnavailable
from movieserver.futures import settle

Row = tuple[Any, ...]

LOST = (NoHostAvailable, ConnectionException, OSError)
"""What the driver raises when a node is gone."""


class CassandraSession:
    """The driver's session: requests bounded in number and in time, errors translated."""

    def __init__(self, address: Address, timeout: float) -> None:
        """Take the cluster's address, and how many seconds a request may take."""
        self.address = address
        self._timeout = timeout
        self._cluster: Cluster | None = None
        self._session: Session | None = None
        self._prepared: dict[str, PreparedStatement] = {}
        self._turn = asyncio.Semaphore(address.in_flight)

    async def connect(self) -> None:
        """Connect; the keyspace need not exist."""
        with translated(self.address.label):
            await asyncio.to_thread(self._connect)

    async def prepare(self, statements: Iterable[str]) -> None:
        """Prepare ``statements``, in which {ks} stands for the keyspace."""
        session = self._session
        if session is None:
            raise self._closed()
        with translated(self.address.label):
            for text in statements:
                self._prepared[text] = await asyncio.to_thread(self._prepare, session, text)

    async def close(self) -> None:
        """Disconnect."""
        cluster, self._cluster, self._session = self._cluster, None, None
        if cluster is not None:
            await asyncio.to_thread(cluster.shutdown)

    async def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a prepared statement's answer."""
        return [row async for page in self.pages(statement, values) for row in page]

    async def pages(
        self, statement: str, values: Sequence[object] = ()
    ) -> AsyncIterator[list[Row]]:
        """The rows of a prepared statement's answer, a page (5,000 rows) at a time."""
        rows, state = await self.page(statement, values, None)
        yield rows
        while state is not None:
            rows, state = await self.page(statement, values, state)
            yield rows

    async def page(
        self, statement: str, values: Sequence[object], state: bytes | None
    ) -> tuple[list[Row], bytes | None]:
        """One page of the answer, and the state to continue from, None after the last page."""
        return await self._request(self.bind(statement, values), state)

    def bind(self, statement: str, values: Sequence[object]) -> BoundStatement:
        """A prepared statement with its values."""
        if self._session is None:
            raise self._closed()
        with translated(self.address.label):
            return self._prepared[statement].bind(values)

    def replicas(self, bound: BoundStatement) -> tuple[object, ...]:
        """The nodes that have the row of a bound statement; empty while they are not known."""
        if self._cluster is None:
            return ()
        return tuple(self._cluster.metadata.get_replicas(self.address.keyspace, bound.routing_key))

    def nodes(self) -> int:
        """How many nodes the datacentre has, whether they are up or not."""
        if self._cluster is None:
            raise self._closed()
        hosts = self._cluster.metadata.all_hosts()
        return sum(host.datacenter == self.address.dc for host in hosts)

    async def write(self, bounds: Sequence[BoundStatement]) -> None:
        """Send one write, or several as an unlogged batch; returns once acknowledged."""
        if len(bounds) == 1:
            await self._request(bounds[0])
            return
        batch = BatchStatement(BatchType.UNLOGGED)
        batch.is_idempotent = True
        batch.add_all(bounds, [None] * len(bounds))
        await self._request(batch)

    async def execute(self, statement: str) -> None:
        """Run a schema statement, in which {ks} stands for the keyspace."""
        session = self._session
        if session is None:
            raise self._closed()
        with translated(self.address.label):
            await asyncio.to_thread(session.execute, self._text(statement), timeout=60)

    async def _request(
        self, statement: Statement, state: bytes | None = None
    ) -> tuple[list[Row], bytes | None]:
        with translated(self.address.label):
            async with asyncio.timeout(self._timeout), self._turn:
                if self._session is None:
                    raise self._closed()
                try:
                    return await self._answer(self._session, statement, state)
                except LOST:
                    # The driver tries the other nodes itself and gives up when none is left. By
                    # now it may know of others, or have an answer on its way.
                    return await self._answer(self._session, statement, state)

    def _closed(self) -> StoreUnavailable:
        return StoreUnavailable(f"{self.address.label}: not open")

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
            loop.call_soon_threadsafe(settle, answered, (list(rows or ()), state), None)

        def fail(error: Exception) -> None:
            loop.call_soon_threadsafe(settle, answered, None, error)

        response.add_callbacks(hand_over, fail)
        return await answered

    def _connect(self) -> None:
        cluster = make_cluster(self.address, self._timeout)
        try:
            session = cluster.connect()
        except DRIVER as error:
            cluster.shutdown()
            check_datacentre(self.address, cluster.metadata, error)
            raise
        self._cluster, self._session = cluster, session

    def _text(self, statement: str) -> str:
        # Quoted, so that a keyword (table, user) can be the keyspace's name.
        return statement.replace("{ks}", f'"{self.address.keyspace}"')

    def _prepare(self, session: Session, text: str) -> PreparedStatement:
        statement = session.prepare(self._text(text))
        # Every statement only reads or carries its own timestamp, so it may safely run twice.
        statement.is_idempotent = True
        return statement
