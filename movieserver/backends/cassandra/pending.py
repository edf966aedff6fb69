"""What is stored and not yet announced: time buckets under an index.

``pending`` is the bucket of the put by the clock of the server that took it. Sweeps look at the
buckets from where rates may be pending up to the present, a stretch at a time, so their cost is
that of the buckets and not of the table. Servers whose clocks are off put rates into buckets
of the past or the future; a wide sweep, at the start and now and then, looks there too.
"""

import asyncio
from collections.abc import Sequence

from movieserver.backends.cassandra.batches import Batches
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.backends.cassandra.timestamps import timestamp
from movieserver.clock import Clock
from movieserver.models import Rate

WIDTH = 5
"""Seconds of a bucket."""
STRETCH = 24
"""Buckets that one query looks at: two minutes."""
WIDE_PERIOD = 600.0
"""Seconds between two wide sweeps."""
SLACK = 720
"""Buckets before the present, an hour's, that a wide sweep looks at beyond what is known."""
KEEP = 12
"""Buckets of progress after which it is kept in the store."""
LAST = 2**31 - 1
"""Later than every bucket."""
COUNTED = 100_000
"""Pending states beyond which nobody counts."""

FIND = """
    SELECT user_id, movie_id, rate, version FROM {ks}.rates
    WHERE pending >= ? AND pending <= ? LIMIT ?
"""
COUNT = "SELECT user_id FROM {ks}.rates WHERE pending >= ? LIMIT " + str(COUNTED)
CLEAR = "DELETE pending FROM {ks}.rates USING TIMESTAMP ? WHERE user_id = ? AND movie_id = ?"
GET_PROGRESS = "SELECT bucket FROM {ks}.relay WHERE name = 'rates'"
SET_PROGRESS = "INSERT INTO {ks}.relay (name, bucket) VALUES ('rates', ?)"
PENDING_STATEMENTS = (FIND, COUNT, CLEAR, GET_PROGRESS, SET_PROGRESS)


class PendingRates:
    """Finds what is pending and takes the marks off."""

    def __init__(self, session: CassandraSession, clock: Clock) -> None:
        self._session = session
        self._clears = Batches(session, CLEAR)
        self._clock = clock
        self._first: int | None = None
        """The bucket before which no sweep found anything; None before the first sweep."""
        self._kept = 0
        self._wide_at: float | None = None

    def bucket(self) -> int:
        """The present bucket."""
        return int(self._clock.time()) // WIDTH

    async def find(self, limit: int, grace: float) -> list[Rate]:
        """At most ``limit`` pending states that were put at least ``grace`` seconds ago."""
        if grace <= 0:
            return await self._select(0, LAST, limit)
        if self._first is None:
            rows = await self._session.rows(GET_PROGRESS)
            self._first = self._kept = rows[0][0] if rows else 0
        last = int(self._clock.time() - grace) // WIDTH - 1
        if self._wide_at is None or self._clock.monotonic() - self._wide_at >= WIDE_PERIOD:
            return await self._sweep_wide(last, limit)
        return await self._sweep(self._first, last, limit)

    async def clear(self, rates: Sequence[Rate]) -> None:
        """Take the marks off; at equal timestamps the deletion wins, a newer mark stays."""
        rows = [(timestamp(rate), rate.user_id, rate.movie_id) for rate in rates]
        await asyncio.gather(*map(self._clears.add, rows))

    async def count(self) -> int:
        """How many states are pending, at most ``COUNTED``."""
        return len(await self._session.rows(COUNT, (max(0, (self._first or 0) - SLACK),)))

    async def _sweep_wide(self, last: int, limit: int) -> list[Rate]:
        """From an hour before what is known to be done up to ``last``, and the future."""
        if self._first:
            found = await self._sweep(self._first - SLACK, last, limit)
        else:
            found = await self._select(0, last, limit)
            if not found:
                await self._pass(last + 1)
        if len(found) < limit:
            found += await self._select(self.bucket() + 1, LAST, limit - len(found))
        if len(found) < limit:
            self._wide_at = self._clock.monotonic()
        return found

    async def _sweep(self, first: int, last: int, limit: int) -> list[Rate]:
        """The buckets from ``first`` to ``last``, a stretch at a time, oldest first."""
        found: list[Rate] = []
        for start in range(first, last + 1, STRETCH):
            end = min(start + STRETCH - 1, last)
            found += await self._select(start, end, limit - len(found))
            if len(found) >= limit:
                break
            if not found:
                await self._pass(end + 1)
        return found

    async def _pass(self, bucket: int) -> None:
        """Note that nothing is pending before ``bucket``, and keep that about once a minute."""
        self._first = max(self._first or 0, min(bucket, self.bucket()))
        if self._first - self._kept >= KEEP:
            await self._session.rows(SET_PROGRESS, (self._first,))
            self._kept = self._first

    async def _select(self, first: int, last: int, limit: int) -> list[Rate]:
        rows = await self._session.rows(FIND, (first, last, limit))
        return [Rate(*row) for row in rows if row[3] is not None]
