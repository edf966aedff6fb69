"""Further tries of what failed because a store was away, for work that may take hours."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from movieserver.clock import Clock
from movieserver.errors import StoreUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 120.0
"""Seconds after the first failure until no more tries are made: ample for a failover."""
PAUSE = 1.0
"""Seconds between two tries."""


async def retried(attempt: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """The outcome of ``attempt``, which is made again while its store is unavailable.

    Only for what does no harm when it is done twice. Raises ``StoreUnavailable`` if the store
    stays away, and any other error at once.
    """
    end: float | None = None
    while True:
        try:
            return await attempt()
        except StoreUnavailable as error:
            if end is None:
                log.warning("%s; trying again for %g s", error, PATIENCE)
                end = clock.monotonic() + PATIENCE
            if clock.monotonic() >= end:
                raise
        await clock.sleep(PAUSE)
