"""The buckets that this process puts its rates into, and the unannounced rates in them."""

import asyncio
import secrets
from collections.abc import Set
from dataclasses import dataclass, field
from itertools import count

from movieserver.backends.cassandra.registry import NUMBERS, Registry, Span
from movieserver.clock import Clock
from movieserver.errors import StoreUnavailable
from movieserver.futures import retrieve
from movieserver.models import Rate

WIDTH = 2.0
"""Age in seconds at which a process moves on to its next bucket."""
LONGEST = 3.0
"""Age in seconds at which a bucket takes no more puts."""
LARGEST = 20_000
"""Number of unannounced rates at which a process moves on to its next bucket."""
FOLLOWED = 8
"""The most buckets whose rates are remembered; those of older ones are read from the store."""
PROCESSES = 36
"""Bits of a process's random number, enough that no two live processes share one in practice."""


@dataclass(eq=False, slots=True)
class Bucket:
    """Rates that were put within a few seconds."""

    id: int
    named_at: float
    """When its naming began, in the clock's monotonic seconds."""
    waiting: set[Rate] = field(default_factory=set)
    """The rates that were put and are not announced."""
    is_followed: bool = True
    """Whether ``waiting`` is kept up to date; if not, the bucket is read from the store."""
    in_flight: int = 0
    """Puts under way or of unknown outcome."""

    def waits_for(self, rate: Rate) -> bool:
        """Whether ``rate``, which the store has in this bucket, is or may be unannounced."""
        return not self.is_followed or rate in self.waiting


class Buckets:
    """The buckets of this process; a bucket is *settled* when all rates in it are announced."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self.process = secrets.randbits(PROCESSES)
        """The number of this process."""
        self._numbers = count(self.process << NUMBERS)
        self._named: Span | None = None
        """The span of this process as last recorded in the registry."""
        self._unsettled: dict[int, Bucket] = {}
        self._current: Bucket | None = None
        self._naming: asyncio.Task[Bucket] | None = None

    @property
    def waits(self) -> bool:
        """Whether anything may be pending."""
        return any(each.waiting or not each.is_followed for each in self._unsettled.values())

    def get(self, number: int) -> Bucket | None:
        """The bucket with this number; None if it is settled or another process's."""
        return self._unsettled.get(number)

    async def enter(self, rate: Rate) -> Bucket:
        """The bucket to put ``rate`` into; ``leave`` it afterwards. Raises ``StoreError``."""
        while True:
            bucket = self._current
            if bucket is None or self._age(bucket) >= LONGEST:
                await asyncio.shield(self._next())
                continue
            if self._age(bucket) >= WIDTH or len(bucket.waiting) >= LARGEST:
                self._next()
            bucket.waiting.add(rate)
            bucket.in_flight += 1
            return bucket

    def leave(self, bucket: Bucket) -> None:
        """Note the end of a put whose outcome is known."""
        bucket.in_flight -= 1
        self._settle(bucket)

    def mark_announced(self, rates: Set[Rate]) -> None:
        """Note that ``rates`` are announced."""
        for bucket in self._followed():
            bucket.waiting -= rates
            self._settle(bucket)

    def due(self, grace: float) -> list[int]:
        """The unsettled buckets, oldest first, whose last put was at least ``grace`` seconds ago.

        Without a grace, all of them.
        """
        self._close()
        longest = LONGEST + grace if grace > 0 else 0.0
        return [bucket.id for bucket in self._unsettled.values() if self._age(bucket) >= longest]

    def may_be_swept(self, bucket: Bucket, longest_put: float) -> bool:
        """Whether others may assume that no put into ``bucket`` is under way any more."""
        return self._age(bucket) >= LONGEST + longest_put

    def is_quiet(self, number: int) -> bool:
        """Whether the bucket is unsettled, has no put under way, and gets no more puts."""
        bucket = self._unsettled.get(number)
        return bucket is not None and bucket is not self._current and not bucket.in_flight

    def forget(self, number: int) -> None:
        """Drop a quiet bucket; the store has shown that everything in it is announced."""
        if self.is_quiet(number):
            del self._unsettled[number]

    def adopt(self, first: int) -> None:
        """Drop the quiet buckets below ``first``, which another process has swept.

        Keeps those whose rates are known to wait: if time stood still for this process, as in a
        virtual machine that was paused, a rate may have come after the sweep.
        """
        self._close()
        for number, bucket in list(self._unsettled.items()):
            if number < first and not bucket.waiting:
                self.forget(number)

    async def keep(self) -> None:
        """Record in the registry which buckets are unsettled, if that has changed."""
        if self._named is None or self._is_naming():  # the naming records the first one as well
            return
        span = Span(next(iter(self._unsettled), self._named.last + 1), self._named.last)
        if span != self._named:
            await self._registry.name(span)
            if self._named.last == span.last:
                self._named = span

    async def end(self) -> None:
        """Settle what is announced and leave the rest to others. Raises ``StoreError``."""
        if self._naming is not None:
            await asyncio.gather(self._naming, return_exceptions=True)
        self._current = None
        for bucket in list(self._unsettled.values()):
            self._settle(bucket)
        if self._named is None:
            return
        await self._registry.remember()
        if self._unsettled:
            await self.keep()
        else:
            await self._registry.leave(self.process)

    def _next(self) -> "asyncio.Task[Bucket]":
        """The task that names another bucket, which then becomes the current one."""
        if self._naming is None or self._naming.done():
            self._naming = asyncio.create_task(self._name())
            # A waiter gets the error as well; without a waiter, the next put tries again.
            self._naming.add_done_callback(retrieve)
        return self._naming

    async def _name(self) -> Bucket:
        # A new number each time: a naming that failed may still reach the registry at any time.
        bucket = Bucket(next(self._numbers), self._clock.monotonic())
        span = Span(next(iter(self._unsettled), bucket.id), bucket.id)
        await self._registry.name(span)
        if self._age(bucket) >= LONGEST:
            raise StoreUnavailable("Cassandra took too long to name a bucket")
        previous, self._current = self._current, bucket
        self._unsettled[bucket.id], self._named = bucket, span
        if previous is not None:
            self._settle(previous)
        for each in self._followed()[:-FOLLOWED]:
            each.is_followed = False
            each.waiting.clear()
        return bucket

    def _close(self) -> None:
        """Put nothing more into the current bucket if it is too old."""
        if self._current is not None and self._age(self._current) >= WIDTH:
            bucket, self._current = self._current, None
            self._settle(bucket)

    def _settle(self, bucket: Bucket) -> None:
        if self.is_quiet(bucket.id) and bucket.is_followed and not bucket.waiting:
            del self._unsettled[bucket.id]

    def _is_naming(self) -> bool:
        return self._naming is not None and not self._naming.done()

    def _followed(self) -> list[Bucket]:
        """The unsettled buckets whose rates are remembered, oldest first."""
        return [each for each in self._unsettled.values() if each.is_followed]

    def _age(self, bucket: Bucket) -> float:
        return self._clock.monotonic() - bucket.named_at
