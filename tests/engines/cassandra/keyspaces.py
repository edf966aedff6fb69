"""Keyspaces of this test run's own, in the cluster that ``bin/engines up`` told of."""

import os
from urllib.parse import urlsplit

from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.session import CassandraSession


def url_of(keyspace: str) -> str:
    """The URL of a keyspace that no other test run uses."""
    parts = urlsplit(os.environ["MOVIESERVER_RATES"])
    return parts._replace(path=f"/{keyspace}_{os.getpid()}").geturl()


async def execute(url: str, *statements: str) -> None:
    """Run statements of the schema; {ks} stands for the keyspace of the URL."""
    session = CassandraSession(Address.of(url), 20.0)
    await session.connect()
    try:
        for statement in statements:
            await session.execute(statement)
    finally:
        await session.close()
