"""One PostgreSQL database: statements and transactions within a time limit."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiopg

from movieserver.backends.postgres.address import Address
from movieserver.backends.postgres.failures import translated, untold
from movieserver.backends.postgres.listener import Listener
from movieserver.backends.postgres.pool import Pool
from movieserver.errors import StoreUnavailable

CONNECTIONS = 5
"""The most connections of a process; one more listens."""
ROWS = 5000
"""Rows that the time limit is meant for; a larger write gets proportionally more."""

Row = tuple[Any, ...]


class Session:
    """A connection, for the duration of a block."""

    def __init__(self, connection: aiopg.Connection) -> None:
        self._connection = connection

    async def execute(self, statement: str, *values: object) -> list[Row]:
        """The rows that ``statement`` returns; without ``values`` it may be several statements."""
        async with self._connection.cursor() as cursor:
            await cursor.execute(statement, values or None)
            return await cursor.fetchall() if cursor.description else []

    async def value(self, statement: str, *values: object) -> Any:
        """The one value that ``statement`` returns."""
        return (await self.execute(statement, *values))[0][0]


class Database:
    """A pool of connections and a listener, both connected on demand.

    Its methods raise ``StoreUnavailable`` and ``StoreRefused``.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        """``timeout``, in seconds, bounds every statement and transaction."""
        self.label = address.label
        self._address = address
        self._timeout = timeout
        self._open = False
        self._pool = Pool(address.connect, CONNECTIONS)
        self._listener = Listener(address.connect)

    def open(self) -> None:
        """Allow connections to be made."""
        logging.getLogger("asyncio").addFilter(untold)
        self._open = True

    async def close(self) -> None:
        """Finish what is running, disconnect, and refuse further calls."""
        self._open = False
        await self._listener.close()
        await self._pool.close()

    async def fetch(self, statement: str, *values: object, written: int = 0) -> list[Row]:
        """The rows that one statement returns, in a transaction of its own.

        ``written`` is the number of rows that it writes.
        """
        async with self.session(written) as session:
            return await session.execute(statement, *values)

    @asynccontextmanager
    async def transaction(self, written: int = 0) -> AsyncIterator[Session]:
        """A transaction around the block; if the block raises, nothing of it is kept."""
        async with self.session(written) as session:
            await session.execute("BEGIN")
            yield session
            await session.execute("COMMIT")

    @asynccontextmanager
    async def session(self, written: int = 0) -> AsyncIterator[Session]:
        """A connection for the block, within the time limit for ``written`` rows."""
        self._check_open()
        limit = self._timeout * max(1.0, written / ROWS)
        with translated(self.label):
            try:
                async with asyncio.timeout(limit), self._pool.connection() as connection:
                    yield Session(connection)
            except TimeoutError:
                # The network may be cut, so trust no idle connection. A caller that gives up
                # earlier cancels, and does not come here.
                await self._pool.close_idle()
                raise

    async def listen(self) -> "asyncio.Future[None]":
        """A future that is done with the next notification, or fails with the driver's error."""
        self._check_open()
        with translated(self.label):
            async with asyncio.timeout(self._timeout):
                return await self._listener.next()

    def _check_open(self) -> None:
        if not self._open:
            raise StoreUnavailable(f"{self.label}: the store is not open")
