"""Listens for notifications of the database."""

import asyncio
from collections.abc import Awaitable, Callable

import aiopg
import psycopg2

from movieserver.futures import retrieve

LISTEN = "LISTEN movieserver"
IS_STANDBY = "SELECT pg_is_in_recovery()"


class Listener:
    """One connection that listens for all waiting callers, made when the first of them waits."""

    def __init__(self, connect: Callable[[], Awaitable[aiopg.Connection]]) -> None:
        self._connect = connect
        self._starting = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._next: asyncio.Future[None]

    async def next(self) -> "asyncio.Future[None]":
        """A future that is done with the next notification, or fails when the connection is lost.

        All callers share it: do not cancel it. A standby sends no notifications.
        """
        async with self._starting:
            if self._task is None or self._task.done():
                connection = await self._listening()
                self._next = asyncio.get_running_loop().create_future()
                self._task = asyncio.create_task(self._listen(connection))
        return self._next

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _listening(self) -> aiopg.Connection:
        connection = await self._connect()
        try:
            async with connection.cursor() as cursor:
                await cursor.execute(IS_STANDBY)
                # A standby refuses LISTEN; after that error the connection would not see its end.
                if not (await cursor.fetchone())[0]:
                    await cursor.execute(LISTEN)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _listen(self, connection: aiopg.Connection) -> None:
        try:
            while True:
                await connection.notifies.get()
                while not connection.notifies.empty():
                    connection.notifies.get_nowait()
                heard, self._next = self._next, asyncio.get_running_loop().create_future()
                heard.set_result(None)
        except psycopg2.Error as error:
            self._next.set_exception(error)
            retrieve(self._next)  # perhaps nobody waits
        finally:
            await connection.close()
