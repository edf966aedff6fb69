"""The rate store on SQLite."""

import json
import math
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from importlib.resources import files
from operator import attrgetter

from movieserver.backends.rate_store import RateKey, RateStore
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.gathering import Gathering, Insert
from movieserver.backends.sqlite.rows import execute_rows
from movieserver.backends.sqlite.store import SqliteStore
from movieserver.clock import Clock
from movieserver.models import Rate

PAGE = 2000
"""The most states in one list of a scan."""
COUNTED = 100_000
"""The most pending states that are counted."""

# The comparison is Rate.precedence: a removal, which has no rate, counts as 11.
PUT = """
    INSERT OR FAIL INTO rates (user_id, movie_id, rate, version, pending) VALUES {rows}
    ON CONFLICT DO UPDATE
    SET rate = excluded.rate, version = excluded.version, pending = excluded.pending
    WHERE (excluded.version, coalesce(excluded.rate, 11)) >= (version, coalesce(rate, 11))
"""
STATE = "SELECT user_id, movie_id, rate, version FROM rates"
GET = f"{STATE} WHERE user_id = ? AND movie_id = ?"
GET_MANY = """
    SELECT user_id, movie_id, rate, version FROM json_each(?) CROSS JOIN rates
    ON user_id = json_extract(value, '$[0]') AND movie_id = json_extract(value, '$[1]')
"""
NEWEST = f"""
    {STATE} WHERE user_id = ? AND rate IS NOT NULL AND (version, movie_id) < (?, ?)
    ORDER BY version DESC, movie_id DESC LIMIT ?
"""
BEATEN = """
    SELECT 1 FROM rates WHERE user_id = ? AND movie_id = ?
        AND (version, coalesce(rate, 11)) > (?, coalesce(?, 11))
"""
LATEST = "SELECT version FROM latest_rate"
SET_LATEST = "UPDATE latest_rate SET version = :version WHERE version < :version"
ERASE = """
    UPDATE rates SET rate = NULL, version = ?, pending = ?
    WHERE user_id = ? AND rate IS NOT NULL AND version <= ?
    RETURNING user_id, movie_id, rate, version
"""
PENDING = f"{STATE} WHERE pending <= ? ORDER BY pending LIMIT ?"
# States put before the clock was set back: their age is unknown, and they must not be left out.
AHEAD = f"{STATE} WHERE pending > ? ORDER BY pending LIMIT ?"
ANNOUNCED = """
    UPDATE rates SET pending = NULL FROM (VALUES {rows})
    WHERE user_id = column1 AND movie_id = column2 AND rate IS column3 AND version = column4
        AND pending IS NOT NULL
"""
COUNT = f"SELECT count(*) FROM (SELECT 1 FROM rates WHERE pending IS NOT NULL LIMIT {COUNTED})"
SCAN = f"""
    SELECT id, user_id, movie_id, rate, version FROM rates WHERE id > ? ORDER BY id LIMIT {PAGE}
"""
KEY = attrgetter("user_id", "movie_id")
TOP = (2**63 - 1, "\U0010ffff")
"""Above the version and movie id of every state."""


class SqliteRateStore(SqliteStore, RateStore):
    """Rates in one table; ``pending`` is the time of the put in ms, NULL once it is announced."""

    schema = files(__package__).joinpath("rate_store.sql").read_text("utf-8")

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock
        self._puts = Gathering(database, self._insert)

    async def put(self, rate: Rate) -> bool:
        return await self._puts.add(rate)

    async def put_many(self, rates: Sequence[Rate]) -> None:
        await self._database.write(self._insert(rates))

    async def get(self, user_id: str, movie_id: str) -> Rate | None:
        states = await self._select(GET, user_id, movie_id)
        return states[0] if states else None

    async def get_many(self, keys: Collection[RateKey]) -> dict[RateKey, Rate]:
        states = await self._select(GET_MANY, json.dumps(list(keys)))
        return {(state.user_id, state.movie_id): state for state in states}

    async def user_rates(
        self, user_id: str, limit: int, before: tuple[int, str] | None = None
    ) -> list[Rate]:
        return await self._select(NEWEST, user_id, *(before or TOP), limit)

    async def latest(self) -> int:
        [[version]] = await self._rows(LATEST)
        return int(version)

    async def erase(self, user_id: str, version: int) -> list[Rate]:
        values = (version, self._now(), user_id, version)

        def work(connection: sqlite3.Connection) -> list[Rate]:
            connection.execute(SET_LATEST, {"version": version})
            return [Rate(*row) for row in connection.execute(ERASE, values)]

        return await self._database.write(work)

    async def pending(self, limit: int, grace: float = 0.0) -> list[Rate]:
        now, age = self._now(), math.ceil(grace * 1000)
        rates = await self._select(PENDING, now - age, limit)
        # What is put meanwhile is later than now as well, but by no more than the grace.
        return rates + await self._select(AHEAD, now + age, limit - len(rates))

    async def mark_announced(self, rates: Sequence[Rate]) -> None:
        rows = [(rate.user_id, rate.movie_id, rate.rate, rate.version) for rate in rates]

        def work(connection: sqlite3.Connection) -> None:
            execute_rows(connection, ANNOUNCED, rows)

        await self._database.write(work)

    async def pending_count(self) -> int:
        [[count]] = await self._rows(COUNT)
        return int(count)

    async def scan(self) -> AsyncIterator[list[Rate]]:
        last = 0
        while rows := await self._rows(SCAN, last):
            yield [Rate(*row[1:]) for row in rows]
            last = rows[-1][0]

    def _insert(self, rates: Sequence[Rate]) -> Insert[Rate]:
        now = self._now()
        # In the order of the index, so that neighbours share a page.
        rows = [(r.user_id, r.movie_id, r.rate, r.version, now) for r in sorted(rates, key=KEY)]
        latest = max((rate.version for rate in rates), default=0)

        def insert(connection: sqlite3.Connection) -> Collection[Rate]:
            changed = execute_rows(connection, PUT, rows)
            connection.execute(SET_LATEST, {"version": latest})
            return () if changed == len(rows) else _beaten(connection, rates)

        return insert

    def _now(self) -> int:
        return int(self._clock.time() * 1000)

    async def _select(self, query: str, *values: object) -> list[Rate]:
        return [Rate(*row) for row in await self._rows(query, *values)]


def _beaten(connection: sqlite3.Connection, rates: Sequence[Rate]) -> set[Rate]:
    """The rates that are not kept because a state of greater precedence is there."""
    return {
        rate
        for rate in rates
        if connection.execute(
            BEATEN, (rate.user_id, rate.movie_id, rate.version, rate.rate)
        ).fetchone()
    }
