"""A pool of connections.

aiopg's own connects under the lock that a release needs too, and looks names up on the loop; this
one holds neither up, and uses no connection again that saw an error.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiopg


class Pool:
    """At most ``size`` connections, made when they are needed. Time limits are the caller's."""

    def __init__(self, connect: Callable[[], Awaitable[aiopg.Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._free = asyncio.Semaphore(size)
        self._idle: list[aiopg.Connection] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[aiopg.Connection]:
        """A connection for the block, free of transactions.

        After an error the connection is closed, and the idle ones with it: what befell one, a
        restart of the server or a cut of the network, mostly befell all.
        """
        async with self._free:
            connection = await self._take()
            try:
                yield connection
            except BaseException:
                await connection.close()
                await self._close_idle()
                raise
            self._idle.append(connection)

    async def close(self) -> None:
        """Wait until every connection is given back, and close them."""
        for _ in range(self._size):
            await self._free.acquire()
        await self._close_idle()
        for _ in range(self._size):
            self._free.release()

    async def _take(self) -> aiopg.Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                return connection
            await connection.close()
        return await self._connect()

    async def _close_idle(self) -> None:
        while self._idle:
            await self._idle.pop().close()
