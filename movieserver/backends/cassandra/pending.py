"""What is stored and not yet announced: buckets of rates under an index.

``pending`` is the bucket that the process which put the rate was at, and stays in the row: what was
announced is not marked, which would cost as much as the put. A process remembers what it put and
has not announced, for some seconds at least, and goes on to another bucket every two. The registry
says which buckets may hold something that is not announced. Those that their process has lost
sight of, while the log was away or because it died, are read from the index and announced whole,
a part of it perhaps for the second time.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, filterfalse, islice
from typing import Any

from movieserver.backends.cassandra.buckets import Bucket, Buckets
from movieserver.backends.cassandra.neighbours import Neighbours
from movieserver.backends.cassandra.registry import (
    REGISTRY_STATEMENTS,
    Registry,
    Span,
    process_of,
)
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.clock import Clock
from movieserver.errors import StoreError
from movieserver.models import Rate

AT_ONCE = 4
"""Buckets that are read at once."""
AHEAD = 128
"""Buckets that one look reads at most, however few rates it finds."""
COUNTED = 100_000
"""Pending states of one process beyond which nobody counts."""

READ = "SELECT user_id, movie_id, rate, version FROM {ks}.rates WHERE pending = ?"
COUNT = f"""
    SELECT pending, user_id, movie_id, rate, version FROM {{ks}}.rates
    WHERE pending >= ? AND pending <= ? LIMIT {COUNTED}
"""
PENDING_STATEMENTS = (READ, COUNT, *REGISTRY_STATEMENTS)


@dataclass(eq=False, slots=True)
class Sweep:
    """A bucket that was read."""

    bucket: int
    is_whole: bool
    """Whether nothing more can have come into it since."""
    left: dict[Rate, None]
    """What was found and is not announced since, in the order in which it was found."""


class PendingRates:
    """Gives buckets to puts, and finds what is pending."""

    def __init__(self, session: CassandraSession, clock: Clock, longest_put: float) -> None:
        """Take, in seconds, how long a put may be under way."""
        self._session = session
        self._longest_put = longest_put
        self._registry = Registry(session, clock)
        self._own = Buckets(self._registry, clock)
        self._others = Neighbours(self._registry, clock, longest_put)
        self._sweeps: list[Sweep] = []

    async def enter(self, rate: Rate) -> Bucket:
        """The bucket for a put, which has to be left afterwards. Raises ``StoreError``."""
        self._registry.follow(rate.version)
        return await self._own.enter(rate)

    def leave(self, bucket: Bucket) -> bool:
        """Note the end of a put, when it is known what came of it.

        Returns False where others may have swept the bucket before the put came into it, as while
        this process stood still.
        """
        self._own.leave(bucket)
        return not self._own.may_be_swept(bucket, self._longest_put)

    async def latest(self) -> int:
        """The latest version that any process was at when ``find`` last looked; 0 for none ever.

        Of a process that was killed the versions of its last bucket may be above it.
        """
        if not self._registry.latest:
            await self._registry.look()
        return self._registry.latest

    async def find(self, limit: int, grace: float) -> list[Rate]:
        """At most ``limit`` pending states that were put at least ``grace`` seconds ago."""
        await self._look()
        await self._end_sweeps()
        buckets = self._to_read(grace)
        for _ in range(0, AHEAD, AT_ONCE):
            some = list(islice(buckets, AT_ONCE))
            if not some or sum(len(sweep.left) for sweep in self._sweeps) >= limit:
                break
            read = await asyncio.gather(*map(self._read, some))
            self._sweeps.extend(read)
        await self._end_sweeps()
        await self._own.keep()
        return list(islice(chain.from_iterable(sweep.left for sweep in self._sweeps), limit))

    async def clear(self, rates: Sequence[Rate]) -> None:
        """Note that ``rates`` are announced."""
        announced = set(rates)
        self._own.announced(announced)
        for sweep in self._sweeps:
            for rate in sweep.left.keys() & announced:
                del sweep.left[rate]
        await self._end_sweeps()

    async def count(self) -> int:
        """How many states are pending; about ``COUNTED`` of each process at most."""
        own = await self._look()
        spans = [*self._others.spans(), *([own] if own and self._own.waits else [])]
        counts = await asyncio.gather(*(self._count(*span) for span in spans))
        return sum(counts)

    async def close(self) -> None:
        """Leave to others what is not announced."""
        with suppress(StoreError):
            await self._own.end()

    async def _look(self) -> Span | None:
        """See what the others are at; returns what they think of this process."""
        spans = await self._registry.look()
        own = spans.pop(self._own.process, None)
        if own is not None:
            self._own.adopt(own.first)
        self._others.see(spans)
        return own

    def _to_read(self, grace: float) -> Iterator[int]:
        """Buckets that are not read yet, this process's first, oldest first.

        Those that wait for a put come last: they are read again and again, and a look may get no
        further while nodes are away.
        """
        being_read = {sweep.bucket for sweep in self._sweeps}
        own, is_quiet = self._own.due(grace), self._own.is_quiet
        waiting = filterfalse(is_quiet, own)
        due = chain(filter(is_quiet, own), self._others.overdue(grace), waiting)
        return (bucket for bucket in due if bucket not in being_read)

    async def _read(self, bucket: int) -> Sweep:
        own, is_whole = self._own.get(bucket), self._is_whole(bucket)
        rows = await self._session.rows(READ, (bucket,))
        found = (Rate(*row) for row in rows)
        left = dict.fromkeys(rate for rate in found if own is None or own.waits_for(rate))
        return Sweep(bucket, is_whole, left)

    def _is_whole(self, bucket: int) -> bool:
        """Whether all is in ``bucket`` that ever comes into it."""
        process = process_of(bucket)
        if process != self._own.process:
            return self._others.is_overdue(process)
        return self._own.get(bucket) is None or self._own.is_quiet(bucket)

    async def _end_sweeps(self) -> None:
        """Settle what is announced whole; of another process nothing before all that is older."""
        going_on: dict[int, list[Sweep]] = {}
        ended: dict[int, int] = {}
        again: set[int] = set()
        for sweep in self._sweeps:
            process = process_of(sweep.bucket)
            is_own = process == self._own.process
            if sweep.left or (process in going_on and not is_own):
                going_on.setdefault(process, []).append(sweep)
            elif is_own and sweep.is_whole:
                self._own.forget(sweep.bucket)
            elif sweep.is_whole and process not in again:
                ended[process] = sweep.bucket
            else:
                again.add(process)
        self._sweeps = [*chain.from_iterable(going_on.values())]
        for process, bucket in ended.items():
            await self._others.swept(process, bucket)

    async def _count(self, first: int, last: int) -> int:
        if first > last:
            return 0
        rows = await self._session.rows(COUNT, (first, last))
        if process_of(first) != self._own.process:
            return len(rows)
        return sum(self._is_pending(bucket, state) for bucket, *state in rows)

    def _is_pending(self, bucket: int, state: Sequence[Any]) -> bool:
        own = self._own.get(bucket)
        return own is not None and (not own.is_followed or own.waits_for(Rate(*state)))
