"""A scan of the whole table: slices of the token ring, several at once, in bounded memory."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from itertools import pairwise

from movieserver.backends.cassandra.session import CassandraSession, Row
from movieserver.errors import StoreUnavailable

SCAN = """
    SELECT user_id, movie_id, rate, version FROM {ks}.rates WHERE token(user_id) > ?
    AND token(user_id) <= ?
"""
SLICES = 64
"""Parts of the Murmur3 ring, whose tokens run from -2^63 to 2^63 - 1."""
AHEAD = 4
"""Slices that are read concurrently; of each, one page (5,000 rows) is in memory."""
TRIES = 3
"""How often a page is asked for. A scan may take hours, and must survive a pause of a node."""

Slice = tuple[int, int]
Page = tuple[list[Row], bytes | None]


def slices() -> list[Slice]:
    """The ring in equal parts, each from above its first token up to and including its last."""
    width = 2**64 // SLICES
    edges = [-(2**63) + number * width for number in range(SLICES)] + [2**63 - 1]
    return list(pairwise(edges))


async def scan(session: CassandraSession) -> AsyncIterator[list[Row]]:
    """Every row, a page at a time, in no order."""
    waiting: deque[tuple[Slice, bytes | None]] = deque((edges, None) for edges in slices())
    reading: deque[tuple[Slice, asyncio.Task[Page]]] = deque()
    try:
        while waiting or reading:
            while waiting and len(reading) < AHEAD:
                edges, state = waiting.popleft()
                reading.append((edges, asyncio.create_task(_page(session, edges, state))))
            edges, task = reading.popleft()
            rows, state = await task
            if state is not None:
                waiting.appendleft((edges, state))
            if rows:
                yield rows
    finally:
        for _, task in reading:
            task.cancel()
        await asyncio.gather(*(task for _, task in reading), return_exceptions=True)


async def _page(session: CassandraSession, edges: Slice, state: bytes | None) -> Page:
    for _ in range(TRIES - 1):
        with contextlib.suppress(StoreUnavailable):
            return await session.page(SCAN, edges, state)
    return await session.page(SCAN, edges, state)
