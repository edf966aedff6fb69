"""The schema's version: every start checks it, ``movieserver migrate`` writes it."""

import logging
from importlib.resources import files

from movieserver.backends.cassandra.failures import MIGRATE
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.errors import StoreRefused

log = logging.getLogger(__name__)

FEW = {"ONE": 1, "LOCAL_ONE": 1, "TWO": 2}
"""Replicas that answer at consistency levels that are no quorum, whatever the number of copies."""
FIRST = 1
"""The version of a keyspace that records none, as the first did not."""
VERSION = 1
"""The version that this program creates and understands."""
SCHEMA = files(__package__).joinpath("schema.cql").read_text("utf-8")
NEEDED = frozenset({"rates", "relay"})
"""The tables that a running server cannot do without."""

# {ks} stands for the keyspace in every statement.
KEYSPACE = """
    CREATE KEYSPACE IF NOT EXISTS {ks}
    WITH replication = {'class': 'NetworkTopologyStrategy', '%s': %d}
"""
REPLICATION = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?"
TABLES = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?"
ANSWERS = "SELECT last FROM {ks}.relay WHERE name = 'rates' AND process = -1"
"""Reads a row, or that there is none, which takes as many replicas as every put."""
VERSIONS = "SELECT version FROM {ks}.schema_versions WHERE name = 'rates'"
APPLIED = "INSERT INTO {ks}.schema_versions (name, version) VALUES ('rates', %d)"


async def check(session: CassandraSession) -> None:
    """Raise ``StoreRefused`` unless the keyspace is what this program and its URL expect."""
    await session.prepare([REPLICATION, TABLES])
    await check_copies(session)
    found = await version(session)
    check_not_newer(session, found)
    if found < VERSION:
        raise StoreRefused(
            f"{session.address.label}: its schema has version {found}, older than this program's "
            f"{VERSION}; {MIGRATE}"
        )


async def migrate(session: CassandraSession) -> list[str]:
    """Create the keyspace and tables that are missing; returns what was done, a line each."""
    address = session.address
    await session.prepare([REPLICATION, TABLES])
    # Even IF NOT EXISTS takes the right to create keyspaces, which not every user has.
    if not await session.rows(REPLICATION, (address.keyspace,)):
        check_nodes(session)
        await session.execute(KEYSPACE % (address.dc, address.replication))
    await check_copies(session)
    check_not_newer(session, await version(session))
    for statement in filter(str.strip, SCHEMA.split(";")):
        await session.execute(statement)
    await session.execute(APPLIED % VERSION)
    return [f"{address.label}: the keyspace and its tables are there, version {VERSION}"]


async def version(session: CassandraSession) -> int:
    """The version of the keyspace's schema."""
    if "schema_versions" not in await tables(session):
        return FIRST
    await session.prepare([VERSIONS])
    return max((row[0] for row in await session.rows(VERSIONS)), default=FIRST)


async def tables(session: CassandraSession) -> set[str]:
    """The keyspace's tables, by the prepared ``TABLES``; none if there is no keyspace."""
    return {name for (name,) in await session.rows(TABLES, (session.address.keyspace,))}


async def check_tables(session: CassandraSession) -> None:
    """Raise ``StoreRefused`` if a needed table is gone, and ``StoreError`` if replicas are away."""
    if missing := sorted(NEEDED - await tables(session)):
        raise StoreRefused(f"{session.address.label}: no table {missing[0]} any more; {MIGRATE}")
    # Any node knows the tables, also one that has too few others for a rate to be read or put.
    await session.rows(ANSWERS)


def check_not_newer(session: CassandraSession, found: int) -> None:
    """Raise ``StoreRefused`` if a later program made the schema."""
    if found > VERSION:
        raise StoreRefused(
            f"{session.address.label}: its schema has version {found}, newer than this program's "
            f"{VERSION}; run a newer movieserver"
        )


def check_nodes(session: CassandraSession) -> None:
    """Raise ``StoreRefused`` if the datacentre has fewer nodes than a new keyspace has copies.

    Cassandra would make the keyspace, and then take nothing into it.
    """
    address, nodes = session.address, session.nodes()
    if nodes < address.replication:
        raise StoreRefused(
            f"{address.label}: nodes in {address.dc}: {nodes}, but the URL says replication="
            f"{address.replication}; set it to at most {nodes}, or add nodes"
        )


async def check_copies(session: CassandraSession) -> None:
    """Raise ``StoreRefused`` if there are fewer copies than the URL asks for, or no keyspace."""
    address = session.address
    rows = await session.rows(REPLICATION, (address.keyspace,))
    if not rows:
        raise StoreRefused(f"{address.label}: no such keyspace; {MIGRATE}")
    replication = rows[0][0]
    # A keyspace with SimpleStrategy has a replication_factor instead.
    copies = int(replication.get(address.dc) or replication.get("replication_factor", 0))
    if copies < address.replication:
        raise StoreRefused(
            f"{address.label}: copies in {address.dc}: {copies}, but the URL says "
            f"{address.replication}; ALTER KEYSPACE, then nodetool repair, or correct dc and "
            "replication in the URL"
        )
    if 2 * FEW.get(address.consistency, copies) <= copies:
        log.warning(
            "%s: with consistency=%s and %d copies, a read may miss what was written, and a rate "
            "may never be announced; use LOCAL_QUORUM",
            address.label,
            address.consistency,
            copies,
        )
