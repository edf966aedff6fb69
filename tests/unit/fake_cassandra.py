"""A cluster in memory, with the statements of the rate store, whose requests take time and fail."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from movieserver.backends.cassandra import pending, rate_store, registry
from movieserver.backends.cassandra.address import Address
from movieserver.clock import Clock
from movieserver.errors import StoreUnavailable
from movieserver.models import Rate

Row = tuple[Any, ...]
TIMEOUT = 5.0
"""Seconds within which a request has its answer, or is given up."""

PAGE = 5
"""Rows of a user that come at once."""


@dataclass
class FakeCluster:
    """Cells with their timestamps; the greater one holds, and the greater value of equal ones."""

    clock: Clock
    chance: random.Random
    trouble: float = 0.0
    """The share of requests that fail."""
    rates: dict[tuple[str, str], Row] = field(default_factory=dict)
    """Timestamp, bucket, rate, version."""
    relay: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def put(self, values: Sequence[Any]) -> None:
        """Insert a rate."""
        user, movie, rate, version, bucket, stamp = values
        new = (stamp, bucket, rate, version)
        if self.rates.get((user, movie), (-1, 0))[:2] < new[:2]:
            self.rates[user, movie] = new

    def write(self, process: int, stamp: int, **cells: int) -> None:
        """Write cells of a process's row."""
        row = self.relay.setdefault(process, {})
        for name, value in cells.items():
            row[name] = max(row.get(name, (-1, 0)), (stamp, value))

    def leave(self, process: int, stamp: int) -> None:
        """Delete what of a process's row is not newer."""
        row = self.relay.get(process, {})
        self.relay[process] = {name: cell for name, cell in row.items() if cell[0] > stamp}

    def states(self, first: int, last: int) -> list[Row]:
        """The rows of some buckets."""
        return [
            (bucket, *key, rate, version)
            for key, (_, bucket, rate, version) in self.rates.items()
            if first <= bucket <= last
        ]

    def held(self) -> set[Rate]:
        """Every state."""
        return {Rate(*row[1:]) for row in self.states(0, 2**63)}


class FakeSession:
    """One process's connection, which ends with the process."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self.address = Address.of("cassandra://localhost/movieserver")
        self.is_dead = False
        self.goes_on = asyncio.Event()
        """Not set while the process stands still."""
        self.goes_on.set()

    async def close(self) -> None:
        """Keep nothing."""

    def bind(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        """Only puts are bound by themselves."""
        assert statement == rate_store.PUT
        return values

    def replicas(self, bound: Sequence[Any]) -> tuple[object, ...]:
        """One node has everything."""
        return ()

    async def write(self, bounds: Sequence[Sequence[Any]]) -> None:
        """Put rates; each may be stored early or late, or not at all where the write fails."""
        chance = self._cluster.chance
        delay, stored = chance.random() * TIMEOUT * 0.7, chance.random()
        fails = chance.random() < self._cluster.trouble
        if fails and stored < 0.3:
            late = asyncio.ensure_future(self._put_late(bounds, chance.random() * 60))
            late.add_done_callback(asyncio.Future.exception)
        await self._wait(delay)
        if not fails or stored > 0.6:
            for values in bounds:
                self._cluster.put(values)
        await self._wait(chance.random() * TIMEOUT * 0.3)
        if fails:
            raise StoreUnavailable("no answer")

    async def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a prepared statement answers; one that fails may have written all the same."""
        chance = self._cluster.chance
        await self._wait(chance.random() * TIMEOUT * 0.2)
        fails = chance.random() < self._cluster.trouble
        rows = [] if fails and chance.random() < 0.5 else self._run(statement, values)
        await self._wait(chance.random() * TIMEOUT * 0.1)
        if fails:
            raise StoreUnavailable("no answer")
        return rows

    async def pages(self, statement: str, values: Sequence[Any]) -> AsyncIterator[list[Row]]:
        """The rows of a user as they are when their page is asked for."""
        assert statement == rate_store.USER
        films = sorted(movie for user, movie in self._cluster.rates if user == values[0])
        for start in range(0, len(films), PAGE):
            await self._wait(self._cluster.chance.random() * TIMEOUT * 0.1)
            rows = [(film, self._cluster.rates[values[0], film]) for film in films[start:][:PAGE]]
            yield [(version, film, rate) for film, (_, _, rate, version) in rows]

    def _run(self, statement: str, values: Sequence[Any]) -> list[Row]:
        cluster = self._cluster
        if statement == registry.LOOK:
            ends = ("first", "last")
            return [
                (
                    process,
                    *(row[end][part] if end in row else None for part in (1, 0) for end in ends),
                )
                for process, row in cluster.relay.items()
                if row
            ]
        if statement == registry.NAME:
            stamp, first, last, process = values
            cluster.write(process, stamp, first=first, last=last)
        elif statement == registry.MOVE:
            stamp, first, process = values
            cluster.write(process, stamp, first=first)
        elif statement == registry.LEAVE:
            stamp, process = values
            cluster.leave(process, stamp)
        elif statement == pending.READ:
            return [row[1:] for row in cluster.states(values[0], values[0])]
        elif statement == pending.COUNT:
            return cluster.states(*values)
        return []

    async def _put_late(self, bounds: Sequence[Sequence[Any]], seconds: float) -> None:
        """A node carries out later what was given up; not after the end of who would know."""
        await self._wait(seconds)
        for values in bounds:
            self._cluster.put(values)

    async def _wait(self, seconds: float) -> None:
        if seconds:
            await self._cluster.clock.sleep(seconds)
        await self.goes_on.wait()
        if self.is_dead:
            raise StoreUnavailable("the process has ended")


class QuickSession(FakeSession):
    """Answers at once."""

    async def _wait(self, seconds: float) -> None:
        """No time."""
