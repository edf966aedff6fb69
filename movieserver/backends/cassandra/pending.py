"""Rates that are stored and not yet announced: buckets of rates under an index.

``pending`` is the id of the bucket the process was filling when it put the rate. It is never
cleared, because clearing costs as much as the put. A process remembers its recent unannounced rates
and opens a new bucket every two seconds; the registry lists the buckets that may hold unannounced
rates. Buckets a process lost track of (log outage, crash) are re-read from the index and announced
whole, perhaps twice.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, filterfalse, islice, takewhile
from operator import attrgetter
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
"""Buckets that are read concurrently."""
AHEAD = 128
"""The most buckets that one search reads, however few rates it finds."""
COUNTED = 100_000
"""The most pending states of one process that are counted, and enough of all together."""

READ = "SELECT user_id, movie_id, rate, version FROM {ks}.rates WHERE pending = ?"
COUNT = f"""
    SELECT pending, user_id, movie_id, rate, version FROM {{ks}}.rates
    WHERE pending >= ? AND pending <= ? LIMIT {COUNTED}
"""
PENDING_STATEMENTS = (READ, COUNT, *REGISTRY_STATEMENTS)


@dataclass(eq=False, slots=True)
class Sweep:
    """A bucket that was read from the index."""

    bucket: int
    is_whole: bool
    """Whether it was complete when it was read: nothing can have been put into it since."""
    left: dict[Rate, None]
    """The rates found that are still unannounced, in the order in which they were found."""


class PendingRates:
    """Assigns buckets to puts, and finds what is pending."""

    def __init__(self, session: CassandraSession, clock: Clock, longest_put: float) -> None:
        """Take ``longest_put``, the most seconds that a put may be under way."""
        self._session = session
        self._longest_put = longest_put
        self._registry = Registry(session, clock)
        self._own = Buckets(self._registry, clock)
        self._others = Neighbours(self._registry, clock, longest_put)
        self._sweeps: list[Sweep] = []

    async def enter(self, rate: Rate) -> Bucket:
        """The bucket for a put; ``leave`` it afterwards. Raises ``StoreError``."""
        self._registry.follow(rate.version)
        return await self._own.enter(rate)

    def leave(self, bucket: Bucket) -> bool:
        """Note the end of a put whose outcome is known.

        Returns False if others may have swept the bucket before the put reached it, as when this
        process was suspended.
        """
        self._own.leave(bucket)
        return not self._own.may_be_swept(bucket, self._longest_put)

    async def latest(self) -> int:
        """A version not below any that this process knows to be put; 0 if it knows none.

        It learns of others' when it reads the registry; of what a process that was killed put into
        its last bucket, when that is swept.
        """
        if not self._registry.was_read:
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
        self._own.mark_announced(announced)
        for sweep in self._sweeps:
            for rate in sweep.left.keys() & announced:
                del sweep.left[rate]
        await self._end_sweeps()

    async def count(self) -> int:
        """How many states are pending; stops once ``COUNTED`` are counted."""
        own = await self._look()
        spans = [*self._others.spans(), *([own] if own and self._own.waits else [])]
        counted = 0
        for span in spans:
            # One after the other: during an outage of the log there may be many.
            if counted < COUNTED:
                counted += await self._count(*span)
        return counted

    async def close(self) -> None:
        """Leave what is not announced to other processes."""
        with suppress(StoreError):
            await self._own.end()

    async def _look(self) -> Span | None:
        """Read the rows of all processes; returns the span that this process's row shows."""
        spans = await self._registry.look()
        own = spans.pop(self._own.process, None)
        if own is not None:
            self._own.adopt(own.first)
        self._others.see(spans)
        return own

    def _to_read(self, grace: float) -> Iterator[int]:
        """Buckets that are not read yet: this process's, then those of others, oldest first.

        Own buckets with a put under way come last: they are read again each time, and while nodes
        are down a search may get no further.
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
        # Those of a process that was killed may be later than its row shows. Moving the row on,
        # once the bucket is announced, shows them to all.
        self._registry.follow(max((rate.version or 0 for rate in left), default=0))
        return Sweep(bucket, is_whole, left)

    def _is_whole(self, bucket: int) -> bool:
        """Whether nothing more will come into ``bucket``."""
        process = process_of(bucket)
        if process != self._own.process:
            return self._others.is_overdue(process)
        return self._own.get(bucket) is None or self._own.is_quiet(bucket)

    async def _end_sweeps(self) -> None:
        """Settle the buckets announced whole; another process's only after all its older ones."""
        sweeps, self._sweeps = self._sweeps, []
        swept: dict[int, int] = {}
        for process in dict.fromkeys(process_of(sweep.bucket) for sweep in sweeps):
            of_process = [each for each in sweeps if process_of(each.bucket) == process]
            if process == self._own.process:
                self._sweeps += [each for each in of_process if each.left]
                for each in of_process:
                    if each.is_whole and not each.left:
                        self._own.forget(each.bucket)
            else:
                announced = list(takewhile(lambda each: not each.left, of_process))
                self._sweeps += of_process[len(announced) :]
                for each in takewhile(attrgetter("is_whole"), announced):
                    swept[process] = each.bucket
        for process, bucket in swept.items():
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
        return own is not None and own.waits_for(Rate(*state))
