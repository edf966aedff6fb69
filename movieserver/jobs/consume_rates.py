"""Keeps every film's average in step with the events of the topic."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from movieserver import events
from movieserver.backends import Message, Record, Subscription
from movieserver.backends.event_log import size_of
from movieserver.errors import MessageUnreadable
from movieserver.jobs.job import Job
from movieserver.models import Rate
from movieserver.services import Services
from movieserver.settings import setting

log = logging.getLogger(__name__)

LARGEST = 2**20
"""The size up to which a record becomes a dead letter as a whole, in bytes."""
BEGINNING = 2**16
"""Bytes that are kept of the key, and of the value, of a larger record."""
PORTION = 2 * 2**20
"""Bytes of dead letters after which no more are added to one publication."""


@dataclass(frozen=True)
class ConsumeOptions:
    """How the consumer works."""

    batch: int = setting(
        "The most events that are applied in one transaction.",
        default=10_000,
        minimum=1,
        maximum=100_000,
    )
    poll: float = setting(
        "Seconds that one poll waits for new events.", default=5.0, minimum=0.05, maximum=60
    )


@dataclass(frozen=True)
class Batch:
    """Records, the rates that they state, and the dead letters of those that state none."""

    records: Sequence[Record]
    rates: Sequence[Rate]
    dead: deque[Message]
    """The dead letters that are not published yet."""


class ConsumeRates(Job):
    """Applies batches of events, then commits them to the log.

    A crash between the two applies a batch twice, which changes nothing. A record that cannot be
    read goes to the dead-letter topic, with the reason and its origin in the headers.
    """

    needs = frozenset({"movies", "events"})
    Options: ClassVar[type[ConsumeOptions]] = ConsumeOptions
    options: ConsumeOptions

    def __init__(self, services: Services, options: ConsumeOptions) -> None:
        super().__init__(services, options)
        self._subscription: Subscription | None = None
        self._polled: Sequence[Record] = ()
        self._next: Batch | None = None
        self._batch: Batch | None = None
        self._applied: Sequence[Record] = ()

    async def step(self) -> bool:
        """Apply the current batch, read the next one and commit the last one, concurrently.

        The movie store, this process and the log each do one of the three. A failure drops no
        batch: the next step tries again, and to apply or commit a batch twice does no harm.
        """
        subscription = await self._subscribed()
        outcomes = await asyncio.gather(
            self._apply(), self._read(subscription), self._commit(), return_exceptions=True
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        self._applied = self._batch.records if self._batch else ()
        self._batch, self._next = self._next, None
        return bool(self._batch or self._applied)

    async def wait(self) -> None:
        subscription = await self._subscribed()
        self._polled = await subscription.poll(self.options.batch, self.options.poll)

    async def finish(self) -> None:
        """Commit what was applied and leave the group, so that another consumer takes over."""
        if self._subscription is not None:
            try:
                await self._commit()
            finally:
                await self._subscription.close()

    async def _apply(self) -> None:
        if self._batch is None:
            return
        with self.services.tracer.applying(self.services.topics.group, self._batch.records):
            await self.services.stores.movies.apply(self._batch.rates)
            await self._bury(self._batch.dead)

    async def _read(self, subscription: Subscription) -> None:
        if self._next is None:
            self._polled = self._polled or await subscription.poll(self.options.batch, 0.0)
            if self._polled:
                self._next = await asyncio.to_thread(sort_out, self._polled)
                self._polled = ()

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


def sort_out(records: Sequence[Record]) -> Batch:
    """The rates that ``records`` state, and the dead letters of those that state none."""
    rates: list[Rate] = []
    dead: deque[Message] = deque()
    for record in records:
        try:
            rates.append(events.decode(record))
        except MessageUnreadable as error:
            dead.append(dead_letter(record, str(error)))
    return Batch(records, rates, dead)


def portion_of(dead: Iterable[Message]) -> list[Message]:
    """The first of the dead letters, as many as are published together."""
    portion: list[Message] = []
    size = 0
    for letter in dead:
        portion.append(letter)
        size += size_of(letter)
        if size >= PORTION:
            break
    return portion


def dead_letter(record: Record, reason: str) -> Message:
    """``record`` as it was, with the reason and its origin in additional headers.

    If it would be too large for the topic, keep only the beginning of its key and value, drop its
    own headers, and add its size.
    """
    headers = (
        ("reason", reason.encode("utf-8", "replace")),
        ("topic", record.topic.encode()),
        ("partition", str(record.partition).encode()),
        ("offset", str(record.offset).encode()),
    )
    key, value, size = record.key or b"", record.value or b"", size_of(record)
    if size <= LARGEST:
        return Message(key, value, key, record.headers + headers)
    cut = ("size", str(size).encode())
    return Message(key[:BEGINNING], value[:BEGINNING], key[:BEGINNING], (*headers, cut))
