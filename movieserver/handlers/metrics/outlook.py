"""What only the stores know: whether they answer, what is pending, how far the consumers are."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

from movieserver.backends import Store
from movieserver.clock import Clock
from movieserver.errors import StoreError
from movieserver.services import Stores
from movieserver.topic import TopicSettings

MAX_AGE = 2.0
"""Seconds for which an answer of the stores is told again."""
PATIENCE = 0.5
"""Seconds that a scrape waits for the stores; what they say later is for the next one."""
PING_PATIENCE = 0.4
"""Seconds after which a store that says nothing counts as down."""
LIMIT = 10.0
"""Seconds after which a store that still counts is no longer waited for."""


@dataclass(frozen=True)
class Sight:
    """What the stores said; what they could not say is left out."""

    up: dict[str, bool] = field(default_factory=dict)
    """By role."""
    pending: int | None = None
    lag: int | None = None


class Outlook:
    """Asks the stores when somebody wants to know, and seldom enough not to burden them."""

    def __init__(self, stores: Stores, topic: TopicSettings, clock: Clock) -> None:
        self._stores = stores
        self._topic = topic
        self._clock = clock
        self._sight = Sight()
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = 0.0

    async def sight(self) -> Sight:
        """What the stores say within ``PATIENCE``, or said last; raises nothing."""
        if self._looking is None or (self._looking.done() and self._is_old()):
            self._looked_at = self._clock.monotonic()
            self._looking = asyncio.create_task(self._look())
        await asyncio.wait({self._looking}, timeout=PATIENCE)
        return self._sight

    def _is_old(self) -> bool:
        return self._clock.monotonic() - self._looked_at >= MAX_AGE

    async def _look(self) -> None:
        await asyncio.gather(self._look_up(), self._look_pending(), self._look_lag())

    async def _look_up(self) -> None:
        stores = self._stores.listed
        up = await asyncio.gather(*map(answers, stores.values()))
        self._sight = replace(self._sight, up=dict(zip(stores, up, strict=True)))

    async def _look_pending(self) -> None:
        rates = self._stores.rate_store
        pending = await answered(rates.pending_count()) if rates else None
        self._sight = replace(self._sight, pending=pending)

    async def _look_lag(self) -> None:
        events, topic = self._stores.event_log, self._topic
        lag = await answered(events.lag(topic.topic, topic.group)) if events else None
        self._sight = replace(self._sight, lag=lag)


async def answers(store: Store) -> bool:
    """Whether a store answers within ``PING_PATIENCE``."""
    try:
        async with asyncio.timeout(PING_PATIENCE):
            await store.ping()
    except (StoreError, TimeoutError):
        return False
    return True


async def answered(question: Awaitable[int]) -> int | None:
    """What a store says, None where it cannot."""
    try:
        async with asyncio.timeout(LIMIT):
            return await question
    except (StoreError, TimeoutError):
        return None
