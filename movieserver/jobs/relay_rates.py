"""Announces rates on the topic: new ones soon after they are stored, pending ones in sweeps."""

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
"""Seconds after which a failed sweep is repeated."""


@dataclass(frozen=True)
class RelayOptions:
    """How the relay works."""

    batch: int = setting(
        "The most events that are published together.", default=5000, minimum=1, maximum=100_000
    )
    linger: float = setting(
        "Seconds that a rate waits for others, to be announced together with them.",
        default=0.1,
        minimum=0.0,
        maximum=10,
    )
    sweep: float = setting(
        "Seconds between two looks for rates that are stored but not yet announced.",
        default=2.0,
        minimum=0.05,
        maximum=3600,
    )
    grace: float = setting(
        "Age in seconds at which a sweep announces a rate that its own process has not announced.",
        default=2.0,
        minimum=0.0,
        maximum=3600,
    )


class RelayRates(Job):
    """Publishes events, and then marks their rates as announced.

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
        """Announce a batch of rates just stored and, when a sweep is due, one of pending rates.

        The two take turns, so that neither has to wait for the other's backlog after an outage, and
        each is tried even if the other fails.
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
        """Wait for a rate and then a little for more of them, or until the next sweep is due."""
        offered = asyncio.ensure_future(self._offered())
        seconds = self._next_sweep - self.services.clock.monotonic()
        due = asyncio.ensure_future(self.services.clock.sleep(seconds))
        try:
            await asyncio.wait({offered, due}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            offered.cancel()
            due.cancel()

    async def finish(self) -> None:
        """Announce the rates stored last; those that do not get through stay pending."""
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
            # Pause after a failure too: if every step failed, the runner would back off ever
            # longer, and the queue of rates just stored would grow meanwhile.
            self._next_sweep = self.services.clock.monotonic() + pause

    async def _announce_pending(self) -> bool:
        """Announce a batch of pending rates; return whether there may be more."""
        store = self.services.stores.rates
        rates = await store.pending(self.options.batch, self.options.grace)
        # A rate given here must win over an earlier one from a server whose clock is ahead.
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
            await self.services.stores.rates.mark_announced(rates)
