"""What only the stores know: whether they answer, how much is pending, how far consumers lag."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

from movieserver.clock import Clock
from movieserver.errors import StoreError
from movieserver.handlers.health import state
from movieserver.services import Stores
from movieserver.topic import TopicSettings

MAX_AGE = 2.0
"""Seconds for which an answer of the stores is reused."""
PATIENCE = 0.5
"""Seconds that a scrape waits for the stores; later answers are for the next scrape."""
PING_PATIENCE = 0.4
"""Seconds after which a store that has not answered a ping counts as down."""
LIMIT = 10.0
"""Seconds that a store may take to count what is pending, or the lag."""


@dataclass(frozen=True)
class StoreReport:
    """What the stores answered; a number that is not known is None."""

    up: dict[str, bool] = field(default_factory=dict)
    """Whether each store answers, by role."""
    pending: int | None = None
    lag: int | None = None


class StoreWatch:
    """Asks the stores on demand, but seldom enough not to burden them."""

    def __init__(self, stores: Stores, topic: TopicSettings, clock: Clock) -> None:
        self._stores = stores
        self._topic = topic
        self._clock = clock
        self._report = StoreReport()
        self._asking: asyncio.Task[None] | None = None
        self._asked_at = 0.0

    async def report(self) -> StoreReport:
        """What the stores answer within ``PATIENCE``, or answered last; raises nothing."""
        if self._asking is None or (self._asking.done() and self._is_old()):
            self._asked_at = self._clock.monotonic()
            self._asking = asyncio.create_task(self._ask())
        await asyncio.wait({self._asking}, timeout=PATIENCE)
        return self._report

    def _is_old(self) -> bool:
        return self._clock.monotonic() - self._asked_at >= MAX_AGE

    async def _ask(self) -> None:
        await asyncio.gather(self._ask_up(), self._ask_pending(), self._ask_lag())

    async def _ask_up(self) -> None:
        stores = self._stores.listed
        states = await asyncio.gather(*(state(each, PING_PATIENCE) for each in stores.values()))
        up = {role: found["up"] for role, found in zip(stores, states, strict=True)}
        self._report = replace(self._report, up=up)

    async def _ask_pending(self) -> None:
        if "rates" in self._stores.listed:
            pending = await answered(self._stores.rates.pending_count())
            self._report = replace(self._report, pending=pending)

    async def _ask_lag(self) -> None:
        if "events" in self._stores.listed:
            lag = await answered(self._stores.events.lag(self._topic.topic, self._topic.group))
            self._report = replace(self._report, lag=lag)


async def answered(question: Awaitable[int]) -> int | None:
    """A store's answer, or None if it gives none within ``LIMIT``."""
    try:
        async with asyncio.timeout(LIMIT):
            return await question
    except (StoreError, TimeoutError):
        return None
