"""Which connections to PostgreSQL are used again."""

import asyncio
from typing import cast

import aiopg
import psycopg2
import pytest

from movieserver.backends.postgres.pool import Pool


class FakeConnection:
    """Is open until it is closed."""

    closed = False

    async def close(self) -> None:
        self.closed = True


class Server:
    """Makes connections and remembers them."""

    def __init__(self) -> None:
        self.connections: list[FakeConnection] = []
        self.pool = Pool(self.connect, 3)

    async def connect(self) -> aiopg.Connection:
        self.connections.append(FakeConnection())
        return cast("aiopg.Connection", self.connections[-1])

    async def use(self, error: Exception | None = None) -> None:
        async with self.pool.connection():
            await asyncio.sleep(0)
            if error is not None:
                raise error

    async def fill(self) -> None:
        await asyncio.gather(*(self.use() for _ in range(3)))

    def open(self) -> int:
        return sum(not connection.closed for connection in self.connections)


@pytest.mark.gen_test
async def test_one_whose_user_gave_up_goes_alone() -> None:
    server = Server()
    await server.fill()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), server.pool.connection():
            await asyncio.Event().wait()
    assert server.open() == 2
    await server.fill()
    assert len(server.connections) == 4


@pytest.mark.parametrize("error", [psycopg2.OperationalError("gone"), ConnectionResetError()])
@pytest.mark.gen_test
async def test_after_an_error_of_the_driver_or_the_network_all_that_are_idle_go(
    error: Exception,
) -> None:
    server = Server()
    await server.fill()
    with pytest.raises(type(error)):
        await server.use(error)
    assert server.open() == 0
