"""The rate store on Cassandra."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import chain
from typing import TypeVar

from movieserver.backends.cassandra import schema
from movieserver.backends.cassandra.batches import Batches
from movieserver.backends.cassandra.buckets import Bucket
from movieserver.backends.cassandra.pending import PENDING_STATEMENTS, PendingRates
from movieserver.backends.cassandra.session import CassandraSession, Row
from movieserver.backends.cassandra.timestamps import timestamp
from movieserver.backends.cassandra.token_ranges import SCAN, scan
from movieserver.backends.rate_store import RateKey, RateStore
from movieserver.clock import Clock
from movieserver.errors import StoreError, StoreUnavailable
from movieserver.models import LAST_VERSION, RATES, Rate

log = logging.getLogger(__name__)
T = TypeVar("T")

DOUBTS = 10_000
"""The most failed puts that are remembered."""

UNSOUND = "it has no version, or a rate outside 1 to 10; delete it by its key"

# {ks} stands for the keyspace in every statement.
PUT = """
    INSERT INTO {ks}.rates (user_id, movie_id, rate, version, pending) VALUES (?, ?, ?, ?, ?)
    USING TIMESTAMP ? AND TTL 0
"""
GET = "SELECT user_id, movie_id, rate, version FROM {ks}.rates WHERE user_id = ? AND movie_id = ?"
USER = "SELECT version, movie_id, rate FROM {ks}.rates WHERE user_id = ?"
STATEMENTS = (PUT, GET, USER, SCAN, schema.TABLES, schema.ANSWERS, *PENDING_STATEMENTS)


class CassandraRateStore(RateStore):
    """Rates in one table, a partition for each user.

    A put is one mutation of one row, which holds the rate and, in ``pending``, the obligation to
    announce it. Its timestamp follows the state's precedence, so Cassandra itself keeps the state
    of greatest precedence, in whatever order puts arrive, and no write needs a read first.
    """

    def __init__(self, session: CassandraSession, clock: Clock, timeout: float) -> None:
        """Take the session, the clock, and the seconds within which a put ends."""
        self._session = session
        self._clock = clock
        self._timeout = timeout
        self._at_once = session.address.in_flight
        self._puts = Batches(session, PUT)
        self._pending = PendingRates(session, clock, timeout)
        self._doubtful: dict[Rate, Bucket] = {}
        """Failed puts that a node may still carry out, each with its first bucket, not yet left."""

    async def open(self) -> None:
        await self._session.connect()
        try:
            await schema.check(self._session)
            await self._session.prepare(STATEMENTS)
        except BaseException:
            await self._session.close()
            raise
        self._pending = PendingRates(self._session, self._clock, self._timeout)
        self._doubtful.clear()

    async def migrate(self) -> list[str]:
        await self._session.connect()
        try:
            done = await schema.migrate(self._session)
            # This finds existing tables that are not ours.
            await self._session.prepare(STATEMENTS)
        finally:
            await self._session.close()
        return done

    async def close(self) -> None:
        await self._end_doubts()
        await self._pending.close()
        await self._session.close()

    async def ping(self) -> None:
        await schema.check_tables(self._session)

    async def put(self, rate: Rate) -> bool:
        # Put it again if others may have swept the bucket: of equal states, the one in the later
        # bucket stays.
        while not self._pending.leave(await self._put(rate)):
            pass
        return True

    async def put_many(self, rates: Sequence[Rate]) -> None:
        # No more at once than may be in flight: a put that queued for a turn would use up its time
        # limit, and keep its bucket open, before it was even sent.
        for some in portions(rates, self._at_once):
            await asyncio.gather(*map(self.put, some))

    async def get(self, user_id: str, movie_id: str) -> Rate | None:
        rows = await self._session.rows(GET, (user_id, movie_id))
        return next(iter(states(rows)), None)

    async def get_many(self, keys: Collection[RateKey]) -> dict[RateKey, Rate]:
        found: list[Rate | None] = []
        for some in portions([*keys], self._at_once):
            found += await asyncio.gather(*(self.get(*key) for key in some))
        return {(rate.user_id, rate.movie_id): rate for rate in found if rate is not None}

    async def user_rates(
        self, user_id: str, limit: int, before: tuple[int, str] | None = None
    ) -> list[Rate]:
        newest: list[Row] = []
        async for page in self._session.pages(USER, (user_id,)):
            # Keep no more rows than were asked for.
            newest = nlargest(limit, chain(newest, listed(page, before)))
        return [Rate(user_id, movie_id, rate, version) for version, movie_id, rate in newest]

    async def latest(self) -> int:
        return await self._pending.latest()

    async def erase(self, user_id: str, version: int) -> list[Rate]:
        removals: list[Rate] = []
        async for page in self._session.pages(USER, (user_id,)):
            found = [
                Rate(user_id, movie_id, None, version)
                for given, movie_id, rate in page
                if rate is not None and is_sound(rate, given) and given <= version
            ]
            await self.put_many(found)
            removals += found
        return removals

    async def pending(self, limit: int, grace: float = 0.0) -> list[Rate]:
        await self._end_doubts()
        return await self._pending.find(limit, grace)

    async def mark_announced(self, rates: Sequence[Rate]) -> None:
        await self._pending.clear(rates)

    async def pending_count(self) -> int:
        return await self._pending.count()

    async def scan(self) -> AsyncIterator[list[Rate]]:
        async for rows in scan(self._session, self._clock):
            yield states(rows)

    async def _put(self, rate: Rate) -> Bucket:
        """Put ``rate`` once; returns the bucket that it is in, which the caller has to leave."""
        state = (rate.user_id, rate.movie_id, rate.rate, rate.version)
        written_at = timestamp(rate)
        bucket = await self._pending.enter(rate)
        try:
            await self._puts.add((*state, bucket.id, written_at))
        except (StoreUnavailable, asyncio.CancelledError):
            self._doubt(rate, bucket)
            raise
        except StoreError:
            self._pending.leave(bucket)
            raise
        return bucket

    def _doubt(self, rate: Rate, bucket: Bucket) -> None:
        if rate in self._doubtful:
            # The first bucket is enough: until it is left, the span of this process begins at it
            # or before it and covers the later ones. The attempt that succeeds is the one that
            # stays, because its bucket is the last and has the greatest id.
            self._pending.leave(bucket)
            return
        if len(self._doubtful) >= DOUBTS:
            self._end_doubt(next(iter(self._doubtful)))
        self._doubtful[rate] = bucket

    async def _end_doubts(self) -> None:
        """Repeat the puts of unknown outcome, so that they are stored in buckets not yet swept."""
        for some in portions([*self._doubtful], self._at_once):
            # After a failure the others have to wait, so that this takes no longer than one put.
            if not all(await asyncio.gather(*map(self._put_again, some))):
                break

    async def _put_again(self, rate: Rate) -> bool:
        try:
            await self.put(rate)
        except StoreError:
            # Try it after the others next time: the nodes with its row may be away for long.
            if rate in self._doubtful:
                self._doubtful[rate] = self._doubtful.pop(rate)
            return False
        self._end_doubt(rate)
        return True

    def _end_doubt(self, rate: Rate) -> None:
        bucket = self._doubtful.pop(rate, None)
        if bucket is not None:
            self._pending.leave(bucket)


def portions(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """``items`` in order, at most ``size`` of them at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def listed(page: Iterable[Row], before: tuple[int, str] | None) -> Iterator[Row]:
    """The rows of a user that are not removals and come after ``before`` in the list."""
    return (
        (version, movie_id, rate)
        for version, movie_id, rate in page
        if rate is not None
        and is_sound(rate, version)
        and (before is None or (version, movie_id) < before)
    )


def states(rows: Iterable[Row]) -> list[Rate]:
    """The rates in ``rows``; logs and skips rows of other writers that are not valid states."""
    found = []
    for row in rows:
        if is_sound(row[2], row[3]):
            found.append(Rate(*row))
        else:
            log.warning(
                "the row of the user %r and the movie %r is skipped: %s", row[0], row[1], UNSOUND
            )
    return found


def is_sound(rate: int | None, version: int | None) -> bool:
    """Whether a row with these values is a valid state."""
    return (rate is None or rate in RATES) and version is not None and 0 <= version <= LAST_VERSION
