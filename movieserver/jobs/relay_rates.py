"""Announces rates on the topic: those just stored at once, and what is still pending in sweeps."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from movieserver import events
from movieserver.errors import StoreError
from movieserver.jobs.job import Job
from movieserver.models import Rate
from movieserver.services import Services
from movieserver.settings import setting

AGAIN = 2.0
"""Seconds after which a sweep that failed is made again."""


@dataclass(frozen=True)
class RelayOptions:
    """How the relay works."""

    batch: int = setting(
        "Most events that are published together.", default=5000, minimum=1, maximum=100_000
    )
    linger: float = setting(
        "Seconds that a rate waits for others to be announced together with it.",
        default=0.1,
        minimum=0.0,
        maximum=10,
    )
    sweep: float = setting(
        "Seconds between two looks for rates that are stored and not yet announced.",
        default=2.0,
        minimum=0.05,
        maximum=3600,
    )
    grace: float = setting(
        "Age in seconds at which a sweep takes up a rate that its own process has not announced.",
        default=2.0,
        minimum=0.0,
        maximum=3600,
    )


class RelayRates(Job):
    """Publishes events and then takes their pending marks off.

    A crash between the two publishes an event twice, which changes nothing; no order of
    failures leaves a stored rate without its event.
    """

    needs = frozenset({"rates", "events"})
    Options: ClassVar[type[RelayOptions]] = RelayOptions
    options: RelayOptions

    def __init__(self, services: Services, options: RelayOptions) -> None:
        super().__init__(services, options)
        self._next_sweep = services.clock.monotonic()

    async def step(self) -> bool:
        """Announce a batch of what was just stored, and one of what is pending, when that is due.

        Neither waits for the other to come to an end, however much there is after an outage, and
        each is tried where the other failed.
        """
        rates = self.services.announcements.take(self.options.batch)
        failure: StoreError | None = None
        try:
            await self._announce(rates)
        except StoreError as error:
            failure = error
        if self._due():
            await self._sweep()
        if failure is not None:
            raise failure
        return self._due() or len(rates) == self.options.batch

    async def wait(self) -> None:
        """Wait for a rate and then a little for more of them, or until the next sweep."""
        offered = asyncio.ensure_future(self._offered())
        seconds = self._next_sweep - self.services.clock.monotonic()
        due = asyncio.ensure_future(self.services.clock.sleep(max(seconds, 0.0)))
        try:
            await asyncio.wait({offered, due}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            offered.cancel()
            due.cancel()

    async def finish(self) -> None:
        """Announce what was accepted last; what does not get through stays pending."""
        while rates := self.services.announcements.take(self.options.batch):
            await self._announce(rates)

    def _due(self) -> bool:
        return self.services.clock.monotonic() >= self._next_sweep

    async def _sweep(self) -> None:
        pause = AGAIN
        try:
            full = await self._announce_pending()
            pause = 0.0 if full else self.options.sweep
        finally:
            # Not at once after a failure: the runner's pauses would grow, and the queue with them.
            self._next_sweep = self.services.clock.monotonic() + pause

    async def _announce_pending(self) -> bool:
        """Announce a batch of what is pending; returns whether there may be more."""
        store = self.services.stores.rates
        rates = await store.pending(self.options.batch, self.options.grace)
        # So that a rate wins that is given here after one that a server with a faster clock took.
        self.services.versions.follow(await store.latest())
        await self._announce(rates)
        return len(rates) == self.options.batch

    async def _offered(self) -> None:
        await self.services.announcements.wait()
        await self.services.clock.sleep(self.options.linger)

    async def _announce(self, rates: Sequence[Rate]) -> None:
        if rates:
            topic, messages = self.services.topics.topic, [events.encode(rate) for rate in rates]
            with self.services.tracer.publishing(topic, rates, messages) as traced:
                await self.services.stores.events.publish(topic, traced)
            await self.services.stores.rates.announced(rates)
