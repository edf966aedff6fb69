"""What the tests of movie stores on PostgreSQL have in common."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from movieserver.backends.postgres.movie_store import PostgresMovieStore
from movieserver.errors import StoreUnavailable

PATIENCE = 20.0

Make = Callable[..., PostgresMovieStore]


async def eventually(attempt: Callable[[], Awaitable[Any]]) -> Any:
    """What ``attempt`` returns once the store is no longer unavailable."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await attempt()
            except StoreUnavailable:
                await asyncio.sleep(0.02)


async def eventually_true(attempt: Callable[[], Awaitable[bool]]) -> bool:
    """True once ``attempt`` says so: a lock ends shortly after its session."""
    async with asyncio.timeout(PATIENCE):
        while not await attempt():
            await asyncio.sleep(0.02)
    return True
