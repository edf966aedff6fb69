"""Keeps every film's average in step with the events of the topic."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import ClassVar

from movieserver import events
from movieserver.backends import Message, Record, Subscription
from movieserver.backends.event_log import size_of
from movieserver.errors import MessageUnreadable
from movieserver.jobs.dead_letters import dead_letter, portion_of
from movieserver.jobs.job import Job
from movieserver.models import Rate
from movieserver.services import Services
from movieserver.settings import setting

log = logging.getLogger(__name__)

PAUSE = 0.05
"""Seconds between two polls while events are applied and there are no more to read."""
KEPT = 32 * 2**20
"""Bytes of records with headers beyond which nothing more is read ahead."""


@dataclass(frozen=True)
class ConsumeOptions:
    """How the consumer works."""

    batch: int = setting(
        "The most events that are applied in one transaction.",
        default=10_000,
        minimum=1,
        maximum=100_000,
    )
    ahead: int = setting(
        "The most events that are read together, and sorted before they are applied in batches.",
        default=100_000,
        minimum=1,
        maximum=1_000_000,
    )
    poll: float = setting(
        "Seconds that one poll waits for new events.", default=5.0, minimum=0.05, maximum=60
    )


class ReadAhead:
    """Events that were read and are not applied yet.

    They are applied in the order in which a movie store keeps its states: by film, then by user.
    The more are read ahead, the fewer pages of the store each batch changes.
    """

    def __init__(self) -> None:
        self.rates: list[Rate] = []
        """The rates that the events state."""
        self.dead: deque[Message] = deque()
        """The dead letters of those that cannot be read."""
        self.count = 0
        self.traced: list[Record] = []
        """The records that may have a trace."""
        self.kept = 0
        """The bytes of these records."""
        self.last: dict[tuple[str, int], Record] = {}
        """The last record of each partition."""

    def add(self, records: Sequence[Record]) -> None:
        """Add ``records``, which takes time."""
        rates, dead = sort_out(records)
        self.rates += rates
        self.dead += dead
        self.count += len(records)
        traced = [record for record in records if record.headers]
        self.traced += traced
        self.kept += sum(map(size_of, traced))
        self.last |= {(record.incarnation, record.partition): record for record in records}

    @property
    def is_large(self) -> bool:
        """Whether it holds dead letters or headers that may take much memory."""
        return bool(self.dead) or self.kept > KEPT

    def sort(self) -> None:
        """Put the rates in their order, which takes time."""
        self.rates.sort(key=attrgetter("movie_id", "user_id"))


class ConsumeRates(Job):
    """Applies events in batches, then commits them to the log.

    A crash between the two applies events twice, which changes nothing. A record that cannot be
    read goes to the dead-letter topic, with the reason and its origin in the headers.
    """

    needs = frozenset({"movies", "events"})
    Options: ClassVar[type[ConsumeOptions]] = ConsumeOptions
    options: ConsumeOptions

    def __init__(self, services: Services, options: ConsumeOptions) -> None:
        super().__init__(services, options)
        self._subscription: Subscription | None = None
        self._polled: Sequence[Record] = ()
        self._next = ReadAhead()
        self._current = ReadAhead()
        self._applied: Sequence[Record] = ()

    async def step(self) -> bool:
        """Apply what was read, read on and commit what was applied last, concurrently.

        The movie store, this process and the log each do one of the three. A failure drops nothing:
        the next step tries again, and to apply or commit something twice does no harm.
        """
        subscription = await self._subscribed()
        applying = asyncio.ensure_future(self._apply())
        reading = self._read(subscription, applying)
        outcomes = await asyncio.gather(applying, reading, self._commit(), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        self._applied = [*self._current.last.values()]
        self._current, self._next = self._next, ReadAhead()
        return bool(self._current.count or self._applied)

    async def wait(self) -> None:
        subscription = await self._subscribed()
        self._polled = await subscription.poll(self.options.ahead, self.options.poll)

    async def finish(self) -> None:
        """Commit what was applied and leave the group, so that another consumer takes over."""
        if self._subscription is not None:
            try:
                await self._commit()
            finally:
                await self._subscription.close()

    async def _apply(self) -> None:
        current, batch, group = self._current, self.options.batch, self.services.topics.group
        if not current.count:
            return
        with self.services.tracer.applying(group, current.traced, current.count):
            while current.rates:
                await self.services.stores.movies.apply(current.rates[:batch])
                del current.rates[:batch]
            await self._bury(current.dead)

    async def _read(self, subscription: Subscription, applying: "asyncio.Future[None]") -> None:
        """Read ahead while what was read is applied, but not beyond what takes much memory."""
        following = self._next
        while (room := self.options.ahead - following.count) > 0 and not following.is_large:
            self._polled = self._polled or await subscription.poll(room, 0.0)
            if self._polled:
                await asyncio.to_thread(following.add, self._polled)
                self._polled = ()
            elif applying.done():
                break
            else:
                await asyncio.wait({applying}, timeout=PAUSE)
        if following.rates:
            await asyncio.to_thread(following.sort)

    async def _commit(self) -> None:
        if self._applied and self._subscription is not None:
            await self._subscription.commit(self._applied)

    async def _subscribed(self) -> Subscription:
        if self._subscription is None:
            names = self.services.topics
            self._subscription = await self.services.stores.events.subscribe(
                names.topic, names.group
            )
        return self._subscription

    async def _bury(self, dead: deque[Message]) -> None:
        """Publish the dead letters, some megabytes at a time.

        A portion that was published is not repeated after a failure. Each portion has the log's
        whole time limit, however many there are.
        """
        if dead:
            log.warning("%d messages cannot be read and go to the dead-letter topic", len(dead))
        while dead:
            portion = portion_of(dead)
            await self.services.stores.events.publish(self.services.topics.dead_topic, portion)
            for _ in portion:
                dead.popleft()


def sort_out(records: Sequence[Record]) -> tuple[list[Rate], list[Message]]:
    """The rates that ``records`` state, and the dead letters of those that state none."""
    rates: list[Rate] = []
    dead: list[Message] = []
    for record in records:
        try:
            rates.append(events.decode(record))
        except MessageUnreadable as error:
            dead.append(dead_letter(record, str(error)))
    return rates, dead
