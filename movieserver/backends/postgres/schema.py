"""The schema's version: every start checks it, ``movieserver migrate`` brings it up to date."""

import re
from dataclasses import dataclass
from importlib.resources import files

import psycopg2
import psycopg2.errors

from movieserver.backends.postgres.address import Address
from movieserver.backends.postgres.database import Session
from movieserver.backends.postgres.failures import MIGRATE, NOT_UTF8, UNKNOWN_DATABASE
from movieserver.errors import StoreRefused

NAME = re.compile(r"(\d{4})_(\w+)\.sql")
MAINTENANCE_DATABASE = "postgres"

ENCODING = "SELECT current_setting('server_encoding')"
EXISTS = "SELECT to_regclass('schema_migrations') IS NOT NULL"
VERSION = "SELECT coalesce(max(version), 0) FROM schema_migrations"
TABLE = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version integer PRIMARY KEY,
        name text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""
APPLIED = "INSERT INTO schema_migrations (version, name) VALUES (%s, %s)"
RELATIONS = [
    "nominees",
    "movies",
    "user_rates",
    "revisions",
    "top10_current_movie",
    "top10_rated_movie",
    "top10_rated_movie_position",
]
LACKING = """
    SELECT string_agg(name, ', ') FROM unnest(%s) AS name WHERE to_regclass(name) IS NULL
"""
PRESENT = """
    SELECT string_agg(name, ', ') FROM unnest(%s) AS name WHERE to_regclass(name) IS NOT NULL
"""
COUNTED = "SELECT EXISTS (SELECT FROM revisions)"
EMPTIED = (
    "its table revisions is empty; unless it is being restored, "
    "INSERT INTO revisions (id) VALUES (1)"
)
# Another process that migrates waits for the end of the transaction.
BEGIN = "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('movieserver migrate'), hashtext(current_schema()))"
COMMIT = "COMMIT"
CREATE_DATABASE = "CREATE DATABASE {} ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0"


@dataclass(frozen=True)
class Migration:
    """A numbered step of the schema."""

    version: int
    name: str
    script: str


def migrations() -> list[Migration]:
    """The steps that this program knows, in order."""
    found = []
    for file in files("movieserver.backends.postgres.migrations").iterdir():
        if match := NAME.fullmatch(file.name):
            found.append(Migration(int(match[1]), match[2], file.read_text("utf-8")))
    return sorted(found, key=lambda each: each.version)


async def version(session: Session) -> int:
    """The version of the database's schema; 0 if it has none."""
    if not await session.value(EXISTS):
        return 0
    return int(await session.value(VERSION))


async def check(session: Session, label: str) -> None:
    """Raise ``StoreRefused`` unless the schema is the one that this program knows."""
    await check_encoding(session, label)
    found, known = await version(session), migrations()[-1].version
    if found == 0:
        raise StoreRefused(f"{label}: it has no schema yet; {MIGRATE}")
    if found < known:
        raise StoreRefused(
            f"{label}: its schema has version {found}, older than this program's {known}; {MIGRATE}"
        )
    if found > known:
        raise newer(label, found, known)
    await check_relations(session, label)


async def check_encoding(session: Session, label: str) -> None:
    """Raise ``StoreRefused`` if the database cannot hold every name and title."""
    encoding = await session.value(ENCODING)
    if encoding != "UTF8":
        raise StoreRefused(f"{label}: its encoding is {encoding}; {NOT_UTF8}")


async def check_relations(session: Session, label: str) -> None:
    """Raise ``StoreRefused`` if a relation or the row of ``revisions`` is gone.

    No migration creates it again, and without that row no change would be noticed.
    """
    if lacking := await session.value(LACKING, RELATIONS):
        raise StoreRefused(
            f"{label}: its schema lacks {lacking}; recreate that as the migrations in "
            "movieserver/backends/postgres/migrations do, or restore a backup"
        )
    if not await session.value(COUNTED):
        raise StoreRefused(f"{label}: {EMPTIED}")


def newer(label: str, found: int, known: int) -> StoreRefused:
    """The error for a schema that a later program made."""
    return StoreRefused(
        f"{label}: its schema has version {found}, newer than this program's {known}; "
        "run a newer movieserver"
    )


async def migrate(address: Address) -> list[str]:
    """Create the database if it is absent, and apply missing migrations in one transaction.

    Returns what was done, a line each, or that the schema is up to date. Safe when several
    processes do it at once. Raises the driver's errors and ``StoreRefused``.
    """
    done: list[str] = []
    try:
        connection = await address.connect()
    except psycopg2.OperationalError as error:
        if not UNKNOWN_DATABASE.search(str(error)):
            raise
        done += await create_database(address)
        connection = await address.connect()
    try:
        session = Session(connection)
        await session.execute(BEGIN)
        await session.execute(LOCK)
        done += await apply_missing(session, address.label)
        await session.execute(COMMIT)
    finally:
        await connection.close()
    return done


async def apply_missing(session: Session, label: str) -> list[str]:
    """Apply the migrations above the schema's version; returns what was done, a line each."""
    await check_encoding(session, label)
    await session.execute(TABLE)
    found, known = await version(session), migrations()
    if found > known[-1].version:
        raise newer(label, found, known[-1].version)
    if found == 0 and (present := await session.value(PRESENT, RELATIONS)):
        raise StoreRefused(
            f"{label}: it has {present}, but schema_migrations does not say which migrations made "
            "them; restore a backup, insert what was applied (version, name), or name another "
            "database"
        )
    done = []
    for each in known:
        if each.version > found:
            await session.execute(each.script)
            await session.execute(APPLIED, each.version, each.name)
            done.append(f"{label}: applied {each.version:04} {each.name}")
    await check_relations(session, label)
    return done or [f"{label}: the schema is up to date, version {found}"]


async def create_database(address: Address) -> list[str]:
    """Create the database, unless another process is faster."""
    connection = await address.connect(MAINTENANCE_DATABASE)
    try:
        quoted = '"{}"'.format(address.database.replace('"', '""'))
        await Session(connection).execute(CREATE_DATABASE.format(quoted))
    except (psycopg2.errors.DuplicateDatabase, psycopg2.errors.UniqueViolation):
        return []
    finally:
        await connection.close()
    return [f"{address.label}: created the database"]
