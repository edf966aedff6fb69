"""A pool of connections.

aiopg's own pool connects under the lock that a release needs too, and looks names up on the loop.
This one holds up neither, and never reuses a connection that saw an error.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiopg
import psycopg2


class Pool:
    """At most ``size`` connections, made on demand. Time limits are up to the caller."""

    def __init__(self, connect: Callable[[], Awaitable[aiopg.Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._free = asyncio.Semaphore(size)
        self._idle: list[aiopg.Connection] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[aiopg.Connection]:
        """A connection for the block, without an open transaction.

        After an error the connection is closed. After an error of the driver or the network the
        idle ones are too: what breaks one, such as a restart of the server, usually breaks all.
        """
        async with self._free:
            connection = await self._take()
            try:
                yield connection
            except BaseException as error:
                await connection.close()
                if isinstance(error, psycopg2.Error | OSError):
                    await self.close_idle()
                raise
            self._idle.append(connection)

    async def close(self) -> None:
        """Wait until every connection is given back, and close them all."""
        for _ in range(self._size):
            await self._free.acquire()
        await self.close_idle()
        for _ in range(self._size):
            self._free.release()

    async def close_idle(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            await self._idle.pop().close()

    async def _take(self) -> aiopg.Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                return connection
            await connection.close()
        return await self._connect()
