"""A node that is reached in another way than the one it has for itself."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from movieserver.backends import StoreContext
from movieserver.backends.cassandra import CassandraBackend
from movieserver.backends.cassandra.address import Address
from movieserver.errors import StoreRefused

ADDRESS = Address.of(os.environ["MOVIESERVER_RATES"])


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes until it ends."""
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def forwarded() -> AsyncIterator[int]:
    """A port of ::1 at which the node answers."""
    forwards: list[asyncio.Task[None] | None] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        forwards.append(asyncio.current_task())
        node_reader, node_writer = await asyncio.open_connection(*ADDRESS.hosts[0])
        await asyncio.gather(pass_on(reader, node_writer), pass_on(node_reader, writer))

    server = await asyncio.start_server(forward, "::1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*filter(None, forwards))


@pytest.mark.gen_test(timeout=60)
async def test_hosts_with_ipv6_addresses_and_ports_of_their_own(tmp_path: Path) -> None:
    async with forwarded() as port:
        places = f"127.0.0.1:1,[::1]:{port}/absent"
        assert ADDRESS.login is not None
        url = f"cassandra://{':'.join(ADDRESS.login)}@{places}"
        store = CassandraBackend().rate_store(url, StoreContext(tmp_path, timeout=20.0))
        with pytest.raises(StoreRefused) as refused:
            await store.open()
    assert str(refused.value).startswith(f"Cassandra {places}: no such keyspace; ")
