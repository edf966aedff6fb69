"""A scan of the whole table: slices of the token ring, several at once, in bounded memory."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from functools import partial
from itertools import pairwise

from movieserver.backends.cassandra.session import CassandraSession, Row
from movieserver.clock import Clock
from movieserver.retries import retried

SCAN = """
    SELECT user_id, movie_id, rate, version FROM {ks}.rates WHERE token(user_id) > ?
    AND token(user_id) <= ?
"""
SLICES = 64
"""Parts of the Murmur3 ring, whose tokens run from -2^63 to 2^63 - 1."""
AHEAD = 4
"""Slices that are read concurrently; of each, one page (5,000 rows) is in memory."""

Slice = tuple[int, int]
Page = tuple[list[Row], bytes | None]


def slices() -> list[Slice]:
    """The ring in equal parts, each from above its first token up to and including its last."""
    width = 2**64 // SLICES
    edges = [-(2**63) + number * width for number in range(SLICES)] + [2**63 - 1]
    return list(pairwise(edges))


async def scan(session: CassandraSession, clock: Clock) -> AsyncIterator[list[Row]]:
    """Every row, a page at a time, in no order; waits for nodes that pause."""
    waiting: deque[tuple[Slice, bytes | None]] = deque((edges, None) for edges in slices())
    reading: deque[tuple[Slice, asyncio.Task[Page]]] = deque()
    try:
        while waiting or reading:
            while waiting and len(reading) < AHEAD:
                edges, state = waiting.popleft()
                page = retried(partial(session.page, SCAN, edges, state), clock)
                reading.append((edges, asyncio.create_task(page)))
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
