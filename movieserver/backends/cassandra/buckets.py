"""The buckets that this process puts its rates into, and what in them is not announced."""

import asyncio
import secrets
from collections.abc import Set
from dataclasses import dataclass, field
from itertools import count

from movieserver.backends.cassandra.registry import NUMBERS, Registry, Span
from movieserver.clock import Clock
from movieserver.errors import StoreUnavailable
from movieserver.models import Rate

WIDTH = 2.0
"""Seconds after which a process goes on to its next bucket."""
LONGEST = 3.0
"""Nothing is put into a bucket any more so many seconds after it was named."""
LARGEST = 20_000
"""Rates after which a process goes on to its next bucket."""
FOLLOWED = 8
"""Buckets whose rates are remembered at most; of older ones the store knows them."""
PROCESSES = 36
"""Bits of a process's random number: that two alike are alive together can be neglected."""


@dataclass(eq=False, slots=True)
class Bucket:
    """Rates that were put within some seconds."""

    id: int
    named_at: float
    """When it was begun to be named, by the clock's monotonic seconds."""
    waiting: set[Rate] = field(default_factory=set)
    """What was put and is not announced."""
    is_followed: bool = True
    """Whether that is still remembered."""
    in_flight: int = 0
    """Puts under way, or of which nobody knows what came."""

    def waits_for(self, rate: Rate) -> bool:
        """Whether ``rate``, which the store has in this bucket, is or may be not announced."""
        return not self.is_followed or rate in self.waiting


class Buckets:
    """What this process has put; a bucket is *settled* when all that is in it is announced."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self.process = secrets.randbits(PROCESSES)
        """The number of this process."""
        self._numbers = count(self.process << NUMBERS)
        self._named: Span | None = None
        """What everybody knows."""
        self._unsettled: dict[int, Bucket] = {}
        self._current: Bucket | None = None
        self._naming: asyncio.Task[Bucket] | None = None

    @property
    def waits(self) -> bool:
        """Whether anything may be pending."""
        return any(each.waiting or not each.is_followed for each in self._unsettled.values())

    def get(self, number: int) -> Bucket | None:
        """A bucket that is not settled."""
        return self._unsettled.get(number)

    async def enter(self, rate: Rate) -> Bucket:
        """The bucket to put ``rate`` into, to be left afterwards. Raises ``StoreError``."""
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
        """Note the end of a put, when it is known what came of it."""
        bucket.in_flight -= 1
        self._settle(bucket)

    def announced(self, rates: Set[Rate]) -> None:
        """Note that ``rates`` are announced."""
        for bucket in self._followed():
            bucket.waiting -= rates
            self._settle(bucket)

    def due(self, grace: float) -> list[int]:
        """The unsettled buckets whose last put was at least ``grace`` seconds ago, oldest first."""
        self._close()
        longest = LONGEST + grace if grace > 0 else 0.0
        return [bucket.id for bucket in self._unsettled.values() if self._age(bucket) >= longest]

    def may_be_swept(self, bucket: Bucket, longest_put: float) -> bool:
        """Whether others may think by now that no put into ``bucket`` is under way any more."""
        return self._age(bucket) >= LONGEST + longest_put

    def is_quiet(self, number: int) -> bool:
        """Whether nothing is under way into a bucket, and nothing ever will be."""
        bucket = self._unsettled.get(number)
        return bucket is not None and bucket is not self._current and not bucket.in_flight

    def forget(self, number: int) -> None:
        """Let go of a bucket, all of which is announced as far as the store knows of it."""
        if self.is_quiet(number):
            del self._unsettled[number]

    def adopt(self, first: int) -> None:
        """Believe another process that has swept our buckets up to ``first``."""
        self._close()
        for number in [number for number in self._unsettled if number < first]:
            self.forget(number)

    async def keep(self) -> None:
        """Let everybody know which buckets are not settled, where that has changed."""
        if self._named is None or self._is_naming():  # which tells of the first one as well
            return
        span = Span(next(iter(self._unsettled), self._named.last + 1), self._named.last)
        if span != self._named:
            await self._registry.name(span)
            if self._named.last == span.last:
                self._named = span

    async def end(self) -> None:
        """Leave nothing behind, or what others have to announce. Raises ``StoreError``."""
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
        """The naming of another bucket, which is the current one as soon as it is named."""
        if self._naming is None or self._naming.done():
            self._naming = asyncio.create_task(self._name())
            self._naming.add_done_callback(_look_at)
        return self._naming

    async def _name(self) -> Bucket:
        # Another number each time: one that failed may be known, and for how long nobody knows.
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
        """Put nothing more into the current bucket where it is too old."""
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


def _look_at(naming: "asyncio.Task[Bucket]") -> None:
    """Whoever waits for it is told of its error; where nobody does, the next put tries again."""
    if not naming.cancelled():
        naming.exception()
